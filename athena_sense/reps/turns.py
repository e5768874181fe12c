"""Turn-arounds of a signal: its highs and lows, each confirmed once the signal has come back far enough."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

BLOCK = 256
"""Rows looked at in one go after a turn, so that a long feed with many turns stays linear."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A high (`is_high`) or low of the signal at row `index`, known at row `confirmed_index`."""

    index: int
    value: float
    is_high: bool
    confirmed_index: int


class Turns:
    """Hysteresis on a stream: a high counts when the signal has fallen by `threshold` below it, and so on."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._rising: bool | None = None
        self._high = (-np.inf, 0)
        self._low = (np.inf, 0)

    def feed(self, values: FloatArray, first_index: int) -> Iterator[Turn]:
        """Turns confirmed by `values` (n,), whose first row is number `first_index`.

        One at a time: a threshold set on seeing a turn holds from the row after it, whatever the cut.
        """
        start = 0
        while start < values.shape[0]:
            x = values[start : start + BLOCK]
            end = self._confirmed_at(x)
            taken = x.shape[0] if end is None else end + 1
            self._take(x[:taken], first_index + start)
            if end is not None:
                yield self._turn(first_index + start + end, float(x[end]))
            start += taken

    def open_extreme(self) -> tuple[int, float] | None:
        """(row, value) of the furthest point since the last turn; None before the first turn."""
        if self._rising is None:
            return None
        value, index = self._high if self._rising else self._low
        return index, value

    def _confirmed_at(self, x: FloatArray) -> int | None:
        """First row at which a turn is confirmed."""
        if self._rising is None:
            done = self._fallen(x) | self._risen(x)
        else:
            done = self._fallen(x) if self._rising else self._risen(x)
        first = int(done.argmax())
        return first if done[first] else None

    def _fallen(self, x: FloatArray) -> npt.NDArray[np.bool_]:
        """(n,) whether it has fallen by the threshold from the highest so far."""
        high = np.maximum.accumulate(x)
        return np.asarray(np.maximum(high, self._high[0], out=high) - x > self.threshold)

    def _risen(self, x: FloatArray) -> npt.NDArray[np.bool_]:
        """(n,) whether it has risen by the threshold from the lowest so far."""
        low = np.minimum.accumulate(x)
        return np.asarray(x - np.minimum(low, self._low[0], out=low) > self.threshold)

    def _take(self, x: FloatArray, first_index: int) -> None:
        # On the way up the last low is known, and the next begins at the turn.
        if self._rising is not False:
            row = int(x.argmax())
            if x[row] > self._high[0]:
                self._high = (float(x[row]), first_index + row)
        if self._rising is not True:
            row = int(x.argmin())
            if x[row] < self._low[0]:
                self._low = (float(x[row]), first_index + row)

    def _turn(self, index: int, value: float) -> Turn:
        was_high = self._high[0] - value > self.threshold if self._rising is None else self._rising
        extreme, at = self._high if was_high else self._low
        self._rising = not was_high
        if was_high:
            self._low = (value, index)
        else:
            self._high = (value, index)
        return Turn(at, extreme, was_high, index)
