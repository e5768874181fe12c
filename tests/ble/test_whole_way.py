"""From the wearer's foot to counted reps: over the air, through every kind of packet, the same live and replayed."""

import asyncio

import pytest
from peripherals import resampled
from room import Play, Room, heard, quick

from athena_sense.datatypes import Notification, Rep, SampleBatch
from athena_sense.decoding import NotificationStream
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.sources.live import Item
from athena_sense.sources.sensor import BleSensor

KINDS = ("witmotion", "polar_verity_sense", "movesense", "puck_js")
"""No time stamps; delta frames with angular rates of their own; packets in blocks; lines of text."""
ATHLETE = simulate("calf", "foot", seed=4, reps=2, walk=False, lowering_s=3.0, profile="even")
"""Lowerings quick enough that both ends are plain: where a slow one leaves its top is a matter of tenths of a degree,
and of a second, whatever way the samples came."""


async def listen(source: BleSensor) -> list[Item]:
    return [item async for item in source]


def counted(source: BleSensor, cuts: list[tuple[Notification, ...]]) -> Result:
    stream = NotificationStream(source.profile, source.chosen)
    session = Session(source.info, "eccentric-calf", "foot")
    for notifications in cuts:
        samples: SampleBatch = stream.feed(notifications)
        session.feed(samples)
    session.finish()
    assert not stream.decoder.errors
    return session.result()


def without_a_sensor(source: BleSensor) -> Result:
    """The same movement at the same rate, fed as it was felt."""
    session = Session(source.info, "eccentric-calf", "foot")
    session.feed(resampled(ATHLETE.samples, source.chosen.rate_hz))
    session.finish()
    return session.result()


def lowering_s(rep: Rep) -> float | None:
    return rep.measurements["eccentric_duration_s"].value


def test_four_kinds_of_sensors_at_once_count_the_same_reps_live_and_replayed(play: Play) -> None:
    async def test(room: Room) -> None:
        profiles = [quick(name) for name in KINDS]
        set_of_raises = {"samples": ATHLETE.samples, "tireless": False}
        worn = [await room.sensor(profile, **set_of_raises) for profile in profiles]
        sources = [BleSensor(one.name, profiles=profiles, silent_after_s=60) for one in worn]
        for source in sources:
            await source.__aenter__()
        listening = [asyncio.create_task(listen(source)) for source in sources]
        for one in worn:
            await one.done.wait()
        await asyncio.sleep(0.1)
        for source in sources:
            await source.__aexit__()
        for source, items in zip(sources, await asyncio.gather(*listening), strict=True):
            live = counted(source, [item for item in items if isinstance(item, tuple)])
            assert len(live.reps) == len(ATHLETE.truth.reps) == 2, source.name
            felt = without_a_sensor(source)
            for one, other in zip(live.reps, felt.reps, strict=True):
                assert lowering_s(one) == pytest.approx(lowering_s(other), abs=0.15)
            assert counted(source, [tuple(heard(items))]) == live

    play(test)
