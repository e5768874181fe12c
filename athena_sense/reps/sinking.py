"""How far a trunk has sunk below where it stands, followed row by row: roughly, but without waiting for its return."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

FORGET_S = 4.0
"""Height is forgotten with this time constant, three times over: that of a squat of 8 s keeps most of its size, and
what an accelerometer's error would grow to is lost."""


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
