"""Edges are found where they are: on plateaus with sway, for run-ups from instant to slow, in both directions."""

import numpy as np
import pytest

from athena_sense.reps.edges import leaves_plateau_s, reaches_plateau_s

RATE_HZ = 50.0


def edge(start_s: float, run_up_s: float, sway_deg: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four seconds of a plateau left at `start_s` for 4 °/s, with slow sway."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(4.0 * RATE_HZ)) / RATE_HZ
    since = np.clip(t - start_s, 0.0, None)
    angle = 4.0 * np.where(since < run_up_s, since**2 / (2.0 * max(run_up_s, 1e-9)), since - run_up_s / 2.0)
    phase, hz = rng.uniform(0.0, 6.28, 4), rng.uniform(0.1, 1.0, 4)
    return t, angle + sway_deg / 2.0 * np.sin(2.0 * np.pi * hz * t[:, None] + phase).sum(axis=1)


@pytest.mark.parametrize("run_up_s", [0.0, 0.3, 0.6])
def test_on_average_the_start_is_neither_early_nor_late(run_up_s: float) -> None:
    errors = [leaves_plateau_s(*edge(1.5, run_up_s, 0.2, seed)) - 1.5 for seed in range(40)]
    assert abs(np.mean(errors)) < 0.2
    assert np.mean(np.abs(errors)) < 0.2


def test_without_sway_it_is_within_a_twentieth_of_the_window() -> None:
    assert leaves_plateau_s(*edge(1.5, 0.4, 0.0, 0)) == pytest.approx(1.5, abs=0.2)


def test_reaching_is_leaving_run_backwards() -> None:
    t, angle = edge(1.5, 0.4, 0.2, 1)
    assert reaches_plateau_s(-t[::-1], -angle[::-1]) == pytest.approx(-leaves_plateau_s(t, angle))


def test_size_and_offset_of_the_signal_do_not_matter() -> None:
    t, angle = edge(1.5, 0.4, 0.2, 2)
    assert leaves_plateau_s(t, 100.0 + 7.0 * angle) == pytest.approx(leaves_plateau_s(t, angle))
