"""A sensor as a live source: found, started, kept through lost links, and always stopped."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from time import perf_counter_ns
from typing import Self

from athena_sense.datatypes import Notification, StreamInfo
from athena_sense.errors import SourceError
from athena_sense.profiles import Chosen, FirmwareProfile, choose
from athena_sense.sources.ble import ATT_HEADER_BYTES, CONNECT_ATTEMPTS, Link, LinkError
from athena_sense.sources.conversation import Conversation, needed_channels
from athena_sense.sources.discovery import Found, find_sensor
from athena_sense.sources.live import Item, LinkEvent, LinkEventKind
from athena_sense.sources.unbroken import to_its_end

SILENT_AFTER_S = 5.0
"""Polar's Verity Sense sends one packet every 1–2 s: silence is several times that."""
RECONNECT_FOR_S = 60.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 4.0
FIND_AGAIN_S = 3.0
STOP_S = 5.0
"""Longest time to say stop."""
BATTERY_EVERY_S = 120.0
BATTERY_S = 3.0
"""Longest time to ask for it: meanwhile nobody looks whether samples come, so it is less than `SILENT_AFTER_S`."""


class BleSensor:
    """A Bluetooth LE sensor, used as `async with BleSensor("Polar H10 A1B2C3D4") as sensor: async for item in sensor`.

    Args:
        wanted: name, part of a name, address or profile; None: the only one in reach.
        profiles: those to recognise sensors by; None: all that ship.
        rate_hz, acc_range_g, gyr_range_dps, gyroscope: None: the profile's defaults.
        reconnect_for_s: how long a lost or silent sensor is waited for before the stream ends.

    Raises (on entering):
        SourceError: it cannot be found, connected or started; the message says what to do next.
    """

    name: str
    info: StreamInfo
    profile: FirmwareProfile
    chosen: Chosen
    profile_toml = None
    simulated = False

    def __init__(
        self,
        wanted: str | None = None,
        *,
        profiles: Sequence[FirmwareProfile] | None = None,
        rate_hz: float | None = None,
        acc_range_g: float | None = None,
        gyr_range_dps: float | None = None,
        gyroscope: bool | None = None,
        reconnect_for_s: float = RECONNECT_FOR_S,
        silent_after_s: float = SILENT_AFTER_S,
    ) -> None:
        self.battery_percent: int | None = None
        self._wanted, self._profiles = wanted, profiles
        self._asked = (rate_hz, acc_range_g, gyr_range_dps, gyroscope)
        self._reconnect_for_s, self._silent_after_s = reconnect_for_s, silent_after_s
        self._inbox: deque[Notification | LinkEvent] = deque()
        self._arrived = asyncio.Event()
        self._last_data_ns = self._connected_ns = 0
        self._link: Link | None = None
        self._conversation: Conversation | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._found = await find_sensor(self._wanted, self._profiles)
        self.name, self.profile = self._found.name, self._found.profile
        self.chosen = choose(self.profile, *self._asked)
        self.info = stream_info(self._found, self.chosen)
        await self._first_connection()
        self._last_data_ns = self._connected_ns
        self._tell("connected", f"{self.name} is connected")
        self._warn_of_small_packets()
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *error: object) -> None:
        await to_its_end(self._end())

    async def __aiter__(self) -> AsyncIterator[Item]:
        while self._keeper is not None:
            while self._inbox:
                yield self._take()
            if self._keeper.done():
                if not self._keeper.cancelled():
                    self._keeper.result()  # an error of ours must not pass for a quiet end
                return
            self._arrived.clear()
            await self._arrived.wait()

    def _take(self) -> Item:
        """The event that comes first, or all notifications before the next event."""
        together: list[Notification] = []
        while self._inbox:
            item = self._inbox.popleft()
            if isinstance(item, Notification):
                together.append(item)
            elif not together:
                return item
            else:
                self._inbox.appendleft(item)
                break
        return tuple(together)

    async def _first_connection(self) -> None:
        for _ in range(CONNECT_ATTEMPTS - 1):
            # A link that does not come up is often one that does at the next try; a refusal is not.
            with suppress(LinkError):
                await self._connect()
                return
            await asyncio.sleep(FIRST_WAIT_S)
        await self._connect()

    async def _connect(self) -> None:
        """A link that streams, or none and an error."""
        link = Link(self._found.advertiser, self.profile, self._hear)
        self._link, self._conversation = link, Conversation(link, self.profile, self.chosen)
        try:
            await link.open(needed_channels(self.profile, self.chosen))
            await self._conversation.start()
        except BaseException:
            await to_its_end(self._leave())
            raise
        self._connected_ns = perf_counter_ns()

    def _hear(self, notification: Notification) -> None:
        """Called by the link for each notification: only put aside, or the next ones wait and bunch up."""
        conversation = self._conversation
        if conversation is None:
            return
        conversation.hears(notification)
        if self.profile.channels[notification.channel].carries == "data":
            if not conversation.configured:
                return
            self._last_data_ns = notification.arrival_ns
        self._inbox.append(notification)
        self._arrived.set()

    def _tell(self, kind: LinkEventKind, message: str) -> None:
        self._inbox.append(LinkEvent(kind, perf_counter_ns(), message))
        self._arrived.set()

    def _warn_of_small_packets(self) -> None:
        # A warning only: the operating system may learn the true size after the first packets (BlueZ, Windows).
        room = self._link.packet_bytes + ATT_HEADER_BYTES if self._link else 0
        if room < self.profile.min_mtu:
            self._tell(
                "warning",
                f"{self.name} may send packets that are cut short: the link takes {room} bytes, it needs "
                f"{self.profile.min_mtu}; use a newer Bluetooth adapter if packets turn out to be malformed",
            )

    async def _keep(self) -> None:
        """Watch over the link until it is lost for good."""
        try:
            while await self._still_there() or await self._reconnected():
                pass
        finally:
            self._arrived.set()

    async def _still_there(self) -> bool:
        """Wait until the link breaks or falls silent; True when it is time to look at the battery again."""
        link, conversation = self._link, self._conversation
        if link is None or conversation is None:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(BATTERY_S):
                percent = await conversation.battery_percent()
                self.battery_percent = self.battery_percent if percent is None else percent
        silent_s = self._silent_after_s + 2.0 / self.chosen.rate_hz
        next_battery_ns = perf_counter_ns() + BATTERY_EVERY_S * 1e9
        while perf_counter_ns() < next_battery_ns:
            quiet_s = (perf_counter_ns() - max(self._last_data_ns, self._connected_ns)) * 1e-9
            if quiet_s >= silent_s:
                self._tell("silent", f"{self.name} is connected but sends nothing: connecting anew")
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(link.gone.wait(), silent_s - quiet_s)
                self._tell("lost", f"the link to {self.name} is lost: come nearer; the set goes on when it is back")
                return False
        return True

    async def _reconnected(self) -> bool:
        """Try until it streams again; False once the time is up."""
        await self._leave()
        left_s = self._reconnect_for_s - (perf_counter_ns() - self._last_data_ns) * 1e-9
        with suppress(TimeoutError):
            async with asyncio.timeout(max(left_s, 0.0)):
                await self._try_again()
                self._tell("reconnected", f"{self.name} is back")
                return True
        self._tell("gone", f"{self.name} did not come back within {self._reconnect_for_s:g} s: see to its battery")
        return False

    async def _try_again(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            with suppress(SourceError):
                return await self._connect()
            await asyncio.sleep(wait_s)
            wait_s = min(2.0 * wait_s, LONGEST_WAIT_S)
            # BlueZ forgets what it has not heard for 30 s. Where the name tells it from all others its address may be
            # another now (Polar); where it does not, the next one of that name may be somebody else's.
            again = self._found.address if self._found.told_apart_by == "address" else self.name
            with suppress(SourceError):
                self._found = await find_sensor(again, [self.profile], FIND_AGAIN_S)

    async def _leave(self) -> None:
        """Stop it and hang up, as far as that is possible."""
        if self._conversation is not None and self._link is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await self._conversation.stop()
            await self._link.close()

    async def _end(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        await self._leave()


def stream_info(found: Found, chosen: Chosen) -> StreamInfo:
    """What is known of a sensor's samples before the first."""
    is_kind = found.told_apart_by == "nothing"
    return StreamInfo(
        sample_rate_hz=chosen.rate_hz,
        has_gyroscope=chosen.gyroscope,
        has_gravity=found.profile.gravity_included,
        acc_range_m_s2=chosen.acc_range_m_s2,
        sensor=found.name if is_kind else found.own_name,
        sensor_is_kind=is_kind,
        sensor_is_device=not is_kind,
        gyr_range_rad_s=chosen.gyr_range_rad_s,
    )


async def battery_percent_of(found: Found) -> int | None:
    """The battery's level of a sensor in reach, None where it cannot be read. Connects for it."""
    battery = found.profile.battery
    if battery is None:
        return None
    conversations: list[Conversation] = []
    link = Link(found.advertiser, found.profile, lambda notification: conversations[0].hears(notification))
    conversations.append(Conversation(link, found.profile, choose(found.profile)))
    try:
        with suppress(SourceError):
            await link.open([battery.channel])
            if battery.reply_channel is not None:
                await link.subscribe(battery.reply_channel)
            return await conversations[0].battery_percent()
        return None
    finally:
        await to_its_end(link.close())
