"""Comparing what was measured with what a program asks.

What was not measured neither passes nor fails. A lower bound proves "too much", an upper bound "too little", and
neither proves the contrary. So a rep is good (True), not good (False), or nobody can tell from this sensor (None),
and a set of reps has a least and a most number of good ones: its target is met or missed only when both agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from athena_sense.datatypes import Hold, Item, Kind, Landing, Measurement, Quality, Rep, Verdict, not_measured
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.targets.program import NO_BASELINE, Prescription, Target
from athena_sense.targets.wording import REASONS, beyond, counted, number, quantity, within

NOT_SEEN = not_measured("placement")

Own = Mapping[str, float]
"""Metric → the athlete's own usual, where a baseline is known."""


def judge_item(item: Item, prescription: Prescription, placement: str, own: Own = NO_BASELINE) -> Item:
    """A rep, landing or hold, judged."""
    if isinstance(item, Rep):
        return judge_rep(item, prescription, placement, own)
    if isinstance(item, Landing):
        return judge_landing(item, prescription, placement, own)
    return judge_hold(item, prescription, placement, own)


def judge_rep(rep: Rep, prescription: Prescription, placement: str, own: Own = NO_BASELINE) -> Rep:
    """The rep with its flags, and `valid`: True, False, or None where its form could not be measured."""
    flags, valid = _judge(rep.measurements, prescription, placement, own, "rep")
    return replace(rep, flags=flags, valid=valid)


def judge_landing(landing: Landing, prescription: Prescription, placement: str, own: Own = NO_BASELINE) -> Landing:
    """The landing with its flags, and `valid` as for a rep."""
    flags, valid = _judge(landing.measurements, prescription, placement, own, "landing")
    return replace(landing, flags=flags, valid=valid)


def judge_hold(hold: Hold, prescription: Prescription, placement: str, own: Own = NO_BASELINE) -> Hold:
    """The hold with its flags."""
    return replace(hold, flags=_judge(hold.measurements, prescription, placement, own, "hold")[0])


def judge_set(
    prescription: Prescription,
    placement: str,
    reps: Sequence[Rep],
    landings: Sequence[Landing] = (),
    holds: Sequence[Hold] = (),
    quality: Quality | None = None,
    own: Own = NO_BASELINE,
) -> tuple[Verdict, ...]:
    """What the program says of a set of judged reps, landings and holds: of its reps, then of each form target.

    An exercise that gives landings and no reps counts its landings as reps. Unusable data judge nothing.
    """
    verdicts = [
        _judge_count(prescription, reps or landings, "rep" if reps or not landings else "landing"),
        _judge_hold_time(prescription, holds),
    ]
    items: dict[Kind, Sequence[Item]] = {"rep": reps, "landing": landings, "hold": holds}
    verdicts += [
        _judge_target(target, placement, own, items[target.of])
        for target in prescription.targets
        if target.severity == "form"
    ]
    told = [verdict for verdict in verdicts if verdict is not None]
    if quality is not None and quality.status == "unusable":
        why = quality.notes[0] if quality.notes else "the data cannot carry this exercise"
        return tuple(replace(v, value=None, status="not_measured", message=f"not measured: {why}") for v in told)
    return tuple(told)


def measured(measurements: Mapping[str, Measurement], metric: str) -> Measurement:
    """A metric, or where only an upper bound of it could be measured (`…_upper_bound_s`), that bound."""
    found = measurements.get(metric, NOT_SEEN)
    if found.value is not None:
        return found
    bound = measurements.get(upper_bound_of(metric))
    return found if bound is None or bound.value is None else replace(bound, bound="at_most")


def upper_bound_of(metric: str) -> str:
    """The name of the metric that an upper bound of another is told as."""
    stem, _, unit = metric.rpartition("_")
    return f"{stem}_upper_bound_{unit}"


def passes(measurement: Measurement, least: float | None, most: float | None) -> bool | None:
    """Whether a measurement keeps within (least, most), None where it cannot be known."""
    value, bound = measurement.value, measurement.bound
    if value is None or (least is None and most is None):
        return None
    if (least is not None and value < least and bound != "at_least") or (
        most is not None and value > most and bound != "at_most"
    ):
        return False
    unknown = (least is not None and bound == "at_most") or (most is not None and bound == "at_least")
    unknown |= (least is not None and value < least) or (most is not None and value > most)
    return None if unknown else True


def _judge(
    measurements: Mapping[str, Measurement], prescription: Prescription, placement: str, own: Own, kind: Kind
) -> tuple[tuple[str, ...], bool | None]:
    """Flags in the program's order without repeats, and whether the form was good."""
    flags: dict[str, None] = {}
    form: list[bool | None] = []
    for target in prescription.targets:
        if target.of != kind:
            continue
        found = measured(measurements, target.metric)
        passed = passes(found, *target.range_at(placement, own))
        if passed is False:
            flags[target.flag] = None
        # A second sensor that is not worn, or fails, takes nothing away from what the first one can judge.
        missing = found.value is None and target.metric in _of_second_sensors(prescription.exercise)
        if target.severity == "form" and not missing:
            form.append(passed)
    return tuple(flags), False if False in form else None if None in form else True


@cache
def _of_second_sensors(exercise: str) -> frozenset[str]:
    """The metrics that only a second sensor measures."""
    known = get_exercise(exercise).companions if exercise in exercise_names() else ()
    return frozenset(metric for one in known for metric in one.metrics)


@cache
def _is_held(exercise: str) -> bool:
    return exercise in exercise_names() and get_exercise(exercise).is_held


def _judge_count(prescription: Prescription, items: Sequence[Rep] | Sequence[Landing], noun: Kind) -> Verdict | None:
    if prescription.reps is None:
        return None
    least, most = prescription.reps
    if _is_held(prescription.exercise):
        why = f"not measured: {prescription.exercise} is held and has no reps; a program asks for it with `hold_s`"
        return Verdict("reps", "valid_rep_count", None, (least, most), "not_measured", why)
    good, unknown = (sum(item.valid is valid for item in items) for valid in (True, None))
    status, value = _decide_count(good, good + unknown, least, most)
    advice = ""
    if status == "missed" and items:
        advice = f". {prescription.below if value == good + unknown < least else prescription.above}".rstrip(". ")
    words = _count_words(prescription, good, unknown, len(items), noun)
    return Verdict("reps", "valid_rep_count", value, (least, most), status, words + advice)


def _decide_count(
    fewest: int, most_good: int, least: int, most: int
) -> tuple[Literal["met", "missed", "not_measured"], int | None]:
    """Status of a count known to lie in [fewest, most_good], and the number that decides it."""
    if fewest > most:
        return "missed", fewest
    if most_good < least:
        return "missed", most_good
    return ("met", fewest) if fewest >= least and most_good <= most else ("not_measured", None)


def _count_words(prescription: Prescription, good: int, unknown: int, total: int, noun: str) -> str:
    least, most = prescription.reps or (0, 0)
    asked = f"{least}" if least == most else f"{least} to {most}"
    has_form = any(target.severity == "form" and target.of == noun for target in prescription.targets)
    if total == 0:
        return f"no {noun}s seen, of {asked}"
    if not has_form:
        return f"{counted(total, noun)} of {asked}"
    if unknown:
        shares = {"good": good, "poor": total - good - unknown, "not judged": unknown}
        parts = ", ".join(f"{number} {word}" for word, number in shares.items() if number)
        return f"{counted(total, noun)} ({parts}) for {asked} good ones"
    words = f"{counted(good, f'good {noun}')} of {asked}"
    if total > good:
        words += f" ({total} in all)"
    spoiled = good < least <= total
    return f"{words}: {noun}s that reinforce a bad pattern do not count" if spoiled else words


def _judge_hold_time(prescription: Prescription, holds: Sequence[Hold]) -> Verdict | None:
    """The longest hold against the time asked for; who holds longer than the most has met it, and is told what next.
    Who was not seen to hold has missed it, as who did no rep has missed those.
    """
    if prescription.hold_s is None:
        return None
    least, most = prescription.hold_s
    metric = "hold_duration_s"
    found = [measured(hold.measurements, metric) for hold in holds]
    known = [m for m in found if m.value is not None]
    if not found:
        return Verdict(
            "hold", metric, None, (least, most), "missed", f"no holds seen, of {within(metric, least, most)}"
        )
    if not known:
        why = REASONS[found[0].reason] if found[0].reason else ""
        return Verdict("hold", metric, None, (least, most), "not_measured", f"not measured: {why}")
    longest = max(known, key=lambda m: m.value or 0.0)
    value = longest.value or 0.0
    words = f"held for {quantity(metric, value, longest.bound)} of {within(metric, least, most)}"
    passed = passes(longest, least, None)
    if passed is None:
        return Verdict("hold", metric, value, (least, most), "not_measured", words)
    advice = prescription.above if value > most else "" if passed else prescription.below
    status: Literal["met", "missed"] = "met" if passed else "missed"
    return Verdict("hold", metric, value, (least, most), status, f"{words}. {advice}".rstrip(". "))


@dataclass(frozen=True, slots=True)
class _Judged:
    measurement: Measurement
    passed: bool | None


def _judge_target(target: Target, placement: str, own: Own, items: Sequence[Item]) -> Verdict:
    """One form target over all its reps, landings or holds: missed when one of them missed it."""
    limits = target.range_at(placement, own)
    found = [measured(item.measurements, target.metric) for item in items]
    judged = [_Judged(measurement, passes(measurement, *limits)) for measurement in found]
    failed = [j.measurement for j in judged if j.passed is False]
    known = [j.measurement for j in judged if j.passed is not None]
    if not known:
        why = _why_not(target, placement, limits, judged)
        return Verdict(target.name, target.metric, None, limits, "not_measured", why)
    where = target.basis(placement, own)
    worst = _worst(failed or known, *limits)
    worst_words = number(target.metric, worst.value or 0.0, worst.bound)
    total = counted(len(judged), target.of)
    unjudged = len(judged) - len(known)
    if failed:
        words = f"{len(failed)} of {total} {beyond(target.metric, *limits)}{where}, worst {worst_words}"
    else:
        share = f"{len(known)} of " if unjudged else "all " if len(known) > 1 else ""
        words = f"{share}{total} {within(target.metric, *limits)}{where}"
        words += "" if worst.value in limits else f", closest {worst_words}"
    words += f"; {unjudged} not judged" if unjudged else ""
    words += f". {target.message}" if failed else ""
    return Verdict(target.name, target.metric, worst.value, limits, "missed" if failed else "met", words)


def _worst(measurements: Sequence[Measurement], least: float | None, most: float | None) -> Measurement:
    """The one furthest outside the limits, or closest to them from inside."""

    def margin(measurement: Measurement) -> float:
        value = measurement.value or 0.0
        sides = [value - least] if least is not None else []
        sides += [most - value] if most is not None else []
        return min(sides)

    return min(measurements, key=margin)


def _why_not(
    target: Target, placement: str, limits: tuple[float | None, float | None], judged: Sequence[_Judged]
) -> str:
    least, most = limits
    if not judged:
        return f"not measured: no {target.of}s"
    if least is None and most is None and (target.min_own or target.max_own):
        return f"not judged: {REASONS['no_baseline']}; make it known with: athena-sense baseline"
    if least is None and most is None:
        return f"not judged: the program has no limit for a sensor on the {placement.replace('_', ' ')}"
    reasons = [j.measurement.reason for j in judged if j.measurement.reason is not None]
    if reasons:
        return f"not measured: {REASONS[max(set(reasons), key=reasons.count)]}"
    bounds = _worst([j.measurement for j in judged], least, most)
    proof = quantity(target.metric, bounds.value or 0.0, bounds.bound)
    return f"not judged: only {proof} is known, which does not prove {within(target.metric, least, most)}"
