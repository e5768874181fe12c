"""Packets whose samples lie in fixed places: whole runs of them become arrays at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.packets import ByteArray, Failure, IntArray, Part
from athena_sense.decoding.scaling import Scale
from athena_sense.profiles.packets import Packet
from athena_sense.profiles.patterns import Pattern, parse_pattern
from athena_sense.profiles.settings import Chosen

Mask = npt.NDArray[np.bool_]
_NUMPY = {"i8": "i1", "i16": "i2", "i32": "i4", "f32": "f4", "u8": "u1", "u16": "u2", "u32": "u4", "u64": "u8"}


class TableCodec:
    """Decodes and encodes one kind of packet with fixed places."""

    def __init__(self, packet: Packet, chosen: Chosen) -> None:
        self.packet = packet
        self._endian = "<" if packet.endian == "little" else ">"
        self._match = parse_pattern(packet.match)
        wanted = [name for name in ("acc", "gyr") if name in packet.carried and (name == "acc" or chosen.gyroscope)]
        self._scales = {name: Scale(getattr(packet, name), name, chosen) for name in packet.carried}
        self._wanted = tuple(wanted)
        self._fixed = packet.fixed_size
        self._sample_bytes = packet.sample_bytes
        self._layouts: dict[int, np.dtype[Any]] = {}

    def samples_in(self, length: int) -> int | None:
        """Samples in a packet of this many bytes, None where no packet is that long."""
        if self._fixed is not None:
            return int(self.packet.samples) if length == self._fixed else None
        body = length - self.packet.header_bytes
        return body // self._sample_bytes if body > 0 and body % self._sample_bytes == 0 else None

    def fits(self, length: int) -> bool:
        """Whether a notification of this many bytes can hold such packets."""
        return self.samples_in(self._piece(length)) is not None

    def _piece(self, length: int) -> int:
        """Bytes in each of the packets of a notification."""
        fixed = self._fixed
        return fixed if self.packet.several and fixed and length and length % fixed == 0 else length

    def holds_one(self, data: ByteArray) -> Mask:
        """(p,) which notifications (p, length) of several packets hold one of these behind others."""
        size = self._piece(data.shape[1])
        if size == data.shape[1] or not len(self._match):
            return np.zeros(len(data), np.bool_)
        return np.asarray(fitting(data.reshape(-1, size), self._match).reshape(len(data), -1).any(axis=1))

    def decode(self, data: ByteArray, position: IntArray, ignore: Sequence[Pattern] = ()) -> tuple[Part, list[Failure]]:
        """Notifications (p, length) of one length, which `fits`; `position` (p,) their places in the feed. Of several
        packets in one, those that begin as `ignore` says are passed over."""
        size = self._piece(data.shape[1])
        pieces = data.shape[1] // size
        samples = self.samples_in(size) or 0
        data = data.reshape(-1, size)
        bad = self._mismatch(data)
        records = np.ascontiguousarray(data).reshape(-1).view(self._layout(size, samples))
        values = {name: self._values(records, name) for name in self._wanted}
        for name, vectors in values.items():
            if self._scales[name].vector.type == "f32":
                bad |= ~self._scales[name].plausible(vectors).reshape(-1, samples).all(axis=1)
        stamp = records["time"].astype(np.uint64) if self.packet.time is not None else None
        count = np.full(len(position), samples * pieces)
        if pieces > 1:
            passed = np.zeros(len(data), np.bool_)
            for pattern in ignore:
                passed |= fitting(data, pattern)
            if passed.any():
                bad &= ~passed
                count = samples * (~passed).reshape(-1, pieces).sum(axis=1)
                values = {name: vectors[np.repeat(~passed, samples)] for name, vectors in values.items()}
        part = Part(position, count, stamp, values.get("acc"), values.get("gyr"))
        if not bad.any():
            return part, []
        return _without(part, np.asarray(bad.reshape(-1, pieces).any(axis=1)))

    def encode(self, acc: FloatArray | None, gyr: FloatArray | None, stamp: int = 0) -> bytes:
        """One packet of these samples (n, 3), SI. n must be what the packet holds."""
        given = {name: values for name, values in (("acc", acc), ("gyr", gyr)) if values is not None}
        samples = len(next(iter(given.values())))
        size = self._fixed or self.packet.header_bytes + samples * self._sample_bytes
        record = np.zeros(1, self._layout(size, samples))
        for name in self.packet.carried:
            numbers = self._scales[name].to_numbers(given.get(name, np.zeros((samples, 3))))
            self._put(record, name, numbers)
        if self.packet.time is not None:
            record["time"] = stamp % self.packet.time.modulus
        raw = bytearray(record.tobytes())
        for at, (byte, mask) in enumerate(zip(self._match.value, self._match.mask, strict=True)):
            raw[at] |= byte & mask
        if self.packet.checksum:
            raw[-1] = _inverted_sum(np.frombuffer(raw, np.uint8)[None, :-1])[0]
        return bytes(raw)

    def _mismatch(self, data: ByteArray) -> Mask:
        """(p,) packets without their first bytes, or with a wrong checksum."""
        bad = np.zeros(len(data), np.bool_)
        if self.packet.several and len(self._match):
            value = np.frombuffer(self._match.value, np.uint8)
            mask = np.frombuffer(self._match.mask, np.uint8)
            bad |= ((data[:, : len(self._match)] & mask) != value).any(axis=1)
        if self.packet.checksum:
            bad |= _inverted_sum(data[:, :-1]) != data[:, -1]
        return bad

    def _layout(self, size: int, samples: int) -> np.dtype[Any]:
        """The packet as a numpy record: `time`, and `samples` (interleaved) or `acc` and `gyr` (blocks)."""
        if size not in self._layouts:
            at = self.packet.header_bytes
            fields: dict[str, tuple[Any, int]] = {}
            if self.packet.time is not None:
                fields["time"] = (self._endian + _NUMPY[self.packet.time.type], self.packet.time.offset)
            if self.packet.order == "blocks":
                for name, width in self.packet.sample_fields:
                    fields[name] = (self._vector_type(name, (samples,)), at)
                    at += samples * width
            else:
                fields["samples"] = ((self._sample_layout(), (samples,)), at)
            self._layouts[size] = _record(fields, size)
        return self._layouts[size]

    def _sample_layout(self) -> np.dtype[Any]:
        at = 0
        fields: dict[str, tuple[Any, int]] = {}
        for name, width in self.packet.sample_fields:
            if name != "skip":
                fields[name] = (self._vector_type(name, ()), at)
            at += width
        return _record(fields, at)

    def _vector_type(self, name: str, shape: tuple[int, ...]) -> Any:
        kind = self._scales[name].vector.type
        return ("u1", (*shape, 3, 3)) if kind == "i24" else (self._endian + _NUMPY[kind], (*shape, 3))

    def _values(self, records: "np.ndarray[Any, np.dtype[Any]]", name: str) -> FloatArray:
        field = records[name] if self.packet.order == "blocks" else records["samples"][name]
        if self._scales[name].vector.type == "i24":
            return self._scales[name].to_si(_from_24_bits(field.reshape(-1, 3, 3), self._endian))
        with np.errstate(invalid="ignore"):  # a damaged float may be a signalling NaN
            return self._scales[name].to_si(field.reshape(-1, 3))

    def _put(self, record: "np.ndarray[Any, np.dtype[Any]]", name: str, numbers: FloatArray) -> None:
        field = record[name] if self.packet.order == "blocks" else record["samples"][name]
        if self._scales[name].vector.type == "i24":
            field[...] = _to_24_bits(numbers, self._endian).reshape(field.shape)
        else:
            field[...] = numbers.reshape(field.shape)


def _record(fields: dict[str, tuple[Any, int]], size: int) -> np.dtype[Any]:
    formats, offsets = [f for f, _ in fields.values()], [at for _, at in fields.values()]
    return np.dtype({"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": size})


def _inverted_sum(data: ByteArray) -> ByteArray:
    """(p,) ones' complement of the sum of bytes (p, n), modulo 256."""
    return np.asarray(~data.sum(axis=1, dtype=np.uint8), dtype=np.uint8)


def _from_24_bits(raw: ByteArray, endian: str) -> FloatArray:
    """(n, 3) from bytes (n, 3, 3), two's complement."""
    low, middle, high = (raw[:, :, k].astype(np.int64) for k in ((0, 1, 2) if endian == "<" else (2, 1, 0)))
    value = low | middle << 8 | high << 16
    return np.asarray((value ^ 0x800000) - 0x800000, dtype=np.float64)


def _to_24_bits(numbers: FloatArray, endian: str) -> ByteArray:
    """(n, 3, 3) bytes of whole numbers (n, 3)."""
    four = np.ascontiguousarray(numbers, endian + "i4").view(np.uint8).reshape(-1, 3, 4)
    return four[:, :, :3] if endian == "<" else four[:, :, 1:]


def _without(part: Part, bad: Mask) -> tuple[Part, list[Failure]]:
    """The part without its bad notifications."""
    good = ~bad
    samples = np.repeat(good, part.count)
    kept = Part(
        part.position[good],
        part.count[good],
        None if part.stamp is None else part.stamp[good],
        None if part.acc is None else part.acc[samples],
        None if part.gyr is None else part.gyr[samples],
    )
    return kept, [Failure(int(at), "does not hold together") for at in part.position[bad]]


def fitting(data: ByteArray, pattern: Pattern) -> Mask:
    """(p,) which rows (p, length) begin as the pattern says."""
    if len(pattern) > data.shape[1]:
        return np.zeros(len(data), np.bool_)
    fits = np.ones(len(data), np.bool_)
    for column, (value, mask) in enumerate(zip(pattern.value, pattern.mask, strict=True)):
        if mask:
            fits &= (data[:, column] & mask) == value
    return fits
