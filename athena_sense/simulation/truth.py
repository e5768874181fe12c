"""What really happened in a simulated set: exact, because it was decided before it was sensed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from athena_sense.datatypes import Phase, PhaseName


@dataclass(frozen=True, slots=True)
class RepTruth:
    """One rep. `phases` in the order they happened; `range_deg` and `range_m` None where they have no meaning.

    A phase begins and ends at the instants where the commanded speed leaves and reaches zero.
    """

    number: int
    phases: tuple[Phase, ...]
    range_deg: float | None = None
    range_m: float | None = None
    profile: str | None = None
    trunk_lean_deg: float | None = None
    more: Mapping[str, float] = field(default_factory=dict)
    """Other metrics of the exercise, by name."""

    @property
    def start_s(self) -> float:
        return self.phases[0].start_s

    @property
    def end_s(self) -> float:
        return self.phases[-1].end_s

    def duration_s(self, name: PhaseName) -> float | None:
        """Length of a phase, None where the rep has none of this name."""
        return next((phase.end_s - phase.start_s for phase in self.phases if phase.name == name), None)


@dataclass(frozen=True, slots=True)
class SeriesTruth(RepTruth):
    """Jumps in a row: from the first take-off to the contact of the last landing (s)."""

    takeoff_s: float = 0.0
    contact_s: float = 0.0
    jump_count: int = 0

    @property
    def start_s(self) -> float:
        return self.takeoff_s

    @property
    def end_s(self) -> float:
        return self.contact_s


@dataclass(frozen=True, slots=True)
class LandingTruth:
    """One flight and the landing that ended it.

    `jump_height_m` is the height that this flight time means for this `box_height_m` (take-off and landing in the
    same posture); `rise_m` is how far the pelvis really rose above its height at take-off. `peak_impact_g` is the
    largest resultant within 150 ms of contact as the body had it, `sampled_peak_impact_g` as the sensor sent it.
    """

    number: int
    takeoff_s: float
    contact_s: float
    box_height_m: float
    jump_height_m: float
    rise_m: float
    peak_impact_g: float
    sampled_peak_impact_g: float
    settled_s: float

    @property
    def flight_time_s(self) -> float:
        return self.contact_s - self.takeoff_s


@dataclass(frozen=True, slots=True)
class HoldTruth:
    """One time in balance: from the free foot's leaving the floor, balance found, to its next touch.

    `on_one_leg_s`: when the weight was on one leg and the foot up, before the wobble in which balance is found.
    `end`: "touch", "lost" (the body was falling before the foot came down) or "cut" (the recording ends inside).
    `sway_rms_m_s2` as the body had it, without the sensor's faults.
    """

    number: int
    on_one_leg_s: float
    start_s: float
    end_s: float
    end: str
    sway_rms_m_s2: float


@dataclass(frozen=True, slots=True)
class Span:
    """Something that is no rep and no landing: still, walking, step_on, step_off, get_ready, fidget, …"""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that happened, in time order, on the clock of the samples (s)."""

    reps: tuple[RepTruth, ...] = ()
    landings: tuple[LandingTruth, ...] = ()
    spans: tuple[Span, ...] = ()
    holds: tuple[HoldTruth, ...] = ()
