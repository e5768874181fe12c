"""`athena-sense exercises`: what can be measured, and where."""

import click

from athena_sense.cli.parameters import ExerciseName


@click.command("exercises")
@click.argument("name", type=ExerciseName(), required=False)
@click.option("--markdown", is_flag=True, help="Everything as one page in Markdown, to print or to publish.")
def command(name: str | None, markdown: bool) -> None:
    """What can be measured, where to wear the sensor, and each flag's meaning.

    Without NAME all exercises are listed; with it, one is explained.

    \b
    Examples:
      athena-sense exercises
      athena-sense exercises eccentric-calf
      athena-sense exercises --markdown > sensors.md
    """
    from rich.console import Console

    from athena_sense.exercises import exercise_names, get_exercise
    from athena_sense.views.catalogue import list_exercises, show_exercise

    console = Console(highlight=False)
    chosen = [get_exercise(known) for known in exercise_names() if name in (None, known)]
    if markdown:
        from athena_sense.views.sensor_page import sensor_page

        click.echo(sensor_page(chosen), nl=False)
    elif name is None:
        list_exercises(chosen, console)
    else:
        show_exercise(chosen[0], console)
