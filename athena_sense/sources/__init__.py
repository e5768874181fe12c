"""Where samples come from: a source is opened by a name such as `ble:Polar H10 A1B2C3D4` or `sim:calf?seed=3`."""

from typing import TYPE_CHECKING, Any

from athena_sense.errors import SourceError

if TYPE_CHECKING:
    from athena_sense.sources.live import LiveSource

SCHEMES = ("ble", "file", "sim")


def open_source(name: str, *, speed: float = 1.0, **settings: Any) -> "LiveSource":
    """The source with this name; a name without a scheme is a Bluetooth sensor's.

    - `ble:`, `ble:NAME`, `ble:ADDRESS`, `ble:PROFILE`: a sensor, the only one in reach where nothing follows;
      `settings` are those of `BleSensor`: rate_hz, acc_range_g, gyr_range_dps, gyroscope, …
    - `sim:MOVEMENT?OPTION=VALUE&…`: a simulated athlete, `sensor=PROFILE` in that sensor's packets
    - `file:PATH`: a recording, or another app's file

    `speed` is that of simulations and files; infinity plays them without waiting.

    Raises:
        SourceError: there is no such source, or an option is wrong.
        RecordingError: the file cannot be read.
    """
    scheme, colon, rest = name.partition(":")
    if scheme == "sim":
        from athena_sense.sources.sim import open_simulated

        return open_simulated(name).live(speed)
    if scheme == "file":
        from athena_sense.sources.recorded import open_recorded

        return open_recorded(name, speed)
    # A Bluetooth address holds colons too, and so do names (BBC micro:bit).
    if colon and scheme != "ble" and scheme.isalpha() and len(scheme) != 2:
        known = ", ".join(f"{one}:" for one in SCHEMES)
        raise SourceError(f"{name!r} is no source: it begins with {known}, or is a sensor's name")
    from athena_sense.sources.sensor import BleSensor

    return BleSensor((rest if scheme == "ble" else name) or None, **settings)
