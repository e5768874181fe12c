"""When a squat that a trunk hardly shows may be over: it has leant and is upright again, or has risen and is still."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.reps.squat_phases import LONGEST_RAISE_S
from athena_sense.reps.strides import highest

Flags = npt.NDArray[np.bool_]

LEANT_DEG = 2.5
"""Seven times the sway of a trunk: it has left its stand."""
UPRIGHT_SHARE, UPRIGHT_DEG = 0.3, 2.0
"""Upright again: within this share of how far it leant, and its sway …"""
OTHERWISE_SHARE, OTHERWISE_DEG = 0.5, 7.0
"""… and who has risen, otherwise than before by no more than this, of which the larger part is the filter's drift (how
much is left without it is looked at then) …"""
FLAT_S = 0.16
"""… still for so long: …"""
FLAT_SHARE, FLAT_DEG, FLAT_M_S = 0.03, 0.3, 0.004
"""… turned by no more than this share of how far it leant or this angle, changed speed by no more than twice that share
of what it lost, or this much."""
FELT_DEG = 1.0
"""The angle where no gyroscope tells it: so much looks what speeds up a trunk by 0.17 m/s² to the side, as a quick way
does that comes to rest."""
STILL_S = 0.12, 0.28, 0.52, 0.92
"""Looked at after such times of stillness."""
RISE_M_S = 0.02
"""4 cm in 3 s are as fast as this; the sum of a sensor's noise is a tenth of it, that of its error while the trunk
leans may be more, but then the lean shows."""
TRIED = 4
"""Instants at which a trunk may have stood that are looked at, when it leans again at once."""


Over = tuple[int, tuple[int, ...]]
"""The row at which it is known, and rows at which a rep may be over."""


class Watch:
    """Lean and speed since the last stand → the rows at which a rep may be over, for any cut; `watch` feeds it."""

    def __init__(self, rate_hz: float, first_row: int, doubt_m_s2: float, turns: bool) -> None:
        """Rows come from `first_row` on. `doubt_m_s2`: of the acceleration of which speed is the sum. `turns`: whether
        what seems to turn does, as a gyroscope tells it, and is not only moved to and fro."""
        self.row = first_row
        """The row that is fed next …"""
        self.ahead: deque[Over] = deque()
        """… and what was found before it, for whoever feeds it to take out."""
        self.flat_deg = FLAT_DEG if turns else FELT_DEG
        self.flat_m_s = max(FLAT_M_S, FLAT_S * doubt_m_s2)
        self.lag = max(1, round(FLAT_S * rate_hz))
        self.window = round(LONGEST_RAISE_S * rate_hz)
        self._still = sorted({round(seconds * rate_hz) for seconds in STILL_S})
        self.last: FloatArray = np.zeros((2, self.window))
        """Tilts (deg) and speeds (m/s) of the last rows …"""
        self.extremes = 0.0, 0.0
        """… and the largest and the smallest of all."""
        self._still_rows = 0
        self._calm: list[int] = []

    @property
    def moved(self) -> bool:
        """Whether anything happened since the last stand."""
        return self.extremes[0] >= LEANT_DEG or float(np.ptp(self.last[1])) > RISE_M_S

    def follow(self, flat: Flags, upright: Flags, calm: Flags) -> None:
        """Find what is in the next rows, in order."""
        self.ahead += sorted(self._stills(flat) + self._left(upright, calm))
        self.row += flat.shape[0]

    def _stills(self, flat: Flags) -> list[Over]:
        """Rows at which it has been flat for one of the times."""
        found: list[Over] = []
        if not (self._still_rows or flat.any()):
            return found
        row = self.row
        for first, end, flag in _runs(flat):
            begun = first - 1 - self._still_rows
            self._still_rows = end - 1 - begun if flag else 0
            if flag:
                at = (row + begun + rows for rows in self._still if first <= begun + rows < end)
                found += [(one, (one,)) for one in at]
        return found

    def _left(self, there: Flags, calm: Flags) -> list[Over]:
        """Rows at which an upright trunk leans again, and some at which it may have stood."""
        found: list[Over] = []
        if not (self._calm or there.any()):
            return found
        row = self.row
        for first, end, flag in _runs(there):
            if flag:
                self._calm += (row + first + calm[first:end].nonzero()[0]).tolist()
                self._calm = self._calm[-self.window :]
            elif self._calm:
                found.append((row + first, tuple(self._calm[:: -max(1, len(self._calm) // TRIED)])))
                self._calm = []
        return found


def watch(watches: Sequence[Watch], tilt_deg: FloatArray, gained_m_s: FloatArray) -> None:
    """Feed watches of one sensor that are at the same row; `tilt_deg`, `gained_m_s` (watches, n).

    All in one go: numpy is slow through a few rows.
    """
    n, window = tilt_deg.shape[1], watches[0].window
    both: FloatArray = np.empty((2, len(watches), window + n))
    for number, one in enumerate(watches):
        both[:, number, :window] = one.last
    both[0, :, window:], both[1, :, window:] = tilt_deg, gained_m_s
    speeds = both[1]
    # The first speed is carried on from the last one before.
    speeds[:, window - 1 :].cumsum(axis=1, out=speeds[:, window - 1 :])
    before = np.array([one.extremes for one in watches])
    most = np.maximum(np.maximum.reduce(tilt_deg, axis=1), before[:, 0])
    slowest = np.minimum(np.minimum.reduce(speeds[:, window:], axis=1), before[:, 1])
    for number, one in enumerate(watches):
        one.last, one.extremes = both[:, number, n:], (float(most[number]), float(slowest[number]))
    if most.max() < LEANT_DEG and (np.maximum.reduce(speeds, axis=1) - slowest).max() < RISE_M_S:
        flags = np.zeros((3, *tilt_deg.shape), bool)
    else:
        of_each = np.array([(one.flat_deg, one.flat_m_s) for one in watches])
        flags = _flags(both, window, watches[0].lag, before, of_each)
    for number, one in enumerate(watches):
        one.follow(*flags[:, number])


def _flags(both: FloatArray, window: int, lag: int, before: FloatArray, of_each: FloatArray) -> Flags:
    """(3, watches, n): whether it is flat and a rep may be over, whether it has leant and is upright, and whether it
    is calm. `both` (2, watches, window + n): tilts and speeds; `before` (watches, 2): their extremes; `of_each`
    (watches, 2): what is flat at least."""
    (tilts, speeds), (tilt_deg, speed) = both, both[..., window:]
    (leant_deg, sank_m_s), (flat_deg, flat_m_s) = before.T[..., None], of_each.T[..., None]
    most = np.maximum(np.maximum.accumulate(tilt_deg, axis=1), leant_deg)
    slowest = np.minimum(np.minimum.accumulate(speed, axis=1), sank_m_s)
    peak = highest(speeds[:, 1:], window)
    fell = peak - speed
    upright = (most >= LEANT_DEG) & (tilt_deg <= np.maximum(UPRIGHT_SHARE * most, UPRIGHT_DEG))
    rose = (fell >= RISE_M_S) & (peak - slowest >= RISE_M_S)
    slow = np.maximum(2.0 * FLAT_SHARE * fell, flat_m_s)
    flat = np.abs(tilt_deg - tilts[:, window - lag : -lag]) <= np.maximum(FLAT_SHARE * most, flat_deg)
    flat &= np.abs(speed - speeds[:, window - lag : -lag]) <= slow
    flat &= upright | (rose & (tilt_deg <= np.maximum(OTHERWISE_SHARE * most, OTHERWISE_DEG)))
    return np.stack((flat, upright, np.abs(speed - speeds[:, window - 2 : -2]) <= slow))


def _runs(flags: Flags) -> Iterator[tuple[int, int, bool]]:
    """Stretches of equal flags: first row, row after the last, flag."""
    flag = bool(flags[0])
    for first, end in pairwise([0, *((flags[1:] != flags[:-1]).nonzero()[0] + 1).tolist(), flags.shape[0]]):
        yield first, end, flag
        flag = not flag
