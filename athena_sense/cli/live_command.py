"""`athena-sense live`: a set as it happens, recorded, shown, sounded and judged."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from athena_sense.cli.listening import POSITIVE, facts, listening_options, recording_path, worn_sensors
from athena_sense.cli.one_set import SetPlan, live_set
from athena_sense.cli.parameters import ExerciseName, Length, ProgramName

if TYPE_CHECKING:
    from rich.console import Console

    from athena_sense.result import Result


def set_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is done, with which sensors, and how the set ends."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="No sound."),
        click.option(
            "--end-still",
            type=POSITIVE,
            metavar="S",
            help="Stillness that ends the set (default: 10 s, and the longest phase).",
        ),
        click.option(
            "--box-height", type=Length(), help="Height of the box: metres, or 30cm, 12in; -30cm: a jump down."
        ),
        click.option("--program", type=ProgramName(), help="Program to compare with (default: athena-distance)."),
        listening_options,
        click.option("-e", "--exercise", type=ExerciseName(), help="What is done; see athena-sense exercises."),
    ):
        command = option(command)
    return command


@click.command("live")
@set_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document; the screen is on stderr.")
def command(as_json: bool, quiet: bool, **options: Any) -> None:
    """Connect, record, show and sound a set as it happens.

    Stand still, then begin. The set ends by stillness after the last rep, by q or Enter, or after --duration. The
    screen can be read from three metres. You hear the seconds of a lowering, an alarm while one is too fast, a tone
    that is higher the louder a landing was, and a tick for a good rep. Everything that the sensor sends is recorded:
    a replay says the same.

    \b
    Examples:
      athena-sense live --exercise eccentric-calf
      athena-sense live -e eccentric-calf --device "Polar H10 A1B2C3D4" --placement foot --quiet
      athena-sense live -e hurdle-leg --sensor shank=witmotion --sensor chest=H10 --out sets/
      athena-sense live -e eccentric-calf --device "sim:calf?lowering=9.5"
    """
    do_set(as_json=as_json, quiet=quiet, **options)


def do_set(*, as_json: bool, quiet: bool, **options: Any) -> "Result":
    """A set from its plan to its result, shown, and told where its recording is.

    Raises:
        AthenaError: there is no such sensor, it cannot carry the exercise, or the recording is not whole.
    """
    from rich.console import Console

    from athena_sense.cli.ending import run_until_ended
    from athena_sense.cli.stage import Stage
    from athena_sense.living import aims_of

    plan = _plan(**options)
    console = Console(highlight=False, stderr=as_json)
    aims = aims_of(plan.program.prescription(plan.exercise), plan.placement, plan.own)
    stage = Stage(f"{plan.exercise} · {plan.placement.replace('_', ' ')} · {plan.program.name}", aims, console, quiet)
    result, problem = run_until_ended(lambda ending: live_set(plan, stage, ending))
    _show(result, plan.path, console, as_json=as_json)
    if problem is not None:
        from athena_sense.errors import RecordingError

        raise RecordingError(problem)
    return result


def _plan(
    exercise: str | None,
    device: str | None,
    several: tuple[str, ...],
    placement: str | None,
    program: str | None,
    box_height: float | None,
    out: Path | None,
    duration: float | None,
    end_still: float | None,
    side: str | None,
    athlete: str | None,
    speed: float,
    rate: float | None,
    acc_range: float | None,
    profile: str | None,
) -> SetPlan:
    from athena_sense.baselines import usual
    from athena_sense.companions import roles
    from athena_sense.exercises import get_exercise
    from athena_sense.living import check_plan
    from athena_sense.targets import DEFAULT_PROGRAM, get_program, program_names

    if exercise is None:
        raise click.UsageError("say what is done: --exercise NAME; see athena-sense exercises")
    name = program or DEFAULT_PROGRAM
    if placement is None and not several:
        placement = get_exercise(exercise).sites[0].placement
    worn = worn_sensors(device, several, placement, profile, speed, rate_hz=rate, acc_range_g=acc_range)
    judged, _ = roles(get_exercise(exercise), [sensor.placement for sensor in worn])
    worn.insert(0, worn.pop(judged))
    _, others = roles(get_exercise(exercise), [sensor.placement for sensor in worn])
    site, asked = worn[0].placement or "", get_program(name)
    check_plan(exercise, site, asked)
    own, postures = usual(athlete, exercise, site, side)
    said = {
        "exercise": exercise,
        "program": name if name in program_names() else str(Path(name).resolve()),
        "box_height_m": box_height,
        "side": side,
        "athlete": athlete,
        "own": own or None,
        "own_postures": postures or None,
    }
    settings = {"duration_s": duration, "still_end_s": end_still, "speed": speed}
    path = recording_path(out, exercise)
    told = facts(**said)
    return SetPlan(exercise, site, asked, box_height, worn, path, told, settings, others, own, postures)


def _show(result: "Result", path: Path, console: "Console", *, as_json: bool) -> None:
    from athena_sense.views.terminal import show_result

    if as_json:
        text = result.to_json(indent=2 if sys.stdout.isatty() else None)
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    show_result(result, console)
    console.print(f"\nRecorded in {path}", soft_wrap=True, markup=False)
