"""`athena-sense baseline` from the outside, and what live sets and replays make of it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from athena_sense import baselines
from athena_sense.cli import main
from athena_sense.recordings import RecordingHeader, RecordingWriter, SensorHeader, read_recording
from athena_sense.simulation import simulate

RECORDINGS = Path(__file__).parents[2] / "recordings"
QUIET = str(RECORDINGS / "jumps-quiet.arrows")
WORN = "against the baseline (unless"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("home")
def test_a_baseline_is_kept_listed_used_and_forgotten() -> None:
    assert "no baselines are kept" in run("baseline").output
    made = run("baseline", QUIET, "--athlete", "runner7")
    assert made.exit_code == 0
    assert "runner7: box-jump, sensor on the waist" in made.output
    listed = run("baseline", "--athlete", "runner7").output
    assert "peak impact   2.81 g" in listed
    assert "upright       -z axis up, 10° off" in listed
    judged = json.loads(run("replay", QUIET, "--json", "--athlete", "runner7").output)
    quiet = next(verdict for verdict in judged["verdicts"] if verdict["target"] == "quiet feet")
    assert "× your own usual 2.81 g" in quiet["message"]
    assert quiet["range"][1] == pytest.approx(1.2 * 2.81, abs=0.01)
    assert "1 baseline of runner7 removed" in run("baseline", "--forget", "--athlete", "runner7").output


@pytest.mark.usefixtures("home")
def test_too_few_landings_are_refused_in_one_line(tmp_path: Path) -> None:
    with (tmp_path / "still.csv").open("w") as file:
        file.write("t,ax,ay,az\n" + "".join(f"{0.01 * k:.2f},0,0,9.81\n" for k in range(500)))
    refused = run("baseline", str(tmp_path / "still.csv"), "-e", "box-jump", "-p", "waist")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "a baseline needs 5 or more" in refused.stderr


@pytest.mark.usefixtures("home")
def test_sets_with_the_sensor_worn_otherwise_have_no_posture_in_common() -> None:
    made = run("baseline", QUIET, str(RECORDINGS / "jumps-loud.arrows"))
    assert made.exit_code == 0
    assert "upright       not known: stand still before the set" in made.output


@pytest.mark.usefixtures("home")
def test_a_replay_by_todays_baseline_tells_a_sensor_that_was_worn_otherwise() -> None:
    loud = str(RECORDINGS / "jumps-loud.arrows")
    run("baseline", QUIET, "--athlete", "me")
    told = [run("replay", file, "--athlete", "me").stdout for file in (QUIET, loud)]
    assert [WORN in text for text in told] == [False, True]
    assert WORN not in run("replay", loud).stdout
    assert WORN not in run("baseline", loud).output


@pytest.mark.usefixtures("home")
def test_a_copy_is_told_and_not_counted() -> None:
    once, twice = run("baseline", QUIET), run("baseline", QUIET, QUIET)
    assert twice.stdout == once.stdout
    assert twice.stderr == f"{QUIET}: the same set as one before it; counted once\n"


def recorded_by(folder: Path, athlete: str | None, side: str | None = None, sample: str = QUIET) -> str:
    """The sample, as somebody's."""
    opened = read_recording(sample)
    path = folder / f"{athlete}-{side}-{Path(sample).stem}.arrows"
    with RecordingWriter(path, opened.header.with_changes(athlete=athlete, side=side)) as writer:
        writer.write_samples(opened.samples)
    return str(path)


@pytest.mark.usefixtures("home")
def test_a_baseline_is_of_whom_the_recording_is(tmp_path: Path) -> None:
    told = run("baseline", recorded_by(tmp_path, "runner7", "left"))
    assert (told.exit_code, told.stderr) == (0, "")
    assert "runner7: box-jump, sensor on the waist, left" in told.stdout
    run("baseline", recorded_by(tmp_path, None))
    assert [(one.athlete, one.side) for one in baselines.known()] == [("runner7", "left"), ("me", None)]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("others", ["bob", None])
def test_a_baseline_mixes_no_athletes(tmp_path: Path, others: str | None) -> None:
    loud = str(RECORDINGS / "jumps-loud.arrows")
    files = [recorded_by(tmp_path, "a1"), recorded_by(tmp_path, others, sample=loud)]
    refused = run("baseline", *files)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"error: recordings of a1 ({files[0]}) and of {others or 'me'} ({files[1]}): a baseline is of one athlete; "
        "name them apart, or say --athlete\n"
    )
    assert baselines.known() == ()


@pytest.mark.usefixtures("home")
def test_an_option_that_goes_against_a_recording_is_told(tmp_path: Path) -> None:
    file = recorded_by(tmp_path, "a1", "left")
    told = run("baseline", file, "--athlete", "bob", "--side", "right")
    assert told.exit_code == 0
    assert told.stderr == "".join(
        f"{file}: recorded as of {said}, and kept as of {given}\n" for said, given in (("a1", "bob"), ("left", "right"))
    )
    assert [(one.athlete, one.side) for one in baselines.known()] == [("bob", "right")]
    assert run("baseline", file, "--athlete", "a1", "--side", "left").stderr == ""


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-3.0", "null", '"loud"'])
def test_a_usual_that_is_no_size_is_refused_before_anything_is_judged_by_it(home: Path, value: str) -> None:
    run("baseline", QUIET, "--athlete", "me")
    path = home / "baselines.json"
    path.write_text(re.sub(r'("peak_impact_g": )[0-9.]+', rf"\g<1>{value}", path.read_text()))
    for arguments in (
        ["baseline"],
        ["replay", QUIET, "--athlete", "me"],
        ["live", "-e", "box-jump", "-d", "sim:jumps", "-o", str(home / "set.arrows")],
    ):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert refused.stdout == ""
        assert refused.stderr.startswith(f"error: {path}: is damaged at 'baselines.0.usual.peak_impact_g' (")
        assert refused.stderr.endswith("); mend it, or remove it\n")
    assert not (home / "set.arrows").exists()


@pytest.mark.usefixtures("home")
def test_todays_baseline_is_that_of_the_sensor_that_is_judged(tmp_path: Path) -> None:
    """Of several sensors the best site is judged, wherever in the recording it stands."""
    foot, waist = (simulate("jumps", site, seed=3, reps=6, rate_hz=500) for site in ("foot", "waist"))
    rate_hz, facts = waist.info.sample_rate_hz, {"exercise": "box-jump", "has_gyroscope": True}
    for site, one in (("foot", foot), ("waist", waist)):
        header = RecordingHeader(sample_rate_hz=rate_hz, placement=site, **facts)
        with RecordingWriter(tmp_path / f"{site}.arrows", header) as writer:
            writer.write_samples(one.samples)
        run("baseline", str(tmp_path / f"{site}.arrows"))
    more = SensorHeader(sample_rate_hz=rate_hz, has_gyroscope=True, placement="waist")
    header = RecordingHeader(sample_rate_hz=rate_hz, placement="foot", more_sensors=(more,), **facts)
    with RecordingWriter(tmp_path / "both.arrows", header) as writer:
        writer.write_samples(foot.samples)
        writer.write_samples(waist.samples, 1)
    own = {one.placement: one.usual["peak_impact_g"] for one in baselines.known()}
    judged = json.loads(run("replay", str(tmp_path / "both.arrows"), "--json", "--athlete", "me").output)
    (quiet,) = (verdict for verdict in judged["verdicts"] if verdict["target"] == "quiet feet")
    assert judged["placement"] == "waist"
    assert quiet["range"][1] == pytest.approx(1.2 * own["waist"])


@pytest.mark.parametrize(
    "arguments",
    [("--forget", QUIET), ("--forget", "--device", "sim:"), (QUIET, "--device", "sim:"), ("--device", "sim:jumps")],
    ids=" ".join,
)
def test_wrong_usage_is_told(arguments: tuple[str, ...]) -> None:
    assert run("baseline", *arguments).exit_code == 2


@pytest.mark.usefixtures("home")
def test_a_set_that_is_done_now_makes_the_baseline_that_its_recording_makes(tmp_path: Path) -> None:
    path = str(tmp_path / "set.arrows")
    device = ("--device", "sim:jumps?seed=1&reps=6", "--placement", "waist", "--speed", "1000", "--quiet")
    live = run("baseline", *device, "-e", "box-jump", "--out", path, "--athlete", "runner7", "--side", "left")
    assert live.exit_code == 0, live.output
    assert f"Recorded in {path}" in live.stdout
    (kept,) = baselines.known()
    assert (kept.athlete, kept.placement, kept.side, kept.items) == ("runner7", "waist", "left", 6)
    run("baseline", path, "--athlete", "runner7", "--side", "left")
    assert baselines.known() == (kept,)


@pytest.mark.usefixtures("home")
def test_a_live_set_is_judged_by_ones_own_usual_and_its_recording_says_so(tmp_path: Path) -> None:
    run("baseline", QUIET, "--athlete", "me")
    path = tmp_path / "set.arrows"
    options = ("--device", "sim:jumps?seed=1&reps=3", "--placement", "waist", "--speed", "1000", "--quiet", "--json")
    live = run("live", "-e", "box-jump", *options, "--out", str(path))
    assert live.exit_code == 0
    header = read_recording(path).header
    assert header.own is not None
    assert header.own_postures == baselines.known()[0].postures
    assert "1 baseline of me removed" in run("baseline", "--forget").output
    told, again = json.loads(live.stdout), json.loads(run("replay", str(path), "--json").stdout)
    assert told["verdicts"] == again["verdicts"]
    assert told["quality"] == again["quality"]
    assert "your own usual" in live.stdout
    # This simulated sensor is turned: the athlete hears of it once, when there is still time to turn it back.
    assert [WORN in note for note in told["quality"]["notes"]].count(True) == 1
    assert live.stderr.count(WORN) == 1
