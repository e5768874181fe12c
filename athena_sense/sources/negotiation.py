"""Settings as Polar sensors offer and take them: key, count, values (Polar Measurement Data Specification)."""

from collections.abc import Mapping
from typing import Literal

from athena_sense.errors import SourceError
from athena_sense.profiles import Chosen

SAMPLE_RATE, RESOLUTION, RANGE, RANGE_MILLIUNIT, CHANNELS, FACTOR, SECURITY = range(7)
VALUE_BYTES: Mapping[int, int] = {
    SAMPLE_RATE: 2,
    RESOLUTION: 2,
    RANGE: 2,
    RANGE_MILLIUNIT: 4,
    CHANNELS: 1,
    FACTOR: 4,
    SECURITY: 16,
}


def offered(settings: bytes) -> dict[int, tuple[int, ...]]:
    """Key → the values that a sensor offers. ValueError: it is cut short, or a key is not known."""
    found: dict[int, tuple[int, ...]] = {}
    at = 0
    while at < len(settings):
        size = VALUE_BYTES.get(settings[at])
        if size is None:
            raise ValueError(f"setting {settings[at]} is not known")
        count = settings[at + 1] if at + 1 < len(settings) else 0
        values = settings[at + 2 : at + 2 + count * size]
        if count == 0 or len(values) < count * size:
            raise ValueError("the list of settings is cut short")
        found[settings[at]] = tuple(int.from_bytes(values[i : i + size], "little") for i in range(0, len(values), size))
        at += 2 + count * size
    return found


def start_settings(settings: bytes, what: Literal["acc", "gyr"], chosen: Chosen, name: str) -> bytes:
    """The settings to start with: one value for each key that was offered, but never the factor.

    Raises:
        SourceError: the sensor does not offer what was chosen.
    """
    try:
        choices = offered(settings)
    except ValueError as error:
        raise SourceError(f"{name} offers settings that cannot be read ({error}): {settings.hex(' ')}") from error
    measured = chosen.acc_range_g if what == "acc" else chosen.gyr_range_dps
    asked = {SAMPLE_RATE: ("rate", chosen.rate_hz, "Hz")}
    if measured is not None:
        unit = "g" if what == "acc" else "°/s"
        asked |= {RANGE: ("range", measured, unit), RANGE_MILLIUNIT: ("range", 1000.0 * measured, f"m{unit}")}
    out = b""
    for key, values in choices.items():
        if key in (FACTOR, SECURITY):
            continue
        value = max(values)
        if key in asked:
            quantity, number, unit = asked[key]
            if number not in values:
                listed = ", ".join(str(choice) for choice in sorted(values))
                raise SourceError(f"{name} has no {quantity} of {number:g} {unit} now; it offers {listed} {unit}")
            value = round(number)
        out += bytes([key, 1]) + value.to_bytes(VALUE_BYTES[key], "little")
    return out
