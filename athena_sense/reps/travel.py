"""Posture and height of a sensor between two stands, from what must hold there.

Whoever stands, moves and stands again at the same place has gained no speed and gone no way. So the mean of the
specific force in axes that do not turn is gravity alone, however violent the movement between, and so is the first
moment of it. Both are exact where a filter has to guess what is gravity and what is movement.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

TINY_RAD = 1e-12
"""Added to an angle, so that sin(h)/h is 1 where nothing turns."""
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


def inclination(t_s: FloatArray, acc_m_s2: FloatArray, gyr_rad_s: FloatArray) -> FloatArray:
    """`up` (n, 3) in sensor axes for rows from stand to stand; `acc_m_s2`, `gyr_rad_s` (n, 3).

    A gyroscope's steady bias turns the axes that should not turn at an even rate, which the first moment shows; it is
    taken out with it.
    """
    turned = _turned(t_s, gyr_rad_s)
    return level(t_s, turned, np.add.reduce(turned * acc_m_s2.T, axis=1))


def level(t_s: FloatArray, turned: FloatArray, force_m_s2: FloatArray) -> FloatArray:
    """`up` (n, 3) in sensor axes for rows from stand to stand: `turned` (3, 3, n) turns them into axes that turn evenly
    at most, in which the specific force is `force_m_s2` (3, n)."""
    since = t_s - t_s[0]
    since -= np.add.reduce(since) / since.shape[0]
    mean = np.add.reduce(force_m_s2, axis=1) / since.shape[0]
    drift = np.add.reduce(force_m_s2 * since, axis=1) / np.dot(since, since)
    up = drift[:, None] * since
    up += mean[:, None]
    up /= np.sqrt(np.einsum("in,in->n", up, up))
    return np.asarray(np.einsum("ijn,in->jn", turned, up).T)


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


@dataclass(frozen=True, slots=True, eq=False)
class Sinking:
    """How far a body is below where it stands (n,) m, and how fast it rises (n,) m/s; how uncertain the way is at the
    bottom (m); how badly it agrees with one from stand to stand (χ² of three degrees of freedom); and what is known of
    the errors now."""

    down_m: FloatArray
    up_m_s: FloatArray
    doubt_m: float
    misfit: float
    errors: Errors


class Felt:
    """What is felt from stand to stand as a way down and up.

    Speed is nothing at both ends and at the bottom, and height is nothing at the end: these say how large the sensor's
    errors were, which are steady, grow evenly, or come and go with the tilt (n,), as a bias and a scale do that are
    turned with the sensor, or change the speed at once, where samples are missing. Least squares, with what is known
    of their sizes before. `moved_m_s2` (n,): what the movement itself added to an inclination without a gyroscope, of
    which a share is left.

    Speeds and ways, a row each: of what is felt, of an error of 1 m/s² for each radian of tilt, of what movement adds,
    of a steady error of 1 m/s², of one that grows by as much, and of 1 m/s at each hole.
    """

    def __init__(
        self,
        t_s: FloatArray,
        upward_m_s2: FloatArray,
        tilt_rad: FloatArray,
        known: Errors,
        holes: Holes = (),
        moved_m_s2: FloatArray | None = None,
    ) -> None:
        self._known, self._t_s, self._upward_m_s2 = known, t_s, upward_m_s2
        self._turned_m_s2 = known.turning * tilt_rad + known.standing
        inside = [hole for hole in holes if t_s[0] < hole[0] < t_s[-1]]
        rates = np.array((upward_m_s2, tilt_rad) if moved_m_s2 is None else (upward_m_s2, tilt_rad, moved_m_s2))
        half_step_s = 0.5 * (t_s[1:] - t_s[:-1])
        since_s = t_s - t_s[0]
        share = since_s / since_s[-1]
        seen = len(rates)
        self._speeds, self._ways = speeds, ways = np.empty((2, seen + 2 + len(inside), t_s.shape[0]))
        _integral(rates, half_step_s, speeds[:seen])
        _integral(speeds[:seen], half_step_s, ways[:seen])
        half_s = 0.5 * since_s
        speeds[seen] = since_s
        np.multiply(since_s, half_s, out=ways[seen])
        np.multiply(half_s, share - 1.0, out=speeds[seen + 1])
        np.multiply(ways[seen], share / 3.0 - 0.5, out=ways[seen + 1])
        if inside:
            speeds[seen + 2 :] = [t_s >= at_s for at_s, _ in inside]
            _integral(speeds[seen + 2 :], half_step_s, ways[seen + 2 :])
        off_m_s = speeds[0] - known.turning * speeds[1]
        off_m_s -= off_m_s[-1] * share
        fastest_m_s = 0.5 * float(off_m_s.max() - off_m_s.min())
        sizes = [known.turning, *[0.0] * (seen - 2), known.standing, 0.0, *[0.0] * len(inside)]
        doubts = [known.turning_doubt, *[MOVED_SHARE] * (seen - 2), known.standing_doubt, GROWING_M_S2]
        self._guess = guess = _Guess(sizes, doubts + [self._lost_m_s(hole, off_m_s) for hole in inside])
        guess.nothing(speeds[:, -1], STANDING_M_S + STOPPED_SHARE * fastest_m_s)
        guess.nothing(ways[:, -1], AGAIN_M + STOPPED_S * fastest_m_s)

    def down_m(self) -> FloatArray:
        """How far it is below (n,), as far as is known."""
        return np.asarray(np.dot(self._guess.left(), self._ways))

    def doubt_m(self, row: int) -> float:
        """How uncertain that is at a row."""
        return math.hypot(self._guess.doubt(self._ways[:, row]), NOISE_M)

    def sinking(self, bottom: int | None = None) -> Sinking:
        """The way, its turn-around at row `bottom`, where that is known: to be said once."""
        known, guess = self._known, self._guess
        if bottom is not None:
            turned_m_s2 = abs(float(self._upward_m_s2[bottom] - self._turned_m_s2[bottom]))
            guess.nothing(self._speeds[:, bottom], TURNING_M_S + TURNED_S * turned_m_s2)
        down_m = self.down_m()
        doubt_m = self.doubt_m(int(down_m.argmax()) if bottom is None else bottom)
        turning_doubt = max(2.0 * math.sqrt(guess.spread[0][0]), TURNING_SURE_M_S2)
        errors = Errors(known.standing, known.standing_doubt, guess.sizes[0], min(turning_doubt, TURNING_M_S2))
        return Sinking(down_m, -np.dot(guess.left(), self._speeds), doubt_m, guess.misfit, errors)

    def _lost_m_s(self, hole: tuple[float, float], upward_m_s: FloatArray) -> float:
        """The speed that a line across a hole may lose."""
        at_s, length_s = hole
        # What is not seen is as large as what is beside it, or as what stops the body.
        sizes = np.abs(self._upward_m_s2 - self._turned_m_s2) + 2.0 * np.pi * MOVEMENT_HZ * np.abs(upward_m_s)
        first, end = self._t_s.searchsorted((at_s - HALF_SWING_S, at_s + HALF_SWING_S))
        size_m_s2 = float(sizes[first:end].max()) + STANDING_M_S
        return size_m_s2 * (2.0 * np.pi * MOVEMENT_HZ) ** 2 * length_s**3 / 12.0


class _Guess:
    """Sizes of a sensor's errors, by least squares, from one thing after the other that must be nothing.

    These are so few that numbers in lists are quicker than arrays.
    """

    def __init__(self, sizes: list[float], doubts: list[float]) -> None:
        self.sizes = sizes
        self.spread = [[0.0] * len(doubts) for _ in doubts]
        for row, doubt in enumerate(doubts):
            self.spread[row][row] = doubt * doubt
        self.misfit = 0.0

    def nothing(self, seen: FloatArray, doubt: float) -> None:
        """What is seen, and of each error would be (1 + errors,), is nothing to within `doubt`."""
        value, *of_errors = seen.tolist()
        along = [_dot(row, of_errors) for row in self.spread]
        left, variance = value - _dot(self.sizes, of_errors), _dot(along, of_errors) + doubt * doubt
        self.misfit += left * left / variance
        self.sizes = [size + left / variance * one for size, one in zip(self.sizes, along, strict=True)]
        self.spread = [
            [before - one / variance * other for before, other in zip(row, along, strict=True)]
            for row, one in zip(self.spread, along, strict=True)
        ]

    def left(self) -> FloatArray:
        """What is felt less the errors, as factors of (1 + errors,); how far down, not up."""
        return np.array([-1.0, *self.sizes])

    def doubt(self, seen: FloatArray) -> float:
        """How uncertain it is then."""
        _, *of_errors = seen.tolist()
        return math.sqrt(_dot([_dot(row, of_errors) for row in self.spread], of_errors))


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


def _integral(rates: FloatArray, half_step_s: FloatArray, total: FloatArray) -> None:
    """Sum up rates (k, n), lines between their values, into `total` (k, n); `half_step_s` (n - 1,): half of the time
    from each to the next."""
    middle = rates[:, 1:] + rates[:, :-1]
    middle *= half_step_s
    total[:, 0] = 0.0
    middle.cumsum(axis=1, out=total[:, 1:])


def _turned(t_s: FloatArray, gyr_rad_s: FloatArray) -> FloatArray:
    """(3, 3, n) rotations of each row's sensor axes into those of the first row."""
    half_turn = ((gyr_rad_s[1:] + gyr_rad_s[:-1]) * (0.25 * (t_s[1:] - t_s[:-1]))[:, None]).T
    x, y, z = half_turn
    half = np.sqrt(x * x + y * y + z * z) + TINY_RAD
    q: FloatArray = np.empty((4, t_s.shape[0]))
    q[:, 0] = 1.0, 0.0, 0.0, 0.0
    np.cos(half, out=q[0, 1:])
    np.multiply(half_turn, np.sin(half) / half, out=q[1:, 1:])
    span = 1
    while span < q.shape[1]:
        # Each row holds the product of `span` steps: products of twice as many, all rows at once.
        q[:, span:] = np.dot(PRODUCT, _pairs(q[:, :-span], q[:, span:]))
        span *= 2
    return np.asarray(np.dot(ROTATION, _pairs(q, q)).reshape(3, 3, -1))


def _pairs(p: FloatArray, q: FloatArray) -> FloatArray:
    """(16, n) each component of `p` (4, n) times each of `q` (4, n)."""
    return (p[:, None] * q).reshape(16, -1)


def _product() -> FloatArray:
    """(4, 16): times the `_pairs` of two quaternions w + xi + yj + zk this is their product."""
    product = np.zeros((4, 4, 4))
    w, x, y, z = range(4)
    product[w, w, w] = 1.0
    for i, j, k in ((x, y, z), (y, z, x), (z, x, y)):
        product[w, i, i] = -1.0
        product[i, w, i] = product[i, i, w] = product[i, j, k] = 1.0
        product[i, k, j] = -1.0
    return product.reshape(4, 16)


def _rotation() -> FloatArray:
    """(9, 16): times the `_pairs` of a quaternion and itself this is its rotation matrix."""
    rotation = np.zeros((3, 3, 4, 4))
    w, x, y, z = range(4)
    for i, j, k in ((x, y, z), (y, z, x), (z, x, y)):
        rotation[i - 1, i - 1, [w, i, j, k], [w, i, j, k]] = 1.0, 1.0, -1.0, -1.0
        rotation[i - 1, j - 1, [i, w], [j, k]] = 2.0, -2.0
        rotation[j - 1, i - 1, [i, w], [j, k]] = 2.0, 2.0
    return rotation.reshape(9, 16)


PRODUCT, ROTATION = _product(), _rotation()
