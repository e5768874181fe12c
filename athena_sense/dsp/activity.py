"""How much is going on: standing still, moving with care, or walking about."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion

TICK_S = 0.1
"""Activity is judged ten times a second: finer than any decision that rests on it."""
STILL_ACC_M_S2 = 0.3
"""Standing quietly shakes |a| by 0.05 m/s² at the waist (postural_sway recordings: 0.03–0.09) and less at the foot;
a consumer sensor adds up to 0.1 m/s² of noise. Above 0.3 m/s² somebody is moving."""
STILL_TILT_RAD = np.radians(2.0)
"""Largest change of inclination over half a second of stillness: sway is below 0.5°."""
REST_S = 2.0
"""Longer than a hold within a rep (up to 1.5 s): whoever has kept the same posture for this long is resting, or has
put the sensor on. The slowest lowering (25° in 12 s) turns by twice `STILL_TILT_RAD` meanwhile."""
STEP_ACC_M_S2 = 2.0
"""RMS of |a| about its mean over a second. A heel raised by 50° in 0.4 s reaches 1.8 m/s² on the instep (minimum
jerk, 0.15 m lever), a hard heel drop on the floor 1.6 (real heel raises); a walking foot 5 and more."""
WALK_ACC_M_S2 = 1.0
"""RMS over three seconds. Quick raises with lowerings of a second between them reach 0.7 m/s² (real heel raises:
0.5); a phone in the hand of a walker 1.2, at the waist 1.3, in a pocket 2.5."""

JOLT_SPANS_S = 0.2, 0.5
"""Widths of two Hann windows whose means of |a| differ by its jolts: what lies between 2.5 and 6 Hz. Going down and up
in 1.3 s lies below it, the trembling of tired legs (8–12 Hz) above it, the steps of a walk within."""
JOLT_ACC_M_S2 = 0.28
"""RMS of these jolts in every half second of `STRIDES_S`: a walk has a step in each. Walking and stairs with a phone in
a pocket or backpack keep 0.4–1.3 m/s², a walking thigh, pelvis and chest 0.3–0.5; real squats of 1.4 s one after the
other 0.15–0.3."""
STRIDES_S = 2.5


@dataclass(frozen=True, slots=True)
class Activity:
    """One row a tick of `TICK_S`: `still`, `resting` and `busy` (m,), and the first motion row after the last tick."""

    still: npt.NDArray[np.bool_]
    resting: npt.NDArray[np.bool_]
    busy: npt.NDArray[np.bool_]
    end_index: int


class ActivityStage:
    """Motion → Activity. Still: half a second without movement; resting: `REST_S`. Busy: too rough for a rep.

    `large_movement`: the exercise moves the body so much that walking shows in its jolts alone.
    """

    def __init__(self, rate_hz: float, large_movement: bool = False) -> None:
        self._jolts = _Jolts(rate_hz) if large_movement else None
        self.tick_rows = max(1, round(TICK_S * rate_hz))
        self._still_ticks = max(1, round(0.5 * rate_hz / self.tick_rows))
        self._step_ticks = max(1, round(1.0 * rate_hz / self.tick_rows))
        self._walk_ticks = 3 * self._step_ticks
        self._kept_ticks = 3 * self._walk_ticks
        self._rest_ticks = round(REST_S * rate_hz / self.tick_rows)
        # Channel by channel, each tick's rows and all ticks one after the other: numpy is quick along long runs.
        self._rows: FloatArray = np.empty((5, 0))
        self._ticks: FloatArray | None = None
        self._end = 0

    def feed(self, motion: Motion) -> Activity:
        """The ticks that these rows complete."""
        x, y, z = motion.acc_m_s2.T
        norm = np.sqrt(x * x + y * y + z * z)
        rough = norm if self._jolts is None else self._jolts.feed(norm)
        rows = np.concatenate((self._rows, np.vstack((norm, rough, motion.up.T))), axis=1)
        n = rows.shape[1] // self.tick_rows
        self._rows = rows[:, n * self.tick_rows :]
        self._end += n * self.tick_rows
        if n == 0:
            none = np.empty(0, bool)
            return Activity(none, none, none, self._end)
        blocks = rows[:, : n * self.tick_rows].reshape(5, n, self.tick_rows)
        a, b = blocks[:2]
        ticks = np.vstack((_sum(a), _sum(a * a), _sum(b), _sum(b * b), blocks[2:, :, -1]))
        kept = self._kept_ticks
        before = self._ticks[:, -kept:] if self._ticks is not None else np.repeat(ticks[:, :1], kept, axis=1)
        self._ticks = ticks = np.concatenate((before, ticks), axis=1)
        still = _rms(ticks, self._still_ticks, self.tick_rows)[1:] < STILL_ACC_M_S2
        still &= _turned(ticks[4:], self._still_ticks) < STILL_TILT_RAD
        resting = _rms(ticks, self._rest_ticks, self.tick_rows)[-n:] < STILL_ACC_M_S2
        resting &= _turned(ticks[4:], self._rest_ticks)[-n:] < STILL_TILT_RAD
        if self._jolts is not None:
            # Down and up again within the time of a rest ends in the posture in which it began.
            for k in range(self._rest_ticks - self._still_ticks):
                end = still.shape[0] - k
                resting &= still[end - n : end]
        return Activity(still[-n:], resting, self._busy(ticks, n), self._end)

    def excuse(self, first_row: int, end_row: int, now_row: int) -> npt.NDArray[np.bool_] | None:
        """Take what moved between two rows, of the last three seconds, for as calm as what was before.

        Returns whether it was busy (m,) after `now_row`, as far as that changes; None where it was busy up to there all
        the same. Then nothing is excused.
        """
        assert self._ticks is not None
        count, walk = self._ticks.shape[1], self._walk_ticks
        first, end, now = (count - (self._end - row) // self.tick_rows for row in (first_row, end_row, now_row))
        ticks = self._ticks[:, first - walk : end + walk].copy()
        ticks[2:4, walk : walk + end - first] = ticks[2:4, walk - 1 : walk]
        busy = self._busy(ticks, ticks.shape[1] - walk)
        if busy[: now - first].any():
            return None
        self._ticks[2:4, first:end] = ticks[2:4, walk : walk + end - first]
        return busy[now - first :]

    def _busy(self, ticks: FloatArray, n: int) -> npt.NDArray[np.bool_]:
        """(n,) for the last `n` ticks."""
        if self._jolts is None:
            busy = _rms(ticks[2:], self._step_ticks, self.tick_rows)[-n:] > STEP_ACC_M_S2
            return busy | (_rms(ticks[2:], self._walk_ticks, self.tick_rows)[-n:] > WALK_ACC_M_S2)
        jolting = _rms(ticks[2:], self._still_ticks, self.tick_rows) > JOLT_ACC_M_S2
        busy = np.ones(n, bool)
        for k in range(round(STRIDES_S / 0.5)):
            end = jolting.shape[0] - k * self._still_ticks
            busy &= jolting[end - n : end]
        return busy


class _Jolts:
    """What of |a| is as quick as steps, half a window late."""

    def __init__(self, rate_hz: float) -> None:
        short, long = (max(1, round(0.5 * span_s * rate_hz)) for span_s in JOLT_SPANS_S)
        taps = -_hann(long)
        taps[long - short : long + short + 1] += _hann(short)
        self._taps = taps
        self._past: FloatArray | None = None

    def feed(self, norm: FloatArray) -> FloatArray:
        """(n,) for (n,) m/s²."""
        n, last = norm.shape[0], self._taps.shape[0] - 1
        if n == 0:
            return norm
        x = np.concatenate((np.repeat(norm[:1], last) if self._past is None else self._past, norm))
        self._past = x[n:].copy()
        jolts: FloatArray = self._taps[0] * x[:n]
        for k in range(1, last + 1):
            jolts += self._taps[k] * x[k : k + n]
        return jolts


def _hann(half: int) -> FloatArray:
    """(2·half + 1,) of unit sum."""
    taps = np.hanning(2 * half + 3)[1:-1]
    return np.asarray(taps / taps.sum())


def _sum(blocks: FloatArray) -> FloatArray:
    """(n,) sums over each block (n, rows), added one after the other: the same for any number of blocks."""
    total = blocks[:, 0].copy()
    for k in range(1, blocks.shape[1]):
        total += blocks[:, k]
    return total


def _rms(ticks: FloatArray, span: int, tick_rows: int) -> FloatArray:
    """RMS about the mean over the last `span` ticks, from each tick's sum and sum of squares, the first two rows."""
    n = ticks.shape[1] - span + 1
    sums = ticks[:2, :n].copy()
    for k in range(1, span):
        sums += ticks[:2, k : k + n]
    sums /= span * tick_rows
    return np.asarray(np.sqrt(np.maximum(sums[1] - sums[0] ** 2, 0.0)))


def _turned(up: FloatArray, span: int) -> FloatArray:
    """Chord between `up` (3, n) now and `span` ticks ago: the angle (rad), for small angles."""
    x, y, z = up[:, span:] - up[:, :-span]
    return np.asarray(np.sqrt(x**2 + y**2 + z**2))
