"""When a shank or a foot leaves the ground and meets it: by the jerks that stand out from its own swinging."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.landings.resultant import crossing_s, norm_g, rise_s, row_at

RISE = 0.3
FOOT_OF_RISE = 0.15
"""A landing begins where its rise leaves 15 % of the peak, on the way to 30 %: toes that touch before the heel make a
first pulse of a third to a half of the peak."""
SWING_S = 0.1
STANDS_OUT = 1.5
"""A landing's jerk, and mostly its peak too, exceeds what the leg swung with in the last 0.1 s of flight by half at
least."""
JERK_S = 0.01
"""A leg that swings at 3 Hz takes 0.08 s from nought to all its force, and the ground 0.01–0.02 s: a soft landing after
a hard swing is no larger, but changes faster. Taken over this time, no sensor's noise comes near."""
SPIKE_RISE = 0.2
SPIKE_S = 0.09
"""The toes stand still until they leave the ground and must then catch up with the body: foot and shank show a spike,
20–60 ms wide at half its height (Phan et al. 2024), that starts as the toes leave. The half-sine of a push, were it as
short as 0.2 s, is wider than 0.1 s."""
SPIKE_G = 1.0
"""A body that flies for 0.25 s leaves at 1.2 m/s; a foot that reaches it within 0.12 s takes a mean of 1 g. What stands
out by less is a step's swing."""
BASE_S = (0.1, 0.05)
"""Before the spike's peak: where its rise is counted from."""
SHORTEST_S = 0.15
"""No flight is searched for a take-off this close to its landing."""


def contact_s(t_s: FloatArray, size_g: FloatArray, start: int) -> float | None:
    """When the landing's peak began to rise, at row `start` or later; None where none stands out."""
    peak_g = float(size_g[start:].max())
    swing_g = float(size_g[row_at(t_s, t_s[start] - SWING_S) : start + 1].max())
    if peak_g < STANDS_OUT * swing_g:
        return None
    high_g = max(RISE * peak_g, 1.25 * swing_g)
    low_s, _ = rise_s(t_s, size_g, start, high_g * FOOT_OF_RISE / RISE, high_g)
    return low_s


def jolted_s(t_s: FloatArray, acc_m_s2: FloatArray, start: int) -> float | None:
    """When the ground jerked the leg more than its own swing did, at row `start` or later; None where nothing did."""
    begin = row_at(t_s, t_s[start] - SWING_S)
    if begin == start:
        return None
    step = max(1, round(JERK_S * (start - begin) / float(t_s[start] - t_s[begin])))
    first, t_s, acc_m_s2 = start - begin - step, t_s[begin:], acc_m_s2[begin:]
    jerk = norm_g(acc_m_s2[step:] - acc_m_s2[:-step]) / (t_s[step:] - t_s[:-step])
    if first <= 0 or first >= len(jerk):
        return None
    swung, hardest = float(jerk[:first].max()), float(jerk[first:].max())
    if hardest < STANDS_OUT * swung:
        return None
    row = first + int((jerk[first:] >= max(STANDS_OUT * swung, RISE * hardest)).argmax())
    return float(0.5 * (t_s[row] + t_s[row + step]))


def takeoff_s(t_s: FloatArray, size_g: FloatArray, start: int, landed: int) -> float | None:
    """When the spike began with which the foot follows the body; None where there is none.

    The push lies around row `start`, the landing begins at row `landed`.
    """
    begin, end = row_at(t_s, t_s[start] - BASE_S[1]), row_at(t_s, t_s[landed] - SHORTEST_S)
    if end <= begin:
        return None
    peak_at = begin + int(size_g[begin:end].argmax())
    before = size_g[slice(*(row_at(t_s, t_s[peak_at] - shift_s) for shift_s in BASE_S))]
    if len(before) == 0:
        return None
    base_g, peak_g = float(np.mean(before)), float(size_g[peak_at])
    if peak_g < base_g + SPIKE_G:
        return None
    level_g, half_g = (base_g + share * (peak_g - base_g) for share in (SPIKE_RISE, 0.5))
    below_level, below_half = ((size_g[:peak_at] < limit_g).nonzero()[0] for limit_g in (level_g, half_g))
    falls = (size_g[peak_at:] < half_g).nonzero()[0]
    if len(below_level) == 0 or len(falls) == 0:
        return None
    if t_s[peak_at + int(falls[0])] - t_s[int(below_half[-1])] > SPIKE_S:
        return None
    return crossing_s(t_s, size_g, int(below_level[-1]) + 1, level_g)
