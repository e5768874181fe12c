"""When movement may count: from the start of the stream or from stillness, until somebody walks about."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from athena_sense.dsp.activity import ActivityStage
from athena_sense.dsp.motion import Motion

Flags = npt.NDArray[np.bool_]


class Change(NamedTuple):
    """From row `row` on, movement counts (armed), does not (disarmed), or counts afresh after stillness (rested)."""

    row: int
    to: Literal["armed", "disarmed", "rested"]


class Arming:
    """Motion → changes. Stillness arms, steps disarm."""

    def __init__(self, rate_hz: float, large_movement: bool = False) -> None:
        """`large_movement`: see `ActivityStage`."""
        self._activity = ActivityStage(rate_hz, large_movement)
        self._rested = False
        self._armed = True
        self.known_to = 0
        """First row about which nothing is known yet."""

    def feed(self, motion: Motion) -> Iterator[Change]:
        """Changes that these rows bring, in order, one at a time: what is said on seeing one holds from the next on."""
        activity = self._activity.feed(motion)
        rows = self._activity.tick_rows
        self.known_to = activity.end_index
        first_row = activity.end_index - activity.busy.shape[0] * rows
        rests = self._rests(activity.resting)
        tick = 0
        while True:
            switch = self._next_switch(activity.still, activity.busy, tick)
            # At the same tick arming comes first, and then what rests.
            while rests and (switch is None or rests[0] < switch):
                yield Change(first_row + (rests.pop(0) + 1) * rows, "rested")
            if switch is None:
                return
            self._armed = not self._armed
            yield Change(first_row + (switch + 1) * rows, "armed" if self._armed else "disarmed")
            tick = switch + 1

    def stay_armed(self) -> None:
        """What disarmed was no walking: the next tick may disarm again."""
        self._armed = True

    def _next_switch(self, still: Flags, busy: Flags, tick: int) -> int | None:
        """The first tick from `tick` on that arms or disarms."""
        ticks = np.flatnonzero((busy if self._armed else still)[tick:])
        return tick + int(ticks[0]) if ticks.shape[0] else None

    def _rests(self, resting: Flags) -> list[int]:
        """Ticks at which a rest begins."""
        before = np.concatenate(([self._rested], resting))
        self._rested = bool(before[-1])
        return [int(tick) for tick in np.flatnonzero(before[1:] & ~before[:-1])]
