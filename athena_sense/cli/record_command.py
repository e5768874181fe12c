"""`athena-sense record`: whatever the sensors send, on disk."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.listening import facts, listening_options, recording_path, tell, worn_sensors

if TYPE_CHECKING:
    from athena_sense.cli.ending import Ending
    from athena_sense.living import Disk, SensorHealth, Sensors, WornSensor


@click.command("record")
@listening_options
def command(
    device: str | None,
    several: tuple[str, ...],
    placement: str | None,
    profile: str | None,
    rate: float | None,
    acc_range: float | None,
    out: Path | None,
    duration: float | None,
    side: str | None,
    athlete: str | None,
    speed: float,
) -> None:
    """Record what sensors send, without an exercise.

    Ends by q or Enter, or after --duration. Every packet is kept as it came, with the profile that reads it. Name the
    exercise when you replay it.

    \b
    Examples:
      athena-sense record --duration 60
      athena-sense record --device "WT901BLE68" --placement foot --out foot.arrows
      athena-sense record --sensor foot=witmotion --sensor chest=polar_h10
    """
    from athena_sense.cli.ending import run_until_ended

    worn = worn_sensors(device, several, placement, profile, speed, rate_hz=rate, acc_range_g=acc_range)
    path = recording_path(out, "recording")
    said = facts(side=side, athlete=athlete)
    health, off, loss = run_until_ended(lambda ending: _record(worn, path, said, duration, speed, ending))
    from athena_sense.views.live import health_line

    click.echo("\n".join([str(path), *(f"  {line}" for line in (*map(health_line, health), *off))]))
    if loss is not None:
        from athena_sense.errors import RecordingError

        raise RecordingError(loss)


async def _record(
    worn: "list[WornSensor]",
    path: Path,
    said: dict[str, Any],
    duration_s: float | None,
    speed: float,
    ending: "Ending",
) -> "tuple[tuple[SensorHealth, ...], list[str], str | None]":
    """How the sensors were, which of them were off gravity at rest, and what is wrong with the recording."""
    from athena_sense.living import Disk, Sensors

    tell("looking for the sensor, and connecting")
    async with Sensors(worn) as sensors, Disk(path, sensors.header(**said)) as disk:
        off = await _keep_all(sensors, disk, path, None if duration_s is None else duration_s / speed, ending)
    return tuple(sensor.health for sensor in sensors.worn), off, disk.loss()


async def _keep_all(
    sensors: "Sensors", disk: "Disk", path: Path, duration_s: float | None, ending: "Ending"
) -> list[str]:
    """Until it is ended, every sensor is gone, or the time is up. Says which sensors were off gravity."""
    import asyncio

    from athena_sense.dsp.stillness import GravityCheck
    from athena_sense.living import Keeper
    from athena_sense.views.live import health_line

    over = asyncio.Event()
    ending.gently = over.set
    keeper, clock = Keeper(sensors, disk), asyncio.get_running_loop().time
    start_s = told_s = clock()
    checks = [GravityCheck(sensor.info) for sensor in sensors.worn]
    async for arrivals in sensors.arrivals():
        samples, messages = keeper.keep(arrivals)
        for number, batch in samples:
            checks[number].feed(batch.calibrated(sensors.worn[number].info.calibration))
        for message in messages:
            _clear_line()
            tell(message)
        if clock() - told_s >= 1.0 and sys.stderr.isatty():
            told_s = clock()
            _clear_line()
            click.echo(f"{told_s - start_s:.0f} s · {health_line(sensors.worn[0].health)}", err=True, nl=False)
        if over.is_set() or (duration_s is not None and clock() - start_s >= duration_s):
            break
    _clear_line()
    noted = zip(sensors.worn, checks, strict=True)
    return [f"{sensor.name}: {note}" for sensor, check in noted for note in check.notes(str(path))]


def _clear_line() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
