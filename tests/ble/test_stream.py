"""From the air to notifications: what a sensor sends arrives, whole and in order, and it is always stopped."""

import asyncio

import numpy as np
import pytest
from peripherals import resampled
from room import Play, Room, advertised_name, calf_set, data, heard, quick, taken

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.errors import SourceError
from athena_sense.profiles import profile_names
from athena_sense.sources.discovery import sensors_in_reach
from athena_sense.sources.sensor import BleSensor, battery_percent_of


def was_felt(acc_m_s2: FloatArray, rate_hz: float) -> bool:
    """Whether these are neighbouring samples of the wearer's movement, up to the coarsest sensor's resolution."""
    felt, n = resampled(calf_set(), rate_hz).acc_m_s2, len(acc_m_s2)
    return min(np.abs(felt[at : at + n] - acc_m_s2).max() for at in range(len(felt) - n)) < 0.15


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_streams_what_its_sensor_felt_and_is_stopped(play: Play, name: str) -> None:
    async def test(room: Room) -> None:
        profile = quick(name)
        virtual = await room.sensor(profile, speed=5)
        async with BleSensor(virtual.name, profiles=[profile]) as sensor:
            decoder, got = PacketDecoder(profile, sensor.chosen), np.empty((0, 3))
            async for item in sensor:
                if isinstance(item, tuple):
                    acc = decoder.feed(item).motion.acc
                    got = got if acc is None else np.concatenate([got, acc])
                if len(got) >= 30:
                    break
            assert sensor.battery_percent in (None, virtual.battery_percent)
        await virtual.left_alone()
        assert virtual.told_to_stop
        assert not virtual.running
        assert not decoder.errors
        assert was_felt(got, sensor.chosen.rate_hz)

    play(test)


@pytest.mark.parametrize("name", profile_names())
def test_slow_and_fast_can_be_had_of_every_profile(play: Play, name: str) -> None:
    async def test(room: Room) -> None:
        profile = quick(name)
        virtual = await room.sensor(profile)
        rates_hz = profile.settings.rates_hz
        sets_rate = bool(profile.commands.configure or profile.commands.start)
        for rate_hz in {min(rates_hz), max(rates_hz)} if sets_rate else {profile.settings.default_rate_hz}:
            async with BleSensor(virtual.name, profiles=[profile], rate_hz=rate_hz) as sensor:
                assert sensor.info.sample_rate_hz == rate_hz
                assert virtual.chosen == sensor.chosen

    play(test)


def test_a_sensor_in_reach_is_listed_with_its_profile_and_battery(play: Play) -> None:
    async def test(room: Room) -> None:
        for name in ("polar_h10", "witmotion", "metamotion"):
            await room.sensor(name)
        found = await sensors_in_reach(for_s=0.3)
        assert {one.profile.name for one in found} == {"polar_h10", "witmotion", "metamotion"}
        for one in found:
            assert one.name == advertised_name(one.profile)
            assert one.rssi_dbm < 0
            assert await battery_percent_of(one) == 75

    play(test)


def test_what_was_sent_with_other_settings_is_not_taken(play: Play) -> None:
    """A WitMotion streams from the moment of the subscription, at the rate that it had before."""

    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        async with BleSensor(virtual.name, rate_hz=20) as sensor:
            assert virtual.sent
            items = await taken(sensor, lambda items: len(data(items)) >= 30)
        decoded = PacketDecoder(sensor.profile, sensor.chosen).feed(heard(items))
        assert decoded.motion.acc is not None
        assert was_felt(decoded.motion.acc, 20)

    play(test)


def test_a_sensor_that_another_app_left_running_is_stopped_and_started(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10", speed=5)
        virtual.leave_running()
        async with BleSensor(virtual.name) as sensor:
            assert len(data(await taken(sensor, lambda items: len(data(items)) >= 2))) >= 2
        assert [told.phase for told in virtual.heard] == ["probe", "start", "stop"] * 2

    play(test)


def test_two_sensors_at_once_come_in_their_own_streams(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = [await room.sensor("witmotion", f"WT901 {side}", speed=5) for side in ("left", "right")]
        async with BleSensor("WT901 left") as left, BleSensor("WT901 right") as right:
            both = await asyncio.gather(*(taken(one, lambda items: len(data(items)) >= 50) for one in (left, right)))
        for one, items in zip(virtual, both, strict=True):
            await one.left_alone()
            assert one.told_to_stop
            assert set(data(items)) <= set(one.sent)

    play(test)


@pytest.mark.virtual_radio_only("throughput is measured where nothing but the program's own work costs time")
def test_eight_sensors_at_a_hundred_packets_a_second_lose_nothing(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = [await room.sensor("witmotion", f"WT901 {n}") for n in range(8)]
        sensors = [BleSensor(one.name) for one in virtual]
        for sensor in sensors:
            await sensor.__aenter__()
        await asyncio.sleep(1)
        for sensor in sensors:
            await sensor.__aexit__()
        for one, sensor in zip(virtual, sensors, strict=True):
            items = await taken(sensor, lambda items: False)
            got = data(items)
            assert len(got) >= 95
            first = one.sent.index(got[0])
            assert one.sent[first : first + len(got)] == got

    play(test)


def test_a_stream_that_was_left_ends(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        async with BleSensor(virtual.name) as sensor:
            await asyncio.sleep(0.2)
        assert data(await taken(sensor, lambda items: False)) != []
        assert await taken(sensor, lambda items: False) == []

    play(test)


def test_a_rate_that_the_sensor_does_not_have_is_refused_before_connecting(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        with pytest.raises(SourceError, match="no rate of 60 Hz; choose one of 25, 50, 100, 200 Hz"):
            async with BleSensor(virtual.name, rate_hz=60):
                pass
        assert not virtual.heard

    play(test)


def test_notifications_are_stamped_in_order(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        async with BleSensor(virtual.name) as sensor:
            items = await taken(sensor, lambda items: len(data(items)) >= 100)
        stamps = [notification.arrival_ns for notification in heard(items)]
        assert stamps == sorted(stamps)

    play(test)
