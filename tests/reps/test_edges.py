"""Edges are found where they are: whatever the plateau sways and drifts, for run-ups from instant to slow, in both
directions."""

import numpy as np
import pytest

from athena_sense.reps.edges import leaves_plateau_s, plateaus_left_s, reaches_plateau_s
from athena_sense.simulation.body import band_noise

RATE_HZ = 50.0
START_S = 1.5


def edge(run_up_s: float, sway_deg: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four seconds of a plateau left at `START_S` for 10 °/s, with red sway below 1 Hz."""
    t = np.arange(round(4.0 * RATE_HZ)) / RATE_HZ
    since = np.clip(t - START_S, 0.0, None)
    angle = 10.0 * np.where(since < run_up_s, since**2 / (2.0 * max(run_up_s, 1e-9)), since - run_up_s / 2.0)
    return t, angle + sway_deg * band_noise(np.random.default_rng(seed), t.shape[0], RATE_HZ, 0.1, 1.0)


@pytest.mark.parametrize("run_up_s", [0.0, 0.3, 0.6])
def test_sway_makes_a_start_neither_early_nor_late(run_up_s: float) -> None:
    errors = np.array(plateaus_left_s([edge(run_up_s, 0.3, seed) for seed in range(40)])) - START_S
    assert abs(errors.mean()) < 0.15  # the starts that are tried lie 0.14 s apart here
    assert np.abs(errors).mean() < 0.15


@pytest.mark.parametrize("run_up_s", [0.0, 0.3, 0.6])
def test_on_average_the_start_of_a_slow_movement_is_neither_early_nor_late(run_up_s: float) -> None:
    """4 °/s, of which waves of sway are a larger part."""
    errors = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        t, angle = edge(run_up_s, 0.0, seed)
        phase, hz = rng.uniform(0.0, 6.28, 4), rng.uniform(0.1, 1.0, 4)
        waves = 0.1 * np.sin(2.0 * np.pi * hz * t[:, None] + phase).sum(axis=1)
        errors.append(leaves_plateau_s(t, 0.4 * angle + waves) - START_S)
    assert abs(np.mean(errors)) < 0.2
    assert np.mean(np.abs(errors)) < 0.2


def test_without_sway_it_is_within_a_twentieth_of_the_window() -> None:
    assert leaves_plateau_s(*edge(0.4, 0.0, 0)) == pytest.approx(START_S, abs=0.2)


def test_reaching_is_leaving_run_backwards() -> None:
    t, angle = edge(0.4, 0.2, 1)
    assert reaches_plateau_s(-t[::-1], -angle[::-1]) == pytest.approx(-leaves_plateau_s(t, angle))


def test_size_and_offset_of_the_signal_do_not_matter() -> None:
    t, angle = edge(0.4, 0.2, 2)
    (one,), (other,) = plateaus_left_s([(t, angle)]), plateaus_left_s([(t, 100.0 + 7.0 * angle)])
    assert other == pytest.approx(one)


def test_a_plateau_of_any_length_will_do() -> None:
    t, angle = edge(0.3, 0.0, 0)
    for first_s in (0.0, 0.7, 1.3):
        kept = t >= first_s
        assert plateaus_left_s([(t[kept], angle[kept])])[0] == pytest.approx(START_S, abs=0.15)
