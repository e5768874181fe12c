"""Position-like signals: extremal where a movement turns round, whatever kind of movement it is.

Acceleration with gravity shows inclination when the movement is slow and −ω² × displacement when it is quick.
With a gyroscope, inclination is known by itself, and so is the angle turned about the vertical. Times g all are
in m/s², and of one size for a limb that tilts.
"""

import math

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.units import STANDARD_GRAVITY_M_S2

LOW_PASS_HZ = 2.0
"""Passes the fundamental of two reps a second, damps impacts and trembling (physiological tremor: 8–12 Hz)."""
SETTLED_TAUS = 6.6
"""After so many time constants the second-order response is down to 1 %: (1 + 6.6) · exp(−6.6)."""
LEAK_S = 8.0
"""The angle about the vertical is forgotten with this time constant: a bias of 1 °/s moves it by no more than 8°,
and it fades by less than half in a hold of five seconds."""
LONGEST_BRIDGE_S = 5.0
"""A gap up to this long is bridged by a line, and marked, so that a set goes on behind it; most reps are shorter."""
LEAK_ROWS = 256
"""The leak is applied to so many rows in one go: 10 s at 25 Hz, so that nothing grows large (e³ at 10 Hz)."""
KEPT_S = 150.0
"""How far anyone may look back."""


class LowPass:
    """Causal smoothing of rows (n, c) by a critically damped second-order low-pass, its response cut off at 1 %.

    Plain elementwise sums, so that the cut of the stream cannot change a bit. Starts in equilibrium with its first
    row. `delay_rows`: by how much slow movement comes late, to be subtracted from a row number.
    """

    def __init__(self, cutoff_hz: float, rate_hz: float) -> None:
        # Half the power at the cut-off: |H|² = 1 / (1 + (ω·tau)²)².
        tau_rows = math.sqrt(math.sqrt(2.0) - 1.0) / (2.0 * math.pi * cutoff_hz) * rate_hz
        k = np.arange(math.ceil(SETTLED_TAUS * tau_rows) + 1)
        taps = (k + 1.0) * np.exp(-k / tau_rows)
        self._taps = taps / taps.sum()
        self.delay_rows = float((k * self._taps).sum())
        self._past: FloatArray | None = None

    def feed(self, rows: FloatArray) -> FloatArray:
        """The smoothed rows."""
        if not len(rows):
            return rows
        past = self._past if self._past is not None else np.repeat(rows[:1], len(self._taps) - 1, axis=0)
        x = np.concatenate((past, rows))
        self._past = x[len(rows) :]
        last = len(self._taps) - 1
        smooth: FloatArray = self._taps[0] * x[last:]
        share = np.empty_like(smooth)
        for k in range(1, last + 1):
            smooth += np.multiply(self._taps[k], x[last - k : len(x) - k], out=share)
        return smooth


class PositionRows:
    """The last rows of position signals, by row number. Rows are equally spaced, but for gaps too long to bridge.

    A row holds time, up (3), whether it bridges a gap, and the signals: acceleration (3); with a gyroscope also
    g × up (3) and g × the angle turned about the vertical. Behind them it holds what was felt, not smoothed.
    """

    def __init__(self, rate_hz: float, has_gyroscope: bool) -> None:
        self.rate_hz = rate_hz
        self._with_gyroscope = has_gyroscope
        self._keep = round(KEPT_S * rate_hz)
        self._width = 12 if has_gyroscope else 8
        self._table: FloatArray = np.empty((2 * self._keep, self._width + (6 if has_gyroscope else 3)))
        self._first = self._count = 0
        # Instead of earlier turns fading, later ones grow; a block of them is a plain sum.
        self._growth = np.exp(np.arange(1, LEAK_ROWS + 1) / (rate_hz * LEAK_S))
        self.start_stretch()

    def start_stretch(self) -> None:
        """Forget what the filters know: what follows is not connected to what was."""
        self.stretch_start = self.end
        self._last: FloatArray = np.empty((0, 10 if self._with_gyroscope else 7))
        self._filter = LowPass(LOW_PASS_HZ, self.rate_hz)
        self._grown = 0.0
        self._leaked = 0

    @property
    def end(self) -> int:
        """Number of the row that comes next."""
        return self._first + self._count

    def continues(self, t_s: float) -> bool:
        """Whether a sample at `t_s` still belongs to this stretch, or the gap before it is too long to bridge."""
        return not len(self._last) or t_s - float(self._last[0, 0]) <= LONGEST_BRIDGE_S

    def append(self, motion: Motion, first: int, end: int) -> None:
        """Take rows first … end−1 of `motion`; a gap may lie before `first`, and none behind it."""
        parts = [motion.t_s[first:end, None], motion.up[first:end], motion.acc_m_s2[first:end]]
        if motion.gyr_rad_s is not None:
            parts.append(motion.gyr_rad_s[first:end])
        rows = np.concatenate(parts, axis=1)
        if motion.after_gap[first] and len(self._last):
            missing = round((rows[0, 0] - self._last[0, 0]) * self.rate_hz) - 1
            share = (np.arange(1, missing + 1) / (missing + 1))[:, None]
            self._store(self._last + share * (rows[0] - self._last), 1.0)
        self._store(rows, 0.0)

    def _store(self, rows: FloatArray, bridged: float) -> None:
        if not len(rows):
            return
        self._last = rows[-1:].copy()
        signals = rows[:, 4:7]
        if self._with_gyroscope:
            up, rate = rows[:, 1:4], rows[:, 7:]
            about_up = rate[:, 0] * up[:, 0] + rate[:, 1] * up[:, 1] + rate[:, 2] * up[:, 2]
            signals = np.column_stack((signals, STANDARD_GRAVITY_M_S2 * up, self._integrate(about_up)))
        count = self._count + len(rows)
        if count > len(self._table):
            self._table = np.concatenate((self._table[: self._count], np.empty((count, self._table.shape[1]))))
        fresh = self._table[self._count : count]
        fresh[:, :4], fresh[:, 4], fresh[:, 5 : self._width] = rows[:, :4], bridged, self._filter.feed(signals)
        fresh[:, self._width :] = rows[:, 4:]
        self._count = count

    def _integrate(self, rate_rad_s: FloatArray) -> FloatArray:
        """Leaky integral of an angular rate (n,), times g: y = leak · y before + step.

        Within blocks that are counted from the start of the stretch, it is a plain sum of steps that grow.
        """
        angle = STANDARD_GRAVITY_M_S2 / self.rate_hz * rate_rad_s
        start = 0
        while start < len(angle):
            part = angle[start : start + LEAK_ROWS - self._leaked]
            growth = self._growth[self._leaked : self._leaked + len(part)]
            part *= growth
            part[0] += self._grown
            np.cumsum(part, out=part)
            self._grown = float(part[-1])
            part /= growth
            self._leaked += len(part)
            start += len(part)
            if self._leaked == LEAK_ROWS:
                self._grown, self._leaked = float(part[-1]), 0
        return angle

    def forget(self) -> None:
        """Let go of what lies further back than anyone may look."""
        spare = self._count - self._keep
        if spare > self._keep // 2:
            self._table[: self._keep] = self._table[spare : self._count].copy()
            self._first, self._count = self._first + spare, self._keep

    def signals(self, first: int, end: int, step: int = 1) -> FloatArray:
        """Position signals (n, c) in m/s², smoothed; means of `step` rows each, counted back from the end."""
        count = (end - first) // step
        rows = self._part(end - count * step, end)[:, 5 : self._width]
        if step == 1:
            return rows
        total = rows[::step] + rows[1::step]
        for k in range(2, step):
            total += rows[k::step]
        return total / step

    def time_s(self, row: int) -> float:
        """Time of what `signals` shows in a row: its lag is subtracted."""
        return float(self._table[row - self._first, 0]) - self._filter.delay_rows / self.rate_hz

    def up(self, first: int, end: int) -> FloatArray:
        """Inclination (n, 3) at the times of `time_s`."""
        lag = round(self._filter.delay_rows)
        return self._part(max(first - lag, self.stretch_start), end - lag)[:, 1:4]

    def felt(self, first: int, end: int) -> tuple[FloatArray, FloatArray | None, FloatArray]:
        """What is not smoothed: acceleration (n, 3) m/s², rate of turn (n, 3) rad/s if there is one, and up (n, 3)."""
        rows = self._part(max(first, self.stretch_start), end)
        felt = rows[:, self._width :]
        return felt[:, :3], felt[:, 3:] if self._with_gyroscope else None, rows[:, 1:4]

    def bridged(self, first: int, end: int) -> bool:
        """Whether any of these rows stands in for samples that are missing."""
        return bool(self._part(first, end)[:, 4].any())

    def _part(self, first: int, end: int) -> FloatArray:
        return self._table[max(first - self._first, 0) : min(max(end - self._first, 0), self._count)]
