"""Filtering without phase: a centred FIR that streams."""

import numpy as np

from athena_sense.datatypes import FloatArray


def gaussian_taps(sigma_s: float, rate_hz: float) -> FloatArray:
    """Odd, symmetric taps of unit sum for a Gaussian of `sigma_s` (s), cut at 3 sigma."""
    half = max(1, round(3.0 * sigma_s * rate_hz))
    x = np.arange(-half, half + 1) / max(sigma_s * rate_hz, 1e-9)
    taps = np.exp(-0.5 * x * x)
    return np.asarray(taps / taps.sum())


def velocity_taps(half_window_s: float, rate_hz: float) -> FloatArray:
    """Odd, antisymmetric taps that turn acceleration into velocity about its mean over ±`half_window_s` (s).

    The tap at lag x of (step − ramp) is sign(x)·(W − |x|) / 2W: constants, gravity among them, give zero.
    """
    half = round(half_window_s * rate_hz)
    x = np.arange(-half, half + 1)
    # Reversed: `CentredFir` correlates, and a sample in the past of a row has a negative lag there.
    return np.asarray(-np.sign(x) * (half - np.abs(x)) / (2.0 * half * rate_hz))


class CentredFir:
    """Applies symmetric or antisymmetric taps; row k of the output belongs to row k of the input.

    Output lags the input by `delay` rows, which `flush` brings out at the end of a stretch. Ends are padded
    with the first and the last row. Plain elementwise sums, so that the cut of the stream cannot change a bit.
    """

    def __init__(self, taps: FloatArray) -> None:
        self._taps = taps
        self._sign = 1.0 if np.array_equal(taps, taps[::-1]) else -1.0
        self.delay = taps.shape[0] // 2
        self._context: FloatArray | None = None

    def feed(self, rows: FloatArray) -> FloatArray:
        """Filtered rows that are now known; `rows` (n, channels)."""
        if rows.shape[0] == 0:
            return rows
        if self._context is None:
            self._context = np.repeat(rows[:1], self.delay, axis=0)
        x = np.concatenate((self._context, rows))
        self._context = x[-2 * self.delay :] if x.shape[0] > 2 * self.delay else x
        return self._convolve(x)

    def flush(self) -> FloatArray:
        """The last `delay` rows of the stretch; the next `feed` starts a new one."""
        context, self._context = self._context, None
        if context is None:
            return np.empty((0, 0))
        return self._convolve(np.concatenate((context, np.repeat(context[-1:], self.delay, axis=0))))

    def _convolve(self, x: FloatArray) -> FloatArray:
        half, n = self.delay, x.shape[0] - 2 * self.delay
        if n <= 0:
            return x[:0]
        y: FloatArray = np.asarray(self._taps[half] * x[half : half + n])
        pair, both = np.empty_like(y), np.add if self._sign > 0.0 else np.subtract
        for k in range(half):
            both(x[k : k + n], x[2 * half - k : 2 * half - k + n], out=pair)
            pair *= self._taps[k]
            y += pair
        return y
