"""The instant at which a movement leaves a plateau on which a body sways.

As in `edges` every start, length and kind of run-up is tried, and the answer is the average of all starts, each
weighted by how well it explains the data. What is left over is not taken for white noise, though: a body that stands
sways slowly, so neighbouring points err together, and a drift of the plateau is no start. Each window is seen through
the inverse of how sway correlates over its length (generalised least squares), in which a bend stands out against a
drift as large; it needs no plateau to average, only as much of one as there is.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.edges import LEAST_EXPONENT, POINTS, POSITIONS, RUN_UPS, STARTS, USUAL_RUN_UP_S

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


def _paths() -> FloatArray:
    """(kinds · starts · run-ups, POINTS) level before the start; then speed grows in a straight line, or as 3r²−2r³, to
    one that stays; or grows and falls again as in one stroke (minimum jerk), whose first half is the run-up."""
    start, run_up = (grid.ravel()[:, None] for grid in np.meshgrid(STARTS, RUN_UPS, indexing="ij"))
    since = np.clip(POSITIONS - start, 0.0, None)
    r = np.minimum(since / run_up, 1.0)
    steady = [np.where(r < 1.0, run_up * path, since - 0.5 * run_up) for path in (0.5 * r**2, r**3 - 0.5 * r**4)]
    u = np.minimum(0.5 * since / run_up, 1.0)
    return np.concatenate([*steady, run_up * u**3 * (10.0 - 15.0 * u + 6.0 * u * u)])


@cache
def _seen(rung: int) -> tuple[FloatArray, FloatArray]:
    """How a window of `SHORTEST_S`·`STEP`^`rung` is seen (POINTS, POINTS), and the unit paths seen so (POINTS, n)."""
    apart_s = np.abs(POSITIONS[:, None] - POSITIONS) * SHORTEST_S * STEP**rung
    hz = np.linspace(LOWEST_HZ, HIGHEST_HZ, 60)
    power = hz**-2.0 / (hz**-2.0).sum()
    sway = np.cos(2.0 * np.pi * hz * apart_s[:, :, None]) @ power
    whiten = np.linalg.inv(np.linalg.cholesky(sway + UNLIKE_SWAY**2 * np.eye(POINTS)))
    level = whiten.sum(axis=1)
    level /= np.linalg.norm(level)
    whiten -= np.outer(level, level @ whiten)  # the plateau may be anywhere
    paths = _paths() @ whiten.T
    paths /= np.linalg.norm(paths, axis=1)[:, None]
    return whiten, np.ascontiguousarray(paths.T)


def plateaus_left_s(edges: Sequence[tuple[FloatArray, FloatArray]]) -> list[float]:
    """When signals that end above their start left their plateau (s), of each; see `edges.plateaus_left_s`."""
    begin_s = np.array([t_s[0] for t_s, _ in edges])
    window_s = np.array([t_s[-1] for t_s, _ in edges]) - begin_s
    rungs = np.maximum(np.rint(np.log(window_s / SHORTEST_S) / np.log(STEP)), 0.0).astype(np.int64)
    explained, total = [], np.empty(len(edges))
    for k, (t_s, values) in enumerate(edges):
        whiten, paths = _seen(int(rungs[k]))
        y = whiten @ np.interp(begin_s[k] + POSITIONS * window_s[k], t_s, values)
        explained.append(y @ paths)
        total[k] = y @ y
    fit = np.maximum(np.stack(explained), 0.0)
    fit *= fit
    best = fit.max(axis=1)
    spread = np.maximum((total - best) / INDEPENDENT_POINTS, 1e-12)
    fit -= best[:, None]
    fit /= (2.0 * spread)[:, None]
    np.maximum(fit, LEAST_EXPONENT, out=fit)
    weight = np.exp(fit, out=fit).reshape(len(edges), -1, STARTS.shape[0], RUN_UPS.shape[0])
    prior = (1.0 + RUN_UPS * (window_s / USUAL_RUN_UP_S)[:, None]) ** -2.0
    of_start = np.einsum("eksr,er->es", weight, prior)
    start = (of_start @ STARTS) / of_start.sum(axis=1)
    left_s: list[float] = (begin_s + start * window_s).tolist()
    return left_s
