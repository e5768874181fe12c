"""When a trunk or a thigh leaves the ground and meets it: the force on it comes from the ground, and goes with it."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.landings.resultant import crossing_s, norm_g, row_at
from athena_sense.units import STANDARD_GRAVITY_M_S2

HIGH_G, LOW_G = 1.0, 0.5
EXTENDED_S = 0.03
"""An instant is where the line through body weight and half of it reaches zero, at most 0.03 s on. A take-off falls,
and a landing rises, through these within 40 ms; half is above what still swings in flight (0.2–0.3 g at the pelvis)."""
TURN_G = 0.1
"""Where the resultant rises again by this much, going back from a landing, flesh or a pocket swung in flight."""
PUSH_SHARE = 0.5
PUSH_S = 0.1
"""Still pushing: half of the hardest 0.1 s. Soft tissue that rings on after take-off stays below."""
REVERSAL_S = 0.08
FULL_REVERSAL_G = 3.0
"""Hips and trunk end their stretch before knees and ankles do (Bobbert & van Ingen Schenau 1988, J Biomech 21:249): a
trunk that is thrown back against the legs has no force on it before the toes leave. Free fall takes away no more than
1 g; what goes beyond is such a reversal. At 3 g the toes leave at its peak (phone at the sternum beside a force plate,
Mascia et al. 2021), and the slighter it is, the nearer to its start (pelvis, Phan et al. 2024)."""
SPRING_ANGLE = np.linspace(1.5, 0.05, 291)
SPRING_MEAN_G = np.cos(SPRING_ANGLE) / (np.sin(SPRING_ANGLE) * (0.5 * np.pi - SPRING_ANGLE))
"""Half a sine is the force of a leg that bounces as a spring (Patoz et al. 2021, doi 10.3389/fbioe.2021.687951): from
the angle on at which it exceeds body weight, its mean there. A leg that pushes to the end lets go faster, none slower.
A runner's trunk is under body weight from when a force plate says so, within some ms, but is then held back by what
arms and legs do against it (sacral acceleration beside a force plate, Alcantara et al. 2022)."""


def contact_s(t_s: FloatArray, size_g: FloatArray, start: int) -> float:
    """When the force rose from nought to body weight, which it reaches at row `start` or later."""
    high = start + int((size_g[start:] >= HIGH_G).argmax())
    back_g = size_g[: high + 1][::-1]
    lowest_g = np.minimum.accumulate(back_g)
    turn = int(((back_g > lowest_g + TURN_G) | (back_g < LOW_G)).argmax())
    if back_g[turn] >= LOW_G:
        return float(t_s[high - int(back_g[: turn + 1].argmin())])
    low_s = crossing_s(t_s, size_g, high - turn + 1, LOW_G)
    return low_s - _extended_s(crossing_s(t_s, size_g, high, HIGH_G) - low_s)


def _extended_s(between_s: float) -> float:
    """How far the line goes on (s) from half of body weight to zero."""
    return min(between_s * LOW_G / (HIGH_G - LOW_G), EXTENDED_S)


def takeoff_s(t_s: FloatArray, acc_m_s2: FloatArray, start: int, first: int, landed: int) -> float | None:
    """When the force that pushed off, along its own direction, was gone.

    The push lies around row `start` and is over by row `first`; the landing begins at row `landed`.
    """
    along_g, middle = _along_the_push(t_s, acc_m_s2, start, first, landed)
    peak_g = float(along_g[middle : first + 1].max())
    if peak_g <= 0.0:
        return None
    # Who steps off does not push: the force falls from body weight.
    weight_g = min(1.0, peak_g)
    pushing = (along_g[middle : first + 1] >= max(PUSH_SHARE * peak_g, weight_g)).nonzero()[0]
    after = middle + int(pushing[-1]) + 1
    high_g, low_g = 0.999 * weight_g * HIGH_G, weight_g * LOW_G
    high = after + int((along_g[after:landed] < high_g).argmax()) if after < landed else landed
    gone = (along_g[high:landed] < low_g).nonzero()[0]
    if len(gone) == 0:
        return None
    low = high + int(gone[0])
    low_s = crossing_s(t_s, along_g, low, low_g)
    gone_s = low_s + _extended_s(low_s - crossing_s(t_s, along_g, high, high_g))
    gone_s = min(gone_s, _slowest_s(t_s, along_g, middle, high))
    return _thrown_back_s(t_s, acc_m_s2, along_g, low, gone_s)


def _slowest_s(t_s: FloatArray, along_g: FloatArray, middle: int, high: int) -> float:
    """The latest take-off: that of a spring which stretches as long, and with the same mean force over body weight.

    The push lies around row `middle`, and the force is under body weight from row `high` on. A spring begins to stretch
    where half of the impulse has been given: it turned what came down.
    """
    light = (along_g[:middle] < HIGH_G).nonzero()[0]
    begin = int(light[-1]) + 1 if len(light) else 0
    given = (along_g[begin:high] - HIGH_G).cumsum()
    if len(given) == 0 or given[-1] <= 0.0:
        return float("inf")
    half = int(given.searchsorted(0.5 * given[-1]))
    crossed_s = crossing_s(t_s, along_g, high, HIGH_G)
    mean_g = HIGH_G + (given[-1] - (given[half - 1] if half else 0.0)) / (len(given) - half)
    angle = float(np.interp(mean_g, SPRING_MEAN_G, SPRING_ANGLE))
    return crossed_s + (crossed_s - float(t_s[begin + half])) * angle / (0.5 * np.pi - angle)


def _thrown_back_s(t_s: FloatArray, acc_m_s2: FloatArray, along_g: FloatArray, low: int, gone_s: float) -> float:
    """The take-off: when the force was gone or, as far as the trunk is then thrown back, at the peak of that."""
    back = slice(low, max(low + 1, row_at(t_s, gone_s + REVERSAL_S)))
    reversal_g = -float(along_g[back].min())
    share = min(1.0, max(0.0, (reversal_g - 1.0) / (FULL_REVERSAL_G - 1.0)))
    peak_s = float(t_s[low + int(norm_g(acc_m_s2[back]).argmax())])
    return gone_s + share * max(0.0, peak_s - gone_s)


def _along_the_push(
    t_s: FloatArray, acc_m_s2: FloatArray, start: int, first: int, landed: int
) -> tuple[FloatArray, int]:
    """(n,) force (g) along the direction of the hardest `PUSH_S` around row `start` to `first`, and its middle row."""
    begin, end = row_at(t_s, t_s[start] - PUSH_S), min(row_at(t_s, t_s[first] + PUSH_S), landed)
    span = max(1, row_at(t_s, t_s[begin] + PUSH_S) - begin)
    sums = np.zeros((end - begin + 1, 3))
    np.cumsum(acc_m_s2[begin:end], axis=0, out=sums[1:])
    means = (sums[span:] - sums[:-span]) / span
    sizes_g = norm_g(means)
    hardest = int(sizes_g.argmax())
    push = means[hardest] / max(float(sizes_g[hardest]) * STANDARD_GRAVITY_M_S2, 1e-9)
    x, y, z = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
    along_g = (x * push[0] + y * push[1] + z * push[2]) / STANDARD_GRAVITY_M_S2
    return np.asarray(along_g), min(begin + hardest + span // 2, first)
