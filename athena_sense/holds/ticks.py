"""Ticks of a tenth of a second, in which stances are judged: where the acceleration was, and the largest jolt."""

import math

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.holds.sway import SwayRows

TICK_S = 0.1
KEPT, MOST = 1000, 4000
"""Ticks that may be looked back at, and how many there may be before older ones are forgotten."""
Vector = tuple[float, float, float]


class Ticks:
    """The last ticks by their number, as running sums, so that any stretch of them is told in one step."""

    def __init__(self, rate_hz: float) -> None:
        self._size = max(1, round(TICK_S * rate_hz))
        self._sums: list[tuple[float, float, float, float]] = [(0.0, 0.0, 0.0, 0.0)]
        self._jolts: list[tuple[float, int, int]] = []
        """Of each tick: its largest jolt (m/s²), the row of that, and its own first row."""
        self._offset = 0
        self.row = 0
        """The row behind the last tick."""

    @property
    def end(self) -> int:
        """Number of the tick that comes next."""
        return self._offset + len(self._jolts)

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
        sums = np.cumsum(np.concatenate((np.array(self._sums[-1:]), told)), axis=0)
        self._sums += map(tuple, sums[1:].tolist())
        starts = np.arange(first, last, self._size)
        largest = zip(
            jolts.max(axis=1).tolist(), (starts + jolts.argmax(axis=1)).tolist(), starts.tolist(), strict=True
        )
        self._jolts += largest
        self.row = last

    def skip_to(self, row: int) -> None:
        """The next tick begins at `row`: what is left before it, at a gap, makes none."""
        self.row = row

    def forget(self) -> None:
        """Let go of what lies further back than anyone may look."""
        if len(self._jolts) > MOST:
            spare = len(self._jolts) - KEPT
            self._sums, self._jolts, self._offset = self._sums[spare:], self._jolts[spare:], self._offset + spare

    def spread(self, first: int, end: int) -> float:
        """RMS (m/s²) of ticks first … end−1 about their mean."""
        n = end - first
        a, b = self._sums[first - self._offset], self._sums[end - self._offset]
        x, y, z = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        return math.sqrt(max((b[3] - a[3]) / n - (x * x + y * y + z * z) / (n * n), 0.0))

    def place(self, first: int, end: int) -> Vector:
        """Mean (m/s²) of ticks first … end−1: which way the trunk leans."""
        n = end - first
        a, b = self._sums[first - self._offset], self._sums[end - self._offset]
        return (b[0] - a[0]) / n, (b[1] - a[1]) / n, (b[2] - a[2]) / n

    def jolt(self, tick: int) -> tuple[float, int]:
        """The largest jolt (m/s²) of a tick, and its row."""
        size, row, _ = self._jolts[tick - self._offset]
        return size, row

    def jolts(self, first: int, end: int) -> list[float]:
        """The largest jolt (m/s²) of each of ticks first … end−1."""
        return [size for size, _, _ in self._jolts[first - self._offset : end - self._offset]]

    def row_of(self, tick: int) -> int:
        """First row of a tick, or of the next one to come."""
        return self._jolts[tick - self._offset][2] if tick < self.end else self.row


def apart(a: Vector, b: Vector) -> float:
    """Distance of two places (m/s²)."""
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)


def _summed(blocks: FloatArray) -> FloatArray:
    """Sum over the second axis, in order."""
    total = blocks[:, 0].copy()
    for k in range(1, blocks.shape[1]):
        total += blocks[:, k]
    return total
