"""The sensors somebody wears: entered together, heard as one, decoded, and always left."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from time import perf_counter_ns
from typing import Any, Literal, Self

from athena_sense import calibration
from athena_sense.datatypes import Calibration, Notification, SampleBatch, StreamInfo
from athena_sense.decoding import NotificationStream
from athena_sense.errors import AthenaError, SourceError
from athena_sense.profiles import profiles_folder, read_text
from athena_sense.recordings import RecordingHeader, SensorHeader
from athena_sense.recordings.header import Kind
from athena_sense.sources.live import Item, LinkEvent, LinkEventKind, LiveSource

TICK_S = 0.1
"""Nothing heard for so long is told too: a clock on a screen goes on while packets are awaited."""

TOGETHER_S = 0.025
"""Packets that come within so long are looked at together: less than half the work at 100 packets a second, and
nobody notices who waits for a sound."""


LinkState = Literal["awaited"] | LinkEventKind
"""`awaited`: nothing has come yet."""


@dataclass(frozen=True, slots=True)
class SensorHealth:
    """How a sensor is doing: real rate (Hz), share of samples lost, packets that did not fit, battery, link."""

    name: str
    rate_hz: float
    loss: float = 0.0
    bad_packets: int = 0
    battery_percent: int | None = None
    link: LinkState = "awaited"


class WornSensor:
    """A source, where on the body it sits, and what becomes of its items. Known once the source was entered.

    `profile_toml` is the text of a user's own profile, None for one that ships. `not_calibrated` is what to tell where
    a calibration is kept that may be of it, and is not used.
    """

    def __init__(self, source: LiveSource, placement: str | None, profile_toml: str | None = None) -> None:
        self.source, self.placement = source, placement
        self._profile_toml = profile_toml
        self._link: LinkState = "awaited"
        self._stream: NotificationStream | None = None
        self._start_s = 0.0
        self._calibration: Calibration | None = None
        self.not_calibrated: str | None = None

    def entered(self) -> None:
        """The source's profile and settings are known now, and with its name its calibration. Raises StoreError."""
        self._calibration = calibration.of_stream(self.source.info)
        self.not_calibrated = calibration.not_used(self.source.info)
        if self.source.profile is not None:
            self._stream = NotificationStream(self.source.profile, self.source.chosen)

    @property
    def info(self) -> StreamInfo:
        """What is known of the samples, as a replay of the recording will know it."""
        known = replace(self.source.info, calibration=self._calibration)
        return known if self._stream is None else self._stream.info.sent_by(known)

    @property
    def name(self) -> str:
        """What it is called on a screen: its own name, where it is one device of many."""
        info = self.source.info
        return info.sensor if info.sensor_is_device and info.sensor is not None else self.source.name

    @property
    def sends_packets(self) -> bool:
        return self._stream is not None

    @property
    def health(self) -> SensorHealth:
        source, stream = self.source, self._stream
        if stream is None:
            return SensorHealth(self.name, source.info.sample_rate_hz, 0.0, 0, source.battery_percent, self._link)
        health, bad = stream.health, stream.decoder.error_count
        return SensorHealth(self.name, health.rate_hz, health.loss, bad, source.battery_percent, self._link)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of packets that did not fit their profile."""
        return () if self._stream is None else self._stream.notes

    def header(self) -> SensorHeader:
        """What the recording says of this sensor."""
        info, profile = self.source.info, self.source.profile
        text = self._profile_toml or self.source.profile_toml
        if profile is not None and text is None:
            text = read_text(profiles_folder() / f"{profile.name}.toml")
        return SensorHeader(
            sensor=info.sensor,
            sensor_is_kind=info.sensor_is_kind,
            sensor_is_device=info.sensor_is_device,
            sample_rate_hz=info.sample_rate_hz,
            has_gyroscope=info.has_gyroscope,
            has_gravity=info.has_gravity,
            acc_range_m_s2=info.acc_range_m_s2,
            gyr_range_rad_s=info.gyr_range_rad_s,
            placement=self.placement,
            profile=None if profile is None else profile.name,
            profile_toml=text,
            calibration=self._calibration,
        )

    def starts_at(self, start: tuple[Notification, ...] | SampleBatch) -> None:
        """The clock of all sensors begins with the first item that any of them sent."""
        if isinstance(start, SampleBatch):
            self._start_s = float(start.t_s[0])
        elif self.source.profile is not None:
            self._stream = NotificationStream(self.source.profile, self.source.chosen, start[0].arrival_ns)

    def take(self, item: Item) -> SampleBatch | None:
        """The samples that an item completes, None for an event of the link."""
        if isinstance(item, LinkEvent):
            if item.kind not in ("warning", "connected"):
                self._link = "connected" if item.kind == "reconnected" else item.kind
            return None
        if self._link == "awaited" and len(item):
            self._link = "connected"
        if isinstance(item, SampleBatch):
            return item.since(self._start_s)
        return None if self._stream is None else self._stream.feed(item)


Arrivals = list[tuple[int, Item]]
"""What came since the last look: the number of the sensor, and its item."""


class Sensors:
    """Sensors heard together: `async with Sensors(worn) as sensors: async for arrivals in sensors.arrivals()`.

    Leaving stops every sensor, whatever went wrong. Unless it `needs_all`, a set goes on with the first sensor where
    another one cannot be had: `worn` is without it then, and `absent` says of each what is wrong.

    Raises (on entering):
        SourceError: a sensor cannot be found, connected or started, or raw packets and samples would be mixed.
    """

    def __init__(self, worn: Sequence[WornSensor], *, needs_all: bool = True) -> None:
        self.worn = tuple(worn)
        self.absent: tuple[str, ...] = ()
        self._needs_all = needs_all
        self._stack = AsyncExitStack()
        self._inbox: Arrivals = []
        self._arrived = asyncio.Event()
        self._listeners: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            entered: list[WornSensor] = []
            for sensor in self.worn:
                try:
                    await stack.enter_async_context(sensor.source)
                except SourceError as error:
                    if self._needs_all or not entered:
                        raise
                    self.absent += (without_second(sensor.placement, error),)
                    continue
                sensor.entered()
                entered.append(sensor)
            self.worn = tuple(entered)
            if len({sensor.sends_packets for sensor in self.worn}) > 1:
                raise SourceError(
                    "sensors that send packets and sources of samples cannot be recorded together: "
                    "let simulated athletes wear a sensor (sim:calf?sensor=polar_h10)"
                )
            self._stack = stack.pop_all()
        self._listeners = [asyncio.create_task(self._listen(i)) for i in range(len(self.worn))]
        return self

    async def __aexit__(self, *error: Any) -> None:
        for listener in self._listeners:
            listener.cancel()
        try:
            if self._listeners:
                await asyncio.wait(self._listeners)
        finally:
            await self._stack.__aexit__(*error)

    def header(self, **facts: Any) -> RecordingHeader:
        """The header of a recording of these sensors; `facts` are what the user says of it."""
        first, *more = (sensor.header() for sensor in self.worn)
        kind: Kind = "notifications" if self.worn[0].sends_packets else "samples"
        simulated = any(sensor.source.simulated for sensor in self.worn)
        own = {**first.model_dump(), "kind": kind, "more_sensors": tuple(more), "simulated": simulated}
        return RecordingHeader.model_validate({**own, **facts})

    async def arrivals(self) -> AsyncIterator[Arrivals]:
        """All there is at once, in order; nothing at least every `TICK_S`; ends when every sensor has."""
        loop = asyncio.get_running_loop()
        looked = -TOGETHER_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._arrived.wait()
            await asyncio.sleep(max(0.0, looked + TOGETHER_S - loop.time()))
            looked = loop.time()
            self._arrived.clear()
            ended = all(listener.done() for listener in self._listeners)
            arrivals, self._inbox = self._inbox, []
            yield together(arrivals)
            if ended:
                for listener in self._listeners:
                    listener.result()  # an error of ours must not pass for a quiet end
                return

    def wake(self) -> None:
        """Let `arrivals` yield now."""
        self._arrived.set()

    async def _listen(self, number: int) -> None:
        sensor = self.worn[number]
        try:
            async for item in sensor.source:
                self._inbox.append((number, item))
                self._arrived.set()
        except AthenaError as error:  # one sensor's end is not the set's
            self._inbox.append((number, LinkEvent("gone", perf_counter_ns(), str(error))))
        finally:
            self._arrived.set()


def without_second(placement: str | None, error: AthenaError) -> str:
    """What to tell of a sensor that cannot be had, and that the set can do without."""
    where = "" if placement is None else f" on the {placement.replace('_', ' ')}"
    return f"without the second sensor{where}: {error}"


def together(arrivals: Arrivals) -> Arrivals:
    """The same with each sensor's packets as one item, as far as no other item of it comes between."""
    joined: list[tuple[int, Item | list[Notification]]] = []
    under_way: dict[int, list[Notification]] = {}
    for number, item in arrivals:
        if not isinstance(item, tuple):
            under_way.pop(number, None)
            joined.append((number, item))
        elif number in under_way:
            under_way[number].extend(item)
        else:
            under_way[number] = list(item)
            joined.append((number, under_way[number]))
    return [(number, tuple(item) if isinstance(item, list) else item) for number, item in joined]
