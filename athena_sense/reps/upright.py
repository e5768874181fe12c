"""An upright posture, and what moves away from it."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import component
from athena_sense.reps.excursions import Excursion, Excursions
from athena_sense.reps.history import History, InBlocks
from athena_sense.reps.tilting import angle_deg, deg_per_sine, tilt_deg

SMALLEST_DEG = 2.5
"""Quiet standing sways by 0.3–0.5° RMS at the trunk, so by less than 2° peak to peak; a lean is more."""
LOWEST_DEG = -0.5 * SMALLEST_DEG
"""What leans further the other way counts as this: an overshoot is no part of the next lean."""


class Upright:
    """An upright posture (3,), as the inclination has it and as the mean acceleration does (`level`), and how rows of a
    history lie to it: their angle (deg), by what their components across it are angles, and their tilt (deg) from the
    level, of the inclination and of what is felt. The body stood there for a second at least where `is_sure`;
    what moves away from there is followed up to `row`.
    """

    def __init__(
        self,
        history: History,
        posture: FloatArray,
        level: FloatArray,
        moves: Excursions,
        *,
        first_row: int,
        is_sure: bool,
    ) -> None:
        self.posture, self.level = posture, level
        self.moves, self.row = moves, first_row
        self.is_sure = is_sure
        self.calm_row = 0
        """Nobody walked up to this row."""
        self._history = history
        self._angle_deg = InBlocks(history, lambda first, end: angle_deg(history.up(first, end), posture))
        self._deg_per_sine = InBlocks(history, lambda first, end: deg_per_sine(history.up(first, end), posture))
        self.tilt_deg = InBlocks(history, lambda first, end: tilt_deg(history.up(first, end), level))
        self.felt_deg = InBlocks(history, lambda first, end: tilt_deg(history.acc_m_s2(first, end), level))

    def follow(self, end: int, way: FloatArray | None, lowest_deg: float = LOWEST_DEG) -> Excursion | None:
        """The first excursion that ends before row `end`: along this way (3,), or any."""
        if self.row >= end:
            return None
        values = np.maximum(self._lean_deg(self.row, end, way), lowest_deg).tolist()
        self.row, found = self.moves.follow(self.row, values)
        return found

    def level_deg(self, level: FloatArray) -> FloatArray:
        """(3,) tilt (deg) of another level."""
        return np.asarray(tilt_deg(level[None, :], self.level)[0])

    def _lean_deg(self, row: int, end: int, way: FloatArray | None) -> FloatArray:
        """Lean (deg) of a stretch of rows, signed where its way is known."""
        if way is None:
            return self._angle_deg.rows(row, end)
        across = way - (way @ self.posture) * self.posture
        return component(self._history.up(row, end), across) * self._deg_per_sine.rows(row, end)
