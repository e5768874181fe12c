"""The instants of one excursion: leaving, arriving, leaving again, being back."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import leaves_plateau_s, reaches_plateau_s

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


def find_instants(t_s: FloatArray, values: FloatArray, start: int, peak: int, end: int) -> OutAndBack:
    """The instants of an excursion of `values` (n,) with its lows at rows `start` and `end` and its height at `peak`.

    Rows before `start` and after `end` may show the plateaus there.
    """
    out = _leg(t_s, values, peak, start)
    mirrored_s, mirrored = -t_s[::-1], values[::-1]
    last = len(values) - 1
    back = _leg(mirrored_s, mirrored, last - peak, last - end)
    out_s, there_s, half_up_s = out
    back_s, leave_s, half_down_s = (-instant for instant in back)
    middle_s = float(np.clip(t_s[peak], half_up_s, half_down_s))
    there_s, leave_s = min(there_s, middle_s), max(leave_s, middle_s)
    if leave_s < there_s:
        there_s = leave_s = middle_s
    return OutAndBack(out_s, there_s, leave_s, back_s, half_down_s - half_up_s)


def _leg(t_s: FloatArray, values: FloatArray, peak: int, start: int) -> tuple[float, float, float]:
    """(left the low, reached the height, crossed half of the way), in the direction of time given."""
    low, high = values[start], values[peak]
    rise = high - low
    rising = values[start : peak + 1]
    half = start + int(np.argmax(rising >= low + 0.5 * rise))
    near_low = np.flatnonzero(values[start : half + 1] <= low + NEAR_SHARE * rise)
    up10 = start + (int(near_low[-1]) if near_low.shape[0] else 0)
    up90 = half + int(np.argmax(values[half : peak + 1] >= high - NEAR_SHARE * rise))
    width = max(up90 - up10, 3)
    begin = max(up10 - 2 * width, 0)
    leaves = leaves_plateau_s(t_s[begin : half + 1], values[begin : half + 1]) if half - begin > 3 else t_s[up10]
    beyond = np.flatnonzero(values[up90:] < high - NEAR_SHARE * rise)
    falls = up90 + int(beyond[0]) if beyond.shape[0] else len(values)
    last = min(up90 + 2 * width, (up90 + falls) // 2 if falls > up90 + 1 else up90 + 1, len(values) - 1)
    reaches = reaches_plateau_s(t_s[half : last + 1], values[half : last + 1]) if last - half > 3 else t_s[up90]
    return float(leaves), float(reaches), float(t_s[half])
