"""Countermovement and push: how a pelvis gets to its take-off speed."""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.landing import ramp
from athena_sense.simulation.profiles import bump, integral, rounded
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

DEEPEST_UNLOADING = 0.7
"""Share of body weight that a countermovement takes off the ground at most: the feet stay down."""


def countermovement(rate_hz: float, takeoff_m_s: float, extension_m: float, rng: np.random.Generator) -> FloatArray:
    """(n,) m/s² vertical acceleration of a pelvis that starts at rest and leaves the ground in its last sample.

    Dip, braking and push in 0.6–0.95 s, longer where the jump asks for it; the pelvis leaves at `takeoff_m_s` and
    `extension_m` above standing, and the ground's force falls to nothing within the last 20–45 ms.
    """
    seconds = rng.uniform(0.6, 0.95)
    dips, starts = rng.uniform(0.4, 0.5), rng.uniform(0.32, 0.42)
    rise, fall, leaving_s = rng.uniform(0.5, 0.75), rng.uniform(0.1, 0.2), rng.uniform(0.02, 0.045)
    while True:
        n = round(seconds * rate_hz)
        u = np.linspace(0.0, 1.0, n + 1)
        reach_s = (1.0 - u) * n / rate_hz
        unload = -bump(np.clip(u / dips, 0.0, 1.0))
        push = rounded(np.clip((u - starts) / (1.0 - starts), 0.0, 1.0), rise, fall)
        leave = -G * (1.0 - ramp(reach_s / leaving_s))
        # Speed gained is the integral of acceleration, height gained its integral weighed by the time left.
        parts = (unload, push, leave)
        gains = np.array([[integral(part, rate_hz), integral(part * reach_s, rate_hz)] for part in parts])
        sizes = np.linalg.solve(gains[:2].T, np.array([takeoff_m_s, extension_m]) - gains[2])
        if sizes[0] <= DEEPEST_UNLOADING * G:
            return np.asarray(sizes[0] * unload + sizes[1] * push + leave, dtype=np.float64)
        seconds *= 1.05
