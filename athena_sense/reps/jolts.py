"""Jolts: what is too quick to be made by muscles, as when a foot meets the floor."""

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.centred_fir import CentredFir, gaussian_taps
from athena_sense.dsp.grid import BRIDGED_S, UniformGrid

GRID_HZ = 100.0
SMOOTH_SIGMA_S = 0.025
"""What two Gaussians of 25 ms take away is movement: 1 % is left of 3 Hz, half of 10 Hz, 85 % of 16 Hz. Voluntary
movement lies nearly all below 4 Hz (Winter 2009), the shock of a foot on the floor between 10 and 50 Hz."""
KEPT_S = 95.0
"""As far back as anybody looks (`reps.history.LOOK_BACK_S`), and a margin."""


class Jolts:
    """Samples → what is left of the acceleration above 10 Hz, the last minute and a half of it, for any cut."""

    def __init__(self, sample_rate_hz: float) -> None:
        self.rate_hz = rate_hz = min(GRID_HZ, sample_rate_hz)
        self._grid = UniformGrid(rate_hz, max(BRIDGED_S, 2.5 / sample_rate_hz))
        self._rough = CentredFir(_rough_taps(rate_hz))
        self.delay_s = self._rough.delay / rate_hz
        self._keep = round(KEPT_S * rate_hz)
        self._t_s: FloatArray = np.empty(0)
        self._jolts: FloatArray = np.empty((0, 3))

    def feed(self, samples: SampleBatch) -> None:
        """Take the next samples; what they show is known `delay_s` later. Call `forget` when it has been looked at."""
        times, jolts = [self._t_s], [self._jolts]
        for fresh, t_s, cells in self._grid.feed(samples.t_s, samples.acc_m_s2):
            if fresh:
                jolts.append(self._rough.flush().reshape(-1, 3))
            jolts.append(self._rough.feed(cells))
            times.append(t_s)
        self._t_s, self._jolts = np.concatenate(times), np.concatenate(jolts)

    def forget(self) -> None:
        """Let go of what lies further back than anybody looks."""
        cut = self._jolts.shape[0] - self._keep
        if cut > self._keep:
            self._t_s, self._jolts = self._t_s[cut:].copy(), self._jolts[cut:].copy()

    def between(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray]:
        """Times (n,) s and jolts (n, 3) m/s² of a stretch."""
        first, end = self._t_s[: self._jolts.shape[0]].searchsorted((start_s, end_s))
        return self._t_s[first:end], self._jolts[first:end]


def _rough_taps(rate_hz: float) -> FloatArray:
    """Taps of (1 − Gaussian), twice."""
    smooth = gaussian_taps(SMOOTH_SIGMA_S, rate_hz)
    rough = -smooth
    rough[smooth.shape[0] // 2] += 1.0
    twice: FloatArray = np.convolve(rough, rough)
    return 0.5 * (twice + twice[::-1])
