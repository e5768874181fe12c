"""Packets that were too long for one notification and come in two parts.

Nothing in a first part says that a second will come, and cut where a sample ends it looks whole. So a packet that
is shorter than the sensor's usual ones waits for the next notification once; what its length means is known then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from athena_sense.decoding.packets import Failure
from athena_sense.decoding.table import TableCodec
from athena_sense.profiles.patterns import Pattern, parse_pattern


@dataclass(frozen=True, slots=True)
class _Held:
    kind: int
    payload: bytes


class PartJoiner:
    """Joins the two parts of the packets of one channel. Keeps a first part until the next packet."""

    def __init__(self, codecs: Sequence[TableCodec]) -> None:
        self._codecs = [codec for codec in codecs if codec.packet.parts is not None]
        self._firsts = [parse_pattern(codec.packet.match) for codec in self._codecs]
        self._seconds = [parse_pattern(c.packet.parts.second) for c in self._codecs if c.packet.parts is not None]
        self._held: _Held | None = None
        self._whole: set[int] = set()
        self._cut: set[int] = set()

    @property
    def unfinished(self) -> bytes:
        """The first part whose second has not come."""
        return b"" if self._held is None else self._held.payload

    def join(self, payloads: Sequence[bytes], positions: Sequence[int]) -> tuple[list[bytes], list[int], list[Failure]]:
        """Whole payloads, the place in the feed of the notification that completed each, and what does not fit."""
        whole: list[bytes] = []
        places: list[int] = []
        failures: list[Failure] = []
        for payload, position in zip(payloads, positions, strict=True):
            for joined in self._take(payload, position, failures):
                whole.append(joined)
                places.append(position)
        return whole, places, failures

    def release(self) -> bytes | None:
        """The packet that waits, where it is whole and nothing more will come."""
        held = self._held
        if held is None or len(held.payload) in self._cut or not self._codecs[held.kind].fits(len(held.payload)):
            return None
        self._held = None
        self._whole.add(len(held.payload))
        return held.payload

    def _take(self, payload: bytes, position: int, failures: list[Failure]) -> Iterator[bytes]:
        second = _first_fit(self._seconds, payload)
        held = self._held
        if second is not None:
            self._held = None
            if held is not None and self._seconds[held.kind] == self._seconds[second]:
                self._cut.add(len(held.payload))
                yield held.payload + payload[len(self._seconds[second]) :]
            else:
                self._whole.clear()  # what looked whole may have been a first part
                failures.append(Failure(position, "is the second part of a packet whose first part is missing"))
            return
        if held is not None:
            waited = self.release()
            if waited is not None:
                yield waited
            else:
                failures.append(Failure(position, "is the first part of a packet, or cut off", held.payload))
                self._held = None
        kind = _first_fit(self._firsts, payload)
        if kind is not None and self._may_be_cut(self._codecs[kind], len(payload)):
            self._held = _Held(kind, payload)
        else:
            yield payload

    def _may_be_cut(self, codec: TableCodec, length: int) -> bool:
        samples = codec.samples_in(length)
        if samples is None:
            return True
        usual = codec.packet.send_samples or 1
        return samples < usual and length not in self._whole


def _first_fit(patterns: Sequence[Pattern], payload: bytes) -> int | None:
    return next((kind for kind, pattern in enumerate(patterns) if pattern.fits(payload)), None)
