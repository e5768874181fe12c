"""What the front door promises is so: its Python runs, its output is the program's, its links and options exist."""

import json
import re
from pathlib import Path

import click
import jsonschema
import pytest
from click.testing import CliRunner

from athena_sense.cli import main
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.result import result_schema

PROJECT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHOWN = "recordings/calf-too-fast.arrows"


def blocks(language: str, page: str = README) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_examples_run(number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    exec(compile(blocks("python")[number], f"README.md, example {number + 1}", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_the_shown_output_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    done = CliRunner().invoke(main, ["replay", SHOWN], env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert done.exit_code == 0
    (shown,) = (block for block in blocks("text") if SHOWN in block)
    assert shape(shown) == shape(done.stdout)


def shape(text: str) -> list[str]:
    """Words, signs and flags; the last digits may differ from one version to the next."""
    drawn = re.sub(r"[▲▼·]+", "▲▼", text)
    return [" ".join(re.sub(r"\d+(\.\d+)?", "0", line).split()) for line in drawn.strip().splitlines()]


def test_the_shown_json_obeys_the_schema() -> None:
    (document,) = blocks("json")
    jsonschema.validate(json.loads(document), result_schema())


def test_commands_and_options_exist() -> None:
    lines = [line for page in PAGES for block in blocks("sh", read(page)) for line in block.splitlines()]
    calls = [call.split() for line in lines for call in re.findall(r"athena-sense ((?!\|)\S.*?)(?= > |&&|#|$)", line)]
    calls = [words for words in calls if words[0].isalpha()]
    assert len(calls) > 5
    for words in calls:
        command: click.Command = main
        context = click.Context(main)
        while isinstance(command, click.Group) and words and command.get_command(context, words[0]):
            found = command.get_command(context, words.pop(0))
            assert found is not None
            command = found
        assert command is not main, words
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options


def test_each_exercise_stands_in_the_table_with_all_its_sites() -> None:
    table = README.partition("## Where the sensor goes")[2].partition("\n\n")[2].partition("\n\n")[0]
    for name in exercise_names():
        rows = table.partition(f"| `{name}` |")[2].partition("| `")[0]
        assert rows, name
        for site in get_exercise(name).sites:
            assert site.placement in rows or "anywhere" in rows


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", read(page)):
        assert target.startswith("https://") or (PROJECT / target).exists(), target


def test_one_line_sets_up_and_tests_and_it_is_the_one_that_ci_runs() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.endswith("pytest -n auto")]
    assert len(lines) == 1
    assert lines[0] in read("CONTRIBUTING.md").splitlines()
    assert "README.md" in read(".ci/run")


def read(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")
