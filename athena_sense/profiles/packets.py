"""How samples lie in a packet: the `[[packets]]` tables of a profile."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from athena_sense.profiles.patterns import parse_pattern
from athena_sense.profiles.table import PatternText, Table

SIZES = {"i8": 1, "i16": 2, "i24": 3, "i32": 4, "f32": 4}
STAMP_SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}

Number = Literal["i8", "i16", "i24", "i32", "f32"]
Axis = Literal["x", "y", "z", "-x", "-y", "-z"]
Unit = Literal["g", "mg", "m/s2", "deg/s", "rad/s"]


def _how_many(samples: Any) -> Any:
    """One error in words: pydantic would tell one for each of the two kinds."""
    if samples != "to_end" and (isinstance(samples, bool) or not isinstance(samples, int) or samples < 1):
        raise ValueError(f'expected a whole number of 1 or more, or "to_end", got {samples!r}')
    return samples


class Time(Table):
    """A packet's time stamp. `unit` "samples" counts samples, "packets" packets; "ticks" last `tick_ns`.

    `of` says which of the packet's samples it belongs to; it wraps at `wraps_at`, by default at its type's end.
    """

    unit: Literal["ns", "us", "ms", "ticks", "samples", "packets"]
    of: Literal["first", "last"]
    offset: int = Field(0, ge=0)
    type: Literal["u8", "u16", "u32", "u64"] = "u32"
    tick_ns: int | None = Field(None, ge=1)
    wraps_at: int | None = Field(None, ge=2)

    @property
    def modulus(self) -> int:
        return self.wraps_at or 1 << (8 * STAMP_SIZES[self.type])

    @property
    def unit_ns(self) -> int | None:
        """Nanoseconds in one unit, None for counters."""
        return {"ns": 1, "us": 1_000, "ms": 1_000_000, "ticks": self.tick_ns}.get(self.unit)

    @model_validator(mode="after")
    def _tick_length(self) -> "Time":
        if (self.unit == "ticks") != (self.tick_ns is not None):
            raise ValueError("`tick_ns` goes with the unit ticks, and only with it")
        return self


class Vector(Table):
    """Three numbers: their type, the axes in the order sent, and the value = number ÷ `per_unit` in `unit`.

    `per_unit` is a number, or a table from the range (as written in [settings]) to a number.
    """

    unit: Unit
    type: Number = "i16"
    axes: tuple[Axis, Axis, Axis] = ("x", "y", "z")
    per_unit: float | Mapping[str, float] = 1.0

    @property
    def size(self) -> int:
        return 3 * SIZES[self.type]

    @model_validator(mode="after")
    def _each_axis_once(self) -> "Vector":
        if {axis[-1] for axis in self.axes} != {"x", "y", "z"}:
            raise ValueError("`axes` needs x, y and z, each once")
        values = self.per_unit.values() if isinstance(self.per_unit, Mapping) else (self.per_unit,)
        if not all(0 < value < 1e12 for value in values):
            raise ValueError("`per_unit` must be a number above 0, or a table from range to such a number")
        return self


class Factor(Table):
    """A scale factor that an answer on the control channel announces: a pattern with `{factor:f32}`."""

    reply: PatternText
    default: float = Field(gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _names_it(self) -> "Factor":
        if [captured.name for captured in parse_pattern(self.reply).captures] != ["factor"]:
            raise ValueError("`reply` must name {factor}, and nothing else")
        return self


class Text(Table):
    """Numbers as text, separated by commas. `columns` are from t, ax, ay, az, gx, gy, gz and `-` (anything).

    `framing` "lines": a line end closes a record, which may span packets; "packet": each packet is one record.
    `begins` stands before the first column. `json_type`: the same as a JSON object with this "type".
    `ignore_others`: other lines of text are not for us, and no errors.
    """

    columns: tuple[Literal["t", "ax", "ay", "az", "gx", "gy", "gz", "-"], ...]
    framing: Literal["lines", "packet"] = "lines"
    begins: str = ""
    json_type: str | None = None
    ignore_others: bool = False


class Parts(Table):
    """A packet too long for one notification: the second part's beginning; what follows it is appended."""

    second: PatternText


class Packet(Table):
    """One kind of packet: `match` are its first bytes, then come samples.

    `codec` "table": fixed places. "polar_delta": first sample, then blocks of differences. "text": see `text`.
    `samples`: how many, or "to_end". `order`: xyz xyz (interleaved) or all acc before all gyr (blocks).
    `values`: the order within a sample, with "skip N" for N bytes of something else.
    """

    name: str
    channel: str
    codec: Literal["table", "polar_delta", "text"] = "table"
    match: PatternText = ""
    endian: Literal["little", "big"] = "little"
    header_bytes: int = Field(0, ge=0, description="bytes before the first sample, `match` and time included")
    samples: Annotated[int | Literal["to_end"], BeforeValidator(_how_many)] = 1
    order: Literal["interleaved", "blocks"] = "interleaved"
    values: tuple[str, ...] = ()
    padding_bytes: int = Field(0, ge=0)
    several: bool = Field(False, description="a notification may hold several of these packets")
    checksum: Literal["inverted_sum"] | None = None
    send_samples: int | None = Field(None, ge=1, description="how many samples an open-ended packet usually holds")
    time: Time | None = None
    acc: Vector | None = None
    gyr: Vector | None = None
    factor: Factor | None = None
    text: Text | None = None
    parts: Parts | None = None

    @property
    def carried(self) -> frozenset[str]:
        """Of "acc" and "gyr", what this packet carries."""
        return frozenset(name for name in ("acc", "gyr") if getattr(self, name) is not None)

    @property
    def sample_fields(self) -> tuple[tuple[str, int], ...]:
        """(name, size in bytes) of what lies in one sample, in order; "skip" for what is passed over."""
        fields = []
        for entry in self.values or tuple(sorted(self.carried)):
            skip = re.fullmatch(r"skip ([1-9][0-9]{0,2})", entry)
            vector = None if skip else getattr(self, entry, None) if entry in ("acc", "gyr") else None
            if not skip and not isinstance(vector, Vector):
                raise ValueError(f"`values` has {entry!r}: expected acc or gyr (with its table) or 'skip N'")
            fields.append(("skip", int(skip[1])) if skip else (entry, vector.size if vector else 0))
        return tuple(fields)

    @property
    def sample_bytes(self) -> int:
        return sum(size for _, size in self.sample_fields)

    @property
    def fixed_size(self) -> int | None:
        """Bytes in a packet with a fixed number of samples, None where it is open-ended."""
        if self.samples == "to_end":
            return None
        return self.header_bytes + self.samples * self.sample_bytes + self.padding_bytes + bool(self.checksum)

    @model_validator(mode="after")
    def _layout(self) -> "Packet":
        if not self.carried:
            raise ValueError("carries nothing: give an [packets.acc] or [packets.gyr] table")
        for name, units in (("acc", ("g", "mg", "m/s2")), ("gyr", ("deg/s", "rad/s"))):
            vector = getattr(self, name)
            if vector is not None and vector.unit not in units:
                raise ValueError(f"`{name}.unit` is {vector.unit!r}: expected one of {', '.join(units)}")
        if (self.codec == "text") != (self.text is not None):
            raise ValueError("the codec text goes with a [packets.text] table, and only with it")
        if self.text is not None:
            self._text_layout(self.text)
        else:
            self._binary_layout()
        if self.codec == "polar_delta":
            self._delta_layout()
        return self

    def _text_layout(self, text: Text) -> None:
        needed = sorted([name[0] + axis for name in self.carried for axis in "xyz"] + ["t"] * bool(self.time))
        if sorted(column for column in text.columns if column != "-") != needed:
            raise ValueError(f"`text.columns` must have each of {', '.join(needed)} once, and `-` for others")

    def _delta_layout(self) -> None:
        if len(self.carried) != 1 or self.endian != "little":
            raise ValueError("a polar_delta packet carries one of acc and gyr, little-endian")
        if any(vector.type not in ("i16", "f32") for vector in (self.acc, self.gyr) if vector is not None):
            raise ValueError("a polar_delta packet has the type i16 or f32")

    def _binary_layout(self) -> None:
        if {name for name, _ in self.sample_fields if name != "skip"} != self.carried:
            raise ValueError("`values` must name each of acc and gyr that has a table, once")
        if len(parse_pattern(self.match)) > self.header_bytes + (self.sample_bytes if self.several else 0):
            raise ValueError("`header_bytes` is shorter than `match`")
        if self.time is not None and self.time.offset + STAMP_SIZES[self.time.type] > self.header_bytes:
            raise ValueError("the time stamp does not lie within `header_bytes`")
        if self.several and self.fixed_size is None:
            raise ValueError("`several` needs a fixed number of samples")
        if self.order == "blocks" and any(name == "skip" for name, _ in self.sample_fields):
            raise ValueError("blocks cannot be mixed with 'skip'")
        if self.several and self.time is not None:
            raise ValueError("packets of which a notification holds several cannot have time stamps")
        if self.parts is not None and (not self.match or self.codec != "table"):
            raise ValueError("`parts` needs a table with `match`")
        if self.samples == "to_end" and (self.padding_bytes or self.checksum):
            raise ValueError("an open-ended packet has no padding and no checksum")
