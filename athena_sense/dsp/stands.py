"""How a sensor is worn, as far as gravity tells: which way up was, in its own axes, while its wearer stood."""

from collections.abc import Sequence

import numpy as np

from athena_sense.datatypes import FloatArray, Posture
from athena_sense.dsp.half_seconds import LATE, HalfSeconds, size_of
from athena_sense.dsp.inclination import unit
from athena_sense.units import STANDARD_GRAVITY_M_S2

HELD_RAD = np.radians(5.0)
"""Largest turn between the halves of a second in which a posture is kept: standing sways by less. The mean of that
second is up to within 1°: who stays in place gains less than 0.2 m/s in it."""
LEAST_GRAVITY = 0.5
"""Share of gravity that is there in any half second of standing: a sensor that shows less is dead, or falls."""
RECENT_S = 5.0
"""Whoever stood and begins does so within two seconds (simulated sets: 1.5 s at most); nobody puts a sensor on that lay
on the floor, and begins, within less than this."""
KEPT_S = 180.0
"""What lasts two minutes at most began no longer than this before it is told."""
OTHERWISE_DEG = 45.0
"""Half of a quarter turn: nearer to another of the sensor's faces than to the one it was worn by. From set to set the
stance is the same within 3° (real heel raises: shank, thigh, pelvis, chest) to 6° (real barbell sets at the wrist);
strapping on anew is taken to add no more than 15°. A foot that begins on its toes or below the block's edge is up to
40° off (real heel raises 34°). A band that slipped a little lies below, and is not told."""


class Stands:
    """Half seconds → the seconds in which a sensor kept its posture. The same for any cut."""

    def __init__(self, sample_rate_hz: float) -> None:
        size = HalfSeconds(sample_rate_hz).size
        self._longest_s = 2.0 * LATE * size / sample_rate_hz
        self._least_m_s2 = LEAST_GRAVITY * STANDARD_GRAVITY_M_S2 * size
        self._last: FloatArray = np.empty((0, 8))
        self._stands: FloatArray = np.empty((0, 4))

    def feed(self, blocks: FloatArray) -> None:
        """Take the next blocks, as `HalfSeconds` sums them up."""
        if not len(blocks):
            return
        blocks = np.concatenate((self._last, blocks))
        self._last = blocks[-1:]
        sums = blocks[:, 2:5]
        up, heavy = unit(sums.T).T, size_of(sums) > self._least_m_s2
        stood = heavy[1:] & heavy[:-1] & (size_of(up[1:] - up[:-1]) < HELD_RAD)
        stood &= blocks[1:, 1] - blocks[:-1, 0] <= self._longest_s
        ups = unit((sums[1:] + sums[:-1])[stood].T).T
        self._stands = np.concatenate((self._stands, np.column_stack((blocks[1:, 1][stood], ups))))

    def up_before(self, time_s: float) -> tuple[float, float, float] | None:
        """The direction of up in the last stand before a time (s), None where there was none shortly before."""
        ends_s = self._stands[:, 0]
        last = int(np.searchsorted(ends_s, time_s)) - 1
        if last < 0 or ends_s[last] < time_s - RECENT_S:
            return None
        x, y, z = self._stands[last, 1:].tolist()
        return x, y, z

    def keep(self, start_s: float, end_s: float) -> None:
        """Nobody will ask about stands that ended before, or after, these times (s)."""
        first, last = np.searchsorted(self._stands[:, 0], [start_s, end_s])
        self._stands = self._stands[first:last]


def turned_note(usual: Posture, now: Posture) -> str | None:
    """What to tell of a sensor that is not worn as it was for the athlete's usual; None: nothing that is known."""
    turned_deg = now.turned_deg(usual)
    if turned_deg is None or turned_deg < OTHERWISE_DEG:
        return None
    turned = f"worn turned by {turned_deg:.0f}° against the baseline (unless you stood otherwise)"
    return f"{turned}: your own usual may not hold"


def mean_posture(postures: Sequence[Posture]) -> Posture | None:
    """The posture of several sets (one at least); None where the sensor was another, or worn otherwise, in some."""
    turned_deg = [one.turned_deg(postures[0]) for one in postures]
    if not all(turned is not None and turned < OTHERWISE_DEG for turned in turned_deg):
        return None
    x, y, z = unit(np.sum([one.up for one in postures], axis=0)).round(4).tolist()
    return Posture(postures[0].sensor, (x, y, z))
