"""Laws of rigid bodies and of sensors that every simulated movement obeys."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from athena_sense.errors import SourceError
from athena_sense.simulation import MOVEMENTS, simulate
from athena_sense.simulation.body import BodyMotion, band_noise
from athena_sense.simulation.sensor import (
    ACC_NOISE_G_PER_ROOT_HZ,
    BANDWIDTH_PER_RATE,
    SensorOptions,
    random_rotation,
    sense,
)
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

RATE_HZ = 1000.0


def motion(seconds: float = 4.0, *, acc=(0.0, 0.0, 0.0), angles=None, lever=(0.0, 0.0, 0.0)) -> BodyMotion:
    n = int(seconds * RATE_HZ) + 1
    angles = np.zeros((n, 3)) if angles is None else angles
    return BodyMotion(np.arange(n) / RATE_HZ, np.tile(np.array(acc), (n, 1)), angles, np.array(lever))


def tumbling(seed: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([band_noise(rng, n, RATE_HZ, 0.1, 2.0) for _ in range(3)], axis=1)


def rotations(angles: np.ndarray) -> Rotation:
    return Rotation.from_euler("ZYX", angles)


def test_a_still_sensor_reads_one_g_wherever_it_points():
    for seed in range(5):
        samples = sense(motion(), 100.0, True, SensorOptions(ideal=True), np.random.default_rng(seed))
        np.testing.assert_allclose(np.linalg.norm(samples.acc_m_s2, axis=1), G, rtol=1e-12)
        np.testing.assert_allclose(samples.gyr_rad_s, 0.0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_integral_of_the_gyroscope_is_the_change_of_orientation(seed):
    moving = motion(angles=tumbling(seed, 4001))
    rate = moving.angular_rate()
    turned = Rotation.identity()
    for step in 0.5 * (rate[1:] + rate[:-1]) / RATE_HZ:
        turned = turned * Rotation.from_rotvec(step)
    first, last = rotations(moving.yaw_pitch_roll_rad[0]), rotations(moving.yaw_pitch_roll_rad[-1])
    assert ((first.inv() * last).inv() * turned).magnitude() < 1e-3


def test_a_falling_body_that_does_not_turn_feels_nothing():
    np.testing.assert_allclose(motion(acc=(0.0, 0.0, -G), lever=(0.1, 0.2, 0.3)).specific_force(), 0.0, atol=1e-12)


def test_a_turning_lever_feels_the_centripetal_acceleration():
    spin = np.zeros((4001, 3))
    spin[:, 0] = 5.0 * np.arange(4001) / RATE_HZ
    felt = motion(angles=spin, lever=(0.2, 0.0, 0.0)).specific_force()
    np.testing.assert_allclose(felt[10:-10], [[-(5.0**2) * 0.2, 0.0, G]] * 3981, atol=1e-6)


def test_specific_force_is_what_the_path_of_the_sensor_says():
    moving = motion(angles=tumbling(7, 4001), lever=(0.1, -0.05, 0.3))
    turns = rotations(moving.yaw_pitch_roll_rad)
    path = turns.apply(moving.lever_m)
    acc = np.gradient(np.gradient(path, 1.0 / RATE_HZ, axis=0), 1.0 / RATE_HZ, axis=0)
    expected = turns.inv().apply(acc + np.array([0.0, 0.0, G]))
    np.testing.assert_allclose(moving.specific_force()[5:-5], expected[5:-5], atol=2e-2)


def test_random_rotations_are_rotations():
    for seed in range(20):
        turn = random_rotation(np.random.default_rng(seed))
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(turn) == pytest.approx(1.0)


@pytest.mark.parametrize(("movement", "placement"), [(m, MOVEMENTS[m].placements[0]) for m in MOVEMENTS])
def test_turning_the_sensor_leaves_the_resultant(movement, placement):
    turned = simulate(movement, placement, seed=1, reps=3, ideal=True, mounted="random")
    straight = simulate(movement, placement, seed=1, reps=3, ideal=True, mounted="aligned")
    for a, b in [
        (turned.samples.acc_m_s2, straight.samples.acc_m_s2),
        (turned.samples.gyr_rad_s, straight.samples.gyr_rad_s),
    ]:
        np.testing.assert_allclose(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1), atol=1e-9)
        assert not np.allclose(a, b)


@pytest.mark.parametrize(("movement", "placement"), [(m, p) for m in MOVEMENTS for p in MOVEMENTS[m].placements])
def test_the_same_seed_is_the_same_set_and_another_is_not(movement, placement):
    one, same, other = (simulate(movement, placement, seed=seed, reps=3, lost=0.02) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.samples.t_s, same.samples.t_s)
    np.testing.assert_array_equal(one.samples.acc_m_s2, same.samples.acc_m_s2)
    np.testing.assert_array_equal(one.samples.gyr_rad_s, same.samples.gyr_rad_s)
    assert one.truth == same.truth
    assert one.truth != other.truth


@pytest.mark.parametrize(("movement", "placement"), [(m, p) for m in MOVEMENTS for p in MOVEMENTS[m].placements])
def test_what_happened_is_in_order_and_inside_the_recording(movement, placement):
    for seed in range(4):
        one = simulate(movement, placement, seed=seed, reps=5)
        phases = [phase for rep in one.truth.reps for phase in rep.phases]
        edges = [edge for phase in phases for edge in (phase.start_s, phase.end_s)]
        jumped = [s for jump in one.truth.landings for s in (jump.takeoff_s, jump.contact_s, jump.settled_s)]
        for times in (edges, jumped):
            assert times == sorted(times)
            assert not times or (times[0] >= 0.0 and times[-1] <= one.motion.t_s[-1])
        assert all(span.end_s > span.start_s for span in one.truth.spans)
        assert one.samples.t_s[-1] == pytest.approx(one.motion.t_s[-1], abs=0.1)


def test_no_simulated_body_jerks_where_nothing_happens():
    """A join between two movements that is not smooth would show as a spike in stillness."""
    for movement in MOVEMENTS:
        for placement in MOVEMENTS[movement].placements:
            for seed in range(2):
                one = simulate(movement, placement, seed=seed, reps=4, ideal=True, mounted="aligned")
                resultant = np.linalg.norm(one.samples.acc_m_s2, axis=1) / G
                for span in one.truth.spans:
                    inside = (one.samples.t_s > span.start_s + 0.3) & (one.samples.t_s < span.end_s - 0.1)
                    if span.kind == "still" and inside.any() and not one.truth.landings:
                        assert np.abs(resultant[inside] - 1.0).max() < 0.25, (movement, placement, seed, span)


def test_the_sensor_does_not_change_what_happened():
    clean, dirty = (
        simulate("calf", "foot", seed=3, reps=3, ideal=ideal, acc_range_g=acc_range_g, jitter_s=0.002)
        for ideal, acc_range_g in ((True, 16.0), (False, 4.0))
    )
    assert clean.truth == dirty.truth
    np.testing.assert_array_equal(clean.motion.acc_m_s2, dirty.motion.acc_m_s2)


@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 200.0])
def test_white_noise_has_the_data_sheets_density(rate_hz):
    samples = sense(motion(60.0), rate_hz, True, SensorOptions(acc_range_g=2.0), np.random.default_rng(0))
    expected = ACC_NOISE_G_PER_ROOT_HZ * G * np.sqrt(1.11 * BANDWIDTH_PER_RATE * rate_hz)
    np.testing.assert_allclose(np.std(samples.acc_m_s2, axis=0), expected, rtol=0.1)


def test_faults_stay_within_their_bounds():
    options = SensorOptions(acc_range_g=2.0, lost=0.05, jitter_s=0.004)
    rng = np.random.default_rng(2)
    samples = sense(motion(60.0, acc=(30.0, 0.0, 0.0)), 100.0, True, options, rng)
    assert np.abs(samples.acc_m_s2).max() <= 2.0 * G
    assert len(samples) == pytest.approx(6000 * 0.95, rel=0.03)
    assert np.all(np.diff(samples.t_s) > 0)
    assert np.diff(samples.t_s).max() < 0.2


@pytest.mark.parametrize("rate_hz", [50.0, 200.0])
def test_the_filter_does_not_move_events(rate_hz):
    slow = np.zeros((4001, 3))
    slow[:, 1] = 0.5 * np.sin(2.0 * np.pi * 1.0 * np.arange(4001) / RATE_HZ)
    options = SensorOptions(mounted="aligned", rate_error=0.0, jitter_s=0.0, acc_range_g=2.0)
    samples = sense(motion(angles=slow), rate_hz, True, options, np.random.default_rng(0))
    tilt = np.interp(samples.t_s, np.arange(4001) / RATE_HZ, slow[:, 1])
    tilted = np.arctan2(-samples.acc_m_s2[:, 0], samples.acc_m_s2[:, 2])
    lags_s = np.arange(-0.01, 0.0101, 0.001)
    errors = [np.std(np.interp(samples.t_s + lag, samples.t_s, tilted) - tilt) for lag in lags_s]
    assert abs(lags_s[int(np.argmin(errors))]) <= 0.0011


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"exercise": "handstand", "placement": "foot"}, "handstand"),
        ({"exercise": "calf", "placement": "head"}, "head"),
        ({"exercise": "calf", "placement": "foot", "colour": 3}, "colour"),
        ({"exercise": "calf", "placement": "foot", "profile": "wobbly"}, "wobbly"),
        ({"exercise": "jumps", "placement": "foot", "loudness": "medium"}, "medium"),
        ({"exercise": "jumps", "placement": "foot", "rate_hz": "fast"}, "fast"),
        ({"exercise": "jumps", "placement": "foot", "reps": 0}, "reps"),
    ],
)
def test_what_cannot_be_simulated_is_named(asked, says):
    with pytest.raises(SourceError, match=says):
        simulate(**asked, seed=0)
