"""How far a body is from standing, followed row by row: its lean, and how far a trunk has sunk, roughly."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.history import LOOK_BACK_S, History
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

FORGET_S = 4.0
"""Height is forgotten with this time constant, three times over: that of a squat of 8 s keeps most of its size, and
what an accelerometer's error would grow to is lost."""

DEG_PER_M = 100.0
"""What a trunk sinks counts as so much of a turn: in a squat to 60° the hips sink by 0.2–0.3 m and a trunk leans by 10
to 40°, and standing still the one is known to some centimetres, the other to a degree."""
STOOD_S = 0.5
"""Standing still looks as in so long before: sway is slower, and a sensor's noise is gone."""


class Sinking:
    """Size of the specific force → metres below the stand (positive: lower), for any cut.

    The size of the acceleration needs no inclination, which is wrong in the first seconds; it takes a sideways
    acceleration for a little upward one. Ahead of the true height by a quarter of a second for a squat of 4 s, and by
    a second for one of 8 s: for finding a movement, not for timing it.
    """

    def __init__(self, rate_hz: float) -> None:
        self._step_s = 1.0 / rate_hz
        self._own_m_s2: float | None = None
        self._state = (0.0, 0.0, 0.0)

    def rest(self, size_m_s2: float) -> None:
        """The body stands still, and its sensor shows `size_m_s2` (m/s²) there."""
        self._own_m_s2 = size_m_s2
        self._state = (0.0, 0.0, 0.0)

    def feed(self, acc_m_s2: FloatArray) -> FloatArray:
        """(n,) m for (n, 3) m/s²; nothing before the first rest has told what standing still looks like."""
        sunk: FloatArray = np.zeros(acc_m_s2.shape[0])
        if self._own_m_s2 is None:
            return sunk
        x, y, z = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
        scale = STANDARD_GRAVITY_M_S2 / self._own_m_s2
        upward = np.sqrt(x * x + y * y + z * z) * scale - STANDARD_GRAVITY_M_S2
        step_s, leak = self._step_s, 1.0 / FORGET_S
        a, b, c = self._state
        out = []
        for value in upward.tolist():
            c += step_s * (b - leak * c)
            b += step_s * (a - leak * b)
            a += step_s * (value - leak * a)
            out.append(leak * c - b)
        self._state = (a, b, c)
        sunk[:] = out
        return sunk


class Body:
    """The rows of a history as distances from standing."""

    def __init__(self, history: History, sinks: bool) -> None:
        """`sinks`: the sensor is on a trunk, which goes down as far as it leans, or further."""
        self._history = history
        self._sinking = Sinking(history.rate_hz) if sinks else None
        self._sunk: FloatArray = np.empty(0)
        self._sunk_to = 0

    def follow(self, end: int) -> None:
        """Follow how far the body sinks up to row `end`, where that is looked at."""
        if self._sinking is not None and end > self._sunk_to:
            sunk = self._sinking.feed(self._history.acc_m_s2(self._sunk_to, end))
            self._sunk = np.concatenate((self._sunk[-2 * round(LOOK_BACK_S * self._history.rate_hz) :], sunk))
            self._sunk_to = end

    def known_to(self, end: int) -> int:
        """The first row, up to `end`, whose distance is not known yet."""
        return end if self._sinking is None else min(end, self._sunk_to)

    def stands(self, row: int) -> None:
        """The body stands still in the rows before `row`."""
        if self._sinking is not None:
            acc = self._history.acc_m_s2(max(row - round(STOOD_S * self._history.rate_hz), 0), row)
            self._sinking.rest(float(np.sqrt((acc * acc).sum(axis=1)).sum() / acc.shape[0]))

    def away_deg(self, rest: FloatArray, row: int, end: int) -> FloatArray:
        """(n,) how far the body is from standing with its up (3,) at `rest`."""
        away = self.tilt_deg(rest, row, end)
        if self._sinking is None:
            return away
        first = row - self._sunk_to + self._sunk.shape[0]
        return np.asarray(away + DEG_PER_M * self._sunk[first : first + end - row])

    def tilt_deg(self, rest: FloatArray, row: int, end: int) -> FloatArray:
        """(n,) angle between the posture and `rest` (3,)."""
        d = self._history.up(row, end) - rest
        chord = np.sqrt(d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1] + d[:, 2] * d[:, 2])
        return np.asarray(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)) * DEG_PER_RAD)
