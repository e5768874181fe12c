"""A sensor laid on each of its six sides, one after the other, as for its calibration: no body wears it."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.body import BodyMotion, Score, band_noise
from athena_sense.simulation.landing import jolt
from athena_sense.simulation.profiles import bump, minimum_jerk
from athena_sense.simulation.truth import Truth
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

PLACEMENTS = ("other",)
PITCH_ROLL_DEG = ((0.0, 0.0), (0.0, 90.0), (0.0, 180.0), (0.0, 270.0), (90.0, 0.0), (-90.0, 0.0))
"""On each side: up is z, y, −z, −y, −x, x."""


@dataclass(frozen=True, slots=True)
class SidesOptions:
    """What can be chosen; None is drawn from the seed."""

    sides: int = 6
    """How many sides it is laid on, in an order drawn from the seed."""
    still_s: float | None = None
    """How long it lies on each."""
    tilt_deg: float = 5.0
    """Largest tilt from lying flat: a rounded case, a table that is not level."""


def six_sides(
    score: Score, placement: str, reps: int, options: SidesOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """Taken up, turned and put down again until it has lain on every side."""
    order = rng.permutation(len(PITCH_ROLL_DEG))[: options.sides]
    tilts = rng.uniform(-1.0, 1.0, (len(PITCH_ROLL_DEG), 2)) * options.tilt_deg
    lie = (np.array(PITCH_ROLL_DEG) + tilts) * RAD_PER_DEG
    now: FloatArray = np.zeros(2)
    for side in order:
        _turn(score, now, lie[side], rng)
        now = lie[side]
        score.span("still", rng.uniform(3.0, 5.0) if options.still_s is None else options.still_s)
    return score.perform(np.zeros(3), {}), Truth(spans=tuple(score.spans))


def _turn(score: Score, now: FloatArray, then: FloatArray, rng: np.random.Generator) -> None:
    """In the hand: lifted, turned with a wavering, put down with a knock."""
    began_s, ended_s = score.pass_time(rng.uniform(1.2, 2.5))
    u = score.unit_time(ended_s - began_s)
    for channel, way in zip(("pitch", "roll"), then - now, strict=True):
        score.add(channel, way * minimum_jerk(u), began_s)
    score.add("z", rng.uniform(0.05, 0.2) * bump(u), began_s)
    for channel, size in (("pitch", 0.1), ("roll", 0.1), ("x", 0.02), ("y", 0.02)):
        score.add(channel, size * bump(u) * band_noise(rng, len(u), score.rate_hz, 0.3, 4.0), began_s)
    t = score.unit_time(0.2) * 0.2
    knock = rng.uniform(0.2, 1.5) * STANDARD_GRAVITY_M_S2 * jolt(t, rng.uniform(0.003, 0.01), rng)
    score.add("az", knock, ended_s)
    score.mark("turned", began_s)
