"""Whether a heel that is on its way down is going to be there too soon."""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.reps.heel_phases import SHORTEST_LOWERING_S

LEFT_TOP_DEG = 2.0
"""A heel this far below its top has left it: four times the sway."""
DROPPED_SHARE = 0.25
"""Ahead of the shortest lowering by so much of the usual range, and the alarm sounds. A heel that drops early, but by
no more than programs let pass (0.3 ahead of its own ten counts), comes this far ahead of eight."""
AHEAD_SHARE = 0.06
"""Ahead by this much (a rounded start or a wobble makes 0.05) it sounds if the heel is also still fast: after
`DROP_OVER_S`, when an early drop of a good rep (a fifth of it) has ended, and with so much speed over `SPEED_S` that
the whole would take less than `HURRIED_SHARE` of the shortest. Submovements come 2–4 a second: the window holds one
or two of them."""
DROP_OVER_S = 2.0
SPEED_S = 0.6
HURRIED_SHARE = 2.0 / 3.0


def too_fast(fallen_deg: FloatArray, usual_deg: float, shortest_s: float, rate_hz: float) -> npt.NDArray[np.bool_]:
    """(n,) whether a lowering is going to be shorter than `shortest_s`, by how far it is below its top at each row
    since, and by the usual range.
    """
    rows = np.arange(fallen_deg.shape[0])
    left = np.maximum.accumulate(np.where(fallen_deg < LEFT_TOP_DEG, rows, 0))
    travelled = (fallen_deg - fallen_deg[left]) / usual_deg
    elapsed_s = (rows - left) / rate_hz
    before = np.maximum(rows - round(SPEED_S * rate_hz), left)
    share_a_row = (travelled - travelled[before]) / np.maximum(rows - before, 1)
    rest_s = np.maximum(1.0 - travelled, 0.0) / np.maximum(share_a_row * rate_hz, 1e-6)
    hurried = (elapsed_s >= DROP_OVER_S) & (elapsed_s + rest_s < HURRIED_SHARE * shortest_s)
    lead = travelled - elapsed_s / shortest_s
    # A foot that is lifted for a step turns back sooner than a heel can come down.
    dropped = (lead > DROPPED_SHARE) & (elapsed_s >= SHORTEST_LOWERING_S)
    return np.asarray(dropped | (hurried & (lead > AHEAD_SHARE)))
