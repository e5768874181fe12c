"""When movement may count: from the start of the stream or from stillness, until somebody walks about."""

from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from athena_sense.dsp.activity import Activity, ActivityStage
from athena_sense.dsp.motion import Motion

Kind = Literal["armed", "disarmed", "rested", "rough"]


class Change(NamedTuple):
    """From row `row` on, movement counts (armed), does not (disarmed), counts afresh after stillness (rested), or will
    not count unless it is excused (rough).
    """

    row: int
    to: Kind


class Arming:
    """Motion → changes. Stillness arms, steps disarm: at once, or some time after they began to be rough, where that
    was told.
    """

    def __init__(self, rate_hz: float, large_movement: bool = False, patience_s: float = 0.0) -> None:
        """`large_movement`: see `ActivityStage`. `patience_s`: time between rough and disarmed."""
        self._activity = ActivityStage(rate_hz, large_movement)
        self._patience = round(patience_s * rate_hz / self._activity.tick_rows)
        self._rested = False
        self._armed = True
        self._busy: npt.NDArray[np.bool_] = np.empty(0, bool)
        self._was_busy = False
        self._first_row = self._tick = 0
        self._due: int | None = None
        """Tick, like `_tick` one of the rows that are dealt with, at which what is rough disarms."""
        self.known_to = 0
        """First row about which nothing is known yet."""

    def feed(self, motion: Motion) -> Iterator[Change]:
        """Changes that these rows bring, in order."""
        activity = self._activity.feed(motion)
        self.known_to = activity.end_index
        return self._changes(activity)

    def excuse(self, first_row: int, end_row: int) -> bool:
        """When what was rough disarms: whether all of it lay between two rows. Then it stays armed."""
        now_row = self._first_row + self._tick * self._activity.tick_rows
        busy = self._activity.excuse(first_row, end_row, now_row)
        if busy is None:
            return False
        self._busy[self._tick : self._tick + busy.shape[0]] = busy
        self._armed = True
        return True

    def stay_armed(self) -> None:
        """When it disarms: what was rough was no walking, and the next tick may disarm again."""
        self._armed = True

    def _changes(self, activity: Activity) -> Iterator[Change]:
        rows, count = self._activity.tick_rows, activity.busy.shape[0]
        first_row = self._first_row = activity.end_index - count * rows
        rests = deque(self._rests(activity.resting))
        self._busy, self._tick = activity.busy, 0
        while (switch := self._switch(activity.still)) is not None:
            # At the same tick arming comes first, and then what rests.
            while rests and rests[0] < self._tick - 1:
                yield Change(first_row + (rests.popleft() + 1) * rows, "rested")
            yield Change(first_row + self._tick * rows, switch)
        for tick in rests:
            yield Change(first_row + (tick + 1) * rows, "rested")
        if self._due is not None:
            self._due -= count
        if count:
            self._was_busy = bool(self._busy[-1])

    def _switch(self, still: npt.NDArray[np.bool_]) -> Kind | None:
        """What happens next, at the tick before `_tick`; None where these rows bring nothing."""
        if self._due is not None:
            if self._due >= still.shape[0]:
                return None
            self._tick, self._due, self._armed = self._due + 1, None, False
            return "disarmed"
        flags = (self._busy if self._armed else still)[self._tick :]
        if not flags.any():
            return None
        self._tick += int(np.argmax(flags)) + 1
        was_busy = self._busy[self._tick - 2] if self._tick > 1 else self._was_busy
        if self._armed and self._patience and not was_busy:
            self._due = self._tick - 1 + self._patience
            return "rough"
        self._armed = not self._armed
        return "armed" if self._armed else "disarmed"

    def _rests(self, resting: npt.NDArray[np.bool_]) -> list[int]:
        """Ticks at which a rest begins."""
        before = np.concatenate(([self._rested], resting))
        self._rested = bool(before[-1])
        return [int(tick) for tick in np.flatnonzero(before[1:] & ~before[:-1])]
