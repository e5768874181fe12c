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
from athena_sense.dsp.centred_fir import gaussian_taps
from athena_sense.dsp.inclination import GRAVITY_SIGMA_S
from athena_sense.reps.edges import LEAST_EXPONENT, POINTS, POSITIONS, RUN_UPS, STARTS
from athena_sense.units import STANDARD_GRAVITY_M_S2

LOWEST_HZ, HIGHEST_HZ = 0.1, 1.0
"""Quiet sway lies below 1 Hz, and falls with frequency as a wandering does (Winter 1995, doi
10.1016/0966-6362(96)82849-9); slower than 0.1 Hz is one drift over a rep."""
UNLIKE_SWAY = 0.2
"""What is no sway, as a share of it: a movement that is none of those tried, and the sensor's own noise. Anything
between 0.1 and 0.3 gives the same to a hundredth of a second."""
UNLIKE_FELT = 1.0
"""The same where acceleration alone is the inclination: a body that sways to and fro by 1 Hz, half a metre over the
ground, is sped up by more than its angle shows."""
LEVERS_M = 0.0, 0.1, 0.2
"""Mid-thigh is 0.2 m over the knee; a shank that leans forward takes the knee the other way, by up to as much."""
INDEPENDENT_POINTS = 30.0
"""Points that count as independent, of the 40: some stand for one submovement."""
FINE = 200
"""Steps of a window in which a path is smoothed and turned into acceleration."""
SHORTEST_S, STEP = 0.1, 1.25
"""Windows are seen through the correlations of the length nearest to theirs, on a ladder of steps this wide."""


def _paths(share: FloatArray) -> FloatArray:
    """(kinds · starts · run-ups, n) at shares of the window (n,): level before the start, then one of three kinds.

    Speed grows in a straight line, or as 3r²−2r³, to one that stays; or it grows and falls again as in one stroke
    (minimum jerk), whose first half is the run-up.
    """
    start, run_up = (grid.ravel()[:, None] for grid in np.meshgrid(STARTS, RUN_UPS, indexing="ij"))
    since = np.clip(share - start, 0.0, None)
    r = np.minimum(since / run_up, 1.0)
    steady = [np.where(r < 1.0, run_up * path, since - 0.5 * run_up) for path in (0.5 * r**2, r**3 - 0.5 * r**4)]
    u = np.minimum(0.5 * since / run_up, 1.0)
    return np.concatenate([*steady, run_up * u**3 * (10.0 - 15.0 * u + 6.0 * u * u)])


def _felt(window_s: float) -> FloatArray:
    """(n, POINTS) the paths as a smoothed direction of acceleration shows them in a window of `window_s` (s).

    That is the angle less lever/g of how it speeds up, for each of the levers: a lowering seems to begin with a little
    turn the other way, which tells of its start.
    """
    margin = int(np.ceil(3.0 * GRAVITY_SIGMA_S / window_s * FINE)) + 2
    fine = np.arange(-margin, FINE + margin + 1) / FINE
    taps = gaussian_taps(GRAVITY_SIGMA_S, FINE / window_s)
    half = taps.shape[0] // 2
    paths = _paths(fine)
    smooth = np.stack([np.convolve(path, taps, "valid") for path in paths])
    step_s = window_s / FINE
    bend = (smooth[:, 2:] - 2.0 * smooth[:, 1:-1] + smooth[:, :-2]) / step_s**2
    at = fine[half + 1 : fine.shape[0] - half - 1]
    shown = [smooth[:, 1:-1] - lever_m / STANDARD_GRAVITY_M_S2 * bend for lever_m in LEVERS_M]
    return np.stack([np.interp(POSITIONS, at, path) for path in np.concatenate(shown)])


@cache
def _seen(rung: int, from_acceleration: bool) -> tuple[FloatArray, FloatArray]:
    """How a window of `SHORTEST_S`·`STEP`^`rung` is seen (POINTS, POINTS), and the unit paths seen so (POINTS, n)."""
    window_s = SHORTEST_S * STEP**rung
    hz = np.linspace(LOWEST_HZ, HIGHEST_HZ, 60)
    power = hz**-2.0 / (hz**-2.0).sum()
    of_lag = np.cos(2.0 * np.pi * hz * (window_s * POSITIONS)[:, None]) @ power
    lags = np.arange(POINTS)
    sway = of_lag[np.abs(lags[:, None] - lags)]
    unlike = UNLIKE_FELT if from_acceleration else UNLIKE_SWAY
    whiten = np.linalg.inv(np.linalg.cholesky(sway + unlike**2 * np.eye(POINTS)))
    level = whiten.sum(axis=1)
    level /= np.linalg.norm(level)
    whiten -= np.outer(level, level @ whiten)  # the plateau may be anywhere
    paths = (_felt(window_s) if from_acceleration else _paths(POSITIONS)) @ whiten.T
    paths /= np.linalg.norm(paths, axis=1)[:, None]
    return whiten, np.ascontiguousarray(paths.T)


def plateaus_left_s(edges: Sequence[tuple[FloatArray, FloatArray]], from_acceleration: bool = False) -> list[float]:
    """When signals that end above their start left their plateau (s), of each.

    Each edge is `t_s`, `values` (n,): from the plateau (or as much of it as there is) into the steady movement.
    `from_acceleration`: the values are an angle as the smoothed direction of acceleration alone shows it.
    """
    begin_s = np.array([t_s[0] for t_s, _ in edges])
    window_s = np.array([t_s[-1] for t_s, _ in edges]) - begin_s
    rungs = np.maximum(np.rint(np.log(window_s / SHORTEST_S) / np.log(STEP)), 0.0).astype(np.int64)
    explained, total = [], np.empty(len(edges))
    for k, (t_s, values) in enumerate(edges):
        whiten, paths = _seen(int(rungs[k]), from_acceleration)
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
    of_start = np.exp(fit, out=fit).reshape(len(edges), -1, STARTS.shape[0], RUN_UPS.shape[0]).sum(axis=(1, 3))
    start = (of_start @ STARTS) / of_start.sum(axis=1)
    left_s: list[float] = (begin_s + start * window_s).tolist()
    return left_s
