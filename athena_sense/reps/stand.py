"""Whether the posture from which squats are seen to begin is the stand: a stream may begin at the bottom of one."""

import math
from dataclasses import dataclass

from athena_sense.datatypes import FloatArray
from athena_sense.reps.hinge import Arc
from athena_sense.reps.squat_phases import LONGEST_STRIDE_S, Seen, arc_of, is_over_within
from athena_sense.units import RAD_PER_DEG

THROUGH = 0.7
"""The other side of a posture is the opposite direction, to within 45°."""
LOOKS, STANDING_NATS, SURE_NATS = 6, 4.0, 6.0
"""In a stream's first reps it is asked whether its stand is none but the bottom of squats. All but one in fifty streams
begin with a stand; and no more is asked when it is one in four hundred that has not."""


@dataclass(slots=True)
class Odds:
    """What is known of a stand before any rep, and what the reps so far have shown of the sensor's place."""

    nats: float = STANDING_NATS
    """The logarithm of the odds that whoever is in it stands."""
    is_guessed: bool = False
    """Whether it was found by how the body moves: what jolts as a walk does may have misled that."""
    arc: Arc | None = None


class FirstReps:
    """Looks at a stream's first reps, from movements of `smallest_deg` on."""

    def __init__(self, smallest_deg: float) -> None:
        self._smallest_deg = smallest_deg
        self._looks = 0

    def is_bottom(self, odds: Odds, seen: Seen, earliest_s: float) -> bool:
        """Whether the movement seen rather was one from the bottom of a squat to the next."""
        if self._looks >= LOOKS or seen.gap or seen.turned_rad() < self._smallest_deg * RAD_PER_DEG:
            return False
        if is_over_within(LONGEST_STRIDE_S, seen, self._smallest_deg):
            return False
        self._looks += 1
        arc = arc_of(seen, earliest_s)
        odds.arc = arc if odds.arc is None else odds.arc.joined(arc)
        nats = odds.nats + odds.arc.upright_nats()
        if nats > SURE_NATS:
            self._looks, odds.is_guessed = LOOKS, False
        return nats < 0.0


def is_beyond(here: FloatArray, rest: FloatArray, deepest: FloatArray) -> bool:
    """Whether `here` lies on the other side of the posture `rest` than `deepest`; `up` (3,) of each."""
    here, deepest = (up - rest * (up @ rest) for up in (here, deepest))
    return bool(here @ deepest < -THROUGH * math.sqrt((here @ here) * (deepest @ deepest)))
