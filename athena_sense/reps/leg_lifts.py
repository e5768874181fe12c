"""Lifts of a leg that hangs or stands, out and back, and the foot's touches of the floor between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.motion import Motion
from athena_sense.reps.excursions import Excursion, Excursions
from athena_sense.reps.history import History
from athena_sense.reps.jolts import Jolts
from athena_sense.reps.out_and_back import OutAndBack, find_instants
from athena_sense.reps.stances import Stances, Ticks
from athena_sense.reps.tilting import angle_deg
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

SMALLEST_DEG = 15.0
"""A leg that hangs while its owner balances swings by a few degrees; over a hurdle at knee height it turns by 30°."""
LARGEST_DEG = 150.0
SMALLEST_SHARE = 0.35
"""Less than this share of the usual lift is balancing, or the foot moved aside."""
SHORTEST_S = 0.4
"""Above half of its height for less is a kick, or a step: up and over a hurdle takes a second or more."""
MOVED_S = 6.0
"""A leg kept out for longer is no rep: whoever holds it there has sat down, or the sensor sits otherwise now."""
LOW_SHARE = 0.35
"""A touch happens where the leg is down: below this share of the lift. What knocks higher up is the hurdle."""
TOUCH_M_S2 = 0.3
"""A foot set down as softly as can be pushes along its shank by 0.2 g for 30 ms, of which 0.6 m/s² are left above
10 Hz; of a leg that swings back without a touch 0.15 m/s² at most, trembling included."""
ROUGH_M_S2 = 0.35
"""Half of the time, a walking leg jolts by more while it is out (in a pocket: 0.4–1.0; heel strikes, ringing cloth); a
leg lifted over a hurdle by 0.1, on a foot by 0.2."""
STEP_M_S2, STEP_S = 0.7, 1.6
"""RMS of the jolts of one step, heel strike included (shank: 1.8 g and more, 0.7 and up after a second's mean), and the
longest that one takes (slow walking: 1.5 s a stride). Quick lifts reach 0.5."""
OWN_TIMES = 4.0
"""… and so many times what the leg's own movement leaves there, while it is up."""
ONE_TOUCH_S = 0.6
"""Toes, heel and the other edge of one foot set down once; a foot lifted and set down again takes longer."""
MEAN_ROWS = 5
"""Rows that the weight along the leg is the mean of: it trembles."""
ONSET_S = 0.1
"""How far the instant at which a lift leaves may be off; a foot that was set down stays there for longer."""
BLOCK_ROWS = 128


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
        self._history = History(rate_hz)
        self._stances = Stances(rate_hz)
        self._jolts = Jolts(sample_rate_hz)
        self._moves = Excursions(rate_hz, SMALLEST_DEG)
        self._stance: FloatArray | None = None
        self._level = np.array([0.0, 0.0, 1.0])
        self._quiet_ticks = 0
        self._last: tuple[int, int, float] | None = None

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
        run = ticks.quiet_run(self._quiet_ticks)
        self._quiet_ticks = int(run[-1]) if run.shape[0] else self._quiet_ticks
        quiet = np.flatnonzero(ticks.quiet)
        kept = np.flatnonzero(run * ticks.rows > MOVED_S * self._rate_hz)
        ended = np.flatnonzero(ticks.quiet & ~np.append(ticks.quiet[1:], False))
        row, found = ticks.first_row, []
        while row < ticks.end_row:
            out, tick = self._moves.out, (row - ticks.first_row) // ticks.rows
            stop = _next(kept if out else quiet, tick, ticks.quiet.shape[0])
            # Nothing begins while it is quiet.
            limit = min(ticks.first_row + (stop + (1 if out else 0)) * ticks.rows, ticks.end_row)
            row, excursion = self._follow(row, limit)
            lift = None if excursion is None else self._lift(excursion)
            found += [] if lift is None else [lift]
            if excursion is None and self._moves.out == out and stop < ticks.quiet.shape[0]:
                last = stop if out else _next(ended, stop, ticks.quiet.shape[0])
                self._stance, self._level = ticks.posture[last], ticks.level[last]
                self._moves.restart()
                row = ticks.first_row + (last + 1) * ticks.rows
        return found

    def _follow(self, row: int, limit: int) -> tuple[int, Excursion | None]:
        """The row up to which the rows before `limit` were followed, and the excursion that ended there."""
        while self._stance is not None and row < limit:
            until = min(limit, row + BLOCK_ROWS)
            values = self._angle(row, until, self._stance)
            while row < until:
                row, found = self._moves.follow(row, values[row - until :])
                if found is not None:
                    return row, found
        return max(row, limit), None

    def _angle(self, row: int, end: int, stance: FloatArray) -> FloatArray:
        """Angle from a stance (deg) of a stretch of rows."""
        angle = angle_deg(self._history.up(row, end), stance)
        if self._has_gyroscope:
            return angle
        first = max(row - MEAN_ROWS + 1, 0)
        return np.maximum(angle, _angle_by_weight(self._history.acc_m_s2(first, end), self._level)[row - first :])

    def _lift(self, found: Excursion) -> LegLift | None:
        """The lift that an excursion was, None where it was none."""
        oldest = self._history.oldest(found.known_row)
        first = max(oldest, found.start_row - round(self._rate_hz))
        if self._last is not None:
            first = max(first, self._last[0])
        end = found.known_row + 1
        start, peak, back = (max(row - first, 0) for row in (found.start_row, found.peak_row, found.end_row))
        t_s, up = self._history.t_s(first, end), self._history.up(first, end)
        turned = self._angle(first, end, up[start])
        peak = start + int(turned[start : back + 1].argmax())
        range_deg = float(turned[peak])
        smallest = max(SMALLEST_DEG, SMALLEST_SHARE * (self._moves.usual or 0.0))
        if not (smallest <= range_deg <= LARGEST_DEG and start < peak < back):
            return None
        instants = find_instants(t_s, turned, start, peak, back, SHORTEST_S)
        if instants is None or self._is_step(instants):
            return None
        self._moves.accept(range_deg)
        before, self._last = self._last, (found.end_row, first + peak, range_deg)
        torn = before is not None and self._history.has_gap(before[0], found.start_row + 1)
        touches = (
            () if before is None else self._touches(max(before[1], oldest), first + peak, min(range_deg, before[2]))
        )
        if self._has_gyroscope:  # without one the instant is not known well enough
            # A brisk lift speeds the leg up along itself too: what is heard as it begins is the lift.
            touches = tuple(time_s for time_s in touches if time_s < instants.out_s - ONSET_S)
        interrupted = self._history.has_gap(found.start_row, found.end_row + 1)
        return LegLift(instants, range_deg, touches, torn, interrupted)

    def _is_step(self, at: OutAndBack) -> bool:
        """Whether the leg was walking rather than lifted."""
        half_s = 0.5 * at.above_half_s
        _, jolts = self._jolts.between(min(at.there_s, at.leave_s - half_s), max(at.leave_s, at.there_s + half_s))
        if 2 * int(np.count_nonzero(_squared(jolts) > ROUGH_M_S2**2)) > jolts.shape[0]:
            return True
        if at.back_s - at.out_s >= STEP_S:
            return False
        squared = _squared(self._jolts.between(at.out_s, at.back_s)[1])
        return bool(squared.sum() > STEP_M_S2**2 * squared.shape[0])

    def _touches(self, first: int, end: int, range_deg: float) -> tuple[float, ...]:
        """When the foot met the floor between the heights of two lifts (s), at rows `first` and `end`, the
        lesser of them of `range_deg`.

        The floor pushes along the leg, which stands or hangs there; a leg that swings is sped up across itself.
        """
        assert self._stance is not None
        t_s = self._history.t_s(first, end + 1)
        at_s, jolts = self._jolts.between(t_s[0], t_s[-1])
        x, y, z = self._stance
        along = np.abs(jolts[:, 0] * x + jolts[:, 1] * y + jolts[:, 2] * z)
        if not (along > TOUCH_M_S2).any():
            return ()
        angle = angle_deg(self._history.up(first, end), self._stance)
        risen = (np.interp(at_s, t_s[:-1], angle) - angle.min()) / range_deg
        high = along[risen > 2.0 * LOW_SHARE]
        own = float(np.sqrt((high * high).sum() / max(high.shape[0], 1)))
        least = max(TOUCH_M_S2, OWN_TIMES * own)
        found: list[float] = []
        last_s = float("-inf")
        for time_s in at_s[(along > least) & (risen < LOW_SHARE)].tolist():
            if time_s - last_s > ONE_TOUCH_S:
                found.append(time_s)
            last_s = time_s
        return tuple(found)


def _next(ticks: npt.NDArray[np.intp], tick: int, none: int) -> int:
    """The first of some ticks that is no earlier than `tick`; `none` where there is none."""
    at = int(ticks.searchsorted(tick))
    return int(ticks[at]) if at < ticks.shape[0] else none


def _squared(rows: FloatArray) -> FloatArray:
    """(n,) squared length of each row (n, 3)."""
    squares = rows * rows
    return np.asarray(squares[:, 0] + squares[:, 1] + squares[:, 2])


def _angle_by_weight(acc_m_s2: FloatArray, level: FloatArray) -> FloatArray:
    """(n,) angle (deg) from a stance by how much less of gravity lies along the leg.

    Across the leg, gravity and the leg's own speeding up look alike. Along it there is gravity and, while it turns,
    the pull outwards: at its height, where it turns round, gravity alone.
    """
    along = acc_m_s2[:, 0] * level[0] + acc_m_s2[:, 1] * level[1] + acc_m_s2[:, 2] * level[2]
    padded = np.concatenate((np.repeat(along[:1], MEAN_ROWS - 1), along))
    mean = padded[: along.shape[0]].copy()
    for k in range(1, MEAN_ROWS):
        mean += padded[k : k + along.shape[0]]
    along = mean / MEAN_ROWS
    return np.asarray(np.arccos(np.clip(along / STANDARD_GRAVITY_M_S2, -1.0, 1.0)) * DEG_PER_RAD)
