"""Heel reps from a sensor on the foot: raise, top, lowering, bottom.

The foot turns about the ball of the toes, so the direction of gravity in the sensor's axes swings to and fro on an
arc. The arc's plane is found from the data, whatever the mounting. Its two ends are the top and the bottom; which
is which is told by physics (the instep rises while it goes up) and, where that is faint, by the exercise (the
raise is the quick half).
"""

from dataclasses import dataclass, field

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arming import Arming
from athena_sense.reps.edges import leaves_plateau_s, reaches_plateau_s
from athena_sense.reps.history import History
from athena_sense.reps.turns import Turn, Turns
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

SMALLEST_RANGE_DEG = 8.0
"""Below this, sway (0.5°) and acceleration noise are a good part of the movement: not a rep of the heel."""
LARGEST_RANGE_DEG = 85.0
"""Toes bend by 65–90° at most while the ball of the foot stays down; a swinging foot turns further."""
TURN_DEG = 6.0
"""A turn-around is real when the foot has come back by this much: ten times its sway."""
TURN_SHARE = 0.2
"""… or by this share of the usual range, so that a wobble on the way down does not split a wide lowering."""
LONGEST_RAISE_S = 5.0
SHORTEST_LOWERING_S = 0.3
"""Falling freely, a heel needs 0.13 s for 8 cm; a controlled one (real heel raises) 0.44 s and more."""
SMALLEST_SHARE = 0.4
"""Less than this share of the usual range is a shuffle, not a rep."""
ROUGH_LOWERING_M_S2 = 1.2
"""RMS of |a| during a lowering. 5 cm of instep in half a second make 0.8 m/s² (minimum jerk; real heel raises:
0.27–0.85); a foot lifted for a step makes 1.1–4."""
ROUGH_RAISE_M_S2 = 3.0
"""The same for a raise: 50° in 0.4 s make 2.9 m/s² on the instep."""
LEVER_M = 0.15
"""Ball of the toes to the upper end of the laces, at most."""
SHAKE_M_S2 = 0.6
"""Shake of a sensor strapped on loosely, over what the turn itself makes (real heel raises on the floor)."""
OUT_OF_PLANE_SHARE = 0.35
"""A heel raise keeps to its plane but for a slight pivot and roll; a foot that leaves it by more is stepping."""
EVIDENCE_ENOUGH = 2.0
UNSTEADY_BIAS_M_S2 = 0.15
"""How much a consumer accelerometer's error changes as it turns by tens of degrees (bias of 20–40 mg an axis)."""
LEVEL_SHARE = 0.1
"""Within a tenth of the range from an end the foot counts as being on that plateau, roughly; edges are then fitted."""


@dataclass(frozen=True, slots=True)
class HeelRep:
    """Instants (s) and angles of one heel rep; None where the recording does not hold that instant.

    `lead`: how far the travelled share of the lowering ran ahead of the elapsed share, at most (0 … 1).
    """

    raise_start_s: float | None
    top_start_s: float | None
    lower_start_s: float
    lower_end_s: float
    next_raise_s: float | None
    range_deg: float
    lead: float
    interrupted: bool


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
    next_raise_s: float | None = None


class HeelReps:
    """Motion → HeelRep, for any cut. Armed at the start and by stillness, disarmed by steps."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._history = History(rate_hz)
        self._arming = Arming(rate_hz)
        self._set: _Set | None = None
        self._row = 0

    def feed(self, motion: Motion) -> list[HeelRep]:
        """The reps that these rows complete."""
        if len(motion) == 0:
            return []
        if self._history.end == 0:
            self._set = _Set(0, motion.up[0])
        self._history.append(motion)
        reps: list[HeelRep] = []
        for row, armed in self._arming.feed(motion):
            if armed:
                self._set = _Set(row - 1, self._history.up(row - 1, row)[0])
            elif self._set is not None:
                reps += self._follow(self._set, row)
                reps += self._end_set(self._set, row - round(self._rate_hz))
                self._set = None
            self._row = row
        if self._set is not None:
            reps += self._follow(self._set, self._arming.known_to)
        self._row = self._arming.known_to
        self._history.forget()
        return reps

    def finish(self) -> list[HeelRep]:
        """The rep that the end of the stream completes."""
        if self._set is None:
            return []
        end = self._history.end
        return self._follow(self._set, end) + self._end_set(self._set, end)

    # ---- following one set

    def _follow(self, s: _Set, end: int) -> list[HeelRep]:
        row = max(self._row, s.first_row)
        if s.side is None:
            up = self._history.up(row, end)
            away = np.arccos(np.clip(_dot(up, s.rest), -1.0, 1.0)) * DEG_PER_RAD
            first = int(np.argmax(away > SMALLEST_RANGE_DEG)) if away.shape[0] else 0
            if not away.shape[0] or away[first] <= SMALLEST_RANGE_DEG:
                return []
            s.side = _unit(up[first] - s.rest * _dot(up[first : first + 1], s.rest)[0])
            row = max(s.first_row, self._history.oldest(row + first))
        up = self._history.up(row, end)
        angle = np.arctan2(_dot(up, s.side), _dot(up, s.rest)) * DEG_PER_RAD
        reps = []
        for turn in s.tracker.feed(angle, row):
            reps += self._turned(s, turn)
        return reps

    def _end_set(self, s: _Set, end: int) -> list[HeelRep]:
        """Close a set: the furthest point so far counts as its last turn-around."""
        extreme = s.tracker.open_extreme()
        if extreme is None or not s.turns:
            return []
        row, value = extreme
        last = s.turns[-1]
        reps = []
        if last.index < row < end and abs(value - last.value) > TURN_DEG:
            reps = self._turned(s, Turn(row, value, not last.is_high, end - 1))
        if s.top_is_high is None and len(s.turns) > 2:
            s.top_is_high = s.evidence > 0.0
            reps += self._complete(s)
        return reps

    def _turned(self, s: _Set, turn: Turn) -> list[HeelRep]:
        s.turns.append(turn)
        if len(s.turns) < 2:
            return []
        if s.top_is_high is None:
            s.evidence += self._evidence(s)
            if len(s.turns) > 2 and abs(s.evidence) >= EVIDENCE_ENOUGH:
                s.top_is_high = s.evidence > 0.0
        reps = self._complete(s)
        if s.ranges:
            s.tracker.threshold = max(TURN_DEG, TURN_SHARE * float(np.median(s.ranges)))
        return reps

    def _evidence(self, s: _Set) -> float:
        """How strongly the last half says that the signal's highs are the top (positive) or the bottom."""
        first, last = s.turns[-2:]
        sign = 1.0 if last.is_high else -1.0
        seconds, rise_m = self._half(first, last)
        doubt_m = 0.001 + UNSTEADY_BIAS_M_S2 * seconds * seconds / 12.0
        votes = sign * float(np.clip(rise_m / doubt_m, -3.0, 3.0))
        if len(s.turns) > 2:
            before, _ = self._half(*s.turns[-3:-1])
            ratio = float(np.log2(before / seconds))
            votes += sign * float(np.clip(2.0 * (ratio - np.clip(ratio, -0.6, 0.6)), -3.0, 3.0))
        return votes

    def _half(self, first: Turn, last: Turn) -> tuple[float, float]:
        """Duration (s) of the movement between two turns, and how far the sensor rose in it (m)."""
        a = max(first.index, self._history.oldest(last.index))
        b = last.index + 1
        up = self._history.up(a, b)
        level = _dot(up, _unit(up[-1] - up[0]))
        low, high = level[0], level[-1]
        moving = np.flatnonzero(
            (level > low + LEVEL_SHARE * (high - low)) & (level < high - LEVEL_SHARE * (high - low))
        )
        if moving.shape[0] < 2:
            return 1.0 / self._rate_hz, 0.0
        margin = round(0.25 * (moving[-1] - moving[0])) + 1
        i, j = max(a + int(moving[0]) - margin, 0), a + int(moving[-1]) + margin + 1
        acc, up = self._history.acc_m_s2(i, j), self._history.up(i, j)
        vertical = acc[:, 0] * up[:, 0] + acc[:, 1] * up[:, 1] + acc[:, 2] * up[:, 2] - STANDARD_GRAVITY_M_S2
        speed = np.cumsum(vertical) / self._rate_hz
        # Still at both ends: what is left of the speed is the sensor's bias.
        speed -= np.linspace(0.0, 1.0, speed.shape[0]) * speed[-1]
        return (int(moving[-1]) - int(moving[0])) / self._rate_hz, float(speed.sum() / self._rate_hz)

    # ---- completing reps

    def _complete(self, s: _Set) -> list[HeelRep]:
        """Reps for the lowerings among the turns that have not been looked at."""
        if s.top_is_high is None:
            return []
        reps = []
        for k in range(max(s.done, 1), len(s.turns)):
            if s.turns[k].is_high != s.top_is_high:
                rep = self._rep(s, k)
                if rep is not None:
                    reps.append(rep)
                    s.ranges.append(rep.range_deg)
                    s.next_raise_s = rep.next_raise_s
        s.done = len(s.turns)
        return reps

    def _rep(self, s: _Set, k: int) -> HeelRep | None:
        top, bottom = s.turns[k - 1], s.turns[k]
        start = s.turns[k - 2] if k >= 2 else None
        oldest = self._history.oldest(bottom.confirmed_index)
        before = max(oldest, s.first_row, (start or top).index - round(self._rate_hz))
        end = bottom.confirmed_index + 1
        if top.index < before:
            return None
        up = self._history.up(before, end)
        seen = slice(
            (start or top).index - before if (start or top).index > before else 0, bottom.index - before + 1
        )
        angle, out_of_plane = _angle_deg(up, seen)
        t = self._history.t_s(before, end)
        it, ib = top.index - before, bottom.index - before
        if angle[it] < angle[ib]:
            angle = -angle
        span = angle[it] - angle[ib]
        smallest = max(SMALLEST_RANGE_DEG, SMALLEST_SHARE * float(np.median(s.ranges)) if s.ranges else 0.0)
        if not smallest <= span <= LARGEST_RANGE_DEG or out_of_plane > OUT_OF_PLANE_SHARE * span:
            return None
        gap = self._history.has_gap(before + seen.start, before + seen.stop)
        i_start = start.index - before if start is not None and start.index >= before else None
        rep = _phases(t, angle, i_start, it, ib, s.next_raise_s, gap)
        return None if rep is None or self._rough(rep, before, end) else rep

    def _rough(self, rep: HeelRep, first: int, end: int) -> bool:
        """Whether the foot was stepping rather than turning about its toes."""
        t, acc = self._history.t_s(first, end), self._history.acc_m_s2(first, end)
        size = np.sqrt(_dot(acc * acc, np.ones(3)))
        spans = [(rep.lower_start_s, rep.lower_end_s, 0.3, ROUGH_LOWERING_M_S2)]
        if rep.raise_start_s is not None and rep.top_start_s is not None:
            spans.append((rep.raise_start_s, rep.top_start_s, 0.0, ROUGH_RAISE_M_S2))
        for start_s, end_s, after_s, most in spans:
            seconds = max(end_s - start_s, SHORTEST_LOWERING_S)
            # A minimum-jerk turn by this angle on this lever: RMS 4.14 d / T².
            own = 4.14 * LEVER_M * rep.range_deg / DEG_PER_RAD / seconds**2
            during = size[(t > start_s - 0.1) & (t < end_s + after_s)]
            if during.shape[0] and float(during.std()) > min(most, own + SHAKE_M_S2):
                return True
        return rep.lower_end_s - rep.lower_start_s < SHORTEST_LOWERING_S


def _phases(
    t: FloatArray, angle: FloatArray, i_start: int | None, it: int, ib: int, raise_start: float | None, gap: bool
) -> HeelRep | None:
    """Fit the edges of one rep. `angle` (n,) degrees, high at the top; rows of the three turn-arounds."""
    top, bottom = angle[it], angle[ib]
    span = top - bottom
    top_start: float | None = None
    i_top = it
    if i_start is not None:
        base, rise = angle[i_start], top - angle[i_start]
        if rise >= 0.3 * span:
            up10 = _last(angle[i_start:it] <= base + LEVEL_SHARE * rise) + i_start
            up90 = _first(angle[up10 : it + 1] >= top - LEVEL_SHARE * rise) + up10
            up50 = _first(angle[up10 : it + 1] >= base + 0.5 * rise) + up10
            if (t[up90] - t[up10]) > LONGEST_RAISE_S:
                return None
            width = max(up90 - up10, 3)
            if raise_start is None:
                w = slice(max(up10 - 2 * width, 0), up50 + 1)
                raise_start = leaves_plateau_s(t[w], angle[w]) if up50 - w.start > 3 else float(t[up10])
            down90 = _last(angle[it : ib + 1] >= top - LEVEL_SHARE * span) + it
            w = slice(up50, min(up90 + 2 * width, max(down90, up90 + 2)) + 1)
            top_start = reaches_plateau_s(t[w], angle[w])
            i_top = min(int(np.searchsorted(t, top_start)), it)
        else:
            raise_start = None
    down90 = _last(angle[it : ib + 1] >= top - LEVEL_SHARE * span) + it
    down65 = _first(angle[down90 : ib + 1] <= top - 0.35 * span) + down90
    down35 = _first(angle[down65 : ib + 1] <= bottom + 0.35 * span) + down65
    down10 = _first(angle[down35 : ib + 1] <= bottom + LEVEL_SHARE * span) + down35
    w = slice(max(i_top, 2 * down90 - down65 - 5, 0), down65 + 1)
    lower_start = max(leaves_plateau_s(t[w], -angle[w]), top_start or t[0])
    up_again = _last(angle[ib:] <= bottom + LEVEL_SHARE * span) + ib
    w = slice(down35, min(up_again, 2 * down10 - down35 + 5) + 1)
    lower_end = reaches_plateau_s(t[w], -angle[w])
    next_raise = None
    if angle[-1] - bottom > 0.5 * TURN_DEG:
        i = int(np.searchsorted(t, lower_end))
        i = max(min(i, t.shape[0] - 5), 0)
        next_raise = max(leaves_plateau_s(t[i:], angle[i:]), lower_end)
    if lower_end <= lower_start:
        return None
    inside = (t >= lower_start) & (t <= lower_end)
    travelled = (top - angle[inside]) / span
    elapsed = (t[inside] - lower_start) / (lower_end - lower_start)
    lead = float(np.max(travelled - elapsed, initial=0.0))
    return HeelRep(raise_start, top_start, lower_start, lower_end, next_raise, float(span), lead, gap)


def _angle_deg(up: FloatArray, seen: slice) -> tuple[FloatArray, float]:
    """Angle (n,) in the plane in which `up` (n, 3) swings over `seen`, and how far it leaves that plane (deg)."""
    arc = up[seen]
    middle = _unit(arc.sum(axis=0))
    away = arc - middle
    along = _unit(np.linalg.eigh(away.T @ away)[1][:, -1])
    along = _unit(along - middle * float(along @ middle))
    normal = np.cross(middle, along)
    angle = np.arctan2(_dot(up, along), _dot(up, middle)) * DEG_PER_RAD
    out = np.abs(np.arcsin(np.clip(_dot(arc, normal), -1.0, 1.0))) * DEG_PER_RAD
    return angle, float(out.max())


def _dot(rows: FloatArray, v: FloatArray) -> FloatArray:
    return rows[:, 0] * v[0] + rows[:, 1] * v[1] + rows[:, 2] * v[2]


def _unit(v: FloatArray) -> FloatArray:
    length = float(np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]))
    return v / (length or 1.0)


def _first(flags: np.ndarray) -> int:
    return int(np.argmax(flags)) if flags.any() else flags.shape[0] - 1


def _last(flags: np.ndarray) -> int:
    return flags.shape[0] - 1 - int(np.argmax(flags[::-1])) if flags.any() else 0
