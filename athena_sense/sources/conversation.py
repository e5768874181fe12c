"""A profile's commands, spoken over a link: probe, configure, start, stop, and the battery's level."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from athena_sense.datatypes import Notification
from athena_sense.errors import SourceError
from athena_sense.profiles import Chosen, Command, FirmwareProfile, command_bytes, wanted
from athena_sense.profiles.model import Channel, Reply
from athena_sense.profiles.patterns import Pattern, fill_template
from athena_sense.sources.ble import Link, LinkError
from athena_sense.sources.negotiation import start_settings

STOP_REPLY_S = 1.0
"""A sensor that does not confirm its stop is not waited for longer than this."""

Values = Mapping[str, bytes | int | float]


class Refused(SourceError):
    """The sensor said no. `retry`: it would say yes after the stop commands."""

    def __init__(self, message: str, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


class Conversation:
    """What is said on one link. `hears` must be given every notification as it arrives."""

    def __init__(self, link: Link, profile: FirmwareProfile, chosen: Chosen) -> None:
        self._link, self._profile, self._chosen = link, profile, chosen
        self._listening: list[tuple[str, asyncio.Queue[bytes]]] = []
        self._negotiated: dict[str, bytes] = {}
        self._variant: str | None = None
        self._may_run = False
        self.configured = False
        """Data that comes earlier is of the settings before: another rate, another range."""

    def hears(self, notification: Notification) -> None:
        for channel, answers in self._listening:
            if channel == notification.channel:
                answers.put_nowait(notification.payload)

    async def start(self) -> None:
        """From connected to streaming.

        Raises:
            Refused: a command was refused, and why.
            SourceError: no answer, no such settings.
        """
        # Answers before samples: sensors want their control channel subscribed first.
        for channel in needed_channels(self._profile, self._chosen, notifying=True):
            await self._link.subscribe(channel)
        try:
            await self._set_going()
        except Refused as refusal:
            if not refusal.retry:
                raise
            # Somebody left it running: another app, or this one after a crash.
            await self.stop()
            await self._set_going()

    async def _set_going(self) -> None:
        commands = self._profile.commands
        self._may_run = True
        for command in wanted(commands.probe, self._chosen):
            self._learn(command, await self._say(command))
        if commands.stop_first:
            await self.stop()
            self._may_run = True
        for command in wanted(commands.configure, self._chosen, self._variant):
            await self._say(command)
        self.configured = True
        for command in wanted(commands.start, self._chosen, self._variant):
            await self._say(command)

    async def stop(self) -> None:
        """Everything off, as far as the link still carries it. Never fails."""
        if not self._may_run:
            return
        self._may_run = False
        for command in wanted(self._profile.commands.stop, self._chosen, self._variant):
            with suppress(SourceError):
                await self._say(command, STOP_REPLY_S)

    async def battery_percent(self) -> int | None:
        """The battery's level, None where it cannot be asked."""
        battery = self._profile.battery
        if battery is None or battery.channel not in self._link.channels:
            return None
        with suppress(SourceError):
            if battery.write is None:
                return battery.percent(await self._link.read(battery.channel))
            reply = Reply(channel=battery.reply_channel or battery.channel, pattern=battery.pattern)
            with self._listen(reply) as answers:
                await self._link.write(battery.channel, fill_template(battery.write, {}), response=False)
                return battery.percent(await self._answer(answers, reply, "tell its battery's level", None))
        return None

    def _learn(self, command: Command, values: Values) -> None:
        """What an answer to a probing command leads to."""
        if command.reply is None:
            return
        if "variant" in values:
            code = str(values["variant"])
            if code not in command.reply.variants:
                raise SourceError(f"{self._link.label} is a variant ({code}) that {self._profile.name} does not know")
            self._variant = command.reply.variants[code]
        settings = values.get("settings")
        if command.reply_settings is not None and isinstance(settings, bytes):
            self._negotiated[f"{command.reply_settings}_settings"] = start_settings(
                settings, command.reply_settings, self._chosen, self._link.label
            )

    async def _say(self, command: Command, reply_within_s: float | None = None) -> Values:
        """Send a command and wait for what must come of it: the values named in its reply."""
        values: Values = {}
        if command.reply is None:
            await self._write(command)
        elif command.write is None:
            values = self._values(command.reply, await self._link.read(command.channel), command.why) or {}
        else:
            with self._listen(command.reply) as answers:
                await self._write(command)
                payload = await self._answer(answers, command.reply, command.why, reply_within_s)
                values = self._values(command.reply, payload, command.why) or {}
        await asyncio.sleep(command.delay_after_s)
        return values

    async def _write(self, command: Command) -> None:
        payload = command_bytes(self._profile, command, self._chosen, self._negotiated)
        size = command.chunk_bytes or len(payload)
        for at in range(0, len(payload), size):
            await self._link.write(command.channel, payload[at : at + size], command.response)

    @contextmanager
    def _listen(self, reply: Reply) -> Iterator["asyncio.Queue[bytes]"]:
        listener = (reply.channel, asyncio.Queue[bytes]())
        self._listening.append(listener)
        try:
            yield listener[1]
        finally:
            self._listening.remove(listener)

    async def _answer(self, answers: "asyncio.Queue[bytes]", reply: Reply, why: str, within_s: float | None) -> bytes:
        """The answer, all of its parts joined.

        Only what looks like the answer is one: BlueZ also delivers reads of a subscribed characteristic as
        notifications, and samples may arrive on the same channel.
        """
        whole = b""
        pattern = reply.parsed
        try:
            async with asyncio.timeout(within_s or reply.timeout_s):
                while True:
                    payload = await self._next(answers)
                    values = self._values(reply, payload, why)
                    if values is None:
                        continue
                    whole += payload[len(pattern) :] if whole else payload
                    if not values.get("more"):
                        return whole
        except TimeoutError:
            raise SourceError(f"{self._link.label} did not answer when told to {why}: switch it off and on") from None

    async def _next(self, answers: "asyncio.Queue[bytes]") -> bytes:
        """The next payload, or an error once the link is gone: no answer can come any more."""
        answer, gone = asyncio.ensure_future(answers.get()), asyncio.ensure_future(self._link.gone.wait())
        try:
            await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise LinkError(f"the link to {self._link.label} broke")
        finally:
            answer.cancel()
            gone.cancel()

    def _values(self, reply: Reply, payload: bytes, why: str) -> Values | None:
        """The named values of an answer, None where it is something else. Raises Refused."""
        pattern = reply.parsed
        status = _status(pattern, payload)
        if status is not None and status not in self._profile.status.ok:
            told = self._profile.status
            raise Refused(
                f"{self._link.label} refused to {why}: {told.meaning(status)}", retry=status in told.stop_and_retry
            )
        return pattern.read(payload)


def needed_channels(profile: FirmwareProfile, chosen: Chosen, notifying: bool = False) -> tuple[str, ...]:
    """The channels that streaming needs, control before data; `notifying`: those that must be subscribed."""
    commands = [command for command in profile.commands.all() if _applies(command, chosen)]
    named = [] if notifying else [command.channel for command in commands]
    named += [command.reply.channel for command in commands if command.reply is not None and command.write is not None]
    for name, channel in profile.channels.items():
        if channel.carries == "data" and _applies(channel, chosen):
            named.append(name)
    if notifying and profile.battery is not None and profile.battery.reply_channel is not None:
        named.append(profile.battery.reply_channel)
    return tuple(sorted(set(named), key=lambda name: (profile.channels[name].carries == "data", name)))


def _applies(part: Command | Channel, chosen: Chosen) -> bool:
    return part.when is None or (part.when == "with_gyr") == chosen.gyroscope


def _status(pattern: Pattern, payload: bytes) -> int | None:
    """The status in an answer; a refusal may be shorter than the pattern, and end there."""
    place = next((captured for captured in pattern.captures if captured.name == "status"), None)
    if place is None or place.size is None:
        return None
    end = place.start + place.size
    if not Pattern(pattern.value[:end], pattern.mask[:end]).fits(payload):
        return None
    return int(place.of(payload))
