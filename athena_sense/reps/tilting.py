"""Tilt of a body segment away from a stance, and which way it goes, in any mounting."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.heel_phases import unit
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2


def axes_across(stance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors (3,) at right angles to a stance (3,) and to each other."""
    helper = np.zeros(3)
    helper[int(np.argmin(np.abs(stance)))] = 1.0
    x, y, z = stance
    first = unit(np.array([y * helper[2] - z * helper[1], z * helper[0] - x * helper[2], x * helper[1] - y * helper[0]]))
    second = np.array([y * first[2] - z * first[1], z * first[0] - x * first[2], x * first[1] - y * first[0]])
    return first, second


def tilt_deg(up: FloatArray, stance: FloatArray) -> FloatArray:
    """(n, 2) tilt of `up` (n, 3) away from `stance` (3,): its length is the angle (deg), its direction the way."""
    first, second = axes_across(stance)
    a = _along(up, first)
    b = _along(up, second)
    across = np.sqrt(a * a + b * b)
    angle = np.arctan2(across, _along(up, stance)) * DEG_PER_RAD
    scale = angle / np.where(across > 0.0, across, 1.0)
    return np.column_stack((a * scale, b * scale))


def angle_deg(up: FloatArray, stance: FloatArray) -> FloatArray:
    """(n,) angle (deg) between `up` (n, 3) and a stance (3,)."""
    tilt = tilt_deg(up, stance)
    return np.asarray(np.sqrt(tilt[:, 0] ** 2 + tilt[:, 1] ** 2))


def up_of_pendulum(acc_m_s2: FloatArray, rate_hz: float, lever_m: float) -> FloatArray:
    """(n, 3) direction of up from the acceleration of a sensor `lever_m` above the joint that its segment turns about.

    Leaning speeds the sensor up, which tilts what seems to be up by lever · angular acceleration / g: a lean θ reads
    θ − τ² θ'' with τ² = lever / g. Smoothing with exp(−|t| / τ) / 2τ undoes this exactly, at every speed.
    """
    tau_rows = np.sqrt(lever_m / STANDARD_GRAVITY_M_S2) * rate_hz
    reach = int(np.ceil(4.0 * tau_rows))
    taps = np.exp(-np.arange(reach + 1) / tau_rows)
    padded = np.concatenate((np.repeat(acc_m_s2[:1], reach, axis=0), acc_m_s2, np.repeat(acc_m_s2[-1:], reach, axis=0)))
    n = acc_m_s2.shape[0]
    total = taps[0] * acc_m_s2
    for k in range(1, reach + 1):
        total = total + taps[k] * (padded[reach - k : reach - k + n] + padded[reach + k : reach + k + n])
    length = np.sqrt(total[:, 0] ** 2 + total[:, 1] ** 2 + total[:, 2] ** 2)
    return np.asarray(total / np.where(length > 0.0, length, 1.0)[:, None])


def _along(up: FloatArray, axis: FloatArray) -> FloatArray:
    return np.asarray(up[:, 0] * axis[0] + up[:, 1] * axis[1] + up[:, 2] * axis[2])
