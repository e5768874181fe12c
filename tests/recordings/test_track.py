"""Two sensors on one clock, and samples that share their packet's stamp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.errors import RecordingError
from athena_sense.recordings.track import Track, measured_rate_hz, merge, spread_shared_stamps


def rates(t: np.ndarray) -> np.ndarray:
    return np.column_stack([np.sin(2 * t), np.cos(3 * t), 0.5 * np.sin(5 * t)])


def angles(t: np.ndarray) -> np.ndarray:
    return np.column_stack([-np.cos(2 * t) / 2, np.sin(3 * t) / 3, -0.1 * np.cos(5 * t)])


@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=40),
    st.lists(st.floats(0.001, 3.0), min_size=40, max_size=40),
)
def test_spread_times_run_forward_and_end_on_their_stamps(counts: list[int], steps: list[float]) -> None:
    stamps = np.cumsum(steps[: len(counts)])
    spread = spread_shared_stamps(np.repeat(stamps, counts))
    assert (np.diff(spread) > 0).all()
    np.testing.assert_array_equal(spread[np.cumsum(counts) - 1], stamps)


def test_a_hole_between_packets_stays_a_hole() -> None:
    stamps = np.array([0.08, 0.16, 0.24, 5.0, 5.08])
    spread = spread_shared_stamps(np.repeat(stamps, 4))
    assert np.diff(spread).max() == pytest.approx(4.76 - 3 * 0.03)
    assert measured_rate_hz(spread) == pytest.approx(50.0, rel=0.1)


def test_one_stamp_for_all_is_refused() -> None:
    with pytest.raises(RecordingError, match="one time stamp"):
        spread_shared_stamps(np.full(8, 3.0))


def test_coarse_stamps_give_the_true_rate() -> None:
    assert measured_rate_hz(np.round(np.arange(5000) / 104.0, 3)) == pytest.approx(104.0, rel=1e-3)


def test_a_faster_gyroscope_keeps_every_turned_angle() -> None:
    t = np.arange(0.4, 30, 0.08)
    gyr_t = np.arange(0, 31, 0.01)
    samples, notes = merge(Track(t, np.ones((len(t), 3))), Track(gyr_t, rates(gyr_t)))
    middle = np.concatenate([[t[0] - 0.04], (t[1:] + t[:-1]) / 2, [t[-1] + 0.04]])
    turned = np.diff(angles(middle), axis=0)
    np.testing.assert_allclose(samples.gyr_rad_s * np.diff(middle)[:, None], turned, rtol=1e-3, atol=1e-5)
    assert len(samples) == len(t)
    assert notes == ()


def test_a_gyroscope_of_similar_rate_is_interpolated_and_exact_on_shared_times() -> None:
    t = np.arange(500) / 100.0
    samples, _ = merge(Track(t, np.ones((500, 3))), Track(t, rates(t)))
    np.testing.assert_array_equal(samples.gyr_rad_s, rates(t))
    samples, _ = merge(Track(t[1:-1] + 0.004, np.ones((498, 3))), Track(t, rates(t)))
    np.testing.assert_allclose(samples.gyr_rad_s, rates(t[1:-1] + 0.004), atol=3e-4)


def test_a_hole_in_the_gyroscope_is_not_bridged() -> None:
    t = np.arange(2000) / 100.0
    kept = (t < 5) | (t > 6)
    samples, notes = merge(Track(t, np.ones((2000, 3))), Track(t[kept], rates(t[kept])))
    assert len(samples) == kept.sum()
    assert np.diff(samples.t_s).max() > 1.0
    assert notes == (f"samples without gyroscope left out: {2000 - kept.sum()} of 2000",)


def test_a_gyroscope_that_covers_little_is_left_out() -> None:
    t = np.arange(2000) / 100.0
    samples, notes = merge(Track(t, np.ones((2000, 3))), Track(t[:800], rates(t[:800])))
    assert samples.gyr_rad_s is None
    assert len(samples) == 2000
    assert "covers only 40%" in notes[0]
