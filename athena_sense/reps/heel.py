"""Heel reps from a sensor on the foot: raise, top, lowering, bottom.

The foot turns about the ball of the toes, so the direction of gravity in the sensor's axes swings to and fro on an
arc. The arc's plane is found from the data, whatever the mounting. Its two ends are the top and the bottom; which
is which is told by physics (the instep rises while it goes up) and, where that is faint, by the exercise (the
raise is the quick half).
"""

from dataclasses import dataclass, field
from statistics import median

import numpy as np

from athena_sense.datatypes import FloatArray, PhaseName, Progress
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import component, length, unit
from athena_sense.reps.arming import Arming
from athena_sense.reps.heel_alarm import LEFT_TOP_DEG, too_fast
from athena_sense.reps.heel_phases import (
    LEVEL_SHARE,
    SMALLEST_RANGE_DEG,
    TURN_DEG,
    HeelRep,
    Seen,
    measure,
)
from athena_sense.reps.history import History
from athena_sense.reps.quick_raise import quick_raise
from athena_sense.reps.travel import upward_m_s2
from athena_sense.reps.turns import Turn, Turns
from athena_sense.units import DEG_PER_RAD

TURN_SHARE = 0.15
"""… or by this share of the usual range, so that a wobble on the way down does not split a wide lowering."""
SMALLEST_SHARE = 0.4
"""Less than this share of the usual range is a shuffle, not a rep."""
REMEMBERED = 9
"""The usual range is the median of so many reps: it follows a tiring athlete."""
KEPT_TURNS = 4
"""A rep looks back to the turn-around before its top; a set may go on for hours."""
FULL_RAISE_SHARE = 0.6
"""Only what follows a raise of most of the usual range is a lowering: coming back to level before stepping off is
a third of it."""
ELSEWHERE_DEG = 15.0
"""A foot at rest this far from the arc of its reps stands, lies or is worn in another way: pivot and roll make 10°."""
STEP_DOWN_S = 0.5
STEP_OFF_SHARE = 0.25
STEP_OFF_S = 1.0
"""A foot lifted for a step comes down in 0.3–0.5 s, a heel that is lowered with care in seconds: what is so much
shorter than the others (half as long is enough where it is as short as a step) waits for so long to be told, and never
is where somebody walks off. Steps show by then."""
ROUGH_FOR_S = 3.0
"""Roughness is looked for over so long: a raise that began earlier has no part in it."""
EVIDENCE_ENOUGH = 2.0
FIRST_RANGE = 1.6
"""A set that begins flat begins with a raise from level: the heel then travels below the step's edge too, by 15–45 %
of its range, so at least so much further than the raise, or nearly."""
UNSTEADY_BIAS_M_S2 = 0.15
"""How much a consumer accelerometer's error changes as it turns by tens of degrees (bias of 20–40 mg an axis)."""


@dataclass(slots=True)
class _Set:
    """An unbroken stretch of careful movement: its axes, its turn-arounds, and what they told so far."""

    first_row: int
    rest: FloatArray
    side: FloatArray | None = None
    turns: list[Turn] = field(default_factory=list)
    tracker: Turns = field(default_factory=lambda: Turns(TURN_DEG))
    evidence: float = 0.0
    done: int = 0
    top_is_high: bool | None = None
    ranges: list[float] = field(default_factory=list)
    lowerings_s: list[float] = field(default_factory=list)
    waiting: list[tuple[int, HeelRep]] = field(default_factory=list)
    next_raise_s: float | None = None
    alarmed: int | None = None


class HeelReps:
    """Motion → HeelRep, for any cut. Armed at the start and by stillness, disarmed by steps.

    `alarms_s` gathers the instants (s) at which a lowering under way was clearly going to be shorter than
    `shortest_s`; whoever reads them clears them. The first lowering of a set that starts up on the toes raises none:
    nothing has told yet which way is down, and how far.
    """

    def __init__(self, rate_hz: float, shortest_s: float | None = None) -> None:
        self._rate_hz = rate_hz
        self._shortest_s = shortest_s
        self.alarms_s: list[float] = []
        self._history = History(rate_hz)
        self._arming = Arming(rate_hz, patience_s=STEP_OFF_S)
        self._set: _Set | None = None
        self._row = 0
        self._rough_row: int | None = None

    def feed(self, motion: Motion) -> list[HeelRep]:
        """The reps that these rows complete."""
        if len(motion) == 0:
            return []
        if self._history.end == 0:
            self._set = _Set(0, motion.up[0])
        self._history.append(motion)
        reps: list[HeelRep] = []
        for row, to in self._arming.feed(motion):
            s = self._set
            if s is not None and to == "disarmed":
                reps += self._disarmed(s, row)
            elif s is not None:
                reps += self._follow(s, row)
            if to == "rough":
                self._rough_row = row
            elif to == "armed" or (to == "rested" and s is not None and self._is_elsewhere(s, row)):
                reps += [] if s is None else self._close_set(s, row)
                self._set, self._row = _Set(row - 1, self._history.up(row - 1, row)[0]), row
        if self._set is not None:
            reps += self._follow(self._set, self._arming.known_to)
        self._history.forget()
        return reps

    def finish(self) -> list[HeelRep]:
        """The rep that the end of the stream completes."""
        s, end = self._set, self._history.end
        if s is None:
            return []
        if self._rough_row is not None:
            return self._left(s, self._rough_row)
        return self._follow(s, end) + self._close_set(s, end)

    # ---- the end of a set

    def _disarmed(self, s: _Set, row: int) -> list[HeelRep]:
        """What is to tell as it turns out whether what was rough a second ago was a step or a quick raise."""
        rough_row, self._rough_row = self._rough_row, None
        if rough_row is None:
            self._set, told = None, self._follow(s, row)
            return told + self._left(s, row)
        raised = self._quick_raise(s, rough_row, row)
        if raised is not None and self._arming.excuse(*raised):
            return self._follow(s, row)
        self._set = None
        return self._left(s, rough_row)

    def _left(self, s: _Set, row: int) -> list[HeelRep]:
        """What is left to tell of a set that ends with steps, rough at `row`."""
        end = row - round(STEP_OFF_S * self._rate_hz)
        self._end_set(s, end)
        return self._told(s, end)

    def _quick_raise(self, s: _Set, rough_row: int, row: int) -> tuple[int, int] | None:
        """The rows of a quick raise that may be all that was rough at `rough_row`, by what followed up to `row`."""
        first = max(rough_row - round(ROUGH_FOR_S * self._rate_hz), s.first_row)
        if s.side is None:
            return None
        angle, size = self._angle_deg(s, first, row), length(self._history.acc_m_s2(first, row))
        least_deg = FULL_RAISE_SHARE * median(s.ranges) if s.ranges else SMALLEST_RANGE_DEG
        ways = (angle, -angle) if s.top_is_high is None else (angle if s.top_is_high else -angle,)
        for up in ways:
            found = quick_raise(up, size, rough_row - first, self._rate_hz, least_deg)
            if found is not None:
                return max(first + found[0], s.first_row), first + found[1]
        return None

    # ---- following one set

    def _follow(self, s: _Set, end: int) -> list[HeelRep]:
        """The reps that the rows up to `end` bring; none while it is open whether the set goes on."""
        if self._rough_row is not None:
            return []
        row, self._row = max(self._row, s.first_row), end
        if s.side is None:
            up = self._history.up(row, end)
            away = np.arccos(np.clip(component(up, s.rest), -1.0, 1.0)) * DEG_PER_RAD
            first = int(np.argmax(away > SMALLEST_RANGE_DEG)) if away.shape[0] else 0
            if not away.shape[0] or away[first] <= SMALLEST_RANGE_DEG:
                return []
            s.side = unit(up[first] - s.rest * component(up[first : first + 1], s.rest)[0])
            row = max(s.first_row, self._history.oldest(row + first))
        angle = self._angle_deg(s, row, end)
        watched = row
        for turn in s.tracker.feed(angle, row):
            self._watch(s, watched, angle[: turn.confirmed_index + 1 - row], row)
            watched = turn.confirmed_index + 1
            self._turned(s, turn)
        self._watch(s, watched, angle, row)
        return self._told(s, end)

    def _angle_deg(self, s: _Set, row: int, end: int) -> FloatArray:
        up, side = self._history.up(row, end), s.rest if s.side is None else s.side
        return np.asarray(np.arctan2(component(up, side), component(up, s.rest)) * DEG_PER_RAD)

    def _watch(self, s: _Set, row: int, angle: FloatArray, first_row: int) -> None:
        """Sound the alarm at the first row from `row` on at which a lowering is ahead of the shortest allowed.

        `angle` (n,) begins at row `first_row` and ends where the watch ends.
        """
        end = first_row + angle.shape[0]
        usual_deg = self._usual_deg(s)
        if not self._shortest_s or usual_deg is None or row >= end or s.alarmed == s.turns[-1].index:
            return
        top = s.turns[-1]
        first = max(top.index, self._history.oldest(end))
        seen = angle[first - first_row :] if first >= first_row else self._angle_deg(s, first, end)
        ahead = too_fast(np.abs(seen - top.value), usual_deg, self._shortest_s, self._rate_hz)
        ahead[: max(row - first, 0)] = False
        if ahead.any():
            s.alarmed = top.index
            at = first + int(ahead.argmax())
            self.alarms_s.append(float(self._history.t_s(at, at + 1)[0]))

    def _usual_deg(self, s: _Set) -> float | None:
        """What a lowering from the last turn-around is expected to travel; None where it is no top, or none is known.

        The first raise of a set tells its top by how far the sensor rose.
        """
        if not s.turns:
            return None
        raised_deg = abs(s.turns[-1].value - s.turns[-2].value) if len(s.turns) > 1 else None
        if s.ranges:
            full = raised_deg is None or raised_deg >= FULL_RAISE_SHARE * median(s.ranges)
            return median(s.ranges) if full and s.turns[-1].is_high is s.top_is_high else None
        rose = s.evidence if s.turns[-1].is_high else -s.evidence
        if raised_deg is None or len(s.turns) > 2 or raised_deg < SMALLEST_RANGE_DEG or rose < EVIDENCE_ENOUGH:
            return None
        return FIRST_RANGE * raised_deg

    @staticmethod
    def _told(s: _Set, row: int) -> list[HeelRep]:
        """The reps whose row has come."""
        due = 0
        while due < len(s.waiting) and s.waiting[due][0] <= row:
            due += 1
        told, s.waiting = s.waiting[:due], s.waiting[due:]
        return [rep for _, rep in told]

    def _close_set(self, s: _Set, end: int) -> list[HeelRep]:
        """What is left to tell of a set that ends at rest, or with the stream."""
        self._end_set(s, end)
        return [rep for _, rep in s.waiting]

    def _end_set(self, s: _Set, end: int) -> None:
        """The furthest point so far counts as a set's last turn-around."""
        extreme = s.tracker.open_extreme()
        if extreme is None or not s.turns:
            return
        row, value = extreme
        last = s.turns[-1]
        if last.index < row < end and abs(value - last.value) > TURN_DEG:
            self._turned(s, Turn(row, value, not last.is_high, end - 1))
        if s.top_is_high is None and len(s.turns) > 2:
            s.top_is_high = s.evidence > 0.0
            self._complete(s)

    def _turned(self, s: _Set, turn: Turn) -> None:
        s.turns.append(turn)
        if len(s.turns) < 2:
            return
        if s.top_is_high is None:
            s.evidence += self._evidence(s)
            if len(s.turns) > 2 and abs(s.evidence) >= EVIDENCE_ENOUGH:
                s.top_is_high = s.evidence > 0.0
        self._complete(s)
        if s.ranges:
            s.tracker.threshold = max(TURN_DEG, TURN_SHARE * median(s.ranges))

    def _evidence(self, s: _Set) -> float:
        """How strongly the last half says that the signal's highs are the top (positive) or the bottom."""
        first, last = s.turns[-2:]
        sign = 1.0 if last.is_high else -1.0
        seconds, seen_s, rise_m = self._half(first, last)
        doubt_m = 0.001 + UNSTEADY_BIAS_M_S2 * seen_s * seen_s / 12.0
        votes = sign * float(np.clip(rise_m / doubt_m, -3.0, 3.0))
        if len(s.turns) > 2:
            before, *_ = self._half(*s.turns[-3:-1])
            ratio = float(np.log2(before / seconds))
            votes += sign * float(np.clip(2.0 * (ratio - np.clip(ratio, -0.6, 0.6)), -3.0, 3.0))
        return votes

    def _half(self, first: Turn, last: Turn) -> tuple[float, float, float]:
        """Duration (s) of the movement between two turns; and in how much time (s) the sensor rose how far (m)."""
        a = max(first.index, self._history.oldest(last.index))
        b = last.index + 1
        up = self._history.up(a, b)
        level = component(up, unit(up[-1] - up[0]))
        low, high = level[0], level[-1]
        moving = np.flatnonzero(
            (level > low + LEVEL_SHARE * (high - low)) & (level < high - LEVEL_SHARE * (high - low))
        )
        if moving.shape[0] < 2:
            return 1.0 / self._rate_hz, 1.0 / self._rate_hz, 0.0
        margin = round(0.25 * (moving[-1] - moving[0])) + 1
        i = max(a + int(moving[0]) - margin, 0)
        j = min(a + int(moving[-1]) + margin, last.confirmed_index) + 1
        speed = np.cumsum(upward_m_s2(self._history.acc_m_s2(i, j), self._history.up(i, j))) / self._rate_hz
        # Still at both ends: what is left of the speed is the sensor's bias.
        speed -= np.linspace(0.0, 1.0, speed.shape[0]) * speed[-1]
        seconds, rise_m = (int(moving[-1]) - int(moving[0])) / self._rate_hz, float(speed.sum() / self._rate_hz)
        return seconds, (j - i) / self._rate_hz, rise_m

    def _is_elsewhere(self, s: _Set, row: int) -> bool:
        """Whether stillness at `row` is no place on the set's arc: what moved before was no set, or another."""
        if s.side is None:
            return False
        if not s.ranges and len(s.turns) > 2 and not self._is_regular(s):
            return True
        up = self._history.up(row - 1, row)
        normal = np.cross(s.rest, s.side)
        off_deg = abs(float(np.arcsin(np.clip(component(up, normal)[0], -1.0, 1.0)))) * DEG_PER_RAD
        angle = float(self._angle_deg(s, row - 1, row)[0])
        extreme = s.tracker.open_extreme()
        ends = sorted([turn.value for turn in s.turns[-2:]] + ([] if extreme is None else [extreme[1]]) or [angle])
        return off_deg > ELSEWHERE_DEG or not ends[0] - ELSEWHERE_DEG <= angle <= ends[-1] + ELSEWHERE_DEG

    @staticmethod
    def _is_regular(s: _Set) -> bool:
        """Whether a set of which nothing is known yet went down as far as up: no shuffle does."""
        first, turn, last = (turn.value for turn in s.turns[-3:])
        less, more = sorted((abs(turn - first), abs(last - turn)))
        return less >= max(SMALLEST_RANGE_DEG, FULL_RAISE_SHARE * more)

    def progress(self) -> Progress | None:
        """Where the heel is now, once the first rep has told top from bottom."""
        s = self._set
        if s is None or not s.ranges or not s.turns:
            return None
        last, end = s.turns[-1], self._history.end
        first = max(last.index, self._history.oldest(end))
        moved = np.abs(self._angle_deg(s, first, end) - last.value)
        from_top = last.is_high is s.top_is_high
        away = int(np.max(np.flatnonzero(moved < LEFT_TOP_DEG), initial=0))
        share = min(float(moved[-1]) / median(s.ranges), 1.0)
        resting = away == moved.shape[0] - 1
        phase: PhaseName = "eccentric" if from_top else "concentric"
        if resting:
            phase, away = "top_hold" if from_top else "bottom_hold", 0
        since_s = float(self._history.t_s(first + away, first + away + 1)[0])
        return Progress(phase, since_s, share if from_top else 1.0 - share)

    # ---- completing reps

    def _complete(self, s: _Set) -> None:
        """Reps for the lowerings among the turns that have not been looked at."""
        if s.top_is_high is None:
            return
        for k in range(max(s.done, 1), len(s.turns)):
            if s.turns[k].is_high != s.top_is_high:
                rep = self._rep(s, k)
                s.next_raise_s = None if rep is None else rep.next_raise_s
                if rep is not None:
                    lowering_s = rep.lower_end_s - rep.lower_start_s
                    usual_s = median(s.lowerings_s) if s.lowerings_s else 0.0
                    step_off = lowering_s < max(STEP_OFF_SHARE * usual_s, min(0.5 * usual_s, STEP_DOWN_S))
                    due = s.turns[k].confirmed_index + step_off * round(STEP_OFF_S * self._rate_hz)
                    s.waiting.append((due, rep))
                    s.ranges = [*s.ranges[1 - REMEMBERED :], rep.range_deg]
                    s.lowerings_s = [*s.lowerings_s[1 - REMEMBERED :], lowering_s]
        del s.turns[:-KEPT_TURNS]
        s.done = len(s.turns)

    def _rep(self, s: _Set, k: int) -> HeelRep | None:
        """The rep whose lowering ends at turn `k`, where it is one."""
        top, bottom = s.turns[k - 1], s.turns[k]
        start = s.turns[k - 2] if k >= 2 else None
        oldest = self._history.oldest(bottom.confirmed_index)
        first = max(oldest, s.first_row, (start or top).index - round(self._rate_hz))
        if top.index < first:
            return None
        end = bottom.confirmed_index + 1
        smallest = max(SMALLEST_RANGE_DEG, SMALLEST_SHARE * median(s.ranges) if s.ranges else 0.0)
        seen = Seen(
            t_s=self._history.t_s(first, end),
            acc_m_s2=self._history.acc_m_s2(first, end),
            up=self._history.up(first, end),
            start=start.index - first if start is not None and start.index >= first else None,
            top=top.index - first,
            bottom=bottom.index - first,
            gap=self._history.has_gap((start or top).index, bottom.index + 1),
        )
        return measure(seen, s.next_raise_s, smallest)
