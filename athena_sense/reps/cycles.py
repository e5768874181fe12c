"""Cycles: the reps of any repetitive movement, found without knowing it.

A repetition is a swing away and back of the movement's main component, like its neighbours in size and in time.
While no rhythm is known, one is looked for every two seconds (`rhythm`). When there is one, and three cycles
alike bear it out, those are reported at once, and from then on each cycle as it closes: when the movement has
come back and slows down, or turns round again. Cycles that may be strides (`gait`) wait until it is clear that they
are none.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.gait import CERTAIN_S, LEAST_S, LOOK_S, GaitWatch
from athena_sense.reps.halves import moving
from athena_sense.reps.position import PositionRows
from athena_sense.reps.rhythm import Rhythm, find_rhythm
from athena_sense.reps.swings import Swings, Turn, project

WINDOWS_S = (8.0, 24.0, 64.0)
"""Stretches in which a rhythm is looked for: short ones follow a change of tempo, the longest holds three cycles
of 20 s. Each is looked at four times in its own length."""
SEARCH_POINTS = 100
"""A window is thinned to about so many points: 40 lags, so a period to within 3 %."""
SHORTEST_SEARCH_S = 3.0
"""Less holds no three cycles of anything but shaking."""
LEAST_CYCLES = 3
"""One is a movement, two may be there and back; three alike are a repetition."""
TURN_SHARE = 0.4
"""A turn-around counts when the signal has come back by this share of the usual swing: a little under half, so
that half a swing, the least that is alike, always counts."""
ALIKE_SWING = (0.5, 2.0)
"""Swings between half and twice the usual are alike: shallow reps of a tired athlete are still reps."""
ALIKE_PERIOD = (0.4, 2.5)
"""Cycles may last this share of the usual time: the last hard reps and a breath between two take longest."""
REST_PERIODS = 3.0
"""After so many periods without a cycle the set is over."""
RETURN_SHARE = 0.75
"""Slowing down this far back along a usual swing is the return, and not a halt on the way."""
STRIDE_S, STRIDES_S = 1.7, 2.5
"""Slower rhythms are no stride's (two steps of at least 1.4 Hz), nor three steps'; and no two strides'."""
FIRST_S = LEAST_S + 1.5
"""The first cycles of a rhythm that may be of strides are told when they have been looked at for so long."""
REMEMBERED = 5
"""The usual is the median of so many cycles: it follows a tempo that drifts."""
TURNS_KEPT = 24
"""Turn-arounds of a set that are kept: three quiet periods hold fewer."""
PART_S = 60.0
"""Rows are taken in parts of this length, which bounds what is looked at and kept at once."""
BLOCK = 1500
"""Rows in which turns are looked for in one go, so that a long feed with many turns stays linear."""


@dataclass(frozen=True, slots=True, eq=False)
class Cycle:
    """One rep, by row numbers of `PositionRows`: away from `start`, round at `turn`, back at `end`.

    `known`: row at which it was reported. `direction` (c,): the movement, see `project`.
    `cut_off`: the stream starts or ends inside; then only `start` and `end` mean something.
    """

    start: int
    turn: int
    end: int
    known: int
    direction: FloatArray
    cut_off: bool = False


@dataclass(slots=True)
class _Set:
    """What is known of the set that is going on, or that may be."""

    swings: Swings
    direction: FloatArray
    period: float
    """Usual time between two cycles, in rows."""
    swing: float
    """Usual size of a swing (m/s²)."""
    first: int
    """Row at which it begins to be looked at."""
    turns: list[Turn] = field(default_factory=list)
    rest_sign: int = 0
    """Which extremum the cycles start from; 0 until three alike have been seen."""
    periods: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    sizes: deque[float] = field(default_factory=lambda: deque(maxlen=2 * REMEMBERED))
    closed: int = 0
    """Row of the extremum that closed the last cycle."""
    slowed: bool = False
    """Whether the swing that is going on has been seen to slow down at its end."""
    lead: float = 0.0
    """Share of a cycle between the start of the stream and the first whole one."""
    waiting: list[Cycle] = field(default_factory=list)
    """Cycles to be told when it is clear that they are no strides."""
    told: bool = False
    """Whether some of its cycles have been told."""


class CycleDetector:
    """Motion → cycles, for any cut. `rows` holds the position signals that the row numbers speak of."""

    def __init__(self, rate_hz: float, has_gyroscope: bool) -> None:
        self.rows = PositionRows(rate_hz, has_gyroscope)
        self._rate_hz = self.rows.rate_hz
        self._search_rows = round(0.25 * WINDOWS_S[0] * self._rate_hz)
        self._row = 0
        self._anchor = 0
        self._set: _Set | None = None
        self._found: list[Cycle] = []
        self._gait = GaitWatch(self.rows)

    def feed(self, motion: Motion) -> Iterator[Cycle]:
        """The cycles that these rows close or bear out, in order; `rows` still holds each while it is yielded."""
        part = max(1, round(PART_S * motion.rate_hz))
        for start in range(0, len(motion), part):
            stop = min(start + part, len(motion))
            gaps = np.flatnonzero(motion.after_gap[start + 1 : stop]) + start + 1
            starts = [start, *(int(i) for i in gaps), stop]
            for first, end in pairwise(starts):
                if not self.rows.continues(float(motion.t_s[first])):
                    yield from self.finish()
                self.rows.append(motion, first, end)
                self._advance()
                yield from self._take()
            self.rows.forget()

    def finish(self) -> Iterator[Cycle]:
        """The cycles still open at the end of the stream; what is fed next is a new one."""
        if self._set is None:
            self._search(at_end=True)
        if self._set is not None:
            self._close_open_cycle(self._set)
        yield from self._take()
        self._set = None
        self._gait.forget()
        self.rows.start_stretch()
        self._row = self._anchor = self.rows.end

    def _take(self) -> list[Cycle]:
        found, self._found = self._found, []
        return found

    def _advance(self) -> None:
        while self._row < self.rows.end:
            if self._set is not None:
                self._follow(self._set, min(self.rows.end, self._row + BLOCK))
                continue
            tick = (self._row // self._search_rows + 1) * self._search_rows
            self._row = min(tick, self.rows.end)
            if self._row == tick:
                self._search()

    # ---- looking for a rhythm

    def _search(self, at_end: bool = False) -> None:
        """Look for a rhythm in what ends here; keep it when three cycles alike bear it out."""
        tick, row = self._row // self._search_rows, self._row
        for shorter_s, window_s in pairwise((SHORTEST_SEARCH_S, *WINDOWS_S)):
            first = max(self._anchor, row - round(window_s * self._rate_hz))
            due = at_end or tick % round(window_s / WINDOWS_S[0]) == 0
            if not due or row - first < shorter_s * self._rate_hz:
                continue
            step = max(1, (row - first) // SEARCH_POINTS)
            rhythm = find_rhythm(self.rows.signals(first, row, step), self._rate_hz / step)
            if rhythm is not None and self._bears_out(rhythm, row):
                return

    def _bears_out(self, rhythm: Rhythm, row: int) -> bool:
        first = max(self._anchor, row - round(WINDOWS_S[-1] * self._rate_hz))
        swings = Swings(rhythm, self._rate_hz, first)
        self._set = s = _Set(swings, rhythm.direction, rhythm.period_s * self._rate_hz, rhythm.swing, first)
        self._row = first
        while self._set is not None and self._row < row:
            self._follow(s, min(row, self._row + BLOCK))
        self._row = row
        if s.rest_sign == 0:
            self._set = None
        return s.rest_sign != 0

    def _bear_out(self, s: _Set, turns: list[Turn], row: int) -> None:
        """Whether the last swings are alike; then the cycles start at the first of them."""
        swings = 2 * LEAST_CYCLES
        if len(turns) <= swings:
            return
        first = len(turns) - 1 - swings
        chain = [self._leaves(s, turns[first], turns[first + 1]), *turns[first + 1 :]]
        swing, period = median(_sizes(chain)), median(_periods(chain))
        if not (_alike(_sizes(chain), swing, ALIKE_SWING) and _alike(_periods(chain), period, ALIKE_PERIOD)):
            return
        while first:
            start = self._leaves(s, turns[first - 1], turns[first])
            longer = [start, *turns[first:]]
            if not (
                _alike(_sizes(longer[:2]), swing, ALIKE_SWING) and _alike(_periods(longer[:3]), period, ALIKE_PERIOD)
            ):
                break
            first, chain = first - 1, longer
        s.rest_sign, s.swing, s.period = chain[0].sign, swing, period
        s.sizes.extend(_sizes(chain))
        s.periods.extend(_periods(chain))
        s.lead = self._lead(s, [*turns[:first], *chain[:1]], row)
        for k in range(2, len(chain), 2):
            self._emit(s, chain[k - 2], chain[k - 1], chain[k], row)

    def _leaves(self, s: _Set, start: Turn, turn: Turn) -> Turn:
        """`start`, moved to where the swing to `turn` sets off: it may have been rested at for long before."""
        lag = s.swings.lag
        first = max(start.row - lag, self.rows.stretch_start)
        along = start.sign * project(self.rows.signals(first, turn.row - lag + 1), s.direction)
        return Turn(first + lag + moving(-along)[0], start.value, start.sign)

    def _lead(self, s: _Set, turns: list[Turn], known: int) -> float:
        """Share of a cycle on the way to the last of `turns`, where the stream starts in the movement.

        Half a cycle or more is reported; what is returned is what is left to count with the end of the stream.
        """
        if s.first != self.rows.stretch_start or turns[-1].row - s.first > s.period:
            return 0.0
        lead = _share_of_cycle([s.swings.start_value, *(turn.value for turn in turns)], s.swing)
        if lead < 0.5:
            return lead
        end = max(turns[-1].row - s.swings.lag, s.first)
        s.waiting.append(Cycle(s.first, s.first, end, known, s.direction, cut_off=True))
        return lead - 1.0

    # ---- following a known one

    def _follow(self, s: _Set, end: int) -> None:
        """Take rows up to `end`, or up to where the set turns out to be over."""
        s.swings.append(self.rows.signals(self._row, end))
        self._row = end
        while True:
            closed = s.closed
            turn = s.swings.next_turn(TURN_SHARE * s.swing)
            slows = self._slows(s)
            over = s.closed + round(REST_PERIODS * s.period) if s.rest_sign else end + 1
            at = min(turn[0] if turn else end, slows if slows is not None else end, over)
            if over <= min(at, end):
                self._settle(s, over, over=True)
                self._set, self._anchor, self._row = None, s.closed, over
                return
            if turn is not None and turn[0] == at:
                self._turned(s, turn[1], turn[0])
            elif slows is not None and slows == at:
                self._slowed(s, slows)
            else:
                return
            if s.closed != closed and not self._settle(s, at):
                self._set, self._anchor, self._row = None, s.closed, at
                return

    def _slows(self, s: _Set) -> int | None:
        if s.slowed or (s.rest_sign and s.swings.sign != s.rest_sign):
            return None
        return s.swings.slowed(RETURN_SHARE * s.swing)

    def _turned(self, s: _Set, turn: Turn, row: int) -> None:
        s.swings.turn(turn)
        s.turns.append(turn)
        if s.rest_sign == 0:
            self._bear_out(s, s.turns, row)
        else:
            del s.turns[:-TURNS_KEPT]
            if turn.sign == s.rest_sign and not s.slowed:
                self._close(s, s.turns[-3], s.turns[-2], turn, row)
        s.slowed = False

    def _slowed(self, s: _Set, row: int) -> None:
        s.slowed = True
        furthest = s.swings.furthest(row)
        if s.rest_sign == 0:
            self._bear_out(s, [*s.turns, furthest], row)
        else:
            self._close(s, s.turns[-2], s.turns[-1], furthest, row)

    def _close(self, s: _Set, start: Turn, turn: Turn, end: Turn, known: int) -> None:
        """Report a cycle if it is like its neighbours."""
        sizes = [abs(turn.value - start.value), abs(end.value - turn.value)]
        period = float(end.row - start.row)
        if period > ALIKE_PERIOD[1] * s.period:
            start = self._leaves(s, start, turn)
            period = float(end.row - start.row)
        if _alike(sizes, s.swing, ALIKE_SWING) and _alike([period], s.period, ALIKE_PERIOD):
            s.sizes += sizes
            s.periods.append(period)
            s.swing = median(s.sizes)
            s.period = median(s.periods)
            self._emit(s, start, turn, end, known)

    def _emit(self, s: _Set, start: Turn, turn: Turn, end: Turn, known: int) -> None:
        s.closed = end.row
        a, b, c = (max(at.row - s.swings.lag, self.rows.stretch_start) for at in (start, turn, end))
        s.waiting.append(Cycle(a, b, c, known, s.direction))

    def _settle(self, s: _Set, row: int, over: bool = False) -> bool:
        """Tell the cycles that wait, unless they may be strides by `row`; whether the set goes on, if not `over`."""
        period_s = min(s.period, s.periods[-1]) / self._rate_hz
        if s.waiting and period_s <= STRIDES_S:
            begun = s.waiting[0].start
            self._gait.look(self._look_from(s, row, over), row, period_s <= STRIDE_S)
            early = not (s.told or over) and row - begun < FIRST_S * self._rate_hz
            if early or self._gait.suspects(row):
                if not over and row - begun < CERTAIN_S * self._rate_hz:
                    return True
                if self._gait.prevails():
                    s.waiting.clear()
                    return False
        s.told |= bool(s.waiting)
        self._found += s.waiting
        s.waiting.clear()
        return True

    def _look_from(self, s: _Set, row: int, over: bool) -> int:
        """Of a set of which nothing is told yet, every look counts, and else the newest; that is had at the end too."""
        newest = row - round(LOOK_S * self._rate_hz) + 1
        whole = s.waiting[0].start + round(LEAST_S * self._rate_hz)
        return newest if s.told else min(whole, newest) if over else whole

    def _close_open_cycle(self, s: _Set) -> None:
        """At the end of a stretch: the return under way, or, where less was seen, the cut-off part of a cycle.

        A recording that starts and ends in the movement cuts two cycles off; together with what was missed of
        the first, the last counts when half a cycle was seen: so many cycles as fit into the time. A part of a
        cycle does not last longer than a whole one.
        """
        if not s.rest_sign:
            return
        furthest = s.swings.furthest(self._row)
        if furthest.sign == s.rest_sign and not s.slowed:
            self._close(s, s.turns[-2], s.turns[-1], furthest, self._row)
        path = [turn.value for turn in s.turns if turn.row >= s.closed]
        path += [furthest.value] * (furthest.row >= s.closed) + [s.swings.last_value()]
        trail = _share_of_cycle(path, s.swing)
        if s.lead + trail >= 0.5 and self._row - s.closed <= s.period:
            s.waiting.append(Cycle(s.closed, s.closed, self._row - 1, self._row, s.direction, cut_off=True))
        self._settle(s, self._row, over=True)


def _share_of_cycle(path: list[float], swing: float) -> float:
    """How much of a cycle a way through these values is; none where it is no part of one like the others."""
    steps = [abs(b - a) for a, b in pairwise(path)]
    longest = max(steps, default=0.0)
    return min(1.0, sum(steps) / (2.0 * swing)) if longest <= ALIKE_SWING[1] * swing else 0.0


def _sizes(turns: list[Turn]) -> list[float]:
    return [abs(b.value - a.value) for a, b in pairwise(turns)]


def _periods(turns: list[Turn]) -> list[float]:
    return [float(c.row - a.row) for a, c in zip(turns, turns[2:], strict=False)]


def _alike(values: list[float], usual: float, share: tuple[float, float]) -> bool:
    return all(share[0] * usual <= value <= share[1] * usual for value in values)
