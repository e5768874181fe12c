"""Squats from a sensor on the trunk, which may hardly lean, and may be lowered so slowly that its speed shows nothing.

A rep may be over when the trunk has leant and is upright again, or when it has risen and is still again. Whether it is,
and when it began, is then seen from the stand before to this one (`trunk_phases`): between two stands the sensor's
errors are known so well that a sink of centimetres is.
"""

import math
from bisect import bisect
from dataclasses import dataclass, replace
from operator import attrgetter
from statistics import median

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import REST_S, STILL_ACC_M_S2, STRIDES_S
from athena_sense.dsp.grid import BRIDGED_S
from athena_sense.dsp.motion import Motion
from athena_sense.dsp.unturned import Unturned
from athena_sense.reps.arc import length, unit
from athena_sense.reps.arming import Arming
from athena_sense.reps.down_and_up import SHORTEST_ROWS
from athena_sense.reps.history import LOOK_BACK_S, History
from athena_sense.reps.squat_phases import QUICK_S, SquatRep
from athena_sense.reps.strides import WALK_S, is_quick
from athena_sense.reps.tilting import angle_deg, apart_deg
from athena_sense.reps.travel import Errors, one_way_m, upward_m_s2
from athena_sense.reps.trunk_phases import CLEAR, SMALLEST_M, STALE_FELT_S, STALE_S, Stretch, TrunkRep, measure_trunk
from athena_sense.reps.trunk_watch import FLAT_S, Watch, watch
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

USUAL_SHARE = 0.3
"""Less than this share of the usual way is no squat among squats."""
REMEMBERED = 9
"""The usual is the median of so many reps: it follows a tiring athlete."""
LONGEST_S = 25.0
"""A slow lowering, a hold and a raise, and standing before it; whoever stands for longer begins afresh."""
STILL_BEFORE_S = 0.5
"""Stillness is known after so long, a rest after longer."""
STANDING_M_S2 = 0.01
"""How uncertain the error of an upward acceleration is where somebody has stood before: to within two degrees, by which
a bias of 30 mg across comes in."""
MOVES_M_S2 = 0.1
"""Where it changes by more within half a second nobody stands: sway is a tenth of it …"""
MOVING_M_S2 = 1.0
"""… and this is the same where a stream begins with a movement."""
STOOD_S, STOOD_M_S = 0.4, 0.05
"""Whoever stands still for so long gains no more speed than this; a walker lifts and sinks with every step, twice a
second, by 0.2 m/s and more."""
STEP_M, ANOTHER_SHARE = 0.1, 0.3
"""No step lets a trunk sink so far and rise again: it bobs by 2 to 5 cm, and a stair, 0.17 m, is one way. Who goes so
far, and within this share as far as usual, does another squat, however it jolts."""
BACK_DEG, FURTHER = 1.5, 2.0
"""A trunk that turns the other way than usual by more than it stands otherwise each time (`AGAIN_DEG`), and not further
than parts of a rep may (how far it leans is known to half of that), rose from one squat and goes into the next."""
SHIFTED_DEG = 6.0
"""Who shifts his weight leans by 4°, and hips that go 3 cm aside and back within a second speed up by a third of a m/s²
on the way, which looks like 2° more to an accelerometer alone."""
QUICK_RAISE_S = 0.5 * QUICK_S
"""When a lowering began shows little of it without a gyroscope; a raise is half of a rep."""
LOOK_S = 10.0
"""So much is watched in one go: what lies behind a rep is looked at again, from its stand."""
HOLE_S = 0.08
"""What is lost in a shorter hole is less than the speed of a body that stands."""
MOST_STANDS = 4
"""Whoever rests does so standing, at the bottom of a squat, or somewhere else; what it was shows when a rep is over."""
SAME_DEG = 3.0
"""Whoever rests within this angle of another stand stands again …"""
SAME_M = 0.03
"""… unless lower than this …"""
SOON_S = 2.0
"""… or so soon that it may be the first of a slow lowering, unless the other is known less well."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stand:
    """A stand, or what may be one, since row `first` at least: row, posture (3,), the errors that showed there, and
    what was since."""

    first: int
    row: int
    posture: FloatArray
    errors: Errors
    watch: Watch


class TrunkSquats:
    """Motion → SquatRep, for any cut. Armed at the start and by stillness, disarmed by steps."""

    def __init__(self, rate_hz: float, has_gyroscope: bool) -> None:
        self._rate_hz, self._turns = rate_hz, has_gyroscope
        self._history = History(rate_hz, Unturned() if has_gyroscope else None)
        self._arming = Arming(rate_hz, large_movement=True)
        self._at_first = round(STILL_BEFORE_S * rate_hz)
        self._began = False
        self._row = 0
        self._stands: list[_Stand] = []
        self._ways_m: list[float] = []
        self._leants: list[FloatArray] = []
        self._errors = Errors(0.0, STANDING_M_S2)
        self._end_s = -np.inf
        self._walks: list[tuple[float, float]] = []
        self._sampled_s = np.inf
        self._holes: list[tuple[float, float]] = []
        self._waiting: list[tuple[SquatRep, int, bool]] = []
        self._settling: int | None = None
        """Row at which it is looked once more whether somebody stands."""

    def feed(self, motion: Motion, t_s: FloatArray) -> list[SquatRep]:
        """The reps that these rows complete; `t_s` (n,): when there were samples."""
        self._holes += self._missing(t_s)
        if len(motion) == 0:
            return []
        self._history.append(motion)
        if not self._began and self._history.end > self._at_first:
            self._began = True
            self._stands = [replace(self._stand_at(self._at_first, STILL_BEFORE_S), first=0)]
        reps: list[SquatRep] = []
        for row, to in self._arming.feed(motion):
            reps += self._settle(row)
            reps += self._follow(row)
            if to == "disarmed":
                self._settling = None
                self._leants = []
                self._walks.append((float(self._history.t_s(row - 1, row)[0]) - STRIDES_S, np.inf))
            elif row >= REST_S * self._rate_hz:  # a stream that has just begun seems to rest
                self._stops(row)
                self._rest(row - 1, STILL_BEFORE_S if to == "armed" else 2.0 * STILL_BEFORE_S)
        reps += self._settle(self._arming.known_to)
        reps += self._follow(self._arming.known_to)
        self._history.forget()
        return reps

    def finish(self) -> list[SquatRep]:
        """The rep that the end of the stream completes."""
        reps = self._follow(self._history.end)
        for stand in self._stands:
            found = self._measured(stand, self._history.end - 1) if stand.watch.moved else None
            if found is not None:
                self._found(found, self._history.end - 1)
                break
        return reps + [rep for rep, _, _ in self._waiting]

    def _missing(self, t_s: FloatArray) -> list[tuple[float, float]]:
        """The holes that come with these samples."""
        if t_s.shape[0] == 0:
            return []
        lengths_s = np.diff(t_s, prepend=self._sampled_s)
        self._sampled_s = float(t_s[-1])
        self._holes = [hole for hole in self._holes if hole[0] > t_s[0] - LOOK_BACK_S]
        return [
            (float(t_s[k] - 0.5 * lengths_s[k]), float(lengths_s[k]))
            for k in np.flatnonzero((lengths_s > HOLE_S) & (lengths_s <= BRIDGED_S))
        ]

    # ---- where standing is

    def _stand_at(self, row: int, still_s: float, errors: Errors | None = None) -> _Stand:
        """A stand at `row`, after so long a stillness; what shows there is the sensor's error, if it is not known."""
        first = max(row - round(still_s * self._rate_hz), 0)
        up = self._history.up(first, row + 1)
        posture = unit(np.add.reduce(up, axis=0))
        if errors is None:
            acc, known = self._history.acc_m_s2(first, row + 1), self._errors
            changed = _changed_m_s2(upward_m_s2(acc, up))
            still = changed < STILL_ACC_M_S2
            standing = (_standing_m_s2(acc), max(STANDING_M_S2, changed)) if still else (0.0, MOVING_M_S2)
            errors = Errors(*standing, known.turning, known.turning_doubt)
        # A short stillness may be the first of a lowering: nothing moves at its last row.
        since = first if still_s != STILL_BEFORE_S else row
        watch = Watch(self._rate_hz, self._row, errors.standing_doubt, self._turns)
        return _Stand(since, row, posture, errors, watch)

    def _settle(self, end: int) -> list[SquatRep]:
        """Whoever still moved when a stillness was told, as at the end of a walk, may stand half a second later: the
        reps up to there, where that is before row `end`."""
        row = self._settling
        if row is None or row >= end:
            return []
        reps = self._follow(row)
        up = self._history.up(row - self._at_first, row + 1)
        if apart_deg(up[0], up[-1]) < SAME_DEG:
            self._rest(row, STILL_BEFORE_S)
        self._settling = None
        return reps

    def _is_walking(self) -> bool:
        return bool(self._walks) and self._walks[-1][1] == np.inf

    def _stops(self, row: int) -> None:
        """Whoever walked stands by `row`."""
        if self._is_walking():
            walk = self._walks[-1][0], float(self._history.t_s(row - 1, row)[0])
            self._walks = [*self._walks[1 - REMEMBERED : -1], walk]

    def _rest(self, row: int, still_s: float) -> None:
        """Stillness by `row`: standing afresh, the bottom of a squat, or another posture."""
        new = self._stand_at(row, still_s)
        oldest = row - round(LONGEST_S * self._rate_hz)
        kept = [stand for stand in self._stands if stand.row >= oldest]
        same = [stand for stand in kept if self._is_same(stand, new)]
        best = min([new, *same], key=lambda stand: stand.errors.standing_doubt)
        new = replace(new, errors=best.errors)
        if kept and new.errors.standing_doubt > MOVES_M_S2:
            self._settling = row + self._at_first
            return
        # A slow lowering may seem to rest more than once: the first stand since the last walk stays the first.
        walked_s = self._walks[-1][0] if self._walks else -np.inf
        surest = [stand for stand in kept if float(self._history.t_s(stand.row, stand.row + 1)[0]) >= walked_s][:1]
        others = [stand for stand in kept if stand not in same + surest]
        while len(others) + len(surest) >= MOST_STANDS:
            # Of two that follow one another most closely one tells hardly more than the other.
            between = np.diff([stand.row for stand in (*others, new)])
            del others[int(between.argmin())]
        self._stands = sorted((*others, *surest, new), key=attrgetter("row"))

    def _is_same(self, stand: _Stand, new: _Stand) -> bool:
        """Whether who stood at one stand stands so again at a later one."""
        first, end = stand.row, new.first
        if apart_deg(stand.posture, new.posture) > SAME_DEG:
            return False
        if end - first < SOON_S * self._rate_hz:
            return stand.errors.standing_doubt > new.errors.standing_doubt
        t_s, acc, up = (of(first, end) for of in (self._history.t_s, self._history.acc_m_s2, self._history.up))
        return one_way_m(t_s, acc, up) > -SAME_M

    # ---- following

    def _follow(self, end: int) -> list[SquatRep]:
        """The reps that the rows up to `end` complete."""
        if not self._began:
            return []
        told: list[SquatRep] = []
        while self._stands and self._row < end:
            self._watch(end)
            ahead = [stand.watch.ahead for stand in self._stands]
            at, number = min(((found[0][0], -number) for number, found in enumerate(ahead) if found), default=(end, 0))
            if at >= end:
                break
            found = self._over(self._stands[-number], ahead[-number].popleft()[1])
            if found is not None:
                told += self._told(at)
                self._found(*found)
        self._row = max(self._row, end)
        return told + self._told(end)

    def _watch(self, end: int) -> None:
        """See what may be over in rows up to `end`, and in some that follow: numpy is slow through a few."""
        while (row := min(stand.watch.row for stand in self._stands)) < end:
            late = [stand for stand in self._stands if stand.watch.row == row]
            others = [stand.watch.row for stand in self._stands if stand.watch.row > row]
            # Watches that are at one row go on together.
            to = min([row + round(LOOK_S * self._rate_hz), self._history.end, *others])
            up = self._history.up(row, to)
            upward = upward_m_s2(self._history.acc_m_s2(row, to), up)
            tilt_deg = angle_deg(up, np.array([[stand.posture] for stand in late]))
            standing_m_s2 = np.array([[stand.errors.standing] for stand in late])
            watch([stand.watch for stand in late], tilt_deg, (upward - standing_m_s2) / self._rate_hz)

    def _over(self, stand: _Stand, ends: tuple[int, ...]) -> tuple[TrunkRep, int] | None:
        """The rep from a stand to one of these rows, and which that is."""
        tried = ((self._measured(stand, last), last) for last in ends)
        found = [(rep, last) for rep, last in tried if rep is not None]
        if not found:
            return None
        rep, last = min(found, key=lambda one: one[0].misfit)
        first = self._stands[0]
        # A slow lowering may seem to rest on its way: who stood before it goes further.
        other = None if first is stand else self._measured(first, last, _surely_m(rep))
        return other or rep, last

    def _measured(self, stand: _Stand, last: int, least_m: float = -np.inf) -> TrunkRep | None:
        """The rep from a stand to row `last`, where it is one, goes further than the least (m), and is no step."""
        history = self._history
        end = last + 1
        first = max(stand.first, history.oldest(end), last - round(LONGEST_S * self._rate_hz))
        t_s, gap = history.t_s(first, end), history.has_gap(first, end)
        if gap:
            first += int(t_s.searchsorted(t_s[-1] - LONGEST_S))
            t_s, gap = history.t_s(first, end), history.has_gap(first, end)
        if last - first < 2 * SHORTEST_ROWS:
            return None
        seen = Stretch(
            rate_hz=self._rate_hz,
            t_s=t_s,
            acc_m_s2=history.acc_m_s2(first, end),
            up=history.up(first, end),
            unturned=history.unturned(first, end),
            gap=gap,
            holes=self._holes[bisect(self._holes, (t_s[0],)) : bisect(self._holes, (t_s[-1],))],
        )
        found = measure_trunk(seen, stand.errors, self._end_s, least_m)
        if found is None or self._is_shift(found.rep) or self._is_between(found):
            return None
        walked = any(from_s < found.rep.lower_start_s < to_s for from_s, to_s in self._walks)
        return None if walked and not self._is_no_step(found.rep) else found

    def _is_shift(self, rep: SquatRep) -> bool:
        """Whether it is much smaller than the reps before it, or where none are known and an accelerometer alone tells
        of a lean, no larger than a shift of the weight; across a gap no way is known."""
        if rep.interrupted:
            return False
        if not self._ways_m:
            return not self._turns and rep.lean_deg < SHIFTED_DEG and rep.travel_m < SMALLEST_M
        return rep.travel_m + rep.travel_doubt_m < USUAL_SHARE * median(self._ways_m)

    def _is_between(self, found: TrunkRep) -> bool:
        """Whether it is what lies between two reps: the trunk turns the other way."""
        if not self._leants or found.rep.interrupted or self._is_no_step(found.rep):
            return False
        usual = np.mean(self._leants, axis=0)
        size = float(length(usual[None])[0])
        return -FURTHER * size < float(found.leant @ usual) / size < -BACK_DEG * RAD_PER_DEG

    def _is_another(self, rep: SquatRep) -> bool:
        """Whether a rep goes as far as those before it, and further than steps take a trunk."""
        known = bool(self._ways_m) and not rep.interrupted
        far = rep.travel_m > max(STEP_M, CLEAR * rep.travel_doubt_m)
        return known and far and abs(rep.travel_m / median(self._ways_m) - 1.0) < ANOTHER_SHARE

    def _is_no_step(self, rep: SquatRep) -> bool:
        """Whether a rep goes surely further than any step takes a trunk, or as far as those before it."""
        deep = not rep.interrupted and rep.travel_m - CLEAR * rep.travel_doubt_m > STEP_M
        return deep or self._is_another(rep)

    def _is_quick(self, rep: SquatRep) -> bool:
        """Whether a rep was as quick as a stride may be, as far as that shows."""
        return is_quick(rep) or (not self._turns and rep.raise_end_s - rep.raise_start_s < QUICK_RAISE_S)

    def _found(self, found: TrunkRep, last: int) -> None:
        """A rep that is known by row `last`: to be followed from a row on at which whoever did it stands."""
        may_be_step = self._is_quick(found.rep) and not self._is_no_step(found.rep)
        if not found.rep.interrupted:
            self._ways_m = [*self._ways_m[1 - REMEMBERED :], found.rep.travel_m]
            self._leants = [*self._leants[1 - REMEMBERED :], found.leant]
        self._end_s = found.rep.raise_end_s
        self._walks = self._walks if is_quick(found.rep) else []
        self._errors = found.errors
        row = self._stood(found.rep.raise_end_s, last)
        self._row = row + 1
        stand = self._stand_at(row, FLAT_S, found.errors)
        if not self._turns:
            # Who stops a quick rise is sped up to and fro: where up is tells the inclination of the whole rep.
            stand = replace(stand, posture=found.upright)
        t_s = self._history.t_s(stand.first, row)
        # Whoever has just risen stands from then on.
        self._stands = [replace(stand, first=stand.first + int(t_s.searchsorted(found.rep.raise_end_s)))]
        self._waiting.append((found.rep, last, may_be_step))

    def _stood(self, end_s: float, last: int) -> int:
        """The row at which whoever has risen by `end_s` (s) stands, known by row `last`: if that was some time ago, he
        may do the next already."""
        first = max(last - round(STALE_FELT_S * self._rate_hz), 0)
        t_s = self._history.t_s(first, last + 1)
        return last if t_s[-1] - end_s <= STALE_S else first + int(t_s.searchsorted(end_s + FLAT_S))

    def _told(self, end: int) -> list[SquatRep]:
        """The reps that are certain by row `end`, in order; those that were steps are dropped."""
        told: list[SquatRep] = []
        while self._waiting:
            _, last, may_be_step = self._waiting[0]
            passed_s = (end - last) / self._rate_hz
            if may_be_step and not (passed_s > STOOD_S and self._stands_still(last)):
                if self._is_walking() and passed_s > STOOD_S:
                    self._waiting.pop(0)
                    continue
                if passed_s <= WALK_S:
                    break
            told.append(self._waiting.pop(0)[0])
        return told

    def _stands_still(self, row: int) -> bool:
        """Whether nobody moves up or down from a row on, for `STOOD_S`."""
        end = row + round(STOOD_S * self._rate_hz)
        upward = upward_m_s2(self._history.acc_m_s2(row, end), self._history.up(row, end))
        return bool(np.ptp(np.cumsum(upward - upward.mean())) / self._rate_hz < STOOD_M_S)


def _surely_m(found: TrunkRep) -> float:
    """How far a rep went at least (m)."""
    return found.rep.travel_m - found.rep.travel_doubt_m


def _standing_m_s2(acc_m_s2: FloatArray) -> float:
    """A sensor's error upwards where a body stands: the mean force (n, 3) is gravity alone there, wherever up seems to
    be; after a walk that is off by degrees."""
    total = np.add.reduce(acc_m_s2, axis=0)
    return math.sqrt(float(np.dot(total, total))) / len(acc_m_s2) - STANDARD_GRAVITY_M_S2


def _changed_m_s2(upward: FloatArray) -> float:
    """By how much an acceleration (n,) is another in its second half."""
    halves = upward[: upward.shape[0] // 2], upward[upward.shape[0] // 2 :]
    before, after = (float(np.add.reduce(half) / half.shape[0]) for half in halves)
    return abs(before - after)
