"""Swings: a movement along one rhythm's direction, from turn-around to turn-around."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.halves import ONSET_SHARE, TRUE
from athena_sense.reps.position import LowPass
from athena_sense.reps.rhythm import Rhythm

SMOOTHING = 2.0
"""Cut-off of the smoothing in units of the rhythm: passes one swing a cycle, damps a second and third bump."""
LEAST_CUTOFF_HZ = 0.7
"""Slow reps have no quick bumps to smooth away, and more smoothing would only report them later."""


def project(signals: FloatArray, direction: FloatArray) -> FloatArray:
    """`signals` (n, c) along `direction` (c,)."""
    return np.asarray(np.einsum("nc,c->n", signals, direction))


@dataclass(frozen=True, slots=True)
class Turn:
    """A high (`sign` 1) or low (−1) of the movement at `row`."""

    row: int
    value: float
    sign: int


class Swings:
    """Turn-arounds of the movement along one rhythm's direction, on smoothed rows that start at `first`."""

    def __init__(self, rhythm: Rhythm, rate_hz: float, first: int) -> None:
        self._filter = LowPass(max(LEAST_CUTOFF_HZ, SMOOTHING / rhythm.period_s), rate_hz)
        self._direction = rhythm.direction
        self.lag = round(self._filter.delay_rows)
        self.sign = 0
        """Which way the movement goes; 0 before the first turn."""
        self.first = first
        """Row of the last turn."""
        self.start_value = 0.0
        self._away: FloatArray = np.empty(0)

    def append(self, signals: FloatArray) -> None:
        """Take the next rows of position signals."""
        along = self._filter.feed(project(signals, self._direction)[:, None])[:, 0]
        if self._away.shape[0] == 0:
            self.start_value = float(along[0])
        self._away = np.concatenate((self._away, along if self.sign >= 0 else -along))

    def next_turn(self, back: float) -> tuple[int, Turn] | None:
        """The first row that has come `back` from an extremum, and that extremum."""
        if self.sign:
            return self._turn_of(self._away, back, self.sign)
        found = [self._turn_of(sign * self._away, back, sign) for sign in (1, -1)]
        return min((turn for turn in found if turn is not None), default=None, key=lambda turn: turn[0])

    def _turn_of(self, away: FloatArray, back: float, sign: int) -> tuple[int, Turn] | None:
        if not away.shape[0]:
            return None
        at = (np.maximum.accumulate(away) - away > back).tobytes().find(TRUE)
        return (self.first + at, self._extremum(away[:at], sign)) if at >= 0 else None

    def slowed(self, least: float) -> int | None:
        """The first row, `least` or more from the last turn, at which the movement has all but stopped."""
        if self.sign == 0 or self._away.shape[0] < 3:
            return None
        there = self._away[1:] >= self._away[0] + least
        if TRUE not in there.tobytes():
            return None
        speed = self._away[1:] - self._away[:-1]
        at = (there & (speed < ONSET_SHARE * np.maximum.accumulate(speed))).tobytes().find(TRUE)
        return self.first + at + 1 if at >= 0 else None

    def furthest(self, row: int) -> Turn:
        """The extremum between the last turn and `row`."""
        return self._extremum(self._away[: row - self.first + 1], self.sign)

    def _extremum(self, away: FloatArray, sign: int) -> Turn:
        k = int(away.argmax())
        return Turn(self.first + k, sign * float(away[k]), sign)

    def last_value(self) -> float:
        """The newest value."""
        return (self.sign or 1) * float(self._away[-1])

    def turn(self, at: Turn) -> None:
        """Go on from a turn, the other way."""
        away = self._away[at.row - self.first :]
        self._away = -away if self.sign or at.sign > 0 else away
        self.first, self.sign = at.row, -at.sign
