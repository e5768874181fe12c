"""Stances: stretches of motion in which a body keeps its balance, between the movements that begin and end them.

What a sensor on the trunk can see: that the body stands, how much it sways, the shock of a foot that meets the floor,
and that the body moves away from where it swayed about. Which foot stands, and whether the other does too, it cannot.
"""

import math
from dataclasses import dataclass
from math import dist, hypot

from athena_sense.dsp.motion import Motion
from athena_sense.holds.change import LEAST_BEFORE, Change, louder_from
from athena_sense.holds.findings import Begin, Ending, Established, Feet, Finding, Gone, Stance, rms_of, sway_of
from athena_sense.holds.sway import Mark, SwayRows, straying
from athena_sense.holds.ticks import KEPT, TICK_S, WINDOW, Ticks, Vector
from athena_sense.holds.watch import LEAST_LEVEL_M_S2, SETTLING_TICKS, End, Watch

CALM_M_S2 = 0.6
"""Movement (RMS of a second about its mean) below which a body may be in balance. One foot of 4 cm half width under a
body of 0.95 m balances up to 0.04 g = 0.4 m/s² about the ankle alone; the hip adds some. Walking: 0.7 and more."""
CALM_JOLT_M_S2 = 0.8
"""Steps jolt the trunk by more (real walking at waist and in pockets: 2 and more)."""
CALMED, PEAK_TICKS, AFTER_TICKS = 0.6, 15, 25
"""A movement is over when it is down to this share of its peak, or 1.5 s behind it, or 2.5 s behind its beginning."""
GONE_TICKS, ROUGH_M_S2, ROUGH_TICKS = 50, 1.0, 25
"""A change of stance takes less than five seconds, and less than half of them as rough as walking."""
LONGEST_BRIDGE_S = 5.0
"""A stance may go on behind a gap of this length, with nothing measured of it."""
YOUNG_M_S2, YOUNG_SHARE = (0.12, 0.3), 0.5
"""Sway that is granted to a young stance: of a movement into it that was no larger than twice this, much may have been
the sway itself."""
ESTABLISHED_TICKS = (40, 100)
"""When the sway of a stance under way is told: after three seconds, its first second aside, and when it is known to a
tenth or two."""
FALLING_S = 0.3
"""A body that is seen to have left its place has been on its way for so long."""
FALL_S, STRAYING, SELDOM = 0.8, 2.0, 4.0
"""A body that falls leans e times as far every 0.35 s (a rod of its height about the ankle): from the degree that it
sways to the ten at which a foot comes down in this time. Of steady sway, half a second is twice as far from its place
as usual once in e⁴ = 55 times; farther, where its usual is known from few seconds."""
PARTED_TICKS, LATEST_PARTED_S = (100, 200), 25.0
"""When a gentle change of stance is looked for in the stance under way, and at its end, and how far back (s): as far as
all rows are there."""
SHIFT_TICKS, OWN = 8, 2.0
"""Where the sway hides the end of a shift onto one leg: that takes 0.5–1.6 s, and was a quarter of a second under way
when it was seen to begin; a jolt comes with the foot that lifts at its end. A second of sway is seldom twice as large
as all of it."""
FALL_M_S2 = 0.4
"""What the standing foot alone can hold (see `CALM_M_S2`): who stays within it has not lost balance."""
START_TRIM_S = 0.5
END_TRIM_S = {"touch": 0.2, "moved": 0.5, "changed": 0.0, "gap": 0.2, "recording": 0.0}
"""Left out of the sway: what the low-pass lets through of the movements before and after (main lobe: 0.15 s), how a
movement fades, and how one begins that no jolt dates. A change of stance is dated by its beginning."""


@dataclass(slots=True)
class _Standing:
    """The stance under way."""

    watch: Watch
    start_s: float
    begin: Begin
    first: Mark
    interrupted: bool = False
    earliest: int = 0
    """The tick before which the movement into it was not over, and how that began."""
    moving_begin: Begin = "step"
    is_dated: bool = False
    """Whether it is known how much of the movement before it was its own sway."""
    is_unparted: bool = False
    """Whether it is time to look for a gentle change of stance, as soon as nothing else is going on."""
    feet: Feet | None = None


@dataclass(slots=True)
class _Moving:
    """Out of balance since tick `since`: how large the movement was, and for how many ticks it was rough."""

    since: int
    begin: Begin
    shift: int = 0
    """Ticks that it takes at least."""
    peak: float = 0.0
    peak_tick: int = 0
    rough: int = 0
    gone: bool = False


class Stances:
    """Motion → stances, and what has to be known to judge them.

    An end is known up to four seconds late; what lies behind it is then looked at again, so that nothing is late
    but the telling.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rows = SwayRows(rate_hz)
        self._ticks = Ticks(rate_hz)
        self._rate_hz = rate_hz
        self._latest = round(LATEST_PARTED_S * rate_hz)
        self._at = 0
        """Ticks that have been looked at."""
        self._stretch = 0
        """First tick behind the last gap."""
        self._section: int | None = None
        """First tick that the athlete has stood in since a foot was last felt to come down."""
        self._before_m_s2: float | None = None
        """Sway of the stance that ended last, in this section."""
        self._standing: _Standing | None = None
        self._moving = _Moving(0, "recording")
        self._found: list[Finding] = []

    @property
    def standing_since_s(self) -> float | None:
        """When the stance under way began (s), None while there is none."""
        return None if self._standing is None else self._standing.start_s

    def feed(self, motion: Motion) -> list[Finding]:
        """What these rows bring to an end."""
        self._rows.feed(motion)
        return self._told()

    def finish(self) -> list[Finding]:
        """End of the stream: the stance under way ends with it."""
        self._rows.flush()
        found = self._told()
        while self._standing is not None and self._parted(self._standing, self._at):
            self._advance(self._rows.end)
        if self._standing is not None:
            self._end(self._standing, self._rows.end - 1, "recording")
        found += self._found
        self._found = []
        return found

    def _told(self) -> list[Finding]:
        gaps = self._rows.gaps
        while gaps and gaps[0] < self._rows.end:
            self._advance(gaps[0])
            self._bridge(gaps.pop(0))
        self._advance(self._rows.end)
        self._ticks.forget()
        self._rows.forget()
        found, self._found = self._found, []
        return found

    def _advance(self, end: int) -> None:
        self._ticks.take(self._rows, end)
        while self._at < self._ticks.end:
            self._at += 1
            if self._at - self._stretch < WINDOW:
                continue
            if self._standing is None:
                self._look(self._moving)
            else:
                self._watch(self._standing)

    def _bridge(self, row: int) -> None:
        """Samples are missing before `row`: a short hole interrupts a stance, a long one ends it."""
        is_long = self._rows.time_s(row) - self._rows.time_s(row - 1) > LONGEST_BRIDGE_S
        if self._standing is not None and is_long:
            self._end(self._standing, row - 1, "gap")
        elif self._standing is not None:
            self._standing.interrupted = True
            self._standing.watch.interrupt()
        if is_long:
            self._found.append(Gone())
            self._moving = _Moving(self._ticks.end, "gap")
        self._section = None
        self._ticks.skip_to(row)
        self._at = self._stretch = self._ticks.end

    def _look(self, moving: _Moving) -> None:
        """Out of balance: whether the body has come to rest."""
        now = self._at
        size, _ = self._ticks.moving(now)
        at_rest = size <= CALM_M_S2 and self._is_over(moving, size)
        if size > moving.peak:
            moving.peak, moving.peak_tick = size, now
        moving.rough += size > ROUGH_M_S2
        if not moving.gone and (now - moving.since > GONE_TICKS or moving.rough > ROUGH_TICKS):
            moving.gone = True
            self._found.append(Gone())
        if at_rest and max(self._ticks.jolts(now - WINDOW, now)) <= CALM_JOLT_M_S2:
            begin = moving.begin
            if moving.peak > CALM_M_S2 or begin == "step":
                begin = "walk" if moving.gone else "step"
            # The tail of a movement lies in the first half of the second that is calmer than it.
            tail = 0 if begin == "recording" else WINDOW // 2
            self._stand(max(now - WINDOW + tail, moving.since, self._stretch), begin)

    def _is_over(self, moving: _Moving, size: float) -> bool:
        if moving.begin in ("recording", "gap") and moving.peak <= CALM_M_S2:
            return True
        since = self._at - moving.since
        since_peak = self._at - max(moving.peak_tick, moving.since)
        return size <= CALMED * moving.peak or since_peak >= PEAK_TICKS or since >= AFTER_TICKS

    def _stand(self, tick: int, begin: Begin) -> None:
        row = self._ticks.row_of(tick)
        first = self._rows.mark(min(row + round(START_TRIM_S * self._rate_hz), self._ticks.row_of(self._at) - 1))
        young_m_s2 = min(max(YOUNG_SHARE * self._moving.peak, YOUNG_M_S2[0]), YOUNG_M_S2[1])
        watch = Watch(self._ticks, tick, young_m_s2)
        moving = self._moving
        earliest = max(moving.since + moving.shift, self._stretch)
        self._standing = _Standing(watch, self._rows.time_s(row), begin, first, False, earliest, moving.begin)
        if self._section is None or begin != "step":
            self._section, self._before_m_s2 = tick, None

    def _watch(self, standing: _Standing) -> None:
        """In balance: whether it has ended."""
        now, watch = self._at, standing.watch
        if now - watch.start <= SETTLING_TICKS and watch.settles(now):
            if self._section == watch.start:
                self._section = None
            self._stand(now - WINDOW, standing.begin)
            return
        end = watch.step(now)
        if end is not None:
            self._end_early(standing, end)
            return
        standing.is_unparted |= now - watch.start in PARTED_TICKS
        if standing.is_unparted and not watch.is_alarmed:
            standing.is_unparted = False
            if self._parted(standing, now):
                return
        if now - watch.start in ESTABLISHED_TICKS:
            self._date_back(standing, now)
            is_sure = now - watch.start == ESTABLISHED_TICKS[-1]
            rms_m_s2 = self._ticks.spread(watch.start + WINDOW, now)
            found = Established(standing.begin, rms_m_s2, is_sure, standing.feet)
            self._found.append(found)

    def _date_back(self, standing: _Standing, end: int) -> None:
        """Once its sway is known up to tick `end`: what moved no more before it, about the same place, was its own."""
        start, ticks = standing.watch.start, self._ticks
        first = start + WINDOW if end - start > 2 * WINDOW else start
        if standing.is_dated or standing.begin == "walk" or end - first < WINDOW:
            return
        standing.is_dated = True
        level, place = max(ticks.spread(first, end), LEAST_LEVEL_M_S2), ticks.place(first, end)
        earliest = max(standing.earliest, start - GONE_TICKS)
        tick = start
        while tick > earliest and self._strays(tick - 1, place) < OWN * level:
            tick -= 1
        standing.start_s = self._rows.time_s(ticks.row_of(tick))
        if standing.moving_begin in ("recording", "gap") and tick == standing.earliest:
            standing.begin = standing.moving_begin

    def _strays(self, tick: int, place: Vector) -> float:
        """RMS (m/s²) of the second behind a tick about a place."""
        end = tick + WINDOW
        return hypot(self._ticks.spread(tick, end), dist(self._ticks.place(tick, end), place))

    def _end_early(self, standing: _Standing, end: End) -> None:
        """A touch or a movement ended the stance some ticks ago: what followed is looked at again."""
        tick = max(self._tick_of(end.row), standing.watch.start + 1)
        if self._parted(standing, tick - round(FALL_S / TICK_S)):
            return
        self._end(standing, end.row, end.how, end.lost_row)
        self._moving = _Moving(tick, "step", SHIFT_TICKS if end.how == "moved" else 0)
        self._at = max(tick, self._stretch)

    def _tick_of(self, row: int) -> int:
        """The first tick that does not begin before a row."""
        tick = self._at
        while self._ticks.row_of(tick - 1) >= row:
            tick -= 1
        return tick

    def _parted(self, standing: _Standing, end: int) -> bool:
        """Whether the stance up to tick `end` was two: then the first has ended, and the rest is looked at again.

        A foot lifted before it, or in its first seconds, is when it began.
        """
        change = self._lifted(standing, end)
        if change is None:
            return False
        if change.tick < standing.watch.start + LEAST_BEFORE:
            self._follow(standing, change)
            return False
        if standing.feet is not None:
            return False
        self._end(standing, self._ticks.row_of(change.tick), "changed")
        self._moving = _Moving(change.tick, "step", SHIFT_TICKS)
        self._at = change.tick
        return True

    def _lifted(self, standing: _Standing, end: int) -> Change | None:
        """Where a foot was lifted since one was last felt to come down, as far as the sway up to tick `end` tells."""
        start = standing.watch.start
        if standing.interrupted or not self._is_near(start):
            return None
        change = louder_from(self._ticks, self._looked_from(start), end)
        if change is None or change.tick >= start or not self._is_down(start, end, change.before_m_s2):
            return change
        self._section = start
        return louder_from(self._ticks, start, end)

    def _looked_from(self, start: int) -> int:
        """The first tick since a foot was last felt to come down, or that of the stance where that is too long ago."""
        return start if self._section is None or not self._is_near(self._section) else self._section

    def _is_near(self, tick: int) -> bool:
        """Whether the rows since a tick are all there still."""
        return self._at - tick <= KEPT and self._ticks.row_of(self._at) - self._ticks.row_of(tick) <= self._latest

    def _is_down(self, start: int, end: int, feet_m_s2: float) -> bool:
        """Whether ticks start … end−1 sway more like two feet than like the stance before them."""
        if self._before_m_s2 is None:
            return False
        own_m_s2 = self._ticks.spread(min(start + WINDOW, end - WINDOW), end)
        return own_m_s2**2 < feet_m_s2 * self._before_m_s2

    def _follow(self, standing: _Standing, change: Change) -> None:
        """The stance began with the end of the shift that was under way at `change`."""
        row = self._ticks.row_of(change.tick + SHIFT_TICKS)
        since = self._ticks.row_of(self._looked_from(standing.watch.start))
        standing.feet = Feet(self._rows.time_s(since), change.before_m_s2)
        standing.start_s = self._rows.time_s(row)
        standing.first = self._rows.mark(row + round(START_TRIM_S * self._rate_hz))
        standing.begin, standing.is_dated = "step", True

    def _end(self, standing: _Standing, row: int, ending: Ending, lost_row: int | None = None) -> None:
        start = standing.watch.start
        self._date_back(standing, min(start + ESTABLISHED_TICKS[0], self._tick_of(row)))
        first = standing.first
        steady, last, lost_row = self._last_steady(first, row, ending, lost_row)
        sway = sway_of(first, last, self._rate_hz)
        stance = Stance(
            start_s=standing.start_s,
            end_s=self._rows.time_s(row),
            begin=standing.begin,
            ending=ending,
            lost_s=None if lost_row is None else self._rows.time_s(lost_row),
            interrupted=standing.interrupted,
            first=first,
            last=last,
            sway=sway,
            steady_m_s2=rms_of(sway if steady is last else sway_of(first, steady, self._rate_hz)),
            spread_m_s2=self._ticks.spread(start, max(self._tick_of(row), start + 1)),
            feet=standing.feet,
        )
        if ending in ("touch", "gap"):
            self._section = None
        elif self._tick_of(row) - start >= LEAST_BEFORE:
            self._before_m_s2 = stance.spread_m_s2
        self._found.append(stance)
        self._standing = None

    def _last_steady(
        self, first: Mark, row: int, ending: Ending, lost_row: int | None
    ) -> tuple[Mark, Mark, int | None]:
        """Of a stance that ended at `row`, the last rows: that was steady for sure, of its sway, and before its fall.

        What moves a body before a foot comes down, or is lifted, is a fall only where the standing foot cannot hold it.
        """
        last = self._rows.mark(max(row - round(END_TRIM_S[ending] * self._rate_hz), first.row))
        if ending != "touch":
            return last, last, None
        falls = row - round(FALL_S * self._rate_hz)
        if lost_row is not None:
            falls = min(falls, lost_row - round(FALLING_S * self._rate_hz))
        before = self._rows.mark(max(falls, first.row + 1))
        strays, usual = straying(first, before, last)
        if lost_row is None and strays < STRAYING * usual:
            return last, last, None
        is_swaying = strays**2 < _seldom((before.row - first.row) / self._rate_hz) * usual**2
        if strays < FALL_M_S2 or (lost_row is None and is_swaying):
            return before, last, None
        return before, before, lost_row


def _seldom(seconds: float) -> float:
    """So many times the variance that sway had for some seconds, half a second has it once in e^`SELDOM` times: the F
    distribution of one value in two directions to that of as many as there are seconds."""
    return seconds * math.expm1(SELDOM / seconds) if seconds > SELDOM / 30.0 else math.inf
