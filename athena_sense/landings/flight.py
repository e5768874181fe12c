"""A flight: from the instant the toes leave the ground to the instant they meet it again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.landings import leg, trunk
from athena_sense.landings.resultant import norm_g, row_at
from athena_sense.landings.weightless import WINDOW_S, Limits

IMPACT_S = 0.15
"""A landing's peak lies within this time of contact (definition)."""
SHORTEST_S = 0.125
"""In a weightless window at most 0.08 s bore the whole weight, so that 0.17 s were flight, whose ends are each known to
0.02 s. Who dips with a deep bow before a jump is as light, but no flight is seen to last so long."""
LONGEST_S = 1.0
"""A flight of one second is a jump 1.2 m high."""
CAUGHT_G = 1.2
"""Least peak of a landing: a body that comes down at 0.8 m/s (from a hop of 3 cm, or softly onto the box) takes a mean
of 1.2 g to be stopped within 0.4 s."""
EARLY_S = 0.1
"""Contact comes this long before a window stops being weightless, at most: a third of a body's weight over `WINDOW_S`
is 0.08 s of the whole weight."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight: the instants (s) at which it began and ended."""

    takeoff_s: float
    contact_s: float

    @property
    def time_s(self) -> float:
        return self.contact_s - self.takeoff_s


def find_flight(
    t_s: FloatArray, acc_m_s2: FloatArray, first: int, last: int, limits: Limits, *, at_leg: bool
) -> Flight | None:
    """The flight around a weightless stretch, None where no landing ends it.

    `t_s` (n,) s, `acc_m_s2` (n, 3) m/s² from before the push-off to `IMPACT_S` after row `last`. Rows `first` to
    `last` are the weightless stretch, from the start of its first window to the end of its last.
    """
    found = _leg_instants if at_leg else _trunk_instants
    takeoff_s, contact_s = found(t_s, acc_m_s2, norm_g(acc_m_s2), first, last, limits.mean_g)
    if takeoff_s is None or contact_s is None or not SHORTEST_S <= contact_s - takeoff_s <= LONGEST_S:
        return None
    return Flight(takeoff_s, contact_s)


def _trunk_instants(
    t_s: FloatArray, acc_m_s2: FloatArray, size_g: FloatArray, first: int, last: int, mean_g: float
) -> tuple[float | None, float | None]:
    """Take-off and contact (s) of a trunk or a thigh, None where nobody left the ground or was caught."""
    if float(size_g[last:].max()) < CAUGHT_G:
        return None, None
    contact_s = trunk.contact_s(t_s, size_g, row_at(t_s, t_s[last] - EARLY_S))
    landed = row_at(t_s, contact_s)
    back = _reaches_back(t_s, acc_m_s2, first, landed, mean_g)
    return None if back is None else trunk.takeoff_s(t_s, acc_m_s2, back, first, landed), contact_s


def _leg_instants(
    t_s: FloatArray, acc_m_s2: FloatArray, size_g: FloatArray, first: int, last: int, mean_g: float
) -> tuple[float | None, float | None]:
    """Take-off and contact (s) of a shank or a foot, None where it did not leave the ground or was not caught."""
    # A landing may cancel what the leg swung with before, and then leave the window's mean small.
    starts = [row_at(t_s, t_s[last] - early_s) for early_s in (EARLY_S, WINDOW_S)]
    starts = [start for start in starts if float(size_g[start:].max()) >= CAUGHT_G]
    # The ground jerks: what grows no faster than the leg swung before is more of its swing.
    struck_s = _first_of(leg.contact_s(t_s, size_g, start) for start in starts)
    jolted_s = _first_of(leg.jolted_s(t_s, acc_m_s2, start) for start in starts)
    if jolted_s is None:
        return None, None
    contact_s = jolted_s if struck_s is None else struck_s
    landed = row_at(t_s, contact_s)
    back = _reaches_back(t_s, acc_m_s2, first, landed, mean_g)
    takeoff_s = leg.takeoff_s(t_s, size_g, first if back is None else back, landed)
    # A leg that steps is weightless for a moment, but not from any push to the step's end.
    seen_s = takeoff_s if takeoff_s is not None or back is None else float(t_s[back])
    if seen_s is None or contact_s - seen_s < WINDOW_S:
        return None, contact_s
    # Who neither left the ground nor met it with more than a swing has done no more than swing.
    if takeoff_s is None and back is not None and struck_s is not None:
        takeoff_s = trunk.takeoff_s(t_s, acc_m_s2, back, first, landed)
    return takeoff_s, contact_s


def _first_of(found_s: Iterable[float | None]) -> float | None:
    """The first instant (s) that was found, None where none was."""
    return next((one_s for one_s in found_s if one_s is not None), None)


def _reaches_back(t_s: FloatArray, acc_m_s2: FloatArray, first: int, landed: int, mean_g: float) -> int | None:
    """The earliest row from which the mean force up to the landing is still that of a weightless body.

    It lies in the last part of the push: a mean of 1/3 g over 0.5 s holds no more than 0.1 s of 2 g.
    """
    earliest = row_at(t_s, t_s[min(landed, len(t_s) - 1)] - LONGEST_S)
    if landed <= earliest:
        return None
    sums = np.cumsum(acc_m_s2[earliest:landed][::-1], axis=0)[::-1]
    mean = sums / np.arange(landed - earliest, 0, -1)[:, None]
    light = (norm_g(mean) < mean_g).nonzero()[0]
    return min(earliest + int(light[0]), first) if len(light) else None
