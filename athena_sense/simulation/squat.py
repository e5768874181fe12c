"""Squats facing a wall: a chain of shank, thigh and trunk over feet that stay, lowered and raised again."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, Phase
from athena_sense.simulation.body import BodyMotion, Score, band_noise, tremor
from athena_sense.simulation.choices import check_choice
from athena_sense.simulation.profiles import LOWERINGS, Lowering, bump, lowering, minimum_jerk, rounded, travelled
from athena_sense.simulation.truth import RepTruth, Truth
from athena_sense.simulation.walking import Gait, walk
from athena_sense.units import RAD_PER_DEG

PLACEMENTS = ("thigh", "waist", "chest")
BALLISTIC_S = 1.3
"""Lowerings shorter than this are one stroke of minimum jerk: no time for submovements."""
UNEVEN_S = 3.0
"""A part of it cannot be dropped in a shorter one: 60 % in an eighth of the time would be more than falling freely."""
LEVERS_M = {
    "thigh": ((0.02, -0.09, 0.08), (0.09, 0.09, 0.34)),  # from the knee up the thigh: a pocket, a strap
    "waist": ((-0.12, -0.12, 0.0), (0.12, 0.12, 0.12)),  # from the hips
    "chest": ((0.06, -0.08, 0.28), (0.14, 0.08, 0.45)),
}


@dataclass(frozen=True, slots=True)
class SquatOptions:
    """What can be chosen about a set of squats; None is drawn from the seed."""

    depth_deg: float | tuple[float, ...] | None = None
    """How far the thigh turns from standing; several are used in turn. None: one between 25 and 110° for the set."""
    lowering_s: float | tuple[float, ...] | None = None
    """Duration of the lowerings; several are used in turn. None: one between 0.8 and 5 s for the set."""
    lowering_spread: float = 0.1
    """Standard deviation of one lowering, as a share of its duration."""
    lean_deg: float | tuple[float, ...] | None = None
    """Largest forward lean of the trunk; several are used in turn. None: a share of the depth."""
    profile: str | None = None
    """How the body comes down (`profiles.LOWERINGS`); None: a habit, and other kinds in between."""
    walk: bool | None = None
    """Walk up to the wall before, and off after; None draws both apart."""
    fidget: bool | None = None
    """Shift the weight and the arms before the set and between reps."""

    def __post_init__(self) -> None:
        check_choice("profile", self.profile, LOWERINGS)


class _Habits:
    """One athlete's way of doing it, and how it differs from rep to rep."""

    def __init__(self, options: SquatOptions, rng: np.random.Generator) -> None:
        self.rng, self.options = rng, options
        depth = rng.uniform(25.0, 110.0) if options.depth_deg is None else options.depth_deg
        self.depths_deg = depth if isinstance(depth, tuple) else (depth,)
        seconds = rng.uniform(0.8, 5.0) if options.lowering_s is None else options.lowering_s
        self.lowerings_s = seconds if isinstance(seconds, tuple) else (seconds,)
        lean_share = rng.uniform(0.15, 0.6)
        self.leans_deg = tuple(lean_share * d for d in self.depths_deg)
        if options.lean_deg is not None:
            self.leans_deg = options.lean_deg if isinstance(options.lean_deg, tuple) else (options.lean_deg,)
        self.wander = rng.uniform(0.01, 0.05)
        self.raising_s = rng.uniform(0.7, 2.5)
        self.bottom_s = rng.choice([0.0, rng.uniform(0.1, 0.5), rng.uniform(0.5, 2.5)])
        self.top_s = rng.choice([rng.uniform(0.1, 0.4), rng.uniform(0.4, 2.5)])
        self.usual = LOWERINGS[rng.integers(len(LOWERINGS))]
        self.even_raise = rng.random() < 0.4
        self.fidgets = bool(rng.random() < 0.5) if options.fidget is None else options.fidget

    def vary(self, value: float, spread: float, low: float, high: float) -> float:
        return float(np.clip(value * (1.0 + spread * self.rng.normal()), low, high))

    def lowering(self, number: int) -> tuple[float, Lowering]:
        given_s = self.lowerings_s[(number - 1) % len(self.lowerings_s)]
        seconds = self.vary(given_s, self.options.lowering_spread, 0.5, 12.0)
        other = LOWERINGS[self.rng.integers(len(LOWERINGS))]
        kind = self.usual if self.rng.random() < 0.6 else other
        if self.options.profile is not None:
            kind = next(name for name in LOWERINGS if name == self.options.profile)
        elif seconds < BALLISTIC_S or (kind in ("pause", "early_drop", "late_drop") and seconds < UNEVEN_S):
            kind = "minimum_jerk"
        return seconds, kind

    def raising(self, score: Score) -> FloatArray:
        u = score.unit_time(self.vary(self.raising_s, 0.12, 0.6, 3.0))
        return travelled(rounded(u, 0.3, 0.3)) if self.even_raise else minimum_jerk(u)


@dataclass(frozen=True, slots=True)
class _Legs:
    """Lengths of shank and thigh (m), and how far the shank leans forward, as a share of the thigh's angle.

    Winter 2009, table 4.1: shank 0.246, thigh 0.245 of the height; knees may touch the wall.
    """

    shank_m: float
    thigh_m: float
    shank_share: float

    def hips_m(self, thigh_rad: FloatArray) -> FloatArray:
        """(n,) height of the hips over the ankles."""
        return self.shank_m * np.cos(self.shank_share * thigh_rad) + self.thigh_m * np.cos(thigh_rad)


class _Depth:
    """The thigh's angle from standing and the trunk's lean, moved together on two channels of a score."""

    def __init__(self, score: Score) -> None:
        self.score, self.thigh_rad, self.lean_rad = score, 0.0, 0.0

    def go(self, thigh_rad: float, lean_rad: float, track: FloatArray) -> tuple[float, float]:
        """Moves along a track from 0 to 1; returns when it began and ended (s)."""
        start_s, end_s = self.score.pass_time((len(track) - 1) / self.score.rate_hz)
        self.score.add("thigh", (thigh_rad - self.thigh_rad) * track, start_s)
        self.score.add("lean", (lean_rad - self.lean_rad) * track, start_s)
        self.thigh_rad, self.lean_rad = thigh_rad, lean_rad
        return start_s, end_s


def squats(
    score: Score, placement: str, reps: int, options: SquatOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """One set of squats, from standing before it to standing or walking after it."""
    timing, body = rng.spawn(2)
    habits, gait = _Habits(options, timing), Gait.drawn(timing)
    legs = _Legs(timing.uniform(0.36, 0.46), timing.uniform(0.36, 0.46), timing.uniform(0.0, 0.4))
    walk_in, walk_off = (bool(timing.random() < 0.5) if options.walk is None else options.walk for _ in range(2))
    score.unsteady_from(0.0, 0.5)
    if walk_in:
        score.span("still", timing.uniform(0.5, 2.0))
        walk(score, placement, timing.uniform(3.0, 8.0), gait, body)
    score.span("still", timing.uniform(1.5, 4.0))
    if habits.fidgets:
        _fidget(score, timing)
        score.span("still", timing.uniform(1.0, 2.5))
    score.unsteady_from(score.now_s, 1.0)
    depth = _Depth(score)
    done = tuple(_rep(depth, habits, legs, number) for number in range(1, reps + 1))
    score.unsteady_from(score.now_s, 0.5)
    if walk_off:
        score.span("still", timing.uniform(0.2, 1.5))
        walk(score, placement, timing.uniform(2.0, 6.0), gait, body)
    score.span("still", timing.uniform(0.5, 3.0))
    return _body(score, placement, legs, body), Truth(done, (), tuple(score.spans))


def _rep(depth: _Depth, habits: _Habits, legs: _Legs, number: int) -> RepTruth:
    """Down, hold, up, and a stand before the next."""
    score, rng = depth.score, habits.rng
    deep_deg = habits.vary(habits.depths_deg[(number - 1) % len(habits.depths_deg)], habits.wander, 22.0, 125.0)
    lean_deg = habits.vary(habits.leans_deg[(number - 1) % len(habits.leans_deg)], habits.wander, 0.0, 85.0)
    seconds, kind = habits.lowering(number)
    track = lowering(kind, score.unit_time(seconds), seconds, rng)
    phases = [Phase("eccentric", *depth.go(deep_deg * RAD_PER_DEG, lean_deg * RAD_PER_DEG, track))]
    hold_s = habits.vary(habits.bottom_s, 0.3, 0.0, 4.0)
    if hold_s > 0.02:
        start_s, end_s = score.pass_time(hold_s)
        phases.append(Phase("bottom_hold", start_s, end_s))
    # Nobody stands up into exactly the posture that was left.
    stand_rad, upright_rad = (rng.normal(scale=1.0) * RAD_PER_DEG for _ in range(2))
    phases.append(Phase("concentric", *depth.go(stand_rad, upright_rad, habits.raising(score))))
    score.pass_time(habits.vary(habits.top_s, 0.3, 0.05, 5.0))
    if habits.fidgets and rng.random() < 0.1:
        score.span("still", rng.uniform(0.3, 1.0))
        _fidget(score, rng)
        score.span("still", rng.uniform(0.6, 1.5))
    standing_m, deepest_m = legs.hips_m(np.array([0.0, deep_deg * RAD_PER_DEG]))
    way_m = float(standing_m - deepest_m)
    return RepTruth(number, tuple(phases), deep_deg, way_m, kind, trunk_lean_deg=lean_deg)


def _fidget(score: Score, rng: np.random.Generator) -> None:
    """A shift of the weight: a knee gives way a little, the trunk moves along, and back."""
    began_s = score.now_s
    u = score.unit_time(rng.uniform(0.8, 2.5))
    score.add("thigh", rng.uniform(2.0, 9.0) * RAD_PER_DEG * bump(u), began_s)
    score.add("lean", rng.uniform(-2.0, 2.0) * RAD_PER_DEG * bump(u), began_s)
    score.add("roll", rng.uniform(-4.0, 4.0) * RAD_PER_DEG * bump(u), began_s)
    score.add("y", rng.uniform(-0.05, 0.05) * bump(u), began_s)
    score.pass_time(float(len(u) - 1) / score.rate_hz)
    score.mark("fidget", began_s)


def _body(score: Score, placement: str, legs: _Legs, rng: np.random.Generator) -> BodyMotion:
    """The segment under the sensor: feet stay, shank and thigh fold, the trunk leans."""
    thigh, lean, level = score.channel("thigh"), score.channel("lean"), score.sway_level()
    n, rate_hz = len(thigh), score.rate_hz
    names = ("x", "y", "pitch", "roll", "yaw")
    noise = {name: level * band_noise(rng, n, rate_hz, 0.1, 1.0) for name in names}
    sway_rad, drift_m = rng.uniform(0.2, 0.5) * RAD_PER_DEG, rng.uniform(0.002, 0.006)
    more = {name: (drift_m if name in "xy" else sway_rad) * track for name, track in noise.items()}
    shaking = level * rng.uniform(0.01, 0.04) * RAD_PER_DEG * tremor(rng, n, rate_hz)
    shank = legs.shank_share * thigh
    knee_x, knee_z = legs.shank_m * np.sin(shank), legs.shank_m * np.cos(shank)
    down = thigh / max(float(np.ptp(thigh)), 0.1)
    spread = rng.uniform(-6.0, 6.0) * RAD_PER_DEG * down
    if placement == "thigh":
        more["x"] += knee_x
        more["z"] = knee_z
        more["pitch"] += shaking - thigh
        more["roll"] += spread
        more["yaw"] += rng.uniform(-15.0, 15.0) * RAD_PER_DEG * down
    else:
        more["x"] += knee_x - legs.thigh_m * np.sin(thigh)
        more["z"] = legs.hips_m(thigh)
        # The pelvis leans with the trunk (real squats: by 0.4–0.6 of the thigh's turn), and tucks under in a deep one.
        tuck = rng.uniform(0.0, 6.0) * RAD_PER_DEG * np.clip(down, 0.0, 1.0) ** 3
        share = rng.uniform(0.6, 1.0) if placement == "waist" else 1.0
        more["pitch"] += share * lean - (tuck if placement == "waist" else 0.0) + 0.5 * shaking
        more["roll"] += 0.2 * spread
    low, high = LEVERS_M[placement]
    return score.perform(rng.uniform(low, high), more)
