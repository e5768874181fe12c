"""Hurdle leg: "hurdle your leg to the side and over the hurdle … don't set your hurdle leg down between reps"."""

from athena_sense.datatypes import Event, Measurement, Phase, Rep, SampleBatch, Update, not_measured
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import RATE_TOLERANCE, Companion, Detector, Exercise, Setup, Site
from athena_sense.reps.leg_lifts import LegLift, LegLifts
from athena_sense.reps.own_upright import TrunkLean

MOTION_HZ = 25.0
"""A leg lifted in half a second moves below 3 Hz."""
LOWEST_RATE_HZ = 20.0
"""Ten samples in the quickest lift."""
STEP_RATE_HZ = 50.0
"""A heel strike lies between 10 and 50 Hz: of 50 samples a second it is heard up to 20 Hz, of 40 or less hardly at all,
and an accelerometer alone tells a step from a lift by nothing else."""
TOUCH_RATE_HZ = 100.0
"""A soft touch is a pulse of 10–30 ms: at 50 Hz the sensor's own filter takes away two thirds of it. Slower sensors
still prove the touches that they do hear."""
LEG_METRICS = ("leg_range_deg", "concentric_duration_s", "top_hold_s", "eccentric_duration_s", "foot_down_count")
TRUNK = "trunk_lean_deg"


class _Detector:
    """Leg lifts as reps."""

    def __init__(self, setup: Setup) -> None:
        self._hears_all = setup.info.sample_rate_hz >= RATE_TOLERANCE * TOUCH_RATE_HZ
        self._lifts = LegLifts(setup.motion_rate_hz, setup.info.sample_rate_hz, has_gyroscope=setup.info.has_gyroscope)
        self._count = 0

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        return self._update(self._lifts.feed(samples, motion))

    def finish(self) -> Update:
        return self._update(self._lifts.finish())

    def _update(self, found: list[LegLift]) -> Update:
        first = self._count + 1
        self._count += len(found)
        touches = [time_s for lift in found for time_s in lift.touches_s]
        return Update(
            reps=tuple(self._rep(number, lift) for number, lift in enumerate(found, first)),
            events=tuple(Event("foot_down", time_s) for time_s in touches),
        )

    def _rep(self, number: int, lift: LegLift) -> Rep:
        at = lift.instants
        phases = (
            Phase("concentric", at.out_s, at.there_s),
            Phase("top_hold", at.there_s, at.leave_s),
            Phase("eccentric", at.leave_s, at.back_s),
        )
        seen = {
            metric: not_measured("gap") if lift.interrupted else Measurement(phase.end_s - phase.start_s)
            for metric, phase in zip(LEG_METRICS[1:4], phases, strict=True)
        }
        known = not_measured("no_gyroscope") if lift.range_deg is None else Measurement(lift.range_deg)
        seen["leg_range_deg"] = not_measured("gap") if lift.interrupted else known
        seen["foot_down_count"] = self._touches(lift)
        return Rep(number, at.out_s, at.back_s, () if lift.interrupted else phases, seen, lift.interrupted)

    def _touches(self, lift: LegLift) -> Measurement:
        heard = len(lift.touches_s)
        if self._hears_all and not lift.torn:
            return Measurement(float(heard))
        if heard:
            return Measurement(float(heard), bound="at_least")
        return not_measured("gap" if lift.torn else "sample_rate")


def _detector(setup: Setup) -> Detector:
    return _Detector(setup)


def _chest(setup: Setup) -> TrunkLean:
    return TrunkLean(setup.motion_rate_hz, has_gyroscope=setup.info.has_gyroscope)


EXERCISE = Exercise(
    name="hurdle-leg",
    title="Balance and hip mobility: hurdle leg",
    summary="Stand on one leg, take the other to the side and over the hurdle, and do not set it down",
    sites=(
        Site(
            "shank",
            "the leg's angle, every phase, and touches of the floor",
            LOWEST_RATE_HZ,
            (*LEG_METRICS, TRUNK),
            MOTION_HZ,
            min_rate_hz_alone=STEP_RATE_HZ,
        ),
        Site(
            "foot",
            "the foot's angle, every phase, and touches of the floor",
            LOWEST_RATE_HZ,
            (*LEG_METRICS, TRUNK),
            MOTION_HZ,
            min_rate_hz_alone=STEP_RATE_HZ,
        ),
    ),
    metrics={
        "leg_range_deg": "how far the segment turned from how it hung before the rep",
        "concentric_duration_s": "lifting: from leaving where the leg hung to its height",
        "top_hold_s": "at its height, over the hurdle",
        "eccentric_duration_s": "coming back: from leaving its height to hanging again",
        "foot_down_count": "how often the foot touched the floor since the rep before",
        TRUNK: "largest lean of the trunk from its own upright during the rep (second sensor on the chest)",
    },
    words={"concentric_duration_s": "lift", "eccentric_duration_s": "back"},
    flags={
        "foot_down": "the hurdle leg was set down between reps",
        "trunk_lean": "the trunk leaned away instead of staying upright",
        "short_lift": "the leg was lifted less far than over a hurdle",
    },
    flag_of={"max foot_down_count": "foot_down", "max trunk_lean_deg": "trunk_lean", "min leg_range_deg": "short_lift"},
    sources=(
        "The coach's program: over the hurdle by hip extension, trunk upright, the leg not set down between reps",
        "Winter 2009, Biomechanics and Motor Control: voluntary movement lies below 10 Hz; segment lengths",
        "Lafortune 1991, doi 10.1016/0021-9290(91)90166-K: the shock of a foot's contact at the shank",
    ),
    recordings=("hurdle-foot-down",),
    make_detector=_detector,
    limits="The sensor sees how far the leg turns, and neither which way nor what its owner stands on: leg raises to "
    "any side, standing or lying, count as well, and a knee that is lifted over an upright shank does not. With an "
    "accelerometer alone such a knee may count, without an angle, lifts of less than 0.6 s each way may be missed, and "
    "soft steps may count.",
    companions=(Companion("chest", "whether the trunk stays upright", LOWEST_RATE_HZ, (TRUNK,), _chest, MOTION_HZ),),
)
