"""Excursions of a signal: out from a low, and back. The next of the few values that matter is jumped to; between them
nothing but the height and the low so far is carried, so that no cut can change them."""

from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

TURN_SHARE = 0.2
"""A turn-around is real when the signal has come back by this share of the usual range: wobbling is less."""
BACK_SHARE = 0.6
"""Coming back by less than most of the way out is a dip (over the hurdle, or a second push), and no end."""
SETTLED_SHARE = 0.35
"""An excursion is over where the signal stays below this share of its height, …"""
SETTLED_S = 0.3
"""… that is, falls no more for this long: a rep is to be told within 0.3 s of its end …"""
STAYS_SHARE = 0.03
"""… by this share of its height or more."""
LOW_S = 4.0
"""The low is the lowest value of so many last seconds: a posture may creep by a few degrees a minute."""
REMEMBERED = 9
"""The usual range is the median of so many excursions: it follows a tiring athlete."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """Rows and values of its lows and its height; `known_row` is the row at which it was over."""

    start_row: int
    start: float
    peak_row: int
    peak: float
    end_row: int
    end: float
    known_row: int


class Excursions:
    """Follows one signal. `smallest`: less than this is no excursion. `floor`: what lies below counts as this."""

    def __init__(self, rate_hz: float, smallest: float, floor: float = float("-inf")) -> None:
        self._smallest, self._floor = smallest, floor
        self._settled_rows = max(round(SETTLED_S * rate_hz), 2)
        self._low_rows = max(round(LOW_S * rate_hz), self._settled_rows + 1)
        self._past: FloatArray = np.empty(0)
        self._ranges: deque[float] = deque(maxlen=REMEMBERED)
        self._turn = smallest
        self._low = self._start = self._peak = (0, 0.0)
        self._back = False
        self.out = False
        """Whether an excursion is under way."""

    @property
    def usual(self) -> float | None:
        """The median range of the last ones that were accepted; None before the first."""
        return median(self._ranges) if self._ranges else None

    def accept(self, size: float) -> None:
        """The last excursion was a rep with this range."""
        self._ranges.append(size)
        self._turn = max(self._smallest, TURN_SHARE * median(self._ranges))

    def restart(self) -> None:
        """Begin afresh at a low: the signal itself has changed."""
        self.out = self._back = False
        self._past = self._past[:0]

    def follow(self, row: int, values: FloatArray) -> tuple[int, Excursion | None]:
        """The next values (n,), of rows `row` and on, up to where an excursion begins or ends.

        Returns the row up to which they were taken, and the excursion that the last of these ended.
        """
        first, values = row, np.maximum(values, self._floor)
        while row < first + values.shape[0]:
            rest, was_out = values[row - first :], self.out
            before = self._past
            if not was_out:
                taken, found = self._wait(row, rest), None
            elif self._back:
                taken, found = self._return(row, rest)
            else:
                taken, found = self._rise(row, rest), None
            row += taken
            past = np.concatenate((before, rest[:taken]))
            self._past = past[-1:] if was_out and not self.out else past[1 - self._low_rows :]
            if found is not None or self.out != was_out:
                return row, found
        return row, None

    def _wait(self, row: int, values: FloatArray) -> int:
        """How many of the values were taken until an excursion began."""
        seen = np.concatenate((self._past, values))
        if not float(values.max()) - float(seen.min()) > self._turn:
            return int(values.shape[0])
        before = self._past.shape[0]
        for k in np.flatnonzero(values - seen.min() > self._turn).tolist():
            window = seen[max(before + k + 1 - self._low_rows, 0) : before + k + 1]
            # The latest of equal lows.
            back = int(window[::-1].argmin())
            low, value = float(window[-1 - back]), float(values[k])
            if value - low > self._turn:
                self.out, self._back = True, False
                self._start, self._peak = (row + k - back, low), (row + k, value)
                return int(k) + 1
        return int(values.shape[0])

    def _rise(self, row: int, values: FloatArray) -> int:
        """How many of the values were taken until the signal turned back."""
        height = np.maximum(np.maximum.accumulate(values), self._peak[1])
        turned = height - values > self._turn
        taken = int(turned.argmax()) + 1 if turned.any() else int(values.shape[0])
        at = int(values[:taken].argmax())
        if values[at] > self._peak[1]:
            self._peak = (row + at, float(values[at]))
        if turned.any():
            self._back, self._low = True, (row + taken - 1, float(values[taken - 1]))
        return taken

    def _return(self, row: int, values: FloatArray) -> tuple[int, Excursion | None]:
        """How many of the values were taken until the signal turned up again or settled, and the excursion so ended."""
        height = self._peak[1] - self._start[1]
        low = np.minimum(np.minimum.accumulate(values), self._low[1])
        rises = values - low > self._turn
        stays = self._stays(values, height)
        ended = rises | stays
        taken = int(ended.argmax()) + 1 if ended.any() else int(values.shape[0])
        at = int(values[:taken].argmin())
        if values[at] < self._low[1]:
            self._low = (row + at, float(values[at]))
        if not ended.any():
            return taken, None
        last = (row + taken - 1, float(values[taken - 1]))
        if not rises[taken - 1]:
            found = self._found(last[0])
            self.restart()
            return taken, found
        self._back = False
        if self._peak[1] - self._low[1] >= BACK_SHARE * height:
            found = self._found(last[0])
            self._start, self._peak = self._low, last
            return taken, found
        if last[1] > self._peak[1]:
            self._peak = last
        return taken, None

    def _stays(self, values: FloatArray, height: float) -> npt.NDArray[np.bool_]:
        """(n,) whether the signal has come down and falls no more."""
        n, lag = values.shape[0], self._settled_rows
        least = max(self._smallest * TURN_SHARE, STAYS_SHARE * height)
        past = self._past[-lag:]
        seen = np.concatenate((np.full(lag - past.shape[0], np.inf), past, values))
        return (values < self._start[1] + SETTLED_SHARE * height) & (seen[:n] - values < least)

    def _found(self, row: int) -> Excursion:
        return Excursion(*self._start, *self._peak, *self._low, row)
