"""The instant at which a movement leaves, or reaches, a plateau on which a body sways.

A limb does not jump to a speed: it takes a while to reach it, and by the time a threshold is crossed the movement
is long under way (the published weak spot: turn-arounds placed late, phases too short by 0.1–0.2 s; Viecelli
2020, doi 10.1371/journal.pone.0235156). So the whole edge is fitted: a level plateau, a run-up of unknown length,
then constant speed. The run-up's speed grows in a straight line, or as 3r²−2r³, or as in one stroke: of minimum jerk,
as a movement by itself is made (Flash & Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985), or harmonic, as one that
is done over and over (Guiard 1997, doi 10.1016/S0167-9457(96)00045-0). Every start, length and kind of run-up is tried,
and the answer is the average of all starts, each weighted by how well it explains the data.

What is left over is not taken for white noise: a body that stands sways slowly, so neighbouring points err together,
and a drift of the plateau is no start. Each window is seen through the inverse of how sway correlates over its length
(generalised least squares), in which a bend stands out against a drift as large.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray

POINTS = 40
"""Points to which a window is resampled: 2.5 % of the window is finer than sway lets any start be known."""
POSITIONS = np.linspace(0.0, 1.0, POINTS)
STARTS = np.linspace(0.0, 0.93, 28)
"""Starts that are tried, as shares of the window."""
RUN_UPS = np.array([0.02, 0.12, 0.25, 0.4, 0.65, 1.0, 1.4])
"""Lengths of the run-up that are tried, as shares of the window; the last two do not reach steady speed in it."""
LEAST_EXPONENT = -700.0
"""exp of less is no normal number, which is slow, and weighs nothing."""
LOWEST_HZ, HIGHEST_HZ = 0.1, 1.0
"""Quiet sway lies below 1 Hz, and falls with frequency as a wandering does (Winter 1995, doi
10.1016/0966-6362(96)82849-9); slower than 0.1 Hz is one drift over a rep."""
UNLIKE_SWAY = 0.2
"""What is no sway, as a share of it: a movement that is none of those tried, and the sensor's own noise. Anything
between 0.1 and 0.3 gives the same to a hundredth of a second."""
INDEPENDENT_POINTS = 30.0
"""Points that count as independent, of the 40: some stand for one submovement."""
SHORTEST_S, STEP = 0.1, 1.25
"""Windows are seen through the correlations of the length nearest to theirs, on a ladder of steps this wide."""


def _paths() -> tuple[FloatArray, FloatArray]:
    """(n, POINTS) over the window: level before the start, then one of four kinds; and their starts (n,).

    Speed grows in a straight line, or as 3r²−2r³, to one that stays; or it grows and falls again as in one stroke
    (minimum jerk, or harmonic), whose first half is the run-up.
    """
    start, run_up = (grid.ravel()[:, None] for grid in np.meshgrid(STARTS, RUN_UPS, indexing="ij"))
    since = np.clip(POSITIONS - start, 0.0, None)
    r = np.minimum(since / run_up, 1.0)
    steady = [np.where(r < 1.0, run_up * path, since - 0.5 * run_up) for path in (0.5 * r**2, r**3 - 0.5 * r**4)]
    u = np.minimum(0.5 * since / run_up, 1.0)
    strokes = [u**3 * (10.0 - 15.0 * u + 6.0 * u * u), 0.5 - 0.5 * np.cos(np.pi * u)]
    kinds = [*steady, *(run_up * stroke for stroke in strokes)]
    return np.concatenate(kinds), np.tile(start[:, 0], len(kinds))


def _unlike() -> tuple[FloatArray, FloatArray]:
    """One (POINTS, n) of all paths that are alike to half of a hundredth of their height; and what weights times this
    (n, 2) add up to: the sum of all, and the sum of their starts. Each counts for those that are like it.
    """
    paths, start = _paths()
    _, kept, like = np.unique((paths / paths[:, -1:]).round(2), axis=0, return_index=True, return_inverse=True)
    like = like.ravel()  # NumPy 2.0.0 gives a column
    return np.ascontiguousarray(paths[kept].T), np.column_stack((np.bincount(like), np.bincount(like, start)))


PATHS, BY_START = _unlike()


@cache
def _seen(rung: int) -> tuple[FloatArray, FloatArray]:
    """A window of `SHORTEST_S`·`STEP`^`rung` times the first (POINTS, POINTS) is what it is through the inverse of how
    sway correlates; that times `PATHS`, and times the second (n,), which is one over their own sizes, is how much of
    each path is in it.
    """
    window_s = SHORTEST_S * STEP**rung
    hz = np.linspace(LOWEST_HZ, HIGHEST_HZ, 60)
    power = hz**-2.0 / (hz**-2.0).sum()
    of_lag = np.cos(2.0 * np.pi * hz * (window_s * POSITIONS)[:, None]) @ power
    lags = np.arange(POINTS)
    sway = of_lag[np.abs(lags[:, None] - lags)]
    inverse = np.linalg.inv(sway + UNLIKE_SWAY**2 * np.eye(POINTS))
    level = inverse.sum(axis=1)
    inverse -= np.outer(level, level) / level.sum()  # the plateau may be anywhere
    size = np.sqrt(np.einsum("ip,ij,jp->p", PATHS, inverse, PATHS, optimize=True))
    return inverse, np.asarray(1.0 / size)


def plateaus_left_s(edges: Sequence[tuple[FloatArray, FloatArray]]) -> list[float]:
    """When signals that end above their start left their plateau (s), of each.

    Each edge is `t_s`, `values` (n,): from the plateau (or as much of it as there is) into the steady movement.
    """
    window, seen = np.empty((2, len(edges), POINTS))
    begin_s, window_s, one_over_sizes = [], [], []
    for row, (t_s, values) in enumerate(edges):
        begin_s.append(float(t_s[0]))
        window_s.append(float(t_s[-1]) - begin_s[-1])
        through, one_over_size = _seen(_rung(window_s[-1]))
        one_over_sizes.append(one_over_size)
        window[row] = np.interp(POSITIONS * window_s[-1] + begin_s[-1], t_s, values)
        np.dot(window[row], through, out=seen[row])
    fit = np.dot(seen, PATHS)
    for row_fit, one_over_size in zip(fit, one_over_sizes, strict=True):
        row_fit *= one_over_size
    np.maximum(fit, 0.0, out=fit)
    fit *= fit
    best = np.maximum.reduce(fit, axis=1)
    window *= seen
    spread = np.maximum((np.add.reduce(window, axis=1) - best) / INDEPENDENT_POINTS, 1e-12)
    fit -= best[:, None]
    fit *= (0.5 / spread)[:, None]
    np.maximum(fit, LEAST_EXPONENT, out=fit)
    total = np.dot(np.exp(fit, out=fit), BY_START).tolist()
    return [
        at + by_start / weight * lasts for at, lasts, (weight, by_start) in zip(begin_s, window_s, total, strict=True)
    ]


def _rung(window_s: float) -> int:
    """The step of the ladder of lengths that is nearest to a window's (s)."""
    return max(round(math.log(window_s / SHORTEST_S) / math.log(STEP)), 0)


def leaves_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that ends above its start left its plateau (s); `t_s`, `values` (n,) as in `plateaus_left_s`."""
    return plateaus_left_s([(t_s, values)])[0] if t_s.shape[0] > 1 else float(t_s[0])


def reaches_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that rises to a plateau reached it (s): the same fit, run backwards."""
    return -leaves_plateau_s(*backwards(t_s, values))


def backwards(t_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """An edge seen from its other end: where it reaches a plateau, it leaves it (at the negative time)."""
    return -t_s[::-1], -values[::-1]


def in_a_row(flags: npt.NDArray[np.bool_], before: int) -> npt.NDArray[np.intp]:
    """(n,) how many on end are true by each; `before` is that number for the one before the first."""
    at = np.arange(flags.shape[0])
    return np.asarray(at - np.maximum.accumulate(np.where(flags, -1 - before, at)))


def first_true(flags: npt.NDArray[np.bool_]) -> int:
    """The first row that is true, the last row where none is."""
    row = int(flags.argmax())
    return row if flags[row] else flags.shape[0] - 1


def last_true(flags: npt.NDArray[np.bool_]) -> int:
    """The last row that is true, row 0 where none is."""
    row = int(flags[::-1].argmax())
    return flags.shape[0] - 1 - row if flags[::-1][row] else 0
