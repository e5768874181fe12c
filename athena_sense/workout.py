"""A whole workout: a program's sets in order, what came of each, and the one document of it all.

A workout is a folder: one recording a set, a copy of the program, and `workout.json`. The verdicts can be had again
from the recordings alone.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from athena_sense.datatypes import Verdict
from athena_sense.errors import ExerciseError, ProgramError, RecordingError
from athena_sense.recordings import RECORDING_SUFFIX
from athena_sense.replaying import replay
from athena_sense.result import Result
from athena_sense.targets import Prescription, Program, get_program

SCHEMA_ID = "athena-sense/workout/1"
BOX_JUMP = "box-jump"
DOCUMENT, PROGRAM_COPY = "workout.json", "program.toml"
TRY = re.compile(r"-try\d+$")
"""Ends the name of a recording of a set that was tried before."""

Side = Literal["left", "right"]
Status = Literal[
    "done",
    "skipped",  # the athlete's wish
    "failed",  # no sensor, no samples, no disk
    "broken_off",  # with Ctrl-C in it, or before it began
]


@dataclass(frozen=True, slots=True)
class Step:
    """One set of a workout: `set_number` of `sets` of an exercise, on a side where it has sides.

    `substitute_for` is the exercise that it stands in for, and `why`.
    """

    number: int
    exercise: str
    side: Side | None
    set_number: int
    sets: int
    asked: Prescription
    substitute_for: str | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """What the set is called in a file's name."""
        parts = [f"{self.number:02}", self.exercise, self.side or "", str(self.set_number) if self.sets > 1 else ""]
        return "-".join(part for part in parts if part)


def plan_of(
    program: Program, *, substitute: bool = False, instead: Collection[str] = (), only: Collection[str] = ()
) -> tuple[Step, ...]:
    """The sets of a program, in its order: each exercise with all its sets, sides in turn.

    `substitute` puts the substitutes of exercises that strain a tendon (`ask_pain`) in their place, `instead` those of
    the exercises it names; `only` leaves out every exercise but these.

    Raises:
        ProgramError: the program lists no exercises, or not one that is named, or no substitute of it; or one of
            `instead` is not to be done anyway.
    """
    listed = [one.exercise for one in program.exercises]
    if missing := [name for name in (*only, *instead) if name not in listed]:
        raise ProgramError(f"program {program.name} does not list {missing[0]!r}; it lists {', '.join(listed)}")
    steps: list[Step] = []
    for one in program.exercises:
        if one.only_as_substitute and one.exercise not in only:
            continue
        if not only or one.exercise in only:
            for set_number in range(1, one.sets + 1):
                for side in one.sides or (None,):
                    asked = program.prescription(one.exercise)
                    steps.append(Step(len(steps) + 1, one.exercise, side, set_number, one.sets, asked))
    if not steps:
        raise ProgramError(f"program {program.name} lists no exercises to go through; add an [[exercises]] table")
    if idle := [name for name in instead if name not in {step.exercise for step in steps}]:
        fors = [one.exercise for one in program.exercises if one.substitute == idle[0]]
        mend = f"it is the substitute for {fors[0]}: name that one" if fors else "name it with --only too"
        raise ProgramError(f"{idle[0]} is not to be done, so nothing can come instead of it; {mend}")
    if lacking := [step.exercise for step in steps if step.exercise in instead and step.asked.substitute is None]:
        raise ProgramError(f"program {program.name} names no substitute for {lacking[0]}")

    def unwanted(step: Step) -> bool:
        return step.exercise in instead or (substitute and step.asked.ask_pain)

    return tuple(substituted(step, program, "asked for") if unwanted(step) else step for step in steps)


def substituted(step: Step, program: Program, why: str = "") -> Step:
    """The set with the substitute that the program names in place of its exercise; itself where it names none.

    The rest is as long as after the exercise where the program says nothing else of it.
    """
    if step.asked.substitute is None:
        return step
    asked = program.prescription(step.asked.substitute)
    if asked.rest_s is None:
        asked = asked.model_copy(update={"rest_s": step.asked.rest_s})
    return replace(step, exercise=asked.exercise, asked=asked, substitute_for=step.exercise, why=why)


@dataclass(frozen=True, slots=True)
class SetRecord:
    """What came of one set. `why` says why it was skipped, failed or substituted; `result.file` is its recording.

    `kept` is the result that the workout's document has of it, where that is all there is: its recording is lost.
    """

    exercise: str
    side: Side | None
    set_number: int
    status: Status
    substitute_for: str | None = None
    why: str = ""
    result: Result | None = None
    kept: Mapping[str, Any] | None = None

    @property
    def recording(self) -> str | None:
        """The name of its recording in the workout's folder, None where nothing was recorded."""
        if self.result is not None:
            return self.result.file
        return None if self.kept is None else self.kept.get("file")

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the program says of it: nothing of a set that was not done to its end."""
        return self.result.verdicts if self.result is not None and self.status == "done" else ()

    @staticmethod
    def of(step: Step, status: Status, result: Result | None = None, why: str = "") -> "SetRecord":
        """The record of a step."""
        record = SetRecord(step.exercise, step.side, step.set_number, status, step.substitute_for, why or step.why)
        return record.with_result(result)

    def with_result(self, result: Result | None) -> "SetRecord":
        """The record with what was measured. A set that was not done to its end is not judged by it."""
        if result is not None and self.status != "done":
            why = "not judged: the set was broken off"
            verdicts = (replace(one, value=None, status="not_measured", message=why) for one in result.verdicts)
            result = replace(result, verdicts=tuple(verdicts))
        return replace(self, result=result)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a program was to be done, and instead of what: see `plan_of`. `box_height_m` is that of the box at hand
    (m; negative: one to jump off), None: the program's.
    """

    substitute: bool = False
    instead: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    box_height_m: float | None = None

    def of(self, program: Program) -> Program:
        """The program with the box at hand."""
        if self.box_height_m is None:
            return program
        box = {"box_height_m": self.box_height_m}
        exercises = (one.model_copy(update=box) if one.exercise == BOX_JUMP else one for one in program.exercises)
        return program.model_copy(update={"exercises": tuple(exercises)})

    def plan(self, program: Program) -> tuple[Step, ...]:
        """These sets of a program.

        Raises:
            ProgramError: see `plan_of`; or there is a box, and nobody is to jump.
        """
        steps = plan_of(self.of(program), substitute=self.substitute, instead=self.instead, only=self.only)
        if self.box_height_m is not None and not any(
            BOX_JUMP in (step.exercise, step.asked.substitute) for step in steps
        ):
            raise ProgramError(f"--box-height is the box of {BOX_JUMP}, which is not to be done: leave it out")
        return steps


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout so far. `started` is an ISO 8601 time, `planned` how many sets there are to do."""

    program: str
    started: str
    planned: int
    athlete: str | None = None
    sets: tuple[SetRecord, ...] = field(default=())
    wanted: Wanted = Wanted()

    @property
    def come_to(self) -> int:
        """How many of the sets that were planned were come to, however often each was tried."""
        return len({_key(one) for one in self.sets})

    @property
    def done(self) -> int:
        """How many of the sets that were planned were done to their end."""
        return len({_key(one) for one in self.sets if one.status == "done"})

    def with_set(self, one: SetRecord) -> "Workout":
        """The workout with one more set, in place of earlier tries at it of which nothing was recorded."""
        kept = (earlier for earlier in self.sets if earlier.recording or _key(earlier) != _key(one))
        return replace(self, sets=(*kept, one))

    def to_dict(self) -> dict[str, Any]:
        """The workout as plain dicts, lists, strings and numbers: the document `athena-sense/workout/1`."""
        sets = [_set(one) for one in self.sets]
        judged = [one["result"] for one in sets if one["status"] == "done" and one["result"] is not None]
        found = [verdict["status"] for result in judged for verdict in result.get("verdicts", ())]
        return {
            "schema": SCHEMA_ID,
            "program": self.program,
            "started": self.started,
            "athlete": self.athlete,
            "wanted": {
                "substitute": self.wanted.substitute,
                "instead": list(self.wanted.instead),
                "only": list(self.wanted.only),
                "box_height_m": self.wanted.box_height_m,
            },
            "sets_planned": self.planned,
            "sets_done": self.done,
            "targets": {status: found.count(status) for status in ("met", "missed", "not_measured")},
            "sets": sets,
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """The workout as one JSON document."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)


def save(workout: Workout, folder: Path) -> None:
    """Write the document into the workout's folder, whole or not at all.

    Raises:
        RecordingError: it cannot be written.
    """
    path = folder / DOCUMENT
    part = path.with_suffix(".part")
    try:
        part.write_text(workout.to_json(indent=2), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise RecordingError(f"{path}: cannot be written: {error.strerror}") from error


def replay_workout(folder: str | Path) -> Workout:
    """A workout again from its recordings, judged by the program that lies beside them.

    A set whose recording is lost has failed, and says why.

    Raises:
        RecordingError: the folder holds no workout.
        ProgramError: the program in it is wrong.
    """
    return _again(Path(folder), keep_lost=False)


def begun_workout(folder: Path) -> Workout:
    """A workout to go on with: as `replay_workout` has it, but that what is known of a set outlives its recording.

    Raises:
        RecordingError: the folder holds no workout.
        ProgramError: the program in it is wrong.
    """
    return _again(folder, keep_lost=True)


def _again(folder: Path, *, keep_lost: bool) -> Workout:
    kept = _read(folder / DOCUMENT)
    program = get_program(folder / PROGRAM_COPY)
    sets = []
    for one in kept.sets:
        record = SetRecord(one.exercise, one.side, one.set, one.status, one.substitute_for, one.why)
        if one.recording is not None:
            try:
                record = record.with_result(_replayed(folder / one.recording, program))
            except RecordingError as error:
                lost = replace(record, status="failed", why=str(error))
                record = replace(record, kept=one.result) if keep_lost and one.result is not None else lost
        sets.append(record)
    return Workout(kept.program, kept.started, kept.sets_planned, kept.athlete, tuple(sets), kept.wanted)


def _replayed(path: Path, program: Program) -> Result:
    return replace(replay(path, program=program), file=path.name)


def next_recording(folder: Path, step: Step) -> Path:
    """Where a set is recorded: under a name that no earlier try at it has taken."""
    names = chain([step.name], (f"{step.name}-try{number}" for number in count(2)))
    return next(path for name in names if not (path := folder / f"{name}{RECORDING_SUFFIX}").exists())


def cut_off(workout: Workout, folder: Path, program: Program) -> tuple[SetRecord, ...]:
    """The sets that lie recorded in a workout's folder and that its document does not know: the program was killed, or
    the power failed, in them. They are broken off; `why` says what is wrong with a recording that cannot be read, where
    nothing else is known of the set.
    """
    known, tried = {one.recording for one in workout.sets}, {_key(one) for one in workout.sets}
    steps = {step.name: step for step in workout.wanted.plan(program)}
    steps |= {other.name: other for other in (substituted(step, program) for step in steps.values())}
    records = []
    for path in sorted(folder.glob(f"*{RECORDING_SUFFIX}")):
        step = steps.get(TRY.sub("", path.stem))
        if step is not None and path.name not in known:
            try:
                records.append(SetRecord.of(step, "broken_off", _replayed(path, program)))
            except RecordingError as error:
                records += [SetRecord.of(step, "broken_off", why=str(error))] if _key(step) not in tried else []
    return tuple(records)


def steps_left(workout: Workout, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The sets of a plan that a workout has not done to their end; what failed or was skipped too.

    Raises:
        ExerciseError: the workout is not of this plan.
    """
    done = {_key(one) for one in workout.sets if one.result and one.status == "done"}
    if unknown := [key for key in done if key not in {_key(step) for step in steps}]:
        raise ExerciseError(f"{unknown[0][0]} was done in this workout, and is not in its program")
    return tuple(step for step in steps if _key(step) not in done)


def _key(one: Step | SetRecord) -> tuple[str, Side | None, int]:
    """Which set of the program it is."""
    return one.substitute_for or one.exercise, one.side, one.set_number


class _SetDocument(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    exercise: str
    side: Side | None
    set: int
    status: Status
    substitute_for: str | None
    why: str
    recording: str | None
    result: dict[str, Any] | None = None

    @field_validator("recording")
    @classmethod
    def _in_this_folder(cls, name: str | None) -> str | None:
        if name is not None and Path(name).name != name:
            raise ValueError(f"{name!r} is no file of this folder")
        return name


class _Document(BaseModel):
    """As much of `workout.json` as cannot be had from the recordings, and results, lest a recording be lost."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    program: str
    started: str
    athlete: str | None
    sets_planned: int
    wanted: Wanted = Wanted()
    sets: tuple[_SetDocument, ...]


def _read(path: Path) -> _Document:
    try:
        return _Document.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RecordingError(f"{path.parent}: holds no workout (no {path.name} in it)") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordingError(f"{path}: is damaged at {'.'.join(map(str, first['loc']))!r}: {first['msg']}") from error


def _set(one: SetRecord) -> dict[str, Any]:
    return {
        "exercise": one.exercise,
        "side": one.side,
        "set": one.set_number,
        "status": one.status,
        "substitute_for": one.substitute_for,
        "why": one.why,
        "recording": one.recording,
        "result": one.kept if one.result is None else one.result.to_dict(),
    }
