"""Any repetitive exercise, on any placement: reps and their two halves, without knowing the movement.

Which half raises the body and which lowers it depends on the exercise, so neither is claimed: the first half goes
out from where the set began, the second comes back. Walking is repetitive, too, and is told apart by its gait.
"""

import math

import numpy as np

from athena_sense.datatypes import (
    PLACEMENTS,
    FloatArray,
    Measurement,
    NotMeasuredReason,
    Phase,
    Rep,
    SampleBatch,
    Update,
    not_measured,
)
from athena_sense.dsp.motion import Motion
from athena_sense.exercises.contract import Exercise, Setup, Site
from athena_sense.reps.arc import length
from athena_sense.reps.cycles import Cycle, CycleDetector
from athena_sense.reps.halves import TURN_SEARCH, find_halves
from athena_sense.reps.position import PositionRows
from athena_sense.reps.swings import project
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

METRICS = {
    "rep_duration_s": "from leaving the position where the set began until being back there",
    "first_half_duration_s": "the way out, without stays",
    "second_half_duration_s": "the way back, without stays",
    "range_deg": "largest inclination against the start of the rep",
}
SMALLEST_RANGE_DEG = 3.0
"""Straps and clothes move as much: a smaller swing of inclination is not the limb's."""
LARGEST_ANGLE_ERROR_DEG = 10.0
"""Without a gyroscope: acceleration of the movement itself, in g, tilts what seems to be up by as many radians."""
MOTION_RATE_HZ = 25.0
"""Reps repeat at 2 Hz at most; voluntary movement lies below 10 Hz (Winter 2009, Biomechanics and Motor Control)."""
LOWEST_RATE_HZ = 10.0
"""Five samples in the shortest cycle that is looked for (0.5 s)."""


class GenericDetector:
    """Reps of any repetitive movement: the first ones when a rhythm is known and no walk's, then each as it closes."""

    def __init__(self, setup: Setup) -> None:
        self._info = setup.info
        self._cycles: CycleDetector | None = None
        self._number = 0
        self._last_end = 0

    def feed(self, samples: SampleBatch, motion: Motion) -> Update:
        """The reps that these rows close or bear out."""
        if self._cycles is None:
            self._cycles = CycleDetector(motion.rate_hz, self._info.has_gyroscope)
        rows = self._cycles.rows
        return Update(reps=tuple(self._rep(rows, cycle) for cycle in self._cycles.feed(motion)))

    def finish(self) -> Update:
        """The reps still open at the end, also one that the end cuts off."""
        if self._cycles is None:
            return Update()
        rows = self._cycles.rows
        return Update(reps=tuple(self._rep(rows, cycle) for cycle in self._cycles.finish()))

    def _rep(self, rows: PositionRows, cycle: Cycle) -> Rep:
        self._number += 1
        if cycle.cut_off:
            return self._unmeasured(rows, cycle.start, cycle.end, "cut_off")
        first = max(cycle.start - round(TURN_SEARCH * (cycle.turn - cycle.start)), rows.stretch_start)
        along = project(rows.signals(first, cycle.known), cycle.direction)
        halves = find_halves(along, cycle.start - first, cycle.turn - first, cycle.end - first)
        start, there, leave, end = (first + row for row in (halves.start, halves.there, halves.leave, halves.end))
        start = max(start, self._last_end)
        if rows.bridged(start, end + 1):
            return self._unmeasured(rows, start, end, "gap")
        if not start < there <= leave < end:
            return self._unmeasured(rows, cycle.start, cycle.end, "too_small")
        self._last_end = end
        start_s, there_s, leave_s, end_s = (rows.time_s(row) for row in (start, there, leave, end))
        durations = (end_s - start_s, there_s - start_s, end_s - leave_s)
        measurements = dict(zip(METRICS, map(Measurement, durations), strict=False))
        measurements["range_deg"] = self._range(rows, start, end + 1)
        phases = (Phase("first_half", start_s, there_s), Phase("second_half", leave_s, end_s))
        return Rep(self._number, start_s, end_s, phases, measurements)

    def _unmeasured(self, rows: PositionRows, start: int, end: int, reason: NotMeasuredReason) -> Rep:
        start = max(start, self._last_end)
        end = max(end, start + 1)
        self._last_end = end
        measurements = dict.fromkeys(METRICS, not_measured(reason))
        return Rep(self._number, rows.time_s(start), rows.time_s(end), (), measurements, interrupted=reason == "gap")

    def _range(self, rows: PositionRows, first: int, stop: int) -> Measurement:
        if not self._info.has_gravity:
            return not_measured("no_gravity")
        if not self._info.has_gyroscope and _angle_error_deg(rows.signals(first, stop)) > LARGEST_ANGLE_ERROR_DEG:
            return not_measured("no_gyroscope")
        range_deg = inclination_range_deg(rows.up(first, stop))
        return Measurement(range_deg) if range_deg >= SMALLEST_RANGE_DEG else not_measured("too_small")


def inclination_range_deg(up: FloatArray) -> float:
    """Largest angle (deg) between the first of the unit vectors `up` (n, 3) and any other."""
    away = up - up[0]
    chord = math.sqrt(float((away * away).sum(axis=1).max()))
    return 2.0 * DEG_PER_RAD * math.asin(min(chord / 2.0, 1.0))


def _angle_error_deg(acc_m_s2: FloatArray) -> float:
    size_g = length(acc_m_s2) / STANDARD_GRAVITY_M_S2
    return DEG_PER_RAD * float(np.abs(size_g - 1.0).max())


EXERCISE = Exercise(
    name="generic",
    title="Any repetitive exercise",
    summary="Counts reps of any movement that repeats and times their two halves, wherever the sensor sits.",
    sites=tuple(
        Site(placement, "reps and their two halves", LOWEST_RATE_HZ, tuple(METRICS), MOTION_RATE_HZ)
        for placement in PLACEMENTS
    ),
    metrics=METRICS,
    flags={},
    sources=(
        "de Cheveigné & Kawahara 2002, doi 10.1121/1.1458024: the shortest lag of good likeness is the period",
        "Morris et al. 2014 (RecoFit), doi 10.1145/2556288.2557116: within ±1 in 93 % of sets of unknown exercises",
        "Straczkiewicz et al. 2023, doi 10.1038/s41746-022-00745-z: walking anywhere on the body, by its steps",
        "Burns et al. 2018, arXiv 1802.01489: 140 sets of 20 reps by 20 people, the recordings it is measured on",
    ),
    recordings=("presses",),
    make_detector=GenericDetector,
    needs_gravity=False,
    limits="Walking is not counted. What repeats as quickly (reps shorter than 1.7 s) is first told after some 5 s. "
    "A gyroscope tells an arm that swings about its shoulder from a walker's: without one, quick swings may be missed. "
    "With gravity removed, or in a slow stroll, those of a walker may count.",
)
