"""The instants of one excursion: leaving, arriving, leaving again, being back."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import backwards, plateaus_left_s

NEAR_SHARE = 0.1
"""Within a tenth of the way from an end counts as being there, roughly; the edges are then fitted."""


@dataclass(frozen=True, slots=True)
class OutAndBack:
    """Instants (s), in order, and for how long the signal was above half of its height (s)."""

    out_s: float
    there_s: float
    leave_s: float
    back_s: float
    above_half_s: float


def above_half_s(t_s: FloatArray, values: FloatArray, start: int, peak: int, end: int) -> float:
    """For how long (s) an excursion was above half of its height; arguments as of `find_instants`."""
    up, down = _half(values, start, peak), _half(values[::-1], len(values) - 1 - end, len(values) - 1 - peak)
    return float(t_s[len(values) - 1 - down] - t_s[up])


def find_instants(t_s: FloatArray, values: FloatArray, start: int, peak: int, end: int) -> OutAndBack:
    """The instants of an excursion of `values` (n,) with its lows at rows `start` and `end` and its height at `peak`.

    Rows before `start` and after `end` may show the plateaus there.
    """
    last = len(values) - 1
    out = _leg(t_s, values, peak, start)
    back = _leg(-t_s[::-1], values[::-1], last - peak, last - end)
    fitted = iter(plateaus_left_s([edge for edge in (*out.edges, *back.edges) if len(edge[0]) > 1]))
    out_s, reached_s, back_s, left_s = (
        next(fitted) if len(t) > 1 else float(t[0]) for t, _ in (*out.edges, *back.edges)
    )
    there_s, leave_s, back_s = -reached_s, left_s, -back_s
    middle_s = float(np.clip(t_s[peak], out.half_s, -back.half_s))
    there_s, leave_s = min(there_s, middle_s), max(leave_s, middle_s)
    if leave_s < there_s:
        there_s = leave_s = middle_s
    return OutAndBack(out_s, there_s, leave_s, back_s, -back.half_s - out.half_s)


@dataclass(frozen=True, slots=True)
class _Leg:
    """One way of an excursion: the edges at its low and at its height, the latter backwards, both as for
    `plateaus_left_s` but for those of one row, which are known to no more than that; and when it was half up (s).
    """

    edges: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    half_s: float


def _leg(t_s: FloatArray, values: FloatArray, peak: int, start: int) -> _Leg:
    """The way from `start` to `peak`, in the direction of time given."""
    low, high = float(values[start]), float(values[peak])
    rise = high - low
    half = _half(values, start, peak)
    near_low = np.flatnonzero(values[start : half + 1] <= low + NEAR_SHARE * rise)
    up10 = start + (int(near_low[-1]) if near_low.shape[0] else 0)
    up90 = half + int((values[half : peak + 1] >= high - NEAR_SHARE * rise).argmax())
    width = max(up90 - up10, 3)
    begin = max(up10 - 2 * width, 0)
    leaves = slice(begin, half + 1) if half - begin > 3 else slice(up10, up10 + 1)
    fallen = values[up90:] < high - NEAR_SHARE * rise
    beyond = int(fallen.argmax())
    falls = up90 + beyond if fallen[beyond] else len(values)
    last = min(up90 + 2 * width, (up90 + falls) // 2 if falls > up90 + 1 else up90 + 1, len(values) - 1)
    reaches = slice(half, last + 1) if last - half > 3 else slice(up90, up90 + 1)
    edges = (t_s[leaves], values[leaves]), backwards(t_s[reaches], values[reaches])
    return _Leg(edges, float(t_s[half]))


def _half(values: FloatArray, start: int, peak: int) -> int:
    """The first row from `start` on at which half of the way to `peak` is done."""
    return start + int((values[start : peak + 1] >= 0.5 * (values[start] + values[peak])).argmax())
