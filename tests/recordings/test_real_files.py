"""Real exports, as their apps and owners wrote them."""

import numpy as np
import pytest
from real_data import real_data

from athena_sense.errors import RecordingError
from athena_sense.recordings import open_recording
from athena_sense.recordings.imported import gravity_unit, mean_acceleration


def test_every_phyphox_export() -> None:
    for path in sorted(real_data("phyphox_jump_walk").glob("*.csv")):
        opened = open_recording(path)
        assert (opened.dialect, opened.notes) == ("phyphox", ())
        assert opened.samples is not None
        assert opened.samples.t_s[-1] == pytest.approx(60.0, abs=0.1)
        assert opened.header.sample_rate_hz == pytest.approx(99.57, abs=0.05)
        assert gravity_unit(opened.samples) == "m/s^2"


def test_every_metabase_pair_from_both_halves() -> None:
    paths = sorted(real_data("metamotion_barbell").glob("*_Accelerometer_*.csv"))
    assert len(paths) == 30
    for path in paths:
        opened = open_recording(path)
        (gyroscope,) = path.parent.glob(path.name.split("_Accelerometer_")[0] + "_Gyroscope_*.csv")
        other = open_recording(gyroscope)
        assert opened.dialect == other.dialect == "MetaBase"
        assert opened.header == other.header
        assert opened.header.has_gyroscope
        assert opened.header.sample_rate_hz == pytest.approx(12.5, rel=1e-6)
        assert opened.samples is not None
        rows = sum(1 for line in path.read_text().splitlines() if line) - 1
        assert len(opened.samples) >= rows - 3
        np.testing.assert_array_equal(opened.samples.acc_m_s2, other.samples.acc_m_s2)
        assert gravity_unit(opened.samples) == "m/s^2"


def test_packet_stamped_chest_sensor() -> None:
    opened = open_recording(real_data("ble_packet_times", "chest_acc.csv"))
    assert opened.samples is not None
    assert len(opened.samples) == 15_999
    assert opened.header.has_gravity
    assert opened.header.sample_rate_hz == pytest.approx(50.8, abs=0.1)
    with pytest.raises(RecordingError, match="no acceleration"):
        open_recording(real_data("ble_packet_times", "chest_gyro.csv"))


@pytest.mark.parametrize(("name", "rate", "gravity"), [("int1", 128.0, 9.81), ("q2", 256.0, 9.19)])
def test_shimmer(name: str, rate: float, gravity: float) -> None:
    opened = open_recording(real_data("postural_sway", f"{name}.dat"))
    assert opened.dialect == "Shimmer"
    assert opened.header.has_gyroscope
    assert opened.header.sample_rate_hz == pytest.approx(rate, rel=1e-3)
    assert opened.samples is not None
    assert mean_acceleration(opened.samples) == pytest.approx(gravity, abs=0.1)
    assert opened.samples.gyr_rad_s is not None
    assert np.median(np.abs(opened.samples.gyr_rad_s)) < 0.1


def test_a_table_without_time_is_refused() -> None:
    with pytest.raises(RecordingError, match="no time column"):
        open_recording(real_data("jump_phone_force_plate", "cmj_smartphone.csv"))
