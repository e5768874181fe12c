"""`sim:calf?seed=3&placement=foot&rate=100&lowering=9.5`: a simulated athlete as a source of samples.

With `sensor=polar_h10` (or another profile) they come in that sensor's packets.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from athena_sense.datatypes import Notification, SampleBatch, StreamInfo
from athena_sense.errors import SourceError
from athena_sense.profiles import Chosen, FirmwareProfile, choose, get_profile
from athena_sense.simulation import Simulated, movement_named, simulate
from athena_sense.sources.playback import Playback, Timed, in_cuts

PACKET_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class SimulatedSource:
    """Iterates over packets of samples; `.info` is known before the first."""

    simulated: Simulated
    profile: FirmwareProfile | None = None
    chosen: Chosen | None = None

    @property
    def info(self) -> StreamInfo:
        return self.simulated.info

    def __iter__(self) -> Iterator[SampleBatch]:
        samples = self.simulated.samples
        for start in range(0, len(samples), PACKET_SAMPLES):
            yield samples[start : start + PACKET_SAMPLES]

    def live(self, speed: float = 1.0) -> Playback:
        """The same as a live source."""
        name, samples = f"simulated {self.simulated.exercise}", self.simulated.samples
        if self.profile is None or self.chosen is None:
            rate_hz = self.info.sample_rate_hz
            return Playback(name, self.info, lambda _: in_cuts(samples, rate_hz), speed=speed, simulated=True)
        return Playback(name, self.info, self._packets, self.profile, self.chosen, speed, simulated=True)

    def _packets(self, start_ns: int) -> Timed:
        """Each packet when its last sample has been taken."""
        from athena_sense.decoding.encoder import PacketEncoder

        samples = self.simulated.samples
        if self.profile is None:
            return
        for packet in PacketEncoder(self.profile, self.chosen).encode(samples):
            ready_s = float(samples.t_s[packet.last] - samples.t_s[0])
            yield ready_s, (Notification(start_ns + round(ready_s * 1e9), packet.channel, packet.payload),)


def open_simulated(name: str) -> SimulatedSource:
    """The source behind a `sim:` name; units may be left out of option names. Raises SourceError."""
    url = urlsplit(name)
    given = dict(parse_qsl(url.query, keep_blank_values=True))
    sites = movement_named(url.path).placements
    placement = given.pop("placement", sites[0] if len(sites) == 1 else "foot" if "calf" in url.path else "waist")
    sensor = given.pop("sensor", None)
    names = _option_names(url.path)
    options: dict[str, Any] = {}
    for key, text in given.items():
        option = next((n for n in names if n == key), None) or next((n for n in names if _bare(n) == key), key)
        options[option] = _value(text)
    options.setdefault("seed", 0)
    profile = chosen = None
    if sensor is not None:
        profile = get_profile(sensor)
        settings = ("rate_hz", "acc_range_g", "gyr_range_dps", "gyroscope")
        chosen = choose(profile, *(options.get(setting) for setting in settings))
        felt = {setting: getattr(chosen, setting) for setting in settings}
        options |= {setting: value for setting, value in felt.items() if value is not None}
    try:
        return SimulatedSource(simulate(url.path, placement, **options), profile, chosen)
    except (TypeError, ValueError, ArithmeticError, MemoryError) as error:
        raise SourceError(f"{name}: an option has a value that is of no use ({error})") from error


def _option_names(movement: str) -> tuple[str, ...]:
    from athena_sense.simulation.sensor import SensorOptions

    own = (field.name for kind in (movement_named(movement).options, SensorOptions) for field in fields(kind))
    return ("seed", "rate_hz", "gyroscope", "reps", *own)


def _bare(option: str) -> str:
    """The name without its unit: lowering_s → lowering."""
    stem, _, unit = option.rpartition("_")
    return stem if unit in ("s", "m", "g", "hz", "deg", "dps") else option


def _value(text: str) -> Any:
    """A number, a list of numbers, yes or no, or the word itself."""
    if text.lower() in ("true", "yes", "on", "false", "no", "off"):
        return text.lower() in ("true", "yes", "on")
    try:
        numbers = tuple(int(part) if part.lstrip("-").isdigit() else float(part) for part in text.split(","))
    except ValueError:
        return text
    if not all(map(math.isfinite, numbers)):
        return text
    return numbers if len(numbers) > 1 else numbers[0]
