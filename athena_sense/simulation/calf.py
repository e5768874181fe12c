"""Eccentric calf raises on a step: up quickly, down slowly, heel below the step's edge."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, Phase
from athena_sense.simulation.body import BodyMotion, Score, ankle, band_noise, lever_of, tremor
from athena_sense.simulation.choices import check_choice
from athena_sense.simulation.profiles import LOWERINGS, Lowering, lowering, minimum_jerk, rounded, travelled
from athena_sense.simulation.truth import RepTruth, Truth
from athena_sense.simulation.walking import Gait, step_up, walk
from athena_sense.units import DEG_PER_RAD, RAD_PER_DEG

PLACEMENTS = ("foot", "shank", "waist")
KNEE_OVER_ANKLE_M = 0.4
BALLISTIC_S = 1.6
"""Lowerings shorter than this are one stroke of minimum jerk: no time for submovements."""


@dataclass(frozen=True, slots=True)
class CalfOptions:
    """What can be chosen about a calf set; None is drawn from the seed."""

    lowering_s: float | tuple[float, ...] | None = None
    """Duration of the lowerings; several are used in turn. None: one between 1 and 12 s for the set."""
    lowering_spread: float = 0.08
    """Standard deviation of one lowering, as a share of its duration."""
    profile: str | None = None
    """How the heel comes down (`profiles.LOWERINGS`); None: a habit, and other kinds in between."""
    range_deg: float | None = None
    start: str | None = None
    """"flat" on the step, or "up" on the toes already."""
    walk: bool | None = None
    """Walk up to the step before, and off after; None draws both apart."""

    def __post_init__(self) -> None:
        check_choice("profile", self.profile, LOWERINGS)
        check_choice("start", self.start, ("flat", "up"))


class _Habits:
    """One athlete's way of doing it, and how it differs from rep to rep."""

    def __init__(self, options: CalfOptions, rng: np.random.Generator) -> None:
        self.rng = rng
        self.range_deg = rng.uniform(25.0, 50.0) if options.range_deg is None else options.range_deg
        self.drop_deg = rng.uniform(0.15, 0.45) * self.range_deg
        self.shrink = rng.uniform(0.0, 0.15)
        self.wander = rng.uniform(0.01, 0.05)
        self.raising_s = rng.uniform(0.4, 1.2)
        self.top_s = rng.choice([rng.uniform(0.1, 0.4), rng.uniform(0.4, 1.5)])
        self.bottom_s = rng.choice([0.0, rng.uniform(0.1, 0.5), rng.uniform(0.5, 1.5)])
        self.even_raise = rng.random() < 0.3
        given = rng.uniform(1.0, 12.0) if options.lowering_s is None else options.lowering_s
        self.lowerings_s = given if isinstance(given, tuple) else (given,)
        self.spread = options.lowering_spread
        self.profile = options.profile
        self.usual = LOWERINGS[rng.integers(len(LOWERINGS))]

    def vary(self, value: float, spread: float, low: float, high: float) -> float:
        return float(np.clip(value * (1.0 + spread * self.rng.normal()), low, high))

    def top_rad(self, progress: float) -> float:
        tired = self.range_deg * (1.0 - self.shrink * progress) - self.drop_deg
        return self.vary(tired, self.wander, 5.0, 60.0) * RAD_PER_DEG

    def bottom_rad(self) -> float:
        return -self.vary(self.drop_deg, 2.0 * self.wander, 1.0, 30.0) * RAD_PER_DEG

    def raising(self, score: Score) -> FloatArray:
        u = score.unit_time(self.vary(self.raising_s, 0.12, 0.35, 1.4))
        return travelled(rounded(u, 0.3, 0.3)) if self.even_raise else minimum_jerk(u)

    def creep_rad(self, seconds: float) -> float:
        """A held heel sinks a little, by up to half a degree a second."""
        return float(-self.rng.uniform(0.0, 0.5) * RAD_PER_DEG * seconds)

    def lowering(self, number: int) -> tuple[float, Lowering]:
        seconds = self.vary(self.lowerings_s[(number - 1) % len(self.lowerings_s)], self.spread, 0.5, 20.0)
        other = LOWERINGS[self.rng.integers(len(LOWERINGS))]
        kind = self.usual if self.rng.random() < 0.6 else other
        if self.profile is not None:
            kind = next(name for name in LOWERINGS if name == self.profile)
        elif seconds < BALLISTIC_S:
            kind = "minimum_jerk"
        elif kind == "minimum_jerk" and seconds > 3.0 * BALLISTIC_S:
            kind = "even"
        return seconds, kind


class _Heel:
    """The heel's angle above the horizontal foot, moved on the "heel" channel of a score."""

    def __init__(self, score: Score) -> None:
        self.score, self.angle_rad = score, 0.0

    def go(self, target_rad: float, track: FloatArray) -> tuple[float, float]:
        """Moves along a track from 0 to 1; returns when it began and ended (s)."""
        start_s, end_s = self.score.pass_time((len(track) - 1) / self.score.rate_hz)
        self.score.add("heel", (target_rad - self.angle_rad) * track, start_s)
        self.angle_rad = target_rad
        return start_s, end_s

    def rest(self, duration_s: float, creep_rad: float = 0.0) -> tuple[float, float]:
        """Stays, but for a slow sinking."""
        u = self.score.unit_time(duration_s)
        return self.go(self.angle_rad + creep_rad, travelled(rounded(u, 0.3, 0.3)))


def calf(
    score: Score, placement: str, reps: int, options: CalfOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """One set of calf raises, from standing before it to standing or walking after it."""
    heel, habits, gait = _Heel(score), _Habits(options, rng), Gait.drawn(rng)
    step_m = rng.uniform(0.12, 0.2)
    walk_in, walk_off = (bool(rng.random() < 0.5) if options.walk is None else options.walk for _ in range(2))
    score.unsteady_from(0.0, 0.3)
    if walk_in:
        score.span("still", rng.uniform(0.5, 2.0))
        walk(score, placement, rng.uniform(3.0, 8.0), gait, rng)
        step_up(score, placement, step_m, rng)
    start = options.start or ("flat", "flat", "up")[rng.integers(3)]
    truth = _set(heel, reps, start == "up", walk_in, habits)
    score.unsteady_from(score.now_s, 0.3)
    if walk_off:
        step_up(score, placement, -step_m, rng)
        walk(score, placement, rng.uniform(2.0, 6.0), gait, rng)
    score.span("still", rng.uniform(0.5, 3.0))
    return _body(score, placement, rng), Truth(truth, (), tuple(score.spans))


def _set(heel: _Heel, reps: int, start_up: bool, from_floor: bool, habits: _Habits) -> tuple[RepTruth, ...]:
    """Plays the set on the heel; what was commanded is the truth."""
    score, rng = heel.score, habits.rng
    if start_up and from_floor:
        began_s, _ = heel.rest(rng.uniform(0.3, 1.5))
        heel.go(habits.top_rad(0.0), minimum_jerk(score.unit_time(habits.raising_s)))
        score.mark("get_ready", began_s)
    elif start_up:
        heel.angle_rad = habits.top_rad(0.0)
        score.add("heel", np.array([heel.angle_rad]), 0.0)
    if start_up:
        score.unsteady_from(score.now_s, 1.0)
    began_s, _ = heel.rest(rng.uniform(1.5, 4.0))
    score.mark("still", began_s)
    score.unsteady_from(score.now_s, 1.0)
    raises = range(2 if start_up else 1, reps + 1)
    done = tuple(_rep(heel, habits, number, number / reps, number in raises) for number in range(1, reps + 1))
    began_s, _ = heel.rest(rng.uniform(0.3, 2.0))
    heel.go(0.0, minimum_jerk(score.unit_time(rng.uniform(0.5, 1.2))))
    score.mark("step_off", began_s)
    return done


def _rep(heel: _Heel, habits: _Habits, number: int, progress: float, raises: bool) -> RepTruth:
    """Up, hold, down, hold; the first lowering of a set that starts on the toes has no raise of its own."""
    score, phases = heel.score, []
    if raises:
        track = habits.raising(score)
        phases.append(Phase("concentric", *heel.go(habits.top_rad(progress), track)))
        top_s = habits.vary(habits.top_s, 0.3, 0.05, 3.0)
        phases.append(Phase("top_hold", *heel.rest(top_s, habits.creep_rad(top_s))))
    top_rad = heel.angle_rad
    seconds, kind = habits.lowering(number)
    track = lowering(kind, score.unit_time(seconds), seconds, habits.rng)
    phases.append(Phase("eccentric", *heel.go(habits.bottom_rad(), track)))
    range_deg = (top_rad - heel.angle_rad) * DEG_PER_RAD
    if (bottom_s := habits.vary(habits.bottom_s, 0.3, 0.0, 3.0)) > 0.02:
        phases.append(Phase("bottom_hold", *heel.rest(bottom_s, habits.creep_rad(bottom_s))))
    return RepTruth(number, tuple(phases), range_deg, profile=kind)


def _body(score: Score, placement: str, rng: np.random.Generator) -> BodyMotion:
    """The segment under the sensor, led by the heel's angle about the fixed toe joint."""
    heel, level = score.channel("heel"), score.sway_level()
    n, rate_hz = len(heel), score.rate_hz
    noise = {name: level * band_noise(rng, n, rate_hz, 0.1, 1.0) for name in ("x", "y", "pitch", "roll", "yaw")}
    sway_rad, drift_m = rng.uniform(0.2, 0.5) * RAD_PER_DEG, rng.uniform(0.002, 0.006)
    more = {name: (drift_m if name in "xy" else sway_rad) * track for name, track in noise.items()}
    shaking = level * rng.uniform(0.01, 0.04) * RAD_PER_DEG * tremor(rng, n, rate_hz)
    raised = heel / max(float(np.ptp(heel)), 0.1)
    pivot, lean = rng.uniform(-10.0, 10.0) * RAD_PER_DEG * raised, rng.uniform(-4.0, 4.0) * RAD_PER_DEG * raised
    if placement == "foot":
        more = {
            "pitch": heel + more["pitch"] + shaking,
            "roll": lean + more["roll"],
            "yaw": pivot + more["yaw"],
        }
        return score.perform(lever_of("foot", rng), more)
    forward, upward = ankle(heel, rng)
    more["z"] = upward
    if placement == "shank":
        # The hips stay over the toes while the ankle moves forward: the shank leans back, a few degrees at most.
        more["x"] += forward
        more["pitch"] -= rng.uniform(0.3, 1.1) * np.arctan2(forward, KNEE_OVER_ANKLE_M)
        more["roll"] += 0.5 * lean + 0.3 * shaking
        more["yaw"] += 0.6 * pivot
    else:
        more["x"] += rng.uniform(0.0, 0.5) * forward
        more["pitch"] += rng.uniform(-2.0, 2.0) * RAD_PER_DEG * raised
        more["roll"] += 0.3 * lean
        more["yaw"] += 0.3 * pivot
    return score.perform(lever_of(placement, rng), more)
