"""From notifications to samples in SI units, for any firmware profile. No I/O, no clock."""

from collections import deque
from collections.abc import Sequence
from operator import attrgetter

import numpy as np

from athena_sense.datatypes import FloatArray, Notification
from athena_sense.decoding.channels import ChannelDecoder
from athena_sense.decoding.packets import Decoded, Failure, IntArray, Part, join
from athena_sense.errors import PacketError
from athena_sense.profiles.model import FirmwareProfile
from athena_sense.profiles.packets import Packet
from athena_sense.profiles.patterns import parse_pattern
from athena_sense.profiles.settings import Chosen, choose

REMEMBERED_ERRORS = 100


class PacketDecoder:
    """Decodes the notifications of one connection. Any way of cutting their stream gives the same.

    Notifications of control channels are read for what decoding needs of them (a scale factor), and passed over.
    `error_count` counts every packet that did not fit its profile, `errors` holds the last hundred.
    """

    def __init__(self, profile: FirmwareProfile, chosen: Chosen | None = None) -> None:
        self.profile = profile
        self.chosen = chosen or choose(profile)
        self.error_count = 0
        self.errors: deque[PacketError] = deque(maxlen=REMEMBERED_ERRORS)
        self._seen = 0
        self._arrival_ns = 0
        self._separate = profile.separate_gyroscope
        self._stamped = profile.has_stamps
        self._data = {
            name: ChannelDecoder(profile, name, self.chosen)
            for name, channel in profile.channels.items()
            if channel.carries == "data"
        }
        self._announced = [
            (packet, parse_pattern(packet.factor.reply)) for packet in profile.packets if packet.factor is not None
        ]
        self._factor = {packet.name: packet.factor.default for packet in profile.packets if packet.factor is not None}

    def feed(self, notifications: Sequence[Notification]) -> Decoded:
        """Decode what came next. What does not fit its profile is counted and told in `errors`, never raised."""
        arrival_ns = np.fromiter(map(attrgetter("arrival_ns"), notifications), np.int64, len(notifications))
        payloads = list(map(attrgetter("payload"), notifications))
        channels = list(map(attrgetter("channel"), notifications))
        parts: list[tuple[Packet, Part]] = []
        failures: list[Failure] = []
        groups = _by_channel(channels)
        factors = self._factors(payloads, groups)
        for channel, position in groups.items():
            decoder = self._data.get(channel)
            if decoder is None:
                failures += self._not_data(channel, position)
                continue
            own = payloads if len(groups) == 1 else [payloads[place] for place in position]
            scales = [factors.get(packet.name) for packet in decoder.packets]
            found, bad = decoder.decode(own, position, scales)
            parts += found
            failures += bad
        decoded = self._streams(parts, failures, arrival_ns, payloads)
        self._seen += len(notifications)
        self._arrival_ns = int(arrival_ns[-1]) if len(arrival_ns) else self._arrival_ns
        self.error_count += len(decoded.errors)
        self.errors.extend(decoded.errors)
        return decoded

    def finish(self) -> Decoded:
        """No notification will follow: decode what waited for one."""
        waiting = ((name, channel.release()) for name, channel in self._data.items())
        return self.feed([Notification(self._arrival_ns, name, held) for name, held in waiting if held is not None])

    def decode_packet(self, payload: bytes, channel: str = "data") -> Decoded:
        """Decode one packet that is complete in itself; the decoder's own state stays as it is.

        Raises:
            PacketError: it does not fit the profile.
        """
        alone = PacketDecoder(self.profile, self.chosen)
        alone._factor = dict(self._factor)
        decoded = alone.feed([Notification(0, channel, payload)])
        if not len(decoded.motion) and not len(decoded.rotation) and not decoded.errors:
            decoded = alone.finish()
        if decoded.errors:
            raise decoded.errors[0]
        if channel in alone._data and alone._data[channel].unfinished:
            raise self._error("is only the beginning of a packet", payload)
        return decoded

    def _factors(self, payloads: Sequence[bytes], groups: dict[str, IntArray]) -> dict[str, FloatArray]:
        """Kind of packet → (notifications,) the factor in force at each, from the answers on control channels."""
        in_force: dict[str, FloatArray] = {}
        control = [at for name, at in groups.items() if name not in self._data and name in self.profile.channels]
        for packet, pattern in self._announced:
            factor = np.full(len(payloads), self._factor[packet.name])
            for place in np.sort(np.concatenate([np.empty(0, np.int64), *control])):
                found = pattern.read(payloads[place])
                value = float(found["factor"]) if found else 0.0
                if 1e-9 < value < 1e9:
                    factor[place:] = value
                    self._factor[packet.name] = value
            in_force[packet.name] = factor
        return in_force

    def _not_data(self, channel: str, position: IntArray) -> list[Failure]:
        if channel in self.profile.channels:
            return []
        return [
            Failure(int(place), f"came on a channel {channel!r} that the profile does not have") for place in position
        ]

    def _streams(
        self,
        parts: Sequence[tuple[Packet, Part]],
        failures: list[Failure],
        arrival_ns: IntArray,
        payloads: Sequence[bytes],
    ) -> Decoded:
        """Acceleration packets as one stream, packets of angular rate alone as the other."""
        gyroscope, separate = self.chosen.gyroscope, self._separate
        motion: list[Part] = []
        rotation: list[Part] = []
        for packet, part in parts:
            if packet.carried == {"gyr"}:
                rotation += [part] if gyroscope else []
            elif gyroscope and not separate and part.gyr is None:
                reason = "carries no angular rate, which was asked for"
                failures += [Failure(int(place), reason) for place in part.position]
            else:
                motion.append(part)
        failures.sort(key=attrgetter("position"))
        return Decoded(
            join(motion, self._seen, arrival_ns, self._stamped, acc=True, gyr=gyroscope and not separate),
            join(rotation, self._seen, arrival_ns, self._stamped, acc=False, gyr=True),
            tuple(self._error(f.reason, payloads[f.position] if f.payload is None else f.payload) for f in failures),
        )

    def _error(self, reason: str, payload: bytes) -> PacketError:
        shown = payload.hex(" ") if payload else "(no bytes)"
        return PacketError(f"{self.profile.name}: a packet {reason}: {shown}")


def _by_channel(channels: Sequence[str]) -> dict[str, IntArray]:
    """Channel → the places (p,) of its notifications."""
    names = set(channels)
    if len(names) == 1:
        return {channels[0]: np.arange(len(channels))}
    codes = {name: code for code, name in enumerate(sorted(names))}
    coded = np.fromiter(map(codes.__getitem__, channels), np.int64, len(channels))
    return {name: np.flatnonzero(coded == code) for name, code in codes.items()}
