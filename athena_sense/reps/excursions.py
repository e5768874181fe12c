"""Excursions of a signal: out from a low, and back. One value at a time, so that no cut can change them."""

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
        self._recent: deque[float] = deque(maxlen=max(round(SETTLED_S * rate_hz), 2) + 1)
        self._low_rows = round(LOW_S * rate_hz)
        self._lows: deque[tuple[int, float]] = deque()
        self._ranges: deque[float] = deque(maxlen=REMEMBERED)
        self._turn = smallest
        self._low = self._start = self._peak = (0, 0.0)
        self._back = False
        self.out = False
        """Whether an excursion is under way."""

    @property
    def start_row(self) -> int:
        """Row of the low that the excursion under way began from."""
        return self._start[0]

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
        self._lows.clear()
        self._recent.clear()

    def step(self, row: int, value: float) -> Excursion | None:
        """The next value; an excursion that it ends."""
        value = max(value, self._floor)
        self._recent.append(value)
        if not self.out:
            self._wait(row, value)
            return None
        if not self._back:
            if value > self._peak[1]:
                self._peak = (row, value)
            elif self._peak[1] - value > self._turn:
                self._back, self._low = True, (row, value)
            return None
        return self._return(row, value)

    def _wait(self, row: int, value: float) -> None:
        lows = self._lows
        while lows and lows[-1][1] >= value:
            lows.pop()
        lows.append((row, value))
        while lows[0][0] <= row - self._low_rows:
            lows.popleft()
        if value - lows[0][1] > self._turn:
            self.out, self._back = True, False
            self._start, self._peak = lows[0], (row, value)

    def _return(self, row: int, value: float) -> Excursion | None:
        height = self._peak[1] - self._start[1]
        if value < self._low[1]:
            self._low = (row, value)
        came_back = self._peak[1] - self._low[1] >= BACK_SHARE * height
        if value - self._low[1] > self._turn:
            if not came_back:
                self._back = False
                if value > self._peak[1]:
                    self._peak = (row, value)
                return None
            found = self._found(row)
            self._start, self._peak, self._back = self._low, (row, value), False
            return found
        stays = max(self._smallest * TURN_SHARE, STAYS_SHARE * height)
        if (
            value < self._start[1] + SETTLED_SHARE * height
            and len(self._recent) == self._recent.maxlen
            and self._recent[0] - value < stays
        ):
            found = self._found(row)
            self.restart()
            self._recent.append(value)
            self._lows.append((row, value))
            return found
        return None

    def _found(self, row: int) -> Excursion:
        return Excursion(*self._start, *self._peak, *self._low, row)
