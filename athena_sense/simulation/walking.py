"""Walking, stairs and single steps: what surrounds a set, and must never be counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.body import BodyMotion, Score, band_noise
from athena_sense.simulation.landing import jolt
from athena_sense.simulation.profiles import bump, minimum_jerk
from athena_sense.simulation.truth import Truth
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

# Pitch (deg, positive = nose or toes down) at shares of a gait cycle that starts with the heel's strike; read off
# the sagittal segment angles of normal gait in Winter, Biomechanics and Motor Control of Human Movement, app. A.
_PHASES = (0.0, 0.08, 0.2, 0.35, 0.48, 0.6, 0.72, 0.85, 0.95)
_PITCH_DEG: Mapping[str, tuple[float, ...]] = {
    "foot": (-20.0, -1.0, 0.0, 2.0, 20.0, 68.0, 45.0, -5.0, -22.0),
    "shank": (-18.0, -8.0, 2.0, 12.0, 26.0, 52.0, 48.0, 0.0, -19.0),
    "thigh": (-24.0, -22.0, -12.0, 4.0, 14.0, 4.0, -16.0, -27.0, -25.0),
    "waist": (1.0, 2.0, 0.0, -1.0, 0.5, 2.0, 0.0, -1.0, 0.5),
    "chest": (2.0, 3.0, 1.0, 0.0, 1.5, 3.0, 1.0, 0.0, 1.5),
    "head": (0.5, -0.5, 0.0, 0.5, 0.0, -0.5, 0.0, 0.5, 0.5),
    "wrist": (22.0, 18.0, 4.0, -16.0, -24.0, -18.0, 0.0, 16.0, 22.0),
}
_LIKE = {"upper_arm": "wrist", "other": "waist"}
# First peak of the shock at heel strike above the quiet value, in g, walking (Lafortune 1991, shank 2–5 g; sacrum
# and head below 1 g: Kavanagh & Menz 2008, doi 10.1016/j.gaitpost.2007.10.010), and its width in ms.
_SHOCK_G_MS = {"foot": (3.0, 12.0), "shank": (1.8, 18.0), "thigh": (1.0, 25.0)}
_SHOCK_ELSEWHERE = (0.35, 35.0)


@dataclass(frozen=True, slots=True)
class Gait:
    """One person's walk."""

    stride_s: float
    stride_m: float
    bob_m: float
    hardness: float
    first_leg: float
    """0 when the sensor's leg strikes first, 0.5 otherwise."""

    @staticmethod
    def drawn(rng: np.random.Generator) -> "Gait":
        """Adult self-chosen walking: cadence 100–120 steps a minute."""
        return Gait(
            rng.uniform(1.0, 1.25),
            rng.uniform(1.1, 1.5),
            rng.uniform(0.012, 0.022),
            rng.uniform(0.5, 1.5),
            0.5 * float(rng.integers(2)),
        )


def walk(
    score: Score, placement: str, seconds: float, gait: Gait, rng: np.random.Generator, rise_m: float = 0.0
) -> None:
    """Walks for about `seconds`, starting and ending at rest; `rise_m` a stride on stairs (negative: down)."""
    from scipy.interpolate import CubicSpline

    began_s = score.now_s
    strides = max(1.0, round(2.0 * seconds / gait.stride_s) / 2.0)
    u = score.unit_time(strides * gait.stride_s)
    cycle = strides * u + 0.05 * rng.normal() * bump(u)
    edge = np.minimum(cycle - cycle[0], cycle[-1] - cycle) / 0.5
    strength = minimum_jerk(np.clip(edge, 0.0, 1.0))
    where = cycle + gait.first_leg
    name = _LIKE.get(placement, placement)
    size = rng.uniform(0.85, 1.15)
    degrees = size * np.array(_PITCH_DEG[name]) + rng.normal(scale=0.6, size=len(_PHASES))
    pitch = CubicSpline((*_PHASES, 1.0), (*degrees, degrees[0]), bc_type="periodic")(where % 1.0)
    score.add("pitch", RAD_PER_DEG * strength * pitch, began_s)
    _travel(score, name, where, strength, minimum_jerk(u), strides, gait, rise_m, began_s)
    for channel, degrees_out, harmonic in (("roll", 3.0, 1), ("yaw", 4.0, 1), ("roll", 1.0, 2)):
        wave = np.sin(2.0 * np.pi * (harmonic * where + rng.uniform()))
        score.add(channel, RAD_PER_DEG * degrees_out * rng.uniform(0.3, 1.2) * strength * wave, began_s)
    _shocks(score, name, where, strength, gait, began_s, rng, 1.0 + abs(rise_m))
    turn = rng.uniform(-np.pi, np.pi) if rng.random() < 0.5 else rng.uniform(-0.2, 0.2)
    score.add("yaw", turn * minimum_jerk(u), began_s)
    score.now_s += score.count(strides * gait.stride_s) / score.rate_hz
    score.mark("stairs" if rise_m else "walking", began_s)


def _travel(
    score: Score,
    name: str,
    where: FloatArray,
    strength: FloatArray,
    u: FloatArray,
    strides: float,
    gait: Gait,
    rise_m: float,
    began_s: float,
) -> None:
    """Forward and up: a leg stands and swings, the trunk bobs twice a stride."""
    whole = strides * gait.stride_m
    if name in ("foot", "shank"):
        share = {"foot": 1.0, "shank": 0.6}[name]
        swing = np.clip(((where % 1.0) - 0.55) / 0.45, 0.0, 1.0)
        stepped = np.floor(where) + minimum_jerk(swing)
        ends = stepped - stepped[0] - u * (stepped[-1] - stepped[0])
        score.add("x", whole * u + share * gait.stride_m * strength * ends, began_s)
        score.add("z", share * (0.05 + 0.5 * abs(rise_m)) * strength * bump(swing), began_s)
        score.add("z", rise_m * (strides * u + share * strength * ends), began_s)
        return
    score.add("x", whole * u + 0.01 * strength * np.sin(4.0 * np.pi * where), began_s)
    score.add("y", 0.02 * strength * np.sin(2.0 * np.pi * where), began_s)
    bob = gait.bob_m * (1.0 + abs(rise_m))
    score.add("z", strides * rise_m * u - bob * strength * np.cos(4.0 * np.pi * (where - 0.05)), began_s)


def shock(score: Score, at_s: float, peak_g: float, width_s: float, rng: np.random.Generator) -> None:
    """A short ringing jolt along the vertical and a little sideways."""
    t_s = np.arange(0.0, 10.0 * width_s + 1.0 / score.rate_hz, 1.0 / score.rate_hz)
    pulse = peak_g * STANDARD_GRAVITY_M_S2 * jolt(t_s, width_s, rng)
    score.add("az", pulse, at_s)
    score.add("ax", rng.uniform(-0.5, 0.3) * pulse, at_s)
    score.add("ay", rng.uniform(-0.25, 0.25) * pulse, at_s)


def _shocks(
    score: Score,
    name: str,
    where: FloatArray,
    strength: FloatArray,
    gait: Gait,
    began_s: float,
    rng: np.random.Generator,
    harder: float,
) -> None:
    """Heel strikes: the sensor's own leg once a stride, both legs above the pelvis."""
    peak_g, width_ms = _SHOCK_G_MS.get(name, _SHOCK_ELSEWHERE)
    per_stride = 1.0 if name in _SHOCK_G_MS else 2.0
    strikes = np.flatnonzero(np.diff(np.floor(where * per_stride)) > 0)
    for index in strikes:
        hard = peak_g * gait.hardness * harder * rng.uniform(0.7, 1.3) * strength[index]
        if hard > 0.01:
            width_s = width_ms / 1e3 * rng.uniform(0.8, 1.25)
            shock(score, began_s + float(index) / score.rate_hz, hard, width_s, rng)


def step_up(score: Score, placement: str, rise_m: float, rng: np.random.Generator) -> None:
    """One step onto (or, negative, off) something: this leg or the other first, then the other follows."""
    # A high step is taken slower: the leg that stays carries the body down without letting it fall.
    began_s, seconds = score.now_s, rng.uniform(0.45, 0.8) + abs(rise_m)
    leads = rng.random() < 0.5
    name = _LIKE.get(placement, placement)
    u = score.unit_time(seconds)
    leg = name in ("foot", "shank", "thigh")
    at_s = began_s if leads or not leg else began_s + seconds
    # A thigh goes up with the hips: when the other leg steps, or by its own push when its foot is up.
    risen_s = at_s if name != "thigh" else began_s + seconds if leads else began_s
    score.add("z", rise_m * minimum_jerk(u), risen_s)
    score.add("x", rng.uniform(0.25, 0.45) * minimum_jerk(u), risen_s)
    if name == "thigh":
        bent = bump(score.unit_time(2.0 * seconds) if leads else u)
        score.add("pitch", -60.0 * rng.uniform(0.6, 1.1) * RAD_PER_DEG * bent, at_s)
    elif leg:
        lift = {"foot": (0.06, 25.0), "shank": (0.05, 45.0)}[name]
        score.add("z", lift[0] * bump(u), at_s)
        score.add("pitch", lift[1] * rng.uniform(0.6, 1.1) * RAD_PER_DEG * bump(u), at_s)
    else:
        score.add("pitch", rng.uniform(2.0, 8.0) * RAD_PER_DEG * bump(score.unit_time(2.0 * seconds)), began_s)
    peak_g, width_ms = _SHOCK_G_MS.get(name, _SHOCK_ELSEWHERE)
    # The leg that lands first carries the drop: v = sqrt(2 g h), most of it held back by the other leg.
    hard = 0.5 + 4.0 * max(0.0, -rise_m)
    own, other = peak_g * hard * rng.uniform(0.6, 1.4), (0.15 if leg else 0.7) * peak_g * hard
    shock(score, at_s + seconds, own, width_ms / 1e3, rng)
    shock(score, began_s + (2.0 * seconds if at_s == began_s else seconds), other, width_ms / 1e3, rng)
    score.now_s += score.count(2.0 * seconds + 0.2) / score.rate_hz
    score.mark("step_on" if rise_m > 0 else "step_off", began_s)


@dataclass(frozen=True, slots=True)
class WalkingOptions:
    """`seconds` of walking or stairs, standing still before and after."""

    seconds: float = 40.0
    rise_m: float = 0.0
    """Rise of a stride on stairs: two steps, about 0.34 m up, −0.34 m down."""


def walking(
    score: Score, placement: str, reps: int, options: WalkingOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """Bouts of walking with stops between: no reps, no landings. `reps` is the number of bouts, at most 4."""
    gait = Gait.drawn(rng)
    bouts = min(reps, 4)
    score.unsteady_from(0.0, 0.5)
    for _ in range(bouts):
        score.span("still", rng.uniform(1.0, 4.0))
        walk(score, placement, options.seconds / bouts, gait, rng, options.rise_m)
    score.span("still", rng.uniform(1.0, 4.0))
    level = score.sway_level()
    sway = {
        name: size * level * band_noise(rng, len(level), score.rate_hz, 0.1, 1.0)
        for name, size in (("x", 0.004), ("y", 0.003), ("pitch", 0.005), ("roll", 0.004), ("yaw", 0.008))
    }
    lever = rng.uniform(-0.1, 0.1, 3)
    return score.perform(lever, sway), Truth((), (), tuple(score.spans))
