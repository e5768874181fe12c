"""What was chosen for one connection, and the commands that follow from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from athena_sense.errors import SourceError
from athena_sense.profiles.model import Command, FirmwareProfile
from athena_sense.profiles.patterns import fill_template, template_names
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rate (Hz), ranges (g, °/s; None where the sensor has no choice) and whether angular rates are wanted."""

    rate_hz: float
    acc_range_g: float | None
    gyr_range_dps: float | None
    gyroscope: bool

    @property
    def acc_range_m_s2(self) -> float | None:
        return None if self.acc_range_g is None else self.acc_range_g * STANDARD_GRAVITY_M_S2

    @property
    def gyr_range_rad_s(self) -> float | None:
        """None also where no angular rates are wanted."""
        return None if self.gyr_range_dps is None or not self.gyroscope else self.gyr_range_dps * RAD_PER_DEG


def choose(
    profile: FirmwareProfile,
    rate_hz: float | None = None,
    acc_range_g: float | None = None,
    gyr_range_dps: float | None = None,
    gyroscope: bool | None = None,
) -> Chosen:
    """The settings for one connection, the profile's defaults where nothing is asked.

    Raises:
        SourceError: the sensor does not have what was asked for; the message lists what it has.
    """
    has = profile.settings
    if gyroscope and not profile.has_gyroscope:
        raise SourceError(f"{profile.title} has no gyroscope; leave it out")
    return Chosen(
        _one_of(profile, "rate", "Hz", rate_hz, has.rates_hz, has.default_rate_hz) or has.default_rate_hz,
        _one_of(profile, "range", "g", acc_range_g, has.acc_ranges_g, has.default_acc_range_g),
        _one_of(profile, "gyroscope range", "°/s", gyr_range_dps, has.gyr_ranges_dps, has.default_gyr_range_dps),
        profile.has_gyroscope if gyroscope is None else gyroscope,
    )


def _one_of(
    profile: FirmwareProfile,
    what: str,
    unit: str,
    asked: float | None,
    choices: Sequence[float],
    default: float | None,
) -> float | None:
    if asked is None or asked in choices:
        return default if asked is None else asked
    if not choices:
        raise SourceError(f"{profile.title} has no {what} to choose; leave it out")
    listed = ", ".join(f"{choice:g}" for choice in choices)
    raise SourceError(f"{profile.title} has no {what} of {asked:g} {unit}; choose one of {listed} {unit}")


def wanted(commands: Sequence[Command], chosen: Chosen, variant: str | None = None) -> Iterator[Command]:
    """Those of the commands that apply to these settings and this variant of the sensor, in order."""
    for command in commands:
        if command.variant is not None and command.variant != variant:
            continue
        if command.when is not None and (command.when == "with_gyr") != chosen.gyroscope:
            continue
        if command.only_rates_hz and chosen.rate_hz not in command.only_rates_hz:
            continue
        yield command


def command_bytes(
    profile: FirmwareProfile, command: Command, chosen: Chosen, negotiated: Mapping[str, bytes] | None = None
) -> bytes:
    """What to write for a command.

    `negotiated` holds what the sensor's own answers led to (`acc_settings`, `gyr_settings`).

    Raises:
        SourceError: a value is missing, or does not fit the command.
    """
    ranges = {"acc_range_g": chosen.acc_range_g, "gyr_range_dps": chosen.gyr_range_dps}
    numbers = {"rate_hz": chosen.rate_hz} | {name: value for name, value in ranges.items() if value is not None}
    template = command.write or ""
    coded = {
        name: bytes.fromhex(codes.values[f"{numbers[codes.of]:g}"])
        for name, codes in ((f"codes.{key}", codes) for key, codes in profile.codes.items())
        if name in template_names(template)
    }
    try:
        numbers["period_ms"] = 1000.0 / chosen.rate_hz
        return fill_template(template, {**numbers, **coded, **(negotiated or {})})
    except ValueError as error:
        raise SourceError(f"{profile.title}: command {command.why!r} cannot be made: {error}") from error
