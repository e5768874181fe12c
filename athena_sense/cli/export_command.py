"""`athena-sense export`: recordings for other programs."""

import sys
from pathlib import Path

import click

from athena_sense.cli.parameters import FILE


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
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(files: tuple[Path, ...], output: Path | None, kind: str | None, force: bool) -> None:
    """Write recordings as CSV or Parquet.

    The CSV has the columns t,ax,ay,az[,gx,gy,gz] (s, m/s², rad/s); Parquet also keeps what the recording is of.
    Both can be replayed. Anything that can be replayed can be exported.

    \b
    Examples:
      athena-sense export calf.arrows
      athena-sense export calf.arrows -o calf.parquet
      athena-sense export calf.arrows -o - | head
      athena-sense export week/*.arrows -o csv/
    """
    from athena_sense.cli.conversion import convert_each
    from athena_sense.recordings import open_recording, write_csv, write_parquet
    from athena_sense.replaying import decoded

    if kind is None:
        kind = "parquet" if output is not None and output.suffix == ".parquet" else "csv"
    if output == Path("-"):
        if len(files) > 1 or kind == "parquet":
            raise click.UsageError("-o - writes one file, as CSV")
        write_csv(sys.stdout.buffer, decoded(open_recording(files[0]), files[0])[0])
        return

    def convert(source: Path, target: Path) -> tuple[str, ...]:
        opened = open_recording(source)
        samples, info, notes = decoded(opened, source)
        if kind == "parquet":  # it says by what it is calibrated
            write_parquet(target, samples, opened.header.with_changes(kind="samples"))
        else:
            write_csv(target, samples)
            notes += ("as the sensor sent them, not calibrated",) if info.calibration is not None else ()
        return (f"{len(samples)} samples", *notes, *opened.notes)

    convert_each(files, output, f".{kind}", force, convert)
