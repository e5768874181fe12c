"""Excursions of a signal: out from a low, and back. Between the few values that matter nothing but the height and the
low so far is carried, so that no cut can change them. A call takes a few dozen values, for which plain loops over lists
are quicker than arrays."""

from collections import deque
from dataclasses import dataclass
from statistics import median

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
FORGOTTEN = 4
"""What is older than the low is forgotten where there is so many times as much of it: seldom."""
REMEMBERED = 9
"""The usual range is the median of so many excursions: it follows a tiring athlete."""

NOTHING = (0, float("inf"))
"""The row and value of a low that is not known yet."""


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
    """Follows one signal. `smallest`: less than this is no excursion."""

    def __init__(self, rate_hz: float, smallest: float, settled_s: float = SETTLED_S) -> None:
        self._smallest = smallest
        self._settled_rows = max(round(settled_s * rate_hz), 2)
        self._low_rows = max(round(LOW_S * rate_hz), self._settled_rows + 1)
        self._seen: list[float] = []
        """Values since it was last restarted or ended, as far back as anybody looks."""
        self._ranges: deque[float] = deque(maxlen=REMEMBERED)
        self.usual: float | None = None
        """The median range of the last ones that were accepted; None before the first."""
        self._turn = smallest
        self._floor = self._low = self._start = self._peak = NOTHING
        self._back = False
        self._ended: Excursion | None = None
        self.out = False
        """Whether an excursion is under way."""

    def accept(self, size: float) -> None:
        """The last excursion was a rep with this range."""
        self._ranges.append(size)
        self.usual = median(self._ranges)
        self._turn = max(self._smallest, TURN_SHARE * self.usual)

    def restart(self) -> None:
        """Begin afresh at a low: the signal itself has changed."""
        self.out = self._back = False
        self._seen, self._floor = [], NOTHING

    def follow(self, row: int, values: list[float]) -> tuple[int, Excursion | None]:
        """The next values, of rows `row` and on, up to where an excursion begins or ends.

        Returns the row up to which they were taken, and the excursion that the last of these ended.
        """
        was_out, seen = self.out, self._seen
        at = len(seen)
        first = row - at
        seen += values
        end = self._go(first, seen, at) if was_out else self._wait(first, seen, at)
        found, self._ended = self._ended, None
        del seen[end:]
        if was_out and not self.out:
            del seen[: end - 1]
            self._floor = first + end - 1, seen[0]
        elif end > FORGOTTEN * self._low_rows:
            del seen[: end - self._low_rows]
        return first + end, found

    # Below, `seen` are the values of rows `first` and on; those from `at` on are new. What is returned is how far they
    # were taken.

    def _wait(self, first: int, seen: list[float], at: int) -> int:
        """Until an excursion begins."""
        rows, turn = self._low_rows, self._turn
        bottom, low = self._floor
        for k in range(at, len(seen)):
            value = seen[k]
            if value <= low:
                bottom, low = first + k, value
            elif value - low > turn:
                if bottom <= first + k - rows:
                    bottom, low = _lowest(first, seen[: k + 1], rows)
                if value - low > turn:
                    self.out, self._back = True, False
                    self._start, self._peak = (bottom, low), (first + k, value)
                    return k + 1
        self._floor = bottom, low
        return len(seen)

    def _go(self, first: int, seen: list[float], at: int) -> int:
        """Until an excursion ends."""
        while at < len(seen) and self._ended is None:
            at = self._return(first, seen, at) if self._back else self._rise(first, seen, at)
        return at

    def _rise(self, first: int, seen: list[float], at: int) -> int:
        """Until the signal turns back."""
        (top, peak), turn = self._peak, self._turn
        for k in range(at, len(seen)):
            value = seen[k]
            if value > peak:
                top, peak = first + k, value
            elif peak - value > turn:
                self._back, self._low = True, (first + k, value)
                break
        self._peak = top, peak
        return k + 1

    def _return(self, first: int, seen: list[float], at: int) -> int:
        """Until the signal turns up again, or settles."""
        (bottom, low), turn, lag = self._low, self._turn, self._settled_rows
        height = self._peak[1] - self._start[1]
        near, stays = self._start[1] + SETTLED_SHARE * height, max(self._smallest * TURN_SHARE, STAYS_SHARE * height)
        for k in range(at, len(seen)):
            value = seen[k]
            if value < low:
                bottom, low = first + k, value
            elif value - low > turn:
                self._low = bottom, low
                self._turned_up(first + k, value, height)
                return k + 1
            if value < near and k >= lag and seen[k - lag] - value < stays:
                self._low = bottom, low
                self._ended = self._found(first + k)
                self.out = self._back = False
                return k + 1
        self._low = bottom, low
        return len(seen)

    def _turned_up(self, row: int, value: float, height: float) -> None:
        """Another excursion follows, or the same goes on where it had not come back."""
        self._back = False
        if self._peak[1] - self._low[1] >= BACK_SHARE * height:
            self._ended = self._found(row)
            self._start, self._peak = self._low, (row, value)
        elif value > self._peak[1]:
            self._peak = row, value

    def _found(self, row: int) -> Excursion:
        return Excursion(*self._start, *self._peak, *self._low, row)


def _lowest(first: int, seen: list[float], rows: int) -> tuple[int, float]:
    """Where the latest of the lowest of the last so many values is, and it; the values are those of rows `first` on."""
    window = seen[-rows:][::-1]
    low = min(window)
    return first + len(seen) - 1 - window.index(low), low
