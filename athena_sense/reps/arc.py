"""A limb that turns to and fro on an arc: its angle in the arc's plane, and the edges of its two ways.

The plane is found from the data, so any mounting will do.
"""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import leaves_plateau_s, reaches_plateau_s
from athena_sense.units import DEG_PER_RAD

LEVEL_SHARE = 0.1
"""Within a tenth of the range from an end the limb counts as being on that plateau, roughly; edges are then fitted."""
STEADY_SHARE = 0.35
"""A window on an edge reaches this far into the movement: past the run-up, before the speed has changed much."""


def arc_angle_deg(up: FloatArray, arc: slice, low: int, high: int) -> tuple[FloatArray, float]:
    """Angle (n,) in the plane in which the inclination `up` (n, 3) swings over the rows `arc`, growing from row `low`
    to row `high`; and how far the arc leaves that plane (deg)."""
    rows = up[arc]
    middle = unit(rows.sum(axis=0))
    # One step of the power method from the chord: the direction in which the arc spreads.
    chord = up[high] - up[low]
    along = (rows - middle).T @ ((rows - middle) @ chord)
    along = unit(along - middle * (along @ middle))
    x, y, z = middle
    normal = np.array([y * along[2] - z * along[1], z * along[0] - x * along[2], x * along[1] - y * along[0]])
    angle = np.arctan2(up @ along, up @ middle) * DEG_PER_RAD
    return angle, float(np.arcsin(min(np.abs(rows @ normal).max(), 1.0))) * DEG_PER_RAD


def raising_s(
    t_s: FloatArray, angle: FloatArray, start: int, top: int, bottom: int, known_s: float | None
) -> tuple[float, float]:
    """When a raise left its bottom and reached its top (s).

    `angle` (n,) is high at the top; `start`, `top`: rows of the turn-arounds around it, `bottom`: the row up to which
    the top may last. `known_s`: when it left, where that is known.
    """
    base, rise = angle[start], angle[top] - angle[start]
    up10 = _last(angle[start:top] <= base + LEVEL_SHARE * rise) + start
    up50 = _first(angle[up10 : top + 1] >= base + 0.5 * rise) + up10
    up90 = _first(angle[up50 : top + 1] >= angle[top] - LEVEL_SHARE * rise) + up50
    width = max(up90 - up10, 3)
    start_s = known_s
    if start_s is None:
        first = max(up10 - 2 * width, 0)
        start_s = leaves_plateau_s(t_s[first : up50 + 1], angle[first : up50 + 1]) if up50 - first > 3 else t_s[up10]
    down90 = _last(angle[top : bottom + 1] >= angle[top] - LEVEL_SHARE * rise) + top
    end = min(up90 + 2 * width, max(down90, up90 + 2)) + 1
    return float(start_s), max(reaches_plateau_s(t_s[up50:end], angle[up50:end]), float(start_s))


def lowering_s(
    t_s: FloatArray, angle: FloatArray, top: int, bottom: int, top_start_s: float | None, least_return: float
) -> tuple[float, float, float | None]:
    """When a lowering left the top, when it stopped at the bottom, and when the next raise left that (s; None: not).

    `angle` (n,) is high at the top; `top`, `bottom`: rows of the turn-arounds around it. `top_start_s`: when the top
    was reached, where that is known. A raise has begun when the angle has come back by `least_return` at the end.
    """
    high, low = angle[top], angle[bottom]
    span = high - low
    down = angle[top : bottom + 1]
    down90 = _last(down >= high - LEVEL_SHARE * span)
    down65 = _first(down[down90:] <= high - STEADY_SHARE * span) + down90
    down35 = _first(down[down65:] <= low + STEADY_SHARE * span) + down65
    down10 = _first(down[down35:] <= low + LEVEL_SHARE * span) + down35
    down90, down65, down35, down10 = (row + top for row in (down90, down65, down35, down10))

    plateau = top if top_start_s is None else min(int(np.searchsorted(t_s, top_start_s)), top)
    window = slice(max(plateau, 3 * down90 - 2 * down65 - 10, 0), down65 + 1)
    start_s = leaves_plateau_s(t_s[window], -angle[window])
    if top_start_s is not None:
        start_s = max(start_s, top_start_s)
    up_again = _last(angle[bottom:] <= low + LEVEL_SHARE * span) + bottom
    window = slice(down35, min(up_again, 3 * down10 - 2 * down35 + 10) + 1)
    end_s = reaches_plateau_s(t_s[window], -angle[window])
    if angle[-1] - low < least_return:
        return start_s, end_s, None
    stopped = min(int(np.searchsorted(t_s, end_s)), t_s.shape[0] - 5)
    return start_s, end_s, max(leaves_plateau_s(t_s[stopped:], angle[stopped:]), end_s)


def unit(v: FloatArray) -> FloatArray:
    """The vector (3,) at length one; a zero vector stays zero."""
    return np.asarray(v / (np.sqrt(v @ v) or 1.0))


def _first(flags: npt.NDArray[np.bool_]) -> int:
    row = int(flags.argmax())
    return row if flags[row] else flags.shape[0] - 1


def _last(flags: npt.NDArray[np.bool_]) -> int:
    row = int(flags[::-1].argmax())
    return flags.shape[0] - 1 - row if flags[::-1][row] else 0
