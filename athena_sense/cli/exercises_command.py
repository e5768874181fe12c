"""`athena-sense exercises`: what can be measured, and where."""

import click

from athena_sense.cli.parameters import ExerciseName


@click.command("exercises")
@click.argument("name", type=ExerciseName(), required=False)
def command(name: str | None) -> None:
    """What can be measured, where to wear the sensor, and each flag's meaning.

    Without NAME all exercises are listed; with it, one is explained.

    \b
    Examples:
      athena-sense exercises
      athena-sense exercises eccentric-calf
    """
    from rich.console import Console

    from athena_sense.exercises import exercise_names, get_exercise
    from athena_sense.views.catalogue import list_exercises, show_exercise

    console = Console(highlight=False)
    if name is None:
        list_exercises([get_exercise(known) for known in exercise_names()], console)
    else:
        show_exercise(get_exercise(name), console)
