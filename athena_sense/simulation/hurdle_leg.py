"""Hurdle leg: standing on one leg, the other goes to the side, up and over a hurdle, and back, foot off the floor."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, Phase
from athena_sense.simulation.body import BodyMotion, Score, band_noise, tremor
from athena_sense.simulation.profiles import bump, minimum_jerk
from athena_sense.simulation.truth import RepTruth, Truth
from athena_sense.simulation.walking import Gait, shock, walk
from athena_sense.units import DEG_PER_RAD, RAD_PER_DEG

PLACEMENTS = ("shank", "foot", "chest")
_THIGH_M, _SHANK_M = 0.42, 0.40
# What a foot set down softly is felt like, in g, and the width of the pulse (s): bone and shoe damp it on the way up.
_TOUCH = {
    "foot": ((0.3, 1.5), (0.008, 0.02)),
    "shank": ((0.2, 1.0), (0.01, 0.03)),
    "chest": ((0.01, 0.06), (0.03, 0.05)),
}


@dataclass(frozen=True, slots=True)
class HurdleLegOptions:
    """What can be chosen about a set; None is drawn from the seed."""

    touches: float | None = None
    """Share of the pauses between reps in which the foot is set down."""
    trunk_lean_deg: float | None = None
    """How far the trunk leans at the height of a rep."""
    walk: bool | None = None
    """Walk up before the set, and off after."""


class _Plan:
    """When everything happens and how far it goes: the same wherever the sensor sits."""

    def __init__(self, options: HurdleLegOptions, rng: np.random.Generator) -> None:
        self.rng = rng
        self.side_deg, self.knee_deg = rng.uniform(30.0, 75.0), rng.uniform(0.0, 80.0)
        self.forward_deg, self.backward_deg = rng.uniform(-25.0, 5.0), rng.uniform(0.0, 30.0)
        self.dip = float(rng.choice([0.0, rng.uniform(0.05, 0.3)]))
        self.up_s, self.down_s = rng.uniform(0.6, 1.8, 2)
        self.hang_s = float(rng.choice([rng.uniform(0.0, 0.3), rng.uniform(0.3, 2.0)]))
        self.hang_deg = rng.uniform(2.0, 14.0)
        touches = rng.choice([0.0, 0.1, 0.5, 1.0])
        self.touches = float(touches) if options.touches is None else options.touches
        lean = rng.choice([rng.uniform(1.0, 6.0), rng.uniform(6.0, 25.0)])
        self.lean_deg = float(lean) if options.trunk_lean_deg is None else options.trunk_lean_deg
        walks = rng.random(2) < 0.5
        self.walks = tuple(bool(one) for one in walks) if options.walk is None else (options.walk, options.walk)
        self.walk_s = rng.uniform(3.0, 7.0, 2)
        self.early = rng.uniform(0.85, 1.25, 2)
        """How early the stroke out, and the one back, is at its fastest: 1 in the middle."""
        self.swing_deg = rng.uniform(0.3, 2.5)
        self.touched_s: list[tuple[float, float]] = []

    def about(self, value: float, spread: float = 0.1) -> float:
        return value * float(np.clip(1.0 + spread * self.rng.normal(), 0.6, 1.4))


class _Leg:
    """The leg's lift (0 standing, 1 at its highest), moved on the "lift" channel of a score."""

    def __init__(self, score: Score, plan: _Plan) -> None:
        self.score, self.plan, self.lift = score, plan, 0.0

    def go(self, target: float, seconds: float, early: float = 1.0) -> tuple[float, float]:
        """A leg of 15 kg on a long lever moves smoothly: minimum jerk, earlier or later than even."""
        track = minimum_jerk(self.score.unit_time(seconds) ** early)
        start_s, end_s = self.score.pass_time((len(track) - 1) / self.score.rate_hz)
        self.score.add("lift", (target - self.lift) * track, start_s)
        self.lift = target
        return start_s, end_s

    def set_down(self, stays_s: float) -> None:
        """The foot meets the floor, and carries weight for a while."""
        _, end_s = self.go(0.0, self.plan.rng.uniform(0.3, 0.5) + self.plan.hang_deg / 50.0)
        self.score.unsteady_from(end_s, 0.15)
        _, up_s = self.score.pass_time(stays_s)
        self.plan.touched_s.append((end_s, up_s))
        self.score.mark("foot_down", end_s)
        self.score.unsteady_from(up_s, 1.0)


def hurdle_leg(
    score: Score, placement: str, reps: int, options: HurdleLegOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """One set, from standing on both feet to standing again. The timing of a seed is the same at every placement."""
    plan_rng, walk_rng, body_rng = rng.spawn(3)
    plan, gait = _Plan(options, plan_rng), Gait.drawn(plan_rng)
    leg = _Leg(score, plan)
    score.unsteady_from(0.0, 0.15)
    score.span("still", plan_rng.uniform(1.5, 4.0))
    if plan.walks[0]:
        walk(score, placement, float(plan.walk_s[0]), gait, walk_rng)
        score.span("still", plan_rng.uniform(2.0, 4.0))
    score.unsteady_from(score.now_s, 1.0)
    done = tuple(_rep(leg, number, number == reps) for number in range(1, reps + 1))
    score.span("still", plan_rng.uniform(1.5, 3.0))
    if plan.walks[1]:
        score.unsteady_from(score.now_s, 0.3)
        walk(score, placement, float(plan.walk_s[1]), gait, walk_rng)
        score.span("still", plan_rng.uniform(0.5, 2.0))
    return _body(score, placement, plan, plan_rng, body_rng), Truth(_seen(done, score, plan), (), tuple(score.spans))


def _rep(leg: _Leg, number: int, last: bool) -> tuple[RepTruth, bool]:
    """Up and over, and back; then the leg hangs, or the foot is set down. Also whether it was set down after."""
    plan, rng = leg.plan, leg.plan.rng
    size, hang = plan.about(1.0, 0.06), plan.hang_deg / plan.side_deg
    first_s, top_s = leg.go(size, plan.about(plan.up_s, 0.12), plan.early[0])
    phases = [Phase("concentric", first_s, top_s)]
    if plan.dip:  # over the hurdle and back over it: two heights, and less between them
        u = leg.score.unit_time(rng.uniform(0.6, 1.2))
        start_s, end_s = leg.score.pass_time((len(u) - 1) / leg.score.rate_hz)
        leg.score.add("lift", -plan.dip * bump(u), start_s)
        phases.append(Phase("top_hold", start_s, end_s))
    leave_s, end_s = leg.go(hang * plan.about(1.0, 0.2), plan.about(plan.down_s, 0.12), plan.early[1])
    phases.append(Phase("eccentric", leave_s, end_s))
    touches = not last and rng.random() < plan.touches
    if touches or last:
        leg.set_down(rng.uniform(0.1, 0.4) if rng.random() < 0.5 else rng.uniform(0.4, 2.5))
    elif (hang_s := plan.about(plan.hang_s, 0.3)) > 0.05:
        leg.score.pass_time(hang_s)
    return RepTruth(number, tuple(phases)), bool(touches)


def _seen(done: tuple[tuple[RepTruth, bool], ...], score: Score, plan: _Plan) -> tuple[RepTruth, ...]:
    """The reps with how far the shank turned from where it hung or stood, and how often the foot was down before."""
    lift, reps = score.channel("lift"), []
    for index, (rep, _) in enumerate(done):
        first, end = round(rep.start_s * score.rate_hz), round(rep.end_s * score.rate_hz) + 1
        range_deg = _turned_deg(*_shank_rad(lift[first:end], plan))
        more = {
            "foot_down_count": float(index > 0 and done[index - 1][1]),
            "trunk_lean_deg": float((plan.lean_deg * np.clip(lift[first:end], 0.0, 1.3)).max()),
        }
        reps.append(RepTruth(rep.number, rep.phases, range_deg, more=more))
    return tuple(reps)


def _shank_rad(lift: FloatArray, plan: _Plan) -> tuple[FloatArray, FloatArray]:
    """(n,), (n,) pitch and roll of the shank."""
    sweep = np.clip(lift, 0.0, 1.2)
    pitch = plan.knee_deg * lift**2 + plan.forward_deg * lift * (1.0 - sweep) + plan.backward_deg * lift * sweep
    return RAD_PER_DEG * pitch, RAD_PER_DEG * plan.side_deg * lift


def _turned_deg(pitch: FloatArray, roll: FloatArray) -> float:
    """Largest angle between the segment's first direction and a later one, as gravity sees it."""
    down = np.stack([-np.sin(pitch), np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll)])
    return float(np.arccos(np.clip(down[:, 0] @ down, -1.0, 1.0)).max()) * DEG_PER_RAD


def _body(
    score: Score, placement: str, plan: _Plan, plan_rng: np.random.Generator, rng: np.random.Generator
) -> BodyMotion:
    """Thigh about the hip, shank about the knee; the hip sways over the standing leg, the trunk leans away."""
    lift, level = score.channel("lift"), score.sway_level()
    n, rate_hz = len(lift), score.rate_hz
    for start_s, _ in plan.touched_s:
        peak_g, width_s = _TOUCH[placement]
        shock(score, start_s, rng.uniform(*peak_g), rng.uniform(*width_s), rng)
    wave = {name: band_noise(plan_rng, n, rate_hz, 0.1, 1.5) for name in ("x", "y", "pitch", "roll", "yaw")}
    if placement == "chest":
        lean = RAD_PER_DEG * _lean_deg(score, plan)
        away = plan_rng.uniform(-0.6, 0.6)
        pitch = np.cos(away) * lean + 0.004 * wave["pitch"]
        roll = -np.sin(away) * lean + 0.004 * wave["roll"]
        lever = np.array([rng.uniform(0.05, 0.15), rng.uniform(-0.1, 0.1), rng.uniform(0.3, 0.5)])
        more = {"x": 0.006 * wave["x"], "y": 0.006 * wave["y"], "pitch": pitch, "roll": roll, "yaw": 0.01 * wave["yaw"]}
        return score.perform(lever, more)
    swing = RAD_PER_DEG * plan.swing_deg * level
    shaking = level * rng.uniform(0.002, 0.015) * RAD_PER_DEG * tremor(rng, n, rate_hz)
    thigh_pitch = RAD_PER_DEG * (plan.forward_deg * lift - 0.15 * plan.knee_deg * lift**2) + 0.5 * swing * wave["pitch"]
    thigh_roll = RAD_PER_DEG * plan.side_deg * lift + 0.5 * swing * wave["roll"]
    more = {"x": 0.006 * level * wave["x"], "y": 0.006 * level * wave["y"]}
    yaw = RAD_PER_DEG * rng.uniform(-20.0, 20.0) * lift + 0.02 * level * wave["yaw"]
    more["x"] += -_THIGH_M * np.sin(thigh_pitch)
    more["y"] += _THIGH_M * np.sin(thigh_roll) * np.cos(thigh_pitch)
    more["z"] = -_THIGH_M * np.cos(thigh_pitch) * np.cos(thigh_roll)
    pitch, roll = _shank_rad(lift, plan)
    low = (0.05, 0.3) if placement == "shank" else (_SHANK_M + 0.02, _SHANK_M + 0.06)
    ahead = (0.0, 0.05) if placement == "shank" else (0.03, 0.12)
    lever = np.array([rng.uniform(*ahead), rng.uniform(-0.04, 0.04), -rng.uniform(*low)])
    angles = {"pitch": pitch + swing * wave["pitch"] + shaking, "roll": roll + swing * wave["roll"], "yaw": yaw}
    return score.perform(lever, more | angles)


def _lean_deg(score: Score, plan: _Plan) -> FloatArray:
    """(n,) lean of the trunk: it follows the lift."""
    return plan.lean_deg * np.clip(score.channel("lift"), 0.0, 1.3)
