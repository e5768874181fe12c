"""Packets that were too long for one notification and come in two parts.

A first part is complete in itself unless its length says otherwise (it holds no whole number of samples) or an
earlier packet of the same length had a second part. So a packet waits for nothing that does not have to come.
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
        self._split_lengths: set[int] = set()

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

    def _take(self, payload: bytes, position: int, failures: list[Failure]) -> Iterator[bytes]:
        held, self._held = self._held, None
        second = _first_fit(self._seconds, payload)
        if second is not None:
            if held is not None and self._seconds[held.kind] == self._seconds[second]:
                self._split_lengths.add(len(held.payload))
                yield held.payload + payload[len(self._seconds[second]) :]
            else:
                failures.append(Failure(position, "is the second part of a packet whose first part is missing"))
            return
        if held is not None and self._codecs[held.kind].fits(len(held.payload)):
            self._split_lengths.discard(len(held.payload))
            yield held.payload
        elif held is not None:
            failures.append(Failure(position, "is the first part of a packet, or cut off", held.payload))
        kind = _first_fit(self._firsts, payload)
        if kind is not None and (len(payload) in self._split_lengths or not self._codecs[kind].fits(len(payload))):
            self._held = _Held(kind, payload)
        else:
            yield payload


def _first_fit(patterns: Sequence[Pattern], payload: bytes) -> int | None:
    return next((kind for kind, pattern in enumerate(patterns) if pattern.fits(payload)), None)
