"""Axes that do not turn: whatever the cut, and as the sensor has turned."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.dsp.carried import quaternions
from athena_sense.dsp.unturned import BLOCK_ROWS, Unturned

RATE_HZ = 25.0
ROWS = 9 * BLOCK_ROWS + 7


T_S = np.arange(ROWS) / RATE_HZ
RNG = np.random.default_rng(5)
GYR, ACC = 2.0 * RNG.normal(size=(3, ROWS)), 9.8 * RNG.normal(size=(3, ROWS))
WHOLE = Unturned().feed(T_S, GYR, ACC)


@given(st.sets(st.integers(0, ROWS), max_size=12))
def test_no_cut_changes_a_bit(cuts: set[int]) -> None:
    stage, bounds = Unturned(), sorted({0, *cuts, ROWS})
    parts = [stage.feed(T_S[a:b], GYR[:, a:b], ACC[:, a:b]) for a, b in pairwise(bounds)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), WHOLE)


def test_they_are_rotations() -> None:
    rotation, force = WHOLE.reshape(3, 4, -1)[:, :3], WHOLE[3::4]
    np.testing.assert_allclose(
        np.einsum("ikn,jkn->ijn", rotation, rotation), np.eye(3)[:, :, None] + 0.0 * rotation, atol=1e-12
    )
    np.testing.assert_allclose(np.einsum("ijn,jn->in", rotation, ACC), force, atol=1e-12)


def test_gravity_stays_where_it_is_while_the_sensor_turns() -> None:
    angle, rate, none = 1.5 * np.sin(T_S), 1.5 * np.cos(T_S), np.zeros(ROWS)
    acc = 9.8 * np.stack((none, np.sin(angle), np.cos(angle)))
    force = Unturned().feed(T_S, np.stack((rate, none, none)), acc)[3::4]
    np.testing.assert_allclose(force, np.array([0.0, 0.0, 9.8])[:, None] + 0.0 * force, atol=0.01)


def test_a_steady_turn_is_exact_up_to_thirty_degrees_a_row() -> None:
    turns = np.outer([0.0, 0.6, 0.8], np.radians(np.arange(31.0)))
    half = 0.5 * np.radians(np.arange(31.0))
    exact = np.stack((np.cos(half), 0.0 * half, 0.6 * np.sin(half), 0.8 * np.sin(half)))
    np.testing.assert_allclose(quaternions(turns), exact, atol=1e-12)
