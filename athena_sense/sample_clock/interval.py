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
CLEAR, NONE = 0.45, 0.35
"""Mean vectors of late bursts that follow events, and of such that follow none; between, what was found stays. Delays
that are exponential with a sixth of the interval (host at work) make 0.7, with a third 0.43."""
BUSY_HOST_S = 0.004
"""Mean delay of the host while nothing is known of it: more than an idle one's, to rule out nothing too soon."""
AS_SOON = 1.2
"""Bursts come after events of half the interval as soon as after those of the whole, but for chance; after others, such
as packets nearly as long as many intervals seem to follow, they come later."""
BUNCHED = 0.15
"""Share of bursts with several packets on a link that holds back, beyond what stalls (0.1 s, once a second) make."""
UNUSUAL = 0.15
"""Share of gaps that are not the usual number of intervals, beyond what losses (5 %) make of them."""
SLIPPED = 0.012
"""Share of gaps that is more than losses (1 %) make: packets nearly as long as the interval now and then miss one."""
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
PLACINGS = 16
"""Such places whose mean is taken: with a host that is 8 ms late on average one is off by half a millisecond, their
mean by a tenth. That crystals drift apart meanwhile makes all of them late alike, which nothing suffers from."""


class ConnectionInterval:
    """Beginnings of bursts → `interval_s`: the longest interval at whose same place they begin.

    0 where there is none (a link without events, or a host that delivers unevenly), None while it is not known.
    """

    def __init__(self) -> None:
        self.interval_s: float | None = None
        # whether packets were seen to wait for events, rather than to come as evenly as events
        self.waits = False
        # mean delay of the host, as far as bursts follow the best interval at all
        self.host_s = BUSY_HOST_S
        self._bursts: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._noted = self._unheeded = self._seen = 0
        self._phase_ns: int | None = None
        self._placed = 0
        # with the older ones forgotten: bursts, those that do not fit, squares of mean vectors (times bursts),
        # gaps between prompt bursts, those of them that are not the usual ones, and bursts of several packets
        self._weight = 0.0
        self._unfit: FloatArray = np.zeros(len(INTERVALS_NS))
        self._power: FloatArray = np.zeros(len(INTERVALS_NS))
        # the bursts' own sum of vectors, through all windows: none where packets that follow no events drift past
        self._vector: npt.NDArray[np.complex128] = np.zeros(len(INTERVALS_NS), np.complex128)
        self._gaps = 0.0
        self._unusual = 0.0
        self._compared = -1
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
        recent = np.exp(2j * np.pi * (begins_ns[-new:, None] % INTERVALS_NS / INTERVALS_NS)).sum(axis=0)
        self._vector = self._vector * kept + recent
        late = np.count_nonzero(beside_ns[-new:] > NEAR_NS, axis=0)
        self._unfit = self._unfit * kept + late / (1.0 - BY_CHANCE)
        best, tight = self._best()
        follows = float(np.sqrt(self._power[best] / self._weight))
        clear = tight or (follows >= CLEAR and len(begins_ns) * abs(mean[best]) ** 2 >= CHANCE)
        interval_ns = int(INTERVALS_NS[best])
        self.host_s = 1e-9 * float(_delay_ns(np.array(follows), interval_ns))
        if not tight and best != self._compared:
            self._gaps = self._unusual = 0.0
        self._compared = best
        usual_ns = max(interval_ns // 10, min(int(1e9 * self.host_s), interval_ns // 4))
        self._compare_gaps(begins_ns, interval_ns, beside_ns[:, best] <= usual_ns, new)
        self._bunched = self._bunched * kept + np.count_nonzero(np.diff(packets[-new - 1 :]) > 1)
        if tight:
            held = waits = bool(self._bunched + self._unusual > 0.0)
        else:
            bunched = self._bunched > BUNCHED * max(self._weight, FEWEST)
            held = waits = bool(bunched or self._unusual > UNUSUAL * max(self._gaps, FEWEST))
            followed = self._weight > 0.5 * REMEMBERED and abs(self._vector[best]) > CLEAR * self._weight
            drift_ns = np.angle(recent[best] * self._vector[best].conj()) / (2.0 * np.pi) * interval_ns
            slipped = self._unusual > SLIPPED * max(self._gaps, 2 * FEWEST)
            held = held or bool(followed and abs(drift_ns) < NEAR_NS and slipped)
        if clear and held:
            self.waits = waits or (self.waits and self.interval_s == interval_ns * 1e-9)
            self.interval_s = interval_ns * 1e-9
        elif clear and not tight and self.interval_s and best != round(self.interval_s * 1e9) // UNIT_NS - 6:
            self.interval_s = None
        elif self._seen >= (EVEN_BURSTS if tight else BURSTS_WITHOUT) and (follows < NONE or self.interval_s is None):
            self.interval_s = 0.0

    def _best(self) -> tuple[int, bool]:
        """The longest interval that nearly all bursts fit, or the one they follow most clearly; and which of both."""
        unfit, enough = self._unfit.copy(), (1.0 - ENOUGH) * self._weight
        if self.interval_s:  # what was found stays until another is clearly better
            unfit[round(self.interval_s * 1e9) // UNIT_NS - 6] -= AS_GOOD * self._weight
        fit = np.flatnonzero(unfit <= min(float(unfit.min()) + 0.5 + AS_GOOD * self._weight, enough))
        if len(fit):
            return int(fit[-1]), True
        mean = np.sqrt(self._power / self._weight)
        delays_ns = np.where(mean >= CLEAR, _delay_ns(mean, INTERVALS_NS), np.inf)
        soon = np.flatnonzero(delays_ns <= AS_SOON * delays_ns.min())
        return int(self._power.argmax() if np.isinf(delays_ns.min()) else soon[-1]), False

    def _compare_gaps(self, begins_ns: IntArray, interval_ns: int, prompt: Mask, new: int) -> None:
        """Whether bursts wait for events, rather than for packets that last as long as some intervals."""
        gaps = np.rint(np.diff(begins_ns) / interval_ns).astype(np.int64)
        usual = max(int(np.median(gaps)), 1)
        both = prompt[1:] & prompt[:-1]
        kept = max(1.0 - new / REMEMBERED, 0.0)
        self._gaps = self._gaps * kept + np.count_nonzero(both[-new:])
        self._unusual = self._unusual * kept + np.count_nonzero(both[-new:] & (gaps[-new:] != usual))

    def _place_events(self, begins_ns: IntArray, interval_ns: int) -> None:
        """Where events lie: before the middle of what follows them, by as much as a host so late puts it off."""
        turn_ns = interval_ns / (2.0 * np.pi)
        middle = np.angle(np.exp(1j * ((begins_ns - begins_ns[0]) % interval_ns) / turn_ns).mean())
        near_ns = int(begins_ns[0]) + round((middle - np.arctan(self.host_s * 1e9 / turn_ns)) * turn_ns)
        # nothing comes before its event: what seems to is late by most of an interval
        early_ns = interval_ns // 4
        beside = np.sort((begins_ns - near_ns + early_ns) % interval_ns - early_ns)
        found_ns = near_ns + int(beside[int(PROMPT * len(begins_ns))])
        off_ns = 0 if self._phase_ns is None else int(_beside(found_ns - self._phase_ns, interval_ns))
        if self._phase_ns is None or abs(off_ns) > max(NEAR_NS, int(1e9 * self.host_s)):
            self._placed, off_ns = 0, 0  # a link that is not known, or has moved its events
            self._phase_ns = found_ns
        self._placed = min(self._placed + 1, PLACINGS)
        self._phase_ns += off_ns // self._placed

    def same_event(self, before_ns: int, arrival_ns: int) -> bool:
        """Whether one event brought both packets, as far as events are known."""
        if not self.interval_s or self._phase_ns is None:
            return False
        before, event = self.events_ns(np.array([before_ns, arrival_ns])).tolist()
        return float(event - before) < 0.5e9 * self.interval_s

    def events_ns(self, arrival_ns: IntArray) -> IntArray:
        """(p,) the events that brought packets: those before their arrivals, where they are known."""
        if not self.interval_s or self._phase_ns is None:
            return arrival_ns
        interval_ns = round(self.interval_s * 1e9)
        late_ns = (arrival_ns - self._phase_ns + NEAR_NS) % interval_ns - NEAR_NS
        return np.asarray(arrival_ns - np.maximum(late_ns, 0))


def _delay_ns(mean: FloatArray, interval_ns: int | IntArray) -> FloatArray:
    """Mean of the exponential delays after events so far apart that leave a mean vector so long."""
    squared = np.maximum(np.square(mean), 1e-6)
    return np.asarray(interval_ns / (2.0 * np.pi) * np.sqrt(np.maximum(1.0 / squared - 1.0, 0.0)))


def _beside(gaps_ns: IntArray | FloatArray, interval_ns: int | IntArray) -> IntArray:
    """How much longer than a multiple of the interval, at most half of one, negative where shorter."""
    return np.asarray((gaps_ns + interval_ns // 2) % interval_ns - interval_ns // 2, dtype=np.int64)
