"""What holds for every command: help with an example, quick, quiet, one line for an error."""

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from athena_sense import __version__
from athena_sense.cli import COMMANDS, main


def every_command() -> Iterator[tuple[str, ...]]:
    ctx = click.Context(main)
    for name in COMMANDS:
        yield (name,)
        command = main.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from ((name, sub) for sub in command.commands)


@pytest.mark.parametrize("names", [(), *every_command()], ids=" ".join)
def test_help_has_an_example_that_calls_this_command(names: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        result = CliRunner().invoke(main, [*names, flag])
        assert result.exit_code == 0
        examples = result.output.partition("Example")[2]
        assert f"athena-sense {' '.join(names)}".strip() in examples


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_the_commands_own(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_every_option_says_what_it_does() -> None:
    for names in every_command():
        command: click.Command = main
        for name in names:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(main), name)
            assert found is not None
            command = found
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from athena_sense.cli import main; main(['--help'], standalone_mode=False); "
        "print([m for m in ('numpy', 'scipy', 'pyarrow', 'pydantic', 'rich', 'matplotlib') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"


def test_help_is_there_at_once() -> None:
    """By the processor's clock: what else the machine does meanwhile does not count."""
    took_s = []
    for _ in range(4):
        before = os.times()
        subprocess.run([sys.executable, "-m", "athena_sense.cli", "--help"], capture_output=True, check=True)
        after = os.times()
        took_s.append(sum(after[2:4]) - sum(before[2:4]))
    assert min(took_s) < 0.25


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.strip() == f"athena-sense, version {__version__}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["replay"],
        ["replay", "x.csv", "--nonsense"],
        ["replay", "x.csv", "--exercise", "box-jmp"],
        ["replay", "x.csv", "--placement", "hip"],
        ["replay", "x.csv", "--speed", "0"],
        ["replay", "x.csv", "--speed", "nan"],
        ["replay", "x.csv", "--box-height", "12"],
        ["replay", "x.csv", "--box-height", "tall"],
        ["exercises", "nonsense"],
        ["programs", "nonsense"],
        ["export"],
        ["export", "x", "--format", "xls"],
        ["import", "x", "--side", "both"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_slip_in_a_name_is_told() -> None:
    result = CliRunner().invoke(main, ["exercises", "box-jmp"])
    assert "did you mean 'box-jump'?" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise on Windows")
@pytest.mark.parametrize("arguments", [["programs", "show", "athena-distance"], ["exercises"], ["--help"]])
def test_a_reader_that_has_enough_is_no_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "athena_sense.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_there(shell: str) -> None:
    result = CliRunner().invoke(main, prog_name="athena-sense", env={"_ATHENA_SENSE_COMPLETE": f"{shell}_source"})
    assert result.exit_code == 0
    assert "athena-sense" in result.output


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        ("athena-sense rep", "rep", "replay"),
        ("athena-sense replay -e box", "box", "box-jump"),
        ("athena-sense replay -p sh", "sh", "shank"),
        ("athena-sense replay --program athena-s", "athena-s", "athena-sprint"),
        ("athena-sense programs sh", "sh", "show"),
    ],
)
def test_names_are_completed(line: str, word: str, expected: str) -> None:
    environment = {
        "_ATHENA_SENSE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    result = CliRunner().invoke(main, prog_name="athena-sense", env=environment)
    assert f"plain,{expected}" in result.output.splitlines()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", ["baseline", "calibrate"])
@pytest.mark.parametrize("width", [40, 60, 200])
def test_that_nothing_is_kept_fits_the_terminal(command: str, width: int) -> None:
    shown = CliRunner().invoke(main, [command], env={"COLUMNS": str(width)}).output
    assert "are kept; make one with:" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= width
