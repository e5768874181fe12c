"""Samples as text: lines of numbers over a serial link such as Nordic UART, or one record in each packet."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.packets import Failure, IntArray, Part
from athena_sense.decoding.scaling import Scale
from athena_sense.profiles.packets import Packet, Text
from athena_sense.profiles.settings import Chosen

MAX_LINE_BYTES = 256
"""Longer than any record: seven numbers of twenty characters."""
_FLOW_CONTROL = bytes.maketrans(b"", b""), b"\x11\x13"
"""XON and XOFF, which Espruino boards mix into what they send."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record's numbers as SI, and its time stamp."""

    position: int
    kind: int
    stamp: int | None
    acc: FloatArray | None
    gyr: FloatArray | None


class TextCodec:
    """Decodes the records of one channel, of all kinds that it carries. Keeps the line that is not yet complete."""

    def __init__(self, packets: Sequence[Packet], chosen: Chosen, ignore: Sequence[bytes] = ()) -> None:
        self.packets = tuple(packets)
        self._texts = [packet.text for packet in packets if packet.text is not None]
        self._scales = [
            {name: Scale(getattr(packet, name), name, chosen) for name in packet.carried} for packet in packets
        ]
        self._ignore = tuple(ignore)
        self._lines = self._texts[0].framing == "lines"
        self._rest = b""

    @property
    def unfinished(self) -> bytes:
        """The beginning of a line whose end has not come."""
        return self._rest

    def decode(self, payloads: Sequence[bytes], position: IntArray) -> tuple[list[Part], list[Failure]]:
        """Payloads in order of arrival; one Part for each kind, in the order of `packets`."""
        records: list[Record] = []
        failures: list[Failure] = []
        for place, payload in zip(position.tolist(), payloads, strict=True):
            for line in self._split(payload):
                found = self._read(line, place)
                if isinstance(found, Record):
                    records.append(found)
                elif found is not None:
                    failures.append(Failure(place, found))
        return [self._part(kind, records) for kind in range(len(self.packets))], failures

    def _split(self, payload: bytes) -> Iterator[bytes]:
        """The records that this payload completes."""
        if not self._lines:
            yield payload
            return
        *whole, rest = (self._rest + payload.translate(*_FLOW_CONTROL)).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            whole.append(rest)
            rest = b""
        self._rest = rest
        yield from whole

    def _read(self, line: bytes, position: int) -> Record | str | None:
        """A record, the reason why this is none, or None for what is to be passed over."""
        line = line.strip()
        if not line and self._lines:
            return None
        if any(line.startswith(begin) for begin in self._ignore):
            return None
        if len(line) > MAX_LINE_BYTES:
            return f"is longer than {MAX_LINE_BYTES} characters without a line end"
        text = line.decode("ascii", errors="replace")
        for kind, layout in enumerate(self._texts):
            fields = _json_fields(text, layout) if text.startswith("{") else _fields(text, layout)
            if fields is not None:
                return self._record(kind, fields, position)
        return None if self._is_for_others(text) else "is none of the records that the profile knows"

    def _is_for_others(self, text: str) -> bool:
        """Whether this is readable, and begins like none of our own records."""
        if not self._texts[0].ignore_others or not text.isprintable() or "\ufffd" in text:
            return False
        if text.startswith("{"):
            kind = _json_object(text).get("type")
            return isinstance(kind, str) and all(kind != layout.json_type for layout in self._texts)
        return not any(text.startswith(layout.begins) for layout in self._texts)

    def _record(self, kind: int, fields: dict[str, float], position: int) -> Record | str:
        values: dict[str, FloatArray] = {}
        for name, scale in self._scales[kind].items():
            row = np.array([[fields.get(name[0] + axis, math.nan) for axis in "xyz"]])
            if not np.isfinite(row).all():
                return "has something that is not a number"
            values[name] = scale.to_si(row[:, ["xyz".index(axis[-1]) for axis in scale.vector.axes]])
            if not scale.plausible(values[name]).all():
                return "has an impossible value"
        stamp = None
        if self.packets[kind].time is not None:
            stamp = _stamp(fields.get("t", math.nan))
            if stamp is None:
                return "has no usable time"
        return Record(position, kind, stamp, values.get("acc"), values.get("gyr"))

    def _part(self, kind: int, records: Sequence[Record]) -> Part:
        own = [record for record in records if record.kind == kind]
        stamps = None
        if self.packets[kind].time is not None:
            stamps = np.array([record.stamp or 0 for record in own], np.uint64)
        position = np.array([record.position for record in own], np.int64)
        acc = [record.acc for record in own if record.acc is not None]
        gyr = [record.gyr for record in own if record.gyr is not None]
        carried = self.packets[kind].carried
        return Part(
            position,
            np.ones(len(own), np.int64),
            stamps,
            np.concatenate([np.empty((0, 3)), *acc]) if "acc" in carried else None,
            np.concatenate([np.empty((0, 3)), *gyr]) if "gyr" in carried else None,
        )

    def encode(self, kind: int, acc: FloatArray | None, gyr: FloatArray | None, stamp: int = 0) -> bytes:
        """The record of one sample (1, 3), SI."""
        packet, layout = self.packets[kind], self._texts[kind]
        fields: dict[str, str] = {"-": "0"}
        if packet.time is not None:
            fields["t"] = str(stamp % packet.time.modulus)
        for name, values in (("acc", acc), ("gyr", gyr)):
            if values is not None and name in self._scales[kind]:
                scale = self._scales[kind][name]
                numbers = scale.to_numbers(values)[0]
                for axis, number in zip(scale.vector.axes, numbers, strict=True):
                    fields[name[0] + axis[-1]] = _shown(float(number), scale.vector.type)
        line = layout.begins + ",".join(fields[column] for column in layout.columns)
        return (line + ("\n" if layout.framing == "lines" else "")).encode()


def _fields(text: str, layout: Text) -> dict[str, float] | None:
    """The numbers of a record by column, None where the text is not such a record."""
    if not text.startswith(layout.begins):
        return None
    cells = text[len(layout.begins) :].split(",")
    if len(cells) != len(layout.columns):
        return None
    return {column: _number(cell) for column, cell in zip(layout.columns, cells, strict=True) if column != "-"}


def _json_fields(text: str, layout: Text) -> dict[str, float] | None:
    """The same of a JSON object with x, y and z."""
    if layout.json_type is None:
        return None
    found = _json_object(text)
    if found.get("type") != layout.json_type:
        return None
    numbers = {key: value for key, value in found.items() if isinstance(value, (int, float))}
    prefix = layout.columns[0][0]
    return {prefix + axis: _number(repr(numbers.get(axis))) for axis in "xyz"}


def _json_object(text: str) -> dict[str, Any]:
    """The JSON object in a text, empty where there is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(cell: str) -> float:
    """A number, NaN for anything else."""
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan


def _stamp(value: float) -> int | None:
    """A time stamp that fits 64 bits, None for anything else."""
    return round(value) if 0.0 <= value < 2.0**63 else None


def _shown(number: float, kind: str) -> str:
    """Shortest text that a 32-bit float, or a whole number, is read back from."""
    return str(np.float32(number)) if kind == "f32" else str(round(number))
