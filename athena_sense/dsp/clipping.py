"""Which samples lie at, or beyond, the end of the sensor's range."""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

FULL_SCALES_M_S2 = STANDARD_GRAVITY_M_S2 * np.array([2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 100.0, 200.0])
"""Full scales of accelerometers: where the range is not known, a flat top at one of them is clipping."""
AT_FULL_SCALE = 0.995
"""Scale calibration moves the end of the range by some thousandths."""
NEAR_FULL_SCALE = 0.02


def clipped_rows(acc_m_s2: FloatArray, range_m_s2: float | None) -> npt.NDArray[np.bool_]:
    """(n,) whether a sample of `acc_m_s2` (n, 3) has an axis at the end of its range.

    Where the range is not known: an axis that repeats exactly the value of the sample before, near a usual
    full scale, has hit a stop.
    """
    flat = np.zeros(acc_m_s2.shape[0], bool)
    least = AT_FULL_SCALE * range_m_s2 if range_m_s2 is not None else 0.98 * FULL_SCALES_M_S2[0]
    if not acc_m_s2.size or (acc_m_s2.max() < least and acc_m_s2.min() > -least):
        return flat
    size = np.abs(acc_m_s2)
    if range_m_s2 is not None:
        return np.asarray((size >= least).any(axis=1))
    large = size > least
    rows = np.flatnonzero(large[1:].any(axis=1)) + 1
    same = (acc_m_s2[rows] == acc_m_s2[rows - 1]) & large[rows]
    near = (np.abs(size[rows][:, :, None] / FULL_SCALES_M_S2 - 1.0) < NEAR_FULL_SCALE).any(axis=2)
    flat[rows] = (same & near).any(axis=1)
    return flat
