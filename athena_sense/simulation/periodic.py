"""Any repetitive exercise at any place: a limb that swings, a bar or a body that goes up and down, or both."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, Phase, PhaseName
from athena_sense.simulation.body import BodyMotion, Score, band_noise, tremor
from athena_sense.simulation.landing import jolt
from athena_sense.simulation.profiles import Lowering, bump, lowering
from athena_sense.simulation.truth import RepTruth, Truth
from athena_sense.units import DEG_PER_RAD, RAD_PER_DEG, STANDARD_GRAVITY_M_S2

STYLES: tuple[Lowering, ...] = ("even", "minimum_jerk", "wavering", "slowing")


@dataclass(frozen=True, slots=True)
class PeriodicOptions:
    """What can be chosen about a repetitive exercise; None is drawn from the seed."""

    period_s: float | None = None
    swing_deg: float | None = None
    """Angle that the limb swings through; 0 for none."""
    travel_m: float | None = None
    """Way that the joint or the bar goes up and down; 0 for none."""
    down_first: bool | None = None
    """A squat starts downwards, a press upwards."""
    drift: float | None = None
    """How much slower (share of the period) and smaller (half of it) the reps become to the end."""
    fidget: bool | None = None
    """Restless getting ready and racking before and after; without it the set stands in stillness."""
    trimmed: bool = False
    """The recording starts and ends with the set itself."""


class _Style:
    """One athlete doing one exercise."""

    def __init__(self, options: PeriodicOptions, rng: np.random.Generator) -> None:
        self.rng = rng
        kind = rng.integers(3)
        swing = 0.0 if kind == 1 else rng.uniform(20.0, 140.0)
        travel = 0.0 if kind == 0 else rng.uniform(0.08, 0.6)
        self.swing_rad = RAD_PER_DEG * (swing if options.swing_deg is None else options.swing_deg)
        self.travel_m = travel if options.travel_m is None else options.travel_m
        # Nobody moves a bar 0.6 m in half a second: peak acceleration stays near or below 1 g.
        least_s = 1.2 * np.sqrt(self.travel_m) + 0.5 * np.sqrt(self.swing_rad) + 0.6
        self.period_s = rng.uniform(least_s, least_s + 3.0) if options.period_s is None else options.period_s
        self.down_first = bool(rng.random() < 0.5) if options.down_first is None else options.down_first
        self.drift = rng.uniform(-0.1, 0.4) if options.drift is None else options.drift
        self.first_share = rng.uniform(0.3, 0.6)
        self.pause_share = rng.choice([0.0, rng.uniform(0.02, 0.2)], size=2)
        self.styles = [STYLES[i] for i in rng.integers(len(STYLES), size=2)]
        self.spread = rng.uniform(0.02, 0.1)

    def stroke(self, score: Score, seconds: float, way: int) -> FloatArray:
        """(n,) from 0 to 1 in one direction."""
        return lowering(self.styles[way], score.unit_time(seconds), seconds, self.rng)

    def about(self, value: float) -> float:
        return value * float(np.clip(1.0 + self.spread * self.rng.normal(), 0.6, 1.4))


def periodic(
    score: Score, placement: str, reps: int, options: PeriodicOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """One set of a repetitive exercise that nothing is known of."""
    style = _Style(options, rng)
    restless = bool(rng.random() < 0.6) if options.fidget is None else options.fidget
    if not options.trimmed:
        _around(score, style, restless, 1.0)
    done = tuple(_rep(score, style, number, (number - 1) / max(1, reps - 1)) for number in range(1, reps + 1))
    if not options.trimmed:
        _around(score, style, restless, -1.0)
    return _body(score, style), Truth(done, (), tuple(score.spans))


def _rep(score: Score, style: _Style, number: int, progress: float) -> RepTruth:
    """Out and back, with the pauses of this athlete."""
    period_s = style.about(style.period_s * (1.0 + style.drift * progress))
    size = style.about(1.0 - 0.5 * style.drift * progress)
    moving_s = period_s * (1.0 - style.pause_share.sum())
    shares = (style.first_share, 1.0 - style.first_share)
    up: tuple[PhaseName, PhaseName] = ("concentric", "top_hold")
    down: tuple[PhaseName, PhaseName] = ("eccentric", "bottom_hold")
    phases = []
    order = (down, up) if style.down_first else (up, down)
    for way, ((move, hold), share) in enumerate(zip(order, shares, strict=True)):
        track = style.stroke(score, moving_s * share, way)
        start_s, end_s = score.pass_time((len(track) - 1) / score.rate_hz)
        score.add("reach", (size if way == 0 else -size) * track, start_s)
        phases.append(Phase(move, start_s, end_s))
        if style.pause_share[way] > 0:
            phases.append(Phase(hold, *score.pass_time(period_s * style.pause_share[way])))
    swing_deg = size * style.swing_rad * DEG_PER_RAD
    return RepTruth(number, tuple(phases), swing_deg or None, size * style.travel_m or None)


def _around(score: Score, style: _Style, restless: bool, into: float) -> None:
    """Stillness and, where restless, getting into position (`into` = 1) or out of it (−1): a knock of the rack."""
    rng = style.rng
    if into > 0:
        score.span("still", rng.uniform(1.0, 4.0))
    if restless:
        began_s, seconds = score.now_s, rng.uniform(2.0, 6.0)
        u = score.unit_time(seconds)
        for channel, size in (("pitch", 0.35), ("roll", 0.3), ("yaw", 0.3), ("z", 0.04), ("x", 0.04)):
            wander = band_noise(rng, len(u), score.rate_hz, 0.2, 1.5)
            score.add(channel, rng.uniform(0.2, 1.0) * size * bump(u) * wander, began_s)
        turn = rng.uniform(-0.8, 0.8) * lowering("minimum_jerk", u, seconds, rng)
        score.add("pitch", turn, began_s)
        t = score.unit_time(0.4) * 0.4
        knock = rng.uniform(0.3, 1.5) * STANDARD_GRAVITY_M_S2 * jolt(t, rng.uniform(0.008, 0.02), rng)
        score.add(("az", "ax")[rng.integers(2)], knock, began_s + (0.05 if into > 0 else seconds - 0.5))
        score.now_s += score.count(seconds) / score.rate_hz
        score.mark("get_ready" if into > 0 else "rack", began_s)
    if into < 0 or rng.random() < 0.7:
        score.span("still", rng.uniform(0.5, 3.0))


def _body(score: Score, style: _Style) -> BodyMotion:
    """A limb about a joint; the joint itself may go up and down, and nothing is held quite still."""
    rng = style.rng
    reach = score.channel("reach") * (-1.0 if style.down_first else 1.0)
    n = len(reach)
    aside = rng.uniform(-0.3, 0.3) * style.swing_rad
    wave = rng.uniform(0.0, 0.15) * np.sin(np.pi * reach)  # out on one way, back on another
    unsteady = {name: band_noise(rng, n, score.rate_hz, 0.1, 2.0) for name in ("x", "y", "pitch", "roll", "yaw")}
    lever = np.array([rng.uniform(0.1, 0.5), rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05)])
    # Tremor of 0.02–0.2 m/s² at the sensor, at about 10 Hz, growing as the set goes on.
    shaking = np.linspace(0.5, 1.5, n) * rng.uniform(0.02, 0.2) / (lever[0] * (2.0 * np.pi * 10.0) ** 2)
    shaking = shaking * tremor(rng, n, score.rate_hz)
    sway = rng.uniform(0.1, 0.6) * RAD_PER_DEG
    more = {
        "z": style.travel_m * reach,
        "x": 0.05 * style.travel_m * wave + 0.002 * unsteady["x"],
        "y": 0.002 * unsteady["y"],
        "pitch": rng.uniform(-1.0, 1.0) - style.swing_rad * reach + sway * unsteady["pitch"] + shaking,
        "roll": aside * reach + style.swing_rad * wave + sway * unsteady["roll"],
        "yaw": 0.5 * aside * reach + sway * unsteady["yaw"],
    }
    return score.perform(lever, more)
