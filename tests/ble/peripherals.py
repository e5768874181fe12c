"""Virtual sensors: GATT peripherals made from a firmware profile, which obey its commands and can misbehave."""

import asyncio
import contextlib
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from bumble import core, hci
from bumble.att import ATT_Error, ErrorCode
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from heard_commands import Heard, answer, offered_settings, recognise, settled
from virtual_radio import VirtualRadio

from athena_sense.datatypes import SampleBatch
from athena_sense.decoding.encoder import PacketEncoder, split_packet
from athena_sense.profiles import Chosen, FirmwareProfile, wanted
from athena_sense.profiles.model import Reply
from athena_sense.profiles.patterns import fill_template, parse_pattern

PROPERTIES = {
    "read": Characteristic.Properties.READ,
    "write": Characteristic.Properties.WRITE,
    "write_without_response": Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": Characteristic.Properties.NOTIFY,
    "indicate": Characteristic.Properties.INDICATE,
}
READ_OF_CONTROL_POINT = bytes.fromhex("0f05") + bytes(15)
"""What a Polar control point says when it is read: features, and the answer to no command."""
ADVERTISING_INTERVAL_MS = 20
ENCODED_TOGETHER = 100
"""Samples: a sensor that is listened to for a second need not encode its wearer's whole set."""


@dataclass
class Faults:
    """How a sensor misbehaves.

    `tamper(number, payload)` gives what is sent in place of packet `number`; `refuse` maps a phase of the commands
    to the status it is answered with, `refuse_write` names phases whose writes end in an ATT error; the first
    `hang_ups` connections are ended at once.
    """

    tamper: Callable[[int, bytes], Sequence[bytes]] | None = None
    refuse: dict[str, int] = field(default_factory=dict)
    refuse_write: set[str] = field(default_factory=set)
    never_answer: bool = False
    mute: set[str] = field(default_factory=set)
    hang_ups: int = 0
    silent_after_s: float | None = None
    burst_s: float = 0.0


class VirtualSensor:
    """A sensor in a virtual room. `samples` are what its wearer does from the moment it is first started.

    The wearer goes on while nobody listens: what is not heard is lost. `speed` makes their time go faster;
    `tireless` wearers begin anew, others are `done` at the end.
    """

    def __init__(
        self,
        radio: VirtualRadio,
        profile: FirmwareProfile,
        name: str,
        samples: SampleBatch,
        speed: float = 1.0,
        tireless: bool = True,
    ) -> None:
        self.radio, self.profile, self.name, self.samples, self.speed = radio, profile, name, samples, speed
        self.tireless = tireless
        self.done = asyncio.Event()
        self.faults = Faults()
        self.battery_percent = 75
        self.running = False
        self.heard: list[Heard] = []
        self.sent: list[bytes] = []
        self.device: Device
        self.connection: Connection | None = None
        self.returns_after_s: float | None = 0.0
        variants = [v for c in profile.commands.probe if c.reply for v in c.reply.variants.values()]
        self.variant: str | None = variants[0] if variants else None
        self._settings: dict[str, float] = {}
        self._unfinished = b""
        self._gyroscope = not any(c.when for c in profile.commands.all())
        self._characteristics: dict[str, Characteristic[bytes]] = {}
        self._streaming: asyncio.Future[None] | None = None
        self._started_at: float | None = None
        self._answers: set[asyncio.Future[None]] = set()

    @property
    def address(self) -> str:
        """As the other end sees it."""
        return self.device.random_address.to_string(with_type_qualifier=False)

    @property
    def chosen(self) -> Chosen:
        """The settings that it was given."""
        return settled(self.profile, self._settings, self._gyroscope)

    @property
    def told_to_stop(self) -> bool:
        """Whether it was told to stop since it was last told to start, or nothing can stop it but hanging up."""
        phases = [heard.phase for heard in self.heard]
        last_start = max((at for at, phase in enumerate(phases) if phase == "start"), default=0)
        return not self.running and (not self.profile.commands.stop or "stop" in phases[last_start:])

    async def switch_on(self, max_mtu: int = 517) -> "VirtualSensor":
        """Be there and advertise."""
        self.device = await self.radio.new_device(self.name)
        self.device.gatt_server.max_mtu = max_mtu
        channels = self.profile.channels
        for service in dict.fromkeys(channel.service for channel in channels.values()):
            own = [self._made(name) for name, channel in channels.items() if channel.service == service]
            self.device.add_service(Service(service, own))
        self.device.on("connection", self._on_connection)
        await self.advertise()
        return self

    async def advertise(self) -> None:
        """The services in the advertisement, the name only in the scan response, as many sensors do."""
        kinds = core.AdvertisingData.Type
        said = [(kinds.FLAGS, b"\x06")]
        if self.profile.match.services:
            service = core.UUID(self.profile.match.services[0]).to_bytes(force_128=True)
            said.append((kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, service))
        if self.profile.match.company_id is not None:
            company = struct.pack("<H", self.profile.match.company_id)
            said.append((kinds.MANUFACTURER_SPECIFIC_DATA, company + b"\x01"))
        await self.device.start_advertising(
            advertising_data=bytes(core.AdvertisingData(said)),
            scan_response_data=bytes(core.AdvertisingData([(kinds.COMPLETE_LOCAL_NAME, self.name.encode())])),
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )

    async def hang_up(self, for_s: float | None = 0.0) -> None:
        """Drop the link, and be back after a while; None: never."""
        assert self.connection is not None
        self.returns_after_s = for_s
        await self.connection.disconnect(hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    async def left_alone(self, within_s: float = 5.0) -> None:
        """Until it knows that nobody is connected: that the other end has hung up must reach it over the air."""
        async with asyncio.timeout(within_s):
            while self.connection is not None:
                await asyncio.sleep(0.01)

    def out_of_range(self, supervision_timeout_s: float | None = None) -> None:
        """Not heard any more; the link is given up after the time-out, None: not yet."""
        self.radio.link.fade(self.radio.controllers[self.device], supervision_timeout_s)

    def back_in_range(self) -> None:
        self.radio.link.back_in_range(self.radio.controllers[self.device])

    def leave_running(self) -> None:
        """As another app left it."""
        self._go()

    def _made(self, name: str) -> "Characteristic[bytes]":
        channel = self.profile.channels[name]
        properties = Characteristic.Properties(0)
        for use in channel.uses:
            properties |= PROPERTIES[use]
        made: Characteristic[bytes] = Characteristic(
            channel.characteristic,
            properties,
            Characteristic.READABLE | Characteristic.WRITEABLE,
            CharacteristicValue(read=lambda _: self._read(name), write=lambda _, value: self._written(name, value)),
        )
        made.on("subscription", lambda _, notify, indicate: self._subscribed(name, notify or indicate))
        self._characteristics[name] = made
        return made

    def _on_connection(self, connection: Connection) -> None:
        self.connection = connection
        connection.on("disconnection", self._on_disconnection)
        if self.faults.hang_ups:
            self.faults.hang_ups -= 1
            self._soon(self.hang_up())

    def _on_disconnection(self, _reason: int) -> None:
        self.connection = None
        self._halt()
        if self.returns_after_s is not None:
            self._soon(self._return(self.returns_after_s))
            self.returns_after_s = 0.0

    async def _return(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.advertise()

    def _soon(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.ensure_future(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _read(self, name: str) -> bytes:
        await self._unless_mute(name)
        if self.profile.battery is not None and name == self.profile.battery.channel:
            return self._battery_answer()
        for command in self.profile.commands.probe:
            if command.channel == name and command.write is None:
                return answer(self.profile, Heard(command, "probe", {}), 0, self.variant, b"") or b""
        return READ_OF_CONTROL_POINT

    async def _unless_mute(self, name: str) -> None:
        if name in self.faults.mute:
            await asyncio.Event().wait()

    async def _written(self, name: str, value: bytes) -> None:
        await self._unless_mute(name)
        if self._asks_for_battery(name, value):
            return
        self._unfinished += value
        heard = recognise(self.profile, name, self._unfinished, self.variant)
        if heard is None and any(c.channel == name and c.chunk_bytes for c in self.profile.commands.all()):
            return
        self._unfinished = b""
        if heard is None:
            raise ATT_Error(ErrorCode.VALUE_NOT_ALLOWED)
        self.heard.append(heard)
        if heard.phase in self.faults.refuse_write:
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)
        if not self.faults.never_answer:
            self._obey(heard)

    def _asks_for_battery(self, name: str, value: bytes) -> bool:
        battery = self.profile.battery
        if battery is None or not battery.write or name != battery.channel or value != fill_template(battery.write, {}):
            return False
        self._soon(self._tell(battery.reply_channel or name, self._battery_answer()))
        return True

    def _obey(self, heard: Heard) -> None:
        status = self.faults.refuse.get(heard.phase, self.profile.status.ok[0])
        if heard.phase == "start" and self.running and self.profile.status.stop_and_retry:
            status = self.profile.status.stop_and_retry[0]  # it runs already
        offered = offered_settings(self.profile, heard.command.reply_settings)
        reply = answer(self.profile, heard, status, self.variant, offered)
        if reply is not None and heard.command.reply is not None:
            self._soon(self._reply(heard.command.reply, reply))
        if status not in self.profile.status.ok:
            return
        before = self.chosen
        self._settings |= heard.settings
        self._gyroscope |= heard.command.when == "with_gyr" and heard.phase != "stop"
        if heard.phase == "stop":
            self._halt()
        elif self.running and self.chosen != before:
            self._halt()
            self._go()
        if heard.phase == "start" and heard.command == self._last_start():
            self._go()

    async def _reply(self, reply: Reply, payload: bytes) -> None:
        """An answer; one that is too long comes in pieces, each with the head of the whole and "more follows"."""
        room = self.connection.att_mtu - 3 if self.connection else 0
        more = next((captured.start for captured in reply.parsed.captures if captured.name == "more"), None)
        if more is not None and room:
            head = payload[: more + 1]
            while len(payload) > room:
                await self._tell(reply.channel, head[:more] + b"\x01" + payload[len(head) : room])
                payload = head + payload[room:]
        await self._tell(reply.channel, payload)

    def _last_start(self) -> object:
        return list(wanted(self.profile.commands.start, self.chosen, self.variant))[-1]

    def _battery_answer(self) -> bytes:
        battery = self.profile.battery
        assert battery is not None
        pattern = parse_pattern(battery.pattern)
        out = bytearray(pattern.value)
        volts = next((above for above, percent in battery.percent_from_v if percent <= self.battery_percent), 0.0)
        values = {"percent": self.battery_percent, "volts": round(volts / (battery.volts_per_lsb or 1.0))}
        for captured in pattern.captures:
            struct.pack_into(captured.code or "", out, captured.start, values.get(captured.name, 0))
        return bytes(out)

    def _subscribed(self, name: str, on: bool) -> None:
        if self.profile.channels[name].carries == "data" and not self.profile.commands.start:
            if on:
                self._go()
            else:
                self._halt()

    def _go(self) -> None:
        if not self.running:
            self.running = True
            self._streaming = asyncio.ensure_future(self._stream())

    def _halt(self) -> None:
        self.running = False
        if self._streaming is not None:
            self._streaming.cancel()

    async def _stream(self) -> None:
        """Each packet when its last sample has been taken; those of the time before are lost."""
        loop = asyncio.get_running_loop()
        resumed_at = loop.time()
        if self._started_at is None:
            self._started_at = resumed_at
        for number, (ready_s, channel, payload) in enumerate(self._packets()):
            due = self._started_at + ready_s / self.speed
            if due < resumed_at:
                continue
            if self.faults.silent_after_s is not None and ready_s >= self.faults.silent_after_s:
                return
            await asyncio.sleep(max(0.0, due - loop.time()))  # others have their turn also when it is late
            sent = [payload] if self.faults.tamper is None else self.faults.tamper(number, payload)
            for one in sent:
                await self._tell(channel, one)
        self.done.set()

    def _packets(self) -> Iterator[tuple[float, str, bytes]]:
        """(when ready (s), channel, bytes) of everything that there will be."""
        chosen, burst_s = self.chosen, self.faults.burst_s
        samples, encoder = resampled(self.samples, chosen.rate_hz), PacketEncoder(self.profile, chosen)
        duration_s = len(samples) / chosen.rate_hz
        for turn in count() if self.tireless else (0,):
            worn = SampleBatch(samples.t_s + turn * duration_s, samples.acc_m_s2, samples.gyr_rad_s)
            for start in range(0, len(worn), ENCODED_TOGETHER):
                for packet in encoder.encode(worn[start : start + ENCODED_TOGETHER]):
                    ready_s = (packet.last + 1) / chosen.rate_hz
                    if burst_s:
                        ready_s = float(np.ceil(ready_s / burst_s)) * burst_s
                    yield ready_s, packet.channel, packet.payload

    async def _tell(self, name: str, payload: bytes) -> None:
        if self.connection is None:
            return
        channel, made = self.profile.channels[name], self._characteristics[name]
        with contextlib.suppress(core.BaseBumbleError, TimeoutError):
            for part in self._parts(name, payload, self.connection.att_mtu - 3):
                if channel.carries == "data":
                    self.sent.append(part)
                if "notify" in channel.uses:
                    await self.device.notify_subscriber(self.connection, made, part)
                else:
                    await self.device.indicate_subscriber(self.connection, made, part)

    def _parts(self, name: str, payload: bytes, room: int) -> list[bytes]:
        """A payload as the notifications that carry it."""
        for packet in self.profile.packets:
            if packet.channel == name and packet.text is not None and packet.text.framing == "lines":
                return [payload[at : at + room] for at in range(0, len(payload), room)]
            if packet.channel == name and packet.parts is not None and parse_pattern(packet.match).fits(payload):
                return split_packet(packet, payload, room)
        return [payload]


def resampled(samples: SampleBatch, rate_hz: float) -> SampleBatch:
    """The same movement, sampled at another rate."""
    t_s = np.arange(int((samples.t_s[-1] - samples.t_s[0]) * rate_hz)) / rate_hz + samples.t_s[0]
    columns = [samples.acc_m_s2] if samples.gyr_rad_s is None else [samples.acc_m_s2, samples.gyr_rad_s]
    taken = [np.stack([np.interp(t_s, samples.t_s, c[:, axis]) for axis in range(3)], 1) for c in columns]
    return SampleBatch(t_s, *taken)
