"""Firmware profiles: what a sensor sends and how it is spoken to, one TOML file each.

`get_profile("polar_h10")` → FirmwareProfile; `choose(profile, rate_hz=100)` → the settings of one connection.
"""

from typing import TYPE_CHECKING, Any

from athena_sense.profiles.files import (
    get_profile,
    load_profile,
    parse_profile,
    profile_names,
    profiles_folder,
    read_profile,
    read_text,
)

if TYPE_CHECKING:
    from athena_sense.profiles.model import Command, FirmwareProfile
    from athena_sense.profiles.packets import Packet
    from athena_sense.profiles.settings import Chosen, choose, command_bytes, wanted

__all__ = [
    "Chosen",
    "Command",
    "FirmwareProfile",
    "Packet",
    "choose",
    "command_bytes",
    "get_profile",
    "load_profile",
    "parse_profile",
    "profile_names",
    "profiles_folder",
    "read_profile",
    "read_text",
    "wanted",
]

_LATE = {"Command": "model", "FirmwareProfile": "model", "Packet": "packets"} | dict.fromkeys(
    ("Chosen", "choose", "command_bytes", "wanted"), "settings"
)


def __getattr__(name: str) -> Any:
    """The names that need pydantic are imported when first used: `--help` must not wait for them."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"athena_sense.profiles.{_LATE[name]}"), name)
