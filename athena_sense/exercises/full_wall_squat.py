"""Full wall squat, facing the wall: "Squat as low as you can without falling backwards. It may be 25 degrees"."""

from athena_sense.datatypes import (
    Event,
    Measurement,
    Phase,
    PhaseName,
    Progress,
    Rep,
    SampleBatch,
    Update,
    not_measured,
)
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import Companion, Exercise, Setup, Site
from athena_sense.reps.own_upright import TrunkLean
from athena_sense.reps.squat import SquatReps
from athena_sense.reps.squat_phases import SquatRep
from athena_sense.reps.trunk_squats import TrunkSquats

MOTION_HZ = 25.0
"""A squat of 0.65 s a way has passed 4° when 0.04 s have gone by: 25 rows a second lose less than a degree of it."""
MIN_RATE_HZ = 20.0
"""A way of 0.6 s has twelve samples then, and a walker's jolts (3–8 Hz) can still be told from it."""
TRUNK_RATE_HZ = 40.0
"""A trunk is followed by how its speed adds up: of samples that are further apart each one lost takes more with it, and
steps look like ways."""
SMALLEST_DEG = 15.0
"""From 25° on a squat counts ("It may be 25 degrees for some of you"); a shift of the weight bends a knee by 10°."""
LARGEST_DEG = 140.0
"""A thigh lies on the calf at 130°."""
LARGEST_MOVEMENT_M_S2 = 0.7
"""Without a gyroscope the movement's own acceleration tilts what seems to be up: by 4° at this size."""
LARGEST_DOUBT_DEG = 4.0
"""The same of an angle that was solved for: nothing is told that is not known to this."""
CLEAR_SHARE = 0.25
"""A way is told when its doubt is less than a quarter of it."""
LEAST_CLEARNESS = 20.0
"""What is less than 20 times what it is known to is counted and not timed: a sixth of a way's time has gone when a
twentieth of it is done (minimum jerk), half a second of a slow one."""
PHASES = ("eccentric_duration_s", "bottom_hold_s", "concentric_duration_s", "top_hold_s")
TRUNK = "trunk_lean_deg"
THIGH_METRICS = (*PHASES, "depth_deg", TRUNK)
WAIST_METRICS = (*PHASES, "depth_m", TRUNK)
CHEST_METRICS = (*PHASES, TRUNK)
OWN_METRICS = ("depth_deg", "depth_m", TRUNK)


class _Squats:
    """Every phase, and what the site shows of the depth or of the trunk."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        trunk = setup.placement != "thigh"
        rate_hz, has_gyroscope = setup.motion_rate_hz, setup.info.has_gyroscope
        self._squats: SquatReps | TrunkSquats = (
            TrunkSquats(rate_hz, has_gyroscope)
            if trunk
            else SquatReps(rate_hz, has_gyroscope, SMALLEST_DEG, LARGEST_DEG, setup.shortest_lowering_s)
        )
        self._count = 0
        self._stood_s: float | None = None

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        if isinstance(self._squats, TrunkSquats):
            return self._update(self._squats.feed(motion, samples.t_s))
        return self._update(self._squats.feed(motion))

    def finish(self) -> Update:
        return self._update(self._squats.finish())

    def progress(self) -> Progress | None:
        return self._squats.progress() if isinstance(self._squats, SquatReps) else None

    def _update(self, found: list[SquatRep]) -> Update:
        alarms: list[float] = []
        if isinstance(self._squats, SquatReps):
            alarms, self._squats.alarms_s = self._squats.alarms_s, []
        reps = tuple(self._rep(squat) for squat in found)
        return Update(reps=reps, events=tuple(Event("too_fast", time_s) for time_s in alarms))

    def _rep(self, squat: SquatRep) -> Rep:
        self._count += 1
        phases, measurements = _phases(squat, self._stood_s)
        if isinstance(self._squats, TrunkSquats) and not (self._setup.info.has_gyroscope or squat.interrupted):
            # What moves a trunk to and fro looks like leaning: when either began is known to half a second.
            phases, measurements = (), dict.fromkeys(PHASES, not_measured("no_gyroscope"))
        measurements |= dict.fromkeys(OWN_METRICS, not_measured("placement")) | self._own(squat)
        self._stood_s = squat.raise_end_s
        return Rep(
            self._count, squat.lower_start_s, squat.raise_end_s, phases, measurements, interrupted=squat.interrupted
        )

    def _own(self, squat: SquatRep) -> dict[str, Measurement]:
        """What only this site can see."""
        if self._setup.placement == "waist":
            return {"depth_m": _way(squat)}
        metric = "depth_deg" if self._setup.placement == "thigh" else TRUNK
        if squat.interrupted:
            return {metric: not_measured("gap")}
        if squat.depth_doubt_deg > LARGEST_DOUBT_DEG or (
            not self._setup.info.has_gyroscope and squat.movement_m_s2 > LARGEST_MOVEMENT_M_S2
        ):
            return {metric: not_measured("no_gyroscope")}
        return {metric: Measurement(squat.depth_deg if metric == "depth_deg" else squat.lean_deg)}


def _way(squat: SquatRep) -> Measurement:
    """How far the hips came down, where that is clear: a slow way is lost in the sensor's own errors."""
    if squat.interrupted:
        return not_measured("gap")
    if squat.travel_doubt_m > CLEAR_SHARE * squat.travel_m:
        return not_measured("too_small")
    return Measurement(squat.travel_m)


def _phases(squat: SquatRep, stood_s: float | None) -> tuple[tuple[Phase, ...], dict[str, Measurement]]:
    """The phases of a squat, and their durations; `stood_s`: when the one before ended, None where there was none."""
    if squat.interrupted:
        return (), dict.fromkeys(PHASES, not_measured("gap"))
    if squat.clearness < LEAST_CLEARNESS:
        return (), dict.fromkeys(PHASES, not_measured("too_small"))
    instants = (squat.lower_start_s, squat.lower_end_s, squat.raise_start_s, squat.raise_end_s)
    names: tuple[PhaseName, ...] = ("eccentric", "bottom_hold", "concentric")
    phases = tuple(map(Phase, names, instants[:-1], instants[1:]))
    durations = {
        metric: Measurement(phase.end_s - phase.start_s) for metric, phase in zip(PHASES, phases, strict=False)
    }
    stood = not_measured("cut_off") if stood_s is None else Measurement(max(squat.lower_start_s - stood_s, 0.0))
    return phases, durations | {"top_hold_s": stood}


def _chest(setup: Setup) -> TrunkLean:
    return TrunkLean(setup.motion_rate_hz, has_gyroscope=setup.info.has_gyroscope)


EXERCISE = Exercise(
    name="full-wall-squat",
    title="Full wall squat",
    summary="Facing a wall, toes at it, arms overhead: push back and squat as low as you can, slowly, and up again.",
    sites=(
        Site("thigh", "the thigh's angle: depth and every phase of every rep", MIN_RATE_HZ, THIGH_METRICS, MOTION_HZ),
        Site(
            "waist",
            "reps, and their tempo with a gyroscope; how far the hips come down, if briskly",
            TRUNK_RATE_HZ,
            WAIST_METRICS,
            MOTION_HZ,
        ),
        Site(
            "chest",
            "reps, and their tempo with a gyroscope; how far the trunk leans",
            TRUNK_RATE_HZ,
            CHEST_METRICS,
            MOTION_HZ,
        ),
    ),
    metrics={
        "eccentric_duration_s": "lowering: from leaving the stand to stopping at the deepest point",
        "bottom_hold_s": "staying down",
        "concentric_duration_s": "raising: from leaving the deepest point to standing",
        "top_hold_s": "standing before this rep, since the one before",
        "depth_deg": "how far the thigh turned from standing: 90° is level",
        "depth_m": "how far the hips came down, where the squat was brisk enough to tell",
        TRUNK: "largest inclination of the trunk from one's own standing posture (first or second sensor on the chest)",
    },
    flags={
        "shallow": "the squat was not deep",
        "eccentric_too_fast": "the lowering was shorter than the program allows: dropped, not lowered",
        "trunk_collapse": "the trunk fell forward",
    },
    flag_of={
        "min depth_deg": "shallow",
        "min depth_m": "shallow",
        "min eccentric_duration_s": "eccentric_too_fast",
        "max trunk_lean_deg": "trunk_collapse",
    },
    sources=(
        "The coach's program: as low as you can; it may be 25 degrees; a push back, not just a lowering",
        "Phan et al. 2024, doi 10.1109/JBHI.2024.3368042: real squats with sensors, beside motion capture",
        "Hindle et al. 2020, doi 10.3390/s20164586: squats from inertial sensors, joint angles to within 4.4–9.8°",
    ),
    recordings=("squats",),
    make_detector=_Squats,
    limits="At the waist and chest an accelerometer alone counts squats and does not time them: hips that are pushed "
    "back and a trunk that leans look alike to it. Its count is doubtful there: a few in a "
    "hundred are missed or counted twice, most of them shallow, and it tells them late. A gyroscope, or the sensor on "
    "the thigh, tells them well.",
    companions=(Companion("chest", "how far the trunk leans", MIN_RATE_HZ, (TRUNK,), _chest, MOTION_HZ),),
)
