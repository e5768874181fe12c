"""When each sample was taken, from what the link tells: stamps or counters, sample counts, arrival times."""

import itertools
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.profiles.packets import Time
from athena_sense.sample_clock.interval import ConnectionInterval
from athena_sense.sample_clock.line import Line
from athena_sense.sample_clock.period import WRONG_RATE, StampedPeriod
from athena_sense.sample_clock.slots import LONGEST, SHORTEST, SlotClock
from athena_sense.sample_clock.stamps import StampSteps

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BLOCK_STAMPED_NS = 250_000_000
BLOCK_COUNTED_NS = 40_000_000
"""A sensor that is only counted is looked at more often: what is lost shows in its arrivals alone."""
BLOCK_PACKETS = 4096
"""A block ends after so many packets even where their arrivals tell nothing."""
BURST_GAP_NS = 3_000_000
"""Packets of one connection event follow each other faster than this: a 250-byte packet takes 2.1 ms at 1 Mbit/s.
A block never ends inside a burst, whose first packets look late until the last has come."""
LONGEST_BURST_NS = 1_000_000_000

WINDOWS_S = (80.0, 30.0)
"""Of the line's slope and offset. Long enough for sensors that send one packet a second (Polar Verity Sense)."""

MAX_SLEW = 0.02
SLEW_TIME_S = 1.5
"""Sample times reach the line within this, but their spacing never changes by more than 2 %: a start 100 ms too late
is mended in 5 s, and no duration suffers more than from the sensor's own clock (1 %) twice."""
FAR_S = 0.25
"""Further behind the line than this, sample times jump to it; further ahead, they run at up to half speed."""
SETTLED_S = 5.0
"""So long after a sensor's clock was set anew, sample times jump or hurry to the line at once: they began with a guess,
which the earliest of some twenty packets mend."""

SILENCE_NS = 1_000_000_000
"""No sensor without time stamps stores more than this while the link is down: what is missing then was lost."""
CALIBRATIONS = ((2.0, 24, -WRONG_RATE, WRONG_RATE), (10.0, 100, -SHORTEST, LONGEST))
"""Seconds and packets after which the rate is looked at, and what error is taken for another rate: at once where it
is plain, later where bursts (0.1 s) and a few lost packets could make it."""

SMALLEST_SPACING = 0.05
"""Share of a sample period that neighbouring packets are kept apart, whatever their stamps say."""


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """What was seen of a link so far. `rate_hz` is the sensor's real rate by the host's clock."""

    rate_hz: float
    received_samples: int
    lost_samples: int
    repeated_packets: int
    clock_resets: int

    @property
    def loss(self) -> float:
        """Share of samples lost."""
        sent = self.received_samples + self.lost_samples
        return self.lost_samples / sent if sent else 0.0


@dataclass(frozen=True, slots=True)
class _Earliest:
    """The packet of a block that came earliest: how late, its last sample (sensor's s), arrival (s), samples so far."""

    late_s: float
    last_s: float
    host_s: float
    received: int


class SampleClock:
    """Gives the samples of one stream their times. Causal; the same for any way of cutting the stream.

    `time` is the profile's time stamp, None for a sensor that is only counted. Times are seconds on the host's
    clock since `start_ns` (by default the first arrival).
    """

    def __init__(self, rate_hz: float, time: Time | None = None, start_ns: int | None = None) -> None:
        self._nominal_s = 1.0 / rate_hz
        self._period_s = 1.0 / rate_hz
        self._steps = None if time is None else StampSteps(time, self._nominal_s)
        self._of_first = time is not None and time.of == "first"
        self._start_ns = start_ns
        self._block_ns = BLOCK_COUNTED_NS if time is None else BLOCK_STAMPED_NS
        self._line: Line | None = None
        self._received = 0
        self._lost = 0
        # the running count, and where on the sensor's own axis (s) it stood when its scale was last set
        self._count = 0
        self._scale_from = (0, 0.0)
        # the last packet
        self._packets = 0
        self._arrival_ns = 0
        self._burst_ns = 0
        self._last_s = 0.0
        self._last_count = 0
        self._guard = -np.inf
        # the block that is open
        self._block = -1
        self._restarts = 0  # proven by the packets seen, that are not all in blocks yet
        self._restarted = False
        self._anchor = (0.0, 0.0)
        self._speed = 1.0
        self._earliest: _Earliest | None = None
        # what is known of the sensor
        counted = self._steps is None or self._steps.counts_samples
        self._stamped_period = None if counted else StampedPeriod(self._nominal_s)
        self._calibrations = list(CALIBRATIONS) if counted else []
        self._slots = SlotClock(self._period_s) if self._steps is None else None
        self._interval = ConnectionInterval()
        self._hurry = False

    @property
    def health(self) -> LinkHealth:
        """What was seen of the link so far."""
        repeated, resets = (self._steps.repeated_packets, self._steps.resets) if self._steps else (0, 0)
        lost = self._lost if self._slots is None else self._slots.lost_samples
        return LinkHealth(1.0 / (self._period_s * self._slope), self._received, lost, repeated, resets)

    @property
    def _slope(self) -> float:
        """Seconds of the host's clock in one of the sensor's."""
        if self._slots is not None:
            return self._slots.period_s / self._period_s
        return 1.0 if self._line is None else self._line.slope

    def times(
        self, arrival_ns: IntArray, count: IntArray, stamp: npt.NDArray[np.uint64] | None = None
    ) -> tuple[FloatArray, Mask]:
        """Times (n,) of the samples of the next packets (p,), and which packets (p,) are kept.

        Packets that came twice, or too late, are not kept and get no times.
        """
        if not len(arrival_ns):
            return np.empty(0), np.ones(0, np.bool_)
        if self._start_ns is None:
            self._start_ns = int(arrival_ns[0])
        arrival_ns = np.maximum.accumulate(np.maximum(arrival_ns, self._arrival_ns if self._packets else arrival_ns[0]))
        if self._steps is None or stamp is None:
            step, keep = count.copy(), np.ones(len(count), np.bool_)
            anew = ~keep
        else:
            step, keep, anew = self._steps.advance(stamp, count, arrival_ns)
            arrival_ns, count, step, anew = arrival_ns[keep], count[keep], step[keep], anew[keep]
        if not len(count):
            return np.empty(0), keep
        blocks = self._blocks(arrival_ns, anew)
        edges = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), len(blocks)]
        found = []
        for start, end in itertools.pairwise(edges):
            if int(blocks[start]) != self._block:
                first = int(arrival_ns[start]), int(count[start]), int(step[start])
                self._open(int(blocks[start]), *first, bool(anew[start]))
            found.append(self._emit(arrival_ns[start:end], count[start:end], step[start:end]))
        return np.concatenate(found), keep

    def _blocks(self, arrival_ns: IntArray, anew: Mask) -> IntArray:
        """(p,) the block of each packet: they follow each other, and end between bursts and where a clock was set."""
        if not self._packets:
            self._arrival_ns = self._burst_ns = int(arrival_ns[0])
            self._first_ns = int(arrival_ns[0])
        begins = np.diff(arrival_ns, prepend=self._arrival_ns) > BURST_GAP_NS
        burst = np.maximum.accumulate(np.maximum(np.where(begins, arrival_ns, 0), self._burst_ns))
        index = self._packets + np.arange(len(arrival_ns))
        since = np.maximum(burst, arrival_ns - LONGEST_BURST_NS) - self._first_ns
        self._burst_ns = int(burst[-1])
        restarts = self._restarts + np.cumsum(anew)
        self._restarts = int(restarts[-1])
        return np.asarray(since // self._block_ns + index // BLOCK_PACKETS + restarts, dtype=np.int64)

    @overload
    def _host_s(self, arrival_ns: int) -> float: ...
    @overload
    def _host_s(self, arrival_ns: IntArray) -> FloatArray: ...
    def _host_s(self, arrival_ns: int | IntArray) -> Any:
        """Arrivals as seconds since the start."""
        return (arrival_ns - (self._start_ns or 0)) * 1e-9

    @overload
    def _axis_s(self, count: int) -> float: ...
    @overload
    def _axis_s(self, count: IntArray) -> FloatArray: ...
    def _axis_s(self, count: int | IntArray) -> Any:
        """The running count as seconds of the sensor's own time."""
        unit_s = self._period_s if self._stamped_period is None else 1e-9
        return self._scale_from[1] + (count - self._scale_from[0]) * unit_s

    def _emit(self, arrival_ns: IntArray, count: IntArray, step: IntArray) -> FloatArray:
        """Times (n,) of packets of the open block."""
        last_s = self._last_samples(count, step)
        spacing_s = self._spacing_s(last_s, count) * self._speed
        t_s = self._anchor[1] + (last_s - self._anchor[0]) * self._speed
        total = int(count.sum())
        if total > len(count):
            back = np.repeat(np.cumsum(count), count) - 1 - np.arange(total)
            t_s = np.repeat(t_s, count) - back * np.repeat(spacing_s, count)
        sent_s = self._host_s(self._interval.events_ns(arrival_ns))
        self._note_earliest(last_s, sent_s, self._received + np.cumsum(count))
        if self._slots is not None:
            self._note_bursts(arrival_ns)
        self._packets += len(count)
        self._arrival_ns = int(arrival_ns[-1])
        self._last_s, self._last_count = float(last_s[-1]), int(count[-1])
        self._received += total
        return t_s

    def _note_bursts(self, arrival_ns: IntArray) -> None:
        """When bursts begin."""
        begins = np.diff(arrival_ns, prepend=self._arrival_ns) > BURST_GAP_NS
        if not self._packets:
            begins[0] = True
        if len(begins):
            self._interval.note(arrival_ns[begins], self._packets + np.flatnonzero(begins))

    def _spacing_s(self, last_s: FloatArray, count: IntArray) -> FloatArray:
        """(p,) between the samples of each packet: what passed since the packet before, but for where some are lost."""
        if self._steps is None:
            return np.full(len(count), self._period_s)
        passed_s = np.empty_like(last_s)
        passed_s[1:] = last_s[1:] - last_s[:-1]
        passed_s[0] = last_s[0] - self._last_s if self._packets else count[0] * self._period_s
        each_s = passed_s / count
        missing = each_s > 1.5 * self._period_s
        if missing.any():
            lost = np.rint(passed_s[missing] / self._period_s).astype(np.int64) - count[missing]
            self._lost += int(np.maximum(lost, 0).sum())
        return np.where(missing, self._period_s, each_s)

    def _last_samples(self, count: IntArray, step: IntArray) -> FloatArray:
        """(p,) when each packet's last sample was taken, on the sensor's own axis; each later than the one before."""
        running = self._count + np.cumsum(step)
        self._count = int(running[-1])
        if self._steps is None:
            return self._axis_s(running)
        if self._stamped_period is not None:
            covered = np.concatenate([[self._last_count], count[:-1]]) if self._of_first else count
            first = 0 if self._packets else 1
            self._stamped_period.note(step[first:], covered[first:])
        axis_s = self._axis_s(running)
        if self._of_first:
            axis_s = axis_s + (count - 1) * self._period_s
        least_s = SMALLEST_SPACING * self._nominal_s * (self._received + np.cumsum(count))
        reached = np.maximum.accumulate(np.maximum(axis_s - least_s, self._guard))
        self._guard = float(reached[-1])
        return np.asarray(reached + least_s)

    def _note_earliest(self, last_s: FloatArray, host_s: FloatArray, received: IntArray) -> None:
        """Keep the block's packet that came earliest after it was taken, as far as that is known."""
        if self._line is None:
            self._line = Line(*WINDOWS_S, (float(last_s[0]), float(host_s[0])))
        if self._slots is None:
            late_s = host_s - (self._line.offset_s + self._line.slope * last_s)
        else:
            late_s = self._slots.lateness_s(received, host_s)
        at = int(np.argmin(late_s))
        if self._earliest is None or late_s[at] < self._earliest.late_s:
            self._earliest = _Earliest(float(late_s[at]), float(last_s[at]), float(host_s[at]), int(received[at]))

    def _open(self, block: int, arrival_ns: int, count: int, step: int, anew: bool) -> None:
        """Learn from the block that ends, and set the speed at which sample times run towards what is known now."""
        self._block = block
        if self._interval.same_event(self._arrival_ns, arrival_ns):
            return  # the host was slow to deliver the event: the rest of it is still to come
        earliest, self._earliest = self._earliest, None
        if self._line is None or earliest is None:
            host_s = self._host_s(arrival_ns)
            self._anchor = self._axis_s(step) + self._first_offset(count), host_s
            return
        t_last = self._anchor[1] + (self._last_s - self._anchor[0]) * self._speed
        self._line.add((earliest.last_s, earliest.host_s))
        self._renew_period()
        if anew:
            self._restarted = True
            self._line.restart((self._axis_s(self._count + step) + self._first_offset(count), self._host_s(arrival_ns)))
        if self._slots is None:
            behind_s = self._line.at(self._last_s) - t_last
            gap_s = self._gap_s(count, step)
            settles = self._restarted and self._line.span_s < SETTLED_S
            far_s = 0.0 if settles else FAR_S
            jumps = behind_s > far_s or (gap_s > 0.0 and behind_s > -0.5 * gap_s)
        else:
            self._slots.add(earliest.received, earliest.host_s, self._last_count, self._interval)
            self._interval.renew()
            if arrival_ns - self._arrival_ns > SILENCE_NS:
                if arrival_ns - self._arrival_ns > SILENCE_NS + 2e9 * count * self._period_s:
                    self._interval = ConnectionInterval()  # a link that is made anew has events of its own
                self._slots.skip_silence(self._received + count, self._host_s(arrival_ns), count)
            behind_s = self._slots.at(self._received) - t_last
            far_s = min(FAR_S, 0.5 * count * self._period_s)
            jumps = behind_s > far_s
        if jumps:
            t_last, behind_s = t_last + behind_s, 0.0
        self._anchor = self._last_s, t_last
        self._speed = self._slope + min(max(behind_s / SLEW_TIME_S, -MAX_SLEW), MAX_SLEW)
        self._hurry = behind_s < -far_s or (self._hurry and behind_s < -0.3 * count * self._period_s)
        if self._hurry:
            until_next_s = max(1e-9 * self._block_ns, count * self._period_s)
            self._speed = max(0.5, 1.0 + behind_s / until_next_s) * self._slope

    def _first_offset(self, count: int) -> float:
        return (count - 1) * self._period_s if self._of_first else 0.0

    def _gap_s(self, count: int, step: int) -> float:
        """By how much the next packet's step exceeds its own samples (s of the sensor's time), 0 where it does not."""
        due_s = self._axis_s(self._count + step) + self._first_offset(count)
        gap_s = due_s - self._last_s - count * self._period_s
        return gap_s if gap_s > count * self._period_s else 0.0

    def _renew_period(self) -> None:
        """The sensor's own sample period: from its stamps, or, while it is new, from the rate of counting."""
        if self._stamped_period is not None:
            self._lost = 0 if self._stamped_period.renew() else self._lost
            self._period_s = self._stamped_period.period_s
            return
        if not self._calibrations or self._line is None:
            return
        least_s, packets, shortest, longest = self._calibrations[0]
        if self._line.span_s >= least_s and self._packets >= packets:
            self._calibrations.pop(0)
            slope = self._line.raw_slope()
            period_s = self._period_s * slope
            if shortest <= period_s / self._nominal_s - 1.0 <= longest:
                period_s = self._nominal_s  # also where it was given up too early
            elif shortest <= slope - 1.0 <= longest:
                period_s = self._period_s
            if period_s != self._period_s:
                self._scale_from = self._count, self._last_s
                self._period_s = period_s
                self._line = Line(*WINDOWS_S, (self._last_s, self._host_s(self._arrival_ns)))
                self._lost = 0
                self._slots = None if self._slots is None else SlotClock(self._period_s)
