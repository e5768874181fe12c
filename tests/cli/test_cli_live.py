"""`athena-sense live` and `record`: from a sensor's name to a summary and a finished recording."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from click.testing import Result as Run

from athena_sense.cli import main
from athena_sense.cli.keys import keys
from athena_sense.errors import SourceError
from athena_sense.recordings import read_recording, recover
from athena_sense.replaying import replay
from athena_sense.result import result_schema
from athena_sense.sources.sensor import BleSensor

CALF = "sim:calf?seed=2&reps=1&lowering=4&walk=no"
POLAR = f"{CALF}&sensor=polar_h10"
LIVE = ("live", "-e", "eccentric-calf", "--quiet")
ON_LINUX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def run(*arguments: str | Path, width: int = 80) -> Run:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": str(width)})


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def recorded(folder: Path = Path()) -> Path:
    (file,) = folder.glob("*.arrows")
    return file


@pytest.mark.parametrize("width", [40, 100])
def test_a_set_is_told_line_by_line_and_summed_up(width: int) -> None:
    done = run(*LIVE, "--device", CALF, "--speed", "200", width=width)
    assert done.exit_code == 0, done.output
    assert "rep 1" in done.stdout
    assert "slow lowering" in done.stdout
    assert done.stdout.splitlines()[-1] == f"Recorded in {recorded()}"
    assert done.stderr == "looking for the sensor, and connecting\n"


def test_the_summary_is_the_one_of_replay() -> None:
    done = run(*LIVE, "--device", POLAR, "--speed", "200", "--out", "set.arrows")
    summary = run("replay", "set.arrows").stdout
    assert summary in done.stdout
    header = read_recording("set.arrows").header
    assert (header.exercise, header.placement, header.program) == ("eccentric-calf", "foot", "athena-distance")
    assert header.profile == "polar_h10"
    assert header.profile_toml
    assert header.simulated
    assert header.created


def test_json_is_one_document_and_that_of_a_replay() -> None:
    done = run(*LIVE, "--device", CALF, "--speed", "200", "--out", "set.arrows", "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, result_schema())
    assert document == replay("set.arrows").to_dict()
    assert "rep 1" in done.stderr


def test_what_is_said_of_a_set_is_in_its_recording(tmp_path: Path) -> None:
    program = tmp_path / "mine.toml"
    program.write_text('name = "mine"\ntitle = "Mine"\nreps = [1, 2]\n')
    options = ("--side", "left", "--athlete", "A", "--program", "mine.toml", "--out", tmp_path)
    done = run(*LIVE, "--device", CALF, "--speed", "20", "--duration", "9", *options)
    assert done.exit_code == 0, done.output
    header = read_recording(recorded()).header
    assert (header.side, header.athlete, header.program) == ("left", "A", str(program))
    assert 9 <= replay(recorded()).source.duration_s < 60


def test_a_simulated_set_that_is_played_again_still_says_that_nobody_did_it(tmp_path: Path) -> None:
    for number, device in enumerate((CALF, POLAR)):
        paths = [tmp_path / f"{number}-{times}.arrows" for times in range(3)]
        for path, source in zip(paths, (device, f"file:{paths[0]}", f"file:{paths[1]}"), strict=True):
            done = run("record", "--device", source, "--speed", "1000", "--out", path)
            assert done.exit_code == 0, done.output
            assert read_recording(path).header.simulated
        shown = run("replay", paths[2], "-e", "eccentric-calf", "-p", "foot").stdout
        assert "simulated: no person did this" in " ".join(shown.split())


def test_several_sensors_are_recorded_in_one_file() -> None:
    done = run(*LIVE, "--sensor", f"foot={POLAR}", "--sensor", f"waist={POLAR}&placement=waist", "--speed", "200")
    assert done.exit_code == 0, done.output
    for stream, site in enumerate(("foot", "waist")):
        found = read_recording(recorded(), stream)
        assert found.header.placement == site
        assert found.notifications


@pytest.fixture
def no_bluetooth(monkeypatch: pytest.MonkeyPatch) -> None:
    async def enter(_: BleSensor) -> BleSensor:
        raise SourceError("it is not there")

    monkeypatch.setattr(BleSensor, "__aenter__", enter)


HURDLE = "sim:hurdle-leg?seed=5&reps=2"


@pytest.mark.usefixtures("no_bluetooth")
def test_a_set_goes_on_without_a_second_sensor_that_is_absent() -> None:
    sensors = ("--sensor", "chest=H10", "--sensor", f"shank={HURDLE}")  # the judged one need not come first
    done = run("live", "-e", "hurdle-leg", "-q", *sensors, "--speed", "200", "--json", "-o", "set.arrows")
    assert done.exit_code == 0, done.output
    assert "without the second sensor on the chest: it is not there" in done.stderr
    told = json.loads(done.stdout)
    assert told["placement"] == "shank"
    assert {rep["not_measured"]["trunk_lean_deg"] for rep in told["reps"]} == {"no_second_sensor"}
    assert replay("set.arrows").to_dict() == told


@pytest.mark.usefixtures("no_bluetooth")
def test_a_set_fails_without_the_sensor_that_is_judged() -> None:
    sensors = ("--sensor", "shank=H10", "--sensor", f"chest={HURDLE}")
    done = run("live", "-e", "hurdle-leg", "-q", *sensors, "--speed", "200")
    assert done.exit_code == 1
    assert done.stderr.endswith("error: it is not there\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--device", CALF, "--placement", "chest"], 1, "put the sensor on"),
        (["--device", CALF, "--program", "no-such"], 1, "no-such"),
        (["--device", "sim:clf"], 1, "clf"),
        (["--device", "usb:0"], 1, "is no source"),
        (["--device", CALF, "--out", "taken.arrows"], 1, "exists already"),
        (["--device", CALF, "--out", "no/folder.arrows"], 1, "there is no folder"),
        (["--device", CALF, "--profile", "polar_h9"], 1, "did you mean"),
        (["--device", CALF, "--rate", "100"], 2, "has its own settings"),
        (["--device", CALF, "--sensor", f"foot={CALF}"], 2, "leave --device"),
        (["--sensor", "foot"], 2, "foot=NAME"),
        (["--sensor", f"toe={CALF}"], 2, "no sensor site"),
        (["--device", CALF, "--duration", "0"], 2, "duration"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_before_anything_is_recorded(
    arguments: list[str], code: int, words: str
) -> None:
    Path("taken.arrows").touch()
    done = run(*LIVE, *arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(Path().iterdir()) == [Path("taken.arrows")]
    assert code == 2 or done.stderr.splitlines()[-1].startswith("error: ")


def test_record_keeps_every_packet() -> None:
    done = run("record", "--device", POLAR, "--speed", "200", "--placement", "foot", "-o", "raw.arrows")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("raw.arrows\n  20")
    found = read_recording("raw.arrows")
    assert found.header.exercise is None
    assert found.notifications
    assert replay("raw.arrows", exercise="eccentric-calf").reps


def test_record_ends_after_its_time() -> None:
    began_s = time.monotonic()
    done = run("record", "--device", POLAR, "--duration", "0.5", "-o", "raw.arrows")
    assert done.exit_code == 0
    assert time.monotonic() - began_s < 10
    found = read_recording("raw.arrows").notifications or ()
    assert (found[-1].arrival_ns - found[0].arrival_ns) * 1e-9 < 5


# ---- processes that are ended from outside


def started(*arguments: str, under: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """A command in a process of its own, once it records."""
    process = subprocess.Popen(
        [*under, sys.executable, "-m", "athena_sense.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until_s, sizes = time.monotonic() + 60, set[int]()
    while len(sizes) < 3:  # the header, and two batches
        assert time.monotonic() < until_s
        sizes |= {file.stat().st_size for file in Path().glob("*.arrows")} - {0}
        assert process.poll() is None
        time.sleep(0.02)
    return process


@ON_LINUX
def test_ctrl_c_ends_the_set_with_its_summary() -> None:
    process = started(*LIVE, "--device", POLAR)
    process.send_signal(signal.SIGINT)
    shown, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert "Recorded in" in shown
    assert "Traceback" not in told
    assert not read_recording(recorded()).truncated


@ON_LINUX
def test_nohup_outlives_its_terminal() -> None:
    process = started("record", "--device", POLAR, under=["nohup"])
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)  # nothing ended it
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0


@ON_LINUX
def test_sigkill_costs_no_more_than_a_second() -> None:
    process = started("record", "--device", POLAR)
    time.sleep(0.7)
    process.kill()
    killed_ns = time.perf_counter_ns()
    process.communicate(timeout=30)
    before = read_recording(recorded())
    assert before.truncated
    assert before.notifications
    assert killed_ns - before.notifications[-1].arrival_ns < 1e9
    done = run("recover", recorded())
    assert done.exit_code == 0
    assert ": finished; " in done.stdout
    after = read_recording(recorded())
    assert not after.truncated
    assert after.notifications == before.notifications
    assert not recover(recorded()).was_truncated


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize(("lost", "code"), [("> /dev/full", 1), ("| true", 1), ("2> /dev/full", 0), (">&-", 0)])
def test_output_that_cannot_be_written_costs_no_set(lost: str, code: int) -> None:
    command = [sys.executable, "-m", "athena_sense.cli", *LIVE, "--device", CALF, "--speed", "50", "-o", "set.arrows"]
    script = f"{shlex.join(command)} {lost}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: the output cannot be written: ") == code
    assert not read_recording("set.arrows").truncated
    assert len(replay("set.arrows").reps) == 1


def test_simulations_need_no_bluetooth() -> None:
    code = (
        "import sys; from athena_sense.cli import main\n"
        f"main([*{LIVE}, '--device', {POLAR!r}, '--speed', '500'], standalone_mode=False)\n"
        "print([name for name in ('bleak', 'matplotlib', 'pandas') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_q_ends_the_set_on_a_terminal() -> None:
    import pty

    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "athena_sense.cli", *LIVE, "--device", POLAR]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        seen, until_s = b"", time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until_s:
            try:
                seen += os.read(keyboard, 65536)
            except OSError:  # the terminal is closed
                break
            if "% lost · simulated".encode() in seen:  # and no longer "awaited"
                os.write(keyboard, b"q")
    os.close(keyboard)
    assert process.returncode == 0
    assert b"Recorded in" in seen
    assert b"\x1b[?1049h" in seen
    assert b"\x1b[?1049l" in seen


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_a_key_that_was_pressed_while_the_program_started_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    import pty

    keyboard, terminal = pty.openpty()
    pressed: list[str] = []

    async def listen() -> None:
        with keys(pressed.append):
            until_s = time.monotonic() + 1.0
            while not pressed and time.monotonic() < until_s:
                await asyncio.sleep(0.01)

    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        os.write(keyboard, b"q")
        asyncio.run(listen())
    os.close(keyboard)
    assert pressed == ["q"]
