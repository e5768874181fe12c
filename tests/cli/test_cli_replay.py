"""`athena-sense replay`: what goes where, and which exit code tells what."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from click.testing import Result as Run
from example_results import calf_set, jump_set

from athena_sense.cli import main
from athena_sense.datatypes import Update
from athena_sense.errors import RecordingError
from athena_sense.result import Result, result_schema

GOOD = replace(calf_set((9.0,) * 13), file="good.csv")
FAST = replace(calf_set(), file="fast.csv")
JUMPS = replace(jump_set(), file="jumps.csv")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The pipe, standing in: a file's name says what comes of it."""
    calls: list[dict[str, Any]] = []

    def replay(path: Path, *, watch: Callable[[float, Update], None] | None = None, **options: Any) -> Result:
        calls.append({"path": path, "watch": watch, **options})
        if "bad" in path.name:
            raise RecordingError(f"{path}: is empty;\nnothing was recorded in it")
        if "stop" in path.name:
            raise KeyboardInterrupt
        result = {"good": GOOD, "fast": FAST, "jumps": JUMPS}[path.stem]
        for rep in result.reps if watch else ():
            assert watch is not None
            watch(rep.end_s, Update(reps=(rep,)))
        return result

    module = ModuleType("athena_sense.replaying")
    module.replay = replay  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "athena_sense.replaying", module)
    return calls


def run(*arguments: str | Path) -> Run:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)])


def check_document(document: object) -> None:
    jsonschema.Draft202012Validator(result_schema()).validate(document)


def test_the_text_has_the_reps_and_the_verdict(calls: list[dict[str, Any]]) -> None:
    result = run("fast.csv")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "eccentric too fast" in result.stdout
    assert "12 good reps of 12 to 15 (14 in all)" in result.stdout


def test_options_reach_the_pipe(calls: list[dict[str, Any]]) -> None:
    run("good.csv")
    empty = {
        "exercise": None,
        "placement": None,
        "program": None,
        "box_height_m": None,
        "profile": None,
        "keep_trace": False,
    }
    assert callable(calls[0].pop("calibrate"))
    assert calls[0] == {"path": Path("good.csv"), "watch": None, **empty}
    run("good.csv", "-e", "box-jump", "-p", "upper-arm", "--program", "mine.toml", "--box-height", "12in")
    assert calls[1]["exercise"] == "box-jump"
    assert calls[1]["placement"] == "upper_arm"
    assert calls[1]["program"] == "mine.toml"
    assert calls[1]["box_height_m"] == pytest.approx(0.3048)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("0.3", 0.3),
        ("0.3m", 0.3),
        ("30cm", 0.3),
        ("30 CM", 0.3),
        ("12in", 0.3048),
        ('12"', 0.3048),
        ("1ft", 0.3048),
        ("0", 0),
        ("-0.3", -0.3),
        ("-30cm", -0.3),
        ("-12in", -0.3048),
    ],
)
def test_box_heights_in_any_unit_up_and_down(text: str, metres: float, calls: list[dict[str, Any]]) -> None:
    assert run("good.csv", "--box-height", text).exit_code == 0
    assert run("good.csv", f"--box-height={text}").exit_code == 0
    assert [call["box_height_m"] for call in calls] == pytest.approx([metres] * 2)


@pytest.mark.parametrize("text", ["30", "-30", "30 miles", "--3", "-", ""])
def test_a_length_that_is_none_is_wrong_usage(text: str, calls: list[dict[str, Any]]) -> None:
    assert run("good.csv", f"--box-height={text}").exit_code == 2
    assert calls == []


def test_json_is_one_document_and_nothing_else(calls: list[dict[str, Any]]) -> None:
    result = run("good.csv", "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    document = json.loads(result.stdout_bytes)
    check_document(document)
    assert document == GOOD.to_dict()


def test_json_of_several_files_is_an_array_in_their_order(calls: list[dict[str, Any]]) -> None:
    documents = json.loads(run("jumps.csv", "good.csv", "fast.csv", "--json").stdout_bytes)
    assert [document["file"] for document in documents] == ["jumps.csv", "good.csv", "fast.csv"]
    for document in documents:
        check_document(document)


def test_json_is_utf_8_whatever_the_terminal(calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    odd = replace(GOOD, file="übung-\udcff.csv")
    monkeypatch.setattr(sys.modules["athena_sense.replaying"], "replay", lambda path, **_: odd)
    result = CliRunner(charset="ascii").invoke(main, ["replay", "x.csv", "--json"])
    assert json.loads(result.stdout_bytes)["file"] == odd.file


def test_one_bad_file_is_one_line_and_exit_1(calls: list[dict[str, Any]]) -> None:
    result = run("bad.csv", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "error: bad.csv: is empty; nothing was recorded in it\n"


def test_one_bad_file_among_several_stops_no_other(calls: list[dict[str, Any]]) -> None:
    result = run("fast.csv", "bad.csv", "good.csv", "--json", "--fail-on-flag")
    assert result.exit_code == 1
    assert [document["file"] for document in json.loads(result.stdout_bytes)] == ["fast.csv", "good.csv"]
    assert result.stderr.count("\n") == 1
    text = run("bad.csv", "good.csv")
    assert text.exit_code == 1
    assert "13 good reps" in text.stdout
    assert json.loads(run("bad.csv", "bad2.csv", "--json").stdout_bytes) == []


def test_fail_on_flag(calls: list[dict[str, Any]]) -> None:
    assert run("fast.csv").exit_code == 0
    assert run("fast.csv", "--fail-on-flag").exit_code == 3
    assert run("good.csv", "--fail-on-flag").exit_code == 0
    assert run("good.csv", "fast.csv", "--fail-on-flag", "--json").exit_code == 3


def test_ctrl_c_is_quiet(calls: list[dict[str, Any]]) -> None:
    result = run("good.csv", "stop.csv", "fast.csv", "--json")
    assert result.exit_code == 130
    assert result.output == ""


def test_speed_shows_reps_as_they_happen(calls: list[dict[str, Any]]) -> None:
    result = run("fast.csv", "--speed", "100000")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    happened = [line for line in lines if " rep " in line and " s  " in line]
    assert len(happened) == len(FAST.reps)
    assert "12 good reps" in result.stdout.partition(happened[-1])[2]


def test_speed_keeps_time(calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    run("good.csv", "--speed", "2")
    assert clock[0] - 100.0 == pytest.approx(GOOD.reps[-1].end_s / 2)


def test_speed_with_json_keeps_stdout_clean(calls: list[dict[str, Any]]) -> None:
    result = run("fast.csv", "--speed", "100000", "--json")
    check_document(json.loads(result.stdout_bytes))
    assert "rep 7" in result.stderr


def test_plot_writes_a_picture_for_each_file(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    assert run("good.csv", "--plot", tmp_path / "one.svg").exit_code == 0
    assert (tmp_path / "one.svg").exists()
    assert run("good.csv", "fast.csv", "--plot", tmp_path / "all.svg").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"one.svg", "all-1-good.svg", "all-2-fast.svg"}


@pytest.mark.parametrize("place", ["no/folder.png", "a.folder", "set.xyz", "read-only/set.png"])
def test_a_picture_that_cannot_be_written_costs_no_verdict(
    place: str, calls: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "a.folder").mkdir()
    (tmp_path / "read-only").touch()
    text = run("good.csv", "--plot", tmp_path / place)
    document = run("good.csv", "--plot", tmp_path / place, "--json")
    for result in (text, document):
        assert result.exit_code == 1
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        assert Path(place).name in result.stderr
    assert "13 good reps" in text.stdout
    assert json.loads(document.stdout_bytes) == GOOD.to_dict()


def test_pictures_that_cannot_be_written_stop_no_other_file(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    result = run("good.csv", "fast.csv", "--plot", tmp_path / "no" / "all.png", "--json")
    assert result.exit_code == 1
    assert result.stderr.count("error: ") == 2
    assert [document["file"] for document in json.loads(result.stdout_bytes)] == ["good.csv", "fast.csv"]


def test_progress_only_on_a_terminal_and_only_when_it_lasts(
    calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from athena_sense.cli.progress import Progress

    def progress(total: int, *, terminal: bool, quiet: bool = False) -> str:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        with Progress(total, quiet) as bar:
            bar.advance()
            monkeypatch.setattr("athena_sense.cli.progress.PATIENCE_S", 0.0)
            bar.advance()
        monkeypatch.setattr("athena_sense.cli.progress.PATIENCE_S", 1.0)
        return capsys.readouterr().err

    assert progress(4, terminal=True).count("of 4 files") == 1
    assert progress(4, terminal=False) == ""
    assert progress(4, terminal=True, quiet=True) == ""
    assert progress(1, terminal=True) == ""
