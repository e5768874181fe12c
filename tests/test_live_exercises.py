"""Every exercise, live and again from its recording: the same result, bit for bit, with one sensor and with several."""

import asyncio
import math
from pathlib import Path

import pytest

from athena_sense.companions import roles
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.living import Disk, LiveSet, Sensors, WornSensor
from athena_sense.replaying import replay
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.simulation import MOVEMENTS, SHORT_NAMES
from athena_sense.sources import open_source

SIMULATED = [name for name in exercise_names() if SHORT_NAMES.get(name, name) in MOVEMENTS]
SITES = [
    (name, site.placement)
    for name in SIMULATED
    for site in get_exercise(name).sites
    if site.placement in MOVEMENTS[SHORT_NAMES.get(name, name)].placements
]
WITH_COMPANIONS = [name for name in SIMULATED if get_exercise(name).companions]


def live(name: str, placements: list[str], path: Path, sensor: str | None) -> Result:
    """A simulated set with sensors at these places, in samples or in a real sensor's packets, lived to its end."""
    packets = "" if sensor is None else f"&sensor={sensor}"
    sources = [open_source(f"sim:{name}?placement={at}&seed=5&reps=3{packets}", speed=math.inf) for at in placements]
    worn = [WornSensor(source, at) for source, at in zip(sources, placements, strict=True)]
    first, others = roles(get_exercise(name), placements)
    assert first == 0

    async def lived() -> Result:
        async with Sensors(worn) as sensors:
            infos = {placement: sensors.worn[number].info for number, placement in others.items()}
            session = Session(sensors.worn[0].info, name, placements[0], others=infos)
            async with Disk(path, sensors.header(exercise=name, simulated=True)) as disk:
                running = LiveSet(sensors, disk, session, speed=math.inf, others=others)
                async for _ in running:
                    pass
        return running.result(str(path))

    return asyncio.run(lived())


@pytest.mark.parametrize(("name", "placement"), SITES)
def test_live_and_replayed_are_the_same(name: str, placement: str, tmp_path: Path) -> None:
    result = live(name, [placement], tmp_path / "set.arrows", None)
    assert result.reps or result.landings or result.holds
    assert replay(tmp_path / "set.arrows").to_json() == result.to_json()


@pytest.mark.parametrize("sensor", [None, "witmotion", "movesense"])
@pytest.mark.parametrize("name", WITH_COMPANIONS)
def test_live_and_replayed_are_the_same_with_every_sensor_worn(name: str, sensor: str | None, tmp_path: Path) -> None:
    exercise = get_exercise(name)
    placements = [exercise.sites[0].placement, *(one.placement for one in exercise.companions)]
    result = live(name, placements, tmp_path / "set.arrows", sensor)
    seconds = {metric for one in exercise.companions for metric in one.metrics}
    items = (*result.reps, *result.landings, *result.holds)
    assert any(item.measurements[metric].value is not None for item in items for metric in seconds)
    assert [one.placement for one in result.sensors] == placements
    assert replay(tmp_path / "set.arrows").to_json() == result.to_json()
