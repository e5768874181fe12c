"""Workouts: a program's sets in order, their records, and the same verdicts again from the recordings."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from athena_sense.errors import ExerciseError, ProgramError, RecordingError
from athena_sense.result import result_schema
from athena_sense.targets import Program, get_program, program_names
from athena_sense.views.catalogue import dose
from athena_sense.workout import (
    SetRecord,
    Step,
    Wanted,
    Workout,
    plan_of,
    replay_workout,
    save,
    steps_left,
    substituted,
)


def program(**calf: Any) -> Program:
    exercises = [
        {"exercise": "box-jump", "sets": 2},
        {"exercise": "eccentric-calf", "sides": ["left", "right"], "substitute": "generic", "ask_pain": True, **calf},
        {"exercise": "generic", "only_as_substitute": True, "hold_s": [30.0, 60.0]},
    ]
    return Program.model_validate({"name": "mine", "title": "Mine", "reps": [12, 15], "exercises": exercises})


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps]


def test_sets_come_in_the_programs_order_with_sides_in_turn() -> None:
    steps = plan_of(program(sets=2))
    assert names(steps) == [
        "01-box-jump-1",
        "02-box-jump-2",
        "03-eccentric-calf-left-1",
        "04-eccentric-calf-right-1",
        "05-eccentric-calf-left-2",
        "06-eccentric-calf-right-2",
    ]


def test_substitutes_come_in_place_of_what_they_stand_in_for() -> None:
    steps = plan_of(program(), substitute=True)
    assert names(steps)[2:] == ["03-generic-left", "04-generic-right"]
    assert {step.substitute_for for step in steps} == {None, "eccentric-calf"}
    assert steps[2].asked.hold_s == (30.0, 60.0)
    assert steps[2].asked.reps is None
    assert substituted(steps[0], program()) == steps[0]


def test_substitutes_for_other_reasons_than_pain() -> None:
    painless = program(ask_pain=False)
    assert names(plan_of(painless, substitute=True))[2:] == ["03-eccentric-calf-left", "04-eccentric-calf-right"]
    assert names(plan_of(painless, instead=["eccentric-calf"]))[2:] == ["03-generic-left", "04-generic-right"]
    with pytest.raises(ProgramError, match="names no substitute for box-jump"):
        plan_of(painless, instead=["box-jump"])


def test_nothing_can_come_instead_of_what_is_not_done() -> None:
    with pytest.raises(ProgramError, match="it is the substitute for eccentric-calf: name that one"):
        plan_of(program(), instead=["generic"])
    with pytest.raises(ProgramError, match=r"eccentric-calf is not to be done, .* name it with --only too"):
        plan_of(program(), only=["box-jump"], instead=["eccentric-calf"])


def test_only_some_exercises() -> None:
    assert names(plan_of(program(), only=["eccentric-calf"])) == ["01-eccentric-calf-left", "02-eccentric-calf-right"]
    assert names(plan_of(program(), only=["generic"])) == ["01-generic"]
    with pytest.raises(ProgramError, match="does not list 'squat'; it lists box-jump"):
        plan_of(program(), only=["squat"])


@pytest.mark.parametrize("name", program_names())
def test_every_shipped_program_can_be_gone_through(name: str) -> None:
    shipped = get_program(name)
    done = {step.exercise for step in plan_of(shipped)}
    assert done == {one.exercise for one in shipped.exercises if not one.only_as_substitute}


def test_a_program_without_exercises_is_refused() -> None:
    with pytest.raises(ProgramError, match="lists no exercises to go through"):
        plan_of(Program.model_validate({"name": "mine", "title": "Mine", "reps": [1, 2]}))


def test_the_box_is_that_at_hand() -> None:
    for wanted, height_m in ((Wanted(), None), (Wanted(box_height_m=-0.3), -0.3)):
        steps = wanted.plan(program())
        assert [step.asked.box_height_m for step in steps] == [height_m, height_m, None, None]
    assert dose(steps[0].asked) == "12 to 15 good reps, 2 sets, off a box of 30 cm"
    with pytest.raises(ProgramError, match="--box-height is the box of box-jump, which is not to be done"):
        Wanted(only=("eccentric-calf",), box_height_m=0.3).plan(program())


def test_what_was_not_done_is_left() -> None:
    steps = plan_of(program())
    workout = Workout("mine", "2026-01-01T10:00:00+00:00", len(steps))
    workout = workout.with_set(SetRecord.of(steps[0], "failed", why="no sensor"))
    assert steps_left(workout, steps) == steps
    with pytest.raises(ExerciseError):
        steps_left(workout.with_set(_done(Step(9, "generic", None, 1, 1, steps[0].asked))), steps)
    assert names(steps_left(workout.with_set(_done(steps[1])), steps))[0] == "01-box-jump-1"


def _done(step: Step) -> SetRecord:
    from athena_sense import replay

    return SetRecord.of(step, "done", replay(Path(__file__).parents[1] / "recordings" / "jumps-quiet.arrows"))


def test_the_document_obeys_its_schema() -> None:
    steps = plan_of(program(), substitute=True)
    workout = Workout("mine", "2026-01-01T10:00:00+00:00", len(steps), "me", (_done(steps[0]),))
    workout = workout.with_set(SetRecord.of(steps[2], "skipped"))
    document = json.loads(workout.to_json())
    schema = json.loads(files("athena_sense").joinpath("workout.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    jsonschema.validate(document["sets"][0]["result"], result_schema())
    assert (document["sets_done"], document["sets_planned"]) == (1, len(steps))
    assert sum(document["targets"].values()) == len(document["sets"][0]["result"]["verdicts"])
    assert document["sets"][1] == {
        "exercise": "generic",
        "side": "left",
        "set": 1,
        "status": "skipped",
        "substitute_for": "eccentric-calf",
        "why": "asked for",
        "recording": None,
        "result": None,
    }


def test_a_folder_without_a_workout_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, str(tmp_path)):
        with pytest.raises(RecordingError, match="holds no workout"):
            replay_workout(folder)
    (tmp_path / "workout.json").write_text('{"program": 3}')
    with pytest.raises(RecordingError, match=r"workout\.json: is damaged at 'program'"):
        replay_workout(tmp_path)
    with pytest.raises(RecordingError, match="cannot be written"):
        save(Workout("mine", "", 1), tmp_path / "missing")


def test_a_set_counts_once_however_often_it_is_tried() -> None:
    first, *others = plan_of(program())
    workout = Workout("mine", "2026-01-01T10:00:00+00:00", 3)
    broken_off = SetRecord.of(first, "broken_off", _done(first).result)
    workout = workout.with_set(broken_off).with_set(SetRecord.of(others[0], "failed", why="no sensor"))
    workout = workout.with_set(_done(first)).with_set(SetRecord.of(others[0], "skipped"))
    assert [one.status for one in workout.sets] == ["broken_off", "done", "skipped"]
    assert (workout.come_to, workout.done) == (2, 1)
    assert workout.with_set(_done(substituted(others[0], program()))).come_to == 2
