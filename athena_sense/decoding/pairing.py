"""Acceleration and angular rate that travel in packets of their own become one stream.

Angular rates are interpolated onto the times of the acceleration, as soon as a later angular rate is there. Which
samples find a partner follows from the order of the packets alone, not from how they were cut into calls.
"""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HOLD_S = 2.0
"""How far ahead one stream may be of the other: a sensor of which one half stays silent gives nothing."""
BRIDGE_S = 0.1
BRIDGE_INTERVALS = 2.5
"""A hole in the angular rate is bridged where it is shorter than either; beyond, the acceleration is left out too."""


class GyroPairing:
    """Keeps what has no partner yet: at most HOLD_S of either stream."""

    def __init__(self) -> None:
        self._acc_t: FloatArray = np.empty(0)
        self._acc: FloatArray = np.empty((0, 3))
        self._gyr_ahead: FloatArray = np.empty(0)
        self._gyr_t: FloatArray = np.empty(0)
        self._gyr: FloatArray = np.empty((0, 3))
        self._acc_ahead: FloatArray = np.empty(0)
        self._bridged: Mask = np.empty(0, np.bool_)
        self._newest_acc_s = self._newest_gyr_s = -np.inf
        self._intervals: FloatArray = np.full(2, np.inf)
        self.left_out = 0
        """Accelerations that found no angular rate."""

    def feed(
        self,
        acc: tuple[FloatArray, FloatArray, IntArray],
        gyr: tuple[FloatArray, FloatArray, IntArray],
    ) -> SampleBatch:
        """New samples of both streams: times (n,), values (n, 3), running number (n,) of the packet each came in."""
        acc_t, gyr_t = acc[0], gyr[0]
        self._acc_ahead = np.concatenate([self._acc_ahead, _newest_before(gyr[2], acc[2], acc_t, self._newest_acc_s)])
        self._gyr_ahead = np.concatenate([self._gyr_ahead, _newest_before(acc[2], gyr[2], gyr_t, self._newest_gyr_s)])
        self._bridged = np.concatenate([self._bridged, self._bridges(gyr_t)])
        self._acc_t, self._acc = np.concatenate([self._acc_t, acc_t]), np.concatenate([self._acc, acc[1]])
        self._gyr_t, self._gyr = np.concatenate([self._gyr_t, gyr_t]), np.concatenate([self._gyr, gyr[1]])
        self._newest_acc_s = float(acc_t[-1]) if len(acc_t) else self._newest_acc_s
        self._newest_gyr_s = float(gyr_t[-1]) if len(gyr_t) else self._newest_gyr_s
        ready = self._ready()
        self._forget()
        return ready

    def _bridges(self, gyr_t: FloatArray) -> Mask:
        """(n,) whether the angular rate may be interpolated between each new sample and the one before it."""
        intervals = np.concatenate([self._intervals, np.diff(gyr_t, prepend=self._newest_gyr_s)])
        self._intervals = intervals[-2:]
        usual = np.minimum(np.minimum(intervals[:-2], intervals[1:-1]), intervals[2:])
        return np.asarray(intervals[2:] <= np.maximum(BRIDGE_S, BRIDGE_INTERVALS * usual))

    def _ready(self) -> SampleBatch:
        """The accelerations between two angular rates."""
        after = np.searchsorted(self._gyr_t, self._acc_t, side="left")
        n = int(np.searchsorted(after, len(self._gyr_t), side="left"))
        after = after[:n]
        t_s = self._acc_t[:n]
        early = np.minimum(self._acc_ahead[after] - t_s, HOLD_S + 1.0) <= HOLD_S
        recent = self._gyr_ahead[:n] - t_s <= HOLD_S
        paired = (after > 0) & self._bridged[after] & early & recent
        right = after[paired]
        left = right - 1
        t_s = t_s[paired]
        weight = (t_s - self._gyr_t[left]) / (self._gyr_t[right] - self._gyr_t[left])
        gyr = self._gyr[left] + weight[:, None] * (self._gyr[right] - self._gyr[left])
        batch = SampleBatch(t_s, self._acc[:n][paired], gyr)
        self._drop_acc(n)
        self.left_out += n - len(t_s)
        return batch

    def _forget(self) -> None:
        """Drop what can find no partner any more."""
        late = int(np.searchsorted(self._acc_t, self._newest_acc_s - HOLD_S, side="left"))
        self._drop_acc(late)
        self.left_out += late
        old = max(0, int(np.searchsorted(self._gyr_t, self._newest_gyr_s - HOLD_S, side="right")) - 1)
        self._gyr_t, self._gyr = self._gyr_t[old:], self._gyr[old:]
        self._acc_ahead, self._bridged = self._acc_ahead[old:], self._bridged[old:]

    def _drop_acc(self, n: int) -> None:
        self._acc_t, self._acc, self._gyr_ahead = self._acc_t[n:], self._acc[n:], self._gyr_ahead[n:]


def _newest_before(number: IntArray, other_number: IntArray, other_t: FloatArray, carried_s: float) -> FloatArray:
    """(n,) the newest time of the other stream when each sample's packet came; `carried_s` where none is new."""
    known = np.concatenate([[carried_s], other_t])
    return np.asarray(known[np.searchsorted(other_number, number, side="left")])
