"""`athena-sense calibrate`: a sensor's scale and bias, by gravity."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from athena_sense.cli.listening import POSITIVE, tell, worn_sensors
from athena_sense.cli.parameters import FILE, Pace
from athena_sense.shell import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from athena_sense.calibration import StillPositions
    from athena_sense.cli.ending import Ending
    from athena_sense.datatypes import Calibration
    from athena_sense.living import WornSensor


@click.command("calibrate")
@click.argument("files", nargs=-1, type=FILE)
@click.option("-d", "--device", help="A sensor's name, address or profile, to calibrate it now; or sim:six-sides.")
@click.option("--sensor", metavar="NAME", help="Which one of a recording's sensors; or a name for one without.")
@click.option("--one-scale", is_flag=True, help="One factor for all axes, where fewer than six sides were still.")
@click.option("--show", is_flag=True, help="Only show it: keep nothing.")
@click.option("-o", "--out", type=FILE, help="Write it to this file instead of keeping it.")
@click.option("--forget", is_flag=True, help="Remove the sensor's calibration.")
@click.option("--profile", metavar="NAME|FILE", help="The sensor's firmware profile, one's own for instance.")
@click.option("--acc-range", type=POSITIVE, metavar="G", help="Range of the acceleration (g).")
@click.option("--rate", type=POSITIVE, metavar="HZ", help="Samples a second.")
@click.option("--speed", type=Pace(), default=1.0, help="How fast sim: and file: sources play (default: 1).")
def command(
    files: tuple[Path, ...],
    device: str | None,
    sensor: str | None,
    one_scale: bool,
    show: bool,
    out: Path | None,
    forget: bool,
    profile: str | None,
    acc_range: float | None,
    rate: float | None,
    speed: float,
) -> None:
    """Mend a sensor's scale and bias by gravity; or list what is kept.

    With --device: lay the sensor on each of its six sides, on something firm, and let go of it for three seconds each;
    it ends by itself. FILES are recordings of one sensor in which it was still in many positions: the six sides, or
    days of wearing it. The calibration is kept on this computer, by the sensor's name, and its samples are mended by
    it: what is live from then on says so in its recording, and recordings without one are replayed with what is kept.
    Other apps' files say of which kind a sensor is and not which one: name it with --sensor, and import its files under
    the same name.

    A sensor that was still in one position only cannot be calibrated. One factor can make it read 1 g there
    (--one-scale), which is wrong elsewhere as far as the sensor has a bias.

    \b
    Examples:
      athena-sense calibrate --device "WT901BLE68"
      athena-sense calibrate six-sides.csv --sensor "left foot"
      athena-sense calibrate --device sim:six-sides?bias=0.06 --speed 20 --show
      athena-sense calibrate
      athena-sense calibrate --forget --sensor "WT901BLE68"
    """
    from athena_sense import calibration
    from athena_sense.errors import CalibrationError

    if files and device is not None:
        raise click.UsageError("name files, or a device, and not both")
    if forget:
        _forget(sensor, files, device)
        return
    if not files and device is None:
        known = calibration.known()
        if sensor is not None and sensor not in known:
            raise CalibrationError(f"no calibration of {sensor!r} is kept; there are: {', '.join(known) or 'none'}")
        _show({name: one for name, one in known.items() if sensor in (None, name)})
        return
    if device is not None:
        (worn,) = worn_sensors(device, (), None, profile, speed, rate_hz=rate, acc_range_g=acc_range)
        own, positions = _live(worn)
    else:
        own, positions = _recorded(files, sensor)
    name = sensor or own
    fit = calibration.fit_scale if one_scale else calibration.fit_calibration
    made = _named(name or _what(files, device), fit, positions)
    _show({name or "a sensor without a name": made})
    if out is not None:
        calibration.write_file(out, name or "", made)
        click.echo(f"written to {out}")
    elif not show:
        _keep(name, made, own)


def _keep(name: str | None, made: "Calibration", own: str | None) -> None:
    """Keep it under a name, and say when it is used: by itself only where that is what the sensor calls itself."""
    from athena_sense import calibration
    from athena_sense.errors import CalibrationError

    if name is None:
        raise CalibrationError("the recording does not say which sensor it is of; name it with --sensor, or use --out")
    calibration.keep(name, made)
    if name == own:
        click.echo(f"kept, and used from now on for what comes from {name}")
        return
    told = typed(name)
    why = "such files do not say which sensor they are of" if own is None else f"the sensor calls itself {own}"
    click.echo(f"kept as {name}: {why},")
    click.echo(f"so import its files with --sensor {told}, or replay them with --calibration {told}")
    if own is not None:
        click.echo("(without --sensor it is kept under the sensor's own name, and used by itself)")


def _forget(sensor: str | None, files: tuple[Path, ...], device: str | None) -> None:
    from athena_sense import calibration

    if files or device is not None:
        raise click.UsageError("--forget removes what is kept: name the sensor with --sensor, no files and no device")
    if sensor is None:
        raise click.UsageError("--forget needs the sensor's name: --sensor NAME")
    removed = calibration.forget(sensor)
    click.echo(f"the calibration of {sensor} is removed" if removed else f"no calibration of {sensor} is kept")


def _named(
    name: str, fit: "Callable[[StillPositions, date], Calibration]", positions: "StillPositions"
) -> "Calibration":
    """The calibration; an error says whose it is."""
    from athena_sense.errors import CalibrationError

    try:
        return fit(positions, date.today())
    except CalibrationError as error:
        raise CalibrationError(f"{name}: {error}") from error


def _what(files: tuple[Path, ...], device: str | None) -> str:
    return device or ", ".join(file.name for file in files)


def _show(calibrations: "Mapping[str, Calibration]") -> None:
    from rich.console import Console

    from athena_sense.views.catalogue import list_calibrations

    list_calibrations(calibrations, Console(highlight=False))


def _recorded(files: tuple[Path, ...], sensor: str | None) -> "tuple[str | None, StillPositions]":
    """The own name of the sensor that the recordings are of, and the positions in which it was still."""
    from athena_sense.calibration import joined, still_positions
    from athena_sense.errors import CalibrationError
    from athena_sense.recordings import open_recording
    from athena_sense.replaying import decoded

    headers, found = [], []
    for file in files:
        opened = open_recording(file, _stream_of(file, sensor))
        samples, info, _ = decoded(opened, file)
        headers.append(opened.header)
        try:
            found.append(still_positions(samples, info))
        except CalibrationError as error:
            raise CalibrationError(f"{file}: {error}") from error
    names, own = {header.sensor for header in headers}, {header.info.own_name for header in headers} - {None}
    if len(own) > 1 or (len(names) > 1 and sensor is None):
        told = ", ".join(sorted(str(name) for name in names))
        raise CalibrationError(f"the recordings are of different sensors: {told}; calibrate each on its own")
    return headers[0].info.own_name, joined(found)


def _stream_of(file: Path, sensor: str | None) -> int:
    """The number of the sensor in a recording of several: the one of this name."""
    from athena_sense.errors import CalibrationError
    from athena_sense.recordings import open_recording

    names = [one.sensor for one in open_recording(file).sensors]
    if len(names) == 1:
        return 0
    if sensor not in names:
        told = ", ".join(str(name) for name in names)
        raise CalibrationError(f"{file}: is of several sensors: {told}; choose one with --sensor")
    if names.count(sensor) > 1:
        raise CalibrationError(f"{file}: {names.count(sensor)} of its sensors are called {sensor}: which is not known")
    return names.index(sensor)


def _live(worn: "WornSensor") -> "tuple[str | None, StillPositions]":
    from athena_sense.cli.ending import run_until_ended

    tell("looking for the sensor, and connecting")
    return run_until_ended(lambda ending: _six_sides(worn, ending))


async def _six_sides(worn: "WornSensor", ending: "Ending") -> "tuple[str | None, StillPositions]":
    """Until it has lain on all six sides, its source ends, or somebody ends it."""
    import asyncio

    from athena_sense.calibration import SIDES, StillPositions, still_positions
    from athena_sense.datatypes import no_samples
    from athena_sense.living import Sensors
    from athena_sense.sources.live import LinkEvent

    over = asyncio.Event()
    async with Sensors([worn]) as sensors:
        ending.gently = over.set
        positions: StillPositions = still_positions(no_samples(worn.info), worn.info)
        tell(f"{worn.source.name}: lay it on each of its six sides, and let go of it for three seconds; q ends it")
        told: list[str] = []
        async for arrivals in sensors.arrivals():
            for _, item in arrivals:
                if isinstance(item, LinkEvent) and item.kind != "connected":
                    tell(item.message)
                samples = worn.take(item)
                if samples is not None and len(samples):
                    positions.feed(samples)
                    for side in positions.sides:
                        if side not in told:
                            told.append(side)
                            _tell_side(side, told)
            if over.is_set() or len(told) == len(SIDES):
                break
    return worn.source.info.own_name, positions


def _tell_side(side: str, told: list[str]) -> None:
    """A side that is new, with a bell: whoever turns the sensor looks at it and not at the screen."""
    import sys

    from athena_sense.calibration import SIDES

    left = [one for one in SIDES if one not in told]
    then = f"now lay it on another side (left: {', '.join(left)})" if left else "that is all of them"
    bell = "\a" if sys.stderr.isatty() else ""
    tell(f"{bell}{len(told)} of {len(SIDES)}: {side} is up; {then}")
