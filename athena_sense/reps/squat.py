"""Squats from a sensor on a segment that turns with them: lowering, bottom, raising, standing.

Standing is the resting posture before and after. How far the segment has turned from it, about whatever axis, is one
signal; a rep is an excursion of it that comes back. That the body sank in it, and did not rise, is told by physics
(`squat_phases`).
"""

from dataclasses import dataclass, field
from statistics import median

import numpy as np

from athena_sense.datatypes import FloatArray, PhaseName, Progress
from athena_sense.dsp.motion import Motion
from athena_sense.dsp.unturned import Unturned
from athena_sense.reps.arming import Arming
from athena_sense.reps.history import History, InBlocks
from athena_sense.reps.squat_phases import LONGEST_HOLD_S, LONGEST_STRIDE_S, Seen, SquatRep, measure
from athena_sense.reps.stand import FirstReps, Odds, is_beyond
from athena_sense.reps.strides import STEP_S, Waiting, clearly_follows_swing, follows_swing, is_quick, is_walk
from athena_sense.reps.tilting import angle_deg
from athena_sense.reps.turns import Turn, Turns

TURN_SHARE = 0.2
"""A turn-around is real when the segment has come back by this share of the smallest rep that counts …"""
USUAL_SHARE = 0.25
"""… and a bounce at the bottom that comes back by less than this share of the usual depth does not split a rep."""
SMALLEST_SHARE = 0.3
"""Less than this share of the usual depth is a shift of the feet; who squats to 90° may do a shallow one of 30°."""
REMEMBERED = 9
"""The usual depth is the median of so many reps: it follows a tiring athlete."""
CLEARLY_SHARE = 0.6
"""What turns by less than this share of the smallest rep is none, however it is measured."""
BACK_SHARE = 0.3
"""Standing again: within this share of the depth from where the rep began …"""
SLOW_SHARE = 0.03
"""… and slowed down to this share of the depth …"""
SLOW_S, SLOW_PART = 0.16, 0.1
"""… in this time, or in this part of the time since the deepest point where that is longer."""
ELSEWHERE_DEG = 15.0
"""Whoever stands again after a rep stands as before, to within this: feet shift, knees are locked or not …"""
ELSEWHERE_SHARE = 0.4
"""… and to within this share of the usual depth, where that is less."""
AHEAD_SHARE = 0.35
"""Travelled share of the usual depth beyond the elapsed share of the shortest lowering at which the alarm sounds: a
smooth start and stop runs ahead of an even lowering by 0.11, a stride by about as much as this."""
STOOD_S = 0.5
"""Whoever was near a posture for half a second in all has stood so."""
EVEN_WAY = 1.6
"""A way down may stop and turn back a little; a sensor that is put on or taken up is turned about for longer."""
LEFT_SHARE = 0.1
"""A segment that has turned by less than this share of the usual depth is standing."""


@dataclass(slots=True)
class _Set:
    """An unbroken stretch in which squats may be: the standing posture, and what was seen of the rep under way."""

    first_row: int
    rest: FloatArray
    away_deg: InBlocks
    """How far the segment has turned from `rest`."""
    tracker: Turns
    stand: Turn | None = None
    deepest: Turn | None = None
    passed: Turn | None = None
    """When the body came by this stand, with the rep under way, and went on."""
    looked: int = 0
    """First row that has not been asked whether the rep is over."""
    depths: list[float] = field(default_factory=list)
    end_s: float = -np.inf
    swing_s: float = -np.inf
    """When a leg last swung as none does in a squat."""
    away_since: int | None = None
    """Row of the first rest elsewhere since a rep, or since standing was known."""
    leaving: bool = False
    """Whether it ends with the rep under way, unless that is too slow for a step."""
    usual_deg: float = np.inf
    left: int = 0
    """Last row at which the segment had not left its standing posture."""
    alarmed: bool = False
    """Whether the rep under way has sounded the alarm."""
    followed: int = 0
    """First row that has not been followed."""
    odds: Odds = field(default_factory=Odds)
    """Whether its stand is one."""


class SquatReps:
    """Motion → SquatRep, for any cut. Armed at the start and by stillness, disarmed by steps.

    A turn of less than `smallest_deg` from standing, or more than `largest_deg`, is no rep. `alarms_s` gathers the
    instants (s) at which a lowering under way was clearly going to be shorter than `shortest_s`; whoever reads them
    clears them. The first rep raises none: the depth is not known yet.
    """

    def __init__(
        self, rate_hz: float, has_gyroscope: bool, smallest_deg: float, largest_deg: float, shortest_s: float | None
    ) -> None:
        self._rate_hz = rate_hz
        self._smallest_deg, self._largest_deg = smallest_deg, largest_deg
        self._shortest_s = shortest_s
        self.alarms_s: list[float] = []
        self._history = History(rate_hz, Unturned() if has_gyroscope else None)
        self._arming = Arming(rate_hz, large_movement=True)
        self._set: _Set | None = None
        self._waiting = Waiting(self._history)
        self._first_reps = FirstReps(smallest_deg)

    def feed(self, motion: Motion) -> list[SquatRep]:
        """The reps that these rows complete."""
        if len(motion) == 0:
            return []
        if self._history.end == 0:
            self._waiting.began_s = float(motion.t_s[0])
            self._set = self._new_set(0, motion.up[0])
        self._history.append(motion)
        reps: list[SquatRep] = []
        for row, to in self._arming.feed(motion):
            reps += self._up_to(row)
            if to == "disarmed":
                self._leave(row)
            elif self._set is None:
                self._set = self._new_set(row, self._history.up(row - 1, row)[0])
            elif to == "armed":
                self._set.leaving = False
            else:
                self._rest(self._set, row)
        reps += self._up_to(self._arming.known_to)
        self._history.forget()
        return reps

    def finish(self) -> list[SquatRep]:
        """The rep that the end of the stream completes."""
        end = self._history.end
        reps, s = self._followed(end), self._set
        if s is not None and s.deepest is not None:
            away = s.away_deg.rows(s.deepest.index, end)
            last = s.deepest.index + int(away.argmin())
            if away.min() <= self._level(s, 0.5):
                reps += self._complete(s, last, end)
        return reps + self._waiting.finish(end)

    def progress(self) -> Progress | None:
        """Where the body is now, once the first rep has told how deep it goes."""
        s, end = self._set, self._history.end
        if s is None or not s.depths or end == 0:
            return None
        first = max(self._history.oldest(end), s.first_row, 0 if s.stand is None else s.stand.index)
        share = s.away_deg.rows(min(first, end - 1), end) / median(s.depths)
        now = min(float(share[-1]), 1.0)
        if now < LEFT_SHARE:
            phase: PhaseName = "top_hold"
            away = int(np.max(np.flatnonzero(share >= LEFT_SHARE), initial=-1)) + 1
        elif s.deepest is None:
            phase, away = "eccentric", int(np.max(np.flatnonzero(share < LEFT_SHARE), initial=0))
        else:
            phase, away = "concentric", s.deepest.index - min(first, end - 1)
        row = min(min(first, end - 1) + max(away, 0), end - 1)
        return Progress(phase, float(self._history.t_s(row, row + 1)[0]), now)

    # ---- where standing is

    def _new_set(self, row: int, rest: FloatArray) -> _Set:
        away_deg = InBlocks(self._history, lambda first, end: angle_deg(self._history.up(first, end), rest))
        return _Set(row, rest, away_deg, Turns(TURN_SHARE * self._smallest_deg), looked=row, left=row, followed=row)

    def _leave(self, row: int) -> None:
        """Jolts as of walking by `row`: the set is over, or it is when the rep under way is, where one was.

        A leg that walks comes by its standing posture twice a stride.
        """
        s = self._set
        if s is None:
            return
        if not s.odds.is_guessed and not is_walk(self._history, s.rest, row):
            self._arming.stay_armed()
            return
        self._waiting.drop(row)
        steps = round(STEP_S * self._rate_hz)
        last = row if s.deepest is None else s.deepest.index
        first = max(last - steps, s.first_row, self._history.oldest(row))
        away = s.away_deg.rows(first, last)
        s.leaving = last - first == steps and bool((away > self._smallest_deg).all())
        if not s.leaving:
            self._set = None

    def _rest(self, s: _Set, row: int) -> None:
        """Stillness at `row`: standing afresh, the bottom of a squat, a seat, or a sensor worn in another way."""
        up = self._history.up(row - 1, row)
        off = float(s.away_deg.rows(row - 1, row)[0])
        if off <= self._elsewhere_deg(s):
            s.away_since = None
            if not s.depths and s.deepest is None:
                self._set = self._new_set(row, up[0])
            return
        if s.away_since is None and self._may_be_bottom(s, row):
            s.away_since = row
        elif s.away_since is None or row - s.away_since > LONGEST_HOLD_S * self._rate_hz:
            self._set = self._new_set(row, up[0])

    def _elsewhere_deg(self, s: _Set) -> float:
        """How far from standing whoever rests there is not standing."""
        usual_deg = median(s.depths) if s.depths else 0.0
        return min(ELSEWHERE_DEG, max(self._smallest_deg, ELSEWHERE_SHARE * usual_deg))

    def _may_be_bottom(self, s: _Set, row: int) -> bool:
        """Whether stillness at `row` may be the bottom of a squat: one even way there from standing."""
        oldest = max(self._history.oldest(row), s.first_row - round(self._rate_hz))
        away = s.away_deg.rows(oldest, row)
        stood = np.flatnonzero(away < self._elsewhere_deg(s))
        if stood.shape[0] < STOOD_S * self._rate_hz:
            return False
        left = oldest + int(stood[-1])
        way = away[left - oldest :: max(1, round(0.2 * self._rate_hz))]
        return bool(np.abs(np.diff(way)).sum() <= EVEN_WAY * way.max())

    # ---- whether it is one

    def _may_be_on_its_way(self, s: _Set) -> bool:
        """Whether nobody has been seen to stand as the set has it: the stream began there, and no rep was seen."""
        return s.first_row < STOOD_S * self._rate_hz and not s.depths

    def _is_beyond(self, s: _Set, row: int) -> bool:
        """Whether at `row` the body is on the other side of its stand than where the rep under way is deepest."""
        if s.deepest is None:
            return False
        here, deepest = (self._history.up(at, at + 1)[0] for at in (row, s.deepest.index))
        return is_beyond(here, s.rest, deepest)

    def _passed(self, s: _Set, passed: Turn, turn: Turn) -> list[SquatRep]:
        """What came by its stand, and went to the other side until `turn`: a rep, or no stand, where it went on as far
        as no kick of an accelerometer does, and slower than a leg that walks swings from end to end."""
        assert s.deepest is not None
        is_far = turn.value >= max(CLEARLY_SHARE * self._smallest_deg, BACK_SHARE * s.deepest.value)
        is_swing = turn.index - s.deepest.index < 0.5 * LONGEST_STRIDE_S * self._rate_hz
        if is_far and not is_swing and self._is_beyond(s, turn.index):
            self._set = self._turned_over(s, s.deepest.index)
            self._set.odds.nats = 0.0
            return []
        reps, s.stand = self._complete(s, passed.index, turn.confirmed_index), passed
        return reps

    def _turned_over(self, s: _Set, row: int) -> _Set:
        """The set with the posture at `row` for its stand."""
        turned = self._new_set(row, self._history.up(row, row + 1)[0])
        turned.end_s, turned.odds.is_guessed = s.end_s, True
        return turned

    # ---- following one set

    def _up_to(self, row: int) -> list[SquatRep]:
        """What the rows before `row` tell; all that they make certain, as a feed may end anywhere."""
        return self._followed(row) + self._waiting.certain(row)

    def _followed(self, row: int) -> list[SquatRep]:
        """The reps up to `row`, in whatever set they turn out to be."""
        reps: list[SquatRep] = []
        before = None
        while self._set is not before and self._set is not None:
            before = self._set
            reps += self._follow(before, row)
        return reps

    def _follow(self, s: _Set, end: int) -> list[SquatRep]:
        row, reps = s.followed, []
        s.followed = end
        away = s.away_deg.rows(row, end)
        watched = row
        for turn in s.tracker.feed(away, row):
            self._watch(s, watched, away[watched - row : turn.confirmed_index + 1 - row])
            watched = turn.confirmed_index + 1
            reps += self._over(s, turn.confirmed_index, row, away)
            if self._set is not s:
                return reps
            # What is asked between two turn-arounds does not change there, whatever the cut.
            if s.depths:
                s.usual_deg = median(s.depths)
                s.tracker.threshold = max(TURN_SHARE * self._smallest_deg, USUAL_SHARE * s.usual_deg)
            if turn.is_high:
                if s.passed is not None:
                    reps += self._passed(s, s.passed, turn)
                    if self._set is not s:
                        return reps
                if s.deepest is None or turn.value > s.deepest.value:
                    s.deepest = turn
                s.looked = turn.confirmed_index
            elif self._may_be_on_its_way(s) and self._is_beyond(s, turn.confirmed_index):
                s.passed = turn
            elif s.deepest is None:
                s.stand = turn
            elif turn.value <= self._level(s, 0.5):
                reps += self._complete(s, turn.index, turn.confirmed_index)
                s.stand = turn
                if self._set is not s:
                    return reps
        self._watch(s, watched, away[watched - row :])
        return reps + self._over(s, end, row, away)

    def _watch(self, s: _Set, row: int, away: FloatArray) -> None:
        """Sound the alarm at the first row at which a lowering is ahead of the shortest allowed; `away` (n,) begins at
        row `row`."""
        if not self._shortest_s or not away.shape[0]:
            return
        standing, before = away < LEFT_SHARE * s.usual_deg, s.left
        back = int(standing[::-1].argmax())
        if standing[-1 - back]:
            s.left = row + away.shape[0] - 1 - back
        if s.stand is None or s.deepest is not None or s.alarmed:
            return
        if away.max() <= (AHEAD_SHARE + LEFT_SHARE) * s.usual_deg:
            return
        share = away / s.usual_deg
        rows = np.arange(row, row + away.shape[0])
        left = np.maximum(np.maximum.accumulate(np.where(standing, rows, 0)), before)
        elapsed = (rows - left) / (self._shortest_s * self._rate_hz)
        ahead = share - LEFT_SHARE - elapsed > AHEAD_SHARE
        if ahead.any():
            s.alarmed = True
            at = row + int(ahead.argmax())
            self.alarms_s.append(float(self._history.t_s(at, at + 1)[0]))

    def _level(self, s: _Set, share: float) -> float:
        """What is `share` of the way from standing to the deepest point of the rep under way (deg)."""
        low = 0.0 if s.stand is None else s.stand.value
        return low + share * ((s.deepest.value if s.deepest else low) - low)

    def _over(self, s: _Set, end: int, row: int, known: FloatArray) -> list[SquatRep]:
        """The rep under way, where it has come back to standing and slowed down by row `end`.

        `known` (n,) is how far the body is away from row `row` on.
        """
        if s.deepest is None or s.looked >= end:
            return []
        bottom, first = s.deepest.index, max(s.looked, s.deepest.index)
        s.looked = end
        away = known[bottom - row : end - row] if bottom >= row else s.away_deg.rows(bottom, end)
        back = self._level(s, BACK_SHARE)
        if away[first - bottom :].min() > back:
            return []
        rows = np.arange(first - bottom, end - bottom)
        lag = np.maximum(np.ceil(SLOW_S * self._rate_hz), np.ceil(SLOW_PART * rows)).astype(np.int64)
        before = away[np.maximum(rows - lag, 0)]
        depth = self._level(s, 1.0) - self._level(s, 0.0)
        slow = max(SLOW_SHARE * depth, 1.0)
        done = (away[rows] <= back) & (before - away[rows] <= slow)
        if self._may_be_on_its_way(s):
            up = self._history.up(bottom, end)
            done &= angle_deg(up[rows], up[np.maximum(rows - lag, 0)]) <= slow
        if not done.any():
            return []
        row = first + int(done.argmax())
        return self._complete(s, row, row + 1)

    def _complete(self, s: _Set, last: int, end: int) -> list[SquatRep]:
        """The rep that came back to standing at row `last`, all known up to row `end`; none, where it was no squat."""
        bottom, s.deepest, s.passed = s.deepest, None, None
        s.alarmed = False
        stand, s.stand = s.stand, None
        assert bottom is not None
        told = self._waiting.certain(end)
        oldest = max(self._history.oldest(end), s.first_row - round(self._rate_hz), 0)
        at = s.first_row if stand is None else stand.index
        if at < oldest:
            return told
        first = max(oldest, at - round(self._rate_hz) - (bottom.index - at) // 4)
        smallest = max(self._smallest_deg, SMALLEST_SHARE * median(s.depths) if s.depths else 0.0)
        if bottom.value - (0.0 if stand is None else stand.value) < CLEARLY_SHARE * smallest:
            return told
        seen = Seen(
            t_s=self._history.t_s(first, end),
            acc_m_s2=self._history.acc_m_s2(first, end),
            up=self._history.up(first, end),
            unturned=self._history.unturned(first, end),
            stand=at - first,
            bottom=bottom.index - first,
            end=last - first,
            gap=self._history.has_gap(at, last + 1),
        )
        if self._first_reps.is_bottom(s.odds, seen, s.end_s):
            self._set = self._turned_over(s, bottom.index)
            return told
        is_step = clearly_follows_swing(seen, s.swing_s, smallest)
        rep = "swing" if is_step else measure(seen, s.end_s, smallest, self._largest_deg)
        step = rep is not None and (rep == "swing" or follows_swing(rep, s.swing_s) or (s.leaving and is_quick(rep)))
        if s.leaving and (rep is None or step):
            self._set = None
        if step:
            s.swing_s = float(seen.t_s[seen.bottom])
            self._waiting.drop(end)
            return told
        if rep is None or rep == "swing":
            return told
        s.end_s, s.away_since = rep.raise_end_s, None
        s.depths = [*s.depths[1 - REMEMBERED :], rep.depth_deg]
        self._waiting.add(rep, at, bottom.index, end)
        return told + self._waiting.certain(end)
