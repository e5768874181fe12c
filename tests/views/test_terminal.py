"""What a person sees: it fits, it says in words what it says in colour, and it hides nothing."""

import io

import pytest
from example_results import calf_set, jump_set, waist_set
from rich.console import Console

from athena_sense.datatypes import Quality, Update
from athena_sense.result import Result, SourceInfo
from athena_sense.views.terminal import show_result, show_update

RESULTS = {"calf": calf_set(), "waist": waist_set(), "jumps": jump_set(), "bounds": jump_set("at_least")}


def screen(result: Result, width: int = 80, *, encoding: str = "utf-8", colour: bool = False) -> str:
    raw = io.BytesIO()
    console = Console(
        file=io.TextIOWrapper(raw, encoding=encoding, write_through=True), width=width, force_terminal=colour
    )
    show_result(result, console)
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", RESULTS)
def test_it_fits_the_terminal_and_keeps_what_matters(name: str, width: int) -> None:
    result = RESULTS[name]
    text = screen(result, width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for verdict in result.verdicts:
        assert verdict.target in words
    for item in (*result.reps, *result.landings):
        assert all(flag.replace("_", " ") in words for flag in item.flags)
    assert sum(line.split()[:1] == ["7"] for line in text.splitlines()) == 1


def test_a_wide_terminal_draws_the_phases() -> None:
    assert "▲·▼▼▼" in screen(calf_set(), 80)
    assert "▲·▼▼▼" not in screen(calf_set(), 60)


def test_no_colour_in_a_pipe_and_colour_on_a_terminal() -> None:
    assert "\x1b" not in screen(calf_set())
    assert "\x1b[" in screen(calf_set(), colour=True)


@pytest.mark.parametrize("name", RESULTS)
def test_a_terminal_without_unicode_gets_plain_signs(name: str) -> None:
    text = screen(RESULTS[name], encoding="ascii")
    assert text.isascii()
    assert "?" not in text


def test_bounds_and_missing_values_are_told() -> None:
    text = " ".join(screen(waist_set()).split())
    assert "≤4.80" in text
    assert "Not measured (a sensor here cannot see it): eccentric duration, range" in text
    assert "Data limited: 0.4 s of samples are missing" in text
    jumps = screen(jump_set("at_least"))
    assert "≥5.2" in jumps
    assert "Not measured (no jump followed): contact time of landing 12" in jumps


def test_an_empty_result_says_so() -> None:
    result = Result("empty.csv", "generic", "wrist", "p", SourceInfo(None, 50.0, 3.0), quality=Quality("unusable"))
    assert "Data unusable" in screen(result)


def test_what_just_happened_is_one_line_each() -> None:
    raw = io.StringIO()
    update = Update(reps=calf_set().reps[5:7], landings=jump_set().landings[4:5])
    show_update(update, Console(file=raw, width=60))
    lines = raw.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == ["landing", "rep", "rep"]
    assert "lower 4.10 s" in lines[2]
    assert "eccentric too fast" in lines[2]
