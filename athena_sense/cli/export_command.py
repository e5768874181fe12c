"""`athena-sense export`: recordings for other programs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from athena_sense.cli.listening import tell
from athena_sense.cli.parameters import FILE

if TYPE_CHECKING:
    from athena_sense.recordings import OpenedRecording, SensorHeader


@click.command("export")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=FILE, help="The file to write (- is stdout); a folder, for several files.")
@click.option(
    "-f",
    "--format",
    "kind",
    type=click.Choice(["csv", "parquet"]),
    help="What to write (default: by the output's ending, else csv).",
)
@click.option("--sensor", metavar="SITE|NAME|NUMBER", help="Which of several sensors (default: the first).")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(files: tuple[Path, ...], output: Path | None, kind: str | None, sensor: str | None, force: bool) -> None:
    """Write recordings as CSV or Parquet.

    The CSV has the columns t,ax,ay,az[,gx,gy,gz] (s, m/s², rad/s); Parquet also keeps what the recording is of.
    Both can be replayed. Anything that can be replayed can be exported; of several sensors, one at a time.

    \b
    Examples:
      athena-sense export calf.arrows
      athena-sense export calf.arrows -o calf.parquet
      athena-sense export calf.arrows -o - | head
      athena-sense export hurdle.arrows --sensor chest -o chest.csv
      athena-sense export week/*.arrows -o csv/
    """
    from athena_sense.cli.conversion import convert_each
    from athena_sense.recordings import write_csv, write_parquet
    from athena_sense.replaying import decoded

    if kind is None:
        kind = "parquet" if output is not None and output.suffix == ".parquet" else "csv"
    if output == Path("-"):
        if len(files) > 1 or kind == "parquet":
            raise click.UsageError("-o - writes one file, as CSV")
        write_csv(sys.stdout.buffer, decoded(_opened(files[0], sensor), files[0])[0])
        return

    def convert(source: Path, target: Path) -> tuple[str, ...]:
        opened = _opened(source, sensor)
        samples, info, notes = decoded(opened, source)
        if kind == "parquet":  # it says by what it is calibrated
            write_parquet(target, samples, opened.header.with_changes(kind="samples"))
        else:
            write_csv(target, samples)
            notes += ("as the sensor sent them, not calibrated",) if info.calibration is not None else ()
        return (f"{len(samples)} samples", *notes, *opened.notes)

    convert_each(files, output, f".{kind}", force, convert)


def _opened(source: Path, wanted: str | None) -> "OpenedRecording":
    """The recording of one sensor; which others are not in it is told.

    Raises:
        RecordingError: it cannot be read, or has no such sensor, or several.
    """
    from athena_sense.errors import RecordingError
    from athena_sense.recordings import open_recording

    opened = open_recording(source)
    sensors = [f"{_site(one) or 'a sensor'} ({one.sensor or 'without a name'})" for one in opened.sensors]
    fit = [number for number, one in enumerate(opened.sensors) if wanted is None or wanted in _names(number, one)]
    if not fit or (wanted is not None and len(fit) > 1):
        told = ", ".join(f"{number}: {called}" for number, called in enumerate(sensors, 1))
        raise RecordingError(f"{source}: which sensor is {wanted!r}? There are {told}; name one, or its number")
    chosen, others = fit[0], sensors[: fit[0]] + sensors[fit[0] + 1 :]
    if others:
        tell(f"{source}: only {sensors[chosen]} is written, without {', '.join(others)}; choose with --sensor")
    return opened if chosen == 0 else open_recording(source, chosen)


def _names(number: int, sensor: "SensorHeader") -> tuple[str | None, ...]:
    """What one of several sensors can be called."""
    return str(number + 1), _site(sensor), sensor.placement, sensor.sensor


def _site(sensor: "SensorHeader") -> str | None:
    return None if sensor.placement is None else sensor.placement.replace("_", "-")
