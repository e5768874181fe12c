"""`athena-sense replay`: recordings through the pipe, compared with a program."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.errors import tell_error
from athena_sense.cli.parameters import FILE, Pace, exercise_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from athena_sense.cli.progress import Progress
    from athena_sense.datatypes import Calibration, StreamInfo, Update
    from athena_sense.replaying import Calibrate
    from athena_sense.result import Result


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=FILE)
@exercise_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (several files: an array).")
@click.option("--speed", type=Pace(), help="Show the set as it happened: 1 is real time, 10 ten times as fast.")
@click.option("--plot", type=FILE, help="Also write a picture (.png, .svg, .pdf); one per file.")
@click.option("--athlete", help="Judge by this athlete's baseline as it is today, not as it was recorded.")
@click.option(
    "--calibration",
    metavar="NAME|FILE|none",
    help="Mend the sensor's samples by this one, or by none (default: as recorded, else what is kept of the sensor).",
)
@click.option(
    "--profile",
    "profile_name",
    metavar="NAME|FILE",
    help="Read raw packets by this firmware profile (default: the recording's own copy).",
)
@click.option("--fail-on-flag", is_flag=True, help="Exit with 3 when a target was missed.")
@click.option("-q", "--quiet", "--no-progress", is_flag=True, help="No progress on stderr.")
def command(
    files: tuple[Path, ...],
    as_json: bool,
    speed: float | None,
    plot: Path | None,
    fail_on_flag: bool,
    quiet: bool,
    athlete: str | None,
    calibration: str | None,
    profile_name: str | None,
    box_height: float | None,
    **options: Any,
) -> None:
    """Reps, landings and the program's verdict from recordings.

    FILES are own recordings, which know their exercise and placement, or other apps' CSV files (phyphox, Sensor
    Logger, Polar, MetaBase, Movella DOT, Axivity, or plain t,ax,ay,az[,gx,gy,gz]), which need --exercise and
    --placement. What you give here goes before what a recording says.

    \b
    Examples:
      athena-sense replay calf.csv --exercise eccentric-calf --placement foot
      athena-sense replay jumps.arrows --program athena-sprint --plot jumps.png
      athena-sense replay jumps.csv -e box-jump -p waist --box-height 12in --speed 1
      athena-sense replay week/*.arrows --json > week.json
    """
    from rich.console import Console

    from athena_sense.cli.listening import profile_of
    from athena_sense.cli.progress import Progress
    from athena_sense.errors import AthenaError

    console = Console(highlight=False, stderr=as_json)
    options["profile"] = None if profile_name is None else profile_of(profile_name)[0]
    results: list[Result] = []
    failed = False
    with Progress(len(files), quiet) as progress:
        calibrate = _calibrate(calibration, progress)
        for number, file in enumerate(files, 1):
            try:
                options["calibrate"] = calibrate(file)
                own = {} if athlete is None else _usual(athlete, file, **options)
                result = _replay(
                    file, speed, console, box_height_m=box_height, keep_trace=plot is not None, **own, **options
                )
                results.append(result)
                progress.pause()
                if not as_json:
                    _show(result, console, is_first=len(results) == 1)
                if plot is not None:  # shown first: what was measured is told even where no picture can be written
                    _draw(result, plot if len(files) == 1 else _numbered(plot, number, file))
            except AthenaError as error:
                failed = True
                progress.pause()
                tell_error(error)
            progress.advance()
    if as_json and (results or len(files) > 1):
        _print_json(results, as_array=len(files) > 1)
    missed = any(verdict.status == "missed" for result in results for verdict in result.verdicts)
    raise SystemExit(1 if failed else 3 if fail_on_flag and missed else 0)


def _usual(athlete: str, file: Path, exercise: str | None, placement: str | None, **_: Any) -> dict[str, Any]:
    """What `replay` takes of the athlete's baseline."""
    from athena_sense.baselines import usual
    from athena_sense.recordings import open_recording
    from athena_sense.replaying import judged_of

    opened = open_recording(file)
    judged, site, number = judged_of(opened, str(file), exercise, placement)[:3]
    own, postures = usual(athlete, judged, site, opened.sensors[number].side)
    return {"own": own, "own_postures": postures}


def _calibrate(wanted: str | None, progress: "Progress") -> "Callable[[Path], Calibrate]":
    """Which calibration the samples of each sensor in a file are mended by."""
    from athena_sense import calibration
    from athena_sense.errors import CalibrationError

    if wanted is None:
        return lambda file: lambda info: _kept(info, progress)
    if wanted == "none":
        return lambda file: lambda info: None
    known = calibration.known()
    if wanted not in known and not Path(wanted).is_file():
        kept = ", ".join(known) or "none"
        raise CalibrationError(f"no calibration of {wanted!r} is kept, nor is it a file; there are: {kept}")
    name, chosen = (wanted, known[wanted]) if wanted in known else calibration.read_file(Path(wanted))
    return lambda file: _for_one(name, chosen, file, progress)


def _for_one(name: str, chosen: "Calibration", file: Path, progress: "Progress") -> "Calibrate":
    """The one that was chosen for the sensor of a file, of several for that of its name: it is no other's.

    Raises:
        CalibrationError: none of several has its name.
    """
    from athena_sense.errors import CalibrationError
    from athena_sense.recordings import open_recording

    own = [sensor.info.own_name for sensor in open_recording(file).sensors]
    if len(own) == 1:
        return lambda info: chosen
    if name not in own:
        told = ", ".join(str(one) for one in own)
        raise CalibrationError(
            f"{file.name}: is of several sensors: {told}; the calibration of {name} is of none of them"
        )
    return lambda info: chosen if info.own_name == name else _kept(info, progress)


def _kept(info: "StreamInfo", progress: "Progress") -> "Calibration | None":
    """As it was recorded, else what is kept of the sensor; told where what is kept may be of another."""
    from athena_sense import calibration
    from athena_sense.cli.listening import tell

    note = calibration.not_used(info)
    if note is not None:
        progress.pause()
        tell(note)
    return calibration.of_stream(info)


def _replay(file: Path, speed: float | None, console: "Console", **options: Any) -> "Result":
    """As fast as possible, or at a pace, with a line for whatever has just happened."""
    from athena_sense.replaying import replay

    if speed is None:
        return replay(file, **options)
    from athena_sense.views.terminal import show_update

    began_s = time.monotonic()

    def watch(time_s: float, update: "Update") -> None:
        time.sleep(max(0.0, began_s + time_s / speed - time.monotonic()))
        show_update(update, console)

    return replay(file, watch=watch, **options)


def _draw(result: "Result", path: Path) -> None:
    from athena_sense.views.plots import save_plot

    save_plot(result, path)


def _numbered(plot: Path, number: int, file: Path) -> Path:
    return plot.parent / f"{plot.stem}-{number}-{file.stem}{plot.suffix}"


def _show(result: "Result", console: "Console", *, is_first: bool) -> None:
    from athena_sense.views.terminal import show_result

    if not is_first:
        console.print()
    show_result(result, console)


def _print_json(results: "Sequence[Result]", *, as_array: bool) -> None:
    """UTF-8 whatever the terminal (RFC 8259); a file name that is no text is escaped."""
    indent = 2 if sys.stdout.isatty() else None  # for eyes; programs read it faster without
    documents = ",\n".join(result.to_json(indent=indent) for result in results)
    text = f"[\n{documents}\n]\n" if as_array else f"{documents}\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
