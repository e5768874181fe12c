"""Lifts of a leg that hangs or stands, out and back, and the foot's touches of the floor between them."""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import component, length, unit
from athena_sense.reps.edges import in_a_row
from athena_sense.reps.excursions import SETTLED_S, Excursion, Excursions
from athena_sense.reps.history import History, InBlocks
from athena_sense.reps.jolts import Jolts
from athena_sense.reps.out_and_back import OutAndBack, find_instants
from athena_sense.reps.stances import Stances, Ticks
from athena_sense.reps.tilting import angle_deg
from athena_sense.reps.weighing import HANG_S, angle_by_weight, centred_angle, from_where_it_hung_deg, is_seen
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

SMALLEST_DEG = 15.0
"""A leg that hangs while its owner balances swings by a few degrees; over a hurdle at knee height it turns by 30°."""
SMALLEST_BY_WEIGHT_DEG = 25.0
"""Weight shows a tenth of gravity less there. What an accelerometer's bias (40 mg), and a leg that does not come quite
to rest, change of it looks like 20°."""
LARGEST_DEG = 150.0
SMALLEST_SHARE = 0.35
"""Less than this share of the usual lift is balancing, or the foot moved aside."""
SHORTEST_S = 0.4
"""Above half of its height for less is a kick, or a step: up and over a hurdle takes a second or more."""
QUICKEST_S = 0.9
"""Up and over a hurdle and back takes a second or more, of which the ends may be off by a tenth. Less is a step."""
MOVED_S = 6.0
"""A leg kept out for longer is no rep: whoever holds it there has sat down, or the sensor sits otherwise now."""
LOW_SHARE = 0.35
"""A touch happens where the leg is down: below this share of the lift. What knocks higher up is the hurdle."""
TOUCH_M_S2 = 0.3
"""A foot set down as softly as can be pushes along its shank by 0.2 g for 30 ms, of which 0.6 m/s² are left above
10 Hz; of a leg that swings back without a touch 0.15 m/s² at most, trembling included, …"""
OWN_TIMES = 4.0
"""… and so many times what the leg's own movement leaves there, while it is up, …"""
PULL_SHARE, PULL_S = 0.03, 0.2
"""… and so much of what pulls along the leg (less gravity) within so long, half of a quick stroke: one of 0.4 s and 90°
pulls by 5 g at the foot, and leaves up to 1.6 % of its peak above 10 Hz; the means of a grid show less of the peak."""
ALONG_SHARE = 0.5
"""The floor pushes along a leg that stands on it, or within its friction cone (45°) and the leg's own slant; a leg that
stops hard is sped up across itself."""
ROUGH_M_S2 = 0.35
"""Half of the time, a walking leg jolts by more while it is out (in a pocket: 0.4–1.0; heel strikes, ringing cloth); a
leg lifted over a hurdle by 0.1, on a foot by 0.2."""
STEP_M_S2, STEP_S = 0.7, 1.6
"""RMS of the jolts of one step, heel strike included (shank: 1.8 g and more, 0.7 and up after a second's mean), and the
longest that one takes (slow walking: 1.5 s a stride). Quick lifts reach 0.5."""
SLOW_HZ, SLOW_SHARE = 75.0, 0.6
"""A strike is short: a sensor of 50 Hz hears it from 10 to 20 Hz, one of 100 Hz up to 40, so √(10 / 30) of its RMS."""
QUIET_SHARE = 0.25
"""Less than this share of a step's energy (a strike half as hard) holds none: a lift is quiet but for its end."""
STOOD_S = 0.5
"""A foot that is set down by a step takes the weight, and gives it up again, before it is lifted over a hurdle."""
SET_DOWN_S = 0.2
"""For so long a foot set down is heard after the end of a lift that weight shows, that end's own doubt included."""
ONE_TOUCH_S = 0.6
"""Toes, heel and the other edge of one foot set down once; a foot lifted and set down again takes longer."""
SWING_S, SWING_SETTLED_S = 0.76, 0.1
"""Without a gyroscope a lift is followed by the mean weight along the leg over so long, which is settled by itself.
A leg that turns at ω about the hip pulls a sensor at a distance l outwards by l·ω², twice in a lift; of gravity,
g·cos θ lies along it, less once in a lift. At the foot (l = 0.9 m) the pull outgrows gravity in lifts of a second each
way: a dip over the hurdle then looks like coming back. In a lift of 1.6 s this mean leaves two thirds of what comes
once and a twentieth of what comes twice."""
TOP_S = 0.2
"""At its height, where nothing pulls, weight tells how far the leg went: the mean of so long, for it trembles."""
ONSET_S = 0.1
"""How far the instant at which a lift leaves may be off."""
LOOK_ROWS = 128
"""So many rows are followed in one go."""
NEVER = 1 << 62
"""No stream has so many rows."""


@dataclass(frozen=True, slots=True)
class LegLift:
    """One lift: its instants, how far the segment turned from how it hung (deg; None where a gyroscope is needed), the
    touches since the lift before (s), and whether samples are missing since then (`torn`) or inside."""

    instants: OutAndBack
    range_deg: float | None
    touches_s: tuple[float, ...]
    torn: bool
    interrupted: bool


class LegLifts:
    """Motion and samples → LegLift, for any cut. Armed by a stance."""

    def __init__(self, rate_hz: float, sample_rate_hz: float, *, has_gyroscope: bool) -> None:
        self._rate_hz, self._has_gyroscope = rate_hz, has_gyroscope
        self._lag = 0 if has_gyroscope else round(0.5 * SWING_S * rate_hz)
        self._history = History(rate_hz)
        self._stances = Stances(rate_hz)
        self._jolts = Jolts(sample_rate_hz)
        # Without a gyroscope motion comes later than jolts do.
        unheard_s = self._jolts.delay_s + 1.0 / self._jolts.rate_hz if has_gyroscope else 0.0
        self._unheard_rows = int(np.ceil(unheard_s * rate_hz))
        self._owed: Excursion | None = None
        self._due_row = NEVER
        """An excursion that is judged as late as that."""
        self._smallest_deg = SMALLEST_DEG if has_gyroscope else SMALLEST_BY_WEIGHT_DEG
        # A mean over `SWING_S` shows nothing shorter anyway.
        self._shortest_s = SHORTEST_S if has_gyroscope else 0.0
        self._step_m_s2 = SLOW_SHARE * STEP_M_S2 if sample_rate_hz < SLOW_HZ else STEP_M_S2
        self._moves = Excursions(rate_hz, SMALLEST_DEG, settled_s=SETTLED_S if has_gyroscope else SWING_SETTLED_S)
        self._stance: FloatArray | None = None
        self._weight = np.array([0.0, 0.0, 1.0])
        self._quiet_ticks = 0
        self._seems: InBlocks | None = None
        """Angle of what seems to be up from the stance (deg), and …"""
        self._angles: InBlocks | None = None
        """… the one by which lifts are followed."""
        self._last: tuple[int, int, float] | None = None
        self._stepped_s = float("-inf")
        """When the last step ended, for an accelerometer alone."""

    def feed(self, samples: SampleBatch, motion: Motion) -> list[LegLift]:
        """The lifts that these rows complete."""
        self._jolts.feed(samples)
        if len(motion) == 0:
            return []
        self._history.append(motion)
        found = self._seen(self._stances.feed(motion))
        self._history.forget()
        self._jolts.forget()
        return found

    def finish(self) -> list[LegLift]:
        """Nothing is owed: a lift that did not come back is none."""
        return []

    def _seen(self, ticks: Ticks) -> list[LegLift]:
        run = in_a_row(ticks.quiet, self._quiet_ticks)
        self._quiet_ticks = int(run[-1]) if run.shape[0] else self._quiet_ticks
        quiet = np.flatnonzero(ticks.quiet).tolist()
        kept = np.flatnonzero(run * ticks.rows > MOVED_S * self._rate_hz).tolist()
        ended = np.flatnonzero(ticks.quiet & ~np.append(ticks.quiet[1:], False)).tolist()
        begin, rows, count, end_row = ticks.first_row, ticks.rows, ticks.quiet.shape[0], ticks.end_row
        row, found = begin, []
        while row < end_row:
            out, tick = self._moves.out, (row - begin) // rows
            stop = _next(kept if out else quiet, tick, count)
            # Nothing begins while it is quiet.
            limit = min(begin + (stop + (1 if out else 0)) * rows, end_row)
            row, excursion = self._follow(row, min(limit, self._due_row))
            if excursion is not None or row >= self._due_row:
                found += self._told(row, excursion)
            if excursion is None and row >= limit and self._moves.out == out and stop < count:
                last = stop if out else _next(ended, stop, count)
                self._stand(ticks.posture[last], ticks.level[last] / ticks.weight_m_s2[last])
                row = begin + (last + 1) * rows
        return found

    def _told(self, row: int, ended: Excursion | None) -> list[LegLift]:
        """The lifts that are told at a row, at which one is due, or an excursion has ended."""
        due = [] if self._owed is None else [self._owed]
        self._owed, self._due_row = None, NEVER
        if ended is not None and not (self._has_gyroscope and self._is_stride(ended)):
            # Where it may be a step, its end is to be heard first.
            is_short = ended.end_row - ended.start_row < STEP_S * self._rate_hz
            due_row = max(ended.known_row, ended.end_row + self._unheard_rows if is_short else 0) + 1
            if row < due_row:
                self._owed, self._due_row = ended, due_row
            else:
                due.append(ended)
        return [lift for one in due if (lift := self._lift(one)) is not None]

    def _follow(self, row: int, limit: int) -> tuple[int, Excursion | None]:
        """The row up to which the rows before `limit` were followed, and the excursion that ended there."""
        while self._angles is not None and row < limit:
            until = min(row + LOOK_ROWS, limit)
            values = self._angles.rows(row, until).tolist()
            while row < until:
                row, found = self._moves.follow(row, values[row - until :])
                if found is not None:
                    return row, found
        return max(row, limit), None

    def _stand(self, stance: FloatArray, weight: FloatArray) -> None:
        """Lifts are measured from this stance from now on."""
        self._stance, self._weight = stance, weight
        self._seems = InBlocks(self._history, lambda first, end: angle_deg(self._history.up(first, end), stance))
        self._angles = self._seems if self._has_gyroscope else InBlocks(self._history, self._weighed)
        self._moves.restart()

    def _weighed(self, row: int, end: int) -> FloatArray:
        """Angle from the stance (deg), by weight, as it was `_lag` rows before each of a stretch of rows."""
        first = max(row - 2 * self._lag, 0)
        return angle_by_weight(self._history.acc_m_s2(first, end), self._weight, 2 * self._lag + 1)[row - first :]

    def _turned(self, first: int, end: int, start: int) -> tuple[FloatArray, FloatArray]:
        """Two angles (n,) deg of rows `first` to `end` from where the leg hung, at row `start` of them: one that tells
        when it left and came back, and one that tells how far it went.
        """
        if self._has_gyroscope:
            up = self._history.up(first, end)
            turned = angle_deg(up, up[start])
            return turned, turned
        assert self._seems is not None
        acc, half = self._history.acc_m_s2(first, end), round(0.5 * TOP_S * self._rate_hz)
        # What speeds a leg up as it leaves and slows it down as it comes back tilts what seems to be up at once.
        seems = self._seems.rows(first, end)
        return np.maximum(seems, centred_angle(acc, self._weight, self._lag)), centred_angle(acc, self._weight, half)

    def _lift(self, found: Excursion) -> LegLift | None:
        """The lift that an excursion was, None where it was none."""
        smallest = self._smallest()
        oldest, lag = self._history.oldest(found.known_row), self._lag
        first = max(oldest, found.start_row - lag - round(self._rate_hz))
        if self._last is not None:
            first = max(first, self._last[0])
        end = found.known_row + 1
        start, peak, back = (max(row - lag - first, 0) for row in (found.start_row, found.peak_row, found.end_row))
        t_s = self._history.t_s(first, end)
        turned, size = self._turned(first, end, start)
        # What weight shows is judged; of a quick lift the height lies further on, within reach of the mean.
        shown_deg = range_deg = float(np.maximum.reduce(size[start : back + 1]))
        if lag:
            start, back = _lowest(turned, start, lag, 0, peak), _lowest(turned, back, lag, peak, end - first - 1)
            range_deg = max(shown_deg, float(np.maximum.reduce(size[start : back + 1])))
        peak = start + int(turned[start : back + 1].argmax())
        if not (smallest <= shown_deg and range_deg <= LARGEST_DEG and start < peak < back):
            return None
        instants = find_instants(t_s, turned, start, peak, back, self._shortest_s)
        heard_s = float(t_s[-1]) if lag else float(t_s[min(back, end - first - 1)])
        if instants is None or self._is_step(instants, heard_s):
            return None
        # Without a gyroscope the pull may hide the ends of a quick lift from the instants, but not from the mean.
        lasts_s = max(instants.back_s - instants.out_s, (found.end_row - found.start_row) / self._rate_hz)
        if lasts_s < QUICKEST_S:
            self._stepped_s = instants.back_s
            return None
        self._moves.accept(shown_deg)
        back_row = first + int(t_s.searchsorted(instants.back_s))
        before, self._last = self._last, (back_row, first + peak, range_deg)
        torn = before is not None and self._history.has_gap(before[0], first + start + 1)
        touches = (
            () if before is None else self._touches(max(before[1], oldest), first + peak, min(range_deg, before[2]))
        )
        # Half of the way up no foot is down. A foot that was set down before only pushes off as the lift begins.
        until_s = 0.5 * (instants.out_s + instants.there_s)
        touches = tuple(time_s for time_s in touches if time_s < until_s)
        if self._has_gyroscope:
            touches = tuple(time_s for time_s in touches if time_s < instants.out_s - ONSET_S) or touches
        interrupted = self._history.has_gap(first + start, first + back + 1)
        told_deg: float | None = range_deg
        if not self._has_gyroscope:
            out, top = int(t_s.searchsorted(instants.out_s)), start + int(size[start : back + 1].argmax())
            told_deg = self._weighed_deg(
                range_deg, self._history.acc_m_s2(first, end), slice(start, back + 1), out, top
            )
        return LegLift(instants, told_deg, touches, torn, interrupted)

    def _weighed_deg(self, angle_deg: float, acc_m_s2: FloatArray, lift: slice, out: int, top: int) -> float | None:
        """How far (deg) a leg turned from where it hung that was `angle_deg` from its stance by weight: it left at row
        `out` and was highest at row `top` of a lift. None where weight is not to be trusted."""
        half = round(0.5 * TOP_S * self._rate_hz)
        if not is_seen(angle_deg, acc_m_s2[lift], self._weight, half):
            return None
        hung = acc_m_s2[max(out - round(HANG_S * self._rate_hz), 0) : out + 1]
        return from_where_it_hung_deg(angle_deg, acc_m_s2[max(top - half, 0) : top + half + 1], hung, self._weight)

    def _smallest(self) -> float:
        """What is less (deg) is no lift."""
        return max(self._smallest_deg, SMALLEST_SHARE * (self._moves.usual or 0.0))

    def _is_stride(self, found: Excursion) -> bool:
        """Whether an excursion cannot be a lift, for it is too small or too short, by the angles from the stance: most
        of what a walking leg does is known by these, at little cost."""
        # Of two angles from the stance the sum is the most, and the difference the least that lies between them.
        if found.start + found.peak < self._smallest():
            return True
        end = found.end_row + 1
        first = found.start_row if self._last is None else max(found.start_row, self._last[0])
        if end - first > QUICKEST_S * self._rate_hz or self._seems is None:
            return False
        angle, t_s = self._seems.rows(first, end), self._history.t_s(first, end)
        high = (angle >= 0.5 * (angle.max() - angle[0]) - angle[0]).nonzero()[0]
        return bool(t_s[high[-1]] - t_s[high[0]] < self._shortest_s)

    def _is_step(self, at: OutAndBack, heard_s: float) -> bool:
        """Whether the leg was walking rather than lifted, by what was heard until `heard_s`."""
        half_s = 0.5 * at.above_half_s
        ends_s = min(max(at.leave_s, at.there_s + half_s), heard_s)
        _, jolts = self._jolts.between(min(at.there_s, at.leave_s - half_s), ends_s)
        high = _squared(jolts)
        if 2 * int(np.count_nonzero(high > ROUGH_M_S2**2)) > high.shape[0]:
            self._stepped_s = at.back_s
            return True
        lag_s = self._lag / self._rate_hz
        may_be_one = at.back_s - at.out_s < STEP_S + lag_s
        if self._has_gyroscope and not may_be_one:
            return False
        # Weight shows the middle of one swing, without the strikes that it lies between, or several swings as one,
        # with strikes between them: those at the very ends of so long a lift are the foot set down.
        around_s, ends_s = lag_s if may_be_one else -SET_DOWN_S, min(at.back_s, heard_s)
        t_s, jolts = self._jolts.between(at.out_s - around_s, min(at.back_s + around_s, heard_s))
        squared = _squared(jolts)
        step = self._step_m_s2**2 * self._jolts.rate_hz * (ends_s - at.out_s)
        if self._has_gyroscope:
            # It is known when the leg is high, where no foot strikes.
            return bool(squared.sum() - high.sum() > step)
        # What is heard only when even a slow step would be over, as late as weight may show an end, is the foot set
        # down as well.
        before = int(t_s.searchsorted(max(at.out_s + STEP_S, at.back_s - lag_s)))
        # Who walks goes on walking; a lift begins from a stand.
        share = QUIET_SHARE if at.out_s - self._stepped_s < STOOD_S else 1.0
        walked = squared.sum() > share * step and squared[:before].sum() > QUIET_SHARE * step
        walked = bool(walked) or self._is_walk(squared)
        self._stepped_s = at.back_s if walked else self._stepped_s
        return walked

    def _is_walk(self, squared: FloatArray) -> bool:
        """Whether every stride of some that weight shows as one lift holds a strike: a lift knocks at a hurdle once."""
        strides = int(squared.shape[0] / (STEP_S * self._jolts.rate_hz))
        loud = QUIET_SHARE * self._step_m_s2**2
        return strides > 1 and all(stride.mean() > loud for stride in np.array_split(squared, strides))

    def _touches(self, first: int, end: int, range_deg: float) -> tuple[float, ...]:
        """When the foot met the floor between the heights of two lifts (s), at rows `first` and `end`, the
        lesser of them of `range_deg`.

        The floor pushes along the leg, which stands or hangs there; a leg that swings is sped up across itself.
        """
        assert self._stance is not None
        assert self._seems is not None
        t_s = self._history.t_s(first, end + 1)
        at_s, jolts = self._jolts.between(t_s[0], t_s[-1])
        along = np.abs(component(jolts, self._stance))
        heard = (along > TOUCH_M_S2).nonzero()[0]
        if heard.shape[0] == 0:
            return ()
        angle, t_s = self._seems.rows(first, end), t_s[:-1]
        turned, lowest = np.interp(at_s, t_s, angle), angle.min()
        high = along[turned > lowest + 2.0 * LOW_SHARE * range_deg]
        own = math.sqrt((high * high).sum() / max(high.shape[0], 1))
        heard = heard[along[heard] > OWN_TIMES * own]
        heard = heard[along[heard] > ALONG_SHARE * length(jolts[heard])]
        low = lowest + LOW_SHARE * range_deg
        above = turned[heard]
        if (above > low).any():
            above = self._above_deg(first, end, t_s.searchsorted(at_s[heard]), above)
        heard = heard[above < low]
        if heard.shape[0] == 0:
            return ()
        begin, until = t_s.searchsorted((at_s[heard[0]] - PULL_S, at_s[heard[-1]] + PULL_S)).tolist()
        pull = component(self._history.acc_m_s2(first + begin, first + until), self._weight) - 1.0
        heard = heard[along[heard] > PULL_SHARE * STANDARD_GRAVITY_M_S2 * np.abs(pull).max()]
        found: list[float] = []
        last_s = float("-inf")
        for time_s in at_s[heard].tolist():
            if time_s - last_s > ONE_TOUCH_S:
                found.append(time_s)
            last_s = time_s
        return tuple(found)

    def _above_deg(self, first: int, end: int, rows: npt.NDArray[np.intp], turned: FloatArray) -> FloatArray:
        """(m,) how far (deg) a leg that is `turned` (m,) from where it hangs is above that, at some rows of
        first … end−1, the two of which are at the heights of lifts.

        A leg may hang on the way from the floor to the hurdle: behind where it hangs it is as low as there.
        """
        assert self._stance is not None
        up = self._history.up(first, end)
        side = up[0] + up[-1]
        out = component(up[np.minimum(rows, up.shape[0] - 1)], unit(side - self._stance * (side @ self._stance)))
        behind = np.minimum(out, 0.0) * DEG_PER_RAD
        return np.asarray(np.sqrt(np.maximum(turned * turned - behind * behind, 0.0)))


def _next(ticks: list[int], tick: int, none: int) -> int:
    """The first of some ticks that is no earlier than `tick`; `none` where there is none."""
    at = bisect_left(ticks, tick)
    return ticks[at] if at < len(ticks) else none


def _squared(rows: FloatArray) -> FloatArray:
    """(n,) squared length of each row (n, 3)."""
    squares = rows * rows
    return np.asarray(squares[:, 0] + squares[:, 1] + squares[:, 2])


def _lowest(values: FloatArray, row: int, reach: int, first: int, last: int) -> int:
    """The row of the lowest of some values no further than `reach` from `row`, between `first` and `last`."""
    begin = max(row - reach, first)
    return begin + int(values[begin : min(row + reach, last) + 1].argmin())
