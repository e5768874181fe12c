"""Tilt of a body segment away from a stance, and which way it goes, in any mounting."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.centred_fir import CentredFir
from athena_sense.dsp.inclination import unit
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import component, length
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

REACH_TAUS = 3.0
"""The kernel of a pendulum ends where 5 % of it would follow: further on it would only make every answer later."""


def tilt_deg(up: FloatArray, stance: FloatArray) -> FloatArray:
    """(n, 3) tilt of `up` (n, 3; of any length) away from `stance` (3,), at right angles to the stance.

    Its length is the angle (deg), its direction the way in which the sensor sees up go.
    """
    along = component(up, stance)
    across = up.T - along * stance[:, None]
    size = length(across.T)
    scale = np.arctan2(size, along)
    scale *= DEG_PER_RAD
    scale /= np.where(size > 0.0, size, 1.0)
    across *= scale
    return np.asarray(across.T)


def angle_deg(up: FloatArray, stance: FloatArray) -> FloatArray:
    """(n,) angle (deg) between unit vectors `up` (n, 3) and `stance` (3,), from half of the chord between them; (k, n)
    of stances (k, 1, 3)."""
    chord = up - stance
    chord *= chord
    half = chord[..., 0] + chord[..., 1]
    half += chord[..., 2]
    half *= 0.25
    np.sqrt(half, out=half)
    np.minimum(half, 1.0, out=half)
    return np.asarray(np.arcsin(half, out=half) * (2.0 * DEG_PER_RAD))


def apart_deg(one: FloatArray, other: FloatArray) -> float:
    """The angle (deg) between two unit vectors (3,)."""
    chord = one - other
    return 2.0 * DEG_PER_RAD * math.asin(min(0.5 * math.sqrt(float(np.dot(chord, chord))), 1.0))


def deg_per_sine(up: FloatArray, stance: FloatArray) -> FloatArray:
    """(n,) by what components of unit vectors `up` (n, 3) across the unit vector `stance` (3,) are angles (deg)."""
    angle = angle_deg(up, stance)
    # Across the stance `up` is as long as the sine of the angle.
    sine = np.sin(angle / DEG_PER_RAD)
    turned = sine > 0.0
    return np.asarray(np.where(turned, angle, DEG_PER_RAD) / np.where(turned, sine, 1.0))


def pendulum_taps(rate_hz: float, lever_m: float) -> FloatArray:
    """Taps that turn acceleration into up for a sensor `lever_m` above the joint that its segment turns about.

    Leaning speeds the sensor up, which tilts what seems to be up by lever · angular acceleration / g: a lean θ reads
    θ − τ² θ'' with τ² = lever / g. Smoothing with exp(−|t| / τ) / 2τ undoes this exactly, at every speed.
    """
    tau_rows = np.sqrt(lever_m / STANDARD_GRAVITY_M_S2) * rate_hz
    reach = int(np.ceil(REACH_TAUS * tau_rows))
    taps = np.exp(-np.abs(np.arange(-reach, reach + 1)) / tau_rows)
    return np.asarray(taps / taps.sum())


def up_of_pendulum(acc_m_s2: FloatArray, rate_hz: float, lever_m: float) -> FloatArray:
    """(n, 3) up, of no particular length, from a stretch of acceleration (n, 3)."""
    fir = CentredFir(pendulum_taps(rate_hz, lever_m))
    return np.concatenate((fir.feed(acc_m_s2), fir.flush()))


class PendulumStage:
    """Motion → Motion with its `up` made by a pendulum's taps, for any cut; rows come out later by the taps' reach."""

    def __init__(self, rate_hz: float, lever_m: float) -> None:
        self._fir = CentredFir(pendulum_taps(rate_hz, lever_m))
        self._rate_hz = rate_hz
        self._owed: FloatArray = np.empty((0, 4))
        self._owed_gap: npt.NDArray[np.bool_] = np.empty(0, bool)
        self._next = 0

    def feed(self, motion: Motion) -> Motion:
        """The rows that are now known."""
        self._owed = np.concatenate((self._owed, np.column_stack((motion.t_s, motion.acc_m_s2))))
        self._owed_gap = np.concatenate((self._owed_gap, motion.after_gap))
        bounds = [0, *np.flatnonzero(motion.after_gap).tolist(), len(motion)]
        ups = [np.empty((0, 3))]
        for first, end in pairwise(bounds):
            if first < end and motion.after_gap[first]:
                ups.append(self._fir.flush().reshape(-1, 3))
            ups.append(self._fir.feed(motion.acc_m_s2[first:end]))
        return self._release(np.concatenate(ups))

    def finish(self) -> Motion:
        """The rows still owed at the end."""
        return self._release(self._fir.flush().reshape(-1, 3))

    def _release(self, up: FloatArray) -> Motion:
        n = up.shape[0]
        rows, gap = self._owed[:n], self._owed_gap[:n]
        self._owed, self._owed_gap = self._owed[n:], self._owed_gap[n:]
        first, self._next = self._next, self._next + n
        return Motion(self._rate_hz, first, rows[:, 0], rows[:, 1:], None, unit(up.T).T, gap)
