"""Profile files: those that ship, a user's own, and what is wrong with one, in words."""

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from athena_sense.errors import ProfileError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from athena_sense.profiles.model import FirmwareProfile

_PACKAGE = Path(__file__).parents[1]


def profiles_folder() -> Path:
    """Where the shipped profiles lie: inside an installed package, or beside the package in a checkout."""
    installed = _PACKAGE / "firmware_profiles"
    return installed if installed.is_dir() else _PACKAGE.parent / "firmware_profiles"


def profile_names() -> tuple[str, ...]:
    """Names of the profiles that ship, sorted. A file whose name begins with `_` is none."""
    return tuple(sorted(path.stem for path in profiles_folder().glob("[!_]*.toml")))


def get_profile(name: str) -> "FirmwareProfile":
    """The shipped profile of that name.

    Raises:
        ProfileError: there is none of that name, or its file is wrong.
    """
    names = profile_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        raise ProfileError(f"no profile is called {name!r}{meant}; there are {', '.join(names)}")
    return load_profile(profiles_folder() / f"{name}.toml")


def load_profile(path: str | Path) -> "FirmwareProfile":
    """The profile in a file.

    Raises:
        ProfileError: it cannot be read, or is wrong; the message names file, key and what was expected.
    """
    return parse_profile(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """The text of a profile file. ProfileError: it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {(error.strerror or 'no such file').lower()}") from error
    except ValueError as error:
        raise ProfileError(f"{path}: is not a text file in UTF-8") from error


def parse_profile(text: str, where: str = "profile") -> "FirmwareProfile":
    """The profile in a TOML text; `where` names it in errors.

    Raises:
        ProfileError: it is wrong; the message names `where`, the key and what was expected.
    """
    profile, found = read_profile(text, where)
    if profile is None:
        more = f" ({len(found) - 1} more: athena-sense profiles check {where})" if len(found) > 1 else ""
        raise ProfileError(f"{found[0]}{more}")
    return profile


def read_profile(text: str, where: str) -> "tuple[FirmwareProfile | None, tuple[str, ...]]":
    """A profile, or everything that is wrong with its text, one line each."""
    from pydantic import ValidationError

    from athena_sense.profiles.model import FirmwareProfile

    try:
        return FirmwareProfile.model_validate(tomllib.loads(text)), ()
    except tomllib.TOMLDecodeError as error:
        return None, (f"{where}: is not TOML: {str(error)[:1].lower()}{str(error)[1:]}",)
    except ValidationError as error:
        return None, tuple(f"{where}: {_in_words(detail)}" for detail in error.errors() if not _follows(detail))


def _follows(detail: "ErrorDetails") -> bool:
    """Whether an error is told only because of others: pydantic counts the entries without those that are wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _in_words(detail: "ErrorDetails") -> str:
    """One pydantic error as: key, what was expected."""
    key = _key(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"unknown key `{key}`"
    if detail["type"] == "missing":
        return f"`{key}` is missing"
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    message = message[:1].lower() + message[1:]
    if detail["type"] == "value_error":
        return f"`{key}`: {message}" if key else message
    return f"`{key}`: {message}, got {_short(detail['input'])}"


def _key(loc: tuple[int | str, ...]) -> str:
    """("packets", 1, "acc", "unit") → "packets 2.acc.unit"."""
    out = ""
    for step in loc:
        out += f" {step + 1}" if isinstance(step, int) else f"{'.' if out else ''}{step}"
    return out


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
