"""Sources that are not live played as if they were: simulated athletes and recordings, on the clock or faster."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Self

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.profiles import Chosen, FirmwareProfile
from athena_sense.sources.live import Item, LinkEvent

CUT_S = 0.1
"""Samples that are played together: as packets come from a sensor."""

Timed = Iterator[tuple[float, Item]]
"""Items, each with its time (s) after the start."""


@dataclass(slots=True)
class Playback:
    """A live source out of items whose times are known. `speed` 2 plays twice as fast, infinity without waiting.

    `items` is called with the start on the host's clock (ns); times inside the items do not depend on the speed.
    """

    name: str
    info: StreamInfo
    items: Callable[[int], Timed]
    profile: FirmwareProfile | None = None
    chosen: Chosen | None = None
    speed: float = 1.0
    battery_percent: int | None = None
    simulated: bool = False
    profile_toml: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing runs on."""

    async def __aiter__(self) -> AsyncIterator[Item]:
        start_ns, start = perf_counter_ns(), asyncio.get_running_loop().time()
        yield LinkEvent("connected", start_ns, f"{self.name} plays")
        for due_s, item in self.items(start_ns):
            await asyncio.sleep(max(0.0, start + due_s / self.speed - asyncio.get_running_loop().time()))
            yield item


def in_cuts(samples: SampleBatch, rate_hz: float) -> Timed:
    """Samples in pieces of a tenth of a second, each when its last one has been taken."""
    size = max(1, round(CUT_S * rate_hz))
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        yield float(part.t_s[-1] - samples.t_s[0]), part
