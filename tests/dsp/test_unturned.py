"""Axes that do not turn: whatever the cut, and as the sensor has turned."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.dsp.motion import Motion
from athena_sense.dsp.unturned import BLOCK_ROWS, Unturned

RATE_HZ = 25.0
ROWS = 3 * BLOCK_ROWS + 17


def moved(gyr_rad_s: np.ndarray, acc_m_s2: np.ndarray) -> Motion:
    n = gyr_rad_s.shape[0]
    return Motion(RATE_HZ, 0, np.arange(n) / RATE_HZ, acc_m_s2, gyr_rad_s, acc_m_s2, np.zeros(n, bool))


def part(motion: Motion, first: int, end: int) -> Motion:
    assert motion.gyr_rad_s is not None
    acc = motion.acc_m_s2[first:end]
    gap = motion.after_gap[first:end]
    return Motion(RATE_HZ, first, motion.t_s[first:end], acc, motion.gyr_rad_s[first:end], acc, gap)


RNG = np.random.default_rng(5)
WILD = moved(2.0 * RNG.normal(size=(ROWS, 3)), 9.8 * RNG.normal(size=(ROWS, 3)))
WHOLE = Unturned().feed(WILD)


@given(st.sets(st.integers(0, ROWS), max_size=12))
def test_no_cut_changes_a_bit(cuts: set[int]) -> None:
    stage, bounds = Unturned(), [0, *sorted(cuts), ROWS]
    parts = [stage.feed(part(WILD, first, end)) for first, end in pairwise(bounds)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), WHOLE)


def test_they_are_rotations() -> None:
    rotation = WHOLE[:9].reshape(3, 3, -1)
    np.testing.assert_allclose(
        np.einsum("ikn,jkn->ijn", rotation, rotation), np.eye(3)[:, :, None] + 0.0 * rotation, atol=1e-12
    )
    np.testing.assert_allclose(np.einsum("ijn,jn->in", rotation, WILD.acc_m_s2.T), WHOLE[9:], atol=1e-12)


def test_gravity_stays_where_it_is_while_the_sensor_turns() -> None:
    angle = 1.5 * np.sin(np.arange(ROWS) / RATE_HZ)
    rate = 1.5 * np.cos(np.arange(ROWS) / RATE_HZ)
    gyr = np.column_stack((rate, 0.0 * rate, 0.0 * rate))
    acc = 9.8 * np.column_stack((0.0 * angle, np.sin(angle), np.cos(angle)))
    force = Unturned().feed(moved(gyr, acc))[9:]
    np.testing.assert_allclose(force, np.array([0.0, 0.0, 9.8])[:, None] + 0.0 * force, atol=0.01)
