"""Every way in which Bluetooth fails, in words that say what to do next."""

import subprocess
import sys

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from athena_sense.errors import SourceError
from athena_sense.sources.ble import in_words

DBUS = "org.freedesktop.DBus.Error"
WORDS = [
    (FileNotFoundError(2, "No such file or directory"), "sudo systemctl start bluetooth"),
    (ConnectionRefusedError(), "sudo systemctl start bluetooth"),
    (BleakDBusError(f"{DBUS}.ServiceUnknown", ["org.bluez"]), "sudo systemctl start bluetooth"),
    (BleakDBusError(f"{DBUS}.AccessDenied", ["no"]), "may not use Bluetooth: allow it"),
    (PermissionError(1, "no"), "may not use Bluetooth: allow it"),
    (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), "Bluetooth is off: switch it on"),
    (BleakDBusError("org.bluez.Error.AuthenticationFailed", ["no"]), "asks to be paired: pair it"),
    (BleakDBusError("org.bluez.Error.Failed", ["odd"]), r"my sensor: Bluetooth failed \(.*odd\): try again"),
    (BleakGATTProtocolError(0x05), "asks to be paired: pair it"),
    (BleakGATTProtocolError(0x03), "my sensor refused: .*Write Not Permitted"),
    (BleakGATTProtocolError(0x0E), "the link to my sensor broke"),
    (TimeoutError(), "my sensor does not answer: bring it near"),
    (BleakDeviceNotFoundError("x"), "my sensor does not answer: bring it near"),
    (BleakCharacteristicNotFoundError("x"), "my sensor: Bluetooth failed"),
    (BleakError(), "my sensor: Bluetooth failed"),
    (OSError(-2147023673, "cancelled by the user"), "my sensor: Bluetooth failed"),
]
REASONS = {
    "NO_BLUETOOTH": "no Bluetooth adapter was found: plug one in",
    "NO_BLE_CENTRAL_ROLE": "cannot do Low Energy: use another",
    "POWERED_OFF": "Bluetooth is off: switch it on",
    "DENIED_BY_USER": "may not use Bluetooth: allow it",
    "DENIED_BY_SYSTEM": "may not use Bluetooth: allow it",
    "DENIED_BY_UNKNOWN": "may not use Bluetooth: allow it",
    "UNKNOWN": "Bluetooth cannot be used: odd",
}


@pytest.mark.parametrize(("error", "words"), WORDS, ids=lambda value: type(value).__name__)
def test_an_error_of_bleak_says_what_to_do(error: Exception, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught, in_words("my sensor"):
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reason", BleakBluetoothNotAvailableReason)
def test_bluetooth_that_is_not_available_says_why(reason: BleakBluetoothNotAvailableReason) -> None:
    with pytest.raises(SourceError, match=REASONS[reason.name]), in_words("my sensor"):
        raise BleakBluetoothNotAvailableError("odd", reason)


def test_help_does_not_wait_for_bleak() -> None:
    code = "import sys, athena_sense.cli, athena_sense.sources; print('bleak' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
