"""Program files: those that ship, a coach's own, and what is wrong with one, in words."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from athena_sense.errors import ProgramError
from athena_sense.exercises import Exercise, exercise_names, get_exercise
from athena_sense.targets.judging import upper_bound_of
from athena_sense.targets.program import Prescription, Program, Target, Tempo

DEFAULT_PROGRAM = "athena-distance"
PROGRAMS_FOLDER = Path(__file__).parents[1] / "programs"
_TABLES: dict[str, type[BaseModel]] = {"exercises": Prescription, "targets": Target, "tempo": Tempo}

_EXPECTED = {
    "string_type": 'text in quotes, such as "Heels low"',
    "string_too_short": "some words",
    "string_pattern_mismatch": 'a short name in lower case, words joined by hyphens, such as "my-program"',
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
}
"""What a coach is told instead of pydantic's words, by its error types."""
_TABLE_OF = {
    "exercises": "tables under [[exercises]], in double brackets, one for each exercise",
    "targets": "tables under [[exercises.targets]], in double brackets, one for each target",
    "tempo": "a table of seconds, such as { eccentric_s = 10 }",
    "sides": 'a list, such as ["left", "right"]',
}
"""What belongs under a key that holds a table or a list, where something else stands there."""


def program_names() -> tuple[str, ...]:
    """Names of the programs that ship."""
    return tuple(sorted(path.stem for path in PROGRAMS_FOLDER.glob("*.toml")))


def program_path(name_or_path: str | Path) -> Path:
    """Where a program's file is.

    Raises:
        ProgramError: no program has this name, and no file is there.
    """
    name = str(name_or_path)
    if name in program_names():
        return PROGRAMS_FOLDER / f"{name}.toml"
    if Path(name).suffix or Path(name).name != name or _is_file(name):
        return Path(name)
    raise ProgramError(
        f"no program is called {name!r}{_meant(name, program_names())}; there are {', '.join(program_names())}, "
        "or give the path of a TOML file"
    )


def get_program(name_or_path: str | Path = DEFAULT_PROGRAM) -> Program:
    """A program by name, or a coach's own by the path of its file.

    Raises:
        ProgramError: there is none, or it is wrong; the message names file, key and what was expected.
    """
    path = program_path(name_or_path)
    program, problems = _read(path)
    if program is None or problems:
        more = f" ({len(problems) - 1} more: athena-sense programs check {path})" if len(problems) > 1 else ""
        raise ProgramError(f"{problems[0]}{more}")
    return program


def check_program(path: str | Path) -> tuple[str, ...]:
    """Everything that is wrong with a program file, one line each; empty when it is good."""
    return _read(Path(path))[1]


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _read(path: Path) -> tuple[Program | None, tuple[str, ...]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows editors put a mark first
        program = Program.model_validate(content)
    except OSError as error:
        return None, (f"{path}: cannot be read: {(error.strerror or 'no such file').lower()}",)
    except tomllib.TOMLDecodeError as error:
        return None, (f"{path}: is not TOML: {str(error)[:1].lower()}{str(error)[1:]}",)
    except ValidationError as error:
        return None, tuple(f"{path}: {_in_words(detail, content)}" for detail in error.errors())
    except ValueError:  # bytes that are no UTF-8, or a path with a NUL in it
        return None, (f"{path}: is not a text file in UTF-8",)
    return program, tuple(f"{path}: {problem}" for problem in _unknown_names(program))


def _unknown_names(program: Program) -> Iterator[str]:
    """Exercises, metrics and flags that do not exist: a slip here would silently judge nothing."""
    for number, prescription in enumerate(program.exercises, 1):
        place = f"exercise {number} ({prescription.exercise})"
        if prescription.exercise not in exercise_names():
            yield f"{place}: `exercise`: {_unknown('exercise', prescription.exercise, exercise_names())}"
            continue
        exercise: Exercise = get_exercise(prescription.exercise)
        if prescription.hold_s is not None and "hold_duration_s" not in exercise.metrics:
            yield f"{place}: `hold_s`: {prescription.exercise} has no holds; ask for `reps`"
        if exercise.is_held and program.prescription(exercise.name).reps is not None:
            key = "`hold_s` is missing" if prescription.reps is None else "`reps`"
            yield f"{place}: {key}: {exercise.name} is held and has no reps; ask for hold_s = [30, 60]"
        for index, target in enumerate(prescription.targets, 1):
            inner = f"{place}, target {index} ({target.name})"
            if target.metric not in exercise.metrics:
                yield f"{inner}: `metric`: {_unknown('metric', target.metric, tuple(exercise.metrics))}"
            elif target.of != (kind := exercise.measured_of.get(target.metric, "rep")):
                yield f'{inner}: `of`: {target.metric} is measured of each {kind} here; write of = "{kind}"'
            if (own := target.own_metric) is not None and own not in exercise.metrics:
                yield f"{inner}: `own_metric`: {_unknown('metric', own, tuple(exercise.metrics))}"
            yield from (f"{inner}: {problem}" for problem in _unseen(exercise, target))
            if target.flag not in exercise.flags:
                yield f"{inner}: `flag`: {_unknown('flag', target.flag, tuple(exercise.flags))}"
            else:
                yield from (f"{inner}: {problem}" for problem in _another_flag(exercise, target))


def _unseen(exercise: Exercise, target: Target) -> Iterator[str]:
    """Limits for places only from which this cannot be seen: they would silently judge nothing."""
    names = {target.metric, upper_bound_of(target.metric)}
    by_second = any(names & set(one.metrics) for one in exercise.companions)
    sites = [site.placement for site in exercise.sites if by_second or names & set(site.metrics)]
    for key, limits in (("min", target.min), ("max", target.max)):
        if limits and sites and not limits.keys() & set(sites):
            yield (
                f"`{key}`: has a limit for the {' and the '.join(limits)} only, where {target.metric} cannot be seen; "
                f"it is seen at: {', '.join(sites)}"
            )


def _another_flag(exercise: Exercise, target: Target) -> Iterator[str]:
    """A flag that tells something else, as one that was copied along does: DEEPER to who is to be slower."""
    sides = {"min": target.min or target.min_own, "max": target.max or target.max_own}
    own = {exercise.flag_of.get(f"{side} {target.metric}", target.flag) for side, limit in sides.items() if limit}
    if target.flag not in own:
        yield f"`flag`: {target.flag} is {exercise.flags[target.flag]!r}; here it is {' or '.join(sorted(own))}"


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    return f"no {what} is called {name!r}{_meant(name, known)}; expected one of {', '.join(known)}"


def _meant(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _in_words(detail: ErrorDetails, content: Mapping[str, Any]) -> str:
    """One pydantic error as: where, key, what was expected."""
    place, key, table = _locate(detail["loc"], content)
    where = f"{place}: " if place else ""
    if detail["type"] == "extra_forbidden":
        return f"{where}unknown key `{key}`{_meant(key, tuple(table.model_fields))}"
    if detail["type"] == "missing":
        field = table.model_fields.get(key)
        return f"{where}`{key}` is missing: {field.description if field and field.description else 'it is needed'}"
    if key in _TABLE_OF and detail["type"] in ("tuple_type", "model_type", "model_attributes_type"):
        return f"{where}`{key}`: expected {_TABLE_OF[key]}, got {detail['input']!r}"
    if detail["type"] in _EXPECTED:
        expected = _EXPECTED[detail["type"]].format(**detail.get("ctx", {}))
        return f"{where}`{key}`: expected {expected}, got {detail['input']!r}"
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    message = message[:1].lower() + message[1:]
    if detail["type"] == "value_error":
        return f"{where}`{key}`: {message}" if key else f"{where}{message}"
    return f"{where}`{key}`: {message}, got {detail['input']!r}"


def _locate(loc: tuple[int | str, ...], content: Mapping[str, Any]) -> tuple[str, str, type[BaseModel]]:
    """("exercise 1 (box-jump), target 2 (quiet feet)", "max.wiast", the table's model) of an error's location."""
    places: list[str] = []
    keys: list[str] = []
    table: type[BaseModel] = Program
    here: Any = content
    for step in loc:
        here = _step(here, step)
        if isinstance(step, int) and isinstance(here, dict) and keys and keys[-1] in _TABLES:
            what = keys.pop()
            name = here.get("exercise", here.get("name"))
            places.append(f"{what.removesuffix('s')} {step + 1}{f' ({name})' if isinstance(name, str) else ''}")
            table = _TABLES[what]
        elif isinstance(step, int) and keys:
            if keys[-1] not in _TABLE_OF or keys[-1] == "sides":  # an entry that is no table is wrong as a whole
                keys[-1] += f" {step + 1}"
        elif step == "tempo" and step != loc[-1]:
            places.append("tempo")
            table = Tempo
        elif step != "[key]":
            keys.append(str(step))
    return ", ".join(places), ".".join(keys), table


def _step(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return None
