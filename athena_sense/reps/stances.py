"""Stances: where a body segment is held quietly, which is where its movements are measured from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import TICK_S, ActivityStage
from athena_sense.dsp.inclination import unit
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import length

QUIET_S = 1.0
"""A stance is a second without movement: a turn-around is shorter."""
QUIET_RAD = np.radians(1.5)
"""Largest change of inclination within it. Standing sways by 0.3–0.5° RMS below 1 Hz; leaning or lifting by a few
degrees in one to three seconds is faster."""

START_TICKS = 5
"""A recording that begins with half a second of quiet begins with a stance."""
ONSET_TICKS = 4
"""A movement that begins speeds the sensor up before it has turned it by as much as `QUIET_RAD` (minimum jerk, 10° in
a second: 0.3 s): the last ticks of a quiet second may be the first of a movement."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """One row a tick: `quiet` (m,), `busy` (m,), and two directions of up, (m, 3) each: `posture` as the inclination
    has it over the last second, `level` from the mean acceleration of its first part: right where it is quiet. So long
    (m/s²) is that mean: `weight_m_s2` (m,), gravity as this sensor has it there.

    `first_row` is the motion row at which the first tick begins, each is `rows` long.
    """

    first_row: int
    rows: int
    quiet: npt.NDArray[np.bool_]
    busy: npt.NDArray[np.bool_]
    posture: FloatArray
    level: FloatArray
    weight_m_s2: FloatArray

    @property
    def end_row(self) -> int:
        return self.first_row + self.rows * int(self.quiet.shape[0])


class Stances:
    """Motion → Ticks, for any cut."""

    def __init__(self, rate_hz: float) -> None:
        self._activity = ActivityStage(rate_hz)
        self._rows = self._activity.tick_rows
        self._span = max(1, round(QUIET_S / TICK_S))
        # Channel by channel, as in `ActivityStage`.
        self._pending: FloatArray = np.empty((6, 0))
        self._ups: FloatArray | None = None

    def feed(self, motion: Motion) -> Ticks:
        """The ticks that these rows complete."""
        activity = self._activity.feed(motion)
        seen = np.concatenate((self._pending, np.vstack((motion.up.T, motion.acc_m_s2.T))), axis=1)
        n = activity.busy.shape[0]
        self._pending = seen[:, n * self._rows :]
        first = activity.end_index - n * self._rows
        if n == 0:
            none = np.empty((0, 3))
            return Ticks(first, self._rows, activity.still, activity.busy, none, none, np.empty(0))
        fresh = seen[:, self._rows - 1 : n * self._rows : self._rows].copy()
        for k in range(1, self._rows):
            fresh[3:] += seen[3:, self._rows - 1 - k : n * self._rows - k : self._rows]
        before = np.repeat(fresh[:, :1], self._span, axis=1) if self._ups is None else self._ups
        ups = np.concatenate((before, fresh), axis=1)
        self._ups = ups[:, -self._span :]
        posture, level, furthest = fresh[:3].copy(), np.zeros((3, n)), np.zeros(n)
        for back in range(1, self._span + 1):
            past = ups[:, self._span - back : self._span - back + n]
            d = fresh[:3] - past[:3]
            d *= d
            np.maximum(furthest, d[0] + d[1] + d[2], out=furthest)
            posture += past[:3]
            # The oldest tick ended a second ago: its rows lie before the second that is looked at.
            if ONSET_TICKS <= back < self._span:
                level += past[3:]
        quiet = activity.still & (furthest < QUIET_RAD**2)
        quiet[: max(START_TICKS - first // self._rows - 1, 0)] = False
        # A dead sensor feels none.
        weight_m_s2 = np.maximum(length(level.T), 1e-9) / (self._rows * (self._span - ONSET_TICKS))
        return Ticks(first, self._rows, quiet, activity.busy, unit(posture).T, unit(level).T, weight_m_s2)
