"""Options that several commands share, and the values they take."""

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:  # a generic class in newer versions of click only
    TextType = click.ParamType[str]
    NumberType = click.ParamType[float]
else:
    TextType = NumberType = click.ParamType

FILE = click.Path(path_type=Path)

_METRES = {"": 1.0, "m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, '"': 0.0254, "ft": 0.3048}


class ExerciseName(TextType):
    """The name of an exercise that there is."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from athena_sense.exercises import exercise_names

        names = exercise_names()
        if value not in names:
            close = difflib.get_close_matches(str(value), names, 1)
            meant = f" (did you mean {close[0]!r}?)" if close else ""
            self.fail(f"no exercise is called {value!r}{meant}; there are {', '.join(names)}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from athena_sense.exercises import exercise_names

        return [CompletionItem(name) for name in exercise_names() if name.startswith(incomplete)]


class Placement(TextType):
    """A place on the body where a sensor can sit."""

    name = "site"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from athena_sense.datatypes import PLACEMENTS

        placement = str(value).lower().replace("-", "_")
        if placement not in PLACEMENTS:
            self.fail(f"no sensor site is called {value!r}; there are {', '.join(PLACEMENTS)}", param, ctx)
        return placement

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from athena_sense.datatypes import PLACEMENTS

        return [CompletionItem(site) for site in PLACEMENTS if site.startswith(incomplete)]


class ProgramName(TextType):
    """A shipped program's name, or the path of a program file: read, and checked, by the command."""

    name = "name|file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from athena_sense.targets import program_names

        names = [CompletionItem(name) for name in program_names() if name.startswith(incomplete)]
        return [*names, CompletionItem(incomplete, type="file")]


class Length(NumberType):
    """A length in metres, or with its unit: 0.3, 30cm, 12in; below zero for a jump down: -30cm."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(-?[0-9]*[.,]?[0-9]+)\s*([a-z\"]*)\s*", str(value).lower())
        if found is None or found[2] not in _METRES:
            self.fail(f"{value!r} is no length; write metres, or a unit: 0.3, 30cm, 12in", param, ctx)
        from athena_sense.targets.program import HIGHEST_BOX_M

        metres = float(found[1].replace(",", ".")) * _METRES[found[2]]
        if abs(metres) > HIGHEST_BOX_M:
            self.fail(f"a box {metres:g} m high? Write its unit: 30cm, 12in", param, ctx)
        return metres


class Positive(NumberType):
    """A number above 0: seconds, Hz or g."""

    name = "number"
    else_told = "is not in the range x>0"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            self.fail(f"{value!r} {self.else_told}", param, ctx)
        return number


class Pace(Positive):
    """How many times as fast as it happened."""

    name = "x"
    else_told = "is no speed; 1 is as it happened, 10 ten times as fast"


def exercise_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--exercise, --placement, --program and --box-height: what a recording may say of itself."""
    for option in (
        click.option(
            "--box-height", type=Length(), help="Height of the box: metres, or 30cm, 12in; -30cm: a jump down."
        ),
        click.option("--program", type=ProgramName(), help="Program to compare with (default: athena-distance)."),
        click.option("-p", "--placement", type=Placement(), help="Where the sensor sits: foot, shank, waist, …"),
        click.option("-e", "--exercise", type=ExerciseName(), help="What was done; see athena-sense exercises."),
    ):
        command = option(command)
    return command
