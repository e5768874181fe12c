"""The calf set: what is said to have happened is what the heel did."""

import numpy as np
import pytest

from athena_sense.simulation import RepTruth, Simulated, simulate
from athena_sense.simulation.profiles import LOWERINGS, lowering


def pitch_deg(one: Simulated, time_s: float) -> float:
    return float(np.degrees(np.interp(time_s, one.motion.t_s, one.motion.yaw_pitch_roll_rad[:, 1])))


def phase(rep: RepTruth, name: str):
    return next(phase for phase in rep.phases if phase.name == name)


@pytest.mark.parametrize("kind", LOWERINGS)
@pytest.mark.parametrize("seconds", [1.0, 4.0, 12.0])
def test_a_lowering_goes_all_the_way_and_never_back(kind, seconds):
    for seed in range(10):
        u = np.linspace(0.0, 1.0, int(1000 * seconds) + 1)
        track = lowering(kind, u, seconds, np.random.default_rng(seed))
        assert (track[0], track[-1]) == pytest.approx((0.0, 1.0))
        assert np.diff(track).min() >= -1e-12
        assert np.diff(track)[[0, -1]] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_the_heel_travels_the_range_between_the_edges_of_each_phase(seed):
    one = simulate("calf", "foot", seed=seed, reps=6)
    for rep in one.truth.reps:
        down = phase(rep, "eccentric")
        assert pitch_deg(one, down.start_s) - pitch_deg(one, down.end_s) == pytest.approx(rep.range_deg, abs=3.0)
        assert 15.0 < rep.range_deg < 60.0
        ups = [p for p in rep.phases if p.name == "concentric"]
        assert all(pitch_deg(one, up.end_s) > pitch_deg(one, up.start_s) + 10.0 for up in ups)


@pytest.mark.parametrize("seed", range(4))
def test_the_heel_crosses_its_range_inside_the_lowering(seed):
    """10 % and 90 % of the way are passed between the stamped edges, and close to them when it is even."""
    one = simulate("calf", "foot", seed=seed, reps=6, lowering_s=6.0, profile="even")
    angle = np.degrees(one.motion.yaw_pitch_roll_rad[:, 1])
    for rep in one.truth.reps:
        down = phase(rep, "eccentric")
        inside = (one.motion.t_s >= down.start_s) & (one.motion.t_s <= down.end_s)
        way = (angle[inside][0] - angle[inside]) / (angle[inside][0] - angle[inside][-1])
        t_s = one.motion.t_s[inside]
        assert t_s[np.argmax(way > 0.1)] - down.start_s < 0.25 * 6.0
        assert down.end_s - t_s[np.argmax(way > 0.9)] < 0.25 * 6.0


def test_lowerings_last_as_long_as_asked():
    one = simulate("calf", "foot", seed=0, reps=6, lowering_s=(3.0, 10.0), lowering_spread=0.0)
    lasted = [rep.duration_s("eccentric") for rep in one.truth.reps]
    assert lasted == pytest.approx([3.0, 10.0] * 3, abs=0.002)


def test_sets_start_flat_or_on_the_toes():
    flat = simulate("calf", "foot", seed=0, reps=3, start="flat", walk=False).truth.reps
    up = simulate("calf", "foot", seed=0, reps=3, start="up", walk=False).truth.reps
    assert flat[0].phases[0].name == "concentric"
    assert up[0].phases[0].name == "eccentric"
    assert up[1].phases[0].name == "concentric"


def test_sets_differ_as_athletes_do():
    sets = [simulate("calf", "foot", seed=seed, reps=3).truth for seed in range(25)]
    usual = [float(np.median([rep.duration_s("eccentric") for rep in truth.reps])) for truth in sets]
    assert min(usual) < 2.5
    assert max(usual) > 10.0
    assert {rep.profile for truth in sets for rep in truth.reps} == set(LOWERINGS)
    assert {"walking", "step_on", "get_ready"} <= {span.kind for truth in sets for span in truth.spans}


@pytest.mark.parametrize(("placement", "most_deg"), [("shank", 15.0), ("waist", 6.0)])
def test_above_the_ankle_the_set_is_hardly_a_tilt(placement, most_deg):
    for seed in range(6):
        one = simulate("calf", placement, seed=seed, reps=4, walk=False)
        assert np.degrees(np.ptp(one.motion.yaw_pitch_roll_rad[:, 1])) < most_deg
        first = phase(one.truth.reps[1], "concentric")
        raising = (one.motion.t_s >= first.start_s) & (one.motion.t_s <= first.end_s)
        path = np.cumsum(np.cumsum(one.motion.acc_m_s2[raising, 2])) / one.motion.rate_hz**2
        assert 0.03 < path[-1] < 0.14
