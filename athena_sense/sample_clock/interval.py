"""How far apart a link's connection events are, from when its bursts begin."""

from collections import deque

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

UNIT_NS = 1_250_000
"""Connection intervals are multiples of 1.25 ms, from 7.5 ms on (Bluetooth Core 5.4, vol. 6, part B, 4.5.1)."""
INTERVALS_NS = np.arange(6, 81) * UNIT_NS
"""Up to 100 ms: what sensors that stream are given."""
NEAR_NS = 1_500_000
"""Most bursts begin this close to their event, where the host's own unevenness is below a millisecond."""
WINDOW = 64
"""Bursts whose common place in the interval is looked for: packets that come as they are taken (clocks 1 % wrong)
drift away from nearly any meanwhile, and a burst that is late or torn apart counts as no more than one."""
EVERY = 16
ENOUGH = 0.8
"""Share of the bursts that must fit, but for those that would by chance: 40 % of the shortest interval."""
BY_CHANCE = 2.0 * NEAR_NS / INTERVALS_NS
AS_GOOD = 0.03
"""An interval is as good as the best (such as half of it always is) if this share of the bursts more do not fit.
Packets that last nearly as long as many intervals seem to have longer ones, but for their rare slips."""
REMEMBERED = 500.0
"""A link may be given another interval; it is found after some of these bursts."""
CHANCE = 10.0
"""The beginnings of n bursts with a mean vector R in the interval are no chance if n·R² is beyond this: exp(-n·R²) for
one interval (Rayleigh's test), 0.3 % for all of them."""
CLEAR, NONE = 0.6, 0.45
"""Mean vectors of late bursts that follow events, and of such that follow none; between, what was found stays. Delays
that are exponential with a sixth of the interval (host at work) make 0.7, with a third 0.4."""
BUNCHED = 0.15
"""Share of bursts with several packets on a link that holds back, beyond what stalls (0.1 s, once a second) make."""
UNUSUAL = 0.15
"""Share of gaps that are not the usual number of intervals, beyond what losses (5 %) make of them."""
FEWEST = 128
"""Bursts and gaps that such shares are of at least: chance makes them of fewer."""
BURSTS_WITHOUT = 48
"""From so many, a link whose bursts lie on no grid has none; before, some bursts may just have been late. They may
follow a long interval roughly, as packets that come soon after they are taken do for a while."""
EVEN_BURSTS = 128
"""Packets that come one by one so evenly for so long may as well come as soon as they are taken."""
PROMPT = 0.1
"""So many of the bursts are delivered with as little delay as can be."""
RECENT = 32
"""Bursts that place the events: few enough for two crystals (50 ppm) to stay within a sixth of a millisecond in 3 s."""


class ConnectionInterval:
    """Beginnings of bursts → `interval_s`: the longest interval at whose same place they begin.

    0 where there is none (a link without events, or a host that delivers unevenly), None while it is not known.
    """

    def __init__(self) -> None:
        self.interval_s: float | None = None
        self._bursts: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._noted = self._unheeded = self._seen = 0
        self._phase_ns: int | None = None
        # with the older ones forgotten: bursts, those that do not fit, squares of mean vectors (times bursts),
        # gaps between prompt bursts, those of them that are not the usual ones, and bursts of several packets
        self._weight = 0.0
        self._unfit: FloatArray = np.zeros(len(INTERVALS_NS))
        self._power: FloatArray = np.zeros(len(INTERVALS_NS))
        self._gaps = 0.0
        self._unusual = 0.0
        self._bunched = 0.0

    def note(self, begins_ns: IntArray, packets: IntArray) -> None:
        """When the next bursts began, and how many packets had come before each."""
        self._bursts.extend(zip(begins_ns.tolist(), packets.tolist(), strict=True))
        self._noted += len(begins_ns)

    def renew(self) -> None:
        """Take what was noted into account, now and then; once the link is known, for each whole window."""
        if self._noted < EVERY:
            return
        self._unheeded += self._noted
        self._noted = 0
        begins_ns, packets = np.array(self._bursts).T
        if self.interval_s is None or self._unheeded >= WINDOW:
            self._seen += self._unheeded
            self._heed(begins_ns, packets, min(self._unheeded, WINDOW))
            self._unheeded = 0
        if self.interval_s:
            self._place_events(begins_ns[-RECENT:], round(self.interval_s * 1e9))

    def _heed(self, begins_ns: IntArray, packets: IntArray, new: int) -> None:
        """Weigh every interval by the bursts of the window, so many of which are new."""
        at_ns = (begins_ns - begins_ns[0])[:, None] % INTERVALS_NS
        mean = np.exp(2j * np.pi * at_ns / INTERVALS_NS).mean(axis=0)
        beside_ns = np.abs(_beside(at_ns - np.angle(mean) / (2.0 * np.pi) * INTERVALS_NS, INTERVALS_NS))
        kept = max(1.0 - new / REMEMBERED, 0.0)
        self._weight = self._weight * kept + new
        self._power = self._power * kept + np.abs(mean) ** 2 * new
        late = np.count_nonzero(beside_ns[-new:] > NEAR_NS, axis=0)
        self._unfit = self._unfit * kept + late / (1.0 - BY_CHANCE)
        best, tight = self._best()
        follows = float(np.sqrt(self._power[best] / self._weight))
        clear = tight or (follows >= CLEAR and len(begins_ns) * abs(mean[best]) ** 2 >= CHANCE)
        interval_ns = int(INTERVALS_NS[best])
        self._compare_gaps(begins_ns, interval_ns, beside_ns[:, best] <= interval_ns // 10, new)
        self._bunched = self._bunched * kept + np.count_nonzero(np.diff(packets[-new - 1 :]) > 1)
        if tight:
            held = self._bunched + self._unusual > 0.0
        else:
            held = self._bunched > BUNCHED * max(self._weight, FEWEST)
            held |= self._unusual > UNUSUAL * max(self._gaps, FEWEST)
        if clear and held:
            self.interval_s = interval_ns * 1e-9
        elif self._seen >= (EVEN_BURSTS if tight else BURSTS_WITHOUT) and (follows < NONE or self.interval_s is None):
            self.interval_s = 0.0

    def _best(self) -> tuple[int, bool]:
        """The longest interval that nearly all bursts fit, or the one they follow most clearly; and which of both."""
        unfit, enough = self._unfit.copy(), (1.0 - ENOUGH) * self._weight
        if self.interval_s:  # what was found stays until another is clearly better
            unfit[round(self.interval_s * 1e9) // UNIT_NS - 6] -= AS_GOOD * self._weight
        fit = np.flatnonzero(unfit <= min(float(unfit.min()) + 0.5 + AS_GOOD * self._weight, enough))
        return (int(fit[-1]), True) if len(fit) else (int(self._power.argmax()), False)

    def _compare_gaps(self, begins_ns: IntArray, interval_ns: int, prompt: Mask, new: int) -> None:
        """Whether bursts wait for events, rather than for packets that last as long as some intervals."""
        gaps = np.rint(np.diff(begins_ns) / interval_ns).astype(np.int64)
        usual = max(int(np.median(gaps)), 1)
        both = prompt[1:] & prompt[:-1]
        kept = max(1.0 - new / REMEMBERED, 0.0)
        self._gaps = self._gaps * kept + np.count_nonzero(both[-new:])
        self._unusual = self._unusual * kept + np.count_nonzero(both[-new:] & (gaps[-new:] != usual))

    def _place_events(self, begins_ns: IntArray, interval_ns: int) -> None:
        near_ns = int(begins_ns[-1]) if self._phase_ns is None else self._phase_ns
        beside = np.sort(_beside(begins_ns - near_ns, interval_ns))
        self._phase_ns = near_ns + int(beside[int(PROMPT * len(begins_ns))])

    def events_ns(self, arrival_ns: IntArray) -> IntArray:
        """(p,) the events that brought packets: those before their arrivals, where they are known."""
        if not self.interval_s or self._phase_ns is None:
            return arrival_ns
        interval_ns = round(self.interval_s * 1e9)
        late_ns = (arrival_ns - self._phase_ns + NEAR_NS) % interval_ns - NEAR_NS
        return np.asarray(arrival_ns - np.maximum(late_ns, 0))


def _beside(gaps_ns: IntArray | FloatArray, interval_ns: int | IntArray) -> IntArray:
    """How much longer than a multiple of the interval, at most half of one, negative where shorter."""
    return np.asarray((gaps_ns + interval_ns // 2) % interval_ns - interval_ns // 2, dtype=np.int64)
