"""A virtual sensor room: sensors made from profiles, and bleak made to hear them."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from itertools import count
from typing import Any

import bleak
import pytest
from bleak.exc import BleakError
from bleak_backend import backend
from bumble import hci
from bumble.transport import open_transport
from peripherals import VirtualSensor
from virtual_radio import RadioController, VirtualRadio
from virtual_time import VirtualTimeLoop, perf_counter_ns

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.profiles import Command, FirmwareProfile, get_profile
from athena_sense.simulation import simulate
from athena_sense.sources import ble, sensor
from athena_sense.sources.live import Item, LinkEvent, LiveSource


class Room:
    """Sensors that can be heard, and their wearer."""

    def __init__(self, radio: VirtualRadio) -> None:
        self.radio = radio

    async def sensor(
        self,
        profile: str | FirmwareProfile = "witmotion",
        name: str | None = None,
        samples: SampleBatch | None = None,
        *,
        speed: float = 1.0,
        max_mtu: int = 517,
        tireless: bool = True,
    ) -> VirtualSensor:
        """A sensor that is switched on. Its wearer does a set of calf raises unless told otherwise."""
        known = get_profile(profile) if isinstance(profile, str) else profile
        called = name or advertised_name(known)
        sensor = VirtualSensor(self.radio, known, called, samples or calf_set(), speed, tireless)
        return await sensor.switch_on(max_mtu)


@asynccontextmanager
async def virtual_room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """A room that bleak hears instead of the computer's own Bluetooth."""
    radio = VirtualRadio()
    client, scanner = backend(await radio.new_device("this computer"))
    monkeypatch.setattr(bleak, "get_platform_client_backend_type", lambda: (client, client.__name__))
    monkeypatch.setattr(bleak, "get_platform_scanner_backend_type", lambda: (scanner, scanner.__name__))
    try:
        yield Room(radio)
    finally:
        await radio.close()


CONTROL_LATENCY_S = 0.05
"""Without it BlueZ 5.66 often fails to connect again: no real link layer answers at once."""
ADAPTER_WITHIN_S, PLUGGED_IN = 20.0, 3
"""bluetoothd now and then leaves an adapter switched off that follows upon another: it is then plugged in anew."""
_adapters = count(1)


@asynccontextmanager
async def bluez_room() -> AsyncIterator[Room]:
    """A room that this computer hears through its own BlueZ, with one of the radio's controllers as its adapter."""
    radio = VirtualRadio(CONTROL_LATENCY_S)
    async with AsyncExitStack() as plugged_in:
        for tries_left in reversed(range(PLUGGED_IN)):
            transport = await plugged_in.enter_async_context(await open_transport("vhci"))
            address = hci.Address(f"00:1A:7D:DA:71:{next(_adapters):02X}", hci.Address.PUBLIC_DEVICE_ADDRESS)
            RadioController("this computer", transport.source, transport.sink, radio.link, address)
            try:
                async with asyncio.timeout(ADAPTER_WITHIN_S):
                    await _adapter_is_on()
                break
            except TimeoutError:
                if not tries_left:
                    raise
                await plugged_in.aclose()
        try:
            yield Room(radio)
        finally:
            await radio.close()


async def _adapter_is_on() -> None:
    while True:
        try:
            async with bleak.BleakScanner():
                return
        except BleakError:  # bluetoothd has not switched it on yet
            await asyncio.sleep(0.1)


REAL_BLUEZ = os.environ.get("ATHENA_SENSE_BLUEZ") == "1"
"""Whether bleak talks to the operating system's own Bluetooth (tests/bluez)."""


BACK_WITHIN_S = 10.0 if REAL_BLUEZ else 0.55
"""From a sensor's return to its first packet: BlueZ takes 2 s to disconnect, and a busy machine its time."""


class Play:
    """The fixture `play`: runs a test's coroutine in a room of its own, in virtual time or with a real BlueZ."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        for module in () if REAL_BLUEZ else (ble, sensor):
            monkeypatch.setattr(module, "perf_counter_ns", perf_counter_ns)

    def __call__(self, test: Callable[[Room], Awaitable[None]], within_s: float = 300.0) -> None:
        async def in_room() -> None:
            made = bluez_room() if REAL_BLUEZ else virtual_room(self._monkeypatch)
            async with asyncio.timeout(within_s), made as room:
                await test(room)

        with asyncio.Runner(loop_factory=None if REAL_BLUEZ else VirtualTimeLoop) as runner:
            runner.run(in_room())


@cache
def calf_set() -> SampleBatch:
    """Half a minute of calf raises, felt at the foot."""
    return simulate("calf", "foot", seed=1, reps=2).samples


async def taken(sensor: LiveSource, enough: Callable[[list[Item]], bool], within_s: float = 10.0) -> list[Item]:
    """What a sensor yields until it is enough, or its stream ends."""
    items: list[Item] = []
    async with asyncio.timeout(within_s):
        async for item in sensor:
            items.append(item)
            if enough(items):
                break
    return items


def data(items: list[Item], profile: FirmwareProfile | None = None) -> list[bytes]:
    """The payloads of all data channels."""
    names = {"data"} if profile is None else {n for n, c in profile.channels.items() if c.carries == "data"}
    return [notification.payload for notification in heard(items) if notification.channel in names]


def heard(items: list[Item]) -> list[Notification]:
    """Every notification."""
    return [notification for item in items if isinstance(item, tuple) for notification in item]


def kinds(items: list[Item]) -> list[str]:
    """The kinds of events, in order."""
    return [item.kind for item in items if isinstance(item, LinkEvent)]


def quick(profile: str | FirmwareProfile, reply_s: float = 3.0) -> FirmwareProfile:
    """The profile with commands that need a fiftieth of their time, and answers that must come within `reply_s`."""

    def hurried(command: Command) -> Command:
        reply = None if command.reply is None else command.reply.model_copy(update={"timeout_s": reply_s})
        return command.model_copy(update={"reply": reply, "delay_after_s": command.delay_after_s / 50})

    known = get_profile(profile) if isinstance(profile, str) else profile
    phases = ("probe", "configure", "start", "stop")
    hurry = {phase: tuple(map(hurried, getattr(known.commands, phase))) for phase in phases}
    return known.model_copy(update={"commands": known.commands.model_copy(update=hurry)})


def advertised_name(profile: FirmwareProfile) -> str:
    """A name that the profile recognises, no longer than a scan response has room for."""
    if profile.match.name is None:
        return f"my {profile.name}"[:29]
    return spoken(re._parser.parse(profile.match.name))  # type: ignore[attr-defined]


def spoken(parsed: Any) -> str:
    """The first text that a parsed regular expression fits."""
    out = ""
    for kind, value in parsed:
        match str(kind):
            case "LITERAL":
                out += chr(value)
            case "ANY":
                out += "x"
            case "IN":
                first, what = value[0]
                out += chr(what if str(first) == "LITERAL" else what[0]) if str(first) != "CATEGORY" else "0"
            case "BRANCH":
                out += spoken(value[1][0])
            case "SUBPATTERN":
                out += spoken(value[3])
            case "MAX_REPEAT" | "MIN_REPEAT":
                out += spoken(value[2]) * value[0]
    return out
