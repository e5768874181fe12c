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
from athena_sense.sample_clock.interval import ConnectionInterval

IntArray = npt.NDArray[np.int64]

SHORTEST, LONGEST = 0.05, 0.09
"""How much shorter and longer than nominal periods may be. Clocks of motion sensors are right to 1 % (Bosch BMI160),
rates are rounded by 2 % more (52 for 50.9 Hz). While the rate is looked for, bursts may make another hundredth of it,
and a twentieth of the packets may be lost, which must not be taken for another rate."""
STEP = 2e-4
"""Between neighbouring periods: a fifth of the error that a rate may have."""
FIRST, LAST = round(-SHORTEST / STEP), round(LONGEST / STEP)
USUAL_ERROR = 0.02
"""Standard deviation of periods before anything has come: clocks and rounding together."""
BIN_S = 0.0004
FEWEST_BINS, MOST_BINS = 16, 128
"""Phases that are told apart. Packets that last as long as some intervals slide past the events by 0.1 to 0.2 ms each
(clocks 0.3 to 0.7 % wrong): a bin is to be passed within a few, since what is within a bin of both ends of a packet
may as well be a lost packet as none. Long packets need no such care."""
PARTS = 4
"""Arrivals are placed within a quarter of a bin."""
UNLIKELY, SPARE = 1e-9, 3
"""Periods less credible than this are left out, but for so many beside those that are kept: a sensor that warms up
moves on from period to period."""
RENEWAL_S = 3600.0
"""Once in so long what is known of a phase is all wrong, and it is learnt anew."""
BESIDE = 0.01
"""Share of these that have the next longer period, and the next shorter."""
RENEW_EVERY = 16
"""Looks, after which this is done."""
MOVE = 0.1
"""Phases move to their neighbours when this share has to: so seldom that it takes no time."""

HOST_STEP_S = 0.0005
"""The host's delay is known no better than this."""
SURELY_LOST = 1e-4
"""Where the host is late by an event less often than this, a hundredth of what is lost, an event that brings too few
packets has lost some; otherwise the next is waited for."""
LOSS = 0.01
"""Share of packets that is expected to be lost: ordinary for radio links that do not repeat what nobody took."""
NOISE_S = 0.0001
"""Unevenness of events that are placed on the link's grid: what is left of half a millisecond of the host."""
WITHIN_BIN = 0.16
"""Unevenness (bins) that has the spread of phases anywhere in a bin: sqrt(1 / 12), and pi / sqrt(3) that of a logistic
distribution of one."""
HELD, STALL_S = 0.1, 0.1
"""Share of looks that a stall may have delayed, and by how much."""
CERTAINLY_LESS = -2
"""Bins by which lateness has become less where no packet can be lost: it would have come before it was taken."""
SHORT_DELAY_S = 0.002
"""Delay of a link without events; most are shorter than ten times this."""
UNEXPLAINED = 1e-4
"""Likelihood (1/s) of what cannot be: a host may do anything once."""
LOCKSTEP = 0.001
"""Packets that last as long as intervals but for so little never slide past them: ten times what crystals differ by."""
EARLIEST = 0.01
"""Share of the phases that are left aside as too late to be told, while nothing is known of the link."""


@dataclass(frozen=True, slots=True)
class _Weighing:
    """Likelihood (parts · 2 · cells) of lateness, for one length of packets and kind of link. Cells go round twice."""

    packet_s: float
    interval_s: float | None
    host_s: float
    likelihood: FloatArray


class SlotClock:
    """Earliest arrivals → the sensor's period, the time of its samples, and what was lost.

    `add` takes, of each block of arrivals, the one that came earliest after it was taken: how many samples had been
    received with it, and when (s). A phase is that of a packet; how late an arrival is for it is known up to two
    packets, so each period has `2 · bins` cells, which go round as time passes. Cell `b` of a period holds lateness
    `(index - b) / bins` packets, between -0.5 and 1.5; that is place 0 to `2 · bins`.
    """

    def __init__(self, period_s: float) -> None:
        self._nominal_s = period_s
        # periods of the grid that are followed, and their steps from the nominal one
        self._steps: IntArray = np.zeros(1, np.int64)
        self._periods_s: FloatArray = np.full(1, period_s)
        # (2, periods, cells) how credible, and that times the packets lost
        self._cells: FloatArray = np.ones((2, 1, 0))
        self._offset: FloatArray = np.zeros(1)
        self._index: IntArray = np.zeros(1, np.int64)
        self._place: IntArray = np.zeros(0, np.int64)
        self._best = 0
        self._phase_s = 0.0
        self._lost = 0.0
        self._packet = 0
        self._bins = 0
        self._last_s = 0.0
        self._last_received = 0
        self._moved = 0.0
        self._looks = 0
        self._renewed_s = 0.0
        self._skipped = 0
        self._interval_s: float | None = None
        self._host_s = 0.0
        self._waits = False
        # periods of a link that was lost, and how credible they were
        self._known: tuple[IntArray, FloatArray] | None = None
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

    def add(self, received: int, host_s: float, packet: int, link: ConnectionInterval) -> None:
        """The earliest arrival of one more block: the last of `received` samples came in a packet of `packet`."""
        interval_s = link.interval_s
        self._host_s = HOST_STEP_S * round(link.host_s / HOST_STEP_S)
        self._waits = link.waits
        if not self._packet or interval_s != self._interval_s:
            self._packet = self._packet or packet
            self._begin(received, host_s, interval_s)
        self._skipped = 0
        late, index = self._late(received, host_s)
        missing = np.maximum((index - self._index - self._bins // 2) // self._bins, 0)
        slow = not interval_s or _next_event(interval_s, self._host_s) > SURELY_LOST
        if missing[self._best] and slow and not self._doubting:
            self._doubting = True  # a host may be slow once; what is lost, the next arrival tells as well
            return
        self._doubting = False
        self._lose_all(missing, late, index)
        self._drift(host_s - self._last_s)
        self._weigh(late, index, (received - self._last_received) / self._packet)
        self._index, self._last_s, self._last_received = index, host_s, received
        self._tell(received, host_s, self._normalise())
        self._looks += 1
        if self._looks % RENEW_EVERY == 0:
            self._renew(received, host_s)

    def skip_silence(self, received: int, host_s: float, packet: int) -> None:
        """Whole packets that must be lost before one that comes after a long silence."""
        packet_s = packet * self.period_s
        self._skipped = int(max((host_s - self.at(received)) // packet_s, 0.0))
        self._phase_s += self._skipped * packet_s

    def _begin(self, received: int, host_s: float, interval_s: float | None) -> None:
        """Every phase of every period: what was weighed as if the link were of another kind was weighed wrongly.

        A link that is made anew is not known for a while, but its sensor's period is.
        """
        if interval_s is None and self._cells.size:
            self._known = self._steps, self._cells[0].sum(axis=1)
        elif self._interval_s is not None:
            self._known = None
        self._interval_s = interval_s
        self._lost += self._skipped
        every = np.arange(FIRST, LAST + 1)
        steps, credible = self._known or (every, np.exp(-0.5 * (STEP * every / USUAL_ERROR) ** 2))
        self._bins = int(np.clip(np.ceil(self._packet_s / BIN_S), FEWEST_BINS, MOST_BINS))
        self._place = -np.arange(4 * self._bins) % (2 * self._bins)
        self._place_periods(int(steps[0]), int(steps[-1]), received, host_s)
        self._best = int(credible.argmax())
        self._cells = self._anew(credible)
        self._last_s, self._last_received, self._renewed_s = host_s, received, host_s

    def _place_periods(self, first: int, last: int, received: int, host_s: float) -> None:
        """Periods between two steps, with cells that begin at an arrival."""
        self._steps = np.arange(first, last + 1)
        self._periods_s = np.asarray(self._nominal_s * (1.0 + STEP * self._steps))
        self._offset = np.zeros(len(self._steps))
        self._offset = np.floor(self._late(received, host_s)[0])
        self._index = self._late(received, host_s)[1]

    def _anew(self, periods: FloatArray) -> FloatArray:
        """(2, periods, cells) all phases of periods that are so credible, relatively, with what is lost by now."""
        each = np.repeat(periods[:, None] / (periods.sum() * 2 * self._bins), 2 * self._bins, axis=1)
        return np.stack([each, each * self._lost])

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
            moving = share * self._cells
            self._cells -= 2.0 * moving
            self._cells[..., 1:] += moving[..., :-1]
            self._cells[..., :-1] += moving[..., 1:]
            self._cells[..., 0] += moving[..., -1]
            self._cells[..., -1] += moving[..., 0]
            self._moved = 0.0

    def _weigh(self, late: FloatArray, index: IntArray, packets: float) -> None:
        """Weigh every period and phase by how well the arrival fits it, with or without a packet lost before it.

        Of the histories of losses that lead to a cell the most credible counts. Their sum would make losses free that
        could have happened at any time, as those of a phase that lies just where packets miss their events.
        """
        size, half = 2 * self._bins, self._bins // 2
        lost = 1.0 - (1.0 - LOSS) ** max(packets, 1.0)
        step = np.minimum(np.maximum(index - self._index, -size), size)
        last = int(step.max())
        # cell b of a period is at place (index + half - b), going round
        at = ((-index - half) % size)[:, None] + np.arange(size)
        part = np.floor((late * self._bins - index) * PARTS).astype(np.int64)
        likely = self._likelihood().take(at + (part * 2 * size)[:, None])
        # what is now at a place was further back by the step, and by a packet for each one that is lost
        was = self._place.take(at) - step[:, None]
        found, other = self._cells * np.where((was >= 0) & (was < size), (1.0 - lost) * likely, 0.0), self._cells
        if self._interval_s != 0.0 and last < CERTAINLY_LESS:
            self._cells = found
            return
        for n in (1, 2) if last > half else (1,):
            was += self._bins
            other = np.concatenate([other[..., self._bins :], other[..., : self._bins]], axis=2)
            other[1] += other[0]
            lossy = other * np.where((was >= 0) & (was < size), lost**n * likely, 0.0)
            found = np.where(lossy[0] > found[0], lossy, found)
        self._cells = found

    def _likelihood(self) -> FloatArray:
        """(parts · 2 · cells,) of lateness at the cells' places: 1/s."""
        known = self._weighing
        kind = self._packet_s, self._interval_s, self._host_s
        if known is None or (known.packet_s, known.interval_s, known.host_s) != kind:
            bin_s = self._packet_s / self._bins
            part = (np.arange(PARTS) + 0.5) / PARTS - 0.5
            late_s = (self._place - self._bins // 2 + part[:, None]) * bin_s
            likely = likelihood(late_s, *kind, bin_s).ravel()
            self._weighing = known = _Weighing(*kind, likely)
        return known.likelihood

    def _normalise(self) -> FloatArray:
        """(periods,) how credible they are."""
        periods = self._cells[0].sum(axis=1)
        total = float(periods.sum())
        if total > 0.0:
            self._cells /= total
            return np.asarray(periods)
        self._cells = self._anew(np.ones(len(self._steps)))
        return np.asarray(self._cells[0].sum(axis=1))

    def _renew(self, received: int, host_s: float) -> None:
        """Follow the periods that are in question, and let all phases in again a little."""
        periods = self._cells[0].sum(axis=1)
        likely = self._steps[periods > UNLIKELY]
        self._follow(max(int(likely[0]) - SPARE, FIRST), min(int(likely[-1]) + SPARE, LAST), received, host_s)
        periods = self._cells[0].sum(axis=1)
        periods[1:-1] += BESIDE * (periods[2:] + periods[:-2] - 2.0 * periods[1:-1])
        self._cells += (host_s - self._renewed_s) / RENEWAL_S * self._anew(periods)
        self._renewed_s = host_s

    def _follow(self, first: int, last: int, received: int, host_s: float) -> None:
        """Follow the periods between two steps."""
        before = self._steps
        if first >= before[0] and last <= before[-1] and last - first >= 0.8 * (before[-1] - before[0]):
            return
        cells, offset, index = self._cells, self._offset, self._index
        self._place_periods(first, last, received, host_s)
        self._best = int(np.clip(self._best + before[0] - first, 0, last - first))
        kept, old = np.isin(self._steps, before), np.isin(before, self._steps)
        self._cells = np.zeros((2, len(kept), 2 * self._bins))
        self._offset[kept], self._index[kept], self._cells[:, kept] = offset[old], index[old], cells[:, old]

    @property
    def _may_be_prompt(self) -> bool:
        """Whether packets may come as soon as they are taken: events are not known, or just as far apart."""
        if not self._interval_s or self._waits:
            return self._interval_s is None
        intervals = self._packet_s / self._interval_s
        return abs(intervals - round(intervals)) < LOCKSTEP * intervals

    def _tell(self, received: int, host_s: float, periods: FloatArray) -> None:
        """The middle of the best period's phases; of a link that is not known yet, the earliest."""
        size, half = 2 * self._bins, self._bins // 2
        self._best = best = int(periods.argmax())
        cell = (int(self._index[best]) + half - np.arange(size)) % size
        below = self._cells[0, best, cell].cumsum()
        wanted = float(below[-1]) * (EARLIEST if self._may_be_prompt else 0.5)
        at = min(int(below.searchsorted(wanted)), size - 1)
        credible, lost = self._cells[:, best, cell[at]]
        if credible > 0.0:
            middle = at + 1.0 - float(below[at] - wanted) / float(credible)
            late_s = (middle - 0.5 - half) / self._bins * self._packet_s
            self._phase_s = host_s - late_s - self.period_s * received
            self._lost = float(lost / credible)


def likelihood(
    late_s: FloatArray, packet_s: float, interval_s: float | None, host_s: float, bin_s: float
) -> FloatArray:
    """How likely (1/s) it is that the earliest packets come so late (s), where the bins of lateness are so wide.

    With events, each lateness up to the interval is as likely as another, and a stall may add to it; the newest packet
    is younger than one packet in any case, but for a host so late that its event is taken for the next. Without events
    short delays are the likely ones. As long as the interval is not known, anything up to one packet is, and what the
    host (so late on average) adds.
    """
    # a packet is taken along by one event or the next: what one edge loses the other gains, so that a phase that stays
    # at an edge, where packets would go with either, is half as likely with each that comes
    uneven_s = float(np.hypot(NOISE_S, WITHIN_BIN * bin_s))
    taken = _later(late_s, uneven_s)
    if interval_s == 0.0:
        return np.asarray(taken / (1.0 + np.maximum(late_s, 0.0) / SHORT_DELAY_S) ** 3 + UNEXPLAINED)
    usual_s = min(interval_s or packet_s, packet_s)
    stall_s = min(packet_s, STALL_S)
    held = taken * (1.0 - _later(late_s - packet_s, uneven_s)) * HELD / stall_s
    held *= np.exp(-np.maximum(late_s - usual_s, 0.0) / stall_s)
    if interval_s is None:
        prompt = _within(late_s, usual_s, uneven_s, host_s)
    else:
        next_event = _next_event(interval_s, host_s)
        prompt = (1.0 - next_event) * _within(late_s, usual_s, uneven_s, 0.0)
        prompt += next_event * _within(late_s - interval_s, usual_s, uneven_s, 0.0)
    return np.asarray((1.0 - HELD) * prompt + held + UNEXPLAINED)


def _next_event(interval_s: float, host_s: float) -> float:
    """Probability that a host so late on average delivers an event only after the next was due."""
    return float(np.exp(-interval_s / host_s)) if host_s > 0.0 else 0.0


def _within(late_s: FloatArray, longest_s: float, uneven_s: float, host_s: float) -> FloatArray:
    """How likely (1/s) such lateness is if any up to the longest is, and the host may add delays of such a mean."""
    begins, ends = _later(late_s, uneven_s), _later(late_s - longest_s, uneven_s)
    if host_s > 0.0:
        ends *= -np.expm1(-np.maximum(late_s - longest_s, 0.0) / host_s)
    return np.asarray((begins - ends) / longest_s)


def _later(late_s: FloatArray, uneven_s: float) -> FloatArray:
    """Probability that an event, or a phase, so uneven is later than one that is so much (s) earlier on the grid."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * late_s / uneven_s))
