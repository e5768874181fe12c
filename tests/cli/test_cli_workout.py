"""`athena-sense workout` from the outside: with nobody at the keys, at a terminal, broken off, and once more."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from athena_sense import replay
from athena_sense.cli import main
from athena_sense.cli.one_set import SetPlan
from athena_sense.cli.workout_flow import Flow, Wishes
from athena_sense.errors import SourceError
from athena_sense.recordings import read_recording
from athena_sense.result import Result as SetResult
from athena_sense.views.workout import NextScreen
from athena_sense.workout import Step, replay_workout

RECORDINGS = Path(__file__).parents[2] / "recordings"
PROGRAM = """
name = "short"
title = "Short"
reps = [2, 3]

[[exercises]]
exercise = "box-jump"
rest_s = 3
cue = "Quiet feet"

[[exercises]]
exercise = "eccentric-calf"
sides = ["left", "right"]
substitute = "generic"
ask_pain = true

[[exercises]]
exercise = "generic"
only_as_substitute = true
"""
SIM = ("--device", "sim:?reps=2&seed=3", "--speed", "500", "--quiet", "--program", "short.toml")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("short.toml").write_text(PROGRAM)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["workout", *arguments])


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_whole_workout_and_the_same_again_from_its_recordings() -> None:
    told = document(run(*SIM, "--out", "monday", "--json"))
    assert [(one["exercise"], one["side"], one["status"]) for one in told["sets"]] == [
        ("box-jump", None, "done"),
        ("eccentric-calf", "left", "done"),
        ("eccentric-calf", "right", "done"),
    ]
    assert json.loads(Path("monday/workout.json").read_text()) == told
    assert document(run("--replay", "monday", "--json")) == told
    Path("short.toml").unlink()  # it is judged by the copy in its folder
    assert document(run("--replay", "monday", "--json")) == told
    page = run("--replay", "monday")
    assert "Workout · short" in page.stdout
    assert "eccentric-calf left" in page.stdout


def test_jumps_off_the_box_are_measured_as_such_and_again() -> None:
    told = document(run(*SIM, "--out", "monday", "--json", "--only", "box-jump", "--box-height", "-30cm"))
    (jumps,) = told["sets"]
    assert any("0.30 m below" in note for note in jumps["result"]["quality"]["notes"])
    assert read_recording("monday/01-box-jump.arrows").header.box_height_m == pytest.approx(-0.3)
    assert document(run("--replay", "monday", "--json")) == told
    again = document(run(*SIM[:-2], "--resume", "monday", "--json"))
    assert again["wanted"]["box_height_m"] == pytest.approx(-0.3)


def test_pain_brings_the_substitute() -> None:
    told = document(run(*SIM, "--out", "monday", "--json", "--pain", "6", "--only", "eccentric-calf"))
    assert [(one["exercise"], one["substitute_for"], one["why"]) for one in told["sets"]] == [
        ("generic", "eccentric-calf", "pain 6 of 10")
    ] * 2
    calm = document(run(*SIM, "--out", "tuesday", "--json", "--pain", "5", "--only", "eccentric-calf"))
    assert {one["exercise"] for one in calm["sets"]} == {"eccentric-calf"}


def test_a_workout_that_was_broken_off_goes_on() -> None:
    sensors = ("--sensor", "waist=file:none.csv", "--sensor", "foot=sim:?reps=2")
    document(run(*sensors, *SIM[2:], "--out", "monday", "--athlete", "me7", "--pain", "0", "--json"))
    told = document(run(*SIM[:-2], "--resume", "monday", "--json"))
    assert [one["exercise"] for one in told["sets"]] == ["eccentric-calf", "eccentric-calf", "box-jump"]
    assert told["athlete"] == read_recording("monday/01-box-jump.arrows").header.athlete == "me7"
    assert document(run("--replay", "monday", "--json")) == told


def test_a_workout_goes_on_as_it_was_begun() -> None:
    only = ("--only", "eccentric-calf", "--substitute")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "athena_sense.cli",
            "workout",
            *SIM[:2],
            "--program",
            "short.toml",
            *only,
            "-o",
            "monday",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until_s = time.monotonic() + 60
    while not list(Path().glob("monday/*.arrows")) and time.monotonic() < until_s:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert document(run("--replay", "monday", "--json"))["sets"] == []
    assert run(*SIM[:-2], "--resume", "monday", "--only", "box-jump").exit_code == 2
    told = document(run(*SIM[:-2], "--resume", "monday", "--json"))
    done = [one for one in told["sets"] if one["status"] == "done"]
    assert [(one["exercise"], one["substitute_for"]) for one in done] == [("generic", "eccentric-calf")] * 2


def test_a_substitute_that_no_sensor_sees_ends_no_workout() -> None:
    text = PROGRAM.replace('"generic"', '"single-leg-balance"').replace("only_as", "hold_s = [30, 60]\nonly_as")
    Path("short.toml").write_text(text)
    sensors = ("--sensor", "foot=sim:?reps=2", "--sensor", "waist=sim:?reps=2&seed=3")
    told = document(run(*sensors, *SIM[2:], "--out", "monday", "--json", "--pain", "8"))
    assert [one["status"] for one in told["sets"]] == ["done"] * 3
    foot = run(*sensors[:2], *SIM[2:], "--out", "tuesday", "--json", "--pain", "8", "--only", "eccentric-calf")
    assert foot.exit_code == 1
    assert {one["status"] for one in json.loads(foot.stdout)["sets"]} == {"failed"}


def test_an_exercise_that_no_sensor_sees_ends_no_workout() -> None:
    """It is told before the first set; only where none can be seen there is nothing to do."""
    Path("short.toml").write_text(PROGRAM.replace("box-jump", "ski-jumper"))
    given = ("--sensor", "chest=sim:?reps=2", *SIM[2:], "--json")
    done = run(*given, "--out", "monday")
    assert done.stderr.startswith("left out: eccentric-calf cannot be seen from the chest; put the sensor on: foot")
    assert [one["status"] for one in document(done)["sets"]] == ["done", "failed", "failed"]
    none = run(*given, "--out", "tuesday", "--only", "eccentric-calf")
    assert none.exit_code == 1
    assert none.stderr.startswith("error: eccentric-calf cannot be seen from the chest")
    assert not Path("tuesday").exists()


def test_a_second_sensor_that_cannot_be_had_fails_no_set() -> None:
    Path("short.toml").write_text(PROGRAM.replace("box-jump", "hurdle-leg"))
    sensors = ("--sensor", "shank=sim:?reps=2", "--sensor", "chest=file:none.csv", "--only", "hurdle-leg")
    done = run(*sensors, *SIM[2:], "--out", "monday", "--json")
    assert "without the second sensor on the chest: none.csv" in done.stderr
    told = document(done)
    assert [one["status"] for one in told["sets"]] == ["done"]
    assert document(run("--replay", "monday", "--json")) == told


def test_what_is_lost_of_a_workout_costs_only_itself() -> None:
    document(run(*SIM, "--out", "monday", "--json"))
    Path("monday/01-box-jump.arrows").unlink()
    told = document(run("--replay", "monday", "--json"))
    assert [one["status"] for one in told["sets"]] == ["failed", "done", "done"]
    assert "there is no such file" in told["sets"][0]["why"]


def test_what_is_known_of_a_set_outlives_its_recording_and_what_it_was_not_done_for() -> None:
    begun = document(run(*SIM, "--out", "monday", "--json"))
    Path("monday/01-box-jump.arrows").unlink()
    begun["sets"][1] |= {"status": "skipped", "recording": None, "result": None}
    Path("monday/workout.json").write_text(json.dumps(begun))
    Path("monday/02-eccentric-calf-left.arrows").unlink()
    nowhere = ("--sensor", "foot=file:none.csv", "--sensor", "waist=sim:?reps=2", *SIM[2:-2])
    told = document(run(*nowhere, "--resume", "monday", "--json"))
    assert told["sets"][0] == begun["sets"][0]
    assert [(one["exercise"], one["side"], one["status"]) for one in told["sets"]] == [
        ("box-jump", None, "done"),
        ("eccentric-calf", "right", "done"),
        ("box-jump", None, "done"),
        ("eccentric-calf", "left", "failed"),
    ]
    assert told["sets_done"] == 2


def test_a_set_that_a_crash_cut_off_is_kept_and_comes_again() -> None:
    begun = document(run(*SIM, "--out", "monday", "--json"))
    cut = begun["sets"].pop(0)
    Path("monday/workout.json").write_text(json.dumps(begun))
    whole = Path("monday/01-box-jump.arrows").read_bytes()
    Path("monday/01-box-jump.arrows").write_bytes(whole[: len(whole) // 2])
    done = run(*SIM[:-2], "--resume", "monday", "--json")
    assert "box-jump was cut off: what was recorded is kept" in done.stderr
    told = document(done)
    assert [(one["exercise"], one["status"], one["recording"]) for one in told["sets"][2:]] == [
        ("box-jump", "broken_off", cut["recording"]),
        ("box-jump", "done", "01-box-jump-try2.arrows"),
    ]
    assert document(run("--replay", "monday", "--json")) == told
    assert "not come to" not in run("--replay", "monday").stdout


def test_a_crash_that_left_nothing_to_read_is_told_once() -> None:
    begun = document(run(*SIM, "--out", "monday", "--json"))
    begun["sets"].pop(0)
    Path("monday/workout.json").write_text(json.dumps(begun))
    Path("monday/01-box-jump.arrows").write_bytes(b"")
    skipped = ("--resume", "monday", "--sensor", "foot=sim:", "--sensor", "waist=file:none.csv", *SIM[2:-2], "--json")
    first, then = run(*skipped), run(*skipped)
    assert f"box-jump was cut off: {Path('monday/01-box-jump.arrows')}: is empty" in first.stderr
    assert "cut off" not in then.stderr
    assert [one["status"] for one in document(then)["sets"]] == ["done", "done", "failed"]


def test_a_set_that_fails_ends_no_workout() -> None:
    done = run("--sensor", "waist=file:none.csv", "--sensor", "foot=sim:?reps=2", *SIM[2:], "--out", "a b", "--json")
    assert "not tried again" in done.stderr
    assert done.stderr.endswith("Go on with: athena-sense workout --resume 'a b'\n")
    told = document(done)
    assert [one["status"] for one in told["sets"]] == ["failed", "done", "done"]
    assert "none.csv" in told["sets"][0]["why"]
    assert told["sets_done"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--replay", "nowhere"], 1, "holds no workout"),
        (["--program", "no-such"], 1, "no-such"),
        (["--sensor", "head=sim:", "--program", "short.toml"], 1, "put the sensor on"),
        (["--only", "full-squat"], 2, "no exercise is called"),
        (["--pain", "11"], 2, "0<=x<=10"),
        (["--device", "sim:nonsense"], 1, "nonsense"),
        (["--device", "usb:0"], 1, "'usb:0' is no source"),
        (["--sensor", "foot=sim:calf?lowering=slow"], 1, "lowering"),
        (["--device", "sim:", "--sensor", "foot=sim:"], 2, "leave --device out"),
        (["--replay", "monday", "--only", "box-jump", "-d", "sim:"], 2, "leave --device and --only out"),
        (["--resume", "monday", "--athlete", "me"], 2, "goes on as it was begun: leave --athlete out"),
        (["--program", "short.toml", "--instead", "generic"], 1, "substitute for eccentric-calf: name that one"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_before_the_first_set(arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(Path().iterdir()) == [Path("short.toml")]


@pytest.mark.parametrize("name", ["baselines", "calibrations"])
def test_a_damaged_store_is_told_once_and_before_the_first_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATHENA_SENSE_HOME", "home")
    Path("home").mkdir()
    Path(f"home/{name}.json").write_text("{")
    done = run(*SIM, "--out", "monday")
    assert done.exit_code == 1
    assert done.stderr.count("is damaged") == 1
    assert not Path("monday").exists()


def test_a_folder_that_is_there_is_not_written_over() -> None:
    Path("monday").mkdir()
    done = run(*SIM, "--out", "monday")
    assert done.exit_code == 1
    assert "exists already" in done.stderr


# ---- at the keys, without a terminal


def flow(**wishes: Any) -> Flow:
    """A workout of the program here, with the simulated athlete."""
    named = {wish.name: None for wish in fields(Wishes)}
    given = {**named, "several": (), "only": (), "instead": (), "substitute": False, "program": "short.toml"}
    given |= {"device": "sim:", "out": Path("monday"), "speed": 1.0, "quiet": True, **wishes}
    return Flow.planned(Wishes(**given), Console(file=io.StringIO(), highlight=False))


def gone_through(flow: Flow, typed: str, monkeypatch: pytest.MonkeyPatch) -> list[NextScreen]:
    """Go through a workout where each screen gets the next key as soon as it stands; the screens."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    ending: Any = SimpleNamespace(gently=None, on_key=None, interrupted=False)
    keys, shown, counted = iter(typed), list[NextScreen](), Flow._counted

    async def press(self: Flow, screen: NextScreen, *rest: Any) -> str | None:
        shown.append(screen)
        asyncio.get_running_loop().call_later(0.05, lambda: ending.on_key(next(keys, "q")))
        return await counted(self, screen, *rest)

    monkeypatch.setattr(Flow, "_counted", press)
    asyncio.run(asyncio.wait_for(flow.run(ending), 30.0))
    return shown


@pytest.fixture
def done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets that take no time."""

    async def live_set(*_: object) -> tuple[SetResult, None]:
        return replay(RECORDINGS / "jumps-quiet.arrows"), None

    monkeypatch.setattr("athena_sense.cli.workout_flow.live_set", live_set)


@pytest.mark.usefixtures("done_at_once")
def test_the_rest_runs_from_the_end_of_the_set_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("short.toml").write_text(PROGRAM.replace("only_as_substitute", "rest_s = 90\nonly_as_substitute"))
    screens = gone_through(flow(), "\r1o\r1q", monkeypatch)
    rests = [(screen.question[:4], screen.seconds and round(screen.seconds)) for screen in screens]
    assert rests == [("", None), ("Pain", 3), ("", 3), ("", 3), ("Pain", 90), ("", 90)]


@pytest.mark.usefixtures("done_at_once")
@pytest.mark.parametrize(("key", "why"), [("h", "tendon not healthy"), ("x", "pain 10 of 10"), ("6", "pain 6 of 10")])
def test_why_a_tendon_is_spared_is_kept_as_it_was_told(key: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calf = flow(only=("eccentric-calf",))
    gone_through(calf, f"{key}\rq", monkeypatch)
    assert [(one.exercise, one.why) for one in calf.workout.sets] == [("generic", why)]


@pytest.mark.usefixtures("done_at_once")
def test_a_key_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    workout, out, seen, plan = flow(only=("box-jump",)), io.StringIO(), list[str](), Flow._plan
    workout.console = Console(file=out, force_terminal=True, width=80, height=24)

    def look(self: Flow, step: Step) -> SetPlan:
        seen.append(out.getvalue())
        return plan(self, step)

    monkeypatch.setattr(Flow, "_plan", look)
    gone_through(workout, "\r", monkeypatch)
    (shown,) = seen
    assert shown.endswith("connecting\n")


def test_a_set_that_fails_is_tried_again_or_left(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter(["no sensor", "no sensor", "", "no sensor"])

    async def live_set(*_: object) -> tuple[SetResult, None]:
        if problem := next(tries):
            raise SourceError(problem)
        return replay(RECORDINGS / "jumps-quiet.arrows"), None

    monkeypatch.setattr("athena_sense.cli.workout_flow.live_set", live_set)
    tried = flow(pain=0)
    screens = gone_through(tried, "\r\r\r\rsq", monkeypatch)
    assert [(one.exercise, one.status) for one in tried.workout.sets] == [
        ("box-jump", "done"),
        ("eccentric-calf", "failed"),
    ]
    console = Console(file=io.StringIO(), width=80)
    console.print(screens[1])
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "no sensor" in shown
    assert "Enter: try again · s: skip · q: end the workout" in shown


ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")


def at_a_terminal(command: Sequence[str], acts: Sequence[tuple[str, bytes | signal.Signals]]) -> int:
    """Run a command at a terminal, where each key, or signal, comes as soon as its words are shown; its exit code."""
    import pty

    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    left = iter(acts)
    waited, act = next(left)
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        seen, until_s = b"", time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until_s:
            try:
                seen += os.read(keyboard, 65536)
            except OSError:  # the terminal is closed
                break
            if waited.encode() in seen:
                if isinstance(act, bytes):
                    os.write(keyboard, act)
                else:
                    process.send_signal(act)
                seen, (waited, act) = b"", next(left, ("no more", b""))
    os.close(keyboard)
    return int(process.returncode)


WORKOUT = (sys.executable, "-m", "athena_sense.cli", "workout")


@ON_POSIX
def test_keys_begin_skip_and_end_it() -> None:
    keys = [("BOX JUMP", b"s"), ("Pain in this tendon", b"9"), ("GENERIC", b"\r"), ("set 3 of 3", b"q")]
    assert at_a_terminal([*WORKOUT, *SIM, "--out", "monday"], keys) == 0
    told = replay_workout(Path("monday"))
    assert [(one.exercise, one.status) for one in told.sets] == [("box-jump", "skipped"), ("generic", "done")]


@ON_POSIX
def test_ctrl_c_breaks_a_set_off_and_the_workout_and_it_is_done_when_that_goes_on() -> None:
    box_jump = (*SIM, "--speed", "8", "--only", "box-jump")
    at_a_terminal([*WORKOUT, *box_jump, "--out", "monday"], [("BOX JUMP", b"\r"), ("last landing", signal.SIGINT)])
    (broken_off,) = replay_workout(Path("monday")).sets
    assert broken_off.status == "broken_off"
    assert broken_off.verdicts == ()
    assert broken_off.result is not None
    assert {verdict.status for verdict in broken_off.result.verdicts} == {"not_measured"}
    assert document(run("--replay", "monday", "--json")) == json.loads(Path("monday/workout.json").read_text())
    assert replay("monday/01-box-jump.arrows").verdicts[0].status == "missed"
    again = document(run("--resume", "monday", "--device", "sim:", "--speed", "500", "--quiet", "--json"))
    assert [one["status"] for one in again["sets"]] == ["broken_off", "done"]


@ON_POSIX
def test_ctrl_c_while_it_connects_begins_no_set(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connects(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60.0)

    monkeypatch.setattr("athena_sense.cli.workout_flow.live_set", connects)
    (broken_off,) = document(run(*SIM, "--only", "box-jump", "--out", "monday", "--json"))["sets"]
    assert (broken_off["status"], broken_off["result"]) == ("broken_off", None)
