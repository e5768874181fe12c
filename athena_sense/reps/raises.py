"""Quick raises of the body from a sensor above the heel: shank or waist.

There the heel's lowering leaves no trace: 8 cm in 10 s are 8 mm/s, and the tilt is a few degrees. The quick raise
does: 5–10 cm in about a second are 0.1–0.3 m/s upward, and back to rest. So raises are counted, and the time from
the end of one to the start of the next is an upper bound of the lowering between them, nothing more.
"""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import ActivityStage
from athena_sense.dsp.centred_fir import CentredFir, velocity_taps
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import length
from athena_sense.reps.history import History
from athena_sense.reps.turns import Turn, Turns

HALF_WINDOW_S = 1.5
"""Velocity is taken about its mean over ±1.5 s: a raise of up to 1.2 s keeps its shape, sensor bias is gone."""
SMALLEST_SPEED_M_S = 0.035
"""Swing of vertical velocity that can be a raise. Sway at the waist makes 0.01 m/s (0.03–0.05 m/s² at 0.5 Hz);
3 cm in 1.2 s peak at 0.047 m/s (minimum jerk)."""
SMALLEST_RISE_M = 0.008
USUAL_SHARE = 0.55
"""Less than this share of the usual rise is the heel coming back to level, or a shift of weight."""
FIRST_SHARE = 0.4
"""A set that starts flat raises the heel from level first, not from below the step: 55–85 % of the usual rise."""
FULL_SHARE = 0.75
"""A slow raise among quick ones still rises by most of the usual."""
USUAL_SPEED_SHARE = 0.4
"""What rises less than that, and at less than this share of the usual speed, is the rebound of a quick lowering."""
LARGEST_RISE_M = 0.24
"""An ankle rises by 0.13 m at most over the ball of a long foot at 50°, and with a quick lowering just before it up
to 0.22 m are made of that; a stair of 0.15–0.2 m, climbed in a second, makes 0.26–0.36 m."""
STEP_GAP_S = 0.9
"""Upward movements with less than this between them are steps: no lowering has room there, only a drop."""
OFF_AFTER_S = 2.0
"""A raise is followed by a second or more of lowering and a moment of standing before anybody walks off."""
ALIKE_SHARE = 0.45
"""Steps are alike in rise and speed; the rebound of a quick lowering is slower than the raise that follows it."""
SHORTEST_RAISE_S = 0.2
"""Nobody lifts the body by some centimetres in less: a leg that moves as fast is stepping."""
LONGEST_RAISE_S = 2.5
EDGE_SHARE = 0.05
"""A minimum-jerk raise moves faster than a twentieth of its peak speed for 89 % of its duration."""
EDGE_CORRECTION = 1.0 / 0.89
CERTAIN_SHARE = 0.5
"""While it moves faster than half its peak speed the body is certainly still rising: what the bound rests on."""


@dataclass(frozen=True, slots=True)
class Raise:
    """One raise (s), the most that can lie between it and the next (None: there was none), and whether a gap does."""

    start_s: float
    end_s: float
    next_start_s: float | None
    until_next_at_most_s: float | None
    interrupted: bool


@dataclass(frozen=True, slots=True)
class _Burst:
    first: int
    last: int
    start_s: float
    end_s: float
    certain_start_s: float
    certain_end_s: float
    speed_m_s: float
    rise_m: float
    known_row: int


class Raises:
    """Motion → Raise, for any cut. A raise is told when the next one, walking, or the end shows that it is over."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._history = History(rate_hz)
        self._activity = ActivityStage(rate_hz)
        self._still = np.empty(0, np.int64)
        self._velocity = CentredFir(velocity_taps(HALF_WINDOW_S, rate_hz))
        self._speeds: FloatArray = np.empty(0)
        self._first_speed = 0
        self._turns = Turns(SMALLEST_SPEED_M_S)
        self._highs: list[Turn] = []
        self._reach = round(LONGEST_RAISE_S * rate_hz)
        self._last: _Burst | None = None
        self._walked_at: int | None = None
        self._waiting: _Burst | None = None
        self._open: _Burst | None = None
        self._usual: list[tuple[float, float]] = []
        self._closed = 0

    def feed(self, motion: Motion) -> list[Raise]:
        """The raises that these rows complete."""
        if len(motion) == 0:
            return []
        self._history.append(motion)
        activity = self._activity.feed(motion)
        rows = activity.end_index - self._activity.tick_rows * np.arange(activity.still.shape[0])[::-1]
        self._still = np.concatenate((self._still[-1000:], rows[activity.still]))
        raises = self._follow(self._velocity.feed(length(motion.acc_m_s2)[:, None]))
        self._history.forget()
        return raises

    def finish(self) -> list[Raise]:
        """The raise that the end of the stream completes."""
        raises = self._follow(self._velocity.flush()) if self._history.end else []
        return raises + self._settle() + self._close(None)

    def _follow(self, speed: FloatArray) -> list[Raise]:
        row = self._first_speed + self._speeds.shape[0]
        self._speeds = np.concatenate((self._speeds, speed[:, 0]))
        self._highs += [turn for turn in self._turns.feed(speed[:, 0], row) if turn.is_high]
        raises: list[Raise] = []
        while self._highs and (over := self._over(self._highs[0])) is not None:
            burst = self._burst(self._highs.pop(0), over)
            if burst is not None:
                raises += self._settle_by(burst.known_row) + self._moved_up(burst)
                self._last = burst
        raises += self._settle_by(self._first_speed + self._speeds.shape[0])
        if self._speeds.shape[0] > 4 * self._reach:
            cut = self._speeds.shape[0] - 3 * self._reach
            self._speeds, self._first_speed = self._speeds[cut:].copy(), self._first_speed + cut
        return raises

    def _moved_up(self, burst: _Burst) -> list[Raise]:
        """Sort an upward movement into steps, shuffles, and what may turn out to be a raise."""
        if self._is_step(burst):
            waiting, self._waiting = self._waiting, None
            left_at = burst.first if waiting is None else waiting.first
            self._walked_at = burst.last
            if self._open is not None and left_at - self._open.last < OFF_AFTER_S * self._rate_hz:
                self._open = None
            return self._close(None)
        raises = self._settle()
        if self._walked_at is not None:
            self._walked_at, self._usual, self._closed = None, [], 0
        if self._usual:
            speed, rise = np.quantile(np.array(self._usual), 0.75, axis=0)
            slow = burst.speed_m_s < USUAL_SPEED_SHARE * speed and burst.rise_m < FULL_SHARE * rise
            if burst.rise_m < USUAL_SHARE * rise or slow:
                return raises
        self._waiting = burst
        return raises

    def _is_step(self, burst: _Burst) -> bool:
        last = self._last
        if last is not None and burst.first - last.last < STEP_GAP_S * self._rate_hz:
            rises, speeds = (burst.rise_m, last.rise_m), (burst.speed_m_s, last.speed_m_s)
            if min(rises) > ALIKE_SHARE * max(rises) and min(speeds) > ALIKE_SHARE * max(speeds):
                return True
        if burst.rise_m > LARGEST_RISE_M or burst.end_s - burst.start_s < SHORTEST_RAISE_S:
            return True
        rested = (self._still > (self._walked_at or 0)) & (self._still <= burst.first)
        return self._walked_at is not None and not bool(rested.any())

    def _settle_by(self, row: int) -> list[Raise]:
        """No step has followed the waiting movement for long enough: it was a raise."""
        if self._waiting is None or row <= self._waiting.last + 2.0 * STEP_GAP_S * self._rate_hz:
            return []
        return self._settle()

    def _settle(self) -> list[Raise]:
        burst, self._waiting = self._waiting, None
        if burst is None:
            return []
        raises = self._close(burst)
        self._usual.append((burst.speed_m_s, burst.rise_m))
        self._open = burst
        return raises

    def _over(self, high: Turn) -> int | None:
        """The row at which the movement of this high has come to rest, None while it has not."""
        start = high.index - self._first_speed
        slow = self._speeds[start : start + self._reach] < EDGE_SHARE * high.value
        if not slow.any():
            return high.index + self._reach if slow.shape[0] == self._reach else None
        return high.index + int(np.argmax(slow))

    def _burst(self, high: Turn, over: int) -> _Burst | None:
        """The raise around a high of the velocity, where it is one."""
        first = max(high.index - self._reach, self._last.last if self._last else 0, self._first_speed)
        before = self._speeds[first - self._first_speed : high.index - self._first_speed]
        slow = before < EDGE_SHARE * high.value
        if high.value <= 0.0 or not slow.any() or over - high.index >= self._reach:
            return None
        i, j = high.index - int(np.argmax(slow[::-1])), over - 1
        part = self._speeds[i - self._first_speed : j + 1 - self._first_speed]
        seconds = part.shape[0] / self._rate_hz
        if seconds > LONGEST_RAISE_S:
            return None
        # The mean over ±W that velocity is taken about holds this rise itself: T/2W of it is missing.
        rise_m = float(part.sum() / self._rate_hz) / (1.0 - min(0.5 * seconds / HALF_WINDOW_S, 0.75))
        if rise_m < SMALLEST_RISE_M:
            return None
        pad = round(0.5 * (EDGE_CORRECTION - 1.0) * (j - i))
        certain = np.flatnonzero(part >= CERTAIN_SHARE * high.value)
        return _Burst(
            first=i - pad,
            last=j + pad,
            start_s=self._time(i - pad),
            end_s=self._time(j + pad),
            certain_start_s=self._time(i + int(certain[0])),
            certain_end_s=self._time(i + int(certain[-1])),
            speed_m_s=high.value,
            rise_m=rise_m,
            known_row=max(over, high.confirmed_index),
        )

    def _close(self, following: _Burst | None) -> list[Raise]:
        burst, self._open = self._open, None
        if burst is None:
            return []
        if following is not None and not self._closed and burst.rise_m < FIRST_SHARE * following.rise_m:
            return []
        self._closed += 1
        if following is None:
            return [Raise(burst.start_s, burst.end_s, None, None, False)]
        at_most_s = following.certain_start_s - burst.certain_end_s
        gap = self._history.has_gap(burst.first, following.first)
        return [Raise(burst.start_s, burst.end_s, following.start_s, at_most_s, gap)]

    def _time(self, row: int) -> float:
        row = min(max(row, 0), self._history.end - 1)
        return float(self._history.t_s(row, row + 1)[0])
