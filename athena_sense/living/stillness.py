"""How long a sensor has been still: what ends a set."""

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.activity import STILL_ACC_M_S2
from athena_sense.units import STANDARD_GRAVITY_M_S2

BLOCK_S = 0.5
STILL_TILT_RAD = np.radians(5.0)
"""Largest turn since stillness began: standing sways by less, a heel on its way down turns by 30° and more."""


class Stillness:
    """Samples → `since_s`, when the stillness that still lasts began (s), None while something moves."""

    def __init__(self, rate_hz: float) -> None:
        self._size = max(2, round(BLOCK_S * rate_hz))
        self._t_s: FloatArray = np.empty(0)
        self._acc: FloatArray = np.empty((0, 3))
        self._held: FloatArray | None = None
        self.since_s: float | None = None

    def feed(self, samples: SampleBatch) -> None:
        """Take the next samples."""
        self._t_s = np.concatenate((self._t_s, samples.t_s))
        self._acc = np.concatenate((self._acc, samples.acc_m_s2))
        done = len(self._t_s) // self._size * self._size
        for start in range(0, done, self._size):
            self._judge(float(self._t_s[start]), self._acc[start : start + self._size])
        self._t_s, self._acc = self._t_s[done:], self._acc[done:]

    def _judge(self, start_s: float, acc: FloatArray) -> None:
        mean = acc.mean(axis=0)
        shaken = float(np.linalg.norm(acc, axis=1).std()) >= STILL_ACC_M_S2
        moved = self._held is not None and _turn_m_s2(mean, self._held) > STANDARD_GRAVITY_M_S2 * STILL_TILT_RAD
        if shaken:
            self.since_s = self._held = None
        elif moved or self._held is None:
            self.since_s, self._held = start_s, mean


def _turn_m_s2(a: FloatArray, b: FloatArray) -> float:
    return float(np.linalg.norm(a - b))
