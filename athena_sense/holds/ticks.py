"""Ticks of a tenth of a second, in which stances are judged: where the acceleration was, and the largest jolt."""

import math
from collections.abc import Sequence

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.holds.sway import SwayRows

TICK_S = 0.1
WINDOW, NEAR = 10, 3
"""Ticks of the window in which movement is judged: one second, about a period of the sway's quicker part; and of where
the body is now."""
KEPT, MOST = 1000, 4000
"""Ticks that may be looked back at, and how many there may be before older ones are forgotten."""
Vector = Sequence[float]
"""Three axes (m/s²)."""


class Ticks:
    """The last ticks by their number, as running sums, so that any stretch of them is told in one step."""

    def __init__(self, rate_hz: float) -> None:
        self._size = max(1, round(TICK_S * rate_hz))
        # Columns of plain numbers: many small lists would keep the garbage collector busy.
        self._sums: tuple[list[float], ...] = ([0.0], [0.0], [0.0], [0.0])
        self._jolts: list[float] = []
        """Of each tick: its largest jolt (m/s²), the row of that, and its own first row."""
        self._jolt_rows: list[int] = []
        self._starts: list[int] = []
        self._moving: list[float] = []
        self._near: tuple[list[float], ...] = ([], [], [])
        self._offset = 0
        self.end = 0
        """Number of the tick that comes next."""
        self.row = 0
        """The row behind the last tick."""

    def take(self, rows: SwayRows, end: int) -> None:
        """Make ticks of the rows up to `end`, as many as are whole."""
        count = (end - self.row) // self._size
        if count <= 0:
            return
        first, last = self.row, self.row + count * self._size
        low = rows.low(first, last).reshape(count, self._size, 3)
        jolts = rows.jolts(first, last).reshape(count, self._size)
        mean = _summed(low) / self._size
        x, y, z = mean[:, 0], mean[:, 1], mean[:, 2]
        told = np.column_stack((mean, x * x + y * y + z * z))
        last_sums = np.array([[column[-1] for column in self._sums]])
        sums = np.cumsum(np.concatenate((last_sums, told)), axis=0)
        self._move(sums)
        for column, values in zip(self._sums, sums[1:].T.tolist(), strict=True):
            column += values
        starts = np.arange(first, last, self._size)
        self._jolts += jolts.max(axis=1).tolist()
        self._jolt_rows += (starts + jolts.argmax(axis=1)).tolist()
        self._starts += starts.tolist()
        self.row, self.end = last, self.end + count

    def _move(self, sums: FloatArray) -> None:
        """Of each new tick: how the second up to it moved, and the place of the last three ticks."""
        before = np.array([column[-WINDOW - 1 : -1] for column in self._sums]).T
        fill = np.repeat(np.concatenate((before, sums))[:1], WINDOW - len(before), axis=0)
        told = np.concatenate((fill, before, sums))
        n = len(sums) - 1
        end = told[WINDOW + 1 :]
        second = end - told[1 : 1 + n]
        x, y, z = second[:, 0], second[:, 1], second[:, 2]
        spread = np.sqrt(np.maximum(second[:, 3] / WINDOW - (x * x + y * y + z * z) / WINDOW**2, 0.0))
        near = (end - told[WINDOW - 2 : WINDOW - 2 + n]) / NEAR
        self._moving += spread.tolist()
        for column, values in zip(self._near, near[:, :3].T.tolist(), strict=True):
            column += values

    def skip_to(self, row: int) -> None:
        """The next tick begins at `row`: what is left before it, at a gap, makes none."""
        self.row = row

    def forget(self) -> None:
        """Let go of what lies further back than anyone may look."""
        if len(self._jolts) > MOST:
            spare = len(self._jolts) - KEPT
            for floats in (*self._sums, *self._near, self._jolts, self._moving):
                del floats[:spare]
            del self._jolt_rows[:spare], self._starts[:spare]
            self._offset += spare

    def moving(self, now: int) -> tuple[float, Vector]:
        """RMS (m/s²) of the second before tick `now` about its mean, and the mean of its last 0.3 s."""
        at = now - 1 - self._offset
        x, y, z = self._near
        return self._moving[at], (x[at], y[at], z[at])

    def spread(self, first: int, end: int) -> float:
        """RMS (m/s²) of ticks first … end−1 about their mean."""
        n, a, b = end - first, first - self._offset, end - self._offset
        xs, ys, zs, squares = self._sums
        x, y, z = xs[b] - xs[a], ys[b] - ys[a], zs[b] - zs[a]
        return math.sqrt(max((squares[b] - squares[a]) / n - (x * x + y * y + z * z) / (n * n), 0.0))

    def place(self, first: int, end: int) -> Vector:
        """Mean (m/s²) of ticks first … end−1: which way the trunk leans."""
        n, a, b = end - first, first - self._offset, end - self._offset
        xs, ys, zs, _ = self._sums
        return (xs[b] - xs[a]) / n, (ys[b] - ys[a]) / n, (zs[b] - zs[a]) / n

    def jolt(self, tick: int) -> tuple[float, int]:
        """The largest jolt (m/s²) of a tick, and its row."""
        return self._jolts[tick - self._offset], self._jolt_rows[tick - self._offset]

    def jolts(self, first: int, end: int) -> list[float]:
        """The largest jolt (m/s²) of each of ticks first … end−1."""
        return self._jolts[first - self._offset : end - self._offset]

    def sums(self, first: int, end: int) -> FloatArray:
        """(n + 1, 4) running sums of the mean and of its square, from before tick `first` to behind tick end−1."""
        return np.array([column[first - self._offset : end - self._offset + 1] for column in self._sums]).T

    def row_of(self, tick: int) -> int:
        """First row of a tick, or of the next one to come."""
        return self._starts[tick - self._offset] if tick < self.end else self.row


def _summed(blocks: FloatArray) -> FloatArray:
    """Sum over the second axis, in order."""
    total = blocks[:, 0].copy()
    for k in range(1, blocks.shape[1]):
        total += blocks[:, k]
    return total
