"""What a stream cannot carry is known of it, whatever its cut."""

import numpy as np
import pytest

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.dsp.quality import StreamQuality
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2

RATE_HZ = 50.0


def taken(acc_m_s2: np.ndarray, cut: int, range_m_s2: float | None = None) -> StreamQuality:
    quality = StreamQuality(StreamInfo(RATE_HZ, has_gyroscope=False, acc_range_m_s2=range_m_s2))
    t_s = np.arange(len(acc_m_s2)) / RATE_HZ
    for first in range(0, len(acc_m_s2), cut):
        quality.take(SampleBatch(t_s[first : first + cut], acc_m_s2[first : first + cut]))
    return quality


@pytest.mark.parametrize("cut", [1, 7, 10_000])
def test_strikes_leave_a_stretch_usable_and_a_small_range_does_not(cut: int) -> None:
    acc = np.tile([0.0, 0.0, 9.8], (500, 1))
    acc[100] = acc[101] = acc[300] = (0.0, 0.0, 2.0 * STANDARD_GRAVITY_M_S2)
    quality = taken(acc, cut, 2.0 * STANDARD_GRAVITY_M_S2)
    assert quality.clipped_samples == 3
    assert not quality.is_clipped(0.0, 8.0)
    assert quality.is_clipped(1.9, 2.2)
    assert not quality.is_clipped(2.5, 5.5)


@pytest.mark.parametrize("cut", [1, 7, 10_000])
def test_gravity_that_is_not_there_makes_a_stream_unusable(cut: int) -> None:
    rng = np.random.default_rng(1)
    shaking = rng.normal(scale=3.0, size=(2000, 3))
    assert taken(shaking, cut).summary().status == "unusable"
    assert "gravity was removed" in taken(shaking, cut).summary().notes[0]
    upright = shaking + np.array([0.0, 6.0, 7.8])
    assert taken(upright, cut).summary().status == "ok"


@pytest.mark.parametrize("cut", [1, 7, 10_000])
def test_an_accelerometer_that_is_stuck_is_told(cut: int) -> None:
    acc = np.random.default_rng(2).normal((0.0, 0.0, 9.8), 0.02, (1000, 3))
    assert taken(acc, cut).summary().notes == ()
    acc[300:380] = acc[300]
    assert taken(acc, cut).summary().notes == ()
    acc[300:550] = acc[300]
    assert "stuck for 5 s" in taken(acc, cut).summary().notes[0]
    assert taken(acc, cut).summary().status == "limited"


def test_a_rep_beyond_the_range_is_counted_and_not_measured() -> None:
    one = simulate("ski-jumper", "chest", seed=3, reps=4, acc_range_g=0.5)
    session = Session(one.info, "ski-jumper", "chest")
    session.feed(one.samples)
    session.finish()
    assert session.reps
    measured = [rep.measurements[metric] for rep in session.reps for metric in ("lean_deg", "eccentric_duration_s")]
    assert {one.reason for one in measured} == {"clipped"}
    assert all(rep.valid is None for rep in session.reps)


def test_slow_sensors_tell_how_well_they_know_a_flight() -> None:
    for rate_hz, told in ((50.0, True), (100.0, False)):
        one = simulate("box-jump", "waist", seed=5, rate_hz=rate_hz, reps=3)
        session = Session(one.info, "box-jump", "waist")
        session.feed(one.samples)
        session.finish()
        assert session.landings
        assert any("a flight is known to ±20 ms" in note for note in session.quality().notes) == told
