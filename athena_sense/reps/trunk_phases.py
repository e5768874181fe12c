"""One squat from a sensor on the trunk: its phases from how far the trunk leans and how far it sinks."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.centred_fir import gaussian_taps
from athena_sense.dsp.inclination import unit
from athena_sense.reps.arc import arc_tilt_deg, length
from athena_sense.reps.down_and_up import Instants, down_and_up_s
from athena_sense.reps.halves import TRUE
from athena_sense.reps.squat_phases import (
    SHORTEST_REP_S,
    SHORTEST_WAY_S,
    SquatRep,
    flies,
    is_too_long,
    largest_lean_deg,
)
from athena_sense.reps.travel import Errors, Felt, Holes, level, upward_m_s2
from athena_sense.units import DEG_PER_RAD, RAD_PER_DEG, STANDARD_GRAVITY_M_S2

SWAY_DEG, SWAY_M = 0.35, 0.01
"""A trunk that stands leans to and fro by so much, and is known to be as high as before to so much: lean and height
are weighted by how far they stand out against it, and of the two the one that tells more decides."""
APART_DEG, APART_SHARE = 1.0, 0.1
"""A trunk does not lean just as it sinks: in real squats the pelvis turns back before the hips are lowest, and tucks
under at the bottom, which of a small lean may leave nothing."""
LOW_M, HIGH_M = 0.005, 0.03
"""At the bottom the height tells most, where the thigh is level; about a stand it hardly changes at first, where the
thigh is upright."""
AGAIN_DEG, AGAIN_SHARE = 1.5, 0.2
"""Who stands again leans a little otherwise than before, and sways; who comes from a deep lean is not quite upright."""
SHORTEST_RAISE_S = 0.4
"""Nobody rises from a squat in less; a step lifts for 0.25 to 0.36 s."""
LIFTS, LIFT_M_S = 1, 0.1
"""A squat rises once, or twice where it stops on the way, and never while it is lowered; each step of a walk lifts the
trunk by 2 cm and more, at 0.1 m/s and more."""
SHAKEN_SHARE = 0.2
"""Without a gyroscope no speed is known to less than a tenth of the largest: it rises where it rises by twice that."""
QUICK_S = 2.4
"""What takes less leaves no doubt of its height that matters."""
LARGEST_M = 1.2
"""Hips sink by less than a leg is long (0.53 of the height, Winter 2009, table 4.1), and a chest that leans by more."""
SMALLEST_M = 0.025
"""A squat to 25° sinks by 3.5 cm or more, a shift of the weight bends a knee by 10° and sinks by 1 cm."""
LEANING_DEG = 4.0
"""Ten times its sway: a trunk that leans so far and comes back has done something, whatever its height, where that is
in doubt …"""
LEFT_OF_LEAN, LEFT_DEG = 0.3, 1.0
"""… and it has come back where no more is left than this share of its lean and its sway."""
MUCH_MISFIT = 30.0
"""What is none even of a part of it."""
STALE_S, STALE_FELT_S = 0.6, 1.1
"""A rep that seems to have been over for longer by now would have been seen to be: something else moves. Without a
gyroscope its end is known to half a second …"""
LATER_S = np.array([0.1, 0.2, 0.3])
"""… and who seems to stand may still be rising, by so much: the last tenth of a way takes a third of a raise of 1 s
(minimum jerk)."""
FLIGHT_S = 0.2
"""Five centimetres of a jump keep the feet off the ground for so long; a trunk that stops its own quick rise and turn
is weightless for less."""
LARGEST_MISFIT = 6.0
"""What is no way from stand to stand, upright at both: 99.5 of 100 that are stay below 5."""
SURE, CLEAR = 2.0, 3.0
"""A sink of so many times its doubt is one, without a lean; and it says where it was deepest."""
LEFT_SHARE = 0.05
"""Who has gone less of the way has hardly left the stand."""
LEANS_S = 0.3
"""Hips that are pushed back and fetched again turn the force on a sensor to and fro, as far as a lean does. They speed
up and slow down half a way apart, 0.3 s in the quickest: over as long that cancels, and what is left is lean."""
SETTLED_S = 0.5
"""Standing is looked at for twice as long before the lowering, and for a quarter of it more."""


class Stretch(NamedTuple):
    """Rows from one stand to what may be the next: times (n,) s; specific force and inclination (n, 3); the axes that
    do not turn and the force along them (3, 4, n; None without a gyroscope). `gap`: samples are missing between them.
    `holes`: so are some there, but bridged."""

    rate_hz: float
    t_s: FloatArray
    acc_m_s2: FloatArray
    up: FloatArray
    unturned: FloatArray | None
    gap: bool
    holes: Holes

    def part(self, rows: slice) -> "Stretch":
        """Some of the rows."""
        unturned = None if self.unturned is None else self.unturned[..., rows]
        t_s, acc_m_s2, up = self.t_s[rows], self.acc_m_s2[rows], self.up[rows]
        return Stretch(self.rate_hz, t_s, acc_m_s2, up, unturned, self.gap, self.holes)


class _Lean(NamedTuple):
    """From one stand to the next: inclination (n, 3), how far it is from the first (n,) deg, acceleration upwards (n,)
    m/s², what movement adds to the one (deg) and the other (n,), nothing with a gyroscope, and how badly the last
    agrees with a trunk that is upright again (χ²)."""

    up: FloatArray
    deg: FloatArray
    upward_m_s2: FloatArray
    moved_deg: float
    moved_m_s2: FloatArray | None
    misfit: float


class _Way(NamedTuple):
    """From one stand to the next: how the trunk leans, and that about its axis (n,) deg, how far it sank (n,) m, the
    rows where it went furthest and where it was lowest, and how sure all that is (see `travel.Sinking`)."""

    lean: _Lean
    tilt_deg: FloatArray
    down_m: FloatArray
    furthest: int
    lowest: int
    felt: Felt | None
    doubt_m: float
    misfit: float
    errors: Errors

    def deepest_m(self) -> float:
        """How far it sank at most."""
        return float(np.maximum.reduce(self.down_m))

    def depth(self) -> FloatArray:
        """How far it went (n,), weighted by what is known of it anywhere."""
        leant_deg = float(self.tilt_deg[self.furthest])
        return self._gone(APART_DEG**2 + (APART_SHARE * leant_deg) ** 2, LOW_M)

    def top(self) -> FloatArray:
        """The same (n,) as it shows best about a stand."""
        return self._gone(0.0, HIGH_M)

    def _gone(self, apart_deg2: float, level_m: float) -> FloatArray:
        lean_share = float(self.tilt_deg[self.furthest]) / (SWAY_DEG**2 + self.lean.moved_deg**2 + apart_deg2)
        gone = self.tilt_deg * lean_share
        gone += self.down_m * (float(self.down_m[self.lowest]) / (level_m**2 + self.doubt_m**2))
        return gone


class TrunkRep(NamedTuple):
    """A rep, how badly it agrees with a way from stand to stand, what it showed of the sensor's errors, how the
    inclination (3,) changed from the stand to the bottom, and what it is at the end."""

    rep: SquatRep
    misfit: float
    errors: Errors
    leant: FloatArray
    upright: FloatArray


def measure_trunk(seen: Stretch, known: Errors, earliest_s: float, least_m: float = -math.inf) -> TrunkRep | None:
    """The rep that ends at the last row, with one stand before it at least, where it is one, and surely goes further
    than the least; `earliest_s`: when the rep before ended."""
    now_s = float(seen.t_s[-1])
    if now_s - max(float(seen.t_s[0]), earliest_s) < SHORTEST_REP_S:
        return None
    way = _way(seen, known)
    if way is None or way.misfit > MUCH_MISFIT or (not seen.gap and way.deepest_m() + 2.0 * way.doubt_m < SMALLEST_M):
        return None
    depth = way.depth()
    part = _part(seen.t_s, depth, way.lowest, earliest_s)
    if part != slice(0, seen.t_s.shape[0]):
        seen = seen.part(part)
        way = _way(seen, known)
        if way is None:
            return None
        depth = way.depth()
    misfit = way.lean.misfit + way.misfit
    if misfit > LARGEST_MISFIT and seen.unturned is None:
        seen, way = _begun_later(seen, known, way)
        depth = way.depth()
        misfit = way.lean.misfit + way.misfit
    if misfit > LARGEST_MISFIT or way.deepest_m() - way.doubt_m <= least_m:
        return None
    t_s, top = seen.t_s, way.top()
    instants = down_and_up_s(t_s, depth, 0, t_s.shape[0] - 1, earliest_s, top)
    stale_s = STALE_FELT_S if seen.unturned is None else STALE_S
    if instants is None or now_s - instants[3] > stale_s:
        return None
    if not _takes_its_time(instants) or _steps_or_flies(seen, way, instants):
        return None
    start_s, _, _, end_s = instants
    lean_deg, movement_m_s2 = _largest_lean(seen, way, start_s, end_s)
    first, last = t_s.searchsorted((start_s, end_s))
    travel_m = float(way.down_m[first : last + 1].max())
    if travel_m - way.doubt_m <= least_m:
        return None
    bottom = int(depth.argmax())
    clearness = math.sqrt(max(float(top[bottom]), 0.0))
    rep = SquatRep(*instants, lean_deg, lean_deg, travel_m, way.doubt_m, movement_m_s2, seen.gap, clearness)
    leant = way.lean.up[bottom] - way.lean.up[0]
    large = _is_large(rep, float(way.lean.deg[-1]))
    return TrunkRep(rep, misfit, way.errors, leant, way.lean.up[-1]) if large else None


def _begun_later(seen: Stretch, known: Errors, way: _Way) -> tuple[Stretch, _Way]:
    """The rows from when whoever rose before stood, the start that agrees best, and their way."""
    found = [(seen, way)]
    for first in seen.t_s.searchsorted(seen.t_s[0] + LATER_S).tolist():
        part = seen.part(slice(first, None))
        if part.t_s[-1] - part.t_s[0] >= SHORTEST_REP_S:
            later = _way(part, known)
            found += [] if later is None else [(part, later)]
    return min(found, key=lambda one: one[1].lean.misfit + one[1].misfit)


def _takes_its_time(instants: Instants) -> bool:
    """Whether its ways and its hold last as those of a squat do."""
    start_s, low_s, leave_s, end_s = instants
    return not is_too_long(instants) and (
        low_s - start_s >= SHORTEST_WAY_S and end_s - leave_s >= SHORTEST_RAISE_S and end_s - start_s >= SHORTEST_REP_S
    )


def _steps_or_flies(seen: Stretch, way: _Way, instants: Instants) -> bool:
    """Whether the trunk is lifted as by steps, or the feet leave the ground."""
    start_s, low_s, _, end_s = instants
    before, first, low, last, after = seen.t_s.searchsorted((start_s - 0.1, start_s, low_s, end_s, end_s + 0.1))
    if flies(length(seen.acc_m_s2[before:after]), round(FLIGHT_S * _rate_hz(seen))):
        return True
    if way.felt is None:
        return False
    up_m_s = way.felt.up_m_s()
    shaken_m_s = 0.0 if seen.unturned is not None else SHAKEN_SHARE * float(np.abs(up_m_s).max())
    down, up = (lifts(up_m_s[rows], max(LIFT_M_S, shaken_m_s)) for rows in (slice(first, low), slice(low, last)))
    return down > 0 or up > LIFTS


def _is_large(rep: SquatRep, left_deg: float) -> bool:
    """Whether it is more than a shift of the weight, and no more than a body can; across a gap the lean alone is known.
    `left_deg`: what is left of the lean at the end."""
    leans = rep.lean_deg >= LEANING_DEG
    if rep.interrupted:
        return leans
    sinks = rep.travel_m >= SURE * rep.travel_doubt_m
    returns = left_deg <= LEFT_OF_LEAN * rep.lean_deg + LEFT_DEG
    slow = rep.raise_end_s - rep.lower_start_s > QUICK_S
    at_least_m = rep.travel_m - SURE * rep.travel_doubt_m
    at_most_m = rep.travel_m + (rep.travel_doubt_m if leans and slow else 0.0)
    return at_most_m >= SMALLEST_M and at_least_m <= LARGEST_M and (sinks or (leans and returns))


def _part(t_s: FloatArray, depth: FloatArray, lowest: int, earliest_s: float) -> slice:
    """The rows about the movement: the shorter, the less the sensor's errors add up to."""
    bottom, last_row = int(depth.argmax()), t_s.shape[0] - 1
    off = (depth <= LEFT_SHARE * depth[bottom]).tobytes()
    first, last = sorted((bottom, lowest))
    left, right = max(off.rfind(TRUE, 0, first), 0), off.find(TRUE, last + 1)
    right = right if right >= 0 else last_row
    first_s = max(float(t_s[left]) - 2.0 * SETTLED_S - 0.25 * float(t_s[bottom] - t_s[left]), earliest_s)
    begin, end = t_s.searchsorted((first_s, float(t_s[right]) + SETTLED_S)).tolist()
    return slice(min(begin, max(left - 1, 0)), min(end, last_row) + 1)


def lifts(up_m_s: FloatArray, least_m_s: float) -> int:
    """How many times it rises by more than the least."""
    rises = up_m_s > least_m_s
    return int((rises[1:] & ~rises[:-1]).sum())


def _rate_hz(seen: Stretch) -> float:
    """Rows in a second: a gap leaves fewer."""
    return float((seen.t_s.shape[0] - 1) / (seen.t_s[-1] - seen.t_s[0])) if seen.gap else seen.rate_hz


def _lean_of(felt: FloatArray, rate_hz: float) -> tuple[FloatArray, float]:
    """Inclination (n, 3) of the direction of a force, `felt` (n, 3), and what movement adds to that (deg, RMS).

    Whoever takes the size of the force for what carries the trunk adds what speeds it up sideways, squared, which never
    is less than nothing: half of a quick squat's way. Along this direction it cancels.
    """
    taps = _taps(rate_hz)
    half, n = taps.shape[0] // 2, felt.shape[0]
    held = np.empty((3, n + 2 * half))
    held[:, :half], held[:, half : half + n], held[:, half + n :] = felt[:1].T, felt.T, felt[-1:].T
    up = unit(np.array([np.convolve(axis, taps, "valid") for axis in held])).T
    moved = felt - up
    return up, math.sqrt(float(np.einsum("ni,ni->", moved, moved)) / n) * DEG_PER_RAD


@lru_cache(maxsize=4)
def _taps(rate_hz: float) -> FloatArray:
    return gaussian_taps(LEANS_S, rate_hz)


def _largest_lean(seen: Stretch, way: _Way, start_s: float, end_s: float) -> tuple[float, float]:
    """The largest lean (deg), and what may mislead it (m/s²): without a gyroscope it lies between the inclination, of
    which the largest is smoothed, and what the movement itself adds to."""
    lean_deg = largest_lean_deg(seen.t_s, way.lean.up, start_s, end_s)
    if seen.unturned is not None:
        return lean_deg, 0.0
    felt_deg = largest_lean_deg(seen.t_s, seen.up, start_s, end_s)
    return 0.5 * (lean_deg + felt_deg), abs(felt_deg - lean_deg) * RAD_PER_DEG * STANDARD_GRAVITY_M_S2


def _lean(seen: Stretch) -> _Lean:
    """How a trunk leans in these rows."""
    moved_deg, moved_m_s2 = 0.0, None
    if seen.unturned is None:
        up, moved_deg = _lean_of(seen.up, _rate_hz(seen))
        upward = upward_m_s2(seen.acc_m_s2, up)
        moved_m_s2 = upward_m_s2(seen.acc_m_s2, seen.up) - upward
    elif seen.gap:
        up, upward = seen.up, upward_m_s2(seen.acc_m_s2, seen.up)
    else:
        up, upward = level(seen.unturned)
    deg = np.arccos(np.minimum(np.dot(up[0], up.T), 1.0))
    deg *= DEG_PER_RAD
    again_deg = math.hypot(AGAIN_DEG, AGAIN_SHARE * float(np.maximum.reduce(deg)), moved_deg)
    misfit = 0.0 if seen.gap else (float(deg[-1]) / again_deg) ** 2
    return _Lean(up, deg, upward, moved_deg, moved_m_s2, misfit)


def _way(seen: Stretch, known: Errors) -> _Way | None:
    """The way of these rows (n), from the first to the last, where with a gyroscope it is seen to end upright; across a
    gap the lean alone is known."""
    lean = _lean(seen)
    if lean.misfit > LARGEST_MISFIT and seen.unturned is not None:
        return None
    furthest = int(lean.deg.argmax())
    tilt_deg = arc_tilt_deg(lean.up, furthest)
    if seen.gap:
        return _Way(lean, tilt_deg, np.zeros(tilt_deg.shape), furthest, furthest, None, 0.0, 0.0, known)
    holes = [(at_s - float(seen.t_s[0]), length_s) for at_s, length_s in seen.holes]
    felt = Felt(seen.rate_hz, lean.upward_m_s2, tilt_deg * RAD_PER_DEG, known, holes, lean.moved_m_s2)
    rough = felt.down_m()
    far = (lean.deg / math.hypot(SWAY_DEG, lean.moved_deg)) ** 2
    far += (rough / SWAY_M) ** 2
    furthest = int(far.argmax())
    # A trunk may turn back before or after it has sunk.
    lowest = int(rough.argmax())
    lowest = lowest if rough[lowest] > CLEAR * felt.doubt_m(lowest) else furthest
    sink = felt.sinking(lowest)
    return _Way(lean, tilt_deg, sink.down_m, furthest, lowest, felt, sink.doubt_m, sink.misfit, sink.errors)
