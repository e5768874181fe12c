"""What a person sees: it fits, it says in words what it says in colour, and it hides nothing."""

import io
from dataclasses import replace

import pytest
from example_results import calf_set, jump_set, waist_set
from rich.console import Console

from athena_sense.datatypes import Hold, Measurement, Quality, Update, Verdict, not_measured
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


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", RESULTS)
def test_it_fits_the_terminal_and_keeps_what_matters(name: str, width: int) -> None:
    result = RESULTS[name]
    text = screen(result, width)
    assert max(map(len, text.splitlines())) <= width
    assert all(line == line.rstrip() for line in text.splitlines())
    words = " ".join(text.split())
    for verdict in result.verdicts:
        assert verdict.target in words
    for item in (*result.reps, *result.landings):
        assert all(flag.replace("_", " ") in words for flag in item.flags)
    assert sum(line.split()[:1] == ["7"] for line in text.splitlines()) == 1


def test_a_wide_terminal_draws_the_phases() -> None:
    assert "▲·▼▼▼" in screen(calf_set(), 100)
    assert "▲·▼▼▼" not in screen(calf_set(), 60)


@pytest.mark.parametrize(
    ("seconds", "mark"),
    [(Measurement(31.0), "✓"), (Measurement(8.0, bound="at_least"), "–"), (not_measured("gap"), "–")],
)
def test_a_hold_that_may_be_too_short_is_not_marked_as_held(seconds: Measurement, mark: str) -> None:
    asked = Verdict("hold", "hold_duration_s", seconds.value, (30.0, 60.0), "met", "")
    hold = Hold(1, 2.0, 33.0, {"hold_duration_s": seconds, "sway_rms_m_s2": Measurement(0.1)})
    text = screen(replace(calf_set(), exercise="single-leg-balance", reps=(), holds=(hold,), verdicts=(asked,)))
    assert f"1  {mark}" in text


def flagged(*flags: str) -> Result:
    """A set whose seventh rep has these flags."""
    result = calf_set()
    reps = tuple(replace(rep, flags=flags) if rep.number == 7 else rep for rep in result.reps)
    return replace(result, reps=reps)


def columns(text: str) -> list[str]:
    return text.splitlines()[[line.split()[:1] for line in text.splitlines()].index(["rep"]) - 1].split()


def test_what_is_least_telling_goes_first() -> None:
    long = flagged("eccentric_too_fast", "early_drop")
    assert columns(screen(long, 80)) == ["raise", "top", "lower", "bottom", "range"]
    assert columns(screen(flagged("eccentric_too_fast"), 80)) == [*columns(screen(long, 80)), "evenness"]
    assert columns(screen(long, 66)) == ["raise", "top", "lower", "bottom"]


def test_long_flags_stand_under_their_row_and_cost_no_seconds() -> None:
    long = flagged("eccentric_too_fast", "early_drop", "short_range", "low_top", "slow_raise")
    lines = screen(long, 80).splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("  7"))
    assert lines[row].split()[-6:-2] == ["0.80", "0.50", "4.10", "0.70"]
    assert lines[row + 1] == " " * 8 + "eccentric too fast, early drop, short range, low top, slow raise"
    for width in (30, 40):
        narrow = screen(long, width)
        assert "lower" in columns(narrow)
        assert "4.10" in narrow
        assert "slow raise" in " ".join(narrow.split())


@pytest.mark.parametrize("width", [1, 5, 12])
@pytest.mark.parametrize("name", RESULTS)
def test_no_terminal_is_too_narrow(name: str, width: int) -> None:
    assert screen(RESULTS[name], width)


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


def test_a_note_on_good_data_does_not_call_itself_ok() -> None:
    quality = Quality(notes=("worn turned by 128° against the baseline: your own usual may not hold",))
    text = screen(Result("a.csv", "generic", "wrist", "p", SourceInfo(None, 50.0, 3.0), quality=quality))
    assert "Note: worn turned by 128°" in text
    assert "ok" not in text


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
