"""How a distance is travelled: tracks from 0 to 1 that start and end at rest.

All but the minimum-jerk one are made from a speed that is never negative, so a track never goes back on its way.
"""

from typing import Literal, get_args

import numpy as np

from athena_sense.datatypes import FloatArray

Lowering = Literal["even", "minimum_jerk", "wavering", "early_drop", "late_drop", "pause", "slowing"]
LOWERINGS: tuple[Lowering, ...] = get_args(Lowering)


def minimum_jerk(u: FloatArray) -> FloatArray:
    """(n,) the smoothest path from 0 to 1 (Flash & Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985)."""
    return u**3 * (10.0 - 15.0 * u + 6.0 * u**2)


def rounded(u: FloatArray, rise: float, fall: float) -> FloatArray:
    """(n,) speed 1 with raised-cosine corners, each a share of the whole duration."""
    corner = np.minimum(np.clip(u / rise, 0.0, 1.0), np.clip((1.0 - u) / fall, 0.0, 1.0))
    return 0.5 - 0.5 * np.cos(np.pi * corner)


def travelled(speed: FloatArray) -> FloatArray:
    """(n,) the track from 0 to 1 that this speed (n,) makes: its integral by trapezoids, scaled."""
    path = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]))])
    return np.asarray(path / path[-1], dtype=np.float64)


def lowering(kind: Lowering, u: FloatArray, duration_s: float, rng: np.random.Generator) -> FloatArray:
    """(n,) share of the range travelled at share `u` (n,) of a lowering of `duration_s`.

    Slow human movement is a chain of submovements at 2–4 per second, not one glide (Doeringer & Hogan 1998,
    doi 10.1152/jn.1998.80.4.1787): every kind but the minimum-jerk one wavers a little, "wavering" much.
    What lasts less than a second has no time for them.
    """
    if kind == "minimum_jerk":
        return minimum_jerk(u)
    corner_s = min(rng.uniform(0.05, 0.3) * duration_s, rng.uniform(0.1, 0.6), 0.45 * duration_s)
    speed = rounded(u, corner_s / duration_s, rng.uniform(0.6, 1.4) * corner_s / duration_s)
    slow = min(1.0, max(0.0, (duration_s - 0.8) / 1.7))
    depth = slow * (rng.uniform(0.3, 0.8) if kind == "wavering" else rng.uniform(0.0, 0.2))
    phase = 2.0 * np.pi * (rng.uniform(2.0, 4.0) * duration_s * u + rng.uniform())
    wobble = 0.6 * rng.uniform(0.5, 1.5) * np.sin(2.0 * np.pi * rng.uniform(0.5, 2.0) * u + 6.0 * rng.uniform())
    speed = speed * np.maximum(0.03, 1.0 + depth * np.sin(phase + wobble))
    if kind in ("early_drop", "late_drop"):
        share, lasts = rng.uniform(0.3, 0.6), rng.uniform(0.12, 0.25)
        dropping = rounded(np.clip((u if kind == "early_drop" else 1.0 - u) / lasts, 0.0, 1.0), 0.4, 0.4)
        speed = speed / np.mean(speed) * (1.0 - share) + dropping / np.mean(dropping) * share
    elif kind == "pause":
        middle, half = rng.uniform(0.3, 0.7), rng.uniform(0.06, 0.15)
        speed = speed * (1.0 - rounded(np.clip((u - middle) / (2 * half) + 0.5, 0.0, 1.0), 0.35, 0.35))
    elif kind == "slowing":
        speed = speed * (1.0 + rng.uniform(0.2, 0.7) * np.cos(np.pi * u))
    return travelled(speed)


def integral(track: FloatArray, rate_hz: float) -> float:
    """What a rate of change (n,) adds up to, by trapezoids: neighbouring stretches share their edge."""
    return float(np.sum(track) - 0.5 * (track[0] + track[-1])) / rate_hz


def bump(u: FloatArray) -> FloatArray:
    """(n,) there and back with zero speed and acceleration at both ends; 1 in the middle."""
    return 64.0 * u**3 * (1.0 - u) ** 3
