"""What eight sensors cost, and how soon what they send is on the screen: `python -m tests.benchmarks.bench_ble`.

Eight sensors send a hundred packets a second each over the virtual radio to a live set: received, recorded, decoded,
judged, drawn. The radio's own share is what the same packets cost where nobody looks at them.

Time is virtual, and work passes it by what it costs on the processor's clock: other programs do not count. Threads
work in turn with the rest, as they all but do under Python's lock. Not counted is waiting for a disk or a terminal.
Exits with 1 when a bar is missed.
"""

import argparse
import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from athena_sense.cli.stage import Stage
from athena_sense.datatypes import Notification
from athena_sense.living import Disk, LiveSet, Sensors, WornSensor, aims_of
from athena_sense.profiles import choose
from athena_sense.recordings import read_recording
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.sources import ble, sensor
from athena_sense.sources.conversation import Conversation, needed_channels
from athena_sense.sources.discovery import find_sensor
from athena_sense.sources.sensor import BleSensor
from tests.accuracy.table import Row

sys.path.insert(0, str(Path(__file__).parents[1] / "ble"))
from peripherals import VirtualSensor
from room import Room, virtual_room
from virtual_time import VirtualTimeLoop, perf_counter_ns

SENSORS = 8
PACKETS_PER_S = 100
MOST_OF_A_CORE = 0.60
LATEST_S = 0.100
SETTLED_S = 2.0
"""Left out at the beginning, where modules are still being loaded."""
ON_ITS_WAY = 15
"""Packets of one sensor that may be under way when the set ends: those of a tenth of a second, and a few."""
EXERCISE, PLACEMENT = "eccentric-calf", "foot"


class PricedTimeLoop(VirtualTimeLoop):
    """Virtual time that work passes too, by what it costs."""

    def time(self) -> float:
        return super().time() + time.process_time()


class InTurn(ThreadPoolExecutor):
    """Does at once what a thread would do meanwhile."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@dataclass
class Heard:
    """What one run showed."""

    core: float = 0.0
    """Processor time for each second that was lived through."""
    heard: int = 0
    """Packets in the time that was measured."""
    recorded: int = 0
    holes: int = 0
    """Packets that are not in the recording, or not in their place."""
    latency_s: list[float] = field(default_factory=list)
    """Of each packet: from its arrival to the end of the first drawing that knows it."""


class Terminal(io.StringIO):
    """Takes pictures, and tells when each is complete."""

    def __init__(self, drawn: Callable[[], None]) -> None:
        super().__init__()
        self._drawn = drawn

    def flush(self) -> None:
        self.seek(0)
        self.truncate()
        self._drawn()


async def worn(room: Room) -> list[VirtualSensor]:
    """Eight sensors on somebody who does calf raises."""
    athlete = simulate("calf", "foot", seed=4, reps=6, lowering_s=4.0, walk=False)
    return [await room.sensor("witmotion", f"WT901 {n}", athlete.samples) for n in range(SENSORS)]


async def core_share(seconds: float) -> float:
    """Processor time for each of the next seconds."""
    await asyncio.sleep(SETTLED_S)
    loop, began_s = asyncio.get_running_loop(), time.process_time()
    began_at = loop.time()
    await asyncio.sleep(seconds)
    return (time.process_time() - began_s) / (loop.time() - began_at)


async def radio_alone(room: Room, seconds: float) -> Heard:
    """The same connections and packets, and nobody who looks at them."""
    heard = Heard()

    def hear(_: Notification) -> None:
        heard.heard += 1

    async with AsyncExitStack() as stack:
        for one in await worn(room):
            found = await find_sensor(one.name)
            chosen = choose(found.profile)
            link = ble.Link(found.advertiser, found.profile, hear)
            await link.open(needed_channels(found.profile, chosen))
            stack.push_async_callback(link.close)
            await Conversation(link, found.profile, chosen).start()
        heard.core = await core_share(seconds)
    return heard


async def live_set(room: Room, seconds: float, path: Path) -> Heard:
    """A live set on the whole screen: what `athena-sense live` does, but for the sound."""
    heard, shown, loop = Heard(), [0], asyncio.get_running_loop()
    arrivals_ns: list[int] = []

    def drawn() -> None:
        now_s = loop.time()
        heard.latency_s += [now_s - at_ns * 1e-9 for at_ns in arrivals_ns[len(heard.latency_s) : shown[0]]]

    virtual = await worn(room)
    sensors = Sensors([WornSensor(BleSensor(one.name), PLACEMENT if n == 0 else None) for n, one in enumerate(virtual)])
    console = Console(file=Terminal(drawn), force_terminal=True, width=120, height=40, legacy_windows=False)
    async with sensors:
        session = Session(sensors.worn[0].info, EXERCISE, PLACEMENT)
        aims = aims_of(session.program.prescription(EXERCISE), PLACEMENT, {})
        stage = Stage(EXERCISE, aims, console, quiet=True)
        async with Disk(path, sensors.header(exercise=EXERCISE)) as disk, stage:
            take = disk.add

            def add(stream: int, item: Any) -> None:
                if isinstance(item, tuple):
                    arrivals_ns.extend(packet.arrival_ns for packet in item)
                take(stream, item)

            disk.add = add  # type: ignore[method-assign]
            running = LiveSet(sensors, disk, session, still_end_s=1e9)
            measured = asyncio.create_task(core_share(seconds))
            measured.add_done_callback(lambda _: running.end())
            async for moment in running:
                stage.show(moment)
                shown[0] = len(arrivals_ns)
            heard.core = measured.result()
            heard.heard = sum(at_ns > arrivals_ns[-1] - seconds * 1e9 for at_ns in arrivals_ns)
    heard.recorded, heard.holes = whole(virtual, path)
    return heard


def whole(virtual: Sequence[VirtualSensor], path: Path) -> tuple[int, int]:
    """Packets in the recording, and how many between each sensor's first and last are missing or out of order."""
    recorded = holes = 0
    for stream, one in enumerate(virtual):
        got = [packet.payload for packet in read_recording(path, stream).notifications or ()]
        first = one.sent.index(got[0])
        recorded += len(got)
        holes += sum(a != b for a, b in zip_longest(got, one.sent[first : first + len(got)]))
        # What was sent and not recorded may only be what was on its way when the set ended.
        holes += max(0, len(one.sent) - first - len(got) - ON_ITS_WAY)
    return recorded, holes


def lived(run: Callable[[Room], Awaitable[Heard]]) -> Heard:
    """One run in a room of its own."""

    async def in_room(monkeypatch: pytest.MonkeyPatch) -> Heard:
        asyncio.get_running_loop().set_default_executor(InTurn())
        async with virtual_room(monkeypatch) as room:
            return await run(room)

    with pytest.MonkeyPatch.context() as monkeypatch, asyncio.Runner(loop_factory=PricedTimeLoop) as runner:
        for module in (ble, sensor):
            monkeypatch.setattr(module, "perf_counter_ns", perf_counter_ns)
        return runner.run(in_room(monkeypatch))


def rows(seconds: float, folder: Path) -> Iterator[Row]:
    """Every figure."""
    alone = lived(lambda room: radio_alone(room, seconds))
    whole_set = lived(lambda room: live_set(room, seconds, folder / "set.arrows"))
    what = f"{SENSORS} sensors × {PACKETS_PER_S} packets/s"
    rate = whole_set.heard / seconds
    figure = f"{whole_set.holes} of {whole_set.recorded} ({rate:.0f} a second)"
    busy = rate >= 0.95 * SENSORS * PACKETS_PER_S
    yield Row(f"{what}: lost", "0", figure, whole_set.holes == 0 and busy)
    own = whole_set.core - alone.core
    figure = f"{own:.0%} ({whole_set.core:.0%}, the radio alone {alone.core:.0%})"
    yield Row(f"{what}: share of one core", f"≤ {MOST_OF_A_CORE:.0%}", figure, own <= MOST_OF_A_CORE)
    settled = whole_set.latency_s[round(SETTLED_S * SENSORS * PACKETS_PER_S) :]
    half, most, all_but_one = (float(np.percentile(settled, share)) for share in (50, 95, 99))
    figure = f"{most * 1e3:.0f} ms (half {half * 1e3:.0f}, 99 % {all_but_one * 1e3:.0f}; {len(settled)} packets)"
    yield Row("packet → drawn on the screen, 95 %", f"≤ {LATEST_S * 1e3:.0f} ms", figure, most <= LATEST_S)


def main() -> int:
    """Parse, measure, show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the sensors send (default: 30)")
    table = Table("what", "bar", "figure", "", box=None, pad_edge=False)
    missed = False
    seconds: float = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(seconds, Path(folder)):
            table.add_row(row.what, row.bar, row.figure, row.word)
            missed |= row.passed is False
    Console(highlight=False).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
