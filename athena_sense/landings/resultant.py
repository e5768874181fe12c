"""The resultant, and where a sampled curve crosses a level."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2


def norm_g(acc_m_s2: FloatArray) -> FloatArray:
    """(n,) resultant in g of (n, 3) m/s²."""
    x, y, z = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z) / STANDARD_GRAVITY_M_S2)


def row_at(t_s: FloatArray, time_s: float) -> int:
    """The first row at or after a time."""
    return int(t_s.searchsorted(time_s))


def crossing_s(t_s: FloatArray, values: FloatArray, row: int, level: float) -> float:
    """When the straight line from row − 1 to row crosses the level."""
    if row <= 0:
        return float(t_s[0])
    before, after = values[row - 1], values[row]
    share = 1.0 if before == after else min(1.0, max(0.0, (level - before) / (after - before)))
    return float(t_s[row - 1] + share * (t_s[row] - t_s[row - 1]))


def rise_s(t_s: FloatArray, values: FloatArray, start: int, low: float, high: float) -> tuple[float, float]:
    """When the first rise to `high` from row `start` on left `low`, and when it reached `high` (s)."""
    top = start + int((values[start:] >= high).argmax())
    below = (values[:top] < low).nonzero()[0]
    foot = int(below[-1]) + 1 if len(below) else 1
    return crossing_s(t_s, values, foot, low), crossing_s(t_s, values, top, high)
