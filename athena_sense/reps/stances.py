"""Stances: where a body segment is held quietly, which is where its movements are measured from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import TICK_S, ActivityStage
from athena_sense.dsp.motion import Motion

QUIET_S = 1.0
"""A stance is a second without movement: a turn-around is shorter."""
QUIET_RAD = np.radians(1.5)
"""Largest change of inclination within it. Standing sways by 0.3–0.5° RMS below 1 Hz; leaning or lifting by a few
degrees in one to three seconds is faster."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """One row a tick: `quiet` (m,), `busy` (m,), `posture` (m, 3) the mean direction of up over the last second.

    `first_row` is the motion row at which the first tick begins, each is `rows` long.
    """

    first_row: int
    rows: int
    quiet: npt.NDArray[np.bool_]
    busy: npt.NDArray[np.bool_]
    posture: FloatArray

    @property
    def end_row(self) -> int:
        return self.first_row + self.rows * int(self.quiet.shape[0])


class Stances:
    """Motion → Ticks, for any cut."""

    def __init__(self, rate_hz: float) -> None:
        self._activity = ActivityStage(rate_hz)
        self._rows = self._activity.tick_rows
        self._span = max(1, round(QUIET_S / TICK_S))
        self._pending: FloatArray = np.empty((0, 3))
        self._ups: FloatArray | None = None

    def feed(self, motion: Motion) -> Ticks:
        """The ticks that these rows complete."""
        activity = self._activity.feed(motion)
        up = np.concatenate((self._pending, motion.up))
        n = activity.busy.shape[0]
        self._pending = up[n * self._rows :]
        first = activity.end_index - n * self._rows
        if n == 0:
            return Ticks(first, self._rows, activity.still, activity.busy, np.empty((0, 3)))
        fresh = up[self._rows - 1 : n * self._rows : self._rows]
        before = np.repeat(fresh[:1], self._span, axis=0) if self._ups is None else self._ups
        ups = np.concatenate((before, fresh))
        self._ups = ups[-self._span :]
        total, furthest = fresh.copy(), np.zeros(n)
        for back in range(1, self._span + 1):
            past = ups[self._span - back : self._span - back + n]
            d = fresh - past
            furthest = np.maximum(furthest, d[:, 0] ** 2 + d[:, 1] ** 2 + d[:, 2] ** 2)
            total += past
        length = np.sqrt(total[:, 0] ** 2 + total[:, 1] ** 2 + total[:, 2] ** 2)
        posture = total / np.where(length > 0.0, length, 1.0)[:, None]
        return Ticks(first, self._rows, activity.still & (furthest < QUIET_RAD**2), activity.busy, posture)
