"""The phases of one squat, fitted to the angle of a segment; and whether it was a squat at all."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import arc_angle_deg, length, unit
from athena_sense.reps.down_and_up import SHORTEST_ROWS, Instants, down_and_up_s
from athena_sense.reps.edges import last_true
from athena_sense.reps.hinge import Arc, solved_arc
from athena_sense.reps.travel import height_m, level
from athena_sense.units import DEG_PER_RAD, RAD_PER_DEG

SHORTEST_WAY_S = 0.3
"""A thigh that falls freely from standing to level needs 0.3 s (0.4 m); the quickest real squats take 0.6 s a way."""
SHORTEST_REP_S = 0.9
"""A stride of walking swings the thigh there and back in 0.5–0.7 s; the quickest real squats take 1.3 s."""
STRIDE_DEG, STRIDE_S = 45.0, 1.15
"""A walker's thigh swings by 40° in all, there and back within a stride of 1.0–1.25 s: a movement as small and as quick
cannot be told from one; real shallow squats take 1.3 s and more."""
LONGEST_STRIDE_S, QUICK_S = 1.4, 2.4
"""Strides take 0.9–1.4 s; what is seen to take less than the second may be one."""
EDGE_ROWS = 6
"""A lowering may begin before it was seen to by as much as its way down takes, and some rows (`down_and_up_s`)."""
CLEARLY_TIMES = 1.3
"""What is roughly as large as so many of the smallest reps is as large as one, however it is measured."""
LONGEST_HOLD_S = 6.0
"""Whoever stays down for longer sits: squats are paused for 2 to 5 s."""
LONGEST_LOWERING_S, LONGEST_RAISE_S = 15.0, 6.0
"""Slow squats are lowered in 10 s; who takes longer to rise has stopped on the way."""
LEFT_SHARE = 0.05
"""A segment that has turned by less than this share of the depth has hardly left its stand."""
OUT_OF_PLANE_SHARE = 0.5
"""Knees are pushed out and hips shift, but by less than half of the way down."""
SETTLED_S = 0.5
"""Standing is the mean posture of so long before the lowering: sway is slower than 1 Hz and below half a degree."""
FIFTHS = np.full(5, 0.2)
UNSTEADY_BIAS_M_S2 = 0.4
"""How much the vertical error of an accelerometer changes as it turns by a right angle (bias of 20–40 mg an axis)."""
DOUBT_M = 0.03
"""The same for one that was over at once: bodies come back to where they stood by a few centimetres."""
BIAS_WAY = 25.0
"""An error of 1 m/s² that comes and goes with a movement of T seconds becomes a way of T²/25 at most (`height_m`)."""
FLIGHT_M_S2, FLIGHT_ROWS = 2.0, 3
"""Below a fifth of g for three rows on end the feet have left the ground; who stops a quick raise comes near it for an
instant, and real squats at 0.65 s a way keep 5.8 m/s² and more."""
LANDING_M_S2 = 25.0
"""Coming down from a jump or a step at the thigh; real squats at 0.65 s a way stay below 15 m/s²."""
FRONT_M, OVER_KNEE_M = 0.09, 0.08
"""A thigh that turns about its knee lowers a sensor that is strapped to it, by what it is over the knee, but raises one
on its front by its radius (0.09 m at most); a leg that is lifted raises both."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The rows of one rep: from before its lowering until standing was certain.

    `unturned` (3, 4, n): axes that do not turn and the force along them, None without a gyroscope. `stand`, `bottom`,
    `end`: rows of the last standing posture before, of the deepest, and of the standing after. `gap`: samples are
    missing between them.
    """

    t_s: FloatArray
    acc_m_s2: FloatArray
    up: FloatArray
    unturned: FloatArray | None
    stand: int
    bottom: int
    end: int
    gap: bool

    def turned_rad(self) -> float:
        """Roughly by how much the segment has turned at the bottom: the chord."""
        chord = self.up[self.bottom] - self.up[self.stand]
        return math.sqrt(float(chord @ chord))


@dataclass(frozen=True, slots=True)
class SquatRep:
    """Instants (s) of one squat, the segment's turn (deg) from standing, and how far the sensor sank (m)."""

    lower_start_s: float
    lower_end_s: float
    raise_start_s: float
    raise_end_s: float
    depth_deg: float
    lean_deg: float
    """Its largest inclination from standing, about whatever axis."""
    travel_m: float
    travel_doubt_m: float
    movement_m_s2: float
    """Largest size of the movement's own acceleration about the deepest point: what misleads an inclination that is
    smoothed acceleration; 0 where it is not."""
    interrupted: bool
    clearness: float = math.inf
    """How many times what it is known to the movement is at its largest, where that is little."""
    depth_doubt_deg: float = 0.0
    """How uncertain the depth is to an accelerometer alone."""


def measure(
    seen: Seen, earliest_s: float, smallest_deg: float, largest_deg: float
) -> SquatRep | Literal["swing"] | None:
    """The rep; None where the movement was no squat, and "swing" where it was one of a leg that walks or is lifted.

    `earliest_s`: when the rep before ended, so that reps do not overlap.
    """
    if is_over_within(SHORTEST_REP_S, seen, smallest_deg):
        return "swing"
    depth_doubt_deg = 0.0
    if not seen.gap:
        seen, depth_doubt_deg = _from_stand_to_stand(seen, earliest_s)
    angle, out_of_plane = arc_angle_deg(seen.up, slice(seen.stand, seen.end + 1), seen.bottom, seen.stand)
    instants = down_and_up_s(seen.t_s, -angle, seen.stand, seen.end, earliest_s)
    if instants is None:
        return None
    start_s, low_s, leave_s, end_s = instants
    if is_too_long(instants):
        return None
    depth_deg = _standing(seen, angle, start_s, earliest_s) - _deepest(seen, angle, low_s, leave_s)
    if depth_deg < smallest_deg:
        return None
    shortest_s = SHORTEST_REP_S if depth_deg > STRIDE_DEG else STRIDE_S
    seconds, way_s = end_s - start_s, min(low_s - start_s, end_s - leave_s)
    if seconds < shortest_s or way_s < SHORTEST_WAY_S:
        return "swing"
    if depth_deg > largest_deg or out_of_plane > OUT_OF_PLANE_SHARE * depth_deg:
        return None
    first, last = seen.t_s.searchsorted((start_s - 0.1, end_s + 0.1))
    if jumped(seen.acc_m_s2[first:last]):
        return "swing"
    height = height_m(seen.t_s[first:last], seen.acc_m_s2[first:last], seen.up[first:last])
    travel_m = -float(height[seen.t_s[first:last].searchsorted(0.5 * (low_s + leave_s))])
    lean_deg = largest_lean_deg(seen.t_s, seen.up, start_s, end_s)
    doubt_m = DOUBT_M + UNSTEADY_BIAS_M_S2 * min(lean_deg / 90.0, 1.0) * (end_s - start_s) ** 2 / BIAS_WAY
    lean_rad = lean_deg * RAD_PER_DEG
    if -travel_m > FRONT_M * np.sin(lean_rad) - OVER_KNEE_M * (1.0 - np.cos(lean_rad)) + doubt_m:
        return "swing"
    way = (start_s, low_s, leave_s, end_s, depth_deg, lean_deg, travel_m, doubt_m)
    return SquatRep(*way, movement_m_s2=0.0, interrupted=seen.gap, depth_doubt_deg=depth_doubt_deg)


def is_over_within(seconds: float, seen: Seen, smallest_deg: float) -> bool:
    """Whether what is clearly as large as a rep lasts for less than so long, wherever its edges may be found: nobody
    needs the instants of a step."""
    rows = seen.end - seen.stand + seen.bottom - seen.stand + EDGE_ROWS
    if rows * float(seen.t_s[1] - seen.t_s[0]) >= seconds:
        return False
    if min(seen.bottom - seen.stand, seen.end - seen.bottom) < SHORTEST_ROWS:
        return False
    return seen.turned_rad() > CLEARLY_TIMES * smallest_deg * RAD_PER_DEG


def _from_stand_to_stand(seen: Seen, earliest_s: float) -> tuple[Seen, float]:
    """The rep from a second before its lowering on, with an inclination of its own, which neither its quickness nor
    what was before can mislead; and how uncertain its turn is (deg), where that is without a gyroscope."""
    seen = _from_before_lowering(seen, earliest_s)
    if seen.unturned is None:
        arc = solved_arc(seen.t_s, seen.acc_m_s2, seen.up, seen.stand, seen.bottom, seen.end)
        return replace(seen, up=arc.up), arc.turn_doubt_deg
    up, _ = level(seen.unturned)
    nearness = up @ (up[seen.stand] - up[seen.bottom])
    stand = int(nearness[: seen.bottom].argmax())
    end = seen.bottom + int(nearness[seen.bottom :].argmax())
    return replace(seen, up=up, stand=stand, end=end), 0.0


def arc_of(seen: Seen, earliest_s: float) -> Arc:
    """The arc that a rep goes, to an accelerometer alone."""
    seen = _from_before_lowering(seen, earliest_s)
    return solved_arc(seen.t_s, seen.acc_m_s2, seen.up, seen.stand, seen.bottom, seen.end)


def _from_before_lowering(seen: Seen, earliest_s: float) -> Seen:
    """The rep from a second before its lowering on."""
    chord = seen.up[seen.bottom] - seen.up[seen.stand]
    share = (seen.up[seen.stand : seen.bottom + 1] - seen.up[seen.stand]) @ chord
    left = seen.stand + last_true(share <= LEFT_SHARE * share[-1])
    way_s = float(seen.t_s[seen.bottom] - seen.t_s[left])
    first_s = max(float(seen.t_s[left]) - 2.0 * SETTLED_S - 0.25 * way_s, earliest_s)
    first = max(min(int(seen.t_s.searchsorted(first_s)), seen.bottom - 3), 0)
    return Seen(
        seen.t_s[first:],
        seen.acc_m_s2[first:],
        seen.up[first:],
        None if seen.unturned is None else seen.unturned[..., first:],
        max(seen.stand - first, 0),
        seen.bottom - first,
        seen.end - first,
        seen.gap,
    )


def _standing(seen: Seen, angle: FloatArray, start_s: float, earliest_s: float) -> float:
    """The angle before the lowering (deg): its mean over a while, or where that is not known, the most upright."""
    first, last = seen.t_s.searchsorted((max(start_s - SETTLED_S, earliest_s), start_s))
    if seen.t_s[last] - seen.t_s[first] < 0.5 * SETTLED_S:
        return float(angle[seen.stand])
    return float(angle[first:last].sum() / (last - first))


def _deepest(seen: Seen, angle: FloatArray, low_s: float, leave_s: float) -> float:
    """The angle at the bottom (deg): its mean over the hold there, or about the turn-around."""
    middle_s, half_s = _about_bottom(low_s, leave_s)
    first, last = seen.t_s.searchsorted((middle_s - half_s, middle_s + half_s))
    return float(angle[first:last].sum() / (last - first)) if last > first else float(angle[seen.bottom])


def jumped(acc_m_s2: FloatArray) -> bool:
    """Whether there is a flight or a hard landing in these rows (n, 3)."""
    size = length(acc_m_s2)
    return flies(size, FLIGHT_ROWS) or bool(size.max() > LANDING_M_S2)


def is_too_long(instants: Instants) -> bool:
    """Whether a way or the hold lasts longer than in any squat."""
    start_s, low_s, leave_s, end_s = instants
    return leave_s - low_s > LONGEST_HOLD_S or low_s - start_s > LONGEST_LOWERING_S or end_s - leave_s > LONGEST_RAISE_S


def _about_bottom(low_s: float, leave_s: float) -> tuple[float, float]:
    """Middle and half of the length (s) of the time for which the depth is taken."""
    return 0.5 * (low_s + leave_s), max(0.25 * (leave_s - low_s), 0.04)


def flies(size_m_s2: FloatArray, rows: int) -> bool:
    """Whether there is a flight of so many rows in these sizes of acceleration (n,)."""
    on_ground = size_m_s2 >= FLIGHT_M_S2
    if on_ground.all():
        return False
    grounded = np.flatnonzero(np.concatenate(([True], on_ground, [True])))
    return bool((grounded[1:] - grounded[:-1]).max() > rows)


def largest_lean_deg(t_s: FloatArray, up: FloatArray, start_s: float, end_s: float) -> float:
    """Largest angle (deg) from the mean posture before the lowering, of means of a tenth of a second."""
    stood, first, last = t_s.searchsorted((start_s - SETTLED_S, start_s, end_s))
    standing = unit(up[stood : first + 1].sum(axis=0))
    cosine = up[first:last] @ standing
    smallest = float(np.convolve(cosine, FIFTHS, "valid").min())
    return math.acos(min(max(smallest, -1.0), 1.0)) * DEG_PER_RAD
