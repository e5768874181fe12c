"""A change of stance that was too gentle to be noticed when it happened, seen in what lies before and behind it.

Shifting the weight slowly onto one leg moves a trunk no more than balancing on that leg then does. But two feet sway a
half to a quarter as much as one, and some seconds of both together tell.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.holds.ticks import TICK_S, Ticks

LEAST_BEFORE, LEAST_BEHIND = 20, 30
"""Ticks: of less than two seconds the sway is not known, and shorter holds than three are none."""
MOST_BEFORE = 100
"""Nobody stands on two feet for longer than ten seconds before each time in balance; and a body that tires sways more
after a while, on the same leg."""
GAIN = 4.0
"""How much likelier (natural logarithm) two stances must be than one. The sway is a new one about once a second (its
slow part has 0.1–0.6 Hz), in two directions: n seconds of it count n times the logarithm of their variance. One
sway throughout looks so in one of e⁴ = 55 stances."""
TIMES = 1.6
"""And so many times as much it must sway: less comes of finding balance, or losing it."""
LEAST_VARIANCE = 1e-6
"""(m/s²)²: a sensor on a table has more."""


@dataclass(frozen=True, slots=True)
class Change:
    """The tick with which the body began to sway more, and how much (m/s²) it did before."""

    tick: int
    before_m_s2: float


def louder_from(ticks: Ticks, first: int, end: int) -> Change | None:
    """Where, of ticks first … end−1, the body began to sway so much more that it must have changed its stance."""
    n = end - first
    at = np.arange(LEAST_BEFORE, min(MOST_BEFORE, n - LEAST_BEHIND) + 1)
    if not len(at):
        return None
    sums = ticks.sums(first, end)
    whole = _variance(sums[n:] - sums[0], np.array([n]))
    before, behind = _variance(sums[at] - sums[0], at), _variance(sums[n] - sums[at], n - at)
    gain = TICK_S * (n * np.log(whole) - at * np.log(before) - (n - at) * np.log(behind))
    gain[behind < TIMES**2 * before] = 0.0
    best = int(np.argmax(gain))
    return Change(first + int(at[best]), math.sqrt(before[best])) if gain[best] > GAIN else None


def _variance(sums: FloatArray, count: npt.NDArray[np.int_]) -> FloatArray:
    """(n,) (m/s²)² about their mean of `count` (n,) ticks with these sums (n, 4)."""
    x, y, z, squares = sums.T / count
    return np.asarray(np.maximum(squares - x * x - y * y - z * z, LEAST_VARIANCE))
