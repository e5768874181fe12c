"""What goes wrong on the air and in sensors: each is survived, told in words, and leaves no sensor running."""

import asyncio
import os
import signal
from itertools import pairwise

import pytest
from bleak_backend import VirtualClient
from bumble.device import Connection
from bumble.hci import Address
from peripherals import VirtualSensor
from room import BACK_WITHIN_S, CONTROL_LATENCY_S, Play, Room, data, heard, kinds, quick, taken

from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.errors import SourceError
from athena_sense.profiles import get_profile
from athena_sense.sources import ble
from athena_sense.sources.live import Item, LinkEvent
from athena_sense.sources.sensor import BATTERY_S, BleSensor


def decoded(sensor: BleSensor, items: list[Item]) -> PacketDecoder:
    """A decoder that was fed with everything that arrived."""
    decoder = PacketDecoder(sensor.profile, sensor.chosen)
    decoder.feed(heard(items))
    return decoder


def events(items: list[Item]) -> list[LinkEvent]:
    return [item for item in items if isinstance(item, LinkEvent)]


def after(items: list[Item], kind: str) -> list[Item]:
    """What came after the first event of a kind."""
    place = next((n for n, item in enumerate(items) if isinstance(item, LinkEvent) and item.kind == kind), len(items))
    return items[place:]


@pytest.mark.parametrize("name", ["polar_h10", "witmotion", "metamotion"])
def test_a_lost_link_comes_back_and_the_stream_goes_on(play: Play, name: str) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor(name, speed=5)
        async with BleSensor(virtual.name) as sensor:
            first = await taken(sensor, lambda items: len(data(items)) >= 5)
            await virtual.hang_up(for_s=0.5)
            second = await taken(sensor, lambda items: len(data(after(items, "reconnected"))) >= 5)
        assert kinds(first + second) == ["connected", "lost", "reconnected"]
        assert not decoded(sensor, first + second).errors
        stamps = [notification.arrival_ns for notification in heard(first + second)]
        await virtual.left_alone()
        assert 0.5 <= max(b - a for a, b in pairwise(stamps)) * 1e-9 <= 0.5 + BACK_WITHIN_S
        assert virtual.told_to_stop

    play(test)


@pytest.mark.virtual_radio_only("half a minute of a real clock")
def test_a_lost_sensor_is_not_taken_for_another_of_its_name(play: Play) -> None:
    async def test(room: Room) -> None:
        mine = await room.sensor("witmotion", "WT901BLE68", speed=5)
        async with BleSensor("WT901BLE68", reconnect_for_s=60.0) as sensor:
            assert sensor.info.own_name == f"WT901BLE68 {mine.address}"
            await taken(sensor, lambda items: len(data(items)) >= 5)
            await mine.hang_up(for_s=30.0)  # longer than one try to connect
            other = await room.sensor("witmotion", "WT901BLE68", speed=5)
            items = await taken(sensor, lambda items: len(data(after(items, "reconnected"))) >= 5, within_s=60.0)
        assert kinds(items)[-1] == "reconnected"
        assert not other.heard
        assert not other.sent
        await mine.left_alone()

    play(test)


def test_after_reconnecting_nothing_arrives_twice(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        async with BleSensor(virtual.name) as sensor:
            for _ in range(3):
                await taken(sensor, lambda items: len(data(items)) >= 5)
                await virtual.hang_up()
                await taken(sensor, lambda items: "reconnected" in kinds(items))
            got = data(await taken(sensor, lambda items: len(data(items)) >= 50))
        starts = [at for at, payload in enumerate(virtual.sent) if payload == got[0]]
        assert any(virtual.sent[at : at + len(got)] == got for at in starts)

    play(test)


def test_out_of_range_until_the_link_is_given_up(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10", speed=5)
        async with BleSensor(virtual.name) as sensor:
            await taken(sensor, lambda items: len(data(items)) >= 3)
            virtual.out_of_range(supervision_timeout_s=0.3)
            await taken(sensor, lambda items: "lost" in kinds(items))
            virtual.back_in_range()
            items = await taken(sensor, lambda items: len(data(items)) >= 3)
        await virtual.left_alone()
        assert kinds(items) == ["reconnected"]
        assert virtual.told_to_stop

    play(test)


def test_a_short_fade_ends_in_a_burst_and_loses_nothing(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        async with BleSensor(virtual.name) as sensor:
            first = await taken(sensor, lambda items: len(data(items)) >= 20)
            virtual.out_of_range()
            await asyncio.sleep(0.5)
            virtual.back_in_range()
            items = first + await taken(sensor, lambda items: len(data(items)) >= 200)
        got = data(items)
        start = virtual.sent.index(got[0])
        assert virtual.sent[start : start + len(got)] == got
        assert kinds(items) == ["connected"]

    play(test)


def test_a_link_that_is_lost_for_good_ends_the_stream_in_words(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion")
        async with BleSensor(virtual.name, reconnect_for_s=0.5) as sensor:
            await taken(sensor, lambda items: len(data(items)) >= 3)
            await virtual.hang_up(for_s=None)
            items = await taken(sensor, lambda items: False)
        assert kinds(items) == ["lost", "gone"]
        assert "did not come back within 0.5 s" in events(items)[-1].message

    play(test)


def test_of_two_sensors_one_dies_and_the_other_goes_on(play: Play) -> None:
    async def test(room: Room) -> None:
        foot, chest = await room.sensor("witmotion"), await room.sensor("polar_h10")
        async with BleSensor(foot.name) as one, BleSensor(chest.name, reconnect_for_s=1.0) as other:
            await taken(other, lambda items: len(data(items)) >= 1)
            await chest.hang_up(for_s=None)
            dead, alive = await asyncio.gather(
                taken(other, lambda items: False), taken(one, lambda items: len(data(items)) >= 100)
            )
        assert kinds(dead) == ["lost", "gone"]
        assert kinds(alive) == ["connected"]
        got = data(alive)
        start = foot.sent.index(got[0])
        assert foot.sent[start : start + len(got)] == got
        await foot.left_alone()
        assert foot.told_to_stop

    play(test)


def test_a_sensor_that_stops_sending_is_told_and_connected_anew(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.silent_after_s = 0.6
        async with BleSensor(virtual.name, silent_after_s=0.4) as sensor:
            items = await taken(sensor, lambda items: "silent" in kinds(items))
            assert "sends nothing" in events(items)[-1].message
            virtual.faults.silent_after_s = None
            items = await taken(sensor, lambda items: len(data(items)) >= 2)
        assert kinds(items) == ["reconnected"]

    play(test)


def test_a_sensor_that_never_sends_ends_the_stream(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.silent_after_s = 0.0
        async with BleSensor(virtual.name, silent_after_s=0.2, reconnect_for_s=0.9) as sensor:
            items = await taken(sensor, lambda items: False)
        assert data(items) == []
        assert kinds(items)[:2] == ["connected", "silent"]
        assert kinds(items)[-1] == "gone"

    play(test)


def test_dropped_notifications_cost_only_themselves(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        virtual.faults.tamper = lambda number, payload: [] if number % 20 == 7 else [payload]
        async with BleSensor(virtual.name) as sensor:
            items = await taken(sensor, lambda items: len(data(items)) >= 200)
        assert not decoded(sensor, items).errors
        assert kinds(items) == ["connected"]

    play(test)


def test_malformed_packets_among_good_ones_are_counted_and_the_rest_is_decoded(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion", speed=5)
        ways = {3: [b"\x00\x01\x02"], 5: [b"\x55\x61\x00"], 7: [], 9: [b""]}
        virtual.faults.tamper = lambda number, payload: [payload, *ways.get(number % 20, [])]
        async with BleSensor(virtual.name) as sensor:
            items = await taken(sensor, lambda items: len(data(items)) >= 200)
        decoder = decoded(sensor, items)
        bad = sum(len(payload) < 4 for payload in data(items))
        assert decoder.error_count == bad > 5
        assert kinds(items) == ["connected"]

    play(test)


def test_duplicates_and_bursts_arrive_as_they_were_sent(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.tamper = lambda number, payload: [payload, payload]
        virtual.faults.burst_s = 0.5
        async with BleSensor(virtual.name) as sensor:
            items = await taken(sensor, lambda items: len(data(items)) >= 8)
        got = data(items)
        assert got == virtual.sent[: len(got)]
        assert got[0] == got[1]

    play(test)


POLAR_REFUSALS = {
    5: "a setting is not valid",
    8: "does not offer this sample rate",
    12: "wrong mode: end any recording",
    13: "in the charger: take it out",
}


@pytest.mark.parametrize(("status", "words"), POLAR_REFUSALS.items())
def test_a_refused_start_is_told_with_the_reason_and_the_mend(play: Play, status: int, words: str) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.refuse["start"] = status
        with pytest.raises(SourceError, match=f"refused to start the accelerometer: .*{words}"):
            async with BleSensor(virtual.name):
                pass
        await virtual.left_alone()
        assert virtual.told_to_stop

    play(test)


def test_a_refused_write_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.refuse_write.add("start")
        with pytest.raises(SourceError, match=r"Polar H10 .* refused: .*Write Not Permitted"):
            async with BleSensor(virtual.name):
                pass

    play(test)


def test_a_sensor_that_never_answers_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        profile = quick("polar_h10", reply_s=0.2)
        virtual = await room.sensor(profile)
        virtual.faults.never_answer = True
        with pytest.raises(SourceError, match=r"did not answer when told to ask .*: switch it off and on"):
            async with BleSensor(virtual.name, profiles=[profile]):
                pass
        await virtual.left_alone()

    play(test)


@pytest.mark.virtual_radio_only("BlueZ reads batteries itself, and says that it is connected only afterwards")
def test_a_battery_that_never_answers_hides_no_silent_sensor(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.mute.add("battery")
        virtual.faults.silent_after_s = 0.6
        async with BleSensor(virtual.name, silent_after_s=0.4) as sensor:
            items = await taken(sensor, lambda items: "silent" in kinds(items), within_s=BATTERY_S + 1.5)
        assert kinds(items) == ["connected", "silent"]

    play(test)


@pytest.mark.virtual_radio_only("half a minute of a real clock")
def test_a_sensor_that_never_answers_a_write_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        virtual.faults.mute.add("control")
        began = asyncio.get_running_loop().time()
        with pytest.raises(SourceError, match=r"Polar H10 .* is connected but does not answer: switch it off and on"):
            async with BleSensor(virtual.name):
                pass
        assert asyncio.get_running_loop().time() - began < 45.0  # and it is not asked again

    play(test)


@pytest.mark.virtual_radio_only("no system that is real can be made to keep silent so")
def test_a_subscription_that_is_never_answered_is_told(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(VirtualClient, "start_notify", never)

    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion")
        with pytest.raises(SourceError, match="is connected but does not answer"):
            async with BleSensor(virtual.name):
                pass
        await virtual.left_alone()

    play(test)


def test_an_unknown_variant_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("metamotion")
        virtual.variant = "another"
        with pytest.raises(SourceError, match=r"variant \(0\) that metamotion does not know"):
            async with BleSensor(virtual.name):
                pass

    play(test)


def test_a_link_with_small_packets_is_warned_of(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10", max_mtu=23)
        async with BleSensor(virtual.name) as sensor:
            items = await taken(sensor, lambda items: len(data(items)) >= 1)
        assert kinds(items) == ["connected", "warning"]
        assert "the link takes 23 bytes, it needs 232" in events(items)[1].message
        assert len(data(items)[0]) == 20

    play(test)


def test_a_sensor_without_the_characteristics_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        profile = get_profile("polar_h10")
        bare = profile.model_copy(update={"channels": {"battery": profile.channels["battery"]}})
        await room.sensor(bare, "Polar H10 A1B2C3D4")
        with pytest.raises(SourceError, match=r"lacks what a Polar H10 has \(control, data\)"):
            async with BleSensor("Polar H10 A1B2C3D4"):
                pass

    play(test)


def test_a_sensor_that_hears_nobody_is_told(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ble, "CONNECT_TIMEOUT_S", 0.2)

    async def test(room: Room) -> None:
        virtual = await room.sensor("witmotion")
        sensor = BleSensor(virtual.name)
        task = asyncio.create_task(sensor.__aenter__())
        while not hasattr(sensor, "_found"):
            await asyncio.sleep(0.001)
        virtual.out_of_range()
        with pytest.raises(SourceError, match="does not answer: bring it near, wake it up, and close every other app"):
            await task

    play(test)


@pytest.mark.virtual_radio_only("a sensor that hangs up before discovery ends crashes Linux 6.1 (l2cap_sock_release)")
def test_a_link_that_breaks_while_it_is_made_is_tried_again(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10", speed=5)
        virtual.faults.hang_ups = 2
        async with BleSensor(virtual.name) as sensor:
            assert data(await taken(sensor, lambda items: len(data(items)) >= 2))
        virtual.faults.hang_ups = 9
        with pytest.raises(SourceError, match=r"Bluetooth failed \(disconnected\): try again|link .* broke"):
            async with BleSensor(virtual.name):
                pass

    play(test)


def test_ctrl_c_stops_the_sensor(play: Play) -> None:
    worn: list[VirtualSensor] = []

    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        worn.append(virtual)
        async with BleSensor(virtual.name) as sensor:
            async for item in sensor:
                if data([item]):
                    os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        play(test)
    assert worn[0].told_to_stop
    assert worn[0].connection is None


@pytest.mark.parametrize("name", ["polar_h10", "metamotion"])
def test_a_cancelled_set_stops_the_sensor(play: Play, name: str) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor(name)
        streaming = asyncio.Event()

        async def live() -> None:
            async with BleSensor(virtual.name) as sensor:
                async for item in sensor:
                    if isinstance(item, tuple):
                        streaming.set()

        task = asyncio.create_task(live())
        await streaming.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # an impatient second Ctrl-C
        with pytest.raises(asyncio.CancelledError):
            await task
        await virtual.left_alone()
        assert virtual.told_to_stop

    play(test)


async def given_up_at_every_stage(room: Room) -> None:
    """No start that is cancelled leaves a sensor connected or running."""
    virtual = await room.sensor("polar_h10")
    for delay_ms in range(0, 160, 20):
        starting = asyncio.create_task(BleSensor(virtual.name).__aenter__())
        await asyncio.sleep(delay_ms * 1e-3)
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled():
            await starting.result().__aexit__()
        await asyncio.sleep(2 * CONTROL_LATENCY_S)  # a connection that was on its way is there by now
        await virtual.left_alone()
        assert not virtual.running


def test_a_set_that_is_cancelled_while_it_starts_leaves_no_sensor_running(play: Play) -> None:
    play(given_up_at_every_stage)


@pytest.mark.virtual_radio_only("there the operating system itself is at fault, and only now and then")
def test_a_link_that_the_system_goes_on_making_is_hung_up(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async def going_on(client: VirtualClient) -> Connection:
        return await asyncio.shield(client.central.connect(Address(client.address)))

    monkeypatch.setattr(VirtualClient, "_connected", going_on)
    play(given_up_at_every_stage)


def test_an_error_in_the_set_stops_the_sensor(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        with pytest.raises(ZeroDivisionError):
            async with BleSensor(virtual.name):
                _ = 1 / 0
        await virtual.left_alone()
        assert virtual.told_to_stop

    play(test)
