"""Bluetooth without a radio: bumble controllers on one in-memory link, with the faults that a real one has.

The controllers mend what bumble's own leave out; the link holds back or loses what an out-of-range sensor sends.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from bumble import hci
from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration
from bumble.hci import LeFeatureMask
from bumble.host import Host
from bumble.link import LocalLink
from bumble.ll import AdvertisingPdu, ControlPdu

SUPERVISION_TIMEOUT = 0x08
"""HCI error: the other end was not heard of for too long."""


class RadioController(Controller):
    """A controller that answers what bumble's leaves open."""

    # Bumble's 27 bytes cut a long notification into ten packets: four times the work for the same result.
    le_acl_data_packet_length = 251
    # Legacy advertising only: its scan response can be told apart, and BlueZ 5.66 needs both features off.
    le_features = Controller.le_features & ~(LeFeatureMask.LE_EXTENDED_ADVERTISING | LeFeatureMask.LL_PRIVACY)

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        # Bumble acknowledges this but keeps the pending connection and never ends it: a time-out would hang.
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is not None:
            self.send_hci_packet(
                hci.HCI_LE_Connection_Complete_Event(
                    status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                    connection_handle=0,
                    role=hci.Role.CENTRAL,
                    peer_address_type=pending.peer_address.address_type,
                    peer_address=pending.peer_address,
                    connection_interval=0,
                    peripheral_latency=0,
                    supervision_timeout=0,
                    central_clock_accuracy=0,
                )
            )
        return super().on_hci_le_create_connection_cancel_command(command)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        # Bumble repeats the advertising data as scan response; a real sensor answers with what it has for that.
        if isinstance(packet, hci.HCI_LE_Advertising_Report_Event):
            for report in packet.reports:
                if report.event_type == hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP:
                    sender = self.link.find_le_controller(report.address)
                    report.data = sender.le_legacy_advertiser.scan_response_data if sender else b""
            packet = hci.HCI_LE_Advertising_Report_Event(packet.reports)
        # Not by way of bumble's own method: it writes every packet out in colour for a log that nobody reads.
        if self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))


@dataclass
class _Shadow:
    """What is kept back of a controller that cannot be heard."""

    held: list[tuple[object, ...]] = field(default_factory=list)
    hang_up: asyncio.TimerHandle | None = None


class RadioLink(LocalLink):
    """The air between controllers. What is out of range is held back, as a link layer does, until it is given up."""

    def __init__(self, control_latency_s: float = 0.0) -> None:
        super().__init__()
        self.shadows: dict[Controller, _Shadow] = {}
        self._control_latency_s = control_latency_s

    def fade(self, controller: Controller, supervision_timeout_s: float | None = None) -> None:
        """Out of range: nothing passes. After the supervision timeout both ends are told that the link is lost."""
        shadow = self.shadows.setdefault(controller, _Shadow())
        if supervision_timeout_s is not None:
            loop = asyncio.get_running_loop()
            shadow.hang_up = loop.call_later(supervision_timeout_s, self._give_up, controller)

    def back_in_range(self, controller: Controller) -> None:
        """What was held back arrives now, in one burst."""
        shadow = self.shadows.pop(controller, None)
        if shadow is None:
            return
        if shadow.hang_up is not None:
            shadow.hang_up.cancel()
        for arguments in shadow.held:
            self.send_acl_data(*arguments)

    def send_acl_data(self, sender_controller, destination_address, transport, data) -> None:
        receiver = self.find_le_controller(destination_address)
        for shadow in (self.shadows.get(sender_controller), self.shadows.get(receiver)):
            if shadow is not None:
                shadow.held.append((sender_controller, destination_address, transport, data))
                return
        connection = sender_controller.le_connections.get(destination_address)
        if receiver is not None and connection is not None:
            # Under the address it connected with: bumble would always take the random one.
            source = connection.self_address
            asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, source, transport, data)

    def send_advertising_pdu(self, sender_controller: Controller, packet: AdvertisingPdu) -> None:
        if sender_controller in self.shadows:
            return
        loop = asyncio.get_running_loop()
        for controller in self.controllers - {sender_controller} - self.shadows.keys():
            loop.call_soon(controller.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ControlPdu
    ) -> None:
        ends = {self.find_le_controller(sender_address), self.find_le_controller(receiver_address)}
        if None not in ends and not ends & self.shadows.keys():
            loop, send = asyncio.get_running_loop(), super().send_ll_control_pdu
            loop.call_later(self._control_latency_s, self._pass_on, send, sender_address, receiver_address, packet)

    def _pass_on(
        self, send: Callable[..., None], sender: hci.Address, receiver: hci.Address, packet: ControlPdu
    ) -> None:
        if self.find_le_controller(receiver) is not None:
            send(sender, receiver, packet)

    def _give_up(self, controller: Controller) -> None:
        self.shadows[controller].held.clear()
        for connection in list(controller.le_connections.values()):
            other = self.find_le_controller(connection.peer_address)
            mirrored = other.le_connections.get(connection.self_address) if other else None
            controller.on_le_disconnected(connection, SUPERVISION_TIMEOUT)
            if other is not None and mirrored is not None:
                other.on_le_disconnected(mirrored, SUPERVISION_TIMEOUT)


_numbers = count(1)
"""Every device has an address of its own: BlueZ remembers what it once found at an address."""


class VirtualRadio:
    """A room: devices made here can hear each other. `control_latency_s`: what a link layer's control packets take."""

    def __init__(self, control_latency_s: float = 0.0) -> None:
        self.link = RadioLink(control_latency_s)
        self.controllers: dict[Device, RadioController] = {}

    async def new_device(self, name: str) -> Device:
        """A device that is switched on."""
        number = next(_numbers)
        address = hci.Address(f"C0:DE:00:00:{number >> 8:02X}:{number & 0xFF:02X}")
        controller = RadioController(name, link=self.link)
        device = Device(
            config=DeviceConfiguration(name=name, address=address),
            host=Host(controller, controller),
        )
        self.controllers[device] = controller
        await device.power_on()
        return device

    async def close(self) -> None:
        """Switch every device off."""
        for device in self.controllers:
            await device.power_off()
