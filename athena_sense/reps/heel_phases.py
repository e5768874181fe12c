"""The phases of one heel rep, fitted to the angle of the foot; and whether it was a heel rep at all."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import arc_angle_deg, lowering_s, raising_s
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
ROUGH_RAISE_M_S2 = 3.0
"""The same for a raise: 50° in 0.4 s make 2.9 m/s² on the instep."""
LEVER_M = 0.15
"""Ball of the toes to the upper end of the laces, at most."""
SHAKE_M_S2 = 0.6
"""Shake of a sensor strapped on loosely, over what the turn itself makes (real heel raises on the floor)."""
OUT_OF_PLANE_SHARE = 0.35
"""A heel raise keeps to its plane but for a slight pivot and roll; a foot that leaves it by more is stepping."""


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
        raising = raising_s(seen.t_s, angle, seen.start, seen.top, seen.bottom, raise_start_s)
        if not SHORTEST_RAISE_S <= raising[1] - raising[0] <= LONGEST_RAISE_S:
            return None
    lower_start_s, lower_end_s, next_raise_s = lowering_s(
        seen.t_s, angle, seen.top, seen.bottom, raising[1], 0.5 * TURN_DEG
    )
    if lower_end_s - lower_start_s < SHORTEST_LOWERING_S:
        return None
    first, end = np.searchsorted(seen.t_s, [lower_start_s, lower_end_s])
    travelled = (angle[seen.top] - angle[first:end]) / span
    elapsed = (seen.t_s[first:end] - lower_start_s) / (lower_end_s - lower_start_s)
    lead = max(float((travelled - elapsed).max()), 0.0)
    rep = HeelRep(*raising, lower_start_s, lower_end_s, next_raise_s, span, lead, seen.gap)
    return None if _rough(seen, rep) else rep


def _rough(seen: Seen, rep: HeelRep) -> bool:
    """Whether the foot was stepping rather than turning about its toes."""
    spans = [(rep.lower_start_s, rep.lower_end_s, 0.3, ROUGH_LOWERING_M_S2)]
    if rep.raise_start_s is not None and rep.top_start_s is not None:
        spans.append((rep.raise_start_s, rep.top_start_s, 0.0, ROUGH_RAISE_M_S2))
    for start_s, end_s, after_s, most in spans:
        seconds = max(end_s - start_s, SHORTEST_LOWERING_S)
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
