"""What a firmware profile says: one pydantic model per table of the TOML file, the whole at the end."""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from athena_sense.profiles.packets import Packet
from athena_sense.profiles.patterns import Pattern, parse_pattern
from athena_sense.profiles.table import PatternText, Positive, Regex, Table, TemplateText, Uuid

STANDARD_BATTERY = ("0000180f-0000-1000-8000-00805f9b34fb", "00002a19-0000-1000-8000-00805f9b34fb")
"""Battery Service and Battery Level (percent, u8), Bluetooth SIG assigned numbers."""

What = Literal["acc", "gyr"]
When = Literal["with_gyr", "without_gyr"]
ApartBy = Literal["name", "address", "nothing"]


class Match(Table):
    """How the sensor is recognised in an advertisement: by name, by a service it lists, or by its maker's id.

    `told_apart_by` is what tells one such sensor from all others, so that what is kept of one is never used for
    another: a name of the form of `name` that no other has, the Bluetooth address, or nothing that lasts.
    """

    name: Regex | None = Field(None, description="regular expression for the advertised name")
    services: tuple[Uuid, ...] = Field((), description="service UUIDs it advertises")
    company_id: int | None = Field(None, ge=0, le=0xFFFF, description="company id in its manufacturer data")
    told_apart_by: ApartBy = Field("address", description="what only this one sensor has")

    @model_validator(mode="after")
    def _something(self) -> "Match":
        if self.name is None and not self.services and self.company_id is None:
            raise ValueError("says nothing: give `name`, `services` or `company_id`")
        if self.told_apart_by == "name" and self.name is None:
            raise ValueError("`told_apart_by` is the name, and there is no `name`: say which form it has")
        return self

    def tells_apart(self, name: str) -> ApartBy:
        """What tells a sensor of this name from others: a name of another form than `name` is anybody's."""
        by_name = self.told_apart_by == "name" and self.name is not None
        return "address" if by_name and re.search(self.name or "", name) is None else self.told_apart_by


class Channel(Table):
    """One characteristic in one service. `data` carries samples; `control` carries commands and their answers."""

    service: Uuid
    characteristic: Uuid
    uses: tuple[Literal["read", "write", "write_without_response", "notify", "indicate"], ...]
    carries: Literal["data", "control"] = "data"
    when: When | None = Field(None, description="subscribed only with, or without, angular rates")
    ignore: tuple[PatternText, ...] = Field((), description="beginnings of packets that are neither samples nor errors")


class Reply(Table):
    """The answer that a command must get: where, what it looks like and how long to wait (s).

    Names in the pattern: `{status}` is looked up in [status], `{variant}` in `variants`; others are kept.
    """

    channel: str
    pattern: PatternText
    timeout_s: Positive = 3.0
    variants: Mapping[str, str] = Field(default_factory=dict, description="value of {variant} → name")

    @property
    def parsed(self) -> Pattern:
        return parse_pattern(self.pattern)


class Command(Table):
    """One write (or, without `write`, one read) on a channel, and what must come of it."""

    channel: str
    why: str = Field(description="what this command does, in a few words")
    write: TemplateText | None = None
    response: bool = Field(True, description="written with response (True) or without")
    delay_after_s: float = Field(0.0, ge=0, allow_inf_nan=False)
    chunk_bytes: int | None = Field(None, ge=1, description="long writes are cut into pieces of this size")
    reply: Reply | None = None
    reply_settings: What | None = Field(None, description="the reply's {settings} offers rates and ranges for these")
    variant: str | None = Field(None, description="sent only to sensors of this variant")
    when: When | None = Field(None, description="sent only with, or without, angular rates")
    only_rates_hz: tuple[Positive, ...] = Field((), description="sent only at these rates")


class Commands(Table):
    """In the order of a connection's life; `stop` is always sent before disconnecting."""

    probe: tuple[Command, ...] = ()
    configure: tuple[Command, ...] = ()
    start: tuple[Command, ...] = ()
    stop: tuple[Command, ...] = ()
    stop_first: bool = Field(False, description="the stop commands are also sent right after connecting")

    def all(self) -> tuple[Command, ...]:
        return self.probe + self.configure + self.start + self.stop


class Status(Table):
    """What the status in a reply means: `ok` values, and words for the refusing ones."""

    ok: tuple[int, ...] = (0,)
    stop_and_retry: tuple[int, ...] = Field((), description="refusals that end when the stop commands are sent")
    meanings: Mapping[str, str] = Field(default_factory=dict)

    def meaning(self, status: int) -> str:
        return self.meanings.get(str(status), f"status {status}, which the profile does not explain")


class Codes(Table):
    """Bytes that stand for a setting in commands: `{codes.NAME}`."""

    of: Literal["rate_hz", "acc_range_g", "gyr_range_dps"]
    values: Mapping[str, PatternText]


class Settings(Table):
    """What can be chosen; the first of each is not special, the defaults are named."""

    rates_hz: tuple[Positive, ...] = Field(min_length=1)
    default_rate_hz: Positive
    acc_ranges_g: tuple[Positive, ...] = ()
    default_acc_range_g: Positive | None = None
    gyr_ranges_dps: tuple[Positive, ...] = ()
    default_gyr_range_dps: Positive | None = None

    @model_validator(mode="after")
    def _defaults_exist(self) -> "Settings":
        for default, choices, name in (
            (self.default_rate_hz, self.rates_hz, "rates_hz"),
            (self.default_acc_range_g, self.acc_ranges_g, "acc_ranges_g"),
            (self.default_gyr_range_dps, self.gyr_ranges_dps, "gyr_ranges_dps"),
        ):
            if default is None and choices:
                raise ValueError(f"default_{name.replace('s_', '_', 1)} is missing: it is one of {name}")
            if default is not None and default not in choices:
                raise ValueError(f"the default {default:g} is none of {name}")
        return self


class Battery(Table):
    """Where the battery's level is read: `write` is sent first where it has to be asked for.

    The pattern names `{percent}`, or `{volts:u16}` in units of `volts_per_lsb` with the `percent_from_v` table.
    """

    channel: str
    pattern: PatternText = "{percent}"
    write: TemplateText | None = None
    reply_channel: str | None = None
    volts_per_lsb: Positive | None = None
    percent_from_v: tuple[tuple[float, int], ...] = ()

    def percent(self, payload: bytes) -> int | None:
        """The level in a payload, None where the payload is something else."""
        found = parse_pattern(self.pattern).read(payload)
        if found is None:
            return None
        if "percent" in found:
            return min(100, int(found["percent"]))
        volts = int(found["volts"]) * (self.volts_per_lsb or 1.0)
        return max((percent for least, percent in self.percent_from_v if volts >= least - 1e-9), default=0)


class Evidence(Table):
    """Why this profile should be believed."""

    kind: Literal["real hardware", "vendor test", "document"]
    sources: tuple[str, ...] = Field(min_length=1)
    unverified: tuple[str, ...] = ()


class ExamplePacket(Table):
    channel: str
    hex: str | None = None
    text: str | None = None

    @property
    def payload(self) -> bytes:
        return (self.text or "").encode() if self.hex is None else bytes.fromhex(self.hex)

    @model_validator(mode="after")
    def _one_of(self) -> "ExamplePacket":
        if (self.hex is None) == (self.text is None):
            raise ValueError("give either `hex` or `text`")
        try:
            _ = self.payload
        except ValueError as error:
            raise ValueError(f"`hex` is not hexadecimal: {error}") from error
        return self


Rows = tuple[tuple[float, float, float], ...]


class Example(Table):
    """Packets, and what they must decode to. `acc`, `gyr`: the first samples, in `acc_unit` and `gyr_unit`."""

    name: str
    kind: Literal["real capture", "vendor specification", "vendor test", "user report", "synthetic"]
    source: str
    packets: tuple[ExamplePacket, ...] = Field(min_length=1)
    count: int = Field(ge=1)
    stamp: int | None = None
    acc: Rows = ()
    acc_last: tuple[float, float, float] | None = None
    acc_unit: Literal["g", "mg", "m/s2"] = "g"
    gyr: Rows = ()
    gyr_unit: Literal["deg/s", "rad/s"] = "deg/s"
    within: float = Field(0.0, ge=0, description="half of the last digit that the source prints")
    acc_range_g: Positive | None = None
    gyr_range_dps: Positive | None = None
    note: str = ""


class FirmwareProfile(Table):
    """A sensor's firmware as this project knows it. Read with `get_profile`, `load_profile` or `parse_profile`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="the file's name without .toml")
    title: str
    maker: str
    summary: str
    gravity_included: bool = True
    min_mtu: int = Field(23, ge=23, le=517)
    max_reliable_rate_hz: Positive | None = None
    quirks: tuple[str, ...] = ()
    match: Match
    channels: Mapping[str, Channel] = Field(min_length=1)
    settings: Settings
    codes: Mapping[str, Codes] = Field(default_factory=dict)
    commands: Commands = Commands()
    status: Status = Status()
    battery: Battery | None = None
    packets: tuple[Packet, ...] = Field(min_length=1)
    evidence: Evidence
    examples: tuple[Example, ...] = Field(min_length=1)

    @property
    def has_gyroscope(self) -> bool:
        """Whether any packet carries angular rates."""
        return any("gyr" in packet.carried for packet in self.packets)

    @property
    def separate_gyroscope(self) -> bool:
        """Whether angular rates travel in packets of their own."""
        return any(packet.carried == {"gyr"} for packet in self.packets)

    @property
    def has_stamps(self) -> bool:
        """Whether its packets carry the sensor's own time or a counter."""
        return self.packets[0].time is not None

    @model_validator(mode="after")
    def _fits_together(self) -> "FirmwareProfile":
        from athena_sense.profiles.consistency import problems

        for problem in problems(self):
            raise ValueError(problem)
        return self
