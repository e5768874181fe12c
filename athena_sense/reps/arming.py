"""When movement may count: from the start of the stream or from stillness, until somebody walks about."""

from typing import NamedTuple

import numpy as np

from athena_sense.dsp.activity import ActivityStage
from athena_sense.dsp.motion import Motion


class Change(NamedTuple):
    """From row `row` on, movement counts (`armed`) or does not."""

    row: int
    armed: bool


class Arming:
    """Motion → changes between armed and not. Stillness arms, steps disarm."""

    def __init__(self, rate_hz: float) -> None:
        self._activity = ActivityStage(rate_hz)
        self._armed = True
        self.known_to = 0
        """First row about which nothing is known yet."""

    def feed(self, motion: Motion) -> list[Change]:
        """Changes that these rows bring, in order."""
        activity = self._activity.feed(motion)
        ticks, rows = activity.busy.shape[0], self._activity.tick_rows
        first_row = activity.end_index - ticks * rows
        self.known_to = activity.end_index
        changes: list[Change] = []
        tick = 0
        while tick < ticks:
            flags = activity.busy if self._armed else activity.still
            step = int(np.argmax(flags[tick:]))
            if not flags[tick + step]:
                break
            tick += step + 1
            self._armed = not self._armed
            changes.append(Change(first_row + tick * rows, self._armed))
        return changes
