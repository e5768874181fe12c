"""The nouns of the pipe, in the order in which data meets them. Read this file first.

`Notification → SampleBatch → Rep / Landing / Hold → Measurement → Verdict`

Times are seconds on the recording's own clock. Everything is frozen; arrays are not to be written to.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

PLACEMENTS = ("foot", "shank", "thigh", "waist", "chest", "wrist", "upper_arm", "head", "other")
"""Where on the body a sensor can sit."""

NotMeasuredReason = Literal[
    "placement",  # this sensor site cannot see it
    "sample_rate",  # too few samples a second to carry it
    "clipped",  # the sensor's range was exceeded
    "gap",  # samples are missing where it would be measured
    "no_gyroscope",
    "no_gravity",  # "linear acceleration": inclination is gone from the data
    "no_second_sensor",  # a second sensor would see it, and none was worn there
    "no_baseline",  # judged against one's own usual, and none is known
    "no_next_jump",  # contact time ends with the next take-off, and there was none
    "box_height",  # a flight too short to have reached a box of this height
    "no_flight",  # no take-off was seen before this landing
    "not_settled",  # stillness was not reached before the next movement or the end
    "cut_off",  # the recording starts or ends inside it
    "too_small",  # the movement is too small for this sensor to time
]


@dataclass(frozen=True, slots=True)
class Notification:
    """One packet as it arrived: `arrival_ns` on the host's monotonic clock, profile channel, bytes."""

    arrival_ns: int
    channel: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a sensor's acceleration is mended, axis by axis: `(acc - bias_m_s2) * scale`.

    `method`: "positions" is a full calibration from that many still `positions`; "one_scale" is one factor for all
    axes, which is right only as far as the sensor has no bias. `error_before` is how far |a| was off gravity at rest
    (RMS over the positions, as a share of gravity), `error_after` the standard error that is left in the position where
    it is largest, or with one scale the largest error that is left in those positions, None where there is but one.

    Raises:
        ValueError: it is none that a sensor could need.
    """

    scale: tuple[float, float, float]
    bias_m_s2: tuple[float, float, float]
    made: date
    method: Literal["positions", "one_scale"]
    positions: int
    error_before: float
    error_after: float | None = None

    def __post_init__(self) -> None:
        # Written so that what is no number is out of range too.
        if not all(0.5 <= factor <= 2.0 for factor in self.scale) or not all(abs(b) <= 10.0 for b in self.bias_m_s2):
            raise ValueError(f"scale {self.scale} and bias {self.bias_m_s2} m/s² are no calibration")

    def applied(self, acc_m_s2: FloatArray) -> FloatArray:
        """(n, 3) m/s² as the sensor sent it → mended."""
        return np.asarray((acc_m_s2 - np.array(self.bias_m_s2)) * np.array(self.scale))

    def undone(self, acc_m_s2: FloatArray) -> FloatArray:
        """(n, 3) m/s² mended → as the sensor sent it, but for rounding."""
        return np.asarray(acc_m_s2 / np.array(self.scale) + np.array(self.bias_m_s2))


@dataclass(frozen=True, slots=True)
class Posture:
    """How a sensor was worn, as far as gravity tells: `up` is the unit vector that pointed up, in its own axes, while
    the athlete stood. A turn about the vertical does not show. `sensor` says which one it was, or of which kind; None:
    not known.

    Raises:
        ValueError: `up` is no direction.
    """

    sensor: str | None
    up: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not 0.99 < math.hypot(*self.up) < 1.01:
            raise ValueError(f"{self.up} is no direction: its length is not 1")

    def turned_deg(self, other: "Posture") -> float | None:
        """The angle between the two, None where they are not of the same sensor."""
        if self.sensor != other.sensor:
            return None
        both = (a + b for a, b in zip(self.up, other.up, strict=True))
        return math.degrees(2.0 * math.atan2(math.dist(self.up, other.up), math.hypot(*both)))


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a sample stream before its first sample.

    `sample_rate_hz` is the nominal (or, for a file, the measured) rate; `acc_range_m_s2` and `gyr_range_rad_s` the
    largest value one axis can show, None where unknown; `has_gravity` is False for a "linear acceleration" export.
    Samples come as the sensor sent them: `calibration` is what the pipe mends them by. `sensor_is_kind`: `sensor` says
    which kind it is ("Shimmer"), as other apps' files do, and not which one. `sensor_is_device`: it is what finds this
    one sensor on the air, and no other.
    """

    sample_rate_hz: float
    has_gyroscope: bool
    has_gravity: bool = True
    acc_range_m_s2: float | None = None
    sensor: str | None = None
    calibration: Calibration | None = None
    gyr_range_rad_s: float | None = None
    sensor_is_kind: bool = False
    sensor_is_device: bool = False

    def sent_by(self, known: "StreamInfo") -> "StreamInfo":
        """The same, said of the sensor that `known` is of, and mended as it is."""
        return replace(
            self,
            sensor=known.sensor,
            sensor_is_kind=known.sensor_is_kind,
            sensor_is_device=known.sensor_is_device,
            calibration=known.calibration,
        )

    @property
    def own_name(self) -> str | None:
        """The name of this one sensor, None where it is not known: what is kept of one must not be used for another."""
        return None if self.sensor_is_kind else self.sensor


@dataclass(frozen=True, slots=True, eq=False)
class SampleBatch:
    """Samples in time order, in the sensor's own axes.

    `t_s` (n,) seconds, strictly increasing, uneven spacing allowed: a hole in it is a gap.
    `acc_m_s2` (n, 3) specific force (m/s²): a still sensor shows +9.81 along the axis that points up.
    `gyr_rad_s` (n, 3) angular rate (rad/s), right-handed, or None without a gyroscope.
    """

    t_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray | None = None

    def __post_init__(self) -> None:
        n = self.t_s.shape[0]
        if self.acc_m_s2.shape != (n, 3):
            raise ValueError(f"acc_m_s2 has shape {self.acc_m_s2.shape}, expected ({n}, 3)")
        if self.gyr_rad_s is not None and self.gyr_rad_s.shape != (n, 3):
            raise ValueError(f"gyr_rad_s has shape {self.gyr_rad_s.shape}, expected ({n}, 3)")

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    def since(self, start_s: float) -> "SampleBatch":
        """The samples with their times counted from `start_s` (s)."""
        return SampleBatch(self.t_s - start_s, self.acc_m_s2, self.gyr_rad_s)

    def calibrated(self, calibration: Calibration | None) -> "SampleBatch":
        """The samples with their acceleration mended; themselves where there is no calibration."""
        if calibration is None:
            return self
        return SampleBatch(self.t_s, calibration.applied(self.acc_m_s2), self.gyr_rad_s)

    def __getitem__(self, part: slice) -> "SampleBatch":
        """The samples of a slice, as views."""
        gyr = None if self.gyr_rad_s is None else self.gyr_rad_s[part]
        return SampleBatch(self.t_s[part], self.acc_m_s2[part], gyr)


def no_samples(info: StreamInfo) -> SampleBatch:
    """An empty batch of a stream."""
    return SampleBatch(np.empty(0), np.empty((0, 3)), np.empty((0, 3)) if info.has_gyroscope else None)


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole in a stream: no sample between `start_s` and `end_s` (s)."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value, or the reason why there is none.

    `bound` says whether the value is what happened, or only a lower ("at_least") or upper ("at_most") bound.
    """

    value: float | None
    reason: NotMeasuredReason | None = None
    bound: Literal["exact", "at_least", "at_most"] = "exact"

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError("a measurement has a value or a reason, and never both")


def not_measured(reason: NotMeasuredReason) -> Measurement:
    """The measurement that could not be made, and why."""
    return Measurement(None, reason)


NO_MEASUREMENTS: Mapping[str, Measurement] = MappingProxyType({})

PhaseName = Literal["concentric", "top_hold", "eccentric", "bottom_hold", "first_half", "second_half", "hold"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a rep: raising, lowering, stillness between (s); two halves where up is unknown."""

    name: PhaseName
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Rep:
    """One full cycle of an exercise's movement, with what was measured of it and the flags a program gave it.

    `valid` is None until a program has judged it. `interrupted`: a gap lies inside, its durations are unknown.
    """

    number: int
    start_s: float
    end_s: float
    phases: tuple[Phase, ...] = ()
    measurements: Mapping[str, Measurement] = field(default_factory=lambda: NO_MEASUREMENTS)
    interrupted: bool = False
    valid: bool | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Landing:
    """The first ground contact after a flight, at `time_s`."""

    number: int
    time_s: float
    measurements: Mapping[str, Measurement] = field(default_factory=lambda: NO_MEASUREMENTS)
    valid: bool | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A position held from `start_s` to `end_s`."""

    number: int
    start_s: float
    end_s: float
    measurements: Mapping[str, Measurement] = field(default_factory=lambda: NO_MEASUREMENTS)
    flags: tuple[str, ...] = ()


Item = Rep | Landing | Hold
"""What a detector finds, and a program judges."""
Kind = Literal["rep", "landing", "hold"]
"""Which of them."""


def start_s(item: Item) -> float:
    """When an item began (s): a landing is an instant."""
    return item.time_s if isinstance(item, Landing) else item.start_s


def end_s(item: Item) -> float:
    """When an item ended (s)."""
    return item.time_s if isinstance(item, Landing) else item.end_s


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at an instant: too_fast (a lowering under way), landing_contact, …"""

    kind: str
    time_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the athlete is in the rep or hold under way: the phase, when it began (s), and the share of the usual
    range that the body is below its top (0 … 1; 0 in a hold)."""

    phase: PhaseName
    since_s: float
    travelled: float


@dataclass(frozen=True, slots=True)
class Update:
    """What one feed brought to an end: each rep, landing, hold and event appears in exactly one update."""

    reps: tuple[Rep, ...] = ()
    landings: tuple[Landing, ...] = ()
    holds: tuple[Hold, ...] = ()
    events: tuple[Event, ...] = ()


def joined(updates: Sequence[Update]) -> Update:
    """Several updates as one."""
    return Update(
        tuple(rep for update in updates for rep in update.reps),
        tuple(landing for update in updates for landing in update.landings),
        tuple(hold for update in updates for hold in update.holds),
        tuple(event for update in updates for event in update.events),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a program says of one target. `range` is (least, most), None where open."""

    target: str
    metric: str
    value: float | None
    range: tuple[float | None, float | None]
    status: Literal["met", "missed", "not_measured"]
    message: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether the data could carry the exercise: `notes` are sentences for a person."""

    status: Literal["ok", "limited", "unusable"] = "ok"
    notes: tuple[str, ...] = field(default_factory=tuple)
