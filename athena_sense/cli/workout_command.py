"""`athena-sense workout`: a program from its first set to its last."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from athena_sense.cli.parameters import FILE, ExerciseName, Length, Pace, ProgramName

if TYPE_CHECKING:
    from athena_sense.workout import Workout


@click.command("workout")
@click.option("--program", type=ProgramName(), help="Program to go through (default: athena-distance).")
@click.option("-d", "--device", help="The sensor, moved from place to place; sim: for a simulated athlete.")
@click.option("--sensor", "several", multiple=True, metavar="SITE=DEVICE", help="One of several sensors.")
@click.option("--only", multiple=True, type=ExerciseName(), help="Only this exercise; may be given several times.")
@click.option("--substitute", is_flag=True, help="Tendons are not healthy: do the substitutes instead.")
@click.option("--instead", multiple=True, type=ExerciseName(), help="Do this one's substitute: no box, box-jump.")
@click.option("--box-height", type=Length(), help="Height of the box: metres, or 30cm, 12in; -30cm: jumps off it.")
@click.option("--pain", type=click.IntRange(0, 10), help="Pain now, 0 to 10, where nobody is asked.")
@click.option("-o", "--out", type=FILE, help="The folder to make for the recordings (default: workout-DATE, here).")
@click.option("--resume", type=FILE, metavar="FOLDER", help="Go on with a workout that was broken off.")
@click.option("--replay", type=FILE, metavar="FOLDER", help="A workout again, from its recordings.")
@click.option("--athlete", help="An alias of who moves; never a name. Their baselines are judged by.")
@click.option("--speed", type=Pace(), default=1.0, help="How fast sim: and file: sources play (default: 1).")
@click.option("-q", "--quiet", is_flag=True, help="No sound.")
@click.option("--json", "as_json", is_flag=True, help="Print the workout as one JSON document.")
def command(replay: Path | None, as_json: bool, **options: Any) -> None:
    """Go through a program: what to put where, each set, the rests, and one page at the end.

    Each set begins by stillness and ends by stillness, q or Enter. Between sets: Enter begins, or tries again what
    failed, s skips, o does the substitute, q ends the workout; what was left out can be done later with --resume.
    Before exercises that strain a tendon your pain is asked for; above 5 of 10 the program's substitute comes in their
    place. Every set is recorded in the workout's folder.

    \b
    Examples:
      athena-sense workout
      athena-sense workout --program athena-sprint --sensor foot=witmotion --sensor chest=polar_h10
      athena-sense workout --only eccentric-calf --substitute
      athena-sense workout --instead box-jump
      athena-sense workout --box-height -30cm
      athena-sense workout --device sim: --speed 20
      athena-sense workout --replay workout-2026-11-25-181500
    """
    _check_together(_given())
    if replay is not None:
        from athena_sense.workout import replay_workout

        _show(replay_workout(replay), as_json=as_json)
        return
    from rich.console import Console

    from athena_sense.cli.ending import run_until_ended
    from athena_sense.cli.workout_flow import Flow, Wishes

    flow = Flow.planned(Wishes(**options), Console(highlight=False, stderr=as_json))
    run_until_ended(flow.run)
    _show(flow.workout, as_json=as_json)
    click.echo(f"Recorded in {flow.folder}", err=as_json)
    if flow.workout.done < flow.workout.planned:
        click.echo(f"Go on with: athena-sense workout --resume {shlex.quote(str(flow.folder))}", err=as_json)
    statuses = {one.status for one in flow.workout.sets}
    raise SystemExit(1 if statuses == {"failed"} else 0)


def _given() -> list[str]:
    """The options that are on the command line, by their long names."""
    context = click.get_current_context()
    on_it = [
        one
        for one in context.command.params
        if one.name and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE
    ]
    return [max(one.opts, key=len) for one in on_it]


def _check_together(given: list[str]) -> None:
    """Refuse what would be left out silently."""
    for option, goes_with, why in (
        ("--replay", ("--json", "--quiet"), "shows a workout as it was done"),
        ("--resume", ("--json", "--quiet", "--device", "--sensor", "--pain", "--speed"), "goes on as it was begun"),
    ):
        if option in given and (over := [one for one in given if one not in (option, *goes_with)]):
            raise click.UsageError(f"{option} {why}: leave {' and '.join(over)} out")
    if "--device" in given and "--sensor" in given:
        raise click.UsageError("--sensor says the device itself: leave --device out, or --sensor")


def _show(workout: "Workout", *, as_json: bool) -> None:
    if as_json:
        text = workout.to_json(indent=2 if sys.stdout.isatty() else None)
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    from rich.console import Console

    from athena_sense.views.workout import show_workout

    show_workout(workout, Console(highlight=False))
