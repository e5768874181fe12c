"""A workout between its sets, and the page at its end."""

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import pytest
from rich.console import Console

from athena_sense.datatypes import Verdict
from athena_sense.result import Result, SourceInfo
from athena_sense.targets import Prescription
from athena_sense.views.block_letters import ROWS
from athena_sense.views.workout import NextScreen, show_workout
from athena_sense.workout import SetRecord, Step, Workout

Status = Literal["met", "missed", "not_measured"]


def squats(*statuses: Status, set_number: int = 1) -> SetRecord:
    """A set that was done: its reps, and its form targets."""
    verdicts = [
        Verdict("how", "depth_deg" if number else "valid_rep_count", None, (12, 15), status, "12 reps")
        for number, status in enumerate(statuses)
    ]
    source = SourceInfo(None, 100.0, 60.0)
    result = Result("1.arrows", "full-wall-squat", "thigh", "mine", source, verdicts=tuple(verdicts))
    return SetRecord("full-wall-squat", None, set_number, "done", result=result)


def page(sets: Iterable[SetRecord], planned: int = 1) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    show_workout(Workout("mine", "2026-01-01T10:00:00+00:00", planned, sets=(*sets,)), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()[1:]


@pytest.mark.parametrize(
    ("statuses", "mark"),
    [
        (("met", "not_measured"), "✓"),
        (("not_measured", "met"), "–"),
        (("not_measured", "not_measured"), "–"),
        (("not_measured", "missed"), "✗"),
        (("met", "missed"), "✗"),
        ((), "–"),
    ],
)
def test_a_set_passes_only_by_what_was_measured(statuses: tuple[Status, ...], mark: str) -> None:
    assert page([squats(*statuses)])[0].startswith(f"{mark} full-wall-squat")


def test_a_set_that_was_tried_twice_is_one_that_was_come_to() -> None:
    broken_off = replace(squats("missed"), status="broken_off")
    told = page([broken_off, squats("met"), SetRecord("box-jump", None, 1, "skipped")], planned=7)
    assert told[-1] == "5 of 7 sets were not come to"


def test_a_set_that_was_broken_off_is_not_judged() -> None:
    done = squats("missed").result
    broken_off = SetRecord("full-wall-squat", None, 1, "broken_off").with_result(done)
    assert broken_off.result is not None
    assert [verdict.status for verdict in broken_off.result.verdicts] == ["not_measured"]
    assert page([broken_off])[0] == "– full-wall-squat  broken off after 0 reps"


QUESTION = "Pain in this tendon now? Press 0 (none) to 9, x for 10 (as bad as can be); h: it is not healthy"


def next_screen(cue: str, width: int, height: int, *, question: str = "", rest_s: float | None = None) -> list[str]:
    asked = Prescription(exercise="eccentric-calf", cue=cue, substitute="single-leg-balance")
    step = Step(6, "eccentric-calf", "left", 1, 1, asked)
    screen = NextScreen(step, 7, "sensor on the foot", "12 to 15 good reps, lowering 10 s", squats("met"))
    screen.question, screen.seconds = question, rest_s
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(screen)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    return lines


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (40, 6), (30, 8), (200, 60)])
@pytest.mark.parametrize("cue", ["", "Lower slowly", "Count to 10 as you lower your heel, and pivot. " * 40])
@pytest.mark.parametrize("question", ["", QUESTION])
@pytest.mark.parametrize("rest_s", [None, 37.0])
def test_the_question_and_the_keys_stand_on_every_screen(
    width: int, height: int, cue: str, question: str, rest_s: float | None
) -> None:
    lines = next_screen(cue, width, height, question=question, rest_s=rest_s)
    asked = question or "Enter: begin · s: skip · o: single-leg-balance instead · q: end the workout"
    assert " ".join(line.strip() for line in lines).endswith(asked)
    assert "ECCENTRIC CALF" in "".join(lines)
    assert rest_s is None or "37 s of rest" in lines[0] or any("██" in line for line in lines)


def test_a_cue_without_room_is_shortened_and_the_rest_stays_large() -> None:
    lines = next_screen("Count to 10 as you lower your heel. " * 40, 80, 24, question=QUESTION, rest_s=37.0)
    assert sum("██" in line for line in lines) == ROWS
    assert any(line.endswith("…”") for line in lines)
    assert any("✓ full-wall-squat" in line for line in lines)


def test_a_set_whose_recording_is_lost_is_told() -> None:
    lost = SetRecord("box-jump", None, 1, "done", kept={"file": "1.arrows", "verdicts": []})
    assert page([lost])[0] == "– box-jump  its recording is lost"
