"""Sway of the trunk as acceleration across the vertical, after Mancini et al. 2012 (ISway, J NeuroEng Rehabil 9:59).

The acceleration, gravity included, is low-passed at 3.5 Hz without phase. The mean over a hold is the vertical, and
what lies across it is the sway: of a trunk that leans, gravity's share is most of it, in the paper as here. One
sensor does not know forward from sideways, so every figure is one that turning about the vertical leaves as it is.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.centred_fir import CentredFir, gaussian_taps
from athena_sense.dsp.motion import Motion

CUTOFF_HZ = 3.5
"""Mancini et al. 2012."""
FILTER_S = 0.5
"""Half the length of the low-pass: its response has then died down to 1.5 % (e-folding time 0.12 s)."""
JOLT_SIGMA_S = 0.04
"""What a Gaussian of 40 ms takes out is left as jolt: above 4 Hz, where sway and voluntary movement have faded out
and the shock of a foot (half period 25–50 ms at the trunk) lies."""
KEPT_S = 30.0
"""How far back an end of a hold may be put, with room."""
ELLIPSE_95 = math.pi * 5.991
"""Area of the ellipse that holds 95 % of a normal distribution in the plane, over the root of the determinant of its
covariance: χ² with two degrees of freedom (Schubert & Kirchner 2014, doi 10.1016/j.gaitpost.2013.09.001)."""
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_LOW, _JOLT, _SUM, _SQUARES, _STEPS, _PATH = slice(1, 4), 4, slice(5, 8), slice(8, 14), slice(14, 20), 20


def low_pass_taps(rate_hz: float) -> FloatArray:
    """Odd, symmetric taps with the gain of a Butterworth filter of fourth order, −3 dB at 3.5 Hz, and no phase."""
    half = round(FILTER_S * rate_hz)
    freq_hz = (np.arange(2048) + 0.5) / 4096.0 * rate_hz
    gain = 1.0 / np.sqrt(1.0 + (freq_hz / CUTOFF_HZ) ** 8)
    lag_s = np.abs(np.arange(-half, half + 1)) / rate_hz
    taps = np.array([np.sum(gain * np.cos(2.0 * np.pi * freq_hz * lag)) for lag in lag_s])
    return np.asarray(taps / taps.sum())


@dataclass(frozen=True, slots=True)
class Mark:
    """A row of the stream: its number, its time (s), and the sums up to it."""

    row: int
    time_s: float
    sums: FloatArray


@dataclass(frozen=True, slots=True)
class Sway:
    """What Mancini et al. measure. `path_m_s2` and `jerk_m2_s5` grow with the time that they are taken over."""

    rms_m_s2: float
    path_m_s2: float
    jerk_m2_s5: float
    ellipse_95_m2_s4: float


class SwayRows:
    """The last rows of motion, low-passed, with jolts apart and running sums of everything that sway is made of."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._low = CentredFir(low_pass_taps(rate_hz))
        self._slow = CentredFir(gaussian_taps(JOLT_SIGMA_S, rate_hz))
        self._owed: FloatArray = np.empty((0, 4))
        self._jolts: FloatArray = np.empty(0)
        self._acc: FloatArray = np.empty((0, 3))
        self._keep = round(KEPT_S * rate_hz)
        self._rows: FloatArray = np.empty((0, 21))
        self._first = 0
        self._last: FloatArray | None = None
        self._sums: FloatArray = np.zeros(16)
        self.gaps: list[int] = []
        """Rows with a gap before them, for the reader to take out."""

    @property
    def end(self) -> int:
        """Number of the row that comes next."""
        return self._first + int(self._rows.shape[0])

    def feed(self, motion: Motion) -> None:
        """Take new motion; a gap is noted under the row behind it."""
        starts = [0, *(int(row) for row in np.flatnonzero(motion.after_gap) if row > 0), len(motion)]
        for first, end in pairwise(starts):
            if end > first:
                if motion.after_gap[first]:
                    self.flush()
                    if self.end:
                        self.gaps.append(self.end)
                self._take(motion.t_s[first:end], motion.acc_m_s2[first:end])

    def flush(self) -> None:
        """End of a stretch: its last rows."""
        if len(self._owed):
            self._compare(self._slow.flush())
            self._store(self._low.flush())
        self._last = None

    def forget(self) -> None:
        """Let go of what lies further back than anyone may look."""
        if self._rows.shape[0] > 2 * self._keep:
            cut = self._rows.shape[0] - self._keep
            self._rows, self._first = self._rows[cut:].copy(), self._first + cut

    def _take(self, t_s: FloatArray, acc: FloatArray) -> None:
        self._owed = np.concatenate((self._owed, np.column_stack((t_s, acc))))
        self._acc = np.concatenate((self._acc, acc))
        self._compare(self._slow.feed(acc))
        self._store(self._low.feed(acc))

    def _compare(self, slow: FloatArray) -> None:
        """Jolts: how far the acceleration is from its own smoothed course."""
        d = self._acc[: len(slow)] - slow.reshape(-1, 3)
        self._acc = self._acc[len(slow) :]
        self._jolts = np.concatenate((self._jolts, np.sqrt(d[:, 0] ** 2 + d[:, 1] ** 2 + d[:, 2] ** 2)))

    def _store(self, low: FloatArray) -> None:
        n = len(low)
        if not n:
            return
        t_s, jolts = self._owed[:n, 0], self._jolts[:n]
        self._owed, self._jolts = self._owed[n:], self._jolts[n:]
        before = low[:1] if self._last is None else self._last
        self._last = low[-1:].copy()
        step = np.diff(np.concatenate((before, low)), axis=0)
        fresh = np.empty((n, 21))
        fresh[:, 0], fresh[:, _LOW], fresh[:, _JOLT] = t_s, low, jolts
        fresh[:, _SUM] = low
        _products(low, fresh[:, _SQUARES])
        _products(step, fresh[:, _STEPS])
        fresh[:, _PATH] = _across(step, low)
        fresh[0, 5:] += self._sums
        np.cumsum(fresh[:, 5:], axis=0, out=fresh[:, 5:])
        self._sums = fresh[-1, 5:].copy()
        self._rows = np.concatenate((self._rows, fresh)) if len(self._rows) else fresh

    def low(self, first: int, end: int) -> FloatArray:
        """(n, 3) m/s² low-passed acceleration, gravity included, of rows first … end−1."""
        return self._part(first, end)[:, _LOW]

    def jolts(self, first: int, end: int) -> FloatArray:
        """(n,) m/s² size of what the low-pass takes out."""
        return self._part(first, end)[:, _JOLT]

    def time_s(self, row: int) -> float:
        """When a row was."""
        return float(self._part(row, row + 1)[0, 0])

    def mark(self, row: int) -> Mark:
        """A row to measure from or to."""
        found = self._part(row, row + 1)[0]
        return Mark(row, float(found[0]), found[5:].copy())

    def _part(self, first: int, end: int) -> npt.NDArray[np.float64]:
        return self._rows[max(first - self._first, 0) : max(end - self._first, 0)]


def sway_between(start: Mark, end: Mark, rate_hz: float) -> Sway:
    """The sway of the rows behind `start` up to `end`."""
    count = end.row - start.row
    total = end.sums - start.sums
    mean = total[_shifted(_SUM)] / count
    up = mean / max(math.sqrt(float(mean[0] ** 2 + mean[1] ** 2 + mean[2] ** 2)), 1e-9)
    spread = _matrix(total[_shifted(_SQUARES)] / count) - np.outer(mean, mean)
    steps = _matrix(total[_shifted(_STEPS)])
    level = np.eye(3) - np.outer(up, up)
    flat = level @ spread @ level
    variance = max(float(np.trace(flat)), 0.0)
    # The third eigenvalue of `flat` is 0, so this is the product of the other two.
    determinant = max(0.5 * (variance**2 - float(np.trace(flat @ flat))), 0.0)
    return Sway(
        rms_m_s2=math.sqrt(variance),
        path_m_s2=float(total[_PATH - 5]),
        jerk_m2_s5=max(0.5 * rate_hz * float(np.trace(level @ steps @ level)), 0.0),
        ellipse_95_m2_s4=ELLIPSE_95 * math.sqrt(determinant),
    )


def mean_between(start: Mark, end: Mark) -> FloatArray:
    """(3,) mean (m/s²) of the rows behind `start` up to `end`."""
    return np.asarray((end.sums - start.sums)[_shifted(_SUM)] / (end.row - start.row))


def straying(start: Mark, middle: Mark, end: Mark) -> tuple[float, float]:
    """How far (RMS, m/s²) the rows from `middle` to `end` are from the mean of those before, and those about it."""
    before = (middle.sums - start.sums) / (middle.row - start.row)
    behind = (end.sums - middle.sums) / (end.row - middle.row)
    mean = before[_shifted(_SUM)]
    usual, now = (
        float(sums[_shifted(_SQUARES)][:3].sum() - 2.0 * (mean @ sums[_shifted(_SUM)]) + mean @ mean)
        for sums in (before, behind)
    )
    return math.sqrt(max(now, 0.0)), math.sqrt(max(usual, 0.0))


def _shifted(part: slice) -> slice:
    return slice(part.start - 5, part.stop - 5)


def _products(rows: FloatArray, out: FloatArray) -> None:
    """Products of the axes (n, 3) with each other, into `out` (n, 6)."""
    for column, (a, b) in enumerate(_PAIRS):
        out[:, column] = rows[:, a] * rows[:, b]


def _matrix(six: FloatArray) -> FloatArray:
    return np.array([[six[0], six[3], six[4]], [six[3], six[1], six[5]], [six[4], six[5], six[2]]])


def _across(step: FloatArray, low: FloatArray) -> FloatArray:
    """(n,) size of each step across the vertical, which `low` (n, 3) itself shows to within a degree or two."""
    (sx, sy, sz), (x, y, z) = step.T, low.T
    cx, cy, cz = sy * z - sz * y, sz * x - sx * z, sx * y - sy * x
    return np.asarray(np.sqrt((cx**2 + cy**2 + cz**2) / np.maximum(x**2 + y**2 + z**2, 1e-9)))
