"""A raise on the toes so quick that it shakes the foot as a step does, told from a step by what follows.

After a raise the heel stays up, or comes down with care. A foot that was lifted for a step swings back at once and
lands.
"""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.heel_phases import LEVEL_SHARE, ROUGH_LOWERING_M_S2, SHORTEST_LOWERING_S

LONGEST_S = 0.4
"""A raise of 50° that takes longer from its first tenth to its last (0.7 s in all) is not rough by itself."""
EDGE_SHARE = 0.5
EDGE_S = 0.08
"""The first tenth of a minimum-jerk raise takes nearly half as long as the eight after it, and so does the last; and
two rows at 25 Hz, into which what is rough at its ends is averaged."""


def quick_raise(
    angle_deg: FloatArray, size_m_s2: FloatArray, rough: int, rate_hz: float, least_deg: float
) -> tuple[int, int] | None:
    """The rows (first, end) of the quickest raise, of at least `least_deg`, that began before row `rough`; None where
    it was slow, or no raise.

    `angle_deg` (n,) grows upwards. `size_m_s2` (n,) is |a|.
    """
    longest = round(LONGEST_S * rate_hz)
    climbed = (angle_deg[longest:] - angle_deg[:-longest])[:rough]
    if climbed.shape[0] == 0:
        return None
    middle = int(np.argmax(climbed)) + longest // 2
    low = float(angle_deg[max(middle - longest, 0) : middle].min())
    high = float(angle_deg[middle : middle + longest].max())
    if high - low < least_deg:
        return None
    level = LEVEL_SHARE * (high - low)
    up10 = int(np.flatnonzero(angle_deg[:middle] <= low + level)[-1])
    up90 = middle + int(np.argmax(angle_deg[middle:] >= high - level))
    margin = round(EDGE_SHARE * (up90 - up10)) + round(EDGE_S * rate_hz)
    soon = round(SHORTEST_LOWERING_S * rate_hz)
    after = size_m_s2[up90 + margin :]
    if up90 - up10 > longest or angle_deg[up90 : up90 + soon].min() < 0.5 * (high + low):
        return None
    if after.shape[0] < soon or after.std() > ROUGH_LOWERING_M_S2:
        return None
    return up10 - margin, up90 + margin
