"""Laws of the streaming core: any cut gives the same bits, and what comes out is what went in."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.dsp.activity import ActivityStage
from athena_sense.dsp.centred_fir import CentredFir, gaussian_taps, velocity_taps
from athena_sense.dsp.clipping import clipped_rows
from athena_sense.dsp.grid import UniformGrid
from athena_sense.dsp.motion import Motion, MotionStage
from athena_sense.dsp.quality import StreamQuality
from athena_sense.units import STANDARD_GRAVITY_M_S2

CUTS = st.lists(st.integers(0, 400), max_size=12)


def stream(gyroscope: bool = True, gap: bool = True) -> SampleBatch:
    """Four seconds at an uneven 100 Hz, turning, with lost samples and a gap of 0.6 s."""
    rng = np.random.default_rng(7)
    t = np.cumsum(rng.uniform(0.006, 0.014, 400))
    if gap:
        t[250:] += 0.6
        t = np.delete(t, slice(100, 104))
    tilt = 0.5 * np.sin(2.0 * t)
    acc = np.stack((np.sin(tilt), 0.1 * np.cos(9.0 * t), np.cos(tilt)), axis=1) * STANDARD_GRAVITY_M_S2
    gyr = np.stack((0.0 * t, -np.cos(2.0 * t), 0.02 + 0.0 * t), axis=1)
    return SampleBatch(t, acc + rng.normal(0.0, 0.05, acc.shape), gyr if gyroscope else None)


def pieces(batch: SampleBatch, cuts: list[int]) -> list[SampleBatch]:
    """A batch cut at these rows, in order; empty pieces included."""
    bounds = [0, *sorted(min(cut, len(batch)) for cut in cuts), len(batch)]
    return [batch[a:b] for a, b in pairwise(bounds)]


def motion_of(batch: SampleBatch, cuts: list[int]) -> list[Motion]:
    stage = MotionStage(StreamInfo(100.0, batch.gyr_rad_s is not None), 50.0)
    return [stage.feed(piece) for piece in pieces(batch, cuts)] + [stage.finish()]


def joined(parts: list[Motion], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in parts])


@pytest.mark.parametrize("gyroscope", [True, False])
@given(cuts=CUTS)
def test_motion_does_not_depend_on_the_cut(gyroscope: bool, cuts: list[int]) -> None:
    whole, cut = motion_of(stream(gyroscope), []), motion_of(stream(gyroscope), cuts)
    for name in ("t_s", "acc_m_s2", "up", "after_gap", *(["gyr_rad_s"] if gyroscope else [])):
        assert np.array_equal(joined(whole, name), joined(cut, name)), name


@given(cuts=CUTS)
def test_activity_does_not_depend_on_the_cut(cuts: list[int]) -> None:
    def activity(parts: list[Motion]) -> tuple[np.ndarray, ...]:
        stage = ActivityStage(50.0)
        found = [stage.feed(part) for part in parts]
        return tuple(np.concatenate([getattr(one, name) for one in found]) for name in ("still", "resting", "busy"))

    for whole, cut in zip(activity(motion_of(stream(), [])), activity(motion_of(stream(), cuts)), strict=True):
        assert np.array_equal(whole, cut)


@given(cuts=CUTS)
def test_quality_does_not_depend_on_the_cut(cuts: list[int]) -> None:
    def told(cuts: list[int]) -> tuple[object, ...]:
        quality = StreamQuality(StreamInfo(100.0, True, acc_range_m_s2=9.9))
        for piece in pieces(stream(), cuts):
            quality.take(piece)
        return quality.summary(), quality.gaps, quality.clipped_samples

    assert told(cuts) == told([])


def test_one_gap_is_one_gap_and_is_not_bridged() -> None:
    parts = motion_of(stream(), [])
    t, after_gap = joined(parts, "t_s"), joined(parts, "after_gap")
    assert after_gap.sum() == 1
    row = int(np.flatnonzero(after_gap)[0])
    assert t[row] - t[row - 1] > 0.5
    assert np.allclose(np.diff(t[:row]), 0.02)


def test_the_grid_keeps_the_mean_of_any_signal() -> None:
    """Cells are exact means of the straight lines between samples: a line through them stays that line."""
    t = np.cumsum(np.random.default_rng(3).uniform(0.004, 0.02, 300))
    ((_, centres, cells),) = UniformGrid(25.0, 1.0).feed(t, np.stack((t, 3.0 - 2.0 * t), axis=1))
    assert np.allclose(cells[:, 0], centres)
    assert np.allclose(cells[:, 1], 3.0 - 2.0 * centres)


@pytest.mark.parametrize("gyroscope", [True, False])
def test_up_points_up_whatever_the_mounting(gyroscope: bool) -> None:
    rng = np.random.default_rng(5)
    up = rng.normal(size=3)
    up /= np.linalg.norm(up)
    t = np.arange(300) / 100.0
    batch = SampleBatch(t, np.tile(up * STANDARD_GRAVITY_M_S2, (300, 1)), np.zeros((300, 3)) if gyroscope else None)
    assert np.allclose(joined(motion_of(batch, []), "up"), up, atol=1e-3)


def test_a_symmetric_filter_has_no_delay() -> None:
    taps = gaussian_taps(0.08, 50.0)
    pulse = np.zeros((101, 1))
    pulse[50] = 1.0
    fir = CentredFir(taps)
    out = np.concatenate((fir.feed(pulse), fir.flush()))
    assert out.shape == pulse.shape
    assert int(np.argmax(out)) == 50
    assert np.allclose(out, out[::-1])


def test_velocity_of_a_raise_and_nothing_of_gravity() -> None:
    """A minimum-jerk raise of 8 cm in 0.8 s peaks at 1.875 · d / T, less the mean over ±1.5 s (d / 3 s)."""
    rate = 50.0
    u = np.clip((np.arange(400) / rate - 4.0) / 0.8, 0.0, 1.0)
    height = 0.08 * u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    acc = np.gradient(np.gradient(height, 1.0 / rate), 1.0 / rate)[:, None] + STANDARD_GRAVITY_M_S2
    fir = CentredFir(velocity_taps(1.5, rate))
    speed = np.concatenate((fir.feed(acc), fir.flush()))[:, 0]
    assert speed.max() == pytest.approx(1.875 * 0.08 / 0.8 - 0.08 / 3.0, abs=0.01)
    assert abs(speed[20:60]).max() < 1e-6


def test_a_flat_top_at_a_full_scale_is_clipping_and_a_repeat_elsewhere_is_not() -> None:
    acc = np.zeros((6, 3))
    acc[1:4, 0] = 8.0 * STANDARD_GRAVITY_M_S2
    assert clipped_rows(acc, None).sum() == 2
    acc[1:4, 0] = 5.0 * STANDARD_GRAVITY_M_S2
    assert clipped_rows(acc, None).sum() == 0
    assert clipped_rows(acc, 5.0 * STANDARD_GRAVITY_M_S2).sum() == 3


@given(cuts=CUTS)
def test_what_is_no_number_or_not_later_is_left_out_and_told(cuts: list[int]) -> None:
    good = stream(gap=False)
    t, acc = good.t_s.copy(), good.acc_m_s2.copy()
    acc[50, 1], t[80], t[120] = np.nan, np.inf, t[110]
    bad = SampleBatch(t, acc, good.gyr_rad_s)
    quality = StreamQuality(StreamInfo(100.0, True))
    kept = np.concatenate([quality.take(piece).t_s for piece in pieces(bad, cuts)])
    assert len(kept) == len(bad) - 3
    assert (np.diff(kept) > 0).all()
    assert "3 samples left out" in " ".join(quality.summary().notes)
    assert quality.summary().status == "limited"
