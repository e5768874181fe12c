"""`athena-sense exercises` and `athena-sense programs`."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Run

from athena_sense.cli import main
from athena_sense.datatypes import PLACEMENTS
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.targets import REASONS, program_names, program_path
from athena_sense.views.sensor_page import WHERE


def run(*arguments: str | Path, width: int = 80) -> Run:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": str(width)})


def test_every_exercise_is_listed() -> None:
    output = run("exercises").output
    assert all(name in output for name in exercise_names())


@pytest.mark.parametrize("name", exercise_names())
@pytest.mark.parametrize("width", [60, 120])
def test_an_exercise_is_explained_with_every_fixed_word(name: str, width: int) -> None:
    result = run("exercises", name, width=width)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= width
    exercise = get_exercise(name)
    words = [
        *exercise.metrics,
        *exercise.flags,
        *REASONS,
        *(site.placement.replace("_", " ") for site in exercise.sites),
    ]
    assert all(word in result.output for word in words)


def test_the_page_for_athletes_is_what_the_program_prints() -> None:
    page = Path(__file__).parents[2] / "docs" / "sensor-places.md"
    printed = run("exercises", "--markdown").output
    assert page.read_text(encoding="utf-8") == printed, f"athena-sense exercises --markdown > docs/{page.name}"
    assert all(f"## {name}: " in printed for name in exercise_names())
    assert set(WHERE) == set(PLACEMENTS)


@pytest.mark.parametrize("arguments", [["programs"], ["programs", "list"]])
def test_every_program_is_listed(arguments: list[str]) -> None:
    output = run(*arguments).output
    assert all(name in output for name in program_names())
    assert output.count("(default)") == 1


@pytest.mark.parametrize("name", program_names())
def test_a_program_is_shown(name: str) -> None:
    output = run("programs", "show", name, width=60).output
    assert max(map(len, output.splitlines())) <= 60
    assert "Count to 10 as you lower your heel" in " ".join(output.split())


@pytest.mark.parametrize("name", program_names())
def test_what_is_asked_in_multiples_of_ones_own_usual_is_shown(name: str) -> None:
    output = " ".join(run("programs", "show", name, width=400).output.split())
    assert "depth thigh at least 25°; once your own usual is known, at least 0.8 × it too [depth_deg" in output
    assert "chest at most 4 g; once your own usual is known, at most 1.2 × it instead [peak_impact_g" in output
    assert "once your own usual peak impact is known, at most 1.2 × it instead [loudest_impact_g" in output


def test_a_program_can_be_started_from_a_shipped_one(tmp_path: Path) -> None:
    result = run("programs", "show", "athena-sprint", "--toml")
    assert result.stdout_bytes == program_path("athena-sprint").read_bytes()
    mine = tmp_path / "mine.toml"
    mine.write_bytes(result.stdout_bytes)
    assert run("programs", "check", mine).output == f"{mine}: good\n"
    assert run("programs", "show", mine).exit_code == 0


def test_check_tells_every_mistake_in_every_file(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.toml", program_path("athena-sprint")
    bad.write_text('name = "bad"\ntitel = "Bad"\nreps = [15, 12]\n')
    result = run("programs", "check", bad, good, tmp_path / "no.toml")
    assert result.exit_code == 1
    assert result.stdout == f"{good}: good\n"
    lines = result.stderr.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("error: ") for line in lines)


def test_a_program_that_is_not_there_is_one_line() -> None:
    result = run("programs", "show", "athena-sprnt")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: no program is called 'athena-sprnt' (did you mean 'athena-sprint'?)")
    assert result.stderr.count("\n") == 1
