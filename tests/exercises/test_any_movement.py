"""Whatever a sensor sends, an exercise counts or does not, and never fails."""

import numpy as np
import pytest

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.session import Session

SITES = [(name, site.placement) for name in exercise_names() for site in get_exercise(name).sites]
SIZES_RAD_S = (0.0, 1.0, 60.0)
"""A gyroscope that is dead, one that moves, and one in degrees that is taken for radians."""


@pytest.mark.parametrize(("name", "placement"), SITES)
@pytest.mark.parametrize("gyr_rad_s", SIZES_RAD_S)
def test_any_samples_are_survived(name: str, placement: str, gyr_rad_s: float) -> None:
    rng = np.random.default_rng(round(gyr_rad_s))
    t_s = np.arange(6000) / 100.0
    rhythm = np.sin(2.0 * np.pi * np.outer(t_s, rng.uniform(0.1, 1.0, 3)) + rng.uniform(0.0, 6.0, 3))
    rests = np.repeat(rng.random(60) < 0.5, 100)[:, None]
    acc = np.array([0.0, 6.0, 7.8]) + rng.choice([1.0, 6.0]) * rests * rhythm + 0.05 * rng.normal(size=(6000, 3))
    samples = SampleBatch(t_s, acc, gyr_rad_s * rests * np.roll(rhythm, 7, axis=0))
    session = Session(StreamInfo(100.0, has_gyroscope=True), name, placement)
    session.feed(samples[:2500])
    session.feed(samples[2500:])
    session.finish()
    session.result().to_json()
