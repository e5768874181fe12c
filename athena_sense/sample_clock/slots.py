"""The clock of a sensor that numbers and stamps nothing, from how many of its packets have come by when.

A packet cannot come before its last sample was taken, and an event of the link takes along all packets that are ready,
so after it the newest is less than one packet old. A lost packet makes all that follow seem a packet older for ever; a
stall of the link only delays. Every period that the sensor may have and every phase of its packets is followed side
by side (a hidden Markov model on a grid), with the credibility of the best history of losses that leads to it. What is
told is the middle of the phases of the most credible period.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

IntArray = npt.NDArray[np.int64]

WIDEST = 0.05
"""Clocks of motion sensors are right to 1 % (Bosch BMI160), rates are rounded by 2 % more (52 for 50.9 Hz), and a
twentieth of the packets may be lost while the rate is looked for."""
STEP = 2e-4
"""Between neighbouring periods: a fifth of the error that a rate may have."""
USUAL_ERROR = 0.02
"""Standard deviation of periods before anything has come: clocks and rounding together."""
BIN_S = 0.0004
FEWEST_BINS, MOST_BINS = 16, 128
"""Phases that are told apart. Packets that last as long as some intervals slide past the events by 0.1 to 0.2 ms each
(clocks 0.3 to 0.7 % wrong): a bin is to be passed within a few, since what is within a bin of both ends of a packet
may as well be a lost packet as none. Long packets need no such care."""
PARTS = 4
"""Arrivals are placed within a quarter of a bin."""
UNLIKELY, SPARE = 1e-9, 10
"""Periods less credible than this are given up, but for so many beside those that are kept."""
RENEWAL_S = 3600.0
"""Once in so long what is known is all wrong, and phases are learnt anew."""
RENEW_EVERY = 16
"""Looks, after which this is done."""
MOVE = 0.02
"""Phases move to their neighbours when this share has to: so seldom that it takes no time."""

LOSS = 0.01
"""Share of packets that is expected to be lost: ordinary for radio links that do not repeat what nobody took."""
NOISE_S = 0.0001
"""Unevenness of events that are placed on the link's grid: what is left of half a millisecond of the host."""
HELD, STALL_S = 0.1, 0.1
"""Share of looks that a stall may have delayed, and by how much."""
SHORT_DELAY_S = 0.002
"""Delay of a link without events; most are shorter than ten times this."""
UNEXPLAINED = 1e-4
"""Likelihood (1/s) of what cannot be: a host may do anything once."""
EARLIEST = 0.01
"""Share of the phases that are left aside as too late to be told, while nothing is known of the link."""


@dataclass(frozen=True, slots=True)
class _Weighing:
    """Likelihood (parts, places) of lateness, for one length of packets and kind of link."""

    packet_s: float
    interval_s: float | None
    likelihood: FloatArray


class SlotClock:
    """Earliest arrivals → the sensor's period, the time of its samples, and what was lost.

    `add` takes, of each block of arrivals, the one that came earliest after it was taken: how many samples had been
    received with it, and when (s). A phase is that of a packet; how late an arrival is for it is known up to two
    packets, so each period has `2 · bins` cells, which go round as time passes. Cell `b` of a period holds lateness
    `(index - b) / bins` packets, between -0.5 and 1.5; that is place 0 to `2 · bins`.
    """

    def __init__(self, period_s: float) -> None:
        steps = round(WIDEST / STEP)
        error = np.arange(-steps, steps + 1) * STEP
        self._periods_s = period_s * (1.0 + error)
        self._prior = np.exp(-0.5 * (error / USUAL_ERROR) ** 2)
        # (2, periods, cells) how credible, and that times the packets lost
        self._cells: FloatArray = np.zeros((2, len(error), 0))
        self._anew: FloatArray = np.zeros((len(error), 0))
        self._offset: FloatArray = np.zeros(len(error))
        self._index: IntArray = np.zeros(len(error), np.int64)
        self._best = steps
        self._phase_s = 0.0
        self._lost = 0.0
        self._packet = 0
        self._last_s = 0.0
        self._last_received = 0
        self._moved = 0.0
        self._looks = 0
        self._renewed_s = 0.0
        self._guessing = True
        self._doubting = False
        self._weighing: _Weighing | None = None

    @property
    def period_s(self) -> float:
        """The sample period by the host's clock."""
        return float(self._periods_s[self._best])

    @property
    def lost_samples(self) -> int:
        return round(self._lost) * self._packet

    @property
    def _packet_s(self) -> float:
        return self._packet * self.period_s

    def at(self, received: int) -> float:
        """Host's time (s) at which the last of so many received samples was taken."""
        return self._phase_s + self.period_s * received

    def lateness_s(self, received: IntArray, host_s: FloatArray) -> FloatArray:
        """(p,) how long after they were taken packets came."""
        return np.asarray(host_s - (self._phase_s + self.period_s * received))

    def add(self, received: int, host_s: float, packet: int, interval_s: float | None) -> None:
        """The earliest arrival of one more block: the last of `received` samples came in a packet of `packet`."""
        if not self._packet:
            self._begin(received, host_s, packet)
        late, index = self._late(received, host_s)
        missing = np.maximum((index - self._index - self._bins // 2) // self._bins, 0)
        if missing[self._best] and not self._doubting:
            self._doubting = True  # a host may be slow once; what is lost, the next arrival tells as well
            return
        self._doubting = False
        self._lose_all(missing, late, index)
        self._drift(host_s - self._last_s)
        if self._guessing and interval_s is not None:
            self._guessing = False
            if not interval_s:  # phases were weighed as if there were events
                self._cells[0] = self._cells[0].sum(axis=1, keepdims=True)
                self._cells[1] = 0.0
        self._weigh(late, index, (received - self._last_received) / self._packet, interval_s)
        self._index, self._last_s, self._last_received = index, host_s, received
        self._tell(received, host_s, self._normalise())
        self._looks += 1
        if self._looks % RENEW_EVERY == 0:
            self._renew(host_s)

    def skip_silence(self, received: int, host_s: float, packet: int) -> None:
        """Whole packets that must be lost before one that comes after a long silence."""
        packet_s = packet * self.period_s
        self._phase_s += max((host_s - self.at(received)) // packet_s, 0.0) * packet_s

    def _begin(self, received: int, host_s: float, packet: int) -> None:
        self._packet = packet
        self._bins = int(np.clip(np.ceil(self._packet_s / BIN_S), FEWEST_BINS, MOST_BINS))
        self._offset = np.floor(self._late(received, host_s)[0])
        self._index = self._late(received, host_s)[1]
        each = np.repeat(self._prior[:, None], 2 * self._bins, axis=1)
        self._anew = each / each.sum()
        self._cells = np.stack([self._anew, np.zeros_like(each)])
        self._last_s, self._last_received, self._renewed_s = host_s, received, host_s

    def _late(self, received: int, host_s: float) -> tuple[FloatArray, IntArray]:
        """(periods,) lateness (packets) of an arrival for phase 0, and in whole bins."""
        late = host_s / (self._packet * self._periods_s) - received / self._packet - self._offset
        return late, np.floor(late * self._bins).astype(np.int64)

    def _lose_all(self, missing: IntArray, late: FloatArray, index: IntArray) -> None:
        """Packets that are lost whatever the phase: an arrival is later than the one before by more than one packet.

        Packets are lost in groups, so one counts against a period as much as many.
        """
        if missing.any():
            self._offset += missing
            late -= missing
            index -= missing * self._bins
            self._cells[1] += missing[:, None] * self._cells[0]
            self._cells *= np.where(missing > 0, LOSS, 1.0)[:, None]

    def _drift(self, passed_s: float) -> None:
        """Phases move by as much as a true period between two of the grid makes them."""
        self._moved += 0.5 * STEP * passed_s / self._packet_s * self._bins
        if self._moved >= MOVE:
            share = min(self._moved, 0.25)
            beside = np.roll(self._cells, 1, axis=2) + np.roll(self._cells, -1, axis=2)
            self._cells = (1.0 - 2.0 * share) * self._cells + share * beside
            self._moved = 0.0

    def _weigh(self, late: FloatArray, index: IntArray, packets: float, interval_s: float | None) -> None:
        """Weigh every period and phase by how well the arrival fits it, with or without a packet lost before it.

        Of the histories of losses that lead to a cell the most credible counts. Their sum would make losses free that
        could have happened at any time, as those of a phase that lies just where packets miss their events.
        """
        size, half = 2 * self._bins, self._bins // 2
        likely = self._likelihood(interval_s)
        lost = 1.0 - (1.0 - LOSS) ** max(packets, 1.0)
        step = np.clip(index - self._index, -size, size)
        first, last = int(step.min()), int(step.max())
        part = np.floor((late * self._bins - index) * PARTS).astype(np.int64)
        # what is now at a place was further back by the step, and by a packet for each one that is lost
        before = np.arange(size) - np.arange(first, last + 1)[:, None, None]
        cost = [1.0 - lost, lost, lost**2] if last > half else [1.0 - lost, lost]
        tables = []
        for n, share in enumerate(cost):
            was = before + n * self._bins
            tables.append(np.where((was >= 0) & (was < size), share * likely, 0.0))
        # cell b of a period is at place (index + half - b), going round
        rolled = np.stack(tables)[..., (-np.arange(2 * size)) % size].reshape(len(cost), -1)
        start = ((step - first) * PARTS + part) * (2 * size) + (-index - half) % size
        at = start[:, None] + np.arange(size)
        found, other = self._cells * rolled[0].take(at), self._cells
        for table in rolled[1:]:
            other = other.reshape(2, -1, 2, self._bins)[:, :, ::-1].reshape(other.shape)
            other[1] += other[0]
            lossy = other * table.take(at)
            found = np.where(lossy[0] > found[0], lossy, found)
        self._cells = found

    def _likelihood(self, interval_s: float | None) -> FloatArray:
        """(parts, places) of lateness: 1/s."""
        known = self._weighing
        if known is None or known.packet_s != self._packet_s or known.interval_s != interval_s:
            bin_s = self._packet_s / self._bins
            part = (np.arange(PARTS) + 0.5) / PARTS - 0.5
            late_s = (np.arange(2 * self._bins) - self._bins // 2 + part[:, None]) * bin_s
            known = _Weighing(self._packet_s, interval_s, likelihood(late_s, self._packet_s, interval_s, bin_s))
            self._weighing = known
        return known.likelihood

    def _normalise(self) -> FloatArray:
        """(periods,) how credible they are."""
        periods = self._cells[0].sum(axis=1)
        total = float(periods.sum())
        if total > 0.0:
            self._cells /= total
            return np.asarray(periods)
        self._cells = np.stack([self._anew, self._anew * self._lost])
        return np.asarray(self._anew.sum(axis=1))

    def _renew(self, host_s: float) -> None:
        """Leave out periods that are out of the question, and let all phases of the others in again a little."""
        likely = np.flatnonzero(self._cells[0].sum(axis=1) > UNLIKELY)
        kept = slice(max(int(likely[0]) - SPARE, 0), int(likely[-1]) + 1 + SPARE)
        if kept.stop - kept.start < 0.8 * len(self._periods_s):
            self._periods_s, self._offset, self._index = self._periods_s[kept], self._offset[kept], self._index[kept]
            self._cells = np.ascontiguousarray(self._cells[:, kept])
            self._anew = self._anew[kept] / self._anew[kept].sum()
            self._best -= kept.start
        anew = self._anew * ((host_s - self._renewed_s) / RENEWAL_S)
        self._renewed_s = host_s
        self._cells += np.stack([anew, anew * self._lost])

    def _tell(self, received: int, host_s: float, periods: FloatArray) -> None:
        """The middle of the best period's phases; of a link that is not known yet, the earliest."""
        size, half = 2 * self._bins, self._bins // 2
        self._best = best = int(periods.argmax())
        cell = (int(self._index[best]) + half - np.arange(size)) % size
        below = self._cells[0, best, cell].cumsum()
        wanted = float(below[-1]) * (EARLIEST if self._guessing else 0.5)
        at = min(int(below.searchsorted(wanted)), size - 1)
        credible, lost = self._cells[:, best, cell[at]]
        if credible > 0.0:
            middle = at + 1.0 - float(below[at] - wanted) / float(credible)
            late_s = (middle - 0.5 - half) / self._bins * self._packet_s
            self._phase_s = host_s - late_s - self.period_s * received
            self._lost = float(lost / credible)


def likelihood(late_s: FloatArray, packet_s: float, interval_s: float | None, bin_s: float) -> FloatArray:
    """How likely (1/s) it is that the earliest packets come so late (s), where the bins of lateness are so wide.

    With events, each lateness up to the interval is as likely as another, and a stall may add to it; the newest packet
    is younger than one packet in any case. Without events short delays are the likely ones. As long as the interval is
    not known, anything up to one packet is.
    """
    # of the phases in a wide bin the one that fits best counts: a path along the edge is to cost nothing
    spare_s = max(0.5 * (bin_s - BIN_S), 0.0)
    taken = _later(late_s + spare_s)
    late_s = late_s - spare_s
    if interval_s == 0.0:
        return np.asarray(taken / (1.0 + np.maximum(late_s, 0.0) / SHORT_DELAY_S) ** 3 + UNEXPLAINED)
    usual_s = min(interval_s or packet_s, packet_s)
    stall_s = min(packet_s, STALL_S)
    prompt = np.exp(-np.maximum(late_s - usual_s - NOISE_S, 0.0) / NOISE_S) * (1.0 - HELD) / usual_s
    held = np.exp(-np.maximum(late_s - usual_s, 0.0) / stall_s) * HELD / stall_s
    # a packet is taken along by one event or the next: what one edge loses the other gains
    return np.asarray(taken * (prompt + held) * (1.0 - _later(late_s - packet_s)) + UNEXPLAINED)


def _later(late_s: FloatArray) -> FloatArray:
    """Probability that an uneven event is later than one that is so much (s) earlier on the grid."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * late_s / NOISE_S))
