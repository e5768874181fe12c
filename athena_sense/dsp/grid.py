"""Uneven samples → a uniform grid. Each cell is the mean of the signal over its own span of time.

Averaging the straight lines between samples over a cell is exact for any spacing, passes no sample by, and is
the anti-alias filter (sinc, first zero at the grid rate) when the grid is slower than the sensor.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

BRIDGED_S = 0.25
"""A hole up to this long is bridged by a straight line, a longer one is a gap. Slow voluntary movement lies below
2 Hz, so a quarter of its period is the longest stretch over which a line is still the movement; lost packets
of a few samples are far shorter."""

CUT_ROWS = 16384
"""So many rows of seven channels stay in the processor's cache."""
FEW_EDGES = 64
"""So few are looked for as quickly."""


class UniformGrid:
    """Streams rows of any number of channels onto cells of 1/`rate_hz` s. The same rows for any cut.

    Rows come out as they are worked on, one channel's after the other's in memory: numpy is quick along long runs, and
    slow through three numbers of every row.
    """

    def __init__(self, rate_hz: float, longest_step_s: float) -> None:
        """Cells of 1/`rate_hz` s; a step longer than `longest_step_s` (s) is a gap."""
        self._cell_s = 1.0 / rate_hz
        self._longest_step_s = longest_step_s
        self._last_t = -np.inf
        self._last: FloatArray = np.empty((0, 1))
        self._area: FloatArray = np.empty((0, 1))
        self._origin = 0.0
        self._next_edge = 0
        self._area_at_edge: FloatArray = np.empty((0, 1))

    def feed(self, t_s: FloatArray, *signals: FloatArray) -> Iterator[tuple[bool, FloatArray, FloatArray]]:
        """Yield (starts after a gap, cell centres (n,) s, cell means (n, channels)) for each unbroken stretch,
        long ones in parts.

        `t_s` (m,) s strictly increasing, `signals` (m, some of the channels) each.
        """
        if t_s.shape[0] == 0:
            return
        steps = np.diff(t_s, prepend=self._last_t)
        starts = np.flatnonzero(steps > self._longest_step_s)
        cuts = {*starts.tolist(), *range(0, t_s.shape[0], CUT_ROWS)}
        bounds = [0, *sorted(cuts - {0}), t_s.shape[0]]
        for first, end in pairwise(bounds):
            fresh = bool(steps[first] > self._longest_step_s)
            if fresh:
                self._begin(t_s[first], np.concatenate([rows[first] for rows in signals]))
            yield fresh, *self._stretch(t_s[first:end], [rows[first:end].T for rows in signals])

    def _begin(self, t_s: float, row: FloatArray) -> None:
        self._origin, self._next_edge = t_s, 1
        self._last_t, self._last = t_s, row[:, None]
        self._area = self._area_at_edge = np.zeros_like(self._last)

    def _stretch(self, t_s: FloatArray, channels: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
        t = np.concatenate(([self._last_t], t_s))
        x = np.empty((self._last.shape[0], t.shape[0]))
        x[:, :1] = self._last
        np.concatenate(channels, out=x[:, 1:])
        step = np.diff(t)
        area = np.empty_like(x)
        area[:, :1] = self._area
        np.add(x[:, :-1], x[:, 1:], out=area[:, 1:])
        area[:, 1:] *= 0.5 * step
        np.cumsum(area, axis=1, out=area)
        self._last_t, self._last, self._area = t[-1], x[:, -1:], area[:, -1:].copy()

        count = int(np.floor((t[-1] - self._origin) / self._cell_s)) - self._next_edge + 2
        numbers = np.arange(self._next_edge, self._next_edge + max(count, 0), dtype=np.float64)
        edges = self._origin + numbers * self._cell_s
        edges = edges[: int(np.searchsorted(edges, t[-1], side="right"))]
        # An edge that falls on a sample belongs to the line before it, which is here whatever the cut.
        left = _last_before(t, edges)
        into = edges - t[left]
        here = x.take(left, axis=1)
        partly = x.take(left + 1, axis=1)
        partly -= here
        partly *= 0.5 * (into / step[left])
        partly += here
        partly *= into
        at_edges = np.concatenate((self._area_at_edge, area.take(left, axis=1)), axis=1)
        at_edges[:, 1:] += partly
        self._next_edge += edges.shape[0]
        self._area_at_edge = at_edges[:, -1:]
        centres: FloatArray = np.asarray(edges - 0.5 * self._cell_s, np.float64)
        cells = at_edges[:, 1:] - at_edges[:, :-1]
        cells /= self._cell_s
        return centres, cells.T


def _last_before(t: FloatArray, edges: FloatArray) -> npt.NDArray[np.intp]:
    """The row of the last of the times `t` (n,) before each of `edges` (m,), both in order."""
    if edges.shape[0] > FEW_EDGES:
        # Where samples are even, they lie where they are expected, which is quicker than to look for them.
        rows = ((edges - t[0]) * ((t.shape[0] - 1) / (t[-1] - t[0]))).astype(np.intp)
        np.minimum(rows, t.shape[0] - 2, out=rows)
        rows -= t[rows] >= edges
        np.maximum(rows, 0, out=rows)
        rows += t[rows + 1] < edges
        if (t[rows] < edges).all() and (t[rows + 1] >= edges).all():
            return np.asarray(rows)
    return np.asarray(np.searchsorted(t, edges, side="left") - 1)
