"""Laws of every dialect, then the traps of each."""

from pathlib import Path
from random import Random

import dialect_examples as ex
import numpy as np
import pytest
from dialect_examples import ACC, EXAMPLES, GRAVITY, GYR, Example
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.errors import RecordingError
from athena_sense.recordings import OpenedRecording, open_recording
from athena_sense.recordings.dialects import dialects
from athena_sense.recordings.source import load

NAMES = sorted(EXAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_an_export_comes_out_in_si_units_from_its_first_sample(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    opened = open_recording(example.write(tmp_path))
    assert opened.dialect == example.dialect
    assert_movement(opened.samples, opened.header, example)


def assert_movement(samples, header, example: Example) -> None:
    expected = ACC if example.has_gravity else ACC - GRAVITY
    assert samples is not None
    assert samples.t_s[0] == 0.0
    np.testing.assert_allclose(samples.t_s, ex.T_S, atol=1e-6)
    np.testing.assert_allclose(samples.acc_m_s2, expected, atol=example.tolerance)
    assert header.has_gravity == example.has_gravity
    assert header.has_gyroscope == example.has_gyroscope == (samples.gyr_rad_s is not None)
    assert header.sample_rate_hz == pytest.approx(ex.RATE_HZ, rel=1e-4)
    if example.has_gyroscope:
        np.testing.assert_allclose(samples.gyr_rad_s, GYR, atol=example.tolerance)


def test_every_dialect_in_the_folder_has_an_example_here() -> None:
    assert {dialect.NAME for dialect in dialects()} == {example.dialect for example in EXAMPLES.values()}


@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_recognised_by_one_dialect_alone(name: str, tmp_path: Path) -> None:
    source = load(EXAMPLES[name].write(tmp_path))
    recognisers = [dialect.NAME for dialect in dialects() if dialect.recognise(source)]
    assert recognisers[0] == EXAMPLES[name].dialect
    assert [name for name in recognisers if name != "plain CSV"] == recognisers[:1] or len(recognisers) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if "zip" not in name and "JSON" not in name])
def test_byte_order_mark_crlf_and_blank_lines_change_nothing(name: str, tmp_path: Path) -> None:
    path = EXAMPLES[name].write(tmp_path)
    for file in tmp_path.iterdir():
        text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
        head, _, body = text.partition("\n")
        text = f"{head}\n{body}" if "Shimmer" in name else f"{head}\n{body}\n\n"
        file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    opened = open_recording(path)
    assert_movement(opened.samples, opened.header, EXAMPLES[name])


@pytest.mark.parametrize("name", [name for name in NAMES if "zip" not in name and "JSON" not in name])
def test_a_few_bad_rows_are_counted_with_the_first_line(name: str, tmp_path: Path) -> None:
    path = EXAMPLES[name].write(tmp_path)
    lines = path.read_bytes().split(b"\n")
    lines[120:121] = [b"overflow", lines[120], b"\x00?;,\tnan,nan,nan,nan,nan,nan"]
    path.write_bytes(b"\n".join(lines))
    opened = open_recording(path)
    assert any("left out: 2, the first on line 121" in note for note in opened.notes), opened.notes
    assert_movement(opened.samples, opened.header, EXAMPLES[name])


@pytest.mark.parametrize("name", [name for name in NAMES if "zip" not in name and "JSON" not in name])
def test_many_bad_rows_are_refused_with_the_first_line(name: str, tmp_path: Path) -> None:
    path = EXAMPLES[name].write(tmp_path)
    lines = path.read_bytes().split(b"\n")
    for i in range(100, 160):
        lines[i] = b"error"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RecordingError, match=r"line 101: .*60 of 240"):
        open_recording(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_anywhere_is_read_or_refused_in_words(name: str, tmp_path: Path) -> None:
    path = EXAMPLES[name].write(tmp_path)
    data = path.read_bytes()
    for cut in range(1, len(data), max(1, len(data) // 25)):
        path.write_bytes(data[:cut])
        opened, refusal = opened_or_refusal(path)
        if opened is None:
            assert path.name in refusal
        else:
            assert opened.samples is not None
            assert np.isfinite(opened.samples.acc_m_s2).all()


def opened_or_refusal(path: Path) -> tuple[OpenedRecording | None, str]:
    try:
        return open_recording(path), ""
    except RecordingError as error:
        return None, str(error)


def test_a_pair_opens_from_either_half(tmp_path: Path) -> None:
    for write, halves in ((ex.metabase, ("Accelerometer", "Gyroscope")), (ex.polar, ("ACC", "GYRO"))):
        acc = write(tmp_path)
        gyr = acc.with_name(acc.name.replace(*halves))
        one, other = open_recording(acc), open_recording(gyr)
        assert one.header == other.header
        np.testing.assert_array_equal(one.samples.acc_m_s2, other.samples.acc_m_s2)
        gyr.unlink()
        alone = open_recording(acc)
        assert not alone.header.has_gyroscope
        acc.rename(tmp_path / "hidden.bin")
        write(tmp_path).unlink()
        with pytest.raises(RecordingError, match="no acceleration"):
            open_recording(gyr)
        gyr.unlink()


def test_iphone_signs_follow_the_metadata(tmp_path: Path) -> None:
    members = {
        "Accelerometer.csv": ex.sensor_logger_csv(ACC - GRAVITY),
        "Gravity.csv": ex.sensor_logger_csv(GRAVITY),
        "Metadata.csv": ex.sensor_logger_metadata("ios", "true"),
    }
    standardised = open_recording(ex.zipped(tmp_path / "a.zip", members))
    np.testing.assert_allclose(standardised.samples.acc_m_s2, ACC, atol=1e-9)
    unknown = open_recording(ex.zipped(tmp_path / "b.zip", {k: v for k, v in members.items() if "Meta" not in k}))
    assert any("iPhone" in note for note in unknown.notes)


def test_uncalibrated_iphone_acceleration_is_in_g(tmp_path: Path) -> None:
    members = {
        "AccelerometerUncalibrated.csv": ex.sensor_logger_csv(-ACC / ex.G),
        "Metadata.csv": ex.sensor_logger_metadata("ios", "false"),
    }
    opened = open_recording(ex.zipped(tmp_path / "a.zip", members))
    np.testing.assert_allclose(opened.samples.acc_m_s2, ACC, atol=1e-9)


def test_sensor_logger_files_beside_each_other_are_read_together(tmp_path: Path) -> None:
    ex.text(tmp_path / "Gyroscope.csv", ex.sensor_logger_csv(GYR))
    path = ex.text(tmp_path / "Accelerometer.csv", ex.sensor_logger_csv(ACC - GRAVITY))
    ex.text(tmp_path / "Gravity.csv", ex.sensor_logger_csv(GRAVITY))
    opened = open_recording(path)
    np.testing.assert_allclose(opened.samples.acc_m_s2, ACC, atol=1e-9)
    assert opened.header.has_gyroscope


def test_sensor_logger_rows_may_come_out_of_order(tmp_path: Path) -> None:
    head, *rows = ex.sensor_logger_csv(ACC).splitlines()
    shuffled = np.random.default_rng(1).permutation(rows)
    opened = open_recording(ex.text(tmp_path / "TotalAcceleration.csv", "\n".join([head, *shuffled])))
    np.testing.assert_allclose(opened.samples.acc_m_s2, ACC, atol=1e-9)
    assert any("sorted" in note for note in opened.notes)


def test_cut_off_json_says_so(tmp_path: Path) -> None:
    path = ex.sensor_logger_json(tmp_path)
    path.write_text(path.read_text()[:-40])
    with pytest.raises(RecordingError, match="cut off"):
        open_recording(path)


def test_mt_manager_has_its_own_clock_and_units(tmp_path: Path) -> None:
    names = "PacketCounter SampleTimeFine Acc_X Acc_Y Acc_Z Gyr_X Gyr_Y Gyr_Z"
    lines = ["// General information:", "// Update Rate: 100.0Hz", names.replace(" ", "\t")]
    for i, row in enumerate(np.column_stack([ACC, GYR])):
        lines.append(f"{(65_500 + i) % 65_536}\t\t" + "\t".join(f"{v:.9f}" for v in row))
    opened = open_recording(ex.text(tmp_path / "mt.txt", "\n".join(lines)))
    assert_movement(opened.samples, opened.header, Example("Movella DOT", ex.movella))


def test_mt_manager_without_a_stated_rate_has_its_sample_times(tmp_path: Path) -> None:
    """In ticks of 0.1 ms, over the end of their 32 bits."""
    names = "PacketCounter SampleTimeFine Acc_X Acc_Y Acc_Z Gyr_X Gyr_Y Gyr_Z"
    for preamble in (["// General information:"], ["// Update Rate: 0Hz"]):
        lines = [*preamble, names.replace(" ", "\t")]
        for i, row in enumerate(np.column_stack([ACC, GYR])):
            lines.append(f"{i}\t{(2**32 - 5_000 + i * 100) % 2**32}\t" + "\t".join(f"{v:.9f}" for v in row))
        opened = open_recording(ex.text(tmp_path / "mt.txt", "\n".join(lines)))
        assert_movement(opened.samples, opened.header, Example("Movella DOT", ex.movella))


def test_a_dot_without_sample_times_has_its_rate(tmp_path: Path) -> None:
    path = ex.movella(tmp_path)
    path.write_text(path.read_text().replace("SampleTimeFine", "Unused"))
    opened = open_recording(path)
    assert_movement(opened.samples, opened.header, Example("Movella DOT", ex.movella))


def test_phyphox_in_another_language_is_known_by_its_units(tmp_path: Path) -> None:
    text = ex.phyphox_text(";", ",").replace("Time", "Zeit").replace("Acceleration", "Beschleunigung")
    opened = open_recording(ex.text(tmp_path / "a.csv", text))
    np.testing.assert_allclose(opened.samples.acc_m_s2, ACC, atol=1e-6)


def test_phyphox_without_acceleration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no acceleration"):
        open_recording(ex.text(tmp_path / "a.csv", ex.phyphox_gyro()))


def test_foreign_files_are_refused_with_what_can_be_read(tmp_path: Path) -> None:
    for name, data in {
        "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "notes.txt": b"buy milk\n",
        "numbers.csv": b"1,2,3\n4,5,6\n",
        "sheet.zip": ex.zipped(tmp_path / "x.zip", {"a.txt": "x"}).read_bytes(),
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RecordingError, match="t,ax,ay,az"):
            open_recording(tmp_path / name)


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = ex.sensor_logger_android(tmp_path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RecordingError, match="damaged zip"):
        open_recording(path)


@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_any_damage_gives_samples_that_hold_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, random: Random
) -> None:
    """Time runs forward from 0 and every number is finite, whatever was typed, cut or pasted into the file."""
    folder = tmp_path_factory.mktemp("damaged")
    path = EXAMPLES[name].write(folder)
    data = bytearray(path.read_bytes())
    for _ in range(random.choice([1, 3, 20])):
        at = random.randrange(min(len(data), random.choice([100, 500, len(data)])))
        pasted = random.choice(
            [b",", b";", b"\n", b"\r", b"nan", b"1e99", b"-", b"\0", b"\xff", b'"', data[: at % 200]]
        )
        data[at : at + random.choice([0, 1, 60])] = pasted
    path.write_bytes(data)
    opened, refusal = opened_or_refusal(path)
    if opened is None:
        assert refusal.startswith(str(folder))
    else:
        assert opened.samples is not None
        assert opened.samples.t_s[0] == 0.0
        assert (np.diff(opened.samples.t_s) > 0).all()
        assert np.isfinite(opened.samples.acc_m_s2).all()
