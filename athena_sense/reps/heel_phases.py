"""The phases of one heel rep, fitted to the angle of the foot; and whether it was a heel rep at all."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import arc_angle_deg
from athena_sense.reps.edges import first_true, last_true, leaves_plateau_s, reaches_plateau_s
from athena_sense.units import DEG_PER_RAD

SMALLEST_RANGE_DEG = 8.0
"""Below this, sway (0.5°) and acceleration noise are a good part of the movement: not a rep of the heel."""
LARGEST_RANGE_DEG = 85.0
"""Toes bend by 65–90° at most while the ball of the foot stays down; a swinging foot turns further."""
TURN_DEG = 5.0
"""A turn-around is real when the foot has come back by this much: ten times its sway."""
LONGEST_RAISE_S = 5.0
SHORTEST_RAISE_S = 0.2
"""Nobody goes up on the toes in less: a raise of 50° in 0.2 s would take 5 g at the instep."""
SHORTEST_LOWERING_S = 0.3
"""Falling freely, a heel needs 0.13 s for 8 cm; a controlled one (real heel raises) 0.44 s and more."""
PARTIAL_RAISE_SHARE = 0.3
"""A set begins with a raise from level, a half to three quarters of the range; less is no raise."""
ROUGH_LOWERING_M_S2 = 1.2
"""RMS of |a| during a lowering. 5 cm of instep in half a second make 0.8 m/s² (minimum jerk; real heel raises:
0.27–0.85); a foot lifted for a step makes 1.1–4."""
LANDS_S = 0.3
LONGEST_SWING_S = 1.0
"""A foot that was lifted is down again in less (0.3–0.5 s), and then lands: that shakes it for so long. After a longer
lowering what shakes is the next raise; and it may hold a drop as quick as that."""
ROUGH_RAISE_M_S2 = 4.0
"""The same for a raise: 50° in 0.35 s make 3.8 m/s² on the instep."""
LEVER_M = 0.15
"""Ball of the toes to the upper end of the laces, at most."""
SHAKE_M_S2 = 0.6
"""Shake of a sensor strapped on loosely, over what the turn itself makes (real heel raises on the floor)."""
OUT_OF_PLANE_SHARE = 0.35
"""A heel raise keeps to its plane but for a slight pivot and roll; a foot that leaves it by more is stepping."""
LEVEL_SHARE = 0.1
"""Within a tenth of the range from an end the foot counts as being on that plateau, roughly; edges are then fitted."""
STEADY_SHARE = 0.35
"""A window on an edge reaches this far into the movement: past the run-up, before the speed has changed much."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The rows of one rep: from a second before its raise until the next raise (or the end) was certain.

    `start` (None: not seen), `top`, `bottom`: rows of its turn-arounds. `gap`: samples are missing between them.
    """

    t_s: FloatArray
    acc_m_s2: FloatArray
    up: FloatArray
    start: int | None
    top: int
    bottom: int
    gap: bool


@dataclass(frozen=True, slots=True)
class HeelRep:
    """Instants (s) and angles of one heel rep; None where the recording does not hold that instant.

    `lead`: how far the travelled share of the lowering ran ahead of the elapsed share, at most (0 … 1).
    """

    raise_start_s: float | None
    top_start_s: float | None
    lower_start_s: float
    lower_end_s: float
    next_raise_s: float | None
    range_deg: float
    lead: float
    interrupted: bool


def measure(seen: Seen, raise_start_s: float | None, smallest_deg: float) -> HeelRep | None:
    """The rep, or None where the movement was no heel rep.

    `raise_start_s`: where the rep before put the end of its bottom hold, so that phases join. A range below
    `smallest_deg` is no rep.
    """
    arc = slice(seen.top if seen.start is None else seen.start, seen.bottom + 1)
    angle, out_of_plane = arc_angle_deg(seen.up, arc, seen.bottom, seen.top)
    span = float(angle[seen.top] - angle[seen.bottom])
    if not smallest_deg <= span <= LARGEST_RANGE_DEG or out_of_plane > OUT_OF_PLANE_SHARE * span:
        return None
    raising: tuple[float | None, float | None] = (None, None)
    if seen.start is not None and angle[seen.top] - angle[seen.start] >= PARTIAL_RAISE_SHARE * span:
        raising = _raising(seen.t_s, angle, seen.start, seen.top, seen.bottom, raise_start_s)
        if not SHORTEST_RAISE_S <= raising[1] - raising[0] <= LONGEST_RAISE_S:
            return None
    lower_start_s, lower_end_s, next_raise_s = _lowering(seen.t_s, angle, seen.top, seen.bottom, raising[1])
    if lower_end_s - lower_start_s < SHORTEST_LOWERING_S:
        return None
    first, end = np.searchsorted(seen.t_s, [lower_start_s, lower_end_s])
    travelled = (angle[seen.top] - angle[first:end]) / span
    elapsed = (seen.t_s[first:end] - lower_start_s) / (lower_end_s - lower_start_s)
    lead = max(float((travelled - elapsed).max()), 0.0)
    rep = HeelRep(*raising, lower_start_s, lower_end_s, next_raise_s, span, lead, seen.gap)
    return None if _rough(seen, rep) else rep


def _raising(
    t_s: FloatArray, angle: FloatArray, start: int, top: int, bottom: int, known_s: float | None
) -> tuple[float, float]:
    """When the raise left its bottom and reached its top (s)."""
    base, rise = angle[start], angle[top] - angle[start]
    up10 = last_true(angle[start:top] <= base + LEVEL_SHARE * rise) + start
    up50 = first_true(angle[up10 : top + 1] >= base + 0.5 * rise) + up10
    up90 = first_true(angle[up50 : top + 1] >= angle[top] - LEVEL_SHARE * rise) + up50
    width = max(up90 - up10, 3)
    start_s = known_s
    if start_s is None:
        first = max(up10 - 2 * width, 0)
        start_s = leaves_plateau_s(t_s[first : up50 + 1], angle[first : up50 + 1]) if up50 - first > 3 else t_s[up10]
    down90 = last_true(angle[top : bottom + 1] >= angle[top] - LEVEL_SHARE * rise) + top
    end = min(up90 + 2 * width, max(down90, up90 + 2)) + 1
    return float(start_s), max(reaches_plateau_s(t_s[up50:end], angle[up50:end]), float(start_s))


def _lowering(
    t_s: FloatArray, angle: FloatArray, top: int, bottom: int, top_start_s: float | None
) -> tuple[float, float, float | None]:
    """When the heel left the top, stopped at the bottom, and left for the next raise (s; None: it did not)."""
    high, low = angle[top], angle[bottom]
    span = high - low
    down = angle[top : bottom + 1]
    down90 = last_true(down >= high - LEVEL_SHARE * span)
    down65 = first_true(down[down90:] <= high - STEADY_SHARE * span) + down90
    down35 = first_true(down[down65:] <= low + STEADY_SHARE * span) + down65
    down10 = first_true(down[down35:] <= low + LEVEL_SHARE * span) + down35
    down90, down65, down35, down10 = (row + top for row in (down90, down65, down35, down10))

    plateau = top if top_start_s is None else min(int(np.searchsorted(t_s, top_start_s)), top)
    window = slice(max(plateau, 3 * down90 - 2 * down65 - 10, 0), down65 + 1)
    start_s = leaves_plateau_s(t_s[window], -angle[window])
    if top_start_s is not None:
        start_s = max(start_s, top_start_s)
    up_again, next_raise_s = last_true(angle[bottom:] <= low + LEVEL_SHARE * span) + bottom, None
    if angle[-1] - low >= 0.5 * TURN_DEG and t_s.shape[0] - bottom > 3:
        next_raise_s = leaves_plateau_s(t_s[bottom:], angle[bottom:])
        up_again = max(int(np.searchsorted(t_s, next_raise_s)), bottom)
    # Two rows at least, even where all of it happened within one.
    window = slice(down35, max(min(up_again, 3 * down10 - 2 * down35 + 10), down35 + 1) + 1)
    end_s = reaches_plateau_s(t_s[window], -angle[window])
    return start_s, end_s, None if next_raise_s is None else max(next_raise_s, end_s)


def _rough(seen: Seen, rep: HeelRep) -> bool:
    """Whether the foot was stepping rather than turning about its toes."""
    slow = rep.lower_end_s - rep.lower_start_s > LONGEST_SWING_S
    spans = [(rep.lower_start_s, rep.lower_end_s, 0.0 if slow else LANDS_S, LONGEST_SWING_S, ROUGH_LOWERING_M_S2)]
    if rep.raise_start_s is not None and rep.top_start_s is not None:
        spans.append((rep.raise_start_s, rep.top_start_s, 0.0, LONGEST_RAISE_S, ROUGH_RAISE_M_S2))
    for start_s, end_s, after_s, longest_s, most in spans:
        seconds = min(max(end_s - start_s, SHORTEST_LOWERING_S), longest_s)
        # A minimum-jerk turn by this angle on this lever: RMS 4.14 d / T².
        own = 4.14 * LEVER_M * rep.range_deg / DEG_PER_RAD / seconds**2
        first, end = np.searchsorted(seen.t_s, [start_s - 0.1, end_s + after_s])
        x, y, z = seen.acc_m_s2[first:end].T
        square = x * x + y * y + z * z
        count = max(square.shape[0], 1)
        variance = square.sum() / count - (np.sqrt(square).sum() / count) ** 2
        if variance > min(most, own + SHAKE_M_S2) ** 2:
            return True
    return False
