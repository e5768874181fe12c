"""Ski jumpers: weights pushed behind the body, which leans forward about the ankles as one, or bends at the hips."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import Phase
from athena_sense.simulation.body import BodyMotion, Score, band_noise, tremor
from athena_sense.simulation.profiles import Lowering, lowering
from athena_sense.simulation.truth import RepTruth, Truth
from athena_sense.simulation.walking import Gait, walk
from athena_sense.units import RAD_PER_DEG

PLACEMENTS = ("chest", "waist", "thigh")
STYLES: tuple[Lowering, ...] = ("even", "minimum_jerk", "wavering", "slowing")


@dataclass(frozen=True, slots=True)
class SkiJumperOptions:
    """What can be chosen about a set of ski jumpers; None is drawn from the seed."""

    lean_deg: float | None = None
    """How far the chest leans at the furthest."""
    bent_share: float | None = None
    """How much of the chest's lean comes from the hips: 0 leans as one, 1 keeps the legs upright."""
    hold_s: float | None = None
    shallow: float | None = None
    """Share of reps that are pushed back only a third to two thirds as far."""
    walk: bool | None = None
    """Walk up before the set, and off after."""


class _Plan:
    """When everything happens and how far it goes: the same wherever the sensor sits."""

    def __init__(self, options: SkiJumperOptions, reps: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.lean_deg = rng.uniform(5.0, 20.0) if options.lean_deg is None else options.lean_deg
        # With hips and heels locked in the legs lean with the body; who bends keeps them upright or pushes them back.
        bent = rng.choice([rng.uniform(0.0, 0.15), rng.uniform(0.5, 1.1)])
        self.bent_share = float(bent) if options.bent_share is None else options.bent_share
        self.out_s, self.back_s = rng.uniform(0.7, 2.5, 2)
        hold_s = rng.choice([0.0, rng.uniform(0.2, 3.0)])
        self.hold_s = float(hold_s) if options.hold_s is None else options.hold_s
        self.upright_s = float(rng.choice([0.0, rng.uniform(0.2, 2.0)]))
        shallow = rng.choice([0.0, 0.2])
        self.shallow = float(shallow) if options.shallow is None else options.shallow
        self.left_share = float(rng.choice([0.0, rng.uniform(0.0, 0.15)]))
        walks = rng.random(2) < 0.5
        self.walks = tuple(bool(one) for one in walks) if options.walk is None else (options.walk, options.walk)
        self.walk_s = rng.uniform(3.0, 7.0, 2)
        self.styles = [STYLES[i] for i in rng.integers(len(STYLES), size=2)]
        self.reps, self.lean_now_deg = reps, 0.0

    def about(self, value: float, spread: float = 0.1) -> float:
        return value * float(np.clip(1.0 + spread * self.rng.normal(), 0.6, 1.4))


def ski_jumper(
    score: Score, placement: str, reps: int, options: SkiJumperOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """One set, from standing before it to standing after it. The timing of a seed is the same at every placement."""
    plan_rng, walk_rng, body_rng = rng.spawn(3)
    plan, gait = _Plan(options, reps, plan_rng), Gait.drawn(plan_rng)
    score.unsteady_from(0.0, 1.0)
    score.span("still", plan_rng.uniform(1.5, 4.0))
    if plan.walks[0]:
        walk(score, placement, float(plan.walk_s[0]), gait, walk_rng)
        score.span("still", plan_rng.uniform(2.0, 4.0))
    done = tuple(_rep(score, plan, number) for number in range(1, reps + 1))
    score.span("still", plan_rng.uniform(1.5, 3.0))
    if plan.walks[1]:
        walk(score, placement, float(plan.walk_s[1]), gait, walk_rng)
        score.span("still", plan_rng.uniform(0.5, 2.0))
    return _body(score, placement, plan, plan_rng, body_rng), Truth(done, (), tuple(score.spans))


def _rep(score: Score, plan: _Plan, number: int) -> RepTruth:
    """Lean, hold, come back; all but the last rep may stop a little short of upright."""
    rng, before = plan.rng, plan.lean_now_deg
    size = plan.about(plan.lean_deg) * (rng.uniform(0.33, 0.66) if rng.random() < plan.shallow else 1.0)
    size = max(size, 3.5)
    left = plan.left_share * size * rng.uniform(0.0, 1.0) if number < plan.reps else 0.0
    phases = []
    for way, (target, usual_s) in enumerate(((size, plan.out_s), (left, plan.back_s))):
        seconds = plan.about(usual_s, 0.15)
        track = lowering(plan.styles[way], score.unit_time(seconds), seconds, rng)
        start_s, end_s = score.pass_time((len(track) - 1) / score.rate_hz)
        score.add("lean", (target - before) * track, start_s)
        before = target
        phases.append(Phase("eccentric" if way else "concentric", start_s, end_s))
        hold_s = plan.about(plan.upright_s if way else plan.hold_s, 0.3)
        if hold_s > 0.05:
            phases.append(Phase("bottom_hold" if way else "top_hold", *score.pass_time(hold_s)))
    plan.lean_now_deg = left
    return RepTruth(number, tuple(phases), size, more={"lean_deg": size, "hip_bend_deg": plan.bent_share * size})


def _body(
    score: Score, placement: str, plan: _Plan, plan_rng: np.random.Generator, rng: np.random.Generator
) -> BodyMotion:
    """Legs about the ankles, trunk about the hips; sway is of the whole body, about the ankles."""
    n, rate_hz = len(score.channel("lean")), score.rate_hz
    sway_deg = plan_rng.uniform(0.15, 0.5)
    sway = {name: sway_deg * band_noise(plan_rng, n, rate_hz, 0.1, 1.0) for name in ("pitch", "roll", "yaw")}
    lean = score.channel("lean")
    thigh = RAD_PER_DEG * ((1.0 - plan.bent_share) * lean + sway["pitch"])
    trunk = RAD_PER_DEG * (lean + sway["pitch"])
    roll = RAD_PER_DEG * (0.6 * sway["roll"] + plan_rng.uniform(-0.08, 0.08) * lean)
    hip_m = rng.uniform(0.8, 0.95)
    shaking = rng.uniform(0.005, 0.02) * RAD_PER_DEG * tremor(rng, n, rate_hz)
    more = {
        "pitch": (thigh if placement == "thigh" else trunk) + shaking,
        "roll": roll,
        "yaw": RAD_PER_DEG * sway["yaw"],
    }
    if placement == "thigh":
        lever = np.array([rng.uniform(0.03, 0.1), rng.uniform(-0.1, 0.1), rng.uniform(0.55, 0.75)])
        return score.perform(lever, more)
    # From the hips on: the hip joint moves on its arc about the ankles.
    more |= {"x": hip_m * np.sin(thigh), "z": hip_m * np.cos(thigh), "y": -hip_m * np.sin(roll)}
    high = (0.0, 0.15) if placement == "waist" else (0.3, 0.5)
    lever = np.array([rng.uniform(0.05, 0.15), rng.uniform(-0.1, 0.1), rng.uniform(*high)])
    return score.perform(lever, more)
