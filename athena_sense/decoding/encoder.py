"""The inverse of decoding: packets as the sensor would send them. What simulated and virtual sensors speak."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.decoding.channels import Binary, binary_codec
from athena_sense.decoding.polar_delta import PolarDeltaCodec
from athena_sense.decoding.text import TextCodec
from athena_sense.profiles.model import FirmwareProfile
from athena_sense.profiles.packets import Packet, Time
from athena_sense.profiles.patterns import parse_pattern
from athena_sense.profiles.settings import Chosen, choose

ATT_HEADER_BYTES = 3
MIN_PAYLOAD_BYTES = 20
MAX_OPEN_BYTES = 200
"""Size up to which an open-ended packet is filled where its profile does not say how many samples it holds."""


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """A packet that is ready to be sent once sample `last` (its index in what was encoded) has been taken."""

    channel: str
    payload: bytes
    first: int
    last: int


class PacketEncoder:
    """Encodes samples with the first kinds of packet that carry them; goes on where the last call ended.

    `kinds` names others of the profile's kinds that are to be used: a sensor's variants differ in them.
    """

    def __init__(self, profile: FirmwareProfile, chosen: Chosen | None = None, kinds: Collection[str] = ()) -> None:
        self.profile = profile
        self.chosen = chosen or choose(profile)
        first = self._kind("acc", kinds)
        largest = max(MIN_PAYLOAD_BYTES, profile.min_mtu - ATT_HEADER_BYTES)
        self._streams = [_StreamEncoder(first, self.chosen, largest)]
        if self.chosen.gyroscope and "gyr" not in first.carried:
            self._streams.append(_StreamEncoder(self._kind("gyr", kinds), self.chosen, largest))
        self._next = 0

    def _kind(self, name: str, kinds: Collection[str]) -> Packet:
        """The kind of packet that carries `name`; with both where angular rates are wanted and that can be had."""
        having = [packet for packet in self.profile.packets if name in packet.carried]
        if self.chosen.gyroscope:
            having = [packet for packet in having if packet.carried == {"acc", "gyr"}] or having
        return next((packet for packet in having if packet.name in kinds), having[0])

    def encode(self, samples: SampleBatch) -> list[EncodedPacket]:
        """All packets that these samples complete, in the order in which they become ready.

        The sensor's own time stamps are made from `t_s`. Samples that do not fill a packet wait for the next call.
        """
        ready = [packet for stream in self._streams for packet in stream.encode(samples, self._next)]
        self._next += len(samples)
        return sorted(ready, key=lambda packet: packet.last)


class _StreamEncoder:
    """One kind of packet: collects samples until a packet is full."""

    def __init__(self, packet: Packet, chosen: Chosen, largest: int) -> None:
        self._packet = packet
        self._codec: Binary | TextCodec = (
            TextCodec([packet], chosen) if packet.codec == "text" else binary_codec(packet, chosen)
        )
        self._size = samples_each(packet)
        self._largest = largest
        self._packets = 0
        self._t_s: FloatArray = np.empty(0)
        self._values: FloatArray = np.empty((0, 6))

    def encode(self, samples: SampleBatch, first: int) -> Iterator[EncodedPacket]:
        """Packets that are full now; `first` is the index of the first of these samples."""
        gyr = np.zeros_like(samples.acc_m_s2) if samples.gyr_rad_s is None else samples.gyr_rad_s
        start = first - len(self._t_s)
        self._t_s = np.concatenate([self._t_s, samples.t_s])
        self._values = np.concatenate([self._values, np.hstack([samples.acc_m_s2, gyr])])
        full = len(self._t_s) // self._size * self._size
        for at in range(0, full, self._size):
            yield from self._fitting(at, at + self._size, start)
        self._t_s, self._values = self._t_s[full:], self._values[full:]

    def _fitting(self, first: int, end: int, start: int) -> Iterator[EncodedPacket]:
        """A packet of these samples, or two where differences that need many bits make it too long."""
        payload = self._one(self._t_s[first:end], self._values[first:end], start + first)
        if self._packet.codec == "polar_delta" and len(payload) > self._largest and end - first > 1:
            middle = (first + end) // 2
            yield from self._fitting(first, middle, start)
            yield from self._fitting(middle, end, start)
        else:
            self._packets += 1
            yield EncodedPacket(self._packet.channel, payload, start + first, start + end - 1)

    def _one(self, t_s: FloatArray, values: FloatArray, first: int) -> bytes:
        acc, gyr = values[:, :3], values[:, 3:]
        stamp = 0 if self._packet.time is None else self._stamp(self._packet.time, t_s, first)
        if isinstance(self._codec, TextCodec):
            return self._codec.encode(0, acc, gyr, stamp)
        if isinstance(self._codec, PolarDeltaCodec):
            factor = self._packet.factor
            own = acc if self._codec.name == "acc" else gyr
            return self._codec.encode(own, stamp, 1.0 if factor is None else factor.default)
        return self._codec.encode(acc if "acc" in self._packet.carried else None, gyr, stamp)

    def _stamp(self, time: Time, t_s: FloatArray, first: int) -> int:
        if time.unit == "packets":
            return self._packets
        if time.unit == "samples":
            return first if time.of == "first" else first + len(t_s) - 1
        return round(float(t_s[0] if time.of == "first" else t_s[-1]) * 1e9 / (time.unit_ns or 1))


def samples_each(packet: Packet) -> int:
    """Samples in one packet of this kind, as its sensor usually sends it."""
    if packet.codec == "text":
        return 1
    if packet.samples != "to_end":
        return packet.samples
    return packet.send_samples or max(1, (MAX_OPEN_BYTES - packet.header_bytes) // packet.sample_bytes)


def split_packet(packet: Packet, payload: bytes, first_bytes: int) -> list[bytes]:
    """A payload as the notifications that carry it, where its kind comes in two parts beyond `first_bytes`."""
    if packet.parts is None or len(payload) <= first_bytes:
        return [payload]
    return [payload[:first_bytes], parse_pattern(packet.parts.second).value + payload[first_bytes:]]
