"""What is made of a history in blocks is what is made of its rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.dsp.motion import Motion
from athena_sense.reps.history import BLOCK_ROWS, History, InBlocks
from athena_sense.reps.tilting import angle_deg, deg_per_sine, tilt_deg

RATE_HZ = 50.0
STANCE = np.array([0.0, 0.6, 0.8])


def history(rows: int) -> History:
    """Some rows of a segment that turns about."""
    t_s = np.arange(rows) / RATE_HZ
    up = np.column_stack((np.sin(t_s), np.cos(t_s) * np.sin(3.0 * t_s), np.cos(t_s) * np.cos(3.0 * t_s)))
    kept = History(RATE_HZ)
    kept.append(Motion(RATE_HZ, 0, t_s, 9.8 * up, None, up, np.zeros(rows, bool)))
    return kept


@given(st.lists(st.tuples(st.integers(0, 2999), st.integers(0, 200)), max_size=20))
def test_blocks_are_the_rows(asked: list[tuple[int, int]]) -> None:
    kept = history(3000)
    for made in (angle_deg, deg_per_sine, tilt_deg):
        blocks = InBlocks(kept, lambda first, end, made=made: made(kept.up(first, end), STANCE))  # type: ignore[misc]
        for first, length in asked:
            end = min(first + length, 3000)
            np.testing.assert_array_equal(blocks.rows(first, end), made(kept.up(first, end), STANCE))


def test_rows_that_come_later_are_seen() -> None:
    kept = history(10)
    blocks = InBlocks(kept, lambda first, end: kept.t_s(first, end))
    assert blocks.rows(5, 10).shape == (5,)
    more = history(BLOCK_ROWS + 30)
    kept.append(Motion(RATE_HZ, 10, more.t_s(10, 60), more.acc_m_s2(10, 60), None, more.up(10, 60), np.zeros(50, bool)))
    np.testing.assert_array_equal(blocks.rows(5, 60), kept.t_s(5, 60))


def test_a_component_across_is_an_angle() -> None:
    way = np.array([1.0, 0.0, 0.0])
    lean_deg = np.linspace(0.0, 80.0, 9)
    up = np.cos(np.radians(lean_deg))[:, None] * STANCE + np.sin(np.radians(lean_deg))[:, None] * way
    np.testing.assert_allclose((up @ way) * deg_per_sine(up, STANCE), lean_deg, atol=1e-9)
