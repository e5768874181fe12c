"""The clock of a sensor that numbers and stamps nothing, from how many of its packets have come by when.

A packet cannot come before its last sample was taken, and the newest packet of a burst is less than one packet old.
So at a burst's end the number of packets taken is known, and what came less is lost. That holds for the sensor's true
period alone: of a longer one some packets seem to come before they were taken, of a shorter one some seem lost that
never were. All periods that a clock may have are followed side by side, and the one with the fewest contradictions is
believed.
"""

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

IntArray = npt.NDArray[np.int64]

WIDEST = 0.05
"""Clocks of motion sensors are right to 1 % (Bosch BMI160), rates are rounded by 2 % more (52 for 50.9 Hz), and a
twentieth of the packets may be lost while the rate is looked for."""
STEP = 1e-4
"""Between neighbouring periods: in a minute they are 6 ms apart, and the floor follows meanwhile."""
LEAK = 1e-4
"""The floor rises by this share of the time, a little faster than the best of the periods can be wrong."""
USUAL_ERROR = 0.02
"""An error of the clock that is as credible as one packet more or less lost."""
MEMORY_S = 180.0
"""Losses and contradictions this old count for a third: a clock changes with temperature, within minutes."""
EARLY_COST = 5.0
"""Of coming one packet's time before it was taken, where a lost packet costs 1: that is impossible, this is common."""
SPREAD_COST = 0.03
"""Of an e-fold wider spread of lateness, a look: looks of a slow beat between packets and events are far from
independent, so they count for a thirtieth; where there are many packets an event the beat is fast, and they count for
more."""
SMALLEST_SPREAD = 0.02
"""Packets; less is the host's unevenness. Nor is it believed to be less than half an interval of the link: a period
that fits its events exactly seems to have none."""
LATE_COST = 0.3
"""Of coming later than can be without a loss, a look."""
MANY = 3.0
"""From so many packets an event on, one late event proves a loss: an event takes all packets along."""
CHANGE_COST = 0.05
"""By so much another period must be better to be believed instead."""

LATENESSES = 128
FEWEST_LATENESSES = 16
USUAL_SHARE = 0.95
"""Lateness that is usual on this link: what this share of the last ones keeps within."""
NOISE = 0.1
"""Lateness (packets) beyond one packet that scheduling adds where bursts are further apart than packets."""
ACCEPTED_FALSE_ALARMS = 0.002
FORGET = 0.01
"""Share of the last look in the running share of false alarms: about a hundred looks are remembered."""
LONG_DELAY_S = 0.02
USUAL_FALSE_ALARMS = 0.05
"""What is assumed of a link before it has shown itself: one packet in twenty is late by 20 ms."""


class SlotClock:
    """Earliest arrivals → the sensor's period, the time of its samples, and what was lost.

    `add` takes, of each block of arrivals, the one that came earliest after it was taken: how many samples had been
    received with it, and when (s). Everything is done element by element, so the answer does not depend on cuts.
    """

    def __init__(self, period_s: float) -> None:
        steps = round(WIDEST / STEP)
        error = np.arange(-steps, steps + 1) * STEP
        self._periods_s = period_s * (1.0 + error)
        self._prior = 0.5 * (error / USUAL_ERROR) ** 2
        self._best = steps
        self._floor_s: FloatArray = np.zeros_like(error)
        self._cost: FloatArray = np.zeros_like(error)
        self._late: FloatArray = np.zeros_like(error)
        self._looks = 0.0
        self._spread = 0.5
        self._lost: FloatArray = np.zeros_like(error)
        self._lowered: FloatArray = np.zeros_like(error)
        self._run: FloatArray = np.zeros_like(error)
        self._least: FloatArray = np.full_like(error, np.inf)
        self._began_s: float | None = None
        self._last_s = 0.0
        self._false_alarms: float | None = None
        self._undone = False
        self._lateness: deque[float] = deque(maxlen=LATENESSES)

    @property
    def period_s(self) -> float:
        """The sample period by the host's clock."""
        return float(self._periods_s[self._best])

    @property
    def lost_samples(self) -> int:
        return int(self._lost[self._best])

    def at(self, received: int) -> float:
        """Host's time (s) at which the last of so many received samples was taken."""
        return float(self._floor_s[self._best] + self._periods_s[self._best] * received)

    def lateness_s(self, received: IntArray, host_s: FloatArray) -> FloatArray:
        """(p,) how long after they were taken packets came."""
        return np.asarray(host_s - (self._floor_s[self._best] + self._periods_s[self._best] * received))

    def add(self, received: int, host_s: float, packet: int, interval_s: float | None) -> None:
        """The earliest arrival of one more block: the last of `received` samples came in a packet of `packet`."""
        came_s = np.asarray(host_s - self._periods_s * received, np.float64)
        if self._began_s is None:
            self._began_s, self._last_s = host_s, host_s
            self._floor_s = came_s
            self._false_alarms = USUAL_FALSE_ALARMS * min(1.0, LONG_DELAY_S / (packet * self.period_s))
            return
        passed_s, self._last_s = host_s - self._last_s, host_s
        self._floor_s = self._floor_s + LEAK * passed_s
        packet_s = np.asarray(self._periods_s * packet, np.float64)
        late = np.asarray((came_s - self._floor_s) / packet_s, np.float64)
        early = np.asarray(np.maximum(-late, 0.0), np.float64)
        self._floor_s = np.minimum(self._floor_s, came_s)
        forget = math.exp(-passed_s / MEMORY_S)
        self._cost *= forget
        self._looks = self._looks * forget + 1.0
        self._late = self._late * forget + np.clip(late, 0.0, 1.0)
        self._cost += EARLY_COST * early * (0.5 / self._spread)
        self._take_back(early, packet)
        self._lose(late, packet, packet_s, interval_s)
        self._choose((came_s - self._floor_s) / packet_s, packet * self.period_s, interval_s)

    def skip_silence(self, received: int, host_s: float, packet: int) -> None:
        """Whole packets that must be lost before one that comes after a long silence."""
        packet_s = self._periods_s * packet
        missing = np.floor((host_s - self._floor_s - self._periods_s * received) / packet_s)
        missing = np.maximum(missing, 0.0)
        self._floor_s = self._floor_s + missing * packet_s
        self._lost += missing * packet
        self._last_s = host_s

    def _take_back(self, early: FloatArray, packet: int) -> None:
        """Losses that were none: the floor sinks again by a packet."""
        self._lowered += early
        undone = (self._lowered >= 0.5) & (self._lost >= packet) & (early > 0.0)
        self._lost -= np.where(undone, packet, 0.0)
        self._undone = bool(undone[self._best])
        self._lowered = np.where(undone | (self._lost == 0.0), 0.0, self._lowered)

    def _lose(self, late: FloatArray, packet: int, packet_s: FloatArray, interval_s: float | None) -> None:
        """Packets that are lost because everything after them comes too late."""
        threshold, needed = self._threshold(interval_s, packet_s[self._best]), self._needed_in_a_row()
        if not interval_s:
            needed = max(needed, 2.0)
        elif interval_s > MANY * packet_s[self._best]:
            needed = min(needed, 1.0)
        is_late = late >= threshold
        self._cost += LATE_COST * is_late
        best = self._best
        passed_by = self._undone or (self._run[best] > 0.0 and not is_late[best])
        if self._false_alarms is not None:
            self._false_alarms += FORGET * (float(passed_by) - self._false_alarms)
        self._lateness.append(float(late[best]))
        self._run = np.where(is_late, self._run + 1.0, 0.0)
        self._least = np.where(is_late, np.minimum(self._least, late), np.inf)
        proven = self._run >= needed
        if proven.any():
            packets = np.where(
                proven, np.maximum(np.floor(np.where(proven, self._least, 0.0) - threshold + 1.0), 1.0), 0.0
            )
            self._floor_s = self._floor_s + packets * packet_s
            self._lost += packets * packet
            self._cost += np.minimum(packets, 2.0)
            self._run = np.where(proven, 0.0, self._run)
            self._least = np.where(proven, np.inf, self._least)
            self._lowered = np.where(proven, 0.0, self._lowered)

    def _threshold(self, interval_s: float | None, packet_s: float) -> float:
        """Lateness (packets) beyond which a packet is missing: half-way between what is usual and one packet more."""
        usual = 1.0
        if interval_s:
            usual = min(1.0, interval_s / packet_s)
        elif interval_s is not None and len(self._lateness) >= FEWEST_LATENESSES:
            # Lost packets move it by whole ones: the arc of a circle that holds most is the same before and after.
            ordered = np.sort(np.array(self._lateness) % 1.0)
            covered = math.ceil(USUAL_SHARE * len(ordered))
            arcs = np.concatenate((ordered, ordered + 1.0))[covered - 1 :][: len(ordered)] - ordered
            usual = min(float(arcs.min()) / USUAL_SHARE, 1.0)
        return 0.5 * (1.0 + usual) + NOISE * usual

    def _needed_in_a_row(self) -> float:
        """How many late blocks in a row prove a loss, from how often lateness has passed by itself on this link."""
        share = min(max(self._false_alarms or 0.0, 1e-4), 0.1)
        return math.log(ACCEPTED_FALSE_ALARMS) / math.log(share)

    def _choose(self, late: FloatArray, packet_s: float, interval_s: float | None) -> None:
        least = 0.5 if interval_s is None else max(0.5 * min(1.0, interval_s / packet_s), SMALLEST_SPREAD)
        spread = np.maximum(self._late / self._looks, least)
        self._spread = float(spread[self._best])
        cost = (
            self._cost
            + self._prior
            + np.clip(late, 0.0, 2.0)
            + SPREAD_COST * max(1.0, (interval_s or 0.0) / packet_s) * self._looks * np.log(spread)
        )
        best = int(np.argmin(cost))
        if cost[best] < cost[self._best] - CHANGE_COST:
            self._best = best
