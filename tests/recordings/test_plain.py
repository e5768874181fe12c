"""The plain table: names, units and delimiters as people write them, and numbers that cannot be what they seem."""

from pathlib import Path

import dialect_examples as ex
import numpy as np
import pytest
from dialect_examples import ACC, GYR, T_S

from athena_sense.datatypes import SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings import open_recording
from athena_sense.simulation import simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

DEG = np.degrees(1)


def opened(tmp_path: Path, text: str, encoding: str = "utf-8"):
    return open_recording(ex.text(tmp_path / "set.csv", text, encoding))


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(RecordingError) as caught:
        opened(tmp_path, text)
    assert "set.csv" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("header", "scales"),
    [
        ("t,ax,ay,az,gx,gy,gz", (1, 1, 1)),
        ("time,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", (1, 1, 1)),
        ("Timestamp,AccX,AccY,AccZ,GyroX,GyroY,GyroZ", (1, 1, 1)),
        ("seconds_elapsed,accel_x,accel_y,accel_z,gyroscope_x,gyroscope_y,gyroscope_z", (1, 1, 1)),
        (
            "t_ms,acc_x_g,acc_y_g,acc_z_g,gyr_x_dps,gyr_y_dps,gyr_z_dps",
            (1e3, 1 / G, DEG),
        ),
        (
            "Time (us),ax [mg],ay [mg],az [mg],wx (deg/s),wy (deg/s),wz (deg/s)",
            (1e6, 1e3 / G, DEG),
        ),
        ("Time(s),ax(g),ay(g),az(g),wx(°/s),wy(°/s),wz(°/s)", (1, 1 / G, DEG)),
        ("time (s),X (m/s^2),Y (m/s^2),Z (m/s^2),x (rad/s),y (rad/s),z (rad/s)", (1, 1, 1)),
        ("time,gFx,gFy,gFz,wx,wy,wz", (1, 1 / G, 1)),
    ],
)
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", ".")])
def test_names_units_and_delimiters(
    header: str, scales: tuple[float, float, float], delimiter: str, decimal: str, tmp_path: Path
) -> None:
    time, acc, gyr = scales
    text = header.replace(",", delimiter) + "\n"
    text += ex.rows([T_S * time, *(ACC * acc).T, *(GYR * gyr).T], delimiter, decimal)
    got = opened(tmp_path, text)
    np.testing.assert_allclose(got.samples.t_s, T_S, atol=1e-8)
    np.testing.assert_allclose(got.samples.acc_m_s2, ACC, atol=1e-7)
    np.testing.assert_allclose(got.samples.gyr_rad_s, GYR, atol=1e-7)


def test_columns_in_any_order_beside_others(tmp_path: Path) -> None:
    text = "rssi,az,ay,ax,t,\n" + ex.rows([T_S * 0, *ACC.T[::-1], T_S, T_S])
    got = opened(tmp_path, text)
    np.testing.assert_allclose(got.samples.acc_m_s2, ACC, atol=1e-7)
    assert got.notes == ("columns not used: rssi",)


def test_utf16_old_mac_line_ends_and_title_rows(tmp_path: Path) -> None:
    text = "my device, 2026\n" + ex.plain_text()
    np.testing.assert_allclose(opened(tmp_path, text, "utf-16").samples.acc_m_s2, ACC, atol=1e-7)
    np.testing.assert_allclose(opened(tmp_path, text.replace("\n", "\r")).samples.acc_m_s2, ACC, atol=1e-7)
    np.testing.assert_allclose(opened(tmp_path, "sep=,\n" + text).samples.acc_m_s2, ACC, atol=1e-7)


def test_iso_times_also_with_a_zone(tmp_path: Path) -> None:
    for zone in ("", "Z", "+02:00"):
        rows = [f"2026-01-01T23:59:59.{i * 10:03d}{zone},0,0,9.8" for i in range(99)]
        got = opened(tmp_path, "time,ax,ay,az\n" + "\n".join(rows))
        np.testing.assert_allclose(got.samples.t_s, T_S[:99], atol=1e-9)


def test_what_cannot_be_a_recording_is_refused_with_the_mend(tmp_path: Path) -> None:
    assert "no time column" in refusal(tmp_path, "ax,ay,az\n" + ex.rows([*ACC.T]))
    assert "no acceleration" in refusal(tmp_path, "t,gx,gy,gz\n" + ex.rows([T_S, *GYR.T]))
    assert "a header and no samples" in refusal(tmp_path, "t,ax,ay,az\nnone,at,all,here\n")
    assert "a single sample" in refusal(tmp_path, "t,ax,ay,az\n0,0,0,9.8\n")
    assert "unit that is not known" in refusal(tmp_path, "t,ax (ft),ay (ft),az (ft)\n" + ex.rows([T_S, *ACC.T]))


PHYPHOX = "Time (s),Acceleration x (m/s^2),Acceleration y (m/s^2),Acceleration z (m/s^2)"


@pytest.mark.parametrize(
    "header",
    [
        "t,ax,ay,az",
        PHYPHOX,
        PHYPHOX.replace(",", ";") + ";Absolute acceleration (m/s^2)",
        "time,seconds_elapsed,z,y,x",
        "sep=,\nDeviceTag:,Foot\nPacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Status",
        "Time,Accel-X (g), Accel-Y (g), Accel-Z (g)",
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_a_header_alone_is_told(header: str, end: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, header + end).endswith("set.csv: holds a header and no samples")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("t,ax,ay,foo", "no column 'az';"),
        ("t,ax,ay", "no column 'az';"),
        ("t,ax,ay,ay", "no column 'az' ('ay' stands there twice);"),
        ("t,gx,gy,gz,ax,ay,bz", "no column 'az';"),
        ("t,ax", "no column 'ay' and no column 'az';"),
        ("t;Acc_X (g);Acc_Z (g);temp", "no column 'Acc_Y (g)';"),
        ("t\tx-axis (g)\ty-axis (g)\ttemp", "no column 'z-axis (g)';"),
        (PHYPHOX.rpartition(",")[0], "no column 'Acceleration z (m/s^2)';"),
    ],
)
def test_a_missing_column_is_named(header: str, words: str, tmp_path: Path) -> None:
    delimiter = next((mark for mark in ";\t" if mark in header), ",")
    columns = [T_S] * (header.count(delimiter) + 1)
    assert words in refusal(tmp_path, header + "\n" + ex.rows(columns, delimiter))


@pytest.mark.parametrize("text", ["hello, x, z\nthis is prose, x, y\n", "t,ax,ay\nno numbers, in, here\n", "// x\n"])
def test_what_is_no_table_of_movement_is_told_what_would_be(text: str, tmp_path: Path) -> None:
    assert "a plain CSV begins with t,ax,ay,az" in refusal(tmp_path, text)


def test_one_time_stamp_for_all_samples_is_told_with_the_file(tmp_path: Path) -> None:
    for values in (ACC, ACC * 0 + 9.8):
        assert "share one time stamp" in refusal(tmp_path, "t,ax,ay,az\n" + ex.rows([T_S * 0, *values.T]))


def test_units_that_cannot_be_si_are_named_with_the_mend(tmp_path: Path) -> None:
    def with_units(time: float = 1, acc: float = 1, gyr: float = 1) -> str:
        return "t,ax,ay,az,gx,gy,gz\n" + ex.rows([T_S * time, *(ACC * acc).T, *(GYR * gyr).T])

    assert "looks like g and not m/s²" in refusal(tmp_path, with_units(acc=1 / 9.80665))
    assert "'ax (g)'" in refusal(tmp_path, with_units(acc=1 / 9.80665))
    assert "looks like mg" in refusal(tmp_path, with_units(acc=1000 / 9.80665))
    assert "raw counts" in refusal(tmp_path, with_units(acc=16384 / 9.80665))
    assert "(ms)" in refusal(tmp_path, with_units(time=1000))
    assert "(deg/s)" in refusal(tmp_path, with_units(gyr=DEG))


def test_violent_movement_in_g_is_still_told_from_linear_acceleration(tmp_path: Path) -> None:
    """Running: 0 to 3 g in every step; the mean over two seconds is 1 g all the same."""
    t = np.arange(3000) / 100
    running = 1.0 + np.sin(2 * np.pi * 2.8 * t)
    text = "t,ax,ay,az\n" + ex.rows([t, 0.5 * np.sin(17 * t), 0.3 * np.cos(31 * t), running])
    assert "looks like g" in refusal(tmp_path, text)


@pytest.mark.parametrize("size", [0.05, 0.5, 3.0, 12.0])
def test_linear_acceleration_is_known_by_its_mean(size: float, tmp_path: Path) -> None:
    t = np.arange(3000) / 100
    shaken = size * np.column_stack([np.sin(9 * t), np.cos(11 * t), np.sin(13 * t)])
    got = opened(tmp_path, "t,ax,ay,az\n" + ex.rows([t, *shaken.T]))
    assert not got.header.has_gravity
    assert any("gravity is not in this acceleration" in note for note in got.notes)


def test_a_poorly_calibrated_sensor_is_read(tmp_path: Path) -> None:
    got = opened(tmp_path, "t,ax,ay,az\n" + ex.rows([T_S, *(ACC * 9.1 / 9.8).T]))
    assert got.header.has_gravity


def test_time_that_runs_backward_is_counted_or_refused(tmp_path: Path) -> None:
    t = T_S.copy()
    t[50] = t[40]
    got = opened(tmp_path, "t,ax,ay,az\n" + ex.rows([t, *ACC.T]))
    assert len(got.samples) == len(t) - 1
    assert any("backward left out: 1, the first on line 52" in note for note in got.notes)
    t = T_S.copy()
    t[100:] -= 0.9
    assert "line 102: time runs backward" in refusal(tmp_path, "t,ax,ay,az\n" + ex.rows([t, *ACC.T]))


def test_a_repeated_row_is_left_out(tmp_path: Path) -> None:
    lines = ex.plain_text().splitlines()
    lines.insert(20, lines[19])
    got = opened(tmp_path, "\n".join(lines))
    np.testing.assert_allclose(got.samples.t_s, T_S, atol=1e-9)
    assert any("repeat a time stamp left out: 1, the first on line 21" in note for note in got.notes)


def test_samples_stamped_by_packet_are_spread(tmp_path: Path) -> None:
    stamps = 1743758128.0 + np.repeat(np.arange(1, 61) * 0.04, 4)
    got = opened(tmp_path, "Timestamp,AccX,AccY,AccZ\n" + ex.rows([stamps, *ACC.T], form="{:.6f}"))
    np.testing.assert_allclose(got.samples.t_s, T_S, atol=1e-5)
    assert got.header.sample_rate_hz == pytest.approx(100.0, rel=1e-3)


def test_line_numbers_count_blank_lines(tmp_path: Path) -> None:
    lines = ex.plain_text().splitlines()
    lines[30:30] = ["", "", "oops"]
    got = opened(tmp_path, "\n".join(lines))
    assert any("the first on line 33" in note for note in got.notes)


def test_ragged_rows_with_the_columns_that_count_are_read(tmp_path: Path) -> None:
    lines = ex.plain_text("t,ax,ay,az,gx,gy,gz").splitlines()
    lines[3] += ",note: started"
    lines[9] = lines[9].rsplit(",", 1)[0]
    got = opened(tmp_path, "\n".join(lines))
    assert len(got.samples) == len(T_S) - 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_short_first_row_is_one_bad_row_and_not_another_header(delimiter: str, tmp_path: Path) -> None:
    for header in ("t,ax,ay,az", "t,ax,ay,az,gx,gy,gz"):
        lines = ex.plain_text(header, delimiter).splitlines()
        lines.insert(1, delimiter.join(("0.00", "0.1")))
        got = opened(tmp_path, "\n".join(lines))
        assert len(got.samples) == len(T_S)
        assert got.notes == ("rows without numbers left out: 1, the first on line 2",)


def test_rows_that_do_not_fit_their_header_are_told_as_that(tmp_path: Path) -> None:
    said = refusal(tmp_path, "t,ax,ay,az\n" + "0.1,0.2\n" * 9)
    assert said.endswith("its rows do not have the columns of its header: t, ax, ay, az")


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "-", "null"])
def test_a_gyroscope_without_numbers_is_none(cell: str, tmp_path: Path) -> None:
    rows = [f"{row},{cell},{cell},{cell}" for row in ex.rows([T_S, *ACC.T]).splitlines()]
    got = opened(tmp_path, "\n".join(["t,ax,ay,az,gx,gy,gz", *rows]))
    assert got.samples.gyr_rad_s is None
    assert not got.header.has_gyroscope
    np.testing.assert_allclose(got.samples.acc_m_s2, ACC, atol=1e-7)
    assert got.notes == ("no gyroscope: its columns are not made of numbers", "columns not used: gx, gy, gz")


def test_an_acceleration_without_numbers_is_refused_with_any_gyroscope(tmp_path: Path) -> None:
    rows = [f"{t},,,,0.1,0.2,0.3" for t in T_S]
    assert "not made of numbers" in refusal(tmp_path, "\n".join(["t,ax,ay,az,gx,gy,gz", *rows]))


@pytest.mark.parametrize(
    ("movement", "placement"), [("calf", "foot"), ("ski-jumper", "chest"), ("squat", "thigh"), ("walking", "shank")]
)
@pytest.mark.parametrize("header", ["t,ax,ay,az,gx,gy,gz", "t,ax,ay,az,gx (rad/s),gy (rad/s),gz (rad/s)"])
def test_a_gyroscope_in_another_unit_than_it_says_turns_where_gravity_does_not(
    header: str, movement: str, placement: str, tmp_path: Path
) -> None:
    """Whatever it says, and however slow the movement: gravity in the acceleration turns along with the sensor."""
    for seed in (1, 2):
        one = simulate(movement, placement, seed=seed).samples

        def table(unit: float, one: SampleBatch = one) -> str:
            assert one.gyr_rad_s is not None
            return header + "\n" + ex.rows([one.t_s, *one.acc_m_s2.T, *(unit * one.gyr_rad_s).T])

        assert opened(tmp_path, table(1.0)).header.has_gyroscope
        assert "(deg/s)" in refusal(tmp_path, table(DEG))
        said = table(DEG).replace(header, "t,ax,ay,az,gx_dps,gy_dps,gz_dps", 1)
        assert opened(tmp_path, said).header.has_gyroscope
