"""When movement may count: from the start of the stream or from stillness, until somebody walks about."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from athena_sense.dsp.activity import ActivityStage
from athena_sense.dsp.motion import Motion


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

    def feed(self, motion: Motion) -> list[Change]:
        """Changes that these rows bring, in order."""
        activity = self._activity.feed(motion)
        rows = self._activity.tick_rows
        self.known_to = activity.end_index
        first_row = activity.end_index - activity.busy.shape[0] * rows
        found = self._switches(activity.still, activity.busy)
        found += [(tick, "rested") for tick in self._rests(activity.resting)]
        # At the same tick arming comes first, and then what rests.
        return [Change(first_row + (tick + 1) * rows, to) for tick, to in sorted(found)]

    def _switches(
        self, still: npt.NDArray[np.bool_], busy: npt.NDArray[np.bool_]
    ) -> list[tuple[int, Literal["armed", "disarmed", "rested"]]]:
        found: list[tuple[int, Literal["armed", "disarmed", "rested"]]] = []
        tick = 0
        while tick < busy.shape[0]:
            flags = busy if self._armed else still
            step = int(np.argmax(flags[tick:]))
            if not flags[tick + step]:
                break
            tick += step + 1
            self._armed = not self._armed
            found.append((tick - 1, "armed" if self._armed else "disarmed"))
        return found

    def _rests(self, resting: npt.NDArray[np.bool_]) -> list[int]:
        """Ticks at which a rest begins."""
        before = np.concatenate(([self._rested], resting))
        self._rested = bool(before[-1])
        return [int(tick) for tick in np.flatnonzero(before[1:] & ~before[:-1])]
