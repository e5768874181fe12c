"""Posture and height of a sensor between two stands, from what must hold there.

Whoever stands, moves and stands again at the same place has gained no speed and gone no way. So the mean of the
specific force in axes that do not turn is gravity alone, however violent the movement between, and so is the first
moment of it. Both are exact where a filter has to guess what is gravity and what is movement.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from typing import NamedTuple

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

GROWING_M_S2, TURNING_M_S2 = 0.01, 0.2
"""Errors of an upward acceleration: one that grows over a rep, as whoever stands up stands a little otherwise (by two
degrees, and a bias of 30 mg across comes in), and one of each radian of tilt (the bias of another axis, 20–40 mg at
most, and scales that differ by 1 % of g)."""
TURNING_SURE_M_S2 = 0.1
"""What one rep has shown of it is trusted to this for the next, which leans a little otherwise."""
STANDING_M_S, TURNING_M_S, AGAIN_M = 0.01, 0.02, 0.006
"""A body that stands moves up and down by less, and at the bottom by not much more; it stands again as high as before,
but for a knee that is not quite straight: bent by 13° it takes 6 mm."""
STOPPED_SHARE, STOPPED_S = 0.1, 0.05
"""Who comes from a quick way is not quite still at once, nor quite upright."""
MOVED_SHARE = 0.5
"""Of what a movement adds to an inclination, smoothing may leave as much as half."""
TURNED_S = 0.1
"""The instant of a turn-around is known to about this."""
MOVEMENT_HZ = 2.0
"""Voluntary movement lies below: a straight line across a hole misses no more than its bend leaves."""
HALF_SWING_S = 0.5 / MOVEMENT_HZ
"""What is beside a hole is looked at for so long."""
NOISE_M = 0.005
"""What noise of 0.2 mg/√Hz adds up to in some seconds."""


def level(unturned: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`up` (n, 3) in sensor axes and acceleration upwards (n,) m/s² for evenly spaced rows from stand to stand.

    A gyroscope's steady bias turns the axes that should not turn at an even rate, which the first moment of the force
    shows; it is taken out with it.

    `unturned` (3, 4, n): for each of three axes that turn evenly at most, where it lies in those of the sensor (3) and
    the specific force along it.
    """
    n = unturned.shape[2]
    numbers = _powers(n)[:2]
    # A straight line through the force.
    half, slope = 0.5 * (n - 1), 12.0 / (n * (n * n - 1.0))
    fit = (1.0 / n + half * half * slope, -half * slope), (-half * slope, slope)
    gravity = np.dot(np.dot(np.dot(unturned[:, 3], numbers.T), fit), numbers)
    gravity /= np.sqrt(np.einsum("in,in->n", gravity, gravity))
    seen = np.einsum("ijn,in->jn", unturned, gravity)
    seen[3] -= STANDARD_GRAVITY_M_S2
    return seen[:3].T, seen[3]


def _powers(n: int, rate_hz: float = 1.0) -> FloatArray:
    """(4, n) the time since the first row to the power of 0, 1, 2 and 3, each over its factorial: a steady error of 1
    grows to these when it is summed up; seconds, or rows where no rate is given."""
    return _table(1 << n.bit_length(), rate_hz)[:, :n]


@cache
def _table(n: int, rate_hz: float) -> FloatArray:
    powers = np.arange(4.0)[:, None]
    return np.asarray((np.arange(n) / rate_hz) ** powers / np.array([[1.0], [1.0], [2.0], [6.0]]))


Holes = Sequence[tuple[float, float]]
"""Where samples are missing and a straight line stands for them: middle and length (s) of each."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What is known of a sensor's error in an upward acceleration (m/s²): its size where a body stands, how uncertain
    that is, and the same of what is added with each radian of tilt."""

    standing: float
    standing_doubt: float
    turning: float = 0.0
    turning_doubt: float = TURNING_M_S2


class Sinking(NamedTuple):
    """How far a body is below where it stands (n,) m; how uncertain that is at the bottom (m); how badly it agrees with
    a way from stand to stand (χ² of three degrees of freedom); and what is known of the errors now."""

    down_m: FloatArray
    doubt_m: float
    misfit: float
    errors: Errors


class Felt:
    """What is felt from stand to stand as a way down and up, in evenly spaced rows.

    Speed is nothing at both ends and at the bottom, and height is nothing at the end: these say how large the sensor's
    errors were, which are steady, grow evenly, or come and go with the tilt (n,), as a bias and a scale do that are
    turned with the sensor, or change the speed at once, where samples are missing. Least squares, with what is known
    of their sizes before. `moved_m_s2` (n,): what the movement itself added to an inclination without a gyroscope, of
    which a share is left. `holes`: in seconds since the first row.

    Speeds and ways, a row each: of what is felt, of an error of 1 m/s² for each radian of tilt, of what movement adds,
    of a steady error of 1 m/s², of one that grows from nothing by as much each second, and of 1 m/s at each hole.
    """

    def __init__(
        self,
        rate_hz: float,
        upward_m_s2: FloatArray,
        tilt_rad: FloatArray,
        known: Errors,
        holes: Holes = (),
        moved_m_s2: FloatArray | None = None,
    ) -> None:
        self._known, self._rate_hz, self._upward_m_s2, self._tilt_rad = known, rate_hz, upward_m_s2, tilt_rad
        n, half_step_s = upward_m_s2.shape[0], 0.5 / rate_hz
        lasts_s = (n - 1) / rate_hz
        inside = [hole for hole in holes if 0.0 < hole[0] < lasts_s]
        rates = np.array((upward_m_s2, tilt_rad) if moved_m_s2 is None else (upward_m_s2, tilt_rad, moved_m_s2))
        steady = rates.shape[0]
        self._speeds, self._ways = speeds, ways = np.empty((2, steady + 2 + len(inside), n))
        _integral(rates, half_step_s, speeds[:steady])
        _integral(speeds[:steady], half_step_s, ways[:steady])
        powers = _powers(n, rate_hz)
        speeds[steady : steady + 2], ways[steady : steady + 2] = powers[1:3], powers[2:]
        if inside:
            speeds[steady + 2 :] = [powers[1] >= at_s for at_s, _ in inside]
            _integral(speeds[steady + 2 :], half_step_s, ways[steady + 2 :])
        off_m_s = self._off_m_s(steady, lasts_s)
        fastest_m_s = 0.5 * float(np.maximum.reduce(off_m_s) - np.minimum.reduce(off_m_s))
        sizes = [known.turning, *[0.0] * (steady - 2), known.standing, 0.0, *[0.0] * len(inside)]
        doubts = [known.turning_doubt, *[MOVED_SHARE] * (steady - 2), known.standing_doubt, GROWING_M_S2 / lasts_s]
        lost_m_s = [self._lost_m_s(hole, off_m_s) for hole in inside]
        # What grows is nothing in the middle.
        self._guess = guess = _Guess(sizes, doubts + lost_m_s, (steady - 1, -0.5 * lasts_s))
        guess.nothing(speeds[:, -1], STANDING_M_S + STOPPED_SHARE * fastest_m_s)
        guess.nothing(ways[:, -1], AGAIN_M + STOPPED_S * fastest_m_s)

    def down_m(self) -> FloatArray:
        """How far it is below (n,), as far as is known."""
        return np.asarray(np.dot(self._guess.left(), self._ways))

    def up_m_s(self) -> FloatArray:
        """How fast it rises (n,), as far as is known."""
        return np.asarray(np.dot(-self._guess.left(), self._speeds))

    def doubt_m(self, row: int) -> float:
        """How uncertain the way is at a row."""
        return math.hypot(self._guess.doubt(self._ways[:, row]), NOISE_M)

    def sinking(self, bottom: int) -> Sinking:
        """The way, its turn-around at row `bottom`: to be said once."""
        known, guess = self._known, self._guess
        turning_m_s2 = float(self._moving_m_s2(slice(bottom, bottom + 1))[0])
        guess.nothing(self._speeds[:, bottom], TURNING_M_S + TURNED_S * abs(turning_m_s2))
        turning, doubt = guess.first()
        turning_doubt = min(max(2.0 * doubt, TURNING_SURE_M_S2), TURNING_M_S2)
        errors = Errors(known.standing, known.standing_doubt, turning, turning_doubt)
        return Sinking(self.down_m(), self.doubt_m(bottom), guess.misfit, errors)

    def _moving_m_s2(self, rows: slice) -> FloatArray:
        """The acceleration upwards in some rows, by what was known before of the errors."""
        known = self._known
        return np.asarray(self._upward_m_s2[rows] - (known.turning * self._tilt_rad[rows] + known.standing))

    def _off_m_s(self, steady: int, lasts_s: float) -> FloatArray:
        """Speed (n,) that is nothing at the end, whatever steady error that takes."""
        off = np.zeros(self._speeds.shape[0])
        off[:2] = 1.0, -self._known.turning
        off[steady] = -np.dot(off, self._speeds[:, -1]) / lasts_s
        return np.asarray(np.dot(off, self._speeds))

    def _lost_m_s(self, hole: tuple[float, float], upward_m_s: FloatArray) -> float:
        """The speed that a line across a hole may lose."""
        at_s, length_s = hole
        first, end = (max(math.ceil(self._rate_hz * (at_s + side_s)), 0) for side_s in (-HALF_SWING_S, HALF_SWING_S))
        # What is not seen is as large as what is beside it, or as what stops the body.
        beside_m_s2 = np.abs(self._moving_m_s2(slice(first, end)))
        beside_m_s2 += 2.0 * np.pi * MOVEMENT_HZ * np.abs(upward_m_s[first:end])
        size_m_s2 = float(beside_m_s2.max()) + STANDING_M_S
        return size_m_s2 * (2.0 * np.pi * MOVEMENT_HZ) ** 2 * length_s**3 / 12.0


class _Guess:
    """Sizes of a sensor's errors, by least squares, from one thing after the other that must be nothing.

    These are so few that numbers in lists are quicker than arrays.
    """

    def __init__(self, sizes: list[float], doubts: list[float], mixed: tuple[int, float]) -> None:
        """`mixed`: an error, and how much of it comes with one of the next."""
        self._sizes, self._mixed = sizes, mixed
        self.misfit = 0.0
        self._before = [doubt * doubt for doubt in doubts]
        self._known: list[tuple[list[float], float]] = []
        """What was nothing: how it depended on each error, and how uncertain it was (a variance)."""

    def nothing(self, seen: FloatArray, doubt: float) -> None:
        """What is seen, and of each error would be (1 + errors,), is nothing to within `doubt`."""
        value, of_errors = self._of(seen)
        along = self._along(of_errors)
        left, variance = value - _dot(self._sizes, of_errors), _dot(along, of_errors) + doubt * doubt
        self.misfit += left * left / variance
        share = left / variance
        self._sizes = [size + share * one for size, one in zip(self._sizes, along, strict=True)]
        self._known.append((along, variance))

    def first(self) -> tuple[float, float]:
        """The size of the first error, and how uncertain it is."""
        variance = self._before[0] - sum(along[0] ** 2 / variance for along, variance in self._known)
        return self._sizes[0], math.sqrt(variance)

    def left(self) -> FloatArray:
        """What is felt less the errors, as factors of (1 + errors,); how far down, not up."""
        factors = [-1.0, *self._sizes]
        at, share = self._mixed
        factors[at + 1] += share * factors[at + 2]
        return np.array(factors)

    def doubt(self, seen: FloatArray) -> float:
        """How uncertain it is then."""
        _, of_errors = self._of(seen)
        return math.sqrt(_dot(self._along(of_errors), of_errors))

    def _of(self, seen: FloatArray) -> tuple[float, list[float]]:
        """What is seen, and what each error does to it."""
        value, *of_errors = seen.tolist()
        at, share = self._mixed
        of_errors[at + 1] += share * of_errors[at]
        return value, of_errors

    def _along(self, of_errors: list[float]) -> list[float]:
        """The errors' covariances, by what is known, times what each does."""
        along = list(map(mul, self._before, of_errors))
        for known, variance in self._known:
            share = _dot(known, of_errors) / variance
            along = [one - share * other for one, other in zip(along, known, strict=True)]
        return along


def _dot(one: list[float], other: list[float]) -> float:
    total: float = sum(map(mul, one, other))
    return total


def upward_m_s2(acc_m_s2: FloatArray, up: FloatArray) -> FloatArray:
    """(n,) acceleration upwards, of specific force and `up` (n, 3)."""
    return np.asarray(
        acc_m_s2[:, 0] * up[:, 0] + acc_m_s2[:, 1] * up[:, 1] + acc_m_s2[:, 2] * up[:, 2] - STANDARD_GRAVITY_M_S2
    )


def height_m(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> FloatArray:
    """Height (n,) over the first row, for a movement that starts and ends at rest at one height.

    `acc_m_s2`, `up` (n, 3). Speed is nothing at both ends, and so is the height: what is left of them is the sensor's
    error, which is taken away as a steady acceleration and as one that grows evenly. What of the error changes with
    the posture stays.
    """
    share, height = _from_rest_to_rest(t_s, acc_m_s2, up)
    # The integral of 6u(1−u): nothing at the start, 1 at the end, and still at both.
    return np.asarray(height - height[-1] * share * share * (3.0 - 2.0 * share))


def one_way_m(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> float:
    """How far a movement that starts and ends at rest went up (m); its error is a twelfth of the acceleration's times
    the time squared, where that changes with the posture."""
    return float(_from_rest_to_rest(t_s, acc_m_s2, up)[1][-1])


def _from_rest_to_rest(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Elapsed share (n,) and height (n,), what is left of the speed at the end taken for a steady error."""
    half_step_s = 0.5 * (t_s[1:] - t_s[:-1])
    share = (t_s - t_s[0]) / (t_s[-1] - t_s[0])
    speed, way = np.empty((2, 1, t_s.shape[0]))
    _integral(upward_m_s2(acc_m_s2, up)[None], half_step_s, speed)
    _integral(speed - speed[:, -1:] * share, half_step_s, way)
    return share, way[0]


def _integral(rates: FloatArray, half_step_s: FloatArray | float, total: FloatArray) -> None:
    """Sum up rates (k, n), lines between their values, into `total` (k, n); `half_step_s` (n - 1,) or of all: half of
    the time from each to the next."""
    middle = rates[:, 1:] + rates[:, :-1]
    middle *= half_step_s
    total[:, 0] = 0.0
    middle.cumsum(axis=1, out=total[:, 1:])
