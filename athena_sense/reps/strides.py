"""Walking, and reps that may be strides: told once the body has stopped, or no walking follows."""

import math
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import REST_S, STRIDES_S
from athena_sense.reps.arc import component, length, unit
from athena_sense.reps.history import History
from athena_sense.reps.squat_phases import CLEARLY_TIMES, QUICK_S, Seen, SquatRep, is_over_within, jumped
from athena_sense.reps.tilting import angle_deg
from athena_sense.units import RAD_PER_DEG

LIFTED_DEG = 60.0
"""No stride on the flat or on stairs turns a thigh further; the start of a quick squat looks like a swing to a sensor
without a gyroscope."""
STEP_S = 1.0
"""Strides follow one another at once."""
WALK_S = 2.7
"""Walking is known by then (`STRIDES_S`, and the delay of its jolts)."""
STOP_S, STOP_RAD, STOP_M_S2 = 0.3, math.radians(2.0), 1.0
"""A body stands still that turns by less and is shaken by less (peak to peak) for so long. A leg that walks never does:
a thigh that swings by 40° a stride of 1.0–1.25 s turns by 5° and more even about its turn-arounds, and heels strike."""
AT_ONCE_S = 0.1, 0.65
"""Whoever stops with a rep has stood still for `STOP_S` by then; its end is known to a tenth of a second."""
JOLTS_S = STRIDES_S + 0.25
"""Jolts of walking are known to come from so far back: `STRIDES_S`, half a window late …"""
JOLTED_S = 0.5
"""… and none need come from this last part, of which only the first half has been seen."""
STOPPED_S = 0.15
"""So long after a quick raise its stop has passed, which misleads an inclination."""
BACK_DEG = 7.0
"""A walking thigh goes 10–20° behind its standing posture at the end of a stance (Winter 2009, app. A); who stands up
from a squat does not."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A rep, the row of the standing posture before it, the one by which the rep was known, and its two postures."""

    rep: SquatRep
    row: int
    known: int
    standing: FloatArray
    deepest: FloatArray


class Waiting:
    """Reps in order, each told when it is certain; `began_s` (s): when the stream began."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._reps: list[_Waiting] = []
        self._swing_s = -math.inf
        self.began_s = 0.0

    def add(self, rep: SquatRep, standing_row: int, deepest_row: int, known: int) -> None:
        """A rep, the rows of its two postures, and the one by which it is known."""
        postures = (self._history.up(row, row + 1)[0] for row in (standing_row, deepest_row))
        self._reps.append(_Waiting(rep, standing_row, known, *postures))

    def drop(self, end: int) -> None:
        """A leg walks at row `end`: they were strides, but for what had stopped by then, and what lifted a thigh
        further than any."""
        waiting, self._reps = self._reps, []
        for one in waiting:
            clear = one.rep.lean_deg >= LIFTED_DEG or self._sure(one, end) is not None
            if clear and not follows_swing(one.rep, self._swing_s):
                self._reps.append(one)
            else:
                self._swing_s = one.rep.raise_end_s

    def certain(self, end: int) -> list[SquatRep]:
        """The reps that by row `end` need no longer wait for what follows them."""
        told: list[SquatRep] = []
        while self._reps and (sure := self._sure(self._reps[0], end)) is not None:
            told += self._judged(self._reps.pop(0), sure)
        return told

    def finish(self, end: int) -> list[SquatRep]:
        """What is left at the end of the stream, row `end`."""
        told = self.certain(end)
        for one in self._reps:
            told += self._judged(one, end)
        return told

    def _judged(self, one: _Waiting, end: int) -> list[SquatRep]:
        """The rep, unless what is known by row `end` speaks against it, or it follows such a stride."""
        if self._doubtful(one.rep) and (follows_swing(one.rep, self._swing_s) or self._swung_back(one, end)):
            self._swing_s = one.rep.raise_end_s
            return []
        return [one.rep]

    def _doubtful(self, rep: SquatRep) -> bool:
        """Whether a rep may be a step: a quick one, or one that began before anybody had stood still."""
        return is_quick(rep) or rep.lower_start_s - self.began_s < REST_S

    def _sure(self, one: _Waiting, end: int) -> int | None:
        """The row, up to `end`, by which a rep is certain, the same whatever the cut: none, where it is not yet."""
        if not self._doubtful(one.rep):
            return one.known
        return self._stop(one.rep, end) or self._after(one.rep.raise_end_s + WALK_S, end)

    def _stop(self, rep: SquatRep, end: int) -> int | None:
        """The row, up to `end`, by which the body had stopped with the rep, as no leg that walks does."""
        early_s, late_s = AT_ONCE_S
        first, last = (self._after(rep.raise_end_s + after_s, end) for after_s in (-early_s, late_s))
        return None if first is None else stopped(self._history, first, end if last is None else last)

    def _after(self, time_s: float, end: int) -> int | None:
        """The first row, up to `end`, later than a time (s)."""
        t_s = self._history.t_s(self._history.oldest(end), end)
        row = end - t_s.shape[0] + int(t_s.searchsorted(time_s, "right"))
        return row if row < end else None

    def _swung_back(self, one: _Waiting, end: int) -> bool:
        """Whether the segment went past standing to the other side soon after, as the leg that walks does, or the
        feet left the ground before or after."""
        end = self._stop(one.rep, end) or end
        row = max(one.row - round(STEP_S * self._history.rate_hz), self._history.oldest(one.row))
        t_s = self._history.t_s(row, end)
        after_s = t_s - one.rep.raise_end_s
        near = (t_s > one.rep.lower_start_s - STEP_S) & (after_s < WALK_S)
        if jumped(self._history.acc_m_s2(row, end)[near]):
            return True
        up = self._history.up(row, end)[(after_s > STOPPED_S) & (after_s < WALK_S)]
        if up.shape[0] == 0 or one.rep.lean_deg >= LIFTED_DEG:
            return False
        side = one.deepest - one.standing * component(one.standing[None], one.deepest)[0]
        return bool(np.degrees(np.arctan2(component(up, unit(side)), component(up, one.standing)).min()) < -BACK_DEG)


def stopped(history: History, first: int, end: int) -> int | None:
    """The row, up to `end`, by which the body has been still for `STOP_S` on end since row `first`."""
    span = math.ceil(STOP_S * history.rate_hz) + 1
    if end - first < span:
        return None
    signals = np.vstack((history.up(first, end).T, length(history.acc_m_s2(first, end))))
    x, y, z, shaken = highest(signals, span) + highest(-signals, span)
    still = (x * x + y * y + z * z < STOP_RAD**2) & (shaken < STOP_M_S2)
    return first + span + int(still.argmax()) if still.any() else None


def highest(values: FloatArray, rows: int) -> FloatArray:
    """The highest of each so many values (…, n) on end."""
    span = 1
    while 2 * span <= rows:
        values = np.maximum(values[..., span:], values[..., :-span])
        span *= 2
    rest = rows - span
    return np.maximum(values[..., rest:], values[..., : values.shape[-1] - rest])


def is_walk(history: History, rest: FloatArray, end: int) -> bool:
    """Whether jolts as of walking by row `end` may be some: not while the thigh turns further from its posture at
    `rest` (3,) and back than a leg that walks, nor where the body stood still between them."""
    ago_s = (JOLTS_S, STRIDES_S, JOLTED_S)
    begun, first, last = (max(end - round(s * history.rate_hz), history.oldest(end)) for s in ago_s)
    away = angle_deg(history.up(begun, end), rest)
    return bool(away.max() - away.min() <= LIFTED_DEG) and stopped(history, first, last) is None


def is_quick(rep: SquatRep) -> bool:
    """Whether a rep was as quick as a stride may be."""
    return rep.raise_end_s - rep.lower_start_s < QUICK_S


def follows_swing(rep: SquatRep, swing_s: float) -> bool:
    """Whether a rep follows the swing of a leg at `swing_s` (s) so closely that it is one itself."""
    return is_quick(rep) and rep.lower_start_s - swing_s < STEP_S and rep.depth_deg < LIFTED_DEG


def clearly_follows_swing(seen: Seen, swing_s: float, smallest_deg: float) -> bool:
    """Whether a movement does, wherever its edges may be found."""
    is_soon = float(seen.t_s[seen.bottom]) - swing_s < STEP_S
    is_small = CLEARLY_TIMES * seen.turned_rad() < LIFTED_DEG * RAD_PER_DEG
    return is_soon and is_small and is_over_within(QUICK_S, seen, smallest_deg)
