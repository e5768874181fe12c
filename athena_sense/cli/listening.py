"""Options of the commands that listen to sensors, and what they mean."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.parameters import FILE, Pace, Placement, Positive

if TYPE_CHECKING:
    from athena_sense.living import WornSensor
    from athena_sense.profiles import FirmwareProfile

POSITIVE = Positive()


def listening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which sensors, with which settings, for how long, into which file."""
    for option in (
        click.option("--speed", type=Pace(), default=1.0, help="How fast sim: and file: sources play (default: 1)."),
        click.option("--athlete", help="An alias of who moves, for the recording; never a name."),
        click.option("--side", type=click.Choice(["left", "right"]), help="The side of the body it is worn on."),
        click.option("--duration", type=POSITIVE, metavar="S", help="End after so many seconds."),
        click.option("-o", "--out", type=FILE, help="The recording to write, or the folder for it (default: here)."),
        click.option("--profile", metavar="NAME|FILE", help="The sensor's firmware profile, one's own for instance."),
        click.option("--acc-range", type=POSITIVE, metavar="G", help="Range of the acceleration (g)."),
        click.option("--rate", type=POSITIVE, metavar="HZ", help="Samples a second."),
        click.option("--sensor", "several", multiple=True, metavar="SITE=DEVICE", help="One of several sensors."),
        click.option("-p", "--placement", type=Placement(), help="Where the sensor sits: foot, shank, waist, …"),
        click.option("-d", "--device", help="A sensor's name, address or profile; sim:… or file:… instead of one."),
    ):
        command = option(command)
    return command


def worn_sensors(
    device: str | None,
    several: tuple[str, ...],
    placement: str | None,
    profile: str | None,
    speed: float,
    **settings: float | None,
) -> "list[WornSensor]":
    """The sensors that the options name, not looked for yet."""
    from athena_sense.living import WornSensor
    from athena_sense.sources import open_source

    named: list[tuple[str | None, str | None]] = [site_and_device(text) for text in several] or [(placement, device)]
    if several and (device is not None or placement is not None):
        raise click.UsageError("--sensor says device and placement itself: leave --device and --placement out")
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    text = None
    if profile is not None:
        known, text = profile_of(profile)
        given["profiles"] = [known]
    for _, name in named:
        if given and name is not None and name.startswith(("sim:", "file:")):
            raise click.UsageError(f"{name} has its own settings: --rate, --acc-range and --profile are for sensors")
    return [WornSensor(open_source(_felt_at(site, name), speed=speed, **given), site, text) for site, name in named]


def _felt_at(site: str | None, name: str | None) -> str:
    """The source's name; a simulated athlete wears the sensor where it is said to sit, as far as that is simulated."""
    if name is None or site is None or not name.startswith("sim:") or "placement=" in name:
        return name or "ble:"
    from athena_sense.simulation import movement_named

    if site not in movement_named(name.removeprefix("sim:").partition("?")[0]).placements:
        return name
    return f"{name}{'&' if '?' in name else '?'}placement={site}"


def site_and_device(text: str) -> tuple[str, str]:
    """`foot=NAME` as where it sits, and which it is."""
    site, equals, device = text.partition("=")
    if not equals or not device:
        raise click.BadParameter(f"{text!r}: write where it sits and which it is: foot=NAME", param_hint="--sensor")
    return Placement().convert(site, None, None), device


def profile_of(name: str) -> "tuple[FirmwareProfile, str | None]":
    """The profile, and its text where it is a file of one's own."""
    from athena_sense.profiles import get_profile, parse_profile, read_text

    if not name.endswith(".toml"):
        return get_profile(name), None
    text = read_text(name)
    return parse_profile(text, name), text


def recording_path(out: Path | None, what: str) -> Path:
    """Where to record, checked before any sensor is looked for.

    Raises:
        RecordingError: a file is there already, or its folder is not.
    """
    from athena_sense.errors import RecordingError
    from athena_sense.recordings import RECORDING_SUFFIX

    path = out or Path()
    if path.is_dir():
        path = path / f"{what}-{datetime.now():%Y-%m-%d-%H%M%S}{RECORDING_SUFFIX}"
    if path.exists():
        raise RecordingError(f"{path}: exists already; choose another name or remove it")
    if not path.parent.is_dir():
        raise RecordingError(f"{path}: there is no folder {path.parent}; make it first")
    return path


def facts(**given: Any) -> dict[str, Any]:
    """What the recording's header says besides its sensors."""
    return {**given, "created": datetime.now().astimezone().isoformat(timespec="seconds")}


def tell(message: str) -> None:
    """A message on stderr, at once."""
    click.echo(message, err=True)
    sys.stderr.flush()
