"""Bytes → samples, without I/O: decoding by firmware profile, and its inverse.

`NotificationStream(profile).feed(notifications)` → SampleBatch is the whole way; `PacketDecoder` stops before the
times, `PacketEncoder` goes back, `check_profile` asks a profile file for its own examples.
"""

from athena_sense.decoding.checking import check_profile
from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.decoding.encoder import EncodedPacket, PacketEncoder
from athena_sense.decoding.packets import Decoded, Packets
from athena_sense.decoding.stream import NotificationStream

__all__ = [
    "Decoded",
    "EncodedPacket",
    "NotificationStream",
    "PacketDecoder",
    "PacketEncoder",
    "Packets",
    "check_profile",
]
