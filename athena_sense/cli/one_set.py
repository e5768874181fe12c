"""One set with sensors worn, from the plan to the result: what `live` does once and `workout` again and again."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from athena_sense.cli.ending import Ending
    from athena_sense.cli.stage import Stage
    from athena_sense.datatypes import Posture
    from athena_sense.living import WornSensor
    from athena_sense.result import Result
    from athena_sense.targets import Program


@dataclass(frozen=True, slots=True)
class SetPlan:
    """A set that is to be done, checked as far as it can be before a sensor is looked for."""

    exercise: str
    placement: str
    program: "Program"
    box_height_m: float | None
    worn: "list[WornSensor]"
    path: Path
    facts: dict[str, Any]
    settings: dict[str, Any]
    others: dict[int, str]
    own: dict[str, float]
    own_postures: "dict[str, Posture]"


async def live_set(plan: SetPlan, stage: "Stage", ending: "Ending") -> "tuple[Result, str | None]":
    """Live a set to its end: its result, and what went wrong with its recording.

    Raises:
        SourceError: a sensor cannot be found, connected or started, or sent nothing.
        RecordingError: the recording cannot be made.
    """
    from athena_sense.errors import SourceError
    from athena_sense.living import Disk, LiveSet, Sensors
    from athena_sense.session import Session

    async with stage:
        stage.tell("looking for the sensor, and connecting")
        async with Sensors(plan.worn, needs_all=False) as sensors:
            others = {
                sensors.worn.index(plan.worn[number]): placement
                for number, placement in plan.others.items()
                if plan.worn[number] in sensors.worn
            }
            session = Session(
                sensors.worn[0].info,
                plan.exercise,
                plan.placement,
                plan.program,
                box_height_m=plan.box_height_m,
                own=plan.own,
                own_postures=plan.own_postures,
                others={placement: sensors.worn[number].info for number, placement in others.items()},
            )
            async with Disk(plan.path, sensors.header(**plan.facts)) as disk:
                live = LiveSet(sensors, disk, session, others=others, **plan.settings)
                ending.gently = live.end
                async for moment in live:
                    stage.show(moment)
            stage.over()
    if not live.heard:
        raise SourceError(f"{sensors.worn[0].source.name} sent nothing: is it the right mode, is its battery charged?")
    return live.result(str(plan.path)), disk.loss()
