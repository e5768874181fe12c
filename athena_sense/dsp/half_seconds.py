"""Half seconds of acceleration, summed up once for all who ask whether a sensor is still."""

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.units import STANDARD_GRAVITY_M_S2

BLOCK_S = 0.5
STILL_SD_M_S2 = 0.013 * STANDARD_GRAVITY_M_S2
"""Largest standard deviation of an axis: 13 mg (van Hees et al. 2014, doi 10.1152/japplphysiol.00421.2014, there over
10 s). People who stand still with a sensor on the waist or chest show 5 to 8 mg."""
LATE = 1.2
"""Samples that took longer than this many times have a hole in them."""


class HalfSeconds:
    """Samples → blocks (n, 8) of half a second each: the times (s) of its first and last sample, the sums and the sums
    of squares of its axes. The same for any cut.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self.size = max(2, round(BLOCK_S * sample_rate_hz))
        self._waiting: list[SampleBatch] = []
        self._count = 0

    def feed(self, samples: SampleBatch) -> FloatArray:
        """The blocks that these samples complete."""
        self._waiting.append(samples)
        self._count += len(samples)
        count, size = self._count // self.size, self.size
        if count == 0:
            return np.empty((0, 8))
        t_s = np.concatenate([batch.t_s for batch in self._waiting])
        acc_m_s2 = np.concatenate([batch.acc_m_s2 for batch in self._waiting])
        self._waiting = [SampleBatch(t_s[count * size :].copy(), acc_m_s2[count * size :].copy())]
        self._count -= count * size
        t = t_s[: count * size].reshape(count, size)
        # Each axis by itself, so that what is summed lies together: quick, and the same for any number of blocks.
        acc = np.ascontiguousarray(acc_m_s2[: count * size].T).reshape(3, count, size)
        return np.column_stack((t[:, 0], t[:, -1], acc.sum(axis=2).T, (acc * acc).sum(axis=2).T))


def spread(means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean (n, 3) and standard deviation of the worst axis (n,) from the means of the axes and of their squares."""
    mean = means[:, :3]
    return mean, np.sqrt(np.maximum(means[:, 3:] - mean * mean, 0.0)).max(axis=1)


def size_of(acc_m_s2: FloatArray) -> FloatArray:
    """(n,) |a| of (n, 3)."""
    x, y, z = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z))
