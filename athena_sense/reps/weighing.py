"""How far a leg turns, by an accelerometer alone: by how much less of gravity lies along it.

Across the leg, gravity and the leg's own speeding up look alike. Along it there is gravity and, while it turns, the
pull outwards: at its height, where it turns round, gravity alone. Everywhere `weight` (3,) points along the leg, and is
as long as one over the gravity that the leg's stance showed.
"""

import math

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import component, length, unit
from athena_sense.units import DEG_PER_RAD

LARGEST_PULL = 1.5
"""More than this along the leg, in g, counts as this: a foot lifted by 70° in a second feels 1.3 as it passes the
middle, a hurried one 2 and more, and then weighs as much on average as one that stands."""
UNSEEN_DEG = 8.0
"""What seems to be up turns with the leg, and further as the leg hurries away and back: by so much less at most, of
which an accelerometer's bias (40 mg) is 3°. Where it turned less than weight tells, the leg did not turn so far either:
a knee lifted over an upright shank weighs less as it slows down, by a third in a step of 0.4 m in a second, and so does
a height that is only passed."""
LEAST_FELT = 0.5
"""What feels less (in g) falls, and then whatever is left seems to be up."""
HANG_S, HANGS_G = 0.2, 0.05
"""Before a lift a leg hangs still for so long if it feels gravity to within so much (bias and scale are the stance's,
too). A foot that turns round there is pushed across by as much again as 20° seem to."""


def angle_by_weight(acc_m_s2: FloatArray, weight: FloatArray, rows: int) -> FloatArray:
    """(n,) angle (deg) from the stance: by the mean of the last `rows` rows."""
    mean = _mean(np.minimum(component(acc_m_s2, weight), LARGEST_PULL), rows)
    return np.asarray(np.arccos(np.clip(mean, -1.0, 1.0)) * DEG_PER_RAD)


def centred_angle(acc_m_s2: FloatArray, weight: FloatArray, half: int) -> FloatArray:
    """(n,) the same, in the mean of `half` rows before each and after."""
    padded = np.concatenate((acc_m_s2, np.repeat(acc_m_s2[-1:], half, axis=0)))
    return angle_by_weight(padded, weight, 2 * half + 1)[half:]


def is_seen(angle_deg: float, acc_m_s2: FloatArray, weight: FloatArray, half: int) -> bool:
    """Whether in some mean of `half` rows before each and after what seems to be up turned as far, as it has to."""
    mean = _mean(acc_m_s2, 2 * half + 1)[2 * half :]
    along, size = component(mean, weight), length(mean) * math.sqrt(weight @ weight)
    cosines = along[size > LEAST_FELT] / size[size > LEAST_FELT]
    return bool((cosines < math.cos((angle_deg - UNSEEN_DEG) / DEG_PER_RAD)).any())


def from_where_it_hung_deg(angle_deg: float, high: FloatArray, hung: FloatArray, weight: FloatArray) -> float:
    """How far a leg turned that was `angle_deg` from its stance at its height: from where it hung before.

    `high`, `hung`: rows (n, 3) of acceleration there. Where it did not hang still, its stance has to do.
    """
    scale = math.sqrt(weight @ weight)
    before = hung.mean(axis=0) * scale
    if abs(math.sqrt(before @ before) - 1.0) > HANGS_G:
        return angle_deg
    along, felt, angle = weight / scale, high.mean(axis=0), angle_deg / DEG_PER_RAD
    up = math.cos(angle) * along + math.sin(angle) * unit(felt - along * (felt @ along))
    return math.acos(min(max(float(up @ unit(before)), -1.0), 1.0)) * DEG_PER_RAD


def _mean(values: FloatArray, rows: int) -> FloatArray:
    """The mean of the last `rows` rows of some values (n,) or (n, channels), the first row standing for earlier ones.

    Row by row, so that no cut can change a bit.
    """
    n = values.shape[0]
    padded = np.concatenate((np.repeat(values[:1], rows - 1, axis=0), values))
    mean = padded[:n].copy()
    for k in range(1, rows):
        mean += padded[k : k + n]
    mean /= rows
    return mean
