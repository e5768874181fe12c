"""What every table of a profile has in common: no unknown keys, and bytes written as patterns or templates."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from athena_sense.profiles.patterns import parse_pattern, template_names

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Table(BaseModel):
    """A table of a profile: no key that is not known, and not to be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _uuid(value: str) -> str:
    if _UUID.fullmatch(value) is None:
        raise ValueError(f"{value!r} is no UUID: expected 128 bits in lower-case hex, 8-4-4-4-12 digits")
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return value


def _pattern(value: str) -> str:
    parse_pattern(value)
    return value


def _template(value: str) -> str:
    template_names(value)
    return value


Uuid = Annotated[str, AfterValidator(_uuid)]
Regex = Annotated[str, AfterValidator(_regex)]
PatternText = Annotated[str, AfterValidator(_pattern)]
TemplateText = Annotated[str, AfterValidator(_template)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
