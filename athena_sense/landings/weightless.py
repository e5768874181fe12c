"""Weightlessness, watched as the samples come: the half of a jump that no other movement has."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.units import STANDARD_GRAVITY_M_S2

WINDOW_S = 0.25
"""A body that jumps onto a 12-inch box or comes down from it is in the air at least about as long as a stone falls
from there: sqrt(2 · 0.3048 m / g) = 0.249 s. A runner's flights last 0.06–0.15 s (force-plate running at 2.5–5 m/s,
Alcantara et al. 2022, PeerJ 12752)."""


LONG_S = 0.35
"""A leg that moves against the body at 2–3 Hz, back from pointing down or ahead to the box, may be accelerated one way
for a whole `WINDOW_S`; over this time it comes back. Jumps of 15 cm and more last as long. Real steps do not: they come
to 0.46 g over 0.25 s, but no lower than 0.54 g over this."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How light a flying body is felt at a site: largest mean specific force over a window, and mean of its size (g).

    Nothing bears a flying body, so the mean is nought but for limbs that still move against it: at most 0.2 g at trunk
    and thigh and 0.34 g at shank and foot in jumps and drop landings (Phan et al. 2024, doi
    10.1109/JBHI.2024.3368042). Walking, stairs, steps down and running keep it above 0.46 g at trunk and thigh, 0.52 g
    at the foot; the limits lie between. A hard swing there and back cancels in the mean, so its size is limited too,
    for each window: to body weight at the trunk, while a leg that tucks up by 25° and comes back within 0.3 s swings
    with 2.8 g a third of a metre from its joint. Over the long window a swing always cancels, so that there the leg may
    swing with no more than half above the 0.9 g that are usual at a foot in flight.
    """

    mean_g: float
    size_g: Mapping[float, float]
    """For each window's length (s)."""


TRUNK = Limits(1.0 / 3.0, {WINDOW_S: 1.0})
LEG = Limits(0.42, {WINDOW_S: 3.0, LONG_S: 1.35})
LEG_SITES = ("shank", "foot")
COUNTS_PER_M_S2 = 1e6
"""Sums are kept in whole micro-m/s²: integers add up to the same sum however the stream is cut."""


class WeightlessStage:
    """Samples → which of them end a weightless window. One with a hole in it, or that lacks samples, never is."""

    def __init__(self, rate_hz: float, limits: Limits) -> None:
        self._limits, self._rate_hz = limits, rate_hz
        self._windows = {max(2, round(window_s * rate_hz)): size_g for window_s, size_g in limits.size_g.items()}
        self._counts = np.empty((4, 0), dtype=np.int64)
        self._t_s: FloatArray = np.empty(0)

    def feed(self, samples: SampleBatch) -> npt.NDArray[np.bool_]:
        """(n,) flags, one for each sample."""
        n = len(samples)
        fresh = np.empty((4, n))
        fresh[:3] = samples.acc_m_s2.T
        x, y, z = fresh[:3]
        fresh[3] = np.sqrt(x * x + y * y + z * z)
        counts = np.concatenate((self._counts, np.rint(fresh * COUNTS_PER_M_S2).astype(np.int64)), axis=1)
        t_s = np.concatenate((self._t_s, samples.t_s))
        ends = np.cumsum(counts, axis=1)
        flags = np.zeros(n, dtype=np.bool_)
        for k, size_g in self._windows.items():
            light = self._light(ends, t_s, k, size_g)[-n:]
            flags[n - len(light) :] |= light
        keep = max(0, len(t_s) - max(self._windows) + 1)
        self._counts, self._t_s = counts[:, keep:].copy(), t_s[keep:].copy()
        return flags

    def _light(self, ends: npt.NDArray[np.int64], t_s: FloatArray, k: int, size_g: float) -> npt.NDArray[np.bool_]:
        """Which windows of `k` samples are weightless, from the first whole one on; `ends` (4, n) are running sums."""
        sums = ends[:, k - 1 :].copy()
        sums[:, 1:] -= ends[:, :-k]
        u, v, w, size = sums * (1.0 / (COUNTS_PER_M_S2 * k * STANDARD_GRAVITY_M_S2))
        light = (u * u + v * v + w * w < self._limits.mean_g**2) & (size < size_g)
        whole = t_s[k - 1 :] - t_s[: len(light)] <= 1.5 * k / self._rate_hz
        return np.asarray(light & whole)
