"""The instant at which a movement leaves, or reaches, a plateau.

A limb does not jump to a speed: it takes a while to reach it, and by the time a threshold is crossed the movement
is long under way (the published weak spot: turn-arounds placed late, phases too short by 0.1–0.2 s; Viecelli
2020, doi 10.1371/journal.pone.0235156). So the whole edge is fitted: a level plateau, a run-up of unknown length,
then constant speed. The run-up's speed grows in a straight line or as 3r²−2r³, as smoothly as human movement at its
smoothest (minimum jerk; Flash & Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985). Every start, length and kind of
run-up is tried, and the answer is the average of all starts, each weighted by how well it explains the data.
"""

from functools import cache

import numpy as np

from athena_sense.datatypes import FloatArray

POINTS = 40
"""Points to which a window is resampled: 2.5 % of the window is finer than sway lets any start be known."""
POSITIONS = np.linspace(0.0, 1.0, POINTS)
STARTS = np.linspace(0.0, 0.93, 28)
"""Starts that are tried, as shares of the window."""
RUN_UPS = np.array([0.02, 0.12, 0.25, 0.4, 0.65, 1.0, 1.4])
"""Lengths of the run-up that are tried, as shares of the window; the last two do not reach steady speed in it."""
USUAL_RUN_UP_S = 0.35
"""Scale of the prior on the run-up, 1 / (1 + length / scale)²: people take some tenths of a second to reach their
speed, and now and then build it up through half of the movement. Without it, slow sway is taken for an early start."""
INDEPENDENT_POINTS = 30.0
"""How many of the points count as independent: sway is slow (0.1–1 Hz), so neighbours err together. Between 20 and 40
the bias on run-ups from instant to half a cosine stays within 0.3 s."""


@cache
def _shapes() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centred unit shapes (candidates, POINTS), and the start and run-up of each (candidates,)."""
    start, run_up = (grid.ravel()[:, None] for grid in np.meshgrid(STARTS, RUN_UPS, indexing="ij"))
    since = np.clip(POSITIONS - start, 0.0, None)
    r = np.minimum(since / run_up, 1.0)
    kinds = [np.where(r < 1.0, run_up * path, since - 0.5 * run_up) for path in (0.5 * r**2, r**3 - 0.5 * r**4)]
    shape = np.concatenate(kinds)
    shape -= shape.mean(axis=1, keepdims=True)
    return shape / np.linalg.norm(shape, axis=1, keepdims=True), np.tile(start[:, 0], 2), np.tile(run_up[:, 0], 2)


def leaves_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that ends above its start left its plateau (s).

    `t_s`, `values` (n,): from the plateau (or as much of it as there is) into the steady movement.
    """
    window_s = t_s[-1] - t_s[0]
    y = np.interp(t_s[0] + POSITIONS * window_s, t_s, values)
    return float(t_s[0] + _start_shares(y[:, None], np.array([window_s]))[0] * window_s)


def leave_plateaus_s(edges: list[tuple[FloatArray, FloatArray]]) -> list[float]:
    """The same for edges of (times, values), (n,) each, all at once; a plateau that lasts for an instant only.

    The first value is continued backwards for as long as the edge lasts, so that the plateau's length does not matter.
    """
    begin_s, length_s = (np.array(column) for column in zip(*((t[0], t[-1] - t[0]) for t, _ in edges), strict=True))
    y: FloatArray = np.empty((POINTS, len(edges)))
    for column, (t_s, values) in enumerate(edges):
        y[:, column] = np.interp(t_s[0] + (2.0 * POSITIONS - 1.0) * (t_s[-1] - t_s[0]), t_s, values)
    share = _start_shares(y, 2.0 * length_s)
    return list(map(float, begin_s + np.maximum(2.0 * share - 1.0, 0.0) * length_s))


def _start_shares(y: FloatArray, window_s: FloatArray) -> FloatArray:
    """Where in its window each column of `y` (POINTS, k) leaves its plateau (k,)."""
    shapes, starts, run_ups = _shapes()
    y = y - y.sum(axis=0) / POINTS
    explained = np.maximum(shapes @ y, 0.0) ** 2
    best = explained.max(axis=0)
    spread = np.maximum(((y * y).sum(axis=0) - best) / INDEPENDENT_POINTS, 1e-12)
    prior = 1.0 + run_ups[:, None] * (window_s / USUAL_RUN_UP_S)
    weight = np.exp((explained - best) / (2.0 * spread)) / (prior * prior)
    return np.asarray(starts @ weight / weight.sum(axis=0))


def reaches_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that rises to a plateau reached it (s): the same fit, run backwards."""
    return -leaves_plateau_s(-t_s[::-1], -values[::-1])
