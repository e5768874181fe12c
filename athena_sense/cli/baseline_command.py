"""`athena-sense baseline`: an athlete's own usual, from recorded sets, or from one that is done now."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.listening import tell
from athena_sense.cli.live_command import do_set, set_options
from athena_sense.cli.parameters import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from athena_sense.result import Result


@click.command("baseline")
@click.argument("files", nargs=-1, type=FILE)
@set_options
@click.option("--forget", is_flag=True, help="Remove the athlete's baselines.")
def command(files: tuple[Path, ...], athlete: str | None, side: str | None, forget: bool, **options: Any) -> None:
    """Keep an athlete's own usual, for targets relative to it; or list what is kept.

    FILES are sets of one exercise with the sensor at one site, done as usual: at least five landings or reps. With
    --device or --sensor the set is done now, and recorded as by athena-sense live. Their median range, loudness and
    other metrics are kept on this computer, and what is live from then on is judged by them where the program says so
    (max_own = 1.2). A replay judges as the recording was; with --athlete, as of today.

    Whose usual it is, and of which side, the recordings say, unless you do; where nobody does, it is that of "me".

    Stand still for two seconds before each set: how the sensor was worn is kept too, as the direction of up in its own
    axes. You are told of a later set in which the same sensor is turned by 45° or more against that. A turn about the
    vertical, as from the front of the waist to its back, does not show.

    \b
    Examples:
      athena-sense baseline jumps.arrows
      athena-sense baseline monday.arrows friday.arrows --athlete runner7
      athena-sense baseline jumps.csv -e box-jump -p waist --box-height 12in
      athena-sense baseline --device metamotion -e box-jump -p waist --box-height 12in
      athena-sense baseline
      athena-sense baseline --forget --athlete runner7
    """
    from rich.console import Console

    from athena_sense import baselines
    from athena_sense.views.catalogue import list_baselines

    live = options["device"] is not None or bool(options["several"])
    if forget and (files or live):
        raise click.UsageError("--forget removes what is kept: name no files and no device")
    if files and live:
        raise click.UsageError("name files, or a device, and not both")
    whose = athlete or baselines.ME
    if forget:
        count = baselines.forget(whose)
        click.echo(f"{count} baseline{'' if count == 1 else 's'} of {whose} removed")
        return
    if not files and not live:
        own = [one for one in baselines.known() if athlete is None or one.athlete == athlete]
        list_baselines(own, Console(highlight=False))
        return
    if live:
        results: Sequence[Result] = [do_set(as_json=False, athlete=athlete, side=side, **options)]
        click.echo()
    else:
        whose, side = _of_whom(files, athlete, side, options["exercise"], options["placement"])
        results = _replayed(files, **options)
    one_side: Any = side
    baseline = baselines.baseline_of(results, athlete=whose, side=one_side, made=date.today())
    baselines.keep(baseline)
    list_baselines([baseline], Console(highlight=False))


def _replayed(
    files: tuple[Path, ...],
    exercise: str | None,
    placement: str | None,
    program: str | None,
    box_height: float | None,
    **_: Any,
) -> "Sequence[Result]":
    """The sets in the files; which of them are copies is told."""
    from athena_sense.baselines import each_once
    from athena_sense.calibration import of_stream
    from athena_sense.replaying import replay

    given: dict[str, Any] = {"exercise": exercise, "placement": placement, "program": program}
    results = [replay(file, own={}, calibrate=of_stream, box_height_m=box_height, **given) for file in files]
    counted = each_once(results)
    for file, one in zip(files, results, strict=True):
        if not any(one is other for other in counted):
            tell(f"{file}: the same set as one before it; counted once")
    return results


def _of_whom(
    files: tuple[Path, ...], athlete: str | None, side: str | None, exercise: str | None, placement: str | None
) -> tuple[str, str | None]:
    """Whose usual the recordings make, and of which side; where an option goes against a recording, that is told.

    Raises:
        RecordingError: they are of several athletes, and nobody said whose usual it is.
    """
    from athena_sense.baselines import ME
    from athena_sense.errors import RecordingError
    from athena_sense.recordings import open_recording
    from athena_sense.replaying import judged_of

    athletes: dict[str, Path] = {}
    sides: set[str | None] = set()
    for file in files:
        opened = open_recording(file)
        sensor = opened.sensors[judged_of(opened, str(file), exercise, placement)[2]]
        athletes.setdefault(opened.header.athlete or ME, file)
        sides.add(sensor.side)
        for said, given in ((opened.header.athlete, athlete), (sensor.side, side)):
            if None not in (said, given) and said != given:
                tell(f"{file}: recorded as of {said}, and kept as of {given}")
    if athlete is None and len(athletes) > 1:
        told = " and ".join(f"of {who} ({file})" for who, file in athletes.items())
        raise RecordingError(f"recordings {told}: a baseline is of one athlete; name them apart, or say --athlete")
    return athlete or next(iter(athletes)), side or (sides.pop() if len(sides) == 1 else None)
