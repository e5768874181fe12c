"""`athena-sense import` and `athena-sense export`: nothing is lost on the way, and nothing is written over."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from click.testing import Result as Run

from athena_sense.cli import main
from athena_sense.datatypes import SampleBatch
from athena_sense.recordings import (
    RecordingHeader,
    RecordingWriter,
    SensorHeader,
    open_recording,
    samples_of,
    write_csv,
)


def run(*arguments: str | Path) -> Run:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "calf.csv"
    write_csv(path, samples())
    return path


def samples() -> SampleBatch:
    rng = np.random.default_rng(3)
    acc = np.array([0.0, 0.0, 9.80665]) + rng.normal(0, 0.1, (300, 3))
    return SampleBatch(np.arange(300) / 50.0, acc, rng.normal(0, 0.1, (300, 3)))


def assert_same(path: Path) -> None:
    found, expected = samples_of(open_recording(path)), samples()
    np.testing.assert_array_equal(found.t_s, expected.t_s)
    np.testing.assert_array_equal(found.acc_m_s2, expected.acc_m_s2)
    assert found.gyr_rad_s is not None
    np.testing.assert_array_equal(found.gyr_rad_s, expected.gyr_rad_s)


def test_import_writes_a_recording_that_knows_what_it_is(csv: Path) -> None:
    result = run("import", csv, "-e", "box-jump", "-p", "waist", "--box-height", "12in", "--side", "left")
    assert result.exit_code == 0, result.stderr
    target = csv.with_suffix(".arrows")
    assert result.stdout.startswith(f"{target}: ")
    assert "300 samples at 50 Hz" in result.stdout
    header = open_recording(target).header
    assert (header.exercise, header.placement, header.side) == ("box-jump", "waist", "left")
    assert header.box_height_m == pytest.approx(0.3048)
    assert_same(target)


def test_import_keeps_what_a_recording_says_unless_told_otherwise(csv: Path, tmp_path: Path) -> None:
    run("import", csv, "-e", "box-jump", "-p", "waist")
    again = tmp_path / "again.arrows"
    assert run("import", csv.with_suffix(".arrows"), "-o", again, "-p", "shank").exit_code == 0
    header = open_recording(again).header
    assert (header.exercise, header.placement) == ("box-jump", "shank")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_export_and_back_is_the_same(ending: str, csv: Path, tmp_path: Path) -> None:
    run("import", csv, "-e", "box-jump", "-p", "waist")
    target = tmp_path / f"out.{ending}"
    result = run("export", csv.with_suffix(".arrows"), "-o", target)
    assert result.exit_code == 0, result.stderr
    assert_same(target)
    if ending == "parquet":
        assert open_recording(target).header.exercise == "box-jump"


def test_export_to_stdout(csv: Path) -> None:
    result = run("export", csv, "-o", "-")
    assert result.stdout_bytes == csv.read_bytes()
    assert run("export", csv, "-o", "-", "--format", "parquet").exit_code == 2


def test_several_files_go_into_a_folder(csv: Path, tmp_path: Path) -> None:
    other = tmp_path / "jumps.csv"
    other.write_bytes(csv.read_bytes())
    assert run("import", csv, other, "-o", tmp_path / "out").exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"calf.arrows", "jumps.arrows"}
    assert run("export", csv, other, "-o", tmp_path / "out", "-f", "parquet").exit_code == 0
    assert_same(tmp_path / "out" / "jumps.parquet")


def test_nothing_is_written_over(csv: Path, tmp_path: Path) -> None:
    before = csv.read_bytes()
    result = run("export", csv)
    assert (result.exit_code, csv.read_bytes()) == (1, before)
    assert "would be written over itself" in result.stderr
    assert run("export", csv, "--force").exit_code == 1
    there = tmp_path / "there.arrows"
    there.write_text("mine")
    result = run("import", csv, "-o", there)
    assert (result.exit_code, there.read_text()) == (1, "mine")
    assert "exists already" in result.stderr
    assert run("import", csv, "-o", there, "--force").exit_code == 0
    assert_same(there)


def test_two_files_of_one_name_do_not_overwrite_each_other(csv: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin" / "calf.csv"
    twin.parent.mkdir()
    twin.write_bytes(csv.read_bytes())
    result = run("import", csv, twin, "-o", tmp_path / "out", "--force")
    assert result.exit_code == 1
    assert "another file was just written" in result.stderr


def test_one_bad_file_stops_no_other(csv: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    result = run("import", empty, csv, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {empty}: ")
    assert result.stderr.count("\n") == 1
    assert_same(tmp_path / "out" / "calf.arrows")


def test_a_folder_that_cannot_be_is_told(csv: Path) -> None:
    result = run("import", csv, csv, "-o", csv)
    assert result.exit_code == 1
    assert "is a file" in result.stderr


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A recording of two sensors: 40 samples from the foot, 60 from the upper arm."""
    foot, arm = (SampleBatch(np.arange(n) / 50.0 + 7.0, np.full((n, 3), 0.1 * n)) for n in (40, 60))
    more = SensorHeader(sample_rate_hz=50.0, placement="upper_arm", sensor="Polar H10 B")
    header = RecordingHeader(sample_rate_hz=50.0, placement="foot", sensor="Polar H10 A", more_sensors=(more,))
    with RecordingWriter(tmp_path / "two.arrows", header) as writer:
        writer.write_samples(foot)
        writer.write_samples(arm, 1)
    return tmp_path / "two.arrows"


def test_every_sensor_of_a_recording_is_imported_again(two: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.arrows"
    assert run("import", two, "-o", again, "-e", "generic").exit_code == 0
    opened = open_recording(again, 1)
    assert [sensor.placement for sensor in opened.sensors] == ["foot", "upper_arm"]
    assert opened.samples is not None
    np.testing.assert_array_equal(opened.samples.acc_m_s2, np.full((60, 3), 6.0))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_of_several_sensors_one_is_exported_and_the_others_are_told(two: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"one.{ending}"
    for chosen, count, other in (
        ((), 40, "upper-arm (Polar H10 B)"),
        (("--sensor", "foot"), 40, "upper-arm (Polar H10 B)"),
        (("--sensor", "upper-arm"), 60, "foot (Polar H10 A)"),
        (("--sensor", "Polar H10 B"), 60, "foot (Polar H10 A)"),
        (("--sensor", "2"), 60, "foot (Polar H10 A)"),
    ):
        done = run("export", two, "-o", target, "--force", *chosen)
        assert done.exit_code == 0
        assert f"{count} samples" in done.stdout
        assert done.stderr.endswith(f"is written, without {other}; choose with --sensor\n")
        assert len(samples_of(open_recording(target))) == count
        piped = run("export", two, "-o", "-", *chosen)
        assert len(piped.stdout.splitlines()) == 1 + count
        assert piped.stderr == done.stderr


def test_a_sensor_that_is_not_in_it_is_no_export(two: Path, tmp_path: Path) -> None:
    refused = run("export", two, "-o", tmp_path / "one.csv", "--sensor", "chest")
    assert refused.exit_code == 1
    assert "which sensor is 'chest'? There are 1: foot (Polar H10 A), 2: upper-arm (Polar H10 B)" in refused.stderr
    assert not (tmp_path / "one.csv").exists()


@pytest.mark.parametrize("given", [("--sensor", "left"), ("-p", "waist"), ("--side", "left")], ids=" ".join)
def test_what_an_import_says_of_a_sensor_is_for_the_file_of_one(two: Path, given: tuple[str, str]) -> None:
    """Of several it would silently mean the first."""
    refused = run("import", two, "-o", two.with_name("again.arrows"), *given)
    assert refused.exit_code == 1
    assert "is of 2 sensors" in refused.stderr
