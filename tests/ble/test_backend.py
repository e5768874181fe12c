"""The parts of bleak that the virtual backend imitates are still there, with the same signatures."""

import inspect

import bleak
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak_backend import VirtualClient, VirtualScanner


def parameters(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]  # type: ignore[arg-type]


def test_every_abstract_method_is_there_and_no_more_are_asked_for() -> None:
    assert not VirtualClient.__abstractmethods__
    assert not VirtualScanner.__abstractmethods__


def test_the_base_classes_take_what_they_are_given() -> None:
    given = ["address_or_ble_device", "disconnected_callback", "timeout", "kwargs"]
    assert parameters(BaseBleakClient.__init__) == given
    assert parameters(BaseBleakScanner.__init__) == ["detection_callback", "service_uuids"]
    assert parameters(BaseBleakScanner.create_or_update_device) == ["key", "address", "name", "details", "adv"]
    assert parameters(BaseBleakScanner.call_detection_callbacks) == ["device", "advertisement_data"]
    assert parameters(BaseBleakClient.connect) == ["pair", "kwargs"]
    assert parameters(BaseBleakClient.write_gatt_char) == ["characteristic", "data", "response"]
    assert parameters(BaseBleakClient.start_notify) == ["characteristic", "callback", "kwargs"]


def test_what_the_backend_fills_in_has_the_same_fields() -> None:
    fields = ("local_name", "manufacturer_data", "service_data", "service_uuids", "tx_power", "rssi", "platform_data")
    assert AdvertisementData._fields == fields
    assert parameters(BleakGATTService.__init__) == ["obj", "handle", "uuid"]
    sizes = ["obj", "handle", "uuid", "properties", "max_write_without_response_size", "service"]
    assert parameters(BleakGATTCharacteristic.__init__) == sizes
    assert parameters(BleakGATTDescriptor.__init__) == ["obj", "handle", "uuid", "characteristic"]
    assert {"add_service", "add_characteristic", "add_descriptor"} <= set(dir(BleakGATTServiceCollection))


def test_bleak_asks_for_its_backend_where_the_room_answers() -> None:
    for name in ("get_platform_client_backend_type", "get_platform_scanner_backend_type"):
        assert callable(getattr(bleak, name))
    assert "get_platform_client_backend_type()" in inspect.getsource(bleak.BleakClient.__init__)
    assert "get_platform_scanner_backend_type()" in inspect.getsource(bleak.BleakScanner.__init__)
