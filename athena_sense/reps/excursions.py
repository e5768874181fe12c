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
        before = self._past.shape[0]
        seen = np.maximum(np.concatenate((self._past, values)), self._floor)
        at, first, found, was_out = before, row - before, None, self.out
        while at < seen.shape[0] and found is None and self.out == was_out:
            if not self.out:
                at = self._wait(first, seen, at)
            elif self._back:
                at, found = self._return(first, seen, at)
            else:
                at = self._rise(first, seen, at)
        self._past = seen[at - 1 if was_out and not self.out else max(at + 1 - self._low_rows, 0) : at].copy()
        return first + at, found

    # Below, `seen` are the values of rows `first` and on; those from `at` on are new. What is returned is how far they
    # were taken.

    def _wait(self, first: int, seen: FloatArray, at: int) -> int:
        """Until an excursion begins."""
        for k in np.flatnonzero(seen[at:] > np.minimum.reduce(seen) + self._turn).tolist():
            k += at
            window = seen[max(k + 1 - self._low_rows, 0) : k + 1]
            # The latest of equal lows.
            back = int(window[::-1].argmin())
            low, value = float(window[-1 - back]), float(seen[k])
            if value - low > self._turn:
                self.out, self._back = True, False
                self._start, self._peak = (first + k - back, low), (first + k, value)
                return int(k) + 1
        return int(seen.shape[0])

    def _rise(self, first: int, seen: FloatArray, at: int) -> int:
        """Until the signal turns back."""
        values = seen[at:]
        turned = np.maximum(np.maximum.accumulate(values), self._peak[1]) - values > self._turn
        k = int(turned.argmax())
        self._back = bool(turned[k])
        end = at + k + 1 if self._back else seen.shape[0]
        top = at + int(seen[at:end].argmax())
        if seen[top] > self._peak[1]:
            self._peak = (first + top, float(seen[top]))
        if self._back:
            self._low = (first + end - 1, float(seen[end - 1]))
        return end

    def _return(self, first: int, seen: FloatArray, at: int) -> tuple[int, Excursion | None]:
        """Until the signal turns up again or settles, and the excursion that is ended by that."""
        values, height = seen[at:], self._peak[1] - self._start[1]
        rises = values - np.minimum(np.minimum.accumulate(values), self._low[1]) > self._turn
        ended = rises | self._stays(seen, at, height)
        k = int(ended.argmax())
        end = at + k + 1 if ended[k] else seen.shape[0]
        bottom = at + int(seen[at:end].argmin())
        if seen[bottom] < self._low[1]:
            self._low = (first + bottom, float(seen[bottom]))
        if not ended[k]:
            return end, None
        last = (first + end - 1, float(seen[end - 1]))
        if not rises[k]:
            self.out = self._back = False
            return end, self._found(last[0])
        self._back = False
        if self._peak[1] - self._low[1] >= BACK_SHARE * height:
            found = self._found(last[0])
            self._start, self._peak = self._low, last
            return end, found
        if last[1] > self._peak[1]:
            self._peak = last
        return end, None

    def _stays(self, seen: FloatArray, at: int, height: float) -> npt.NDArray[np.bool_]:
        """Of every new value, whether the signal has come down and falls no more."""
        lag, values = self._settled_rows, seen[at:]
        least = max(self._smallest * TURN_SHARE, STAYS_SHARE * height)
        before = seen[max(at - lag, 0) : max(seen.shape[0] - lag, 0)]
        if before.shape[0] < values.shape[0]:
            before = np.concatenate((np.full(values.shape[0] - before.shape[0], np.inf), before))
        return (values < self._start[1] + SETTLED_SHARE * height) & (before - values < least)

    def _found(self, row: int) -> Excursion:
        return Excursion(*self._start, *self._peak, *self._low, row)
