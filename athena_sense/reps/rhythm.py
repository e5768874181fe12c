"""Rhythm: whether a stretch of motion repeats, how fast, and along which direction of its signals.

The period is found as in pitch tracking: the shortest lag at which the motion resembles itself almost as well
as at any lag (de Cheveigné & Kawahara 2002, doi 10.1121/1.1458024, who give the reason for "shortest").
"""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray

SHORTEST_PERIOD_S = 0.5
"""Two reps a second: faster than the fastest hops and jumping jacks that people keep up."""
LAGS_PER_WINDOW = 2.5
"""A period must fit this often into the window: below two there is nothing to compare a cycle with."""
OCTAVE_SHARE = 0.8
"""The shortest lag with this share of the best likeness wins; reps vary, so equal lags never tie exactly."""
LEAST_LIKENESS = 0.35
"""Correlation of a motion with itself one period later; of unrelated motion it is 0 ± 1/√(cycles)."""
LEAST_SWING_M_S2 = 0.5
"""A swing of 3° of inclination (9.81 · sin 3°): straps and clothes move as much."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """A period (s), the unit direction (c,) of the motion's main swing, and that swing's size (m/s²)."""

    period_s: float
    direction: FloatArray
    swing: float


def find_rhythm(signals: FloatArray, rate_hz: float) -> Rhythm | None:
    """The rhythm of `signals` (n, c), triples of axes of one sensor each, in m/s²; None where there is none."""
    lag_count = int(len(signals) / LAGS_PER_WINDOW)
    signals = signals - signals.mean(axis=0)
    if lag_count < 4 or np.abs(signals).max() < 0.5 * LEAST_SWING_M_S2:
        return None
    lag = _shortest_good_lag(_likeness(signals, lag_count), rate_hz)
    if lag is None:
        return None
    direction, swing = _main_swing(signals, max(1, round(lag / 2)))
    return Rhythm(lag / rate_hz, direction, swing) if swing >= LEAST_SWING_M_S2 else None


def _likeness(signals: FloatArray, lag_count: int) -> FloatArray:
    """Correlation of acceleration, and of orientation, with itself at each lag; the mean of the two, so that
    neither drowns the other, unless one is no more than sway. Normalised by the energy of the parts that overlap."""
    n, width = signals.shape
    groups = [0] if width <= 3 else [0, 3]
    size = (n + lag_count + 15) // 16 * 16
    spectrum = np.fft.rfft(signals, size, axis=0)
    power = np.add.reduceat(spectrum.real**2 + spectrum.imag**2, groups, axis=1)
    product = np.fft.irfft(power, size, axis=0)[:lag_count]
    energy = np.zeros((n + 1, len(groups)))
    np.cumsum(np.add.reduceat(signals * signals, groups, axis=1), axis=0, out=energy[1:])
    overlap = energy[n : n - lag_count : -1] * (energy[n] - energy[:lag_count])
    swings = energy[n] >= n * LEAST_SWING_M_S2**2 / 8.0  # that of a sine
    swings |= not swings.any()
    return np.asarray((product / np.sqrt(overlap + 1e-24))[:, swings].mean(axis=1))


def _shortest_good_lag(likeness: FloatArray, rate_hz: float) -> int | None:
    """Peaks count once the likeness has been negative: up to there a motion resembles its own inertia."""
    negative = likeness < 0.0
    first = int(max(SHORTEST_PERIOD_S * rate_hz, float(np.argmax(negative)), 1.0))
    middle = likeness[first:-1]
    if len(middle) < 1 or not negative.any():
        return None
    is_peak = (middle >= likeness[first - 1 : -2]) & (middle > likeness[first + 1 :])
    heights = np.where(is_peak, middle, 0.0)
    best = float(heights.max())
    return first + int(np.argmax(heights >= OCTAVE_SHARE * best)) if best >= LEAST_LIKENESS else None


def _main_swing(signals: FloatArray, half_period: int) -> tuple[FloatArray, float]:
    """Direction and size of the largest difference to half a period before: offsets and drift drop out of it."""
    difference = signals[half_period:] - signals[:-half_period]
    covariance = (difference[:, :, None] * difference[:, None, :]).sum(axis=0)
    direction = np.ascontiguousarray(np.linalg.eigh(covariance)[1][:, -1])
    sizes = np.sort(np.abs((difference * direction).sum(axis=1)))
    return direction, float(sizes[round(0.9 * (len(sizes) - 1))])
