"""Reps that may be strides: told once no walking follows."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import REST_S
from athena_sense.reps.arc import component, unit
from athena_sense.reps.history import History
from athena_sense.reps.squat_phases import SquatRep, jumped

QUICK_S = 2.4
"""What takes less may be a stride (0.9–1.4 s): it is told once no walking follows."""
LIFTED_DEG = 60.0
"""No stride on the flat or on stairs turns a thigh further; the start of a quick squat looks like a swing to a sensor
without a gyroscope."""
STEP_S = 1.0
"""Strides follow one another at once."""
WALK_S = 2.7
"""Walking is known by then (`STRIDES_S`, and the delay of its jolts)."""
STOPPED_S = 0.15
"""So long after a quick raise its stop has passed, which misleads an inclination."""
BACK_DEG = 7.0
"""A walking thigh goes 10–20° behind its standing posture at the end of a stance (Winter 2009, app. A); who stands up
from a squat does not."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A rep, the row of the standing posture before it, and its two postures."""

    rep: SquatRep
    row: int
    standing: FloatArray
    deepest: FloatArray


class Waiting:
    """Reps in order, each told when it is certain; `began_s` (s): when the stream began."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._reps: list[_Waiting] = []
        self.began_s = 0.0

    def add(self, rep: SquatRep, standing_row: int, deepest_row: int) -> None:
        """A rep, and the rows of its two postures."""
        postures = (self._history.up(row, row + 1)[0] for row in (standing_row, deepest_row))
        self._reps.append(_Waiting(rep, standing_row, *postures))

    def drop(self) -> None:
        """They were strides."""
        self._reps = []

    def certain(self, end: int) -> list[SquatRep]:
        """The reps that by row `end` need no longer wait for what follows them."""
        if not self._reps:
            return []
        last = self._reps[-1].rep
        now_s = float(self._history.t_s(end - 1, end)[0])
        return [] if self._doubtful(last) and now_s - last.raise_end_s <= WALK_S else self.tell(end)

    def tell(self, end: int) -> list[SquatRep]:
        """All of them, but for those that what is known by row `end` speaks against."""
        told, self._reps = self._reps, []
        return [one.rep for one in told if not (self._doubtful(one.rep) and self._swung_back(one, end))]

    def _doubtful(self, rep: SquatRep) -> bool:
        """Whether a rep may be a step: a quick one, or one that began before anybody had stood still."""
        return is_quick(rep) or rep.lower_start_s - self.began_s < REST_S

    def _swung_back(self, one: _Waiting, end: int) -> bool:
        """Whether the segment went past standing to the other side soon after, as the leg that walks does, or the
        feet left the ground before or after."""
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


def is_quick(rep: SquatRep) -> bool:
    """Whether a rep was as quick as a stride may be."""
    return rep.raise_end_s - rep.lower_start_s < QUICK_S


def follows_swing(rep: SquatRep, swing_s: float) -> bool:
    """Whether a rep follows the swing of a leg at `swing_s` (s) so closely that it is one itself."""
    return is_quick(rep) and rep.lower_start_s - swing_s < STEP_S and rep.depth_deg < LIFTED_DEG
