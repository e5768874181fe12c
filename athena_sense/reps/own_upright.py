"""A second sensor's inclination from its own upright, kept for a while and asked about stretches of time."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Mapping

import numpy as np

from athena_sense.datatypes import FloatArray, Hold, Landing, Measurement, Rep, SampleBatch, not_measured
from athena_sense.dsp.grid import BRIDGED_S
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import length
from athena_sense.reps.stances import Stances
from athena_sense.reps.tilting import tilt_deg, up_of_pendulum
from athena_sense.units import STANDARD_GRAVITY_M_S2

MOVED_S = 6.0
"""A stance kept for this long is a new upright: no rep's hold is as long."""
AROUND_S = 1.5
"""Rows before and after that acceleration needs around an instant to tell up from speeding up (4 τ of 1.3 m)."""
LEAST_GRAVITY = 0.5
"""A sensor on somebody who stands feels its weight: one that shows less than half of it on average is dead."""
POINT_S = 0.1
"""Half a stretch that stands for an instant."""
CHEST_LEVER_M = 0.4
"""A sensor on the chest over the hips, about which a trunk leans (Winter 2009, segment lengths)."""


class OwnUpright:
    """Motion → how far a segment leans from its own upright, asked afterwards: second sensors build on it.

    Upright is the first quiet stance since the beginning or since walking, until another is kept for `MOVED_S`.
    `lever_m`: without a gyroscope, the sensor's height over the joint it turns about; None: with one.
    """

    def __init__(self, rate_hz: float, lever_m: float | None) -> None:
        self._rate_hz, self._lever_m = rate_hz, lever_m
        self._stances = Stances(rate_hz)
        self._blocks: deque[FloatArray] = deque()
        self._upright: deque[tuple[int, FloatArray | None]] = deque()
        self._quiet = 0
        self.known_to_s = float("-inf")
        self._newest_s = -np.inf

    def feed(self, samples: SampleBatch, motion: Motion) -> None:
        """Take the next rows."""
        if len(motion) == 0:
            return
        numbers = np.arange(motion.first_index, motion.first_index + len(motion))
        self._blocks.append(np.column_stack((motion.t_s, motion.acc_m_s2, motion.up, numbers)))
        self._newest_s = float(motion.t_s[-1])
        ticks = self._stances.feed(motion)
        for tick in range(ticks.quiet.shape[0]):
            row = ticks.first_row + (tick + 1) * ticks.rows
            self._stood(row, bool(ticks.quiet[tick]), bool(ticks.busy[tick]), ticks.posture[tick], ticks.rows)
        wait_s = 0.0 if self._lever_m is None else AROUND_S
        self.known_to_s = self._newest_s - wait_s - 2.0 * POINT_S

    def finish(self) -> None:
        """No more will come."""
        self.known_to_s = float("inf")

    def forget(self, before_s: float) -> None:
        """Let go of what lies before; the upright that was in force then is kept."""
        while len(self._blocks) > 1 and self._blocks[0][-1, 0] < before_s - AROUND_S - 1.0:
            gone = self._blocks.popleft()
            while len(self._upright) > 1 and self._upright[1][0] <= gone[-1, 7]:
                self._upright.popleft()

    def largest_deg(self, start_s: float, end_s: float) -> Measurement:
        """The largest lean between two instants (s), over a tenth of a second each time."""
        return self._asked(start_s, end_s, largest=True)

    def mean_deg(self, start_s: float, end_s: float) -> Measurement:
        """The mean lean between two instants (s), or about them where they are one."""
        return self._asked(start_s - POINT_S, end_s + POINT_S, largest=False)

    def _stood(self, row: int, quiet: bool, busy: bool, posture: FloatArray, rows: int) -> None:
        known = self._upright[-1][1] if self._upright else None
        if busy:
            self._quiet = 0
            if known is not None:
                self._upright.append((row, None))
            return
        self._quiet = self._quiet + 1 if quiet else 0
        if quiet and (known is None or self._quiet * rows == round(MOVED_S * self._rate_hz) // rows * rows):
            self._upright.append((row, posture))

    def _asked(self, start_s: float, end_s: float, *, largest: bool) -> Measurement:
        rows = self._between(start_s - AROUND_S, end_s + AROUND_S)
        t_s = rows[:, 0]
        first, last = int(np.searchsorted(t_s, start_s)), int(np.searchsorted(t_s, end_s, side="right"))
        cell_s = 1.5 / self._rate_hz
        if last <= first or t_s[first] - start_s > BRIDGED_S + cell_s or end_s - t_s[last - 1] > BRIDGED_S + cell_s:
            return not_measured("gap")
        if last - first > 1 and float(np.diff(t_s[first:last]).max()) > BRIDGED_S + cell_s:
            return not_measured("gap")
        if float(length(rows[first:last, 1:4]).sum()) < LEAST_GRAVITY * STANDARD_GRAVITY_M_S2 * (last - first):
            return not_measured("no_gravity")
        upright = self._upright_at(int(rows[first, 7]))
        if upright is None:
            return not_measured("no_baseline")
        up = rows[:, 4:7] if self._lever_m is None else up_of_pendulum(rows[:, 1:4], self._rate_hz, self._lever_m)
        lean = length(tilt_deg(up[first:last], upright))
        return Measurement(float(lean.max() if largest else lean.sum() / lean.shape[0]))

    def _upright_at(self, row: int) -> FloatArray | None:
        at = bisect_right([since for since, _ in self._upright], row) - 1
        return self._upright[at][1] if at >= 0 else None

    def _between(self, start_s: float, end_s: float) -> FloatArray:
        ends = [float(block[-1, 0]) for block in self._blocks]
        parts = []
        for block in list(self._blocks)[bisect_left(ends, start_s) :]:
            if block[0, 0] > end_s:
                break
            first, last = np.searchsorted(block[:, 0], [start_s, end_s])
            parts.append(block[first:last])
        return np.concatenate(parts) if parts else np.empty((0, 8))


class TrunkLean(OwnUpright):
    """The trunk's largest lean during a rep, from the chest."""

    def __init__(self, rate_hz: float, *, has_gyroscope: bool) -> None:
        super().__init__(rate_hz, None if has_gyroscope else CHEST_LEVER_M)

    def measure(self, item: Rep | Landing | Hold) -> Mapping[str, Measurement]:
        """`trunk_lean_deg` of a rep."""
        assert isinstance(item, Rep)
        return {"trunk_lean_deg": self.largest_deg(item.start_s, item.end_s)}
