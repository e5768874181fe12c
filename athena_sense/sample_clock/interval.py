"""How far apart a link's connection events are, from when its bursts begin."""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

IntArray = npt.NDArray[np.int64]

UNIT_NS = 1_250_000
"""Connection intervals are multiples of 1.25 ms, from 7.5 ms on (Bluetooth Core 5.4, vol. 6, part B, 4.5.1)."""
INTERVALS_NS = np.arange(6, 81) * UNIT_NS
"""Up to 100 ms: what sensors that stream are given."""
NEAR_NS = 1_500_000
"""Most bursts begin this close to their event: the radio's and the host's own unevenness are below a millisecond."""
ENOUGH = 0.8
"""Share of the bursts that must fit. By chance 40 % are as near to the shortest interval's multiples."""
AS_GOOD = 0.03
"""An interval is as good as the best (such as half of it always is) if this share of the bursts more do not fit.
Packets that last nearly as long as many intervals seem to have longer ones, but for their rare slips."""
REMEMBERED_GAPS = 500.0
"""A link may be given another interval; it is found after some of these."""
APART = 8
"""Bursts so far from each other are compared: events lie on one grid, while packets that come as they are taken drift
away from any, and what is rare among neighbours is frequent."""
EVERY = 16
PROMPT = 0.1
"""So many of the bursts are delivered with as little delay as can be."""
FEWEST_GAPS = 8.0
"""One in five may be late and the interval is still found."""
GAPS_WITHOUT = 40.0
"""From so few, a link that fits no interval has none; before, some bursts may just have been late."""
EVEN_GAPS = 128.0
"""Single packets so evenly spaced for so long may as well come as soon as they are taken."""


class ConnectionInterval:
    """Beginnings of bursts → `interval_s`: the longest interval whose multiples lie between them.

    0 where there is none (a link without events, or a host that delivers unevenly), None while it is not known.
    """

    def __init__(self) -> None:
        self.interval_s: float | None = None
        self._begins_ns: list[int] = []
        self._gaps = 0.0
        self._unfit: FloatArray = np.zeros(len(INTERVALS_NS))
        self._phase_ns: int | None = None
        self._first_gap_ns = 0
        self._uneven = False

    def note(self, begins_ns: IntArray, packets: int) -> None:
        """When the next bursts began, and how many packets they brought."""
        self._begins_ns.extend(begins_ns.tolist())
        self._uneven |= packets > len(begins_ns)

    def renew(self) -> None:
        """Take what was noted into account, now and then."""
        if len(self._begins_ns) < APART + (EVERY if self._gaps > GAPS_WITHOUT else FEWEST_GAPS):
            return
        begins_ns = np.array(self._begins_ns)
        self._begins_ns = self._begins_ns[-APART:]
        gaps_ns = np.diff(begins_ns)[APART - 1 :]
        far_ns = begins_ns[APART:] - begins_ns[:-APART]
        fits = np.abs(_beside(gaps_ns[:, None], INTERVALS_NS)) <= NEAR_NS
        fits &= np.abs(_beside(far_ns[:, None], INTERVALS_NS)) <= NEAR_NS
        kept = max(1.0 - len(gaps_ns) / REMEMBERED_GAPS, 0.0)
        self._gaps = self._gaps * kept + len(gaps_ns)
        self._unfit = self._unfit * kept + np.count_nonzero(~fits, axis=0)
        self._first_gap_ns = self._first_gap_ns or int(np.median(gaps_ns))
        self._uneven |= bool((np.abs(gaps_ns - self._first_gap_ns) > NEAR_NS).any())
        if not self._uneven:
            self.interval_s = 0.0 if self._gaps >= EVEN_GAPS else None
            return
        if self._gaps < FEWEST_GAPS:
            return
        most = min(float(self._unfit.min()) + 0.5 + AS_GOOD * self._gaps, (1.0 - ENOUGH) * self._gaps)
        interval_ns = int(INTERVALS_NS[self._unfit <= most].max(initial=0))
        self.interval_s = interval_ns * 1e-9 if interval_ns or self._gaps >= GAPS_WITHOUT else None
        if interval_ns:
            near_ns = int(begins_ns[-1]) if self._phase_ns is None else self._phase_ns
            self._phase_ns = near_ns + int(
                np.sort(_beside(begins_ns - near_ns, interval_ns))[int(PROMPT * len(begins_ns))]
            )

    def events_ns(self, arrival_ns: IntArray) -> IntArray:
        """(p,) the events that brought packets: those before their arrivals, where they are known."""
        if not self.interval_s or self._phase_ns is None:
            return arrival_ns
        interval_ns = round(self.interval_s * 1e9)
        late_ns = (arrival_ns - self._phase_ns + NEAR_NS) % interval_ns - NEAR_NS
        return np.asarray(arrival_ns - np.maximum(late_ns, 0))


def _beside(gaps_ns: IntArray, interval_ns: int | IntArray) -> IntArray:
    """How much longer than a multiple of the interval, at most half of one, negative where shorter."""
    return np.asarray((gaps_ns + interval_ns // 2) % interval_ns - interval_ns // 2, dtype=np.int64)
