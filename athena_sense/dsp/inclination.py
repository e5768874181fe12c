"""Which way is up, in the sensor's own axes."""

from collections.abc import Callable

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.centred_fir import CentredFir, gaussian_taps

GRAVITY_SIGMA_S = 0.08
"""Smoothing of acceleration into gravity. A Gaussian of 80 ms passes 97 % at 0.5 Hz (slow lowering), 61 % at 2 Hz,
and 1 % at 6 Hz, where the jolts and ringing of a strapped-on sensor begin."""


class InclinationFromAcceleration:
    """Up = the direction of smoothed specific force: right while the sensor moves slowly."""

    def __init__(self, rate_hz: float) -> None:
        self._gravity = CentredFir(gaussian_taps(GRAVITY_SIGMA_S, rate_hz))

    def feed(self, acc_m_s2: FloatArray, gyr_rad_s: FloatArray | None) -> FloatArray:
        """Unit vectors (m, 3), lagging the input rows (n, 3) until `flush`."""
        return unit(self._gravity.feed(acc_m_s2).T).T

    def flush(self) -> FloatArray:
        """The rows still owed at the end of a stretch."""
        return unit(self._gravity.flush().reshape(-1, 3).T).T


class InclinationFromGyroscope:
    """Up from acceleration and angular rate: VQF, 6D (Laidig & Seel 2023, doi 10.1016/j.inffus.2022.10.014).

    Rest bias estimation is off: a heel lowered by 3 °/s is within VQF's idea of rest, so it would take the
    lowering itself for gyroscope bias. Its motion bias estimate, which acceleration corrects, stays on.
    """

    def __init__(self, rate_hz: float) -> None:
        from vqf import VQF

        def fresh() -> VQF:
            return VQF(1.0 / rate_hz, restBiasEstEnabled=False)

        self._fresh: Callable[[], VQF] = fresh
        self._filter: VQF = fresh()

    def feed(self, acc_m_s2: FloatArray, gyr_rad_s: FloatArray | None) -> FloatArray:
        """Unit vectors (n, 3) for the input rows (n, 3) each."""
        if gyr_rad_s is None or gyr_rad_s.shape[0] == 0:
            return acc_m_s2[:0]
        q = self._filter.updateBatch(np.ascontiguousarray(gyr_rad_s), np.ascontiguousarray(acc_m_s2))["quat6D"]
        w, x, y, z = q[:, 0], q[:, 1], q[:, 2], q[:, 3]
        return np.stack((2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y))).T

    def flush(self) -> FloatArray:
        """Nothing is owed; the next stretch starts without the past, which a gap has broken."""
        self._filter = self._fresh()
        return np.empty((0, 3))


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (3, n) at length one. Free fall has no up: a zero vector stays zero instead of becoming NaN."""
    x, y, z = vectors
    length = np.sqrt(x * x + y * y + z * z)
    return np.asarray(vectors / np.where(length > 0.0, length, 1.0))
