"""The instant at which a movement leaves, or reaches, a plateau.

A limb does not jump to a speed: it takes a while to reach it, and by the time a threshold is crossed the movement
is long under way (the published weak spot: turn-arounds placed late, phases too short by 0.1–0.2 s; Viecelli
2020, doi 10.1371/journal.pone.0235156). So the whole edge is fitted: a level plateau, a run-up of unknown length,
then constant speed. The run-up's speed grows in a straight line or as 3r²−2r³, as smoothly as human movement at its
smoothest (minimum jerk; Flash & Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985). Every start, length and kind of
run-up is tried, and the answer is the average of all starts, each weighted by how well it explains the data.
"""

from collections.abc import Sequence
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
LEAST_EXPONENT = -700.0
"""exp of less is no normal number, which is slow, and weighs nothing."""


@cache
def _shapes() -> FloatArray:
    """Centred unit shapes (POINTS, kinds · starts · run-ups)."""
    start, run_up = (grid.ravel()[:, None] for grid in np.meshgrid(STARTS, RUN_UPS, indexing="ij"))
    since = np.clip(POSITIONS - start, 0.0, None)
    r = np.minimum(since / run_up, 1.0)
    kinds = [np.where(r < 1.0, run_up * path, since - 0.5 * run_up) for path in (0.5 * r**2, r**3 - 0.5 * r**4)]
    shape = np.concatenate(kinds)
    shape -= shape.mean(axis=1, keepdims=True)
    return np.ascontiguousarray((shape / np.linalg.norm(shape, axis=1, keepdims=True)).T)


def plateaus_left_s(edges: Sequence[tuple[FloatArray, FloatArray]]) -> list[float]:
    """When signals that end above their start left their plateau (s), of each.

    Each edge is `t_s`, `values` (n,): from the plateau (or as much of it as there is) into the steady movement.
    """
    begin_s = np.array([t_s[0] for t_s, _ in edges])
    window_s = np.array([t_s[-1] for t_s, _ in edges]) - begin_s
    y = np.empty((len(edges), POINTS))
    for row, at_s, (t_s, values) in zip(y, begin_s[:, None] + POSITIONS * window_s[:, None], edges, strict=True):
        row[:] = np.interp(at_s, t_s, values)
    y -= np.add.reduce(y, axis=1, keepdims=True) / POINTS
    explained = y @ _shapes()
    np.maximum(explained, 0.0, out=explained)
    explained *= explained
    best = np.maximum.reduce(explained, axis=1)
    y *= y
    spread = np.maximum((np.add.reduce(y, axis=1) - best) / INDEPENDENT_POINTS, 1e-12)
    explained -= best[:, None]
    explained /= (2.0 * spread)[:, None]
    np.maximum(explained, LEAST_EXPONENT, out=explained)
    weight = np.exp(explained, out=explained).reshape(len(edges), -1, STARTS.shape[0], RUN_UPS.shape[0])
    prior = (1.0 + RUN_UPS * (window_s / USUAL_RUN_UP_S)[:, None]) ** -2.0
    of_start = np.einsum("eksr,er->es", weight, prior)
    start = np.add.reduce(of_start * STARTS, axis=1) / np.add.reduce(of_start, axis=1)
    left_s: list[float] = (begin_s + start * window_s).tolist()
    return left_s


def leaves_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that ends above its start left its plateau (s); `t_s`, `values` (n,) as in `plateaus_left_s`."""
    return plateaus_left_s([(t_s, values)])[0]


def reaches_plateau_s(t_s: FloatArray, values: FloatArray) -> float:
    """When a signal that rises to a plateau reached it (s): the same fit, run backwards."""
    return -leaves_plateau_s(*backwards(t_s, values))


def backwards(t_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """An edge seen from its other end: where it reaches a plateau, it leaves it (at the negative time)."""
    return -t_s[::-1], -values[::-1]
