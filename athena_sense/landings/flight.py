"""A flight: from the instant the toes leave the ground to the instant they meet it again."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.landings import leg, trunk
from athena_sense.landings.resultant import norm_g, row_at
from athena_sense.landings.weightless import WINDOW_S, Limits

IMPACT_S = 0.15
"""A landing's peak lies within this time of contact (definition)."""
SHORTEST_S = 0.1
LONGEST_S = 1.0
"""A flight of one second is a jump 1.2 m high; one of 0.1 s rises 12 mm, and is no jump either."""
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
    size_g = norm_g(acc_m_s2)
    contact_s = _contact_s(t_s, size_g, last, at_leg)
    if contact_s is None:
        return None
    landed = row_at(t_s, contact_s)
    back = _reaches_back(t_s, acc_m_s2, first, landed, limits.mean_g)
    # A leg that steps is weightless for a moment, but not from any push to the step's end.
    if back is None or (at_leg and contact_s - t_s[back] < WINDOW_S):
        return None
    takeoff_s = leg.takeoff_s(t_s, size_g, back, landed) if at_leg else None
    if takeoff_s is None:
        takeoff_s = trunk.takeoff_s(t_s, acc_m_s2, back, first, landed)
    if takeoff_s is None or not SHORTEST_S <= contact_s - takeoff_s <= LONGEST_S:
        return None
    return Flight(takeoff_s, contact_s)


def _contact_s(t_s: FloatArray, size_g: FloatArray, last: int, at_leg: bool) -> float | None:
    """When the landing began, None where nobody was caught."""
    start = row_at(t_s, t_s[last] - EARLY_S)
    if not at_leg:
        return trunk.contact_s(t_s, size_g, start) if float(size_g[last:].max()) >= CAUGHT_G else None
    # A leg's landing may cancel what it swung with before, and then leave the window's mean small.
    for earliest in (start, row_at(t_s, t_s[last] - WINDOW_S)):
        contact_s = leg.contact_s(t_s, size_g, earliest) if float(size_g[earliest:].max()) >= CAUGHT_G else None
        if contact_s is not None:
            return contact_s
    return None


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
