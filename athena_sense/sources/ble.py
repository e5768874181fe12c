"""Bluetooth LE: the one file that imports bleak. What is in reach, one link, and errors in the user's words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter_ns
from weakref import WeakKeyDictionary

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from athena_sense.datatypes import Notification
from athena_sense.errors import SourceError
from athena_sense.profiles import FirmwareProfile
from athena_sense.sources.unbroken import to_its_end

CONNECT_TIMEOUT_S = 10.0
CONNECT_ATTEMPTS = 3
CONNECTED_SOON_S = 2.0
"""A sensor in reach is connected within; what is given up is waited for so long, since BlueZ may lose its own request
to stop connecting, and then keeps a link that nobody knows of and a sensor that nobody else can reach."""
DISCONNECT_TIMEOUT_S = 5.0
"""BlueZ takes 2 s to disconnect."""
ANSWER_S = 30.0
"""What a sensor has not answered by then it never will: both its requests and pairing, which some of them lead to, end
after so long (Bluetooth Core Specification, Vol 3, Part F, 3.3.3 and Part H, 3.4). Not every system says so."""
ATT_HEADER_BYTES = 3
"""Bytes of a packet that are not payload (Bluetooth Core Specification, Vol 3, Part F, 3.4.7.1)."""


class LinkError(SourceError):
    """The link does not work now; it may the next time."""


@dataclass(frozen=True, slots=True)
class Advertiser:
    """Something in reach that advertises. `device` is the operating system's handle for connecting."""

    name: str
    address: str
    services: frozenset[str]
    company_ids: frozenset[int]
    rssi_dbm: int
    device: BLEDevice = field(repr=False, compare=False)


_one_at_a_time: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def _radio() -> asyncio.Lock:
    """Held while scanning or connecting.

    Weak adapters (Raspberry Pi) fail to connect while they scan, and BlueZ answers concurrent connects with
    "connected" and no services (3 of 24 measured).
    """
    return _one_at_a_time.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def scan(for_s: float, enough: Callable[[Sequence[Advertiser]], bool] = lambda heard: False) -> list[Advertiser]:
    """Everything that advertises, strongest first; ends early once `enough` is heard.

    Raises:
        SourceError: Bluetooth cannot be used; the message says what to do.
    """
    heard: dict[str, Advertiser] = {}
    done = asyncio.Event()

    def on_heard(device: BLEDevice, data: AdvertisementData) -> None:
        heard[device.address] = _joined(heard.get(device.address), device, data)
        if enough(list(heard.values())):
            done.set()

    async with _radio():
        with in_words("the Bluetooth adapter"):
            async with _scanning(on_heard):
                with suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), for_s)
    return sorted(heard.values(), key=lambda advertiser: -advertiser.rssi_dbm)


@asynccontextmanager
async def _scanning(on_heard: Callable[[BLEDevice, AdvertisementData], None]) -> AsyncIterator[None]:
    """Begun and ended whole, whoever cancels.

    Cut off in its beginning, bleak would leave BlueZ scanning, and the next scan would be refused as in progress.
    """
    scanner = BleakScanner(on_heard)
    try:
        await to_its_end(scanner.start())
    except asyncio.CancelledError:
        with suppress(BleakError):  # it may not have begun
            await to_its_end(scanner.stop())
        raise
    try:
        yield
    finally:
        await to_its_end(scanner.stop())


def _joined(before: Advertiser | None, device: BLEDevice, data: AdvertisementData) -> Advertiser:
    # The name may come only with the scan response, after the services: keep what was heard before.
    name, services, companies = ("", frozenset[str](), frozenset[int]())
    if before is not None:
        name, services, companies = before.name, before.services, before.company_ids
    return Advertiser(
        data.local_name or device.name or name,
        device.address,
        services | frozenset(data.service_uuids),
        companies | frozenset(data.manufacturer_data),
        data.rssi,
        device,
    )


class Link:
    """One connection to a sensor. `heard` gets each notification; `gone` is set when the link is."""

    def __init__(self, advertiser: Advertiser, profile: FirmwareProfile, heard: Callable[[Notification], None]) -> None:
        self.gone = asyncio.Event()
        self._advertiser, self._profile, self._heard = advertiser, profile, heard
        self._client: BleakClient | None = None
        self._found: Mapping[str, BleakGATTCharacteristic] = {}

    @property
    def label(self) -> str:
        """What the user calls it."""
        return self._advertiser.name or self._advertiser.address

    @property
    def channels(self) -> frozenset[str]:
        """The profile's channels that this sensor has."""
        return frozenset(self._found)

    @property
    def packet_bytes(self) -> int:
        """Largest notification that fits, as far as the operating system tells."""
        # bleak's `mtu_size` is always 23 on BlueZ; this is the truth there, though it may start at 20 and grow.
        sizes = [found.max_write_without_response_size for found in self._found.values()]
        return max(sizes, default=20)

    async def open(self, needed: Sequence[str]) -> None:
        """Connect; the sensor must have these channels of the profile.

        Raises:
            LinkError: no connection, or it broke.
            SourceError: it is connected, but a channel is missing.
        """
        for _ in range(CONNECT_ATTEMPTS):
            async with _radio():
                await self._connect()
            self._found = self._characteristics()
            missing = [name for name in needed if name not in self._found]
            if not missing:
                return
            if self.gone.is_set():
                raise LinkError(f"the link to {self.label} broke while it was made: bring it near and try again")
            # BlueZ can report a connection before it knows any service: only a new one finds them.
            await self.close()
        raise SourceError(
            f"{self.label} lacks what a {self._profile.title} has ({', '.join(missing)}): "
            "it may be in another mode, need newer firmware, or be something else"
        )

    async def _connect(self) -> None:
        self.gone = asyncio.Event()
        gone = self.gone  # a late callback of this client must not end the next link

        def on_disconnected(_client: BleakClient) -> None:
            gone.set()  # wanted or not: bleak calls this for both

        # The device, not its address: bleak would scan for an address, and macOS does not tell any.
        self._client = BleakClient(self._advertiser.device, on_disconnected, timeout=CONNECT_TIMEOUT_S)
        connecting = asyncio.ensure_future(self._client.connect())
        try:
            with in_words(self.label):
                await asyncio.wait_for(asyncio.shield(connecting), 2 * CONNECT_TIMEOUT_S)
        except BaseException:
            await to_its_end(self._give_up(connecting))
            raise

    async def _give_up(self, connecting: asyncio.Future[None]) -> None:
        """Hang up as soon as it is connected, or stop connecting."""
        with suppress(Exception, asyncio.CancelledError):
            await asyncio.wait_for(connecting, CONNECTED_SOON_S)
        await self.close()

    def _characteristics(self) -> dict[str, BleakGATTCharacteristic]:
        """Channel → characteristic, by service and UUID: handles differ between systems and connections."""
        found: dict[str, BleakGATTCharacteristic] = {}
        with suppress(BleakError, LinkError):  # no services were discovered, or it is gone again
            for service in self._alive().services:
                for name, channel in self._profile.channels.items():
                    characteristic = service.get_characteristic(channel.characteristic)
                    if service.uuid == channel.service and characteristic is not None:
                        found[name] = characteristic
        return found

    async def subscribe(self, channel: str) -> None:
        """Notifications of a channel from now on; needed again on each connection."""
        heard = self._heard

        def on_notification(_sender: BleakGATTCharacteristic, data: bytearray) -> None:
            # Not time.monotonic_ns: before Python 3.13 it ticks every 16 ms on Windows.
            heard(Notification(perf_counter_ns(), channel, bytes(data)))

        async with self._asking() as client:
            await client.start_notify(self._found[channel], on_notification)

    async def write(self, channel: str, payload: bytes, response: bool) -> None:
        async with self._asking() as client:
            await client.write_gatt_char(self._found[channel], payload, response=response)

    async def read(self, channel: str) -> bytes:
        async with self._asking() as client:
            return bytes(await client.read_gatt_char(self._found[channel]))

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[BleakClient]:
        """The client, for one request that is answered in time or ends in words."""
        with in_words(self.label):
            try:
                async with asyncio.timeout(ANSWER_S):
                    yield self._alive()
            except TimeoutError as error:
                raise SourceError(f"{self.label} is connected but does not answer: switch it off and on") from error

    async def close(self) -> None:
        """Hang up. Never fails."""
        client, self._client = self._client, None
        if client is not None:
            # Also where the link is gone already: without it BlueZ delivers every notification twice after the
            # next connection (bleak #2002).
            with suppress(Exception):
                async with asyncio.timeout(DISCONNECT_TIMEOUT_S):
                    await client.disconnect()
        self.gone.set()

    def _alive(self) -> BleakClient:
        # After a lost link bleak forgets the services and speaks of "service discovery": say what happened.
        if self._client is None or self.gone.is_set():
            raise LinkError(f"the link to {self.label} broke: keep it near, and see that its battery is charged")
        return self._client


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Every error of bleak as a SourceError about `name` that says what to do next."""
    try:
        yield
    except SourceError:
        raise
    # bleak lets errors of the systems below it through: OSError on Windows, those of D-Bus on Linux.
    except Exception as error:
        raise _in_words(name, error) from error


_START_BLUEZ = "Bluetooth's service does not run: install BlueZ and start it (sudo systemctl start bluetooth)"
_SWITCH_ON = "Bluetooth is off: switch it on in the system's settings (Linux: bluetoothctl power on)"
_ALLOW = (
    "this program may not use Bluetooth: allow it (macOS: System Settings, Privacy & Security, Bluetooth, "
    "your terminal; Linux: join the group bluetooth)"
)
_NO_ADAPTER = "no Bluetooth adapter was found: plug one in, or switch on the one inside"
_REASONS = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: _NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: "this Bluetooth adapter cannot do Low Energy: use another",
    BleakBluetoothNotAvailableReason.POWERED_OFF: _SWITCH_ON,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: _ALLOW,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: _ALLOW,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: _ALLOW,
}
_DBUS_NAMES = {
    "ServiceUnknown": _START_BLUEZ,
    "NameHasNoOwner": _START_BLUEZ,
    "NotReady": _SWITCH_ON,
    "AccessDenied": _ALLOW,
    "NotAuthorized": _ALLOW,
}
_PAIRING_CODES = (0x05, 0x08, 0x0C, 0x0F)
"""ATT errors that end with pairing: insufficient authentication, authorization, key size, encryption."""


def _in_words(name: str, error: Exception) -> SourceError:
    if isinstance(error, BleakBluetoothNotAvailableError):
        return LinkError(_REASONS.get(error.reason, f"Bluetooth cannot be used: {error.args[0]}"))
    if isinstance(error, BleakDBusError):
        last = error.dbus_error.rpartition(".")[2]
        if last in _DBUS_NAMES:
            return LinkError(_DBUS_NAMES[last])
        if last.startswith("Authentication"):
            return _pair(name)
    if isinstance(error, BleakGATTProtocolError):
        if error.code in _PAIRING_CODES:
            return _pair(name)
        if error.code == 0x0E:  # what BlueZ says where the link is lost under a request
            return LinkError(f"the link to {name} broke: keep it near, and see that its battery is charged")
        return SourceError(
            f"{name} refused: {error.args[1]}; switch it off and on again, and close every app that may hold it; "
            "another firmware may lack this"
        )
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):  # no D-Bus socket
        return LinkError(_START_BLUEZ)
    if isinstance(error, PermissionError):
        return LinkError(_ALLOW)
    if isinstance(error, TimeoutError | BleakDeviceNotFoundError):
        return LinkError(
            f"{name} does not answer: bring it near, wake it up, and close every other app that may hold it, "
            "also on phones"
        )
    return LinkError(
        f"{name}: Bluetooth failed ({str(error) or type(error).__name__}): try again; if it stays so, switch Bluetooth "
        "off and on"
    )


def _pair(name: str) -> SourceError:
    return SourceError(
        f"{name} asks to be paired: pair it in the system's Bluetooth settings; if it is paired already, "
        "remove it there first"
    )
