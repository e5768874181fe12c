"""What decoding makes of packets, before they have times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.errors import PacketError

IntArray = npt.NDArray[np.int64]
StampArray = npt.NDArray[np.uint64]
ByteArray = npt.NDArray[np.uint8]

MAX_PACKET_BYTES = 512
"""The longest attribute value there is (Bluetooth Core Specification, Vol 3, Part F, 3.2.9)."""
MAX_ACC_M_S2 = 10_000.0
MAX_GYR_RAD_S = 1_000.0
"""No body-worn sensor measures beyond 400 g (ST H3LIS331DL) or 4000 °/s: larger numbers are damage, not movement.
Asked of floats, text and sums of differences, which can hold anything; integers are bounded by their own size."""


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """Packets (p,) of one stream in order of arrival, and their samples (n, 3) one after the other.

    `number` (p,) counts notifications, so that streams can be put in order; `arrival_ns` (p,) host's clock;
    `stamp` (p,) in the profile's unit, None without; `count` (p,) samples in each packet.
    `acc` (m/s²), `gyr` (rad/s), None where this stream has none.
    """

    number: IntArray
    arrival_ns: IntArray
    count: IntArray
    stamp: StampArray | None
    acc: FloatArray | None
    gyr: FloatArray | None

    def __len__(self) -> int:
        return int(self.number.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """`motion` carries acceleration (and angular rate where both share a packet), `rotation` angular rate alone."""

    motion: Packets
    rotation: Packets
    errors: tuple[PacketError, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Packets of one kind out of one feed. `position` (p,) is the notification's place in the feed."""

    position: IntArray
    count: IntArray
    stamp: StampArray | None
    acc: FloatArray | None
    gyr: FloatArray | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A notification that could not be decoded, by its place in the feed, and why.

    `payload` is given where it is not the whole of that notification.
    """

    position: int
    reason: str
    payload: bytes | None = None


def join(
    parts: Sequence[Part], first_number: int, arrival_ns: IntArray, stamped: bool, *, acc: bool, gyr: bool
) -> Packets:
    """All parts of a stream as one, in order of arrival.

    `arrival_ns` is that of every notification in the feed; `stamped`, `acc` and `gyr` say what an empty one has.
    """
    if not parts:
        empty = np.empty(0, np.int64)
        stamps = np.empty(0, np.uint64) if stamped else None
        none = np.empty((0, 3))
        return Packets(empty, empty, empty, stamps, none if acc else None, none if gyr else None)
    if len(parts) == 1 and bool(np.all(np.diff(parts[0].position) >= 0)):
        part = parts[0]
        at = part.position
        return Packets(first_number + at, arrival_ns[at], part.count, part.stamp, part.acc, part.gyr)
    position = np.concatenate([part.position for part in parts])
    count = np.concatenate([part.count for part in parts])
    order = np.argsort(position, kind="stable")
    samples = _sample_order(count, order)
    stamp = [part.stamp for part in parts if part.stamp is not None]
    return Packets(
        first_number + position[order],
        arrival_ns[position[order]],
        count[order],
        np.concatenate(stamp)[order] if stamp else None,
        _reordered([part.acc for part in parts], samples),
        _reordered([part.gyr for part in parts], samples),
    )


def _sample_order(count: IntArray, order: IntArray) -> IntArray:
    """(n,) where each sample comes from when packets with `count` samples are put in this order."""
    starts = np.cumsum(count) - count
    ordered = count[order]
    offset = np.repeat(starts[order] - (np.cumsum(ordered) - ordered), ordered)
    return np.asarray(offset + np.arange(len(offset)), dtype=np.int64)


def _reordered(values: Sequence[FloatArray | None], samples: IntArray) -> FloatArray | None:
    present = [value for value in values if value is not None]
    return np.concatenate(present)[samples] if present else None
