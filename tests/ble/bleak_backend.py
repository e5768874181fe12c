"""A backend for bleak over a bumble device in the central role: everything of bleak but the operating system."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import core, hci
from bumble.att import ATT_Error
from bumble.device import Advertisement, Connection, Device
from bumble.gatt import Characteristic
from bumble.gatt_client import CharacteristicProxy
from bumble.hci import Address

T = TypeVar("T")
FAILURES = (core.BaseBumbleError, TimeoutError, asyncio.InvalidStateError)


def uuid_text(uuid: core.UUID) -> str:
    """A UUID as bleak writes it: 128 bits in lower case."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


class VirtualScanner(BaseBleakScanner):
    """Hears the advertisements of a virtual radio. `central` is set on a subclass."""

    central: Device

    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **kwargs: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices.clear()
        self.central.on("advertisement", self._heard)
        await self.central.start_scanning()

    async def stop(self) -> None:
        self.central.remove_listener("advertisement", self._heard)
        await self.central.stop_scanning()

    def _heard(self, advertisement: Advertisement) -> None:
        data = advertisement.data
        # The same UUID can stand in the advertisement and in the scan response.
        services = {
            uuid_text(uuid)
            for kind in (
                core.AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                core.AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            )
            for uuids in data.get_all(kind)
            for uuid in uuids
        }
        name = data.get(core.AdvertisingData.Type.COMPLETE_LOCAL_NAME)
        makers = data.get_all(core.AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA)
        address = advertisement.address.to_string(with_type_qualifier=False)
        heard = AdvertisementData(
            local_name=name,
            manufacturer_data=dict(makers),
            service_data={},
            service_uuids=sorted(services),
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(),
        )
        if self.is_allowed_uuid(heard.service_uuids):
            device = self.create_or_update_device(address, address, name, advertisement.address, heard)
            self.call_detection_callbacks(device, heard)


class VirtualClient(BaseBleakClient):
    """A GATT client over a virtual radio. `central` is set on a subclass."""

    central: Device
    connecting: asyncio.Lock

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._connection: Connection | None = None
        self._gone = asyncio.Event()
        self._requests: set[asyncio.Future[Any]] = set()

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return 23  # as on BlueZ, whatever was agreed on

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        if self.is_connected:
            raise BleakError("already connected")
        async with self.connecting:  # a controller makes one connection at a time
            connection = await self._connected()
        self._gone.clear()
        self._connection = connection
        connection.on("disconnection", self._on_disconnection)
        if connection.handle not in self.central.connections:  # it was gone before we could listen
            self._on_disconnection(0)
        try:
            await self._request(connection.gatt_client.request_mtu(517))
            self.services = await self._discovered(connection)
        except BaseException:
            await self.disconnect()
            raise

    async def _connected(self) -> Connection:
        attempt = asyncio.ensure_future(self.central.connect(Address(self.address), timeout=self._timeout))
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            await self.central.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
            await asyncio.wait([attempt])
            if attempt.exception() is None:
                await attempt.result().disconnect()
            raise
        except (core.TimeoutError, TimeoutError) as error:
            raise TimeoutError from error
        except core.ConnectionError as error:
            raise BleakDeviceNotFoundError(self.address, str(error)) from error

    async def _discovered(self, connection: Connection) -> BleakGATTServiceCollection:
        client, found = connection.gatt_client, BleakGATTServiceCollection()
        for service in await self._request(client.discover_services()):
            own = BleakGATTService(service, service.handle, uuid_text(service.uuid))
            found.add_service(own)
            for proxy in await self._request(client.discover_characteristics([], service)):
                held = [flag for flag in Characteristic.Properties if flag & proxy.properties]
                flags = [str(flag.name).lower().replace("_", "-") for flag in held]
                characteristic = BleakGATTCharacteristic(
                    proxy, proxy.handle, uuid_text(proxy.uuid), flags, lambda: client.mtu - 3, own
                )
                found.add_characteristic(characteristic)
                for descriptor in await self._request(client.discover_descriptors(proxy)):
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid_text(descriptor.type), characteristic)
                    )
        return found

    async def disconnect(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.disconnect()
            except FAILURES:  # it went while we were hanging up
                self._on_disconnection(0)

    def _on_disconnection(self, reason: int) -> None:
        if self._connection is None:
            return
        self._connection = None
        self.services = None
        self._gone.set()
        if self._disconnected_callback is not None:
            self._disconnected_callback()  # for wanted and unwanted ends alike, as on BlueZ

    async def _request(self, work: Coroutine[Any, Any, T]) -> T:
        """The answer to a request, or BleakError once the link is gone."""
        # A cancelled caller must not take the request along: its late answer would go to the next one.
        request = asyncio.ensure_future(work)
        self._requests.add(request)
        request.add_done_callback(self._forget)
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait([request, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if not request.done() or request.cancelled():
            request.cancel()
            raise BleakError("disconnected")
        try:
            return request.result()
        except ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except FAILURES as error:
            raise BleakError(str(error) or type(error).__name__) from error

    def _forget(self, request: asyncio.Future[Any]) -> None:
        self._requests.discard(request)
        if not request.cancelled():
            request.exception()

    def _alive(self) -> Connection:
        if self._connection is None:
            raise BleakError("Not connected")
        return self._connection

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **kwargs: Any) -> bytearray:
        return bytearray(await self._request(self._alive().gatt_client.read_value(characteristic.handle)))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        await self._request(
            self._alive().gatt_client.write_value(characteristic.handle, bytes(data), with_response=response)
        )

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        proxy: CharacteristicProxy[bytes] = characteristic.obj

        def heard(value: bytes) -> None:
            callback(bytearray(value))

        await self._request(self._alive().gatt_client.subscribe(proxy, heard))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        await self._request(self._alive().gatt_client.unsubscribe(characteristic.obj))

    def _not_played(self) -> Awaitable[Any]:
        raise NotImplementedError("the virtual radio does not play this")

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **kwargs: Any) -> bytearray:
        return await self._not_played()

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        await self._not_played()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        await self._not_played()

    async def unpair(self) -> None:
        await self._not_played()


def backend(central: Device) -> tuple[type[VirtualClient], type[VirtualScanner]]:
    """Backend classes bound to a central. They must be classes: bleak reads their names and calls them."""
    bound = {"central": central, "connecting": asyncio.Lock()}
    return type("VirtualClient", (VirtualClient,), bound), type("VirtualScanner", (VirtualScanner,), bound)
