"""`athena-sense calibrate` from the outside, and what live, record and replay make of what it keeps."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from athena_sense import calibration
from athena_sense.cli import main
from athena_sense.recordings import RecordingHeader, RecordingWriter, SensorHeader, read_recording
from athena_sense.shell import typed
from athena_sense.simulation import simulate

OFF = "sim:six-sides?seed=4&bias=0.06&scale_error=0.05"
JUMPS = str(Path(__file__).parents[2] / "recordings" / "jumps-loud.arrows")
FAST = ("--speed", "1000")
pytestmark = pytest.mark.usefixtures("home")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize("device", [OFF, f"{OFF}&sensor=polar_h10"])
def test_six_sides_live_are_told_one_by_one_and_kept(device: str) -> None:
    assert "no calibrations are kept" in run("calibrate").output
    done = run("calibrate", "--device", device, *FAST)
    assert done.exit_code == 0, done.output
    assert " is up; now lay it on another side (left: " in done.stderr
    assert [line[:6] for line in done.stderr.splitlines() if " is up" in line] == [f"{n} of 6" for n in range(1, 7)]
    assert "that is all of them" in done.stderr.splitlines()[-1]
    assert "% off gravity before; now about 0.3 % is expected" in done.stdout
    assert "kept, and used from now on for what comes from simulated other sensor" in done.stdout
    assert "from 6 still positions" in run("calibrate").stdout
    assert "is removed" in run("calibrate", "--forget", "--sensor", "simulated other sensor").stdout
    assert calibration.known() == {}


def test_too_few_sides_are_refused_in_one_line() -> None:
    done = run("calibrate", "--device", f"{OFF}&sides=4", *FAST)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("error: simulated other sensor: it was still in 4 positions only")
    assert calibration.known() == {}


def test_a_recording_calibrates_and_names_its_sensor(tmp_path: Path) -> None:
    path = tmp_path / "six.arrows"
    recorded = run("record", "--device", OFF, *FAST, "--out", path)
    assert "m/s² instead of 9.81" in recorded.stdout
    assert "mend it with a recording of it on each of its six sides, and athena-sense calibrate" in recorded.stdout
    assert run("calibrate", path, "--show").exit_code == 0
    assert calibration.known() == {}
    assert run("calibrate", path, "--sensor", "left").exit_code == 0
    assert list(calibration.known()) == ["left"]
    run("calibrate", path)
    again = run("record", "--device", OFF, *FAST, "--out", tmp_path / "again.arrows")
    assert "instead of 9.81" not in again.stdout
    assert read_recording(tmp_path / "again.arrows").header.calibration == calibration.find("simulated other sensor")


@pytest.mark.parametrize("of", ["device", "recording"])
def test_a_name_that_is_not_the_sensors_own_is_said_to_be_used_only_where_it_is_named(tmp_path: Path, of: str) -> None:
    path = tmp_path / "six.arrows"
    run("record", "--device", OFF, *FAST, "--out", path)
    source: tuple[str | Path, ...] = ("--device", OFF, *FAST) if of == "device" else (path,)
    kept = run("calibrate", *source, "--sensor", "named by me").stdout
    assert "used from now on" not in kept
    assert "kept as named by me: the sensor calls itself simulated other sensor," in kept
    assert list(calibration.known()) == ["named by me"]
    again = run("record", "--device", OFF, *FAST, "--out", tmp_path / "again.arrows")
    assert "instead of 9.81" in again.stdout  # as it was said
    kept = run("calibrate", *source, "--sensor", "simulated other sensor").stdout
    assert "used from now on for what comes from simulated other sensor" in kept
    again = run("record", "--device", OFF, *FAST, "--out", tmp_path / "mended.arrows")
    assert "instead of 9.81" not in again.stdout


def test_recordings_of_two_sensors_are_never_joined(tmp_path: Path) -> None:
    paths = tmp_path / "six.arrows", tmp_path / "other.arrows"
    run("record", "--device", OFF, *FAST, "--out", paths[0])
    run("import", paths[0], "--sensor", "another", "-o", paths[1])
    for options in ((), ("--sensor", "another")):
        refused = run("calibrate", *paths, *options)
        assert refused.exit_code == 1
        assert "of different sensors: another, simulated other sensor; calibrate each on its own" in refused.stderr
    assert run("calibrate", paths[1], paths[1]).exit_code == 0
    assert list(calibration.known()) == ["another"]


def test_a_recording_that_names_no_sensor_is_kept_under_a_name_only(tmp_path: Path) -> None:
    run("record", "--device", OFF, *FAST, "--out", tmp_path / "six.arrows")
    run("export", tmp_path / "six.arrows", "-o", tmp_path / "six.csv")
    refused = run("calibrate", tmp_path / "six.csv")
    assert refused.exit_code == 1
    assert "name it with --sensor" in refused.stderr
    assert run("calibrate", tmp_path / "six.csv", "--sensor", "left").exit_code == 0


@pytest.fixture
def shimmer(tmp_path: Path) -> tuple[Path, Path]:
    """Two files that say the same of their sensors: the kind. One is off, the other might be of another sensor."""
    header = "belt\tbelt\tbelt\tbelt\nTimestamp\t" + "\t".join(f"Low Noise Accelerometer {axis}" for axis in "XYZ")
    head = f"{header}\nCAL\tCAL\tCAL\tCAL\nmSecs\tm/s^2\tm/s^2\tm/s^2\n"
    paths = tmp_path / "off.dat", tmp_path / "other.dat"
    for path, reads in zip(paths, (9.19, 9.81), strict=True):
        rows = (f"{10 * i}\t{0.01 * (i % 3):.2f}\t{reads}\t0.02\n" for i in range(1000))
        path.write_text(f"{head}{''.join(rows)}")
    return paths


def test_one_sensors_calibration_never_mends_another_of_its_kind(tmp_path: Path, shimmer: tuple[Path, Path]) -> None:
    """Files that say only the kind match no kept calibration, whatever it is called; who says which sensor it is, gets
    its own."""
    off, other = shimmer

    def notes(path: Path, *options: str) -> str:
        site = () if path.suffix == ".arrows" else ("-e", "single-leg-balance", "-p", "waist")
        return str(json.loads(run("replay", path, *site, "--json", *options).stdout)["quality"]["notes"])

    refused = run("calibrate", off, "--one-scale")
    assert refused.exit_code == 1
    assert "does not say which sensor it is of; name it with --sensor" in refused.stderr
    for name in ("Shimmer", "left thigh"):
        kept = run("calibrate", off, "--one-scale", "--sensor", name)
        assert kept.exit_code == 0, kept.output
        assert f"--calibration {typed(name)}" in kept.stdout
        assert not any("scaled by" in notes(path) for path in shimmer)
        assert "scaled by 1.067" in notes(off, "--calibration", name)
    for path in shimmer:
        run("import", path, "-e", "single-leg-balance", "-p", "waist")
        assert "scaled by" not in notes(path.with_suffix(".arrows"))
        run("import", path, "-e", "single-leg-balance", "-p", "waist", "--sensor", path.stem, "--force")
        assert "scaled by" not in notes(path.with_suffix(".arrows"))
    run("import", off, "-e", "single-leg-balance", "-p", "waist", "--sensor", "left thigh", "--force")
    assert "scaled by 1.067" in notes(off.with_suffix(".arrows"))
    live = ("live", "-e", "single-leg-balance", "-p", "waist", "--device", f"file:{other}", *FAST, "-q")
    run(*live, "-o", tmp_path / "live.arrows")
    assert read_recording(tmp_path / "live.arrows").header.calibration is None
    assert run("calibrate", tmp_path / "live.arrows", "--one-scale").exit_code == 1


def test_one_posture_is_refused_and_one_scale_is_said_to_be_one() -> None:
    refused = run("calibrate", JUMPS)
    assert refused.exit_code == 1
    assert "scale and bias cannot be told apart" in refused.stderr
    scaled = run("calibrate", JUMPS, "--one-scale")
    assert "now right in that position, and elsewhere only if the sensor has no bias" in scaled.stdout


def test_one_scale_of_six_sides_says_what_it_did_to_them() -> None:
    refused = run("calibrate", "--device", OFF, *FAST, "--one-scale")
    assert refused.exit_code == 1
    assert "off in its 6 still positions" in refused.stderr
    assert calibration.known() == {}
    scaled = run("calibrate", "--device", "sim:six-sides?seed=4&bias=0.005&scale_error=0.005", *FAST, "--one-scale")
    assert re.search(r"now up to [01]\.\d % off in those positions, and elsewhere as far as the", scaled.stdout)
    assert "from 6 still positions" in scaled.stdout


def test_a_replay_says_that_the_sensor_is_off_until_it_is_calibrated(tmp_path: Path) -> None:
    def notes(*options: str | Path) -> str:
        return "; ".join(json.loads(run("replay", JUMPS, "--json", *options).stdout)["quality"]["notes"])

    assert "at rest the sensor reads 9.52 m/s² instead of 9.81 (3 % off)" in notes()
    run("calibrate", JUMPS, "--one-scale", "-o", tmp_path / "scale.json")
    assert calibration.known() == {}
    assert "at rest" not in notes("--calibration", tmp_path / "scale.json")
    run("calibrate", JUMPS, "--one-scale")
    assert "scaled by 1.03" in notes()
    assert "scaled by 1.03" in notes("--calibration", "simulated waist sensor")
    assert "at rest" in notes("--calibration", "none")
    unknown = run("replay", JUMPS, "--calibration", "nobody")
    assert unknown.exit_code == 1
    assert "there are: simulated waist sensor" in unknown.stderr


def test_a_calibration_that_may_be_of_another_sensor_is_told_and_not_used(shimmer: tuple[Path, Path]) -> None:
    run("calibrate", shimmer[0], "--one-scale", "--sensor", "Shimmer")
    done = run("replay", shimmer[0], "-e", "single-leg-balance", "-p", "waist")
    assert done.stderr.startswith("the calibration that is kept as Shimmer is not used: it may be of another sensor")
    assert "with --calibration Shimmer" in done.stderr
    assert "scaled by" not in done.stdout
    done = run("replay", shimmer[0], "-e", "single-leg-balance", "-p", "waist", "--calibration", "Shimmer")
    assert done.stderr == ""
    assert "scaled by" in done.stdout


def test_a_calibration_that_is_named_mends_no_second_sensor(tmp_path: Path) -> None:
    path = tmp_path / "two.arrows"
    worn = [f"{site}=sim:squat?seed=2&reps=2&placement={site}" for site in ("thigh", "chest")]
    recorded = run("record", "--sensor", worn[0], "--sensor", worn[1], *FAST, "-o", path)
    assert recorded.exit_code == 0, recorded.output
    for site in ("thigh", "foot"):
        run("calibrate", JUMPS, "--one-scale", "--sensor", f"simulated {site} sensor")
    replay = ("replay", path, "-e", "full-wall-squat", "-p", "thigh", "--json", "--calibration")
    notes = json.loads(run(*replay, "simulated thigh sensor").stdout)["quality"]["notes"]
    assert [note for note in notes if "scaled by" in note] == [note for note in notes if note.startswith("scaled by")]
    assert any("scaled by" in note for note in notes)
    refused = run(*replay, "simulated foot sensor")
    assert refused.exit_code == 1
    assert "is of several sensors: simulated thigh sensor, simulated chest sensor; the calibration" in refused.stderr


def test_of_two_sensors_with_one_name_none_is_calibrated_by_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "two.arrows"
    samples = simulate("six-sides", "other", seed=1).samples
    one = SensorHeader(sensor="MetaWear", sample_rate_hz=100.0, has_gyroscope=True)
    with RecordingWriter(path, RecordingHeader(**one.model_dump(), more_sensors=(one,))) as writer:
        for number in range(2):
            writer.write_samples(samples, number)
    refused = run("calibrate", path, "--sensor", "MetaWear")
    assert refused.exit_code == 1
    assert "2 of its sensors are called MetaWear: which is not known" in refused.stderr
    assert calibration.known() == {}


def test_who_asks_for_a_calibration_that_is_not_kept_is_told_which_are() -> None:
    run("calibrate", JUMPS, "--one-scale")
    asked = run("calibrate", "--sensor", "nobody")
    assert asked.exit_code == 1
    assert "no calibration of 'nobody' is kept; there are: simulated waist sensor" in asked.stderr


def told_command(text: str) -> list[str]:
    """What is to be typed after `athena-sense`, of the one line in a text that begins so."""
    (line,) = [line for line in text.splitlines() if line.startswith("  athena-sense ")]
    return shlex.split(line)[1:]


def test_the_command_that_is_told_to_mend_a_sensor_mends_it_when_it_is_copied(
    tmp_path: Path, shimmer: tuple[Path, Path]
) -> None:
    """A file that does not say which sensor it is of, one that does, and one that was mended wrongly before."""
    balance = ("-e", "single-leg-balance", "-p", "waist")
    spaced = tmp_path / "my sets" / "off.dat"
    spaced.parent.mkdir()
    spaced.write_bytes(shimmer[0].read_bytes())
    run("import", spaced, *balance, "--sensor", "left thigh")
    for arguments, then in (
        ((spaced, *balance), ("--calibration", "NAME")),
        ((JUMPS,), ()),
        ((spaced.with_suffix(".arrows"),), ()),
    ):
        before = run("replay", *arguments).stdout
        assert "at rest the sensor reads" in before
        mended = run(*told_command(before))
        assert mended.exit_code == 0, mended.output
        after = run("replay", *arguments, *then)
        assert after.exit_code == 0, after.output
        assert "scaled by" in after.stdout
        assert "at rest" not in after.stdout


@pytest.mark.parametrize("width", ["40", "80"])
def test_a_command_that_is_told_is_whole_on_its_line(width: str, shimmer: tuple[Path, Path]) -> None:
    arguments = ["replay", str(shimmer[0]), "-e", "single-leg-balance", "-p", "waist"]
    shown = CliRunner().invoke(main, arguments, env={"COLUMNS": width}).stdout
    assert told_command(shown) == ["calibrate", str(shimmer[0]), "--one-scale", "--sensor", "NAME"]


@pytest.mark.parametrize("sensor", ["", "&sensor=polar_h10"])
def test_a_live_set_is_calibrated_and_its_recording_replays_to_the_same(tmp_path: Path, sensor: str) -> None:
    run("calibrate", JUMPS, "--one-scale")
    path = tmp_path / "set.arrows"
    device = f"sim:jumps?seed=1&reps=2{sensor}"
    done = run("live", "-e", "box-jump", "--device", device, "-p", "waist", *FAST, "--quiet", "--json", "-o", path)
    assert done.exit_code == 0, done.output
    live = json.loads(done.stdout)
    assert any("scaled by 1.03" in note for note in live["quality"]["notes"])
    run("calibrate", "--forget", "--sensor", "simulated waist sensor")
    assert json.loads(run("replay", path, "--json").stdout) == live
    exported = run("export", path, "-o", tmp_path / "set.csv")
    assert "not calibrated" in exported.stdout


@pytest.mark.parametrize(
    "arguments",
    [(JUMPS, "--device", OFF), ("--forget",), ("--forget", JUMPS, "--sensor", "a"), ("--speed", "0")],
    ids=" ".join,
)
def test_wrong_usage_is_told(arguments: tuple[str, ...]) -> None:
    assert run("calibrate", *arguments).exit_code == 2
