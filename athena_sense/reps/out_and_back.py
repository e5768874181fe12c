"""The instants of one excursion: leaving, arriving, leaving again, being back."""

from dataclasses import dataclass

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import backwards, plateaus_left_s

NEAR_SHARE = 0.1
"""Within a tenth of the way from an end counts as being there, roughly; the edges are then fitted."""


@dataclass(frozen=True, slots=True)
class OutAndBack:
    """Instants (s), in order, and for how long the signal was above half of its height (s)."""

    out_s: float
    there_s: float
    leave_s: float
    back_s: float
    above_half_s: float


def find_instants(
    t_s: FloatArray, values: FloatArray, start: int, peak: int, end: int, shortest_s: float
) -> OutAndBack | None:
    """The instants of an excursion of `values` (n,) with its lows at rows `start` and `end` and its height at `peak`;
    None where it was above half of its height for less than `shortest_s` (s).

    Rows before `start` and after `end` may show the plateaus there.
    """
    size, last = values.tolist(), values.shape[0] - 1
    mirrored = size[::-1]
    up, down = _half(size, start, peak), _half(mirrored, last - end, last - peak)
    half_up_s, half_down_s = float(t_s[up]), float(t_s[last - down])
    if half_down_s - half_up_s < shortest_s:
        return None
    legs = (
        *_edges(t_s, values, size, start, up, peak),
        *_edges(-t_s[::-1], values[::-1], mirrored, last - end, down, last - peak),
    )
    fitted = iter(plateaus_left_s([leg for leg in legs if len(leg[0]) > 1]))
    out_s, there_s, back_s, leave_s = (next(fitted) if len(t) > 1 else float(t[0]) for t, _ in legs)
    there_s, back_s = -there_s, -back_s
    middle_s = min(max(float(t_s[peak]), half_up_s), half_down_s)
    there_s, leave_s = min(there_s, middle_s), max(leave_s, middle_s)
    if leave_s < there_s:
        there_s = leave_s = middle_s
    return OutAndBack(out_s, there_s, leave_s, back_s, half_down_s - half_up_s)


def _edges(
    t_s: FloatArray, values: FloatArray, size: list[float], start: int, half: int, peak: int
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """The edges at the low and, backwards, at the height of the way from `start` over `half` of it to `peak`, in the
    direction of time given, as for `plateaus_left_s`; one row each where no more is known. `size` are the values too.
    """
    near = NEAR_SHARE * (size[peak] - size[start])
    low, high = size[start] + near, size[peak] - near
    up10, up90 = half, half
    while up10 > start and size[up10] > low:
        up10 -= 1
    while size[up90] < high:
        up90 += 1
    width = max(up90 - up10, 3)
    begin = max(up10 - 2 * width, 0)
    leaves = slice(begin, half + 1) if half - begin > 3 else slice(up10, up10 + 1)
    # What lies further on than four widths is not looked at.
    falls, far = up90, min(up90 + 4 * width + 2, len(size))
    while falls < far and size[falls] >= high:
        falls += 1
    last = min(up90 + 2 * width, (up90 + falls) // 2 if falls > up90 + 1 else up90 + 1, len(size) - 1)
    reaches = slice(half, last + 1) if last - half > 3 else slice(up90, up90 + 1)
    return (t_s[leaves], values[leaves]), backwards(t_s[reaches], values[reaches])


def _half(size: list[float], start: int, peak: int) -> int:
    """The first row from `start` on at which half of the way to `peak` is done."""
    half, row = 0.5 * (size[start] + size[peak]), start
    while size[row] < half:
        row += 1
    return row
