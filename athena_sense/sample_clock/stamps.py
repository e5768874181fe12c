"""How far a sensor's own clock or counter went from packet to packet: unwrapped, and freed of what cannot be."""

import numpy as np
import numpy.typing as npt

from athena_sense.profiles.packets import Time

IntArray = npt.NDArray[np.int64]
StampArray = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

MAX_BUFFERED_S = 10.0
"""A stamp may lag behind the host by what a sensor can store; beyond this its clock was set anew."""
MAX_CATCH_UP_S = 5.0
"""A stamp may run ahead of the host only by what had been held back before."""
LATE_S = 2.0
"""A stamp that goes back by less belongs to a packet that came twice or too late."""
_LARGEST = 1 << 62


class StampSteps:
    """Turns stamps into steps of the sensor's time, in `unit_s` seconds: nanoseconds, or samples for counters.

    A stamp that cannot be is first taken for a clock set anew, and the step for what the host saw pass. If the
    next stamp fits the one before it, it was damage, and the old count goes on.
    """

    def __init__(self, time: Time, period_s: float) -> None:
        self.counts_samples = time.unit_ns is None
        self.unit_s = period_s if self.counts_samples else 1e-9
        self.repeated_packets = 0
        self.resets = 0
        self._modulus = time.modulus
        self._per_packet = time.unit == "packets"
        self._scale = time.unit_ns or 1
        self._bound = _LARGEST // (self._scale << 16)
        self._period_s = period_s
        self._before: tuple[int, int] | None = None
        self._unsure: tuple[int, int, int] | None = None

    def advance(self, stamp: StampArray, count: IntArray, arrival_ns: IntArray) -> tuple[IntArray, Mask, Mask]:
        """Steps (p,) from the packet before, which packets (p,) are to be kept, and which prove a clock set anew.

        The first step of all is 0.
        """
        keep, anew = np.ones(len(stamp), np.bool_), np.zeros(len(stamp), np.bool_)
        if self._before is None:
            self._before = int(stamp[0]), int(arrival_ns[0])
            first = np.zeros(1, np.int64)
            if len(stamp) == 1:
                return first, keep, anew
            step, keep[1:], anew[1:] = self.advance(stamp[1:], count[1:], arrival_ns[1:])
            return np.concatenate([first, step]), keep, anew
        previous = np.concatenate([np.array([self._before[0]], np.uint64), stamp[:-1]])
        waited_s = np.diff(arrival_ns, prepend=self._before[1]) * 1e-9
        step = self._scaled(_differences(stamp, previous, self._modulus), count)
        step_s = step * self.unit_s
        possible = (step_s > 0.0) & (step_s <= waited_s + MAX_CATCH_UP_S) & (step_s >= waited_s - MAX_BUFFERED_S)
        if self._unsure is None and possible.all():
            self._before = int(stamp[-1]), int(arrival_ns[-1])
            return step, keep, anew
        for at, (own, samples, arrival) in enumerate(
            zip(stamp.tolist(), count.tolist(), arrival_ns.tolist(), strict=True)
        ):
            unsure, resets = self._unsure is not None, self.resets
            found = self._settle(own, samples, arrival)
            keep[at] = found is not None
            step[at] = found or 0
            anew[at] = unsure and self._unsure is None and self.resets == resets
        return step, keep, anew

    def _scaled(self, difference: IntArray, count: IntArray) -> IntArray:
        bounded = np.clip(difference, -self._bound, self._bound) * self._scale
        return np.asarray(bounded * count if self._per_packet else bounded, dtype=np.int64)

    def _settle(self, stamp: int, count: int, arrival_ns: int) -> int | None:
        """The step of one packet, None where it is to be left out. What `advance` does to many at once."""
        assert self._before is not None
        step = self._step(stamp, self._before[0], count)
        if self._possible(step, arrival_ns - self._before[1]):
            self._before, self._unsure = (stamp, arrival_ns), None
            return step
        if self._unsure is not None:
            old_stamp, old_arrival_ns, assumed = self._unsure
            since = self._step(stamp, old_stamp, count)
            if self._possible(since, arrival_ns - old_arrival_ns) and since > assumed:
                self._before, self._unsure = (stamp, arrival_ns), None
                self.resets -= 1
                return since - assumed
        if -LATE_S < step * self.unit_s <= 0.0:
            self.repeated_packets += 1
            return None
        waited = (arrival_ns - self._before[1]) * 1e-9
        assumed = max(1, round(max(waited, count * self._period_s) / self.unit_s))
        self._unsure = (*self._before, assumed)
        self._before = stamp, arrival_ns
        self.resets += 1
        return assumed

    def _step(self, stamp: int, before: int, count: int) -> int:
        half = self._modulus // 2
        difference = (stamp - before + half) % self._modulus - half
        step = max(-self._bound, min(self._bound, difference)) * self._scale
        return step * count if self._per_packet else step

    def _possible(self, step: int, waited_ns: int) -> bool:
        step_s, waited_s = step * self.unit_s, waited_ns * 1e-9
        return step_s > 0.0 and waited_s - MAX_BUFFERED_S <= step_s <= waited_s + MAX_CATCH_UP_S


def _differences(stamp: StampArray, before: StampArray, modulus: int) -> IntArray:
    """(p,) signed differences of stamps, the shorter way round."""
    if modulus == 1 << 64:
        return (stamp - before).view(np.int64)
    size = np.uint64(modulus)
    ahead = ((stamp % size + size - before % size) % size).astype(np.int64)
    return np.asarray((ahead + modulus // 2) % modulus - modulus // 2, dtype=np.int64)
