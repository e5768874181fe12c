"""Jumps: what the truth says follows from where and how fast the pelvis moved."""

import itertools

import numpy as np
import pytest

from athena_sense.simulation import Simulated, simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

BOXES_M = (0.3048, 0.0, -0.3048)


def height_m(one: Simulated, start_s: float, end_s: float) -> float:
    """How much higher the pelvis is at the end, from rest at the start."""
    inside = (one.motion.t_s >= start_s) & (one.motion.t_s <= end_s)
    return float(np.sum(np.cumsum(one.motion.acc_m_s2[inside, 2])) / one.motion.rate_hz**2)


@pytest.mark.parametrize("box_m", BOXES_M)
@pytest.mark.parametrize("seed", range(3))
def test_the_pelvis_ends_on_the_box(box_m, seed):
    one = simulate("jumps", "waist", seed=seed, reps=4, box_height_m=box_m)
    stills = [span for span in one.truth.spans if span.kind == "still"]
    for landing in one.truth.landings:
        before = [span for span in stills if span.end_s <= landing.takeoff_s][-1]
        after = next(span for span in stills if span.start_s >= landing.contact_s)
        assert height_m(one, before.end_s - 0.5, after.start_s + 0.2) == pytest.approx(box_m, abs=0.02)


@pytest.mark.parametrize("box_m", BOXES_M)
def test_height_follows_from_flight_time_and_box(box_m):
    one = simulate("jumps", "waist", seed=1, reps=4, box_height_m=box_m)
    for landing in one.truth.landings:
        t = landing.flight_time_s
        assert landing.jump_height_m == pytest.approx((G * t / 2 + box_m / t) ** 2 / (2 * G))
        assert landing.jump_height_m >= landing.rise_m - 1e-9  # landing with bent knees lengthens the flight
        assert landing.jump_height_m - landing.rise_m < 0.12
        if box_m == 0:
            assert landing.jump_height_m == pytest.approx(G * t**2 / 8)


@pytest.mark.parametrize("box_m", BOXES_M)
@pytest.mark.parametrize("seed", range(3))
def test_a_pelvis_flies_and_nothing_else_looks_like_it(box_m, seed):
    """In flight nearly weightless; outside of it never under 0.3 g for 80 ms."""
    one = simulate("jumps", "waist", seed=seed, rate_hz=200.0, reps=5, box_height_m=box_m)
    force_g = np.linalg.norm(one.motion.specific_force(), axis=1) / G
    light = force_g < 0.3
    for landing in one.truth.landings:
        flight = (one.motion.t_s > landing.takeoff_s) & (one.motion.t_s < landing.contact_s)
        assert np.median(force_g[flight]) < 0.6
        light[(one.motion.t_s > landing.takeoff_s - 0.06) & (one.motion.t_s < landing.contact_s + 0.03)] = False
    longest = max((len(list(run)) for is_light, run in itertools.groupby(light) if is_light), default=0)
    assert longest / one.motion.rate_hz < 0.08


@pytest.mark.parametrize(("placement", "limit_g"), [("waist", 4.0), ("shank", 8.0), ("foot", 10.0)])
def test_quiet_landings_are_quiet_and_loud_ones_loud(placement, limit_g):
    for seed in range(2):
        quiet, loud = (
            [landing.peak_impact_g for landing in one.truth.landings]
            for one in (simulate("jumps", placement, seed=seed, loudness=how) for how in ("quiet", "loud"))
        )
        assert max(quiet) < limit_g + 0.5
        assert min(loud) > 0.8 * limit_g
        assert np.median(quiet) < 0.8 * limit_g < 1.1 * limit_g < np.median(loud)


def test_sampling_loses_peaks_of_short_pulses_only():
    loss = {
        (placement, rate_hz): np.median(
            [
                landing.sampled_peak_impact_g / landing.peak_impact_g
                for seed in range(2)
                for landing in simulate("jumps", placement, seed=seed, rate_hz=rate_hz).truth.landings
            ]
        )
        for placement in ("waist", "foot")
        for rate_hz in (25.0, 200.0)
    }
    assert loss["waist", 200.0] == pytest.approx(1.0, abs=0.02)
    assert loss["foot", 200.0] > 0.85
    assert loss["foot", 25.0] < loss["waist", 25.0] < 0.95


def test_settling_comes_after_contact_and_before_the_next_jump():
    one = simulate("jumps", "waist", seed=2, reps=5)
    for landing, after in itertools.pairwise(one.truth.landings):
        assert 0.05 < landing.settled_s - landing.contact_s < 2.5
        assert landing.settled_s < after.takeoff_s
