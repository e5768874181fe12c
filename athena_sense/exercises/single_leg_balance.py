"""Standing on one leg, barefoot with wide toes: the substitute for the calf work when tendons are not healthy."""

from athena_sense.datatypes import Event, Hold, Measurement, Progress, SampleBatch, Update, not_measured
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import Detector, Exercise, Setup, Site
from athena_sense.holds import Balance, Balanced, Stance

MOTION_HZ = 50.0
"""The shock of a foot, 25–50 ms long at the trunk, needs a row every 20 ms; the sway itself is below 3.5 Hz."""
MIN_RATE_HZ = 20.0
"""The sway needs more than twice 3.5 Hz, and room for the filter; below 40 Hz gentle touches pass between samples,
and a hold ends when the body is seen to move away."""
METRICS = {
    "hold_duration_s": "time on one leg: from the end of the shift onto it to the touch or step that ends it",
    "sway_rms_m_s2": "sway: root mean square of the acceleration across the vertical, below 3.5 Hz",
    "sway_path_m_s2": "length of the way that this acceleration goes in its plane; it grows with the time in balance",
    "sway_jerk_m2_s5": "half the integral of its squared rate of change; it grows with the time in balance",
    "sway_ellipse_95_m2_s4": "area of the ellipse that holds 95 % of it",
}


class _OneLeg:
    """Holds with their sway, and how each ended."""

    def __init__(self, setup: Setup) -> None:
        self._balance = Balance(setup.motion_rate_hz)
        self._count = 0

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        return self._update(self._balance.feed(motion))

    def finish(self) -> Update:
        return self._update(self._balance.finish())

    def progress(self) -> Progress | None:
        since_s = self._balance.standing_since_s
        return None if since_s is None else Progress("hold", since_s, 0.0)

    def _update(self, found: list[Balanced]) -> Update:
        first = self._count + 1
        self._count += len(found)
        return Update(
            holds=tuple(_hold(number, one) for number, one in enumerate(found, first)),
            events=tuple(event for one in found for event in _events(one.stance)),
        )


def _hold(number: int, found: Balanced) -> Hold:
    stance, sway = found.stance, found.sway
    if sway is None:
        return Hold(number, stance.start_s, stance.end_s, dict.fromkeys(METRICS, not_measured("gap")))
    is_cut = stance.begin in ("recording", "gap") or stance.ending in ("recording", "gap")
    held = Measurement(stance.end_s - stance.start_s, bound="at_least" if is_cut else "exact")
    values = (sway.rms_m_s2, sway.path_m_s2, sway.jerk_m2_s5, sway.ellipse_95_m2_s4)
    measured = (held, *map(Measurement, values))
    return Hold(number, stance.start_s, stance.end_s, dict(zip(METRICS, measured, strict=True)))


def _events(stance: Stance) -> list[Event]:
    events = []
    if stance.lost_s is not None:
        events.append(Event("balance_lost", stance.lost_s))
    if stance.ending == "touch":
        events.append(Event("foot_down", stance.end_s))
    return events


def _make_detector(setup: Setup) -> Detector:
    return _OneLeg(setup)


EXERCISE = Exercise(
    name="single-leg-balance",
    title="Single leg balance",
    summary="Barefoot, stand on one leg with wide toes, and stay there.",
    sites=tuple(
        Site(placement, sees, MIN_RATE_HZ, tuple(METRICS), MOTION_HZ, uses_gyroscope=False)
        for placement, sees in (
            ("waist", "time in balance, sway and touches of the free foot"),
            ("chest", "the same; it sways more than the waist: compare like with like"),
        )
    ),
    metrics=METRICS,
    measured_of=dict.fromkeys(METRICS, "hold"),
    flags={
        "short_hold": "the free foot came down before the time was up",
        "unsteady": "the trunk swayed more than in a steady stance on one leg",
    },
    flag_of={
        "min hold_duration_s": "short_hold",
        **{f"max {metric}": "unsteady" for metric in METRICS if metric.startswith("sway_")},
    },
    sources=(
        "The coach's program: barefoot, single leg stance with wide toes, if your tendons are not healthy",
        "Sway from a trunk's acceleration: Mancini et al. 2012, J NeuroEng Rehabil 9:59",
        "95 % ellipse: Schubert & Kirchner 2014, doi 10.1016/j.gaitpost.2013.09.001",
        "Timed stance on one leg, 30 s: Bohannon et al. 1984, Phys Ther 64:1067; "
        "by age: Springer et al. 2007, J Geriatr Phys Ther 30(1):8",
    ),
    recordings=("balance",),
    make_detector=_make_detector,
)
