"""When a way down and up again began and ended, from a signal that grows on the way down."""

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import first_true, last_true, plateaus_left_s

LEVEL_SHARE = 0.04
"""Within so much of the depth from the deepest point the body is at the bottom, roughly; edges are then fitted."""
SHORTEST_ROWS = 4
"""A way of fewer rows is none."""

Instants = tuple[float, float, float, float]
"""When the lowering began and ended, and the raise (s)."""


def down_and_up_s(
    t_s: FloatArray,
    depth: FloatArray,
    stand: int,
    end: int,
    earliest_s: float,
    top: FloatArray | None = None,
) -> Instants | None:
    """The instants of a way down from row `stand` and up to row `end`; None where there is none.

    `t_s`, `depth` (n,). No lowering begins before `earliest_s`. `top` (n,): what shows better when the stand was left
    and reached.
    """
    bottom = stand + int(depth[stand : end + 1].argmax())
    low, span = depth[bottom], depth[bottom] - depth[stand]
    if bottom - stand < SHORTEST_ROWS or end - bottom < SHORTEST_ROWS:
        return None
    # Whatever is dropped on the way: an edge is fitted in the first quarter of the depth, and in the last.
    left, down75, down25 = (
        last_true(depth[stand:bottom] <= low - share * span) + stand for share in (1.0 - LEVEL_SHARE, 0.75, 0.25)
    )
    up25, up75 = (first_true(depth[bottom : end + 1] <= low - share * span) + bottom for share in (0.25, 0.75))
    lying = depth[down25:up25] >= low - LEVEL_SHARE * span
    # Each edge is given its half of the hold: without one, the other way begins where this one ends.
    middle = down25 + (first_true(lying) + last_true(lying)) // 2
    first = max(int(t_s.searchsorted(earliest_s)), left - (down75 - left + 3), 0)
    last = depth.shape[0] - 1
    high = depth if top is None else top
    back_s = -t_s[::-1]
    start_s, low_s, leave_s, end_s = _leave_s(
        (t_s, high, first, down75),
        (back_s, -depth[::-1], last - middle, last - down25),
        (t_s, -depth, middle, up25),
        (back_s, high[::-1], last - end, last - up75),
    )
    start_s, low_s, end_s = max(start_s, earliest_s), -low_s, -end_s
    if low_s > leave_s:
        low_s = leave_s = 0.5 * (low_s + leave_s)
    return (start_s, low_s, leave_s, end_s) if start_s < low_s <= leave_s < end_s else None


def _leave_s(*edges: tuple[FloatArray, FloatArray, int, int]) -> list[float]:
    """When signals left the plateau on which they are at one row, to be rising steadily at another (s).

    `edges`: times and values (n,), and the two rows. What lasts for less than four rows is left at its first.
    """
    fitted = [last - first >= 3 for _, _, first, last in edges]
    windows = [
        (t_s[first : last + 1], values[first : last + 1])
        for (t_s, values, first, last), fit in zip(edges, fitted, strict=True)
        if fit
    ]
    left_s = iter(plateaus_left_s(windows) if windows else ())
    return [next(left_s) if fit else float(t_s[first]) for (t_s, _, first, _), fit in zip(edges, fitted, strict=True)]
