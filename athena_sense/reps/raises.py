"""Quick raises of the body from a sensor above the heel: shank or waist.

There the heel's lowering leaves no trace: 8 cm in 10 s are 8 mm/s, and the tilt is a few degrees. The quick raise
does: 5–10 cm in about a second are 0.1–0.3 m/s upward, and back to rest. So raises are counted, and the time from
the end of one to the start of the next is an upper bound of the lowering between them, nothing more. What moves up
and is no raise makes that bound too short, so it is told only between two that are as large and quick as the others.
"""

import math
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
"""Swing of vertical velocity that can be a raise: 3 cm in 1.2 s peak at 0.047 m/s (minimum jerk)."""
SWAY_M_S = 0.01
"""Sway at the waist: 0.03–0.05 m/s² at 0.5 Hz."""
SMALLEST_RISE_M = 0.008
USUAL_SHARE = 0.55
"""Less than this share of the usual rise is the heel coming back to level, or a shift of weight."""
FIRST_SHARE = 0.33
"""A set that starts flat raises the heel from level first, not from below the step: at least a third of the way, for
no ankle bends up by twice as much as it bends down."""
FULL_SHARE = 0.75
"""A slow raise among quick ones still rises by most of the usual."""
USUAL_SPEED_SHARE = 0.4
"""What rises less than that, and at less than this share of the usual speed, is no raise."""
QUICK_SHARE = 0.5
"""Who is done lets the heel come back to level without hurry; a raise of the set is at least half as fast as usual."""
LARGEST_SHARE = 1.3
"""Raises go from the lowest to the highest that the ankle allows, and are measured to 10 %: none rises by so much more
than is usual, but a leg does that swings."""
STEP_SHARE = 1.5
"""Half as much again as three raises have shown to be usual is a step, whatever follows."""
LARGEST_RISE_M = 0.24
"""An ankle rises by 0.13 m at most over the ball of a long foot at 50°, and with a quick lowering just before it up
to 0.22 m are made of that; a stair of 0.15–0.2 m, climbed in a second, makes 0.26–0.36 m."""
REBOUND_M_S = SWAY_M_S + 0.13 / (2.0 * HALF_WINDOW_S)
"""A fall of the body by d lies in the mean that velocity is taken about, and lifts it by d/2W before and after. No
heel falls by more than 0.13 m: what moves up faster than this is no such rebound."""
STEP_GAP_S = 0.9
"""Upward movements with less than this between them are steps: no lowering has room there, only a drop."""
SETTLE_S = STEP_GAP_S + 1.5
"""A movement of up to 1.5 s that begins within such a gap is known by then."""
STAND_S = 1.25
"""A walker's foot stands still for up to 0.8 s, and for a second while the other one steps up; who begins a set stands
for longer."""
OFF_AFTER_S = 2.0
"""A raise is followed by a second or more of lowering and a moment of standing before anybody walks off."""
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
    """One raise (s), the most that can lie between it and the next, and whether a gap does.

    The most is None where no other raise followed, or one of the two is not certainly a raise (`certain`).
    """

    start_s: float
    end_s: float
    next_start_s: float | None
    until_next_at_most_s: float | None
    interrupted: bool
    certain: bool = True


@dataclass(frozen=True, slots=True)
class _Burst:
    first: int
    last: int
    start_s: float
    end_s: float
    certain_last: int
    certain_start_s: float
    certain_end_s: float
    speed_m_s: float
    rise_m: float
    travelled_m: float
    known_row: int


class _Set:
    """The raises of one set so far: what is usual in it."""

    def __init__(self) -> None:
        self._raises: list[tuple[float, float]] = []
        self.closed = 0
        self._first_rise_m = 0.0

    def __len__(self) -> int:
        return len(self._raises)

    def take(self, burst: _Burst) -> None:
        """One more raise."""
        self._raises.append((burst.speed_m_s, burst.rise_m))

    def close(self, burst: _Burst) -> None:
        """It is told as a rep; the first one began with a level heel."""
        if not self.closed:
            self._first_rise_m = burst.rise_m
        self.closed += 1

    def usual(self, besides: _Burst | None = None, before_last: bool = False) -> tuple[float, float] | None:
        """Speed (m/s) and rise (m), counting one more, or without the last one; None of no raises."""
        raises = self._raises[:-1] if before_last else self._raises
        if besides is not None:
            raises = [*raises, (besides.speed_m_s, besides.rise_m)]
        if not raises:
            return None
        speed, rise = np.quantile(np.array(raises), 0.75, axis=0)
        return float(speed), float(rise)

    def ends_with_a_raise(self, burst: _Burst) -> bool:
        """Whether the last movement, which nothing follows, is one.

        The heel comes back to level at the end, by as much as the first raise, from level, fell short of the others.
        """
        usual = self.usual(before_last=True)
        if usual is None or len(self) < 3:
            return True
        recent_m = float(np.median([rise for _, rise in self._raises[-4:-1]]))
        halfway_m = 0.5 * (usual[1] - self._first_rise_m + recent_m)
        least_m = max(halfway_m, USUAL_SHARE * usual[1])
        return least_m < burst.rise_m < LARGEST_SHARE * usual[1] and burst.speed_m_s > QUICK_SHARE * usual[0]

    def is_sure(self, burst: _Burst) -> bool:
        """Whether it is as large and quick as the raises of this set."""
        usual = self.usual()
        if usual is None:
            return False
        return burst.rise_m > FULL_SHARE * usual[1] and burst.speed_m_s > QUICK_SHARE * usual[0]


class Raises:
    """Motion → Raise, for any cut. A raise is told when the next one, walking, or the end shows that it is over."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._history = History(rate_hz)
        self._activity = ActivityStage(rate_hz)
        self._still = np.empty(0, np.int64)
        tick_s = self._activity.tick_rows / rate_hz
        self._stand_ticks = math.ceil((STAND_S - 0.5) / tick_s) + 1
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
        self._set = _Set()

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
        turns = self._turns.feed(speed[:, 0], row)
        # What falls by less than sways do for twice the longest raise was none, and is forgotten.
        self._highs += [turn for turn in turns if turn.is_high and turn.confirmed_index - turn.index < 2 * self._reach]
        raises: list[Raise] = []
        while self._highs and (over := self._over(self._highs[0])) is not None:
            burst = self._burst(self._highs.pop(0), over)
            if burst is not None and not self._is_left_over(burst):
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
            self._walked_at = burst.certain_last
            if self._open is not None and left_at - self._open.last < OFF_AFTER_S * self._rate_hz:
                self._open = None
            return self._close(None)
        if self._walked_at is not None:
            self._walked_at, self._set = None, _Set()
        if (usual := self._set.usual(self._waiting)) is not None:
            slow = burst.speed_m_s < USUAL_SPEED_SHARE * usual[0]
            if burst.rise_m < USUAL_SHARE * usual[1] or (slow and burst.rise_m < FULL_SHARE * usual[1]):
                if not (slow and self._is_only_one() and burst.speed_m_s > REBOUND_M_S):
                    return []
                # The first raise is no quicker than the others: that was a leg that swung up onto the step.
                self._set, self._open, self._waiting = _Set(), None, None
        raises = self._settle()
        self._waiting = burst
        return raises

    def _is_only_one(self) -> bool:
        return len(self._set) + (self._waiting is not None) == 1

    def _is_left_over(self, burst: _Burst) -> bool:
        """Whether a lowering nearby explains it: see `REBOUND_M_S`."""
        usual = None if self._walked_at is not None else self._set.usual(self._waiting)
        fall_m = 0.0 if usual is None else usual[1]
        return burst.speed_m_s < SWAY_M_S + fall_m / (2.0 * HALF_WINDOW_S)

    def _is_step(self, burst: _Burst) -> bool:
        if max(burst.rise_m, burst.travelled_m) > LARGEST_RISE_M or burst.end_s - burst.start_s < SHORTEST_RAISE_S:
            return True
        if self._walked_at is not None:
            stood = (self._still > self._walked_at) & (self._still <= burst.first)
            return int(stood.sum()) < self._stand_ticks
        usual = self._set.usual(self._waiting)
        if usual is not None and len(self._set) >= 3 and burst.rise_m > STEP_SHARE * usual[1]:
            return True
        last = self._last
        if last is None or burst.first - last.last >= STEP_GAP_S * self._rate_hz:
            return False
        return usual is not None or min(burst.speed_m_s, last.speed_m_s) > REBOUND_M_S

    def _settle_by(self, row: int) -> list[Raise]:
        """No step has followed the waiting movement for long enough: it was a raise."""
        if self._waiting is None or row <= self._waiting.last + SETTLE_S * self._rate_hz:
            return []
        return self._settle()

    def _settle(self) -> list[Raise]:
        burst, self._waiting = self._waiting, None
        if burst is None:
            return []
        raises = self._close(burst)
        self._set.take(burst)
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
        certain = np.flatnonzero(part >= CERTAIN_SHARE * high.value)
        rise_m = _distance_m(high.value, _rows_above(CERTAIN_SHARE * high.value, part) / self._rate_hz)
        if rise_m < SMALLEST_RISE_M:
            return None
        pad = round(0.5 * (EDGE_CORRECTION - 1.0) * (j - i))
        # What is slower to start or stop than it was fast is no part of it: the mean holds another movement.
        fast = int(certain[-1] - certain[0]) + 1
        first, last = max(i - pad, i + int(certain[0]) - fast), min(j + pad, i + int(certain[-1]) + fast)
        moved = part[max(first - i, 0) : last - i + 1]
        return _Burst(
            first=first,
            last=last,
            start_s=self._time(first),
            end_s=self._time(last),
            certain_last=i + int(certain[-1]),
            certain_start_s=self._time(i + int(certain[0])),
            certain_end_s=self._time(i + int(certain[-1])),
            speed_m_s=high.value,
            rise_m=rise_m,
            travelled_m=_restored_m(float(moved.sum()) / self._rate_hz, moved.shape[0] / self._rate_hz),
            known_row=max(over, high.confirmed_index),
        )

    def _close(self, following: _Burst | None) -> list[Raise]:
        burst, self._open = self._open, None
        if burst is None:
            return []
        if following is None:
            if self._set.closed and not self._set.ends_with_a_raise(burst):
                return []
            self._set.close(burst)
            return [Raise(burst.start_s, burst.end_s, None, None, False)]
        if not self._set.closed and _is_no_first(burst, following):
            return []
        certain = self._set.is_sure(burst) and self._set.is_sure(following)
        self._set.close(burst)
        at_most_s = following.certain_start_s - burst.certain_end_s if certain else None
        gap = self._history.has_gap(burst.first, following.first)
        return [Raise(burst.start_s, burst.end_s, following.start_s, at_most_s, gap, certain)]

    def _time(self, row: int) -> float:
        row = min(max(row, 0), self._history.end - 1)
        return float(self._history.t_s(row, row + 1)[0])


def _distance_m(speed_m_s: float, fast_s: float) -> float:
    """How far a movement goes that is faster than half its peak speed for so long.

    Peak speed times that time is the distance, of a minimum-jerk movement to 2 % and of an even one exactly.
    """
    return _restored_m(speed_m_s * fast_s, fast_s)


def _restored_m(distance_m: float, seconds: float) -> float:
    """The mean over ±W that velocity is taken about holds the movement itself: T/2W of it is missing."""
    return distance_m / (1.0 - min(0.5 * seconds / HALF_WINDOW_S, 0.75))


def _rows_above(level: float, part: FloatArray) -> float:
    """Rows (with fractions) from where `part` first rises above the level to where it falls below it for good."""
    above = np.flatnonzero(part >= level)
    i, j = int(above[0]), int(above[-1])
    before = (part[i] - level) / (part[i] - part[i - 1]) if i else 0.5
    after = (part[j] - level) / (part[j] - part[j + 1]) if j + 1 < part.shape[0] else 0.5
    return float(j - i + before + after)


def _is_no_first(burst: _Burst, following: _Burst) -> bool:
    """Whether what came before the first full raise is a shift of weight, or left over from a fall nearby."""
    left_over_m_s = following.rise_m / (2.0 * HALF_WINDOW_S)
    return burst.rise_m < FIRST_SHARE * following.rise_m or burst.speed_m_s < left_over_m_s
