"""When the two halves of a cycle begin and end: the way out and the way back, without the stays between them."""

from dataclasses import dataclass

from athena_sense.datatypes import FloatArray

ONSET_SHARE = 0.05
"""A movement lasts while it is faster than this share of its peak speed, as usual in studies of movement onset
(Teasdale et al. 1993, J. Motor Behavior 25:97). On a sine this takes 1 % of the cycle at each end."""
TURN_SEARCH = 0.3
"""The turn-arounds of the movement lie within this share of the shorter half from those of the smoothed one."""

TRUE = b"\1"
"""In the bytes of a mask: found from either end in one go."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Row numbers: the way out from `start` to `there`, the way back from `leave` to `end`."""

    start: int
    there: int
    leave: int
    end: int


def find_halves(along: FloatArray, start: int, turn: int, end: int) -> Halves:
    """Halves of the cycle with its extrema near rows `start`, `turn` and `end` of `along` (n,), the movement."""
    margin = max(1, round(TURN_SEARCH * min(turn - start, end - turn)))
    signed, other = along, -along
    if along[turn] <= along[start]:
        signed, other = other, signed
    turn = _highest(signed, turn, margin)
    start, end = _highest(other, start, margin), _highest(other, end, margin)
    out = moving(signed[start : turn + 1])
    back = moving(signed[turn : end + 1][::-1])
    return Halves(start + out[0], start + out[1], end - back[1], end - back[0])


def _highest(values: FloatArray, row: int, margin: int) -> int:
    first = max(row - margin, 0)
    return first + int(values[first : row + margin + 1].argmax())


def moving(rise: FloatArray) -> tuple[int, int]:
    """First and last row of the movement in `rise` (n,), which goes from its lowest to its highest value.

    Looked for from the middle half of the way outwards, so that a halt on the way does not end it.
    """
    if len(rise) < 3:
        return 0, len(rise) - 1
    speed, way = rise[1:] - rise[:-1], rise[-1] - rise[0]
    slow = (speed < ONSET_SHARE * speed.max()).tobytes()
    three_quarters = int((rise >= rise[0] + 0.75 * way).argmax())
    near = (rise[: three_quarters + 1] <= rise[0] + 0.25 * way).tobytes()
    first = slow.rfind(TRUE, 0, near.rfind(TRUE) + 1) + 1
    last = slow.find(TRUE, three_quarters)
    return first, last if last >= 0 else len(rise) - 1
