"""When a squat that a trunk hardly shows may be over: it has leant and is upright again, or has risen and is still."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import in_a_row
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


class Watch:
    """Lean and speed since the last stand → the rows at which a rep may be over, for any cut."""

    def __init__(self, rate_hz: float, doubt_m_s2: float, turns: bool) -> None:
        """`doubt_m_s2`: of the acceleration of which speed is the sum. `turns`: whether what seems to turn does, as a
        gyroscope tells it, and is not only moved to and fro."""
        self._flat_deg = FLAT_DEG if turns else FELT_DEG
        self._flat_m_s = max(FLAT_M_S, FLAT_S * doubt_m_s2)
        self._lag = max(1, round(FLAT_S * rate_hz))
        self._window = round(LONGEST_RAISE_S * rate_hz)
        self._still = sorted({round(seconds * rate_hz) for seconds in STILL_S})
        self._tilts: FloatArray = np.zeros(self._window)
        self._speeds: FloatArray = np.zeros(self._window)
        self._slowest_m_s = self._most_deg = 0.0
        self._still_rows = 0
        self._calm: list[int] = []

    @property
    def moved(self) -> bool:
        """Whether anything happened since the last stand."""
        return self._most_deg >= LEANT_DEG or float(np.ptp(self._speeds)) > RISE_M_S

    def feed(self, row: int, tilt_deg: FloatArray, gained_m_s: FloatArray) -> Iterator[tuple[int, tuple[int, ...]]]:
        """(row at which it is known, rows at which a rep may be over) in order; the first row is number `row`."""
        n, window, lag = tilt_deg.shape[0], self._window, self._lag
        speed = np.concatenate((self._speeds[-1:], gained_m_s)).cumsum()[1:]
        tilts, speeds = np.concatenate((self._tilts, tilt_deg)), np.concatenate((self._speeds, speed))
        self._tilts, self._speeds = tilts[n:], speeds[n:]
        most = np.maximum(np.maximum.accumulate(tilt_deg), self._most_deg)
        slowest = np.minimum(np.minimum.accumulate(speed), self._slowest_m_s)
        self._most_deg, self._slowest_m_s = float(most[-1]), float(slowest[-1])
        peak = highest(speeds[1:], window)
        fell = peak - speed
        upright = tilt_deg <= np.maximum(UPRIGHT_SHARE * most, UPRIGHT_DEG)
        leant = most >= LEANT_DEG
        rose = (fell >= RISE_M_S) & (peak - slowest >= RISE_M_S)
        slow = np.maximum(2.0 * FLAT_SHARE * fell, self._flat_m_s)
        flat = np.abs(tilt_deg - tilts[window - lag : -lag]) <= np.maximum(FLAT_SHARE * most, self._flat_deg)
        flat &= np.abs(speed - speeds[window - lag : -lag]) <= slow
        flat &= (upright & leant) | (rose & (tilt_deg <= np.maximum(OTHERWISE_SHARE * most, OTHERWISE_DEG)))
        found = self._stills(row, flat)
        calm = np.abs(speed - speeds[window - 2 : -2]) <= slow
        found += self._left(row, upright & leant, calm)
        yield from sorted(found)

    def _stills(self, row: int, flat: Flags) -> list[tuple[int, tuple[int, ...]]]:
        """Rows at which it has been flat for one of the times."""
        since = in_a_row(flat, self._still_rows)
        self._still_rows = int(since[-1])
        return [(row + k, (row + k,)) for rows in self._still for k in np.flatnonzero(since == rows).tolist()]

    def _left(self, row: int, there: Flags, calm: Flags) -> list[tuple[int, tuple[int, ...]]]:
        """Rows at which an upright trunk leans again, and some at which it may have stood."""
        found: list[tuple[int, tuple[int, ...]]] = []
        for first, end, flag in _runs(there):
            if flag:
                self._calm += (row + first + np.flatnonzero(calm[first:end])).tolist()
                self._calm = self._calm[-self._window :]
            elif self._calm:
                found.append((row + first, tuple(self._calm[:: -max(1, len(self._calm) // TRIED)])))
                self._calm = []
        return found


def _runs(flags: Flags) -> Iterator[tuple[int, int, bool]]:
    """Stretches of equal flags: first row, row after the last, flag."""
    bounds = [0, *(np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist(), flags.shape[0]]
    for first, end in pairwise(bounds):
        yield first, end, bool(flags[first])
