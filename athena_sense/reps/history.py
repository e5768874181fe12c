"""The bounded past that a detector may look back into."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion

LOOK_BACK_S = 90.0
"""Long enough for a rep with a lowering of half a minute and rests; what is older is forgotten."""


class History:
    """The last rows of motion, addressed by their row number in the stream."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._keep = round(LOOK_BACK_S * rate_hz)
        self._rows: FloatArray = np.empty((0, 10))
        self._first = 0
        self.gaps: list[int] = []

    @property
    def end(self) -> int:
        """Number of the row that comes next."""
        return self._first + int(self._rows.shape[0])

    def append(self, motion: Motion) -> None:
        """Take new rows; call `forget` when they have been dealt with."""
        turning = () if motion.gyr_rad_s is None else (motion.gyr_rad_s,)
        rows = np.column_stack((motion.t_s, motion.acc_m_s2, motion.up, *turning))
        self._rows = np.concatenate((self._rows, rows)) if self._rows.shape[0] else rows
        self.gaps += [int(i) + motion.first_index for i in np.flatnonzero(motion.after_gap)]

    def forget(self) -> None:
        """Let go of what lies further back than any look-back."""
        if self._rows.shape[0] > 2 * self._keep:
            cut = self._rows.shape[0] - self._keep
            self._rows, self._first = self._rows[cut:].copy(), self._first + cut

    def oldest(self, row: int) -> int:
        """The oldest row that may be looked at from `row`: the same for any cut of the stream."""
        return max(0, row - self._keep)

    def t_s(self, first: int, end: int) -> FloatArray:
        """Times (n,) of rows first … end−1."""
        return self._part(first, end)[:, 0]

    def acc_m_s2(self, first: int, end: int) -> FloatArray:
        """Specific force (n, 3)."""
        return self._part(first, end)[:, 1:4]

    def up(self, first: int, end: int) -> FloatArray:
        """Inclination (n, 3)."""
        return self._part(first, end)[:, 4:7]

    def gyr_rad_s(self, first: int, end: int) -> FloatArray | None:
        """Angular rate (n, 3), None without a gyroscope."""
        rows = self._part(first, end)
        return rows[:, 7:] if rows.shape[1] > 7 else None

    def has_gap(self, first: int, end: int) -> bool:
        """Whether a gap lies between rows first and end−1."""
        return any(first < row < end for row in self.gaps)

    def _part(self, first: int, end: int) -> FloatArray:
        return self._rows[max(first - self._first, 0) : max(end - self._first, 0)]
