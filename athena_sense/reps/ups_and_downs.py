"""Vertical movements of the body: runs of rows in which it moves up, or down."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.centred_fir import CentredFir, velocity_taps
from athena_sense.dsp.motion import Motion
from athena_sense.units import STANDARD_GRAVITY_M_S2

HALF_WINDOW_S = 2.5
"""Velocity is taken about its mean over ±2.5 s: a raise of 2.5 s keeps its shape, and the sensor's bias is gone."""
EDGE_SHARE = 0.05
"""A minimum-jerk movement is faster than a twentieth of its largest speed for 89 % of its duration."""
LARGEST_ERROR_M_S2 = 0.5
"""Gravity may be wrong by so much (bias of 20–40 mg an axis); what a stream begins or ends with beyond it is
movement."""
LONGEST_RUN_S = 30.0
"""Whoever moves one way for longer does not move: such a run is closed, so that it stays in memory for no longer."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows `first` … `last`, faster than an edge; the way `rise_m` (m, negative: down) and the largest speed (m/s),
    both about the mean of the window. Known at row `known_row`."""

    first: int
    last: int
    rise_m: float
    peak_m_s: float
    known_row: int


class UpsAndDowns:
    """Motion → Run, for any cut, `HALF_WINDOW_S` late."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._velocity = CentredFir(velocity_taps(HALF_WINDOW_S, rate_hz))
        self._last_m_s2: float | None = None
        self._run: list[float] = []
        self.row = -1
        """First row whose speed is not known; one before the stream's first is made up."""

    def feed(self, motion: Motion) -> list[Run]:
        """The runs that these rows, not none, end."""
        acc, up = motion.acc_m_s2, motion.up
        upward = acc[:, 0] * up[:, 0] + acc[:, 1] * up[:, 1] + acc[:, 2] * up[:, 2] - STANDARD_GRAVITY_M_S2
        if self._last_m_s2 is None:
            upward = np.concatenate(([_standing(float(upward[0]))], upward))
        self._last_m_s2 = float(upward[-1])
        return self._follow(self._velocity.feed(upward[:, None]))

    def finish(self) -> list[Run]:
        """The runs that end with the stream."""
        if self._last_m_s2 is None:
            return []
        after = np.full((self._velocity.delay, 1), _standing(self._last_m_s2))
        return self._follow(self._velocity.feed(after)) + self._closed(self.row)

    def _follow(self, speed_m_s: FloatArray) -> list[Run]:
        speed = speed_m_s.ravel()
        if speed.shape[0] == 0:
            return []
        runs: list[Run] = []
        rises = speed > 0.0
        turns = [0, *(np.flatnonzero(rises[1:] != rises[:-1]) + 1).tolist(), speed.shape[0]]
        longest = round(LONGEST_RUN_S * self._rate_hz)
        for first, end in pairwise(turns):
            if self._run and bool(rises[first]) != (self._run[0] > 0.0):
                runs += self._closed(self.row + first)
            self._run += speed[first:end].tolist()
            while len(self._run) > longest:
                rest, self._run = self._run[longest:], self._run[:longest]
                runs += self._closed(self.row + end - len(rest))
                self._run = rest
        self.row += speed.shape[0]
        return runs

    def _closed(self, row: int) -> list[Run]:
        """The run that ends before row `row`."""
        values, self._run = np.array(self._run), []
        size = np.abs(values)
        peak_m_s = float(size.max(initial=0.0))
        if peak_m_s == 0.0:
            return []
        moving = np.flatnonzero(size >= EDGE_SHARE * peak_m_s)
        first = row - values.shape[0]
        rise_m = float(values.sum()) / self._rate_hz
        return [Run(max(first + int(moving[0]), 0), first + int(moving[-1]), rise_m, peak_m_s, row)]


def _standing(upward_m_s2: float) -> float:
    """What a body that stands before the stream, or after it, would show: no more than a sensor's error."""
    return min(max(upward_m_s2, -LARGEST_ERROR_M_S2), LARGEST_ERROR_M_S2)
