"""The bounded past that a detector may look back into."""

from collections.abc import Callable

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.dsp.unturned import Unturned

LOOK_BACK_S = 90.0
"""Long enough for a rep with a lowering of half a minute and rests; what is older is forgotten."""

BLOCK_ROWS = 1024


class History:
    """The last rows of motion, addressed by their row number in the stream.

    They are kept one channel after the other: numpy is quick along long runs, and slow through three numbers of a row.
    """

    def __init__(self, rate_hz: float, unturned: Unturned | None = None) -> None:
        """`unturned`: what turns the rows into axes that do not turn, where somebody asks for that."""
        self.rate_hz = rate_hz
        self._unturned, self._turned_to = unturned, 0
        self._keep = round(LOOK_BACK_S * rate_hz)
        self._rows: FloatArray = np.empty((22, 0))
        self._first = self._count = 0
        self.gaps: list[int] = []

    @property
    def end(self) -> int:
        """Number of the row that comes next."""
        return self._first + self._count

    def append(self, motion: Motion) -> None:
        """Take new rows; call `forget` when they have been dealt with."""
        signals = [motion.t_s[None], motion.acc_m_s2.T, motion.up.T]
        if motion.gyr_rad_s is not None:
            signals.append(motion.gyr_rad_s.T)
        channels = sum(rows.shape[0] for rows in signals)
        before, self._count = self._count, self._count + len(motion)
        if self._count > self._rows.shape[1]:
            # Room for what follows, so that a live stream is not copied whole every tenth of a second.
            grown = np.empty((channels + (0 if self._unturned is None else 12), 2 * self._count))
            grown[:, :before] = self._rows[: grown.shape[0], :before]
            self._rows = grown
        np.concatenate(signals, out=self._rows[:channels, before : self._count])
        self.gaps += [int(i) + motion.first_index for i in np.flatnonzero(motion.after_gap)]

    def forget(self) -> None:
        """Let go of what lies further back than any look-back."""
        cut = self._count - self._keep
        if cut > self._keep:
            self._turn()
            # What was handed out stays as it is.
            self._rows = self._rows[:, cut : self._count].copy()
            self._first, self._count = self._first + cut, self._keep

    def oldest(self, row: int) -> int:
        """The oldest row that may be looked at from `row`: the same for any cut of the stream."""
        return max(0, row - self._keep)

    def t_s(self, first: int, end: int) -> FloatArray:
        """Times (n,) of rows first … end−1."""
        times: FloatArray = self._part(first, end)[0]
        return times

    def acc_m_s2(self, first: int, end: int) -> FloatArray:
        """Specific force (n, 3)."""
        return self._part(first, end)[1:4].T

    def up(self, first: int, end: int) -> FloatArray:
        """Inclination (n, 3)."""
        return self._part(first, end)[4:7].T

    def unturned(self, first: int, end: int) -> FloatArray | None:
        """(3, 4, n) the axes that do not turn and the force along them, None where these are not kept."""
        if self._unturned is None:
            return None
        self._turn()
        rows = self._part(first, end)[10:]
        return rows.reshape(3, 4, rows.shape[1])

    def _turn(self) -> None:
        """Turn what has come since somebody last asked: many rows in one go."""
        first, self._turned_to = self._turned_to - self._first, self.end
        rows = self._rows[:, first : self._count]
        if self._unturned is not None and rows.shape[1]:
            rows[10:] = self._unturned.feed(rows[0], rows[7:10], rows[1:4])

    def has_gap(self, first: int, end: int) -> bool:
        """Whether a gap lies between rows first and end−1."""
        return any(first < row < end for row in self.gaps)

    def _part(self, first: int, end: int) -> FloatArray:
        return self._rows[:, max(first - self._first, 0) : min(max(end - self._first, 0), self._count)]


class InBlocks:
    """What is made of a history's rows one by one, such as angles, for many of them in one go: numpy is slow through
    a few rows. `of` gives it for rows first … end−1, each from its own row and those just before it, so that no block
    can change it.
    """

    def __init__(self, history: History, of: Callable[[int, int], FloatArray]) -> None:
        self._history, self._of = history, of
        self._first, self._rows = -1, np.empty(0)

    def rows(self, first: int, end: int) -> FloatArray:
        """Rows first … end−1, as far as the history goes."""
        known = self._first + self._rows.shape[0]
        if not self._first <= first <= known:
            self._first, self._rows = first, self._made(first, end)
        elif end > known:
            kept = max(self._first, self._history.oldest(first))
            self._rows = np.concatenate((self._rows[kept - self._first :], self._made(known, end)))
            self._first = kept
        return self._rows[first - self._first : end - self._first]

    def _made(self, first: int, end: int) -> FloatArray:
        return self._of(first, max(min(first + BLOCK_ROWS, self._history.end), end))
