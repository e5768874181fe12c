"""Stances: stretches of motion in which a body keeps its balance, between the movements that begin and end them.

What a sensor on the trunk can see: that the body stands, how much it sways, the shock of a foot that meets the floor,
and that the body moves away from where it swayed about. Which foot stands, and whether the other does too, it cannot.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.holds.sway import Mark, Sway, SwayRows, sway_between

TICK_S = 0.1
WINDOW = 10
"""Ticks of the window in which movement is judged: one second, about a period of the sway's quicker part."""
LEVEL, LAG = 60, WINDOW
"""A stance's own level of sway is that of six seconds, but for the window that is compared with it, and for its first
second, in which the movement before fades."""
CALM_M_S2 = 0.6
"""Movement (RMS of a second about its mean) below which a body may be in balance. One foot of 4 cm half width under a
body of 0.95 m balances up to 0.04 g = 0.4 m/s² about the ankle alone; the hip adds some. Walking: 0.7 and more."""
CALM_JOLT_M_S2 = 0.8
"""Steps jolt the trunk by more (real walking at waist and in pockets: 2 and more)."""
LEAST_LEVEL_M_S2 = 0.05
"""No body sways so little that a change of it should be measured against less (two legs: 0.04–0.10)."""
UNKNOWN_LEVEL_M_S2 = 0.12
"""Sway taken for granted while a stance is too young to tell its own."""
JUMP, LEAST_JUMP_M_S2 = 3.0, 0.2
"""A second of so many times the stance's sway is a movement: of narrow-band noise, one second in thousands. A weight
shift of 8 cm in a second and a half has 0.12 m/s², and the tilt of the pelvis by two degrees 0.3."""
AWAY = 3.8
"""So many times the sway from the mean, for 0.3 s, is a body that has left where it stood."""
LOST_M_S2 = 1.6
"""No body in balance on one leg moves so, however unsteady it was (deliberate sway of postural_sway: 2.3–4)."""
JOLT_M_S2, JOLT_TIMES, SURE_JOLT_M_S2, SURE_TIMES = 0.25, 2.5, 0.6, 6.0
"""A foot of some kilograms set down at 0.1 m/s gives the trunk 0.3 m/s² over 50 ms; tremor and sensor noise at rest
have 0.05. So many times what one tick in ten of the stance has, it may be a foot; harder, it is one without more
evidence."""
TOUCH_JUMP, TOUCH_AWAY, TOUCH_CALMER = 1.7, 2.0, 0.45
"""A touch changes the sway or the place that it goes about: a jolt that changes neither was a knock. On two feet the
sway is half to a quarter of what it was on one."""
HARDER, FALL_TICKS = 1.5, 12
"""A jolt with a harder one behind it was the fall that the foot then stopped; a fall takes less than a second."""
CALMER_TICKS = 35
"""The weight is back on both feet within 1.5 s of a touch; two more seconds show how the body sways there."""
SETTLING, SETTLING_TICKS, SETTLING_M_S2 = 0.3, 25, 0.12
"""A stance that becomes so much quieter within its first seconds began with the end of the movement before."""
AFTER_TICKS = 12
"""A fall is over, and the foot has met the floor, within 1.2 s of the body's leaving its place."""
BACK, CALMER = 1.5, 0.5
"""So near, and swaying so much as before but not less, the body is in balance as it was."""
RECOVERY_TICKS = 35
STEP_TICKS, ROUGH_M_S2, ROUGH_TICKS = 50, 1.0, 25
"""A change of stance takes less than five seconds, and less than half of them as rough as walking."""
LONGEST_BRIDGE_S = 5.0
"""A stance may go on behind a gap of this length, with nothing measured of it."""
ESTABLISHED_TICKS = 30
START_TRIM_S, END_TRIM_S = 0.3, 0.5
"""Left out of the sway: what the low-pass lets through of the movements before and after, and the leaning that
brings the free foot down."""

Begin = Literal["recording", "step", "walk", "gap"]
Ending = Literal["touch", "moved", "recording", "gap"]


@dataclass(frozen=True, slots=True)
class Stance:
    """A body in balance. `lost_s`: when it left its place, where it did so before a foot came down."""

    start_s: float
    end_s: float
    begin: Begin
    ending: Ending
    lost_s: float | None
    interrupted: bool
    first: Mark
    last: Mark
    """Between these its sway is measured."""

    def sway(self, rate_hz: float) -> Sway | None:
        """Its sway, None where it is too short to have one."""
        return sway_between(self.first, self.last, rate_hz) if self.last.row - self.first.row > rate_hz else None


@dataclass(frozen=True, slots=True)
class Established:
    """The stance under way has lasted for three seconds, with this sway, and began like this."""

    begin: Begin
    rms_m_s2: float


@dataclass(frozen=True, slots=True)
class Gone:
    """Whoever stood is walking about, or away from balance for longer than any change of stance takes."""


Finding = Stance | Established | Gone


@dataclass(slots=True)
class _Jolt:
    tick: int
    row: int
    size: float


@dataclass(slots=True)
class _Usual:
    """What the stance was like before something happened."""

    level: float
    place: tuple[float, float, float]
    first: int
    end: int
    """The ticks that it was seen in."""
    jolt: float | None = None
    """What one tick in ten is jolted by, found where it is asked for."""


class Stances:
    """Motion → stances, and what has to be known to judge them. Decides about a second late, in ticks."""

    def __init__(self, rate_hz: float) -> None:
        self.rows = SwayRows(rate_hz)
        self._rate_hz = rate_hz
        self._size = max(1, round(TICK_S * rate_hz))
        self._row = 0
        self._sums: list[tuple[float, float, float, float]] = [(0.0, 0.0, 0.0, 0.0)]
        self._jolts: list[tuple[float, int, int]] = []
        """Of each tick: its largest jolt, the row of that, and its first row."""
        self._offset = 0
        self._now = 0
        """Ticks so far."""
        self._at = 0
        """Ticks that were looked at: what is behind the end of a stance is looked at again."""
        self._stretch_tick = 0
        self._found: list[Finding] = []
        self.standing_since_s: float | None = None
        self._leave(0, "recording")

    def feed(self, motion: Motion) -> list[Finding]:
        """What these rows bring to an end."""
        self.rows.feed(motion)
        self._advance()
        self.rows.forget()
        found, self._found = self._found, []
        return found

    def finish(self) -> list[Finding]:
        """End of the stream: the stance under way ends with it."""
        self.rows.flush()
        self._advance()
        if self.standing_since_s is not None:
            self._end(self.rows.end - 1, "recording", None)
        found, self._found = self._found, []
        return found

    # ---- ticks

    def _advance(self) -> None:
        gaps = self.rows.gaps
        while gaps and gaps[0] < self.rows.end:
            self._take(gaps[0])
            self._bridge(gaps.pop(0))
        self._take(self.rows.end)

    def _take(self, end: int) -> None:
        count = (end - self._row) // self._size
        if count <= 0:
            return
        first, last = self._row, self._row + count * self._size
        low = self.rows.low(first, last).reshape(count, self._size, 3)
        jolts = self.rows.jolts(first, last).reshape(count, self._size)
        mean = _summed(low) / self._size
        x, y, z = mean[:, 0], mean[:, 1], mean[:, 2]
        square = x * x + y * y + z * z
        told = np.column_stack((mean, square)).tolist()
        largest, at = jolts.max(axis=1).tolist(), jolts.argmax(axis=1).tolist()
        for number, (values, size, row) in enumerate(zip(told, largest, at, strict=True)):
            before = self._sums[-1]
            self._sums.append(tuple(a + b for a, b in zip(before, values, strict=True)))  # type: ignore[arg-type]
            start = first + number * self._size
            self._jolts.append((size, start + row, start))
            self._now += 1
            self._row = start + self._size
        while self._at < self._now:
            self._at += 1
            if self.standing_since_s is None:
                self._look()
            else:
                self._watch()
        if len(self._jolts) > 4000:
            spare = len(self._jolts) - 1000
            self._sums, self._jolts, self._offset = self._sums[spare:], self._jolts[spare:], self._offset + spare

    def _spread(self, first: int, end: int) -> float:
        """RMS (m/s²) of the ticks first … end−1 about their mean."""
        n = end - first
        a, b = self._sums[first - self._offset], self._sums[end - self._offset]
        x, y, z, q = (b[k] - a[k] for k in range(4))
        return math.sqrt(max(q / n - (x * x + y * y + z * z) / (n * n), 0.0))

    def _place(self, first: int, end: int) -> tuple[float, float, float]:
        n = end - first
        a, b = self._sums[first - self._offset], self._sums[end - self._offset]
        return ((b[0] - a[0]) / n, (b[1] - a[1]) / n, (b[2] - a[2]) / n)

    def _jolting(self, usual: _Usual) -> float:
        """The jolt (m/s²) that one tick in ten of the stance reaches."""
        if usual.jolt is None:
            sizes = sorted(jolt[0] for jolt in self._jolts[usual.first - self._offset : usual.end - self._offset])
            usual.jolt = sizes[len(sizes) * 9 // 10]
        return usual.jolt

    def _bridge(self, row: int) -> None:
        """Samples are missing before `row`: a short hole interrupts a stance, a long one ends it."""
        is_long = self.rows.time_s(row) - self.rows.time_s(row - 1) > LONGEST_BRIDGE_S
        if self.standing_since_s is not None and is_long:
            self._end(row - 1, "gap", None)
            self._found.append(Gone())
        elif self.standing_since_s is not None:
            self._interrupted = True
            self._touch, self._away_tick = None, None
        elif is_long:
            self._leave(self._now, "gap")
        self._row = row
        self._stretch_tick = self._now

    # ---- looking for balance

    def _leave(self, tick: int, begin: Begin) -> None:
        """Out of balance from `tick` on."""
        self.standing_since_s = None
        self._begin: Begin = begin
        self._left = tick
        self._peak, self._peak_tick, self._rough, self._gone = 0.0, tick, 0, False

    def _look(self) -> None:
        now = self._at
        if now - self._stretch_tick < WINDOW:
            return
        moving = self._spread(now - WINDOW, now)
        settled = moving <= CALM_M_S2 and self._calm_jolts(now) and self._come_to_rest(moving)
        self._follow(now, moving)
        if not self._gone and (now - self._left > STEP_TICKS or self._rough > ROUGH_TICKS):
            self._gone = True
            self._found.append(Gone())
        if settled:
            self._stand(max(now - WINDOW, self._left, self._stretch_tick))

    def _follow(self, tick: int, moving: float) -> None:
        """How large the movement is that ended balance."""
        if moving > self._peak:
            self._peak, self._peak_tick = moving, tick
        self._rough += moving > ROUGH_M_S2

    def _calm_jolts(self, now: int) -> bool:
        recent = self._jolts[now - WINDOW - self._offset : now - self._offset]
        return max(size for size, _, _ in recent) <= CALM_JOLT_M_S2

    def _come_to_rest(self, moving: float) -> bool:
        """Whether the movement that ended balance is over: well below its peak, or a second and a half behind it."""
        if self._begin in ("recording", "gap") and self._peak <= CALM_M_S2:
            return True
        since_peak, since_left = self._at - self._peak_tick, self._at - self._left
        return moving <= 0.6 * self._peak or since_peak >= 15 or since_left >= 25

    def _stand(self, tick: int) -> None:
        if self._peak > CALM_M_S2 or self._begin == "step":
            self._begin = "walk" if self._gone else "step"
        row = self._row_of(tick)
        self._start_tick = tick
        self.standing_since_s = self.rows.time_s(row)
        self._first = self.rows.mark(min(row + round(START_TRIM_S * self._rate_hz), self._row - 1))
        self._interrupted, self._established = False, False
        self._touch: _Jolt | None = None
        self._away_tick: int | None = None
        self._away_from = 0

    # ---- watching over it

    def _watch(self) -> None:
        now, age = self._at, self._at - self._start_tick
        if age <= WINDOW + 2 or now - self._stretch_tick < WINDOW:
            return
        if self._touch is None and self._away_tick is None:
            self._usual = self._usually(now, age)
            if age <= SETTLING_TICKS and self._settles(now):
                self._stand(now - WINDOW)
                return
        usual = self._usual
        size, row, _ = self._jolts[now - 1 - self._offset]
        in_time = self._away_tick is None or now - self._away_tick <= AFTER_TICKS
        if in_time and size > JOLT_M_S2 and size > JOLT_TIMES * self._jolting(usual):
            if self._touch is None or size > HARDER * self._touch.size:
                self._touch = _Jolt(now - 1, row, size)
        moving, away = self._spread(now - WINDOW, now), _apart(self._place(now - 3, now), usual.place)
        if self._away_tick is None and (
            moving > min(max(JUMP * usual.level, LEAST_JUMP_M_S2), LOST_M_S2)
            or away > max(AWAY * usual.level, LEAST_JUMP_M_S2)
        ):
            self._away_tick, self._away_from = now, self._left_its_place(now, usual)
        self._judge(now, moving, usual)
        if self.standing_since_s is not None and not self._established and age >= ESTABLISHED_TICKS:
            self._established = True
            self._found.append(Established(self._begin, self._spread(self._start_tick, now)))

    def _usually(self, now: int, age: int) -> _Usual:
        end = now - LAG
        first = max(self._start_tick + (WINDOW if age >= 4 * WINDOW else 0), end - LEVEL)
        level = max(self._spread(first, end), LEAST_LEVEL_M_S2)
        if age < ESTABLISHED_TICKS:
            level = max(level, UNKNOWN_LEVEL_M_S2)
        return _Usual(level, self._place(max(first, end - 50), end), first, end)

    def _settles(self, now: int) -> bool:
        """Whether the stance has become much quieter than it began."""
        at_first = self._spread(self._start_tick, now - WINDOW)
        return at_first > SETTLING_M_S2 and self._spread(now - WINDOW, now) < SETTLING * at_first

    def _left_its_place(self, now: int, usual: _Usual) -> int:
        for tick in range(max(now - WINDOW - 3, self._start_tick), now):
            if _apart(self._place(tick, tick + 1), usual.place) > 2.5 * usual.level:
                return tick
        return now - WINDOW // 2

    def _judge(self, now: int, moving: float, usual: _Usual) -> None:
        """Ends the stance where a foot has come down, or the body has left its place without one."""
        touch, away_tick = self._touch, self._away_tick
        if touch is not None:
            sure = touch.size > max(SURE_JOLT_M_S2, SURE_TIMES * self._jolting(usual)) or away_tick is not None
            since = now - touch.tick
            if (sure and since > FALL_TICKS) or (since > WINDOW and self._changed(now, moving, usual, touch)):
                lost = away_tick is not None and self._away_from < touch.tick - 2
                self._end(touch.row, "touch", self._row_of(self._away_from) if lost else None)
            elif since > CALMER_TICKS:
                self._touch = None
        elif away_tick is not None and now - away_tick >= 2 * WINDOW:
            if self._recovered(now, usual):
                self._away_tick = None
            elif now - away_tick >= RECOVERY_TICKS:
                self._end(self._row_of(self._away_from), "moved", None)

    def _recovered(self, now: int, usual: _Usual) -> bool:
        """Whether the body is back where it swayed about: it wobbled, and kept its balance."""
        first = now - 2 * WINDOW
        back = _apart(self._place(first, now), usual.place) < BACK * usual.level
        return back and CALMER * usual.level < self._spread(first, now) < BACK * usual.level

    def _changed(self, now: int, moving: float, usual: _Usual, touch: _Jolt) -> bool:
        since = now - touch.tick
        if since >= 2 * WINDOW and self._spread(now - 3 * WINDOW // 2, now) < TOUCH_CALMER * usual.level:
            return True
        if since != WINDOW + 1:
            return False
        away = _apart(self._place(now - WINDOW, now), usual.place)
        return moving > TOUCH_JUMP * usual.level or away > TOUCH_AWAY * usual.level

    def _end(self, row: int, ending: Ending, lost_row: int | None) -> None:
        """The stance ends at `row`, its place having been left at `lost_row`."""
        assert self.standing_since_s is not None
        trim = 0 if ending == "recording" else round(END_TRIM_S * self._rate_hz)
        last = row - trim if lost_row is None else min(row - trim, lost_row)
        marks = self._first, self.rows.mark(max(last, self._first.row))
        end_s, lost_s = (None if at is None else self.rows.time_s(at) for at in (row, lost_row))
        assert end_s is not None
        self._found.append(Stance(self.standing_since_s, end_s, self._begin, ending, lost_s, self._interrupted, *marks))
        left = self._at
        while left > self._start_tick + 1 and self._row_of(left - 1) >= row:
            left -= 1
        self._leave(left, "gap" if ending == "gap" else "step")
        self._at = left

    def _row_of(self, tick: int) -> int:
        """First row of a tick, or of the next one to come."""
        return self._jolts[tick - self._offset][2] if tick < self._now else self._row


def _summed(blocks: FloatArray) -> FloatArray:
    """Sum over the second axis, in order."""
    total = blocks[:, 0].copy()
    for k in range(1, blocks.shape[1]):
        total += blocks[:, k]
    return total


def _apart(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
