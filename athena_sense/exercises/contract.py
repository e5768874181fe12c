"""What an exercise file declares, and what its detector does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from athena_sense.datatypes import Hold, Kind, Landing, Measurement, Rep, SampleBatch, StreamInfo, Update
from athena_sense.dsp.motion import Motion
from athena_sense.errors import RecordingError

RATE_TOLERANCE = 0.95
"""A sensor whose clock is slow by a few per cent still has the rate that it is named after."""


class Detector(Protocol):
    """Turns samples and their motion signals into events, whatever the cuts."""

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        """Take the next samples (as received) and the next stretch of uniform motion signals.

        The two cover the same time but for the resampler's delay of one sample.
        """
        ...

    def finish(self) -> Update:
        """End of the stream: what was still open."""
        ...


class Observer(Protocol):
    """What a second sensor sees, asked about the reps, landings and holds that the first one found.

    `measure` depends on the two sensors' samples alone: not on their cuts, nor on which of them came first.
    """

    known_to_s: float
    """Up to which time (s) it can be asked; −inf before the first row."""

    def feed(self, samples: SampleBatch, motion: Motion) -> None:
        """Take the next samples and motion of the second sensor, whose times are on the first one's clock."""
        ...

    def finish(self) -> None:
        """End of the second sensor's stream."""
        ...

    def measure(self, item: Rep | Landing | Hold) -> Mapping[str, Measurement]:
        """Its metrics for an item, every one: a value, or why there is none."""
        ...

    def forget(self, before_s: float) -> None:
        """Nobody will ask about what lies before this time (s)."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """A placement at which the exercise can be seen, and what can be seen there."""

    placement: str
    sees: str
    min_rate_hz: float
    """Below this many samples a second the exercise is refused at this site (source in the exercise's file)."""
    metrics: tuple[str, ...]
    """What can be measured at this site; each is a key of `Exercise.metrics`."""
    motion_rate_hz: float | None = 50.0
    """Wanted rate of the motion signals: voluntary movement and tremor lie below 12 Hz. None: the detector reads
    samples only, and gets no motion."""
    uses_gyroscope: bool = True
    """Whether motion is made with the gyroscope, where there is one."""
    min_rate_hz_alone: float | None = None
    """The least samples a second of an accelerometer alone, where that needs more."""

    @property
    def least_rate(self) -> str:
        """The least samples a second, in words."""
        alone = f" ({self.min_rate_hz_alone:g} without a gyroscope)" if self.min_rate_hz_alone else ""
        return f"{self.min_rate_hz:g}{alone}"


@dataclass(frozen=True, slots=True)
class Companion:
    """A second sensor that an exercise makes use of where it is worn, and does without where it is not."""

    placement: str
    sees: str
    min_rate_hz: float
    metrics: tuple[str, ...]
    """What it adds to each item; each is a key of `Exercise.metrics`."""
    make_observer: "Callable[[Setup], Observer]"
    motion_rate_hz: float = 50.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What a detector is made for: the stream, the site, and the settings a user may give."""

    info: StreamInfo
    placement: str
    motion_rate_hz: float
    """Rate of the motion that the detector will be fed."""
    box_height_m: float | None = None
    shortest_lowering_s: float | None = None
    """The program's minimum: a lowering under way that is ahead of it raises a `too_fast` event."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: which sites see it (best first), what is measured there, and who counts it."""

    name: str
    title: str
    summary: str
    sites: tuple[Site, ...]
    metrics: Mapping[str, str]
    """Metric name (with its unit) → what it is, in one line."""
    flags: Mapping[str, str]
    """Flag → what it tells the athlete, in one line."""
    sources: tuple[str, ...]
    recordings: tuple[str, ...]
    """Names of the labelled sample recordings in the project's `recordings/` folder."""
    make_detector: Callable[[Setup], Detector]
    trace: Literal["tilt", "impact"] = "tilt"
    """What a picture of the set shows: the sensor's tilt, or the size of its acceleration."""
    needs_gravity: bool = True
    words: Mapping[str, str] = field(default_factory=dict)
    """What metrics are called in a table, where the usual word misleads: who leans does not raise."""
    companions: tuple[Companion, ...] = ()
    flag_of: Mapping[str, str] = field(default_factory=dict)
    """Which limit of which metric, as "min depth_deg" → the flag of who misses it. For others a program chooses."""
    measured_of: Mapping[str, Kind] = field(default_factory=dict)
    """Metric → what it is measured of, where that is no rep."""
    limits: str = ""
    """What cannot be told from these sites: what else counts as a rep, and what is missed."""

    def site(self, placement: str) -> Site | None:
        """The site of this name, None where the exercise cannot be seen from there."""
        return next((site for site in self.sites if site.placement == placement), None)

    @property
    def is_held(self) -> bool:
        """Whether it is held and not repeated: there are no reps of it, nor landings."""
        return {self.measured_of.get(metric, "rep") for metric in self.metrics} == {"hold"}

    def companion(self, placement: str) -> Companion | None:
        """The second sensor of this name, None where the exercise makes no use of one there."""
        return next((companion for companion in self.companions if companion.placement == placement), None)


def require_samples(
    info: StreamInfo, exercise: Exercise, placement: str, min_rate_hz: float, min_rate_hz_alone: float | None = None
) -> None:
    """Whether a stream can carry the exercise from there; `min_rate_hz_alone` as in `Site`.

    Raises:
        RecordingError: too few samples a second, or gravity removed.
    """
    alone_hz = None if info.has_gyroscope else min_rate_hz_alone
    least_hz = min_rate_hz if alone_hz is None else alone_hz
    if info.sample_rate_hz < RATE_TOLERANCE * least_hz:
        without = "" if alone_hz is None else " without a gyroscope"
        raise RecordingError(
            f"{info.sample_rate_hz:.3g} samples a second are too few for {exercise.name} at the {placement}{without}: "
            f"it needs {least_hz:g} or more"
        )
    if exercise.needs_gravity and not info.has_gravity:
        raise RecordingError(
            f"gravity was removed from this data, and {exercise.name} cannot be seen without it: "
            "record or export acceleration with gravity"
        )
