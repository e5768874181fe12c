"""The exercises: every module in this folder that defines `EXERCISE` is one. Nothing else has to be edited."""

import importlib
import pkgutil
from functools import cache

from athena_sense.errors import ExerciseError
from athena_sense.exercises.contract import Exercise

__all__ = ["Exercise", "exercise_names", "get_exercise"]


def exercise_names() -> tuple[str, ...]:
    """Names of all exercises, from their files' names (`eccentric_calf.py` is `eccentric-calf`)."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name.replace("_", "-") for name in modules if name != "contract"))


@cache
def get_exercise(name: str) -> Exercise:
    """The exercise of this name.

    Raises:
        ExerciseError: there is none; the message lists those there are.
    """
    if name not in exercise_names():
        raise ExerciseError(f"no exercise is called {name!r}; there are: {', '.join(exercise_names())}")
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    exercise: Exercise = module.EXERCISE
    return exercise
