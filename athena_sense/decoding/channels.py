"""Everything that one channel can carry: which codec reads which notification."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.packets import MAX_PACKET_BYTES, Failure, IntArray, Part
from athena_sense.decoding.parts import PartJoiner
from athena_sense.decoding.polar_delta import PolarDeltaCodec
from athena_sense.decoding.table import TableCodec, fitting
from athena_sense.decoding.text import TextCodec
from athena_sense.profiles.model import FirmwareProfile
from athena_sense.profiles.packets import Packet
from athena_sense.profiles.patterns import parse_pattern
from athena_sense.profiles.settings import Chosen

Binary = TableCodec | PolarDeltaCodec


class ChannelDecoder:
    """Decodes the notifications of one data channel."""

    def __init__(self, profile: FirmwareProfile, channel: str, chosen: Chosen) -> None:
        packets = [packet for packet in profile.packets if packet.channel == channel]
        self.packets = tuple(packets)
        self._ignore = [parse_pattern(pattern) for pattern in profile.channels[channel].ignore]
        self._match = [parse_pattern(packet.match) for packet in packets]
        self._text: TextCodec | None = None
        self._binary: list[Binary] = []
        if packets and packets[0].codec == "text":
            self._text = TextCodec(packets, chosen, [pattern.value for pattern in self._ignore])
        else:
            self._binary = [binary_codec(packet, chosen) for packet in packets]
        tables = [codec for codec in self._binary if isinstance(codec, TableCodec)]
        self._joiner = PartJoiner(tables) if any(packet.parts for packet in packets) else None

    @property
    def unfinished(self) -> bytes:
        """What waits for a later notification to complete it."""
        return (self._text.unfinished if self._text else b"") + (self._joiner.unfinished if self._joiner else b"")

    def release(self) -> bytes | None:
        """A whole packet that waits for a second part, where none will come."""
        return None if self._joiner is None else self._joiner.release()

    def decode(
        self, payloads: list[bytes], position: IntArray, factors: "list[FloatArray | None]"
    ) -> tuple[list[tuple[Packet, Part]], list[Failure]]:
        """Notifications in order of arrival, `position` (p,) their places in the feed.

        `factors`: for each kind of packet that has one, (notifications of the feed,) the factor in force at each.
        """
        failures: list[Failure] = []
        if self._text is not None:
            parts, failures = self._text.decode(payloads, position)
            return list(zip(self.packets, parts, strict=True)), failures
        if self._joiner is not None:
            payloads, places, failures = self._joiner.join(payloads, position.tolist())
            position = np.array(places, np.int64)
        found: list[tuple[Packet, Part]] = []
        frames: list[list[tuple[int, bytes]]] = [[] for _ in self.packets]
        lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
        for length in _distinct(lengths):
            here = lengths == length
            group = payloads if here.all() else list(compress(payloads, here))
            self._one_length(length, group, position[here], found, frames, failures)
        for kind, own in enumerate(frames):
            codec = self._binary[kind]
            if own and isinstance(codec, PolarDeltaCodec):
                at = np.array([place for place, _ in own], np.int64)
                factor = factors[kind]
                scale = np.ones(len(at)) if factor is None else factor[at]
                part, bad = codec.decode([payload for _, payload in own], at, scale)
                found.append((self.packets[kind], part))
                failures += bad
        return found, failures

    def _one_length(
        self,
        length: int,
        payloads: list[bytes],
        position: IntArray,
        found: list[tuple[Packet, Part]],
        frames: list[list[tuple[int, bytes]]],
        failures: list[Failure],
    ) -> None:
        """Notifications that are equally long: tables are decoded, frames collected, the rest is told."""
        if length == 0 or length > 2 * MAX_PACKET_BYTES or (length > MAX_PACKET_BYTES and self._joiner is None):
            reason = "is empty" if length == 0 else f"is longer than the {MAX_PACKET_BYTES} bytes that Bluetooth allows"
            failures += [Failure(int(place), reason) for place in position]
            return
        data = np.frombuffer(b"".join(payloads), np.uint8).reshape(-1, length)
        left = np.ones(len(payloads), np.bool_)
        known = np.zeros(len(payloads), np.bool_)
        for kind, codec in enumerate(self._binary):
            own = left & fitting(data, self._match[kind])
            if isinstance(codec, TableCodec):
                own |= left & codec.holds_one(data)
            if not own.any():
                continue
            known |= own
            if isinstance(codec, PolarDeltaCodec):
                frames[kind] += [(int(position[row]), payloads[row]) for row in np.flatnonzero(own)]
            elif codec.fits(length):
                part, bad = codec.decode(data[own] if not own.all() else data, position[own], self._ignore)
                found.append((self.packets[kind], part))
                failures += bad
            else:
                continue
            left &= ~own
            if not left.any():
                return
        for pattern in self._ignore:
            left &= ~fitting(data, pattern)
        for row in np.flatnonzero(left):
            reason = (
                f"has a length of {length} bytes that its kind cannot have" if known[row] else "is of no known kind"
            )
            failures.append(Failure(int(position[row]), reason, None if self._joiner is None else payloads[row]))


def binary_codec(packet: Packet, chosen: Chosen) -> Binary:
    """The codec for a kind of packet that is not text."""
    return PolarDeltaCodec(packet, chosen) if packet.codec == "polar_delta" else TableCodec(packet, chosen)


def _distinct(lengths: IntArray) -> Sequence[int]:
    if len(lengths) and (lengths == lengths[0]).all():
        return [int(lengths[0])]
    return [int(length) for length in np.unique(lengths)]
