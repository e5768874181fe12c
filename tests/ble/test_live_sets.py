"""Live sets over the air: every sensor from scan to finished recording, and what happens when the link breaks."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from peripherals import VirtualSensor
from room import Play, Room, quick

from athena_sense.living import Disk, LiveSet, Moment, Sensors, WornSensor
from athena_sense.living import sensors as sensors_module
from athena_sense.profiles import profile_names
from athena_sense.recordings import read_recording
from athena_sense.replaying import replay
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.sources.sensor import BleSensor

ATHLETE = simulate("calf", "foot", seed=4, reps=2, lowering_s=5.0, walk=False)


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody watches: ten looks a second are enough."""
    monkeypatch.setattr(sensors_module, "TOGETHER_S", 0.1)


@dataclass
class Lived:
    """A live set that is over."""

    result: Result
    moments: list[Moment]
    path: Path

    @property
    def messages(self) -> list[str]:
        return [message for moment in self.moments for message in moment.messages]


async def live(source: BleSensor, virtual: VirtualSensor, path: Path) -> Lived:
    """The whole set, until its wearer has done it."""
    async with Sensors([WornSensor(source, "foot")]) as sensors:
        session = Session(sensors.worn[0].info, "eccentric-calf", "foot")
        async with Disk(path, sensors.header(exercise="eccentric-calf")) as disk:
            running = LiveSet(sensors, disk, session)
            done = asyncio.create_task(end_after(virtual, running))
            moments = [moment async for moment in running]
            done.cancel()
    return Lived(running.result(str(path)), moments, path)


async def end_after(virtual: VirtualSensor, running: LiveSet) -> None:
    await virtual.done.wait()
    await asyncio.sleep(0.5)
    running.end()


@pytest.mark.parametrize("name", profile_names())
def test_every_sensor_counts_the_same_reps_and_its_recording_says_the_same(
    play: Play, name: str, tmp_path: Path
) -> None:
    async def test(room: Room) -> None:
        profile = quick(name)
        virtual = await room.sensor(profile, samples=ATHLETE.samples, tireless=False)
        source = BleSensor(virtual.name, profiles=[profile], silent_after_s=60)
        lived = await live(source, virtual, tmp_path / "set.arrows")
        await virtual.left_alone()
        assert virtual.told_to_stop or not profile.commands.stop
        assert len(lived.result.reps) == len(ATHLETE.truth.reps) == 2
        assert not any("did not fit" in note for note in lived.result.quality.notes)
        assert lived.result.to_dict() == replay(lived.path).to_dict()
        assert read_recording(lived.path).header.profile == name
        assert not read_recording(lived.path).truncated

    play(test)


@pytest.mark.parametrize("name", ["polar_h10", "witmotion"])
def test_a_link_lost_in_a_rep_and_back_after_three_seconds(play: Play, name: str, tmp_path: Path) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor(quick(name), samples=ATHLETE.samples, tireless=False)
        breaking = asyncio.create_task(hang_up_in_the_first_rep(virtual))
        source = BleSensor(virtual.name, profiles=[quick(name)], silent_after_s=60)
        lived = await live(source, virtual, tmp_path / "set.arrows")
        await breaking
        assert "is lost" in lived.messages[0]
        assert lived.messages[1].endswith("is back")
        assert {"lost", "connected"} <= {moment.health[0].link for moment in lived.moments}
        (gap,) = lived.result.source.gaps
        assert 2.5 < gap.end_s - gap.start_s < 6
        assert lived.result.reps
        assert lived.result.to_dict() == replay(lived.path).to_dict()

    play(test)


async def hang_up_in_the_first_rep(virtual: VirtualSensor) -> None:
    lowering = ATHLETE.truth.reps[0].phases[-1]
    while not virtual.sent:
        await asyncio.sleep(0.05)
    await asyncio.sleep((lowering.start_s + lowering.end_s) / 2)
    await virtual.hang_up(for_s=3.0)
