"""Ski jumpers: "push the weights behind you as far as you can … your body should naturally lean forward"."""

from collections.abc import Mapping
from dataclasses import replace

from athena_sense.datatypes import Hold, Landing, Measurement, Phase, Rep, SampleBatch, Update, not_measured
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import Companion, Detector, Exercise, Setup, Site
from athena_sense.reps.leans import Lean, Leans
from athena_sense.reps.out_and_back import OutAndBack
from athena_sense.reps.own_upright import OwnUpright

MOTION_HZ = 25.0
"""A lean of half a second lies below 2 Hz."""
LOWEST_RATE_HZ = 20.0
"""Ten samples in the quickest lean, and the Gaussian that finds up (80 ms) is still sampled twice in its width."""
THIGH_LEVER_M = 0.65
"""Middle of an adult's thigh over the ankles (Winter 2009, segment lengths)."""
METRICS = ("lean_deg", "concentric_duration_s", "top_hold_s", "eccentric_duration_s")
BEND = "hip_bend_deg"


class _Detector:
    """Leans as reps."""

    def __init__(self, setup: Setup) -> None:
        self._leans = Leans(setup.motion_rate_hz, has_gyroscope=setup.info.has_gyroscope)
        self._count = 0
        self._back_s = float("-inf")

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        return self._update(self._leans.feed(motion))

    def finish(self) -> Update:
        return self._update(self._leans.finish())

    def _update(self, found: list[Lean]) -> Update:
        reps = []
        for lean in found:
            self._count += 1
            at = lean.instants
            if at.out_s < self._back_s:  # each edge is fitted by itself, but leans follow each other
                at = replace(at, out_s=min(self._back_s, at.there_s))
            self._back_s = at.back_s
            reps.append(_rep(self._count, lean, at))
        return Update(reps=tuple(reps))


def _rep(number: int, lean: Lean, at: OutAndBack) -> Rep:
    phases = (
        Phase("concentric", at.out_s, at.there_s),
        Phase("top_hold", at.there_s, at.leave_s),
        Phase("eccentric", at.leave_s, at.back_s),
    )
    metrics = ("concentric_duration_s", "top_hold_s", "eccentric_duration_s")
    seen = {
        metric: not_measured("gap") if lean.interrupted else Measurement(phase.end_s - phase.start_s)
        for metric, phase in zip(metrics, phases, strict=True)
    }
    known = not_measured("no_gyroscope") if lean.lean_deg is None else Measurement(lean.lean_deg)
    seen["lean_deg"] = not_measured("gap") if lean.interrupted else known
    return Rep(number, at.out_s, at.back_s, () if lean.interrupted else phases, seen, lean.interrupted)


class _Thigh(OwnUpright):
    """How much of the chest's lean the legs do not share.

    Which way the thigh leans cannot be told from the chest's (nobody knows how the one sensor is turned against the
    other), so it is taken to lean with it: with weights behind the body, legs that lean back would topple it.
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.motion_rate_hz, None if setup.info.has_gyroscope else THIGH_LEVER_M)

    def measure(self, item: Rep | Landing | Hold) -> Mapping[str, Measurement]:
        assert isinstance(item, Rep)
        chest = item.measurements["lean_deg"]
        if chest.value is None:
            return {BEND: chest}
        hold = next(phase for phase in item.phases if phase.name == "top_hold")
        thigh = self.mean_deg(hold.start_s, hold.end_s)
        if thigh.value is None:
            return {BEND: thigh}
        return {BEND: Measurement(chest.value - thigh.value)}


def _detector(setup: Setup) -> Detector:
    return _Detector(setup)


EXERCISE = Exercise(
    name="ski-jumper",
    title="Ski jumpers",
    summary="Push the weights behind you as far as you can, and let your body lean forward as one",
    sites=(
        Site("chest", "how far the body leans, and every phase of it", LOWEST_RATE_HZ, (*METRICS, BEND), MOTION_HZ),
        Site("waist", "how far hips and legs lean, and every phase of it", LOWEST_RATE_HZ, (*METRICS, BEND), MOTION_HZ),
    ),
    metrics={
        "lean_deg": "furthest lean from one's own upright, the stance before the set",
        "concentric_duration_s": "pushing back: from leaving upright to the furthest lean",
        "top_hold_s": "staying there, sway included",
        "eccentric_duration_s": "coming back: from leaving the furthest lean to standing",
        BEND: "lean of the chest that the thighs do not share: the body bends at the hips (second sensor on the thigh)",
    },
    words={"concentric_duration_s": "out", "top_hold_s": "held", "eccentric_duration_s": "back"},
    flags={
        "short_lean": "the body leaned less than it usually does: push the weights further back",
        "bent_at_hips": "the trunk leaned without the legs: lock hips and knees, and lean as one",
    },
    flag_of={"min lean_deg": "short_lean", f"max {BEND}": "bent_at_hips"},
    sources=(
        "The coach's program: push the weights behind you, lock hips and knees, do not bend at the hips",
        "Winter 2009, Biomechanics and Motor Control: segment lengths; a leaning body is an inverted pendulum",
        "Yurtman & Barshan 2014, doi 10.24432/C5JK60: real trunk leans, full and half-hearted",
        "Mancini et al. 2012, doi 10.1186/1743-0003-9-59: sway of the trunk in quiet standing",
    ),
    recordings=("ski-jumps-leaning",),
    make_detector=_detector,
    limits="The sensor sees how far the trunk leans, and not from where: bows from the hips, standing or seated, count "
    "as well. A second sensor on the thigh tells them.",
    companions=(
        Companion("thigh", "whether the legs lean with the trunk", LOWEST_RATE_HZ, (BEND,), _Thigh, MOTION_HZ),
    ),
)
