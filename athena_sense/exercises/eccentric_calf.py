"""Eccentric calf lowering on a step: "Count to 10 as you lower your heel as far as you can without pain"."""

from athena_sense.datatypes import (
    Event,
    Measurement,
    NotMeasuredReason,
    Phase,
    PhaseName,
    Progress,
    Rep,
    SampleBatch,
    Update,
    not_measured,
)
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import Detector, Exercise, Setup, Site
from athena_sense.reps.heel import HeelReps
from athena_sense.reps.heel_phases import HeelRep
from athena_sense.reps.raises import Raise, Raises

MOTION_HZ = 25.0
"""A raise of 0.4 s lies below 3 Hz: ten rows of it are enough, and its edges are fitted between rows."""
FOOT_METRICS = (
    "concentric_duration_s",
    "top_hold_s",
    "eccentric_duration_s",
    "bottom_hold_s",
    "range_deg",
    "eccentric_evenness",
)
BODY_METRICS = ("concentric_duration_s", "eccentric_duration_upper_bound_s")


class _OnFoot:
    """Every phase: the foot turns by 30–40° about the toes."""

    def __init__(self, setup: Setup) -> None:
        self._heel = HeelReps(setup.motion_rate_hz, setup.shortest_lowering_s)
        self._count = 0

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        return self._update(self._heel.feed(motion))

    def finish(self) -> Update:
        return self._update(self._heel.finish())

    def _update(self, found: list[HeelRep]) -> Update:
        first = self._count + 1
        self._count += len(found)
        alarms, self._heel.alarms_s = self._heel.alarms_s, []
        return Update(
            reps=tuple(_heel_rep(number, rep) for number, rep in enumerate(found, first)),
            events=tuple(Event("too_fast", time_s) for time_s in alarms),
        )

    def progress(self) -> Progress | None:
        return self._heel.progress()


class _OnBody:
    """The quick raise only, and an upper bound of the lowering that follows it."""

    def __init__(self, setup: Setup) -> None:
        self._raises = Raises(setup.motion_rate_hz)
        self._count = 0

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        return self._update(self._raises.feed(motion))

    def finish(self) -> Update:
        return self._update(self._raises.finish())

    def _update(self, found: list[Raise]) -> Update:
        first = self._count + 1
        self._count += len(found)
        return Update(reps=tuple(_raise_rep(number, up) for number, up in enumerate(found, first)))


def _heel_rep(number: int, rep: HeelRep) -> Rep:
    """A rep from its instants; one that starts up on the toes, or ends with the recording, lacks a phase."""
    instants = (rep.raise_start_s, rep.top_start_s, rep.lower_start_s, rep.lower_end_s, rep.next_raise_s)
    names: tuple[PhaseName, ...] = ("concentric", "top_hold", "eccentric", "bottom_hold")
    metrics = ("concentric_duration_s", "top_hold_s", "eccentric_duration_s", "bottom_hold_s")
    phases: list[Phase] = []
    measurements: dict[str, Measurement] = {}
    for name, metric, start_s, end_s in zip(names, metrics, instants[:-1], instants[1:], strict=True):
        if rep.interrupted:
            measurements[metric] = not_measured("gap")
        elif start_s is None or end_s is None:
            measurements[metric] = not_measured("cut_off")
        else:
            phases.append(Phase(name, start_s, end_s))
            measurements[metric] = Measurement(end_s - start_s)
    # A hole may hide the top or the bottom.
    measurements["range_deg"] = not_measured("gap") if rep.interrupted else Measurement(rep.range_deg)
    measurements["eccentric_evenness"] = not_measured("gap") if rep.interrupted else Measurement(rep.lead)
    known = [instant for instant in instants if instant is not None]
    return Rep(number, known[0], known[-1], tuple(phases), measurements, rep.interrupted)


def _raise_rep(number: int, up: Raise) -> Rep:
    unseen = {metric: not_measured("placement") for metric in FOOT_METRICS}
    bound = "eccentric_duration_upper_bound_s"
    if up.interrupted:
        seen = {"concentric_duration_s": not_measured("gap"), bound: not_measured("gap")}
    elif up.until_next_at_most_s is None:
        reason: NotMeasuredReason = "cut_off" if up.certain else "too_small"
        seen = {"concentric_duration_s": Measurement(up.end_s - up.start_s), bound: not_measured(reason)}
    else:
        at_most = Measurement(up.until_next_at_most_s, bound="at_most")
        seen = {"concentric_duration_s": Measurement(up.end_s - up.start_s), bound: at_most}
    end_s = up.end_s if up.next_start_s is None else up.next_start_s
    phase = Phase("concentric", up.start_s, up.end_s)
    return Rep(number, up.start_s, end_s, (phase,), unseen | seen, up.interrupted)


def _detector(setup: Setup) -> Detector:
    return _OnFoot(setup) if setup.placement == "foot" else _OnBody(setup)


EXERCISE = Exercise(
    name="eccentric-calf",
    title="Eccentric calf lowering",
    summary="Up on the toes quickly, then lower the heel below the step while counting to 10.",
    sites=(
        Site("foot", "the heel's angle: every phase of every rep", 10.0, FOOT_METRICS, MOTION_HZ),
        Site("shank", "the quick raise, and an upper bound of the lowering", 20.0, BODY_METRICS, MOTION_HZ),
        Site("waist", "the quick raise, and an upper bound of the lowering", 20.0, BODY_METRICS, MOTION_HZ),
    ),
    metrics={
        "concentric_duration_s": "raising: from leaving the bottom to reaching the top",
        "top_hold_s": "staying up, sway included",
        "eccentric_duration_s": "lowering: from leaving the top to stopping at the bottom",
        "bottom_hold_s": "staying down, until the next raise begins",
        "range_deg": "how far the foot turned between top and bottom",
        "eccentric_evenness": "how far the lowering ran ahead of an even one at most, as a share of the range",
        "eccentric_duration_upper_bound_s": "time between two raises: the lowering cannot have taken longer",
    },
    flags={
        "eccentric_too_fast": "the lowering was shorter than the program allows",
        "early_drop": "the heel dropped early instead of coming down evenly",
        "short_range": "the heel did not travel far",
        "slow_raise": "the raise was not quick",
    },
    flag_of={
        "min eccentric_duration_s": "eccentric_too_fast",
        "max eccentric_evenness": "early_drop",
        "min range_deg": "short_range",
        "max concentric_duration_s": "slow_raise",
    },
    sources=(
        "The coach's program: count to 10 as you lower; a quick raise; as far as you can without pain",
        "Viecelli et al. 2020, doi 10.1371/journal.pone.0235156: phone-timed phases, turn-arounds placed late",
        "Phan et al. 2024, doi 10.1109/JBHI.2024.3368042: real heel raises with a sensor on the foot",
    ),
    recordings=("calf-good", "calf-too-fast"),
    make_detector=_detector,
)
