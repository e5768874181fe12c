"""Checks of what was asked of the simulation."""

import math
from collections.abc import Sequence

from athena_sense.errors import SourceError


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """Raises SourceError unless the value is one of the choices, or None."""
    if value is not None and value not in choices:
        raise SourceError(f"simulation: {name} is {value!r}, it can be: {', '.join(choices)}")


def check_above(name: str, value: float, bound: float) -> None:
    """Raises SourceError unless the value is a number above the bound."""
    if isinstance(value, str) or not bound < value < math.inf:
        raise SourceError(f"simulation: {name} is {value!r}, it must be a number above {bound:g}")
