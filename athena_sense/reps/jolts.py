"""Jolts: what is too quick to be made by muscles, as when a foot meets the floor."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.centred_fir import CentredFir, gaussian_taps
from athena_sense.dsp.grid import BRIDGED_S, UniformGrid

GRID_HZ = 100.0
SMOOTH_SIGMA_S = 0.025
"""What two Gaussians of 25 ms take away is movement: 1 % is left of 3 Hz, half of 10 Hz, 85 % of 16 Hz. Voluntary
movement lies nearly all below 4 Hz (Winter 2009), the shock of a foot on the floor between 10 and 50 Hz."""
SMALLEST_M_S2 = 0.25
"""Less is noise and tremor: a held leg trembles by 0.05–0.3 m/s² at 8–12 Hz, of which half is left."""
APART_S = 0.25
"""What follows sooner is the same foot still ringing, or its heel after its toes."""


@dataclass(frozen=True, slots=True)
class Jolt:
    """A jolt's largest moment (s) and size (m/s²)."""

    time_s: float
    size_m_s2: float


class Jolts:
    """Samples → jolts, for any cut; each is known `APART_S` after it."""

    def __init__(self, sample_rate_hz: float) -> None:
        rate_hz = min(GRID_HZ, sample_rate_hz)
        self._grid = UniformGrid(rate_hz, max(BRIDGED_S, 2.5 / sample_rate_hz))
        self._rough = CentredFir(_rough_taps(rate_hz))
        self._owed: FloatArray = np.empty((0, 4))
        self._open: Jolt | None = None
        self._last_s = -np.inf
        self.known_to_s = -np.inf

    def feed(self, samples: SampleBatch) -> list[Jolt]:
        """The jolts that these samples end."""
        found: list[Jolt] = []
        for fresh, t_s, cells in self._grid.feed(samples.t_s, samples.acc_m_s2):
            if fresh:
                found += self._take(self._rough.flush().reshape(-1, 3))
            self._owed = np.concatenate((self._owed, np.column_stack((t_s, cells))))
            found += self._take(self._rough.feed(cells))
        return found

    def finish(self) -> list[Jolt]:
        """The jolts that the end of the stream ends."""
        found = self._take(self._rough.flush().reshape(-1, 3))
        self.known_to_s = np.inf
        return found + ([] if self._open is None else [self._open])

    def _take(self, d: FloatArray) -> list[Jolt]:
        n = d.shape[0]
        if n == 0:
            return []
        rows, self._owed = self._owed[:n], self._owed[n:]
        size = np.sqrt(d[:, 0] ** 2 + d[:, 1] ** 2 + d[:, 2] ** 2)
        found: list[Jolt] = []
        for k in np.flatnonzero(size > SMALLEST_M_S2).tolist():
            time_s, now = float(rows[k, 0]), float(size[k])
            if self._open is not None and time_s - self._last_s > APART_S:
                found.append(self._open)
                self._open = None
            if self._open is None or now > self._open.size_m_s2:
                self._open = Jolt(time_s, now)
            self._last_s = time_s
        self.known_to_s = float(rows[-1, 0]) - APART_S
        if self._open is not None and self._last_s < self.known_to_s:
            found.append(self._open)
            self._open = None
        return found


def _rough_taps(rate_hz: float) -> FloatArray:
    """Taps of (1 − Gaussian), twice."""
    smooth = gaussian_taps(SMOOTH_SIGMA_S, rate_hz)
    rough = -smooth
    rough[smooth.shape[0] // 2] += 1.0
    twice: FloatArray = np.convolve(rough, rough)
    return 0.5 * (twice + twice[::-1])
