"""`athena-sense baseline`: an athlete's own usual, from recorded sets."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.parameters import FILE, exercise_options

if TYPE_CHECKING:
    from athena_sense.baselines import Baseline


@click.command("baseline")
@click.argument("files", nargs=-1, type=FILE)
@exercise_options
@click.option("--athlete", help="An alias of whose usual it is; never a name (default: me).")
@click.option("--side", type=click.Choice(["left", "right"]), help="The side of the body it is of.")
@click.option("--forget", is_flag=True, help="Remove the athlete's baselines.")
def command(files: tuple[Path, ...], athlete: str | None, side: str | None, forget: bool, **options: Any) -> None:
    """Keep an athlete's own usual, for targets relative to it; or list what is kept.

    FILES are sets of one exercise with the sensor at one site, done as usual: at least five landings or reps. Their
    median range, loudness and other metrics are kept on this computer, and what is live from then on is judged by them
    where the program says so (max_own = 1.2). A replay judges as the recording was; with --athlete, as of today.

    \b
    Examples:
      athena-sense baseline jumps.arrows
      athena-sense baseline monday.arrows friday.arrows --athlete runner7
      athena-sense baseline jumps.csv -e box-jump -p waist --box-height 12in
      athena-sense baseline
      athena-sense baseline --forget --athlete runner7
    """
    from rich.console import Console

    from athena_sense import baselines
    from athena_sense.views.catalogue import list_baselines

    if forget and files:
        raise click.UsageError("--forget removes what is kept: name no files")
    whose = athlete or baselines.ME
    if forget:
        count = baselines.forget(whose)
        click.echo(f"{count} baseline{'' if count == 1 else 's'} of {whose} removed")
        return
    if not files:
        own = [one for one in baselines.known() if athlete is None or one.athlete == athlete]
        list_baselines(own, Console(highlight=False))
        return
    baseline = _made(files, whose, side, **options)
    baselines.keep(baseline)
    list_baselines([baseline], Console(highlight=False))


def _made(files: tuple[Path, ...], athlete: str, side: str | None, **options: Any) -> "Baseline":
    from athena_sense.baselines import baseline_of
    from athena_sense.calibration import of_recording
    from athena_sense.recordings import open_recording
    from athena_sense.replaying import replay

    results = [replay(file, own={}, calibrate=of_recording, **_replay_options(options)) for file in files]
    sides = {side} if side else {open_recording(file).header.side for file in files}
    one_side: Any = sides.pop() if len(sides) == 1 else None
    return baseline_of(results, athlete=athlete, side=one_side, made=date.today())


def _replay_options(options: dict[str, Any]) -> dict[str, Any]:
    return {"box_height_m" if name == "box_height" else name: value for name, value in options.items()}
