"""Repetitive movements, walking and stairs, and the `sim:` source."""

import itertools

import numpy as np
import pytest

from athena_sense.errors import SourceError
from athena_sense.simulation import simulate
from athena_sense.sources import open_source
from athena_sense.sources.sim import open_simulated
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G


@pytest.mark.parametrize("seed", range(6))
def test_a_repetitive_set_has_its_reps_and_no_rep_is_a_copy(seed):
    one = simulate("periodic", "wrist", seed=seed, reps=9, trimmed=True)
    assert [rep.number for rep in one.truth.reps] == list(range(1, 10))
    assert one.truth.reps[0].start_s == 0.0
    assert one.truth.reps[-1].end_s == pytest.approx(one.motion.t_s[-1])
    periods = [rep.end_s - rep.start_s for rep in one.truth.reps]
    assert np.std(periods) > 0.0
    assert all(0.5 < longer / shorter < 2.5 for shorter, longer in itertools.pairwise(periods))


@pytest.mark.parametrize("seed", range(4))
def test_the_limb_swings_through_the_range_it_says(seed):
    one = simulate("periodic", "thigh", seed=seed, reps=5, swing_deg=60.0, travel_m=0.0, fidget=False)
    pitch = np.degrees(one.motion.yaw_pitch_roll_rad[:, 1])
    for rep in one.truth.reps:
        at_s = [rep.phases[0].start_s, rep.phases[0].end_s]
        low, high = np.interp(at_s, one.motion.t_s, pitch)
        assert abs(high - low) == pytest.approx(rep.range_deg, abs=4.0)


def test_squats_go_down_first():
    one = simulate("periodic", "waist", seed=0, reps=4, swing_deg=0.0, travel_m=0.4, down_first=True)
    rep = one.truth.reps[0]
    down = (one.motion.t_s >= rep.phases[0].start_s) & (one.motion.t_s <= rep.phases[0].end_s)
    fell_m = np.sum(np.cumsum(one.motion.acc_m_s2[down, 2])) / one.motion.rate_hz**2
    assert rep.phases[0].name == "eccentric"
    assert fell_m == pytest.approx(-rep.range_m, abs=0.05)


@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
@pytest.mark.parametrize("placement", ["foot", "shank", "waist", "chest", "wrist"])
def test_walking_and_stairs_hold_no_reps_no_landings_and_no_flight(placement, rise_m):
    one = simulate("walking", placement, seed=4, rise_m=rise_m)
    assert one.truth.reps == ()
    assert one.truth.landings == ()
    walked_s = sum(span.end_s - span.start_s for span in one.truth.spans if span.kind != "still")
    assert walked_s == pytest.approx(40.0, rel=0.2)
    resultant = np.linalg.norm(one.samples.acc_m_s2, axis=1) / G
    assert resultant.max() < (9.0 if placement in ("foot", "shank") else 3.0)
    assert resultant.max() > 1.2


def test_a_source_is_opened_by_its_name():
    source = open_simulated("sim:calf?seed=3&placement=foot&rate=50&lowering=2,9.5&reps=4&gyroscope=no&walk=no")
    packets = list(source)
    assert source.info.sample_rate_hz == 50
    assert not source.info.has_gyroscope
    assert all(packet.gyr_rad_s is None for packet in packets)
    expected = simulate("calf", "foot", seed=3, rate_hz=50, lowering_s=(2, 9.5), reps=4, gyroscope=False, walk=False)
    np.testing.assert_array_equal(np.concatenate([p.acc_m_s2 for p in packets]), expected.samples.acc_m_s2)


@pytest.mark.parametrize(
    "name",
    ["usb:ring", "sim:juggling", "sim:calf?speed=3", "sim:calf?rate=fast", "sim:calf?lowering=slow"],
)
def test_a_source_that_is_not_there_is_named(name):
    with pytest.raises(SourceError):
        open_source(name)
