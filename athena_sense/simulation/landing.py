"""What the ground does to a body segment that lands on it."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.profiles import bump, integral
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G


@dataclass(frozen=True, slots=True)
class Site:
    """How hard a landing is felt at a sensor site: ranges that one landing is drawn from."""

    quiet_g: tuple[float, float]
    loud_g: tuple[float, float]
    width_s: tuple[float, float]
    """Half period of the first pulse."""
    support_s: float
    """Within this time of contact the ground carries the segment's weight again."""
    yielding_s: tuple[float, float]
    """How long the slower part of the braking lasts: knees for the pelvis, heel and ankle for the leg."""
    gives_m: float
    """Braking way there is: no fall of v m/s stops in it with a mean under v²/2 over this way."""


BUMP_AREA = 16.0 / 35.0
"""Integral of `profiles.bump` over its unit of time."""


def ramp(u: FloatArray) -> FloatArray:
    """(n,) 0 below 0, 1 above 1, smooth between."""
    inside = np.clip(u, 0.0, 1.0)
    return inside**2 * (3.0 - 2.0 * inside)


def jolt(t_s: FloatArray, width_s: float, rng: np.random.Generator) -> FloatArray:
    """(n,) damped swing of unit peak from t = 0 on, half period `width_s`: bone, soft tissue and strap ring on.

    Damping ratio 0.2–0.45, the onset blunt or sharp; all is over after ten half periods.
    """
    t = np.maximum(t_s, 0.0) / width_s
    damping, blunt = rng.uniform(0.2, 0.45), rng.uniform(0.0, 1.5)
    swing = np.exp(-damping * np.pi * t) * np.sin(np.pi * t) * (1.0 - np.exp(-4.0 * t)) ** blunt
    swing *= ramp(10.0 - t)
    return np.asarray(swing / swing.max(), dtype=np.float64)


def absorb(
    t_s: FloatArray, site: Site, peak_g: float, speed_m_s: float, rise_m: float | None, rng: np.random.Generator
) -> FloatArray:
    """(n,) m/s² vertical acceleration from contact on that stops a fall, with this peak of specific force.

    `speed_m_s` at contact, negative. `rise_m` from the height at contact to the one at the end; None leaves it
    open. Pulses first, then a slower hump that takes what is left of the momentum, then standing up.
    """
    rate_hz, width_s = 1.0 / (t_s[1] - t_s[0]), rng.uniform(*site.width_s)
    fixed = -G * (1.0 - ramp(t_s / site.support_s))
    # Toes first, then the heel: the first pulse may be the lesser one.
    toes_s, toes = (rng.uniform(0.02, 0.06), rng.uniform(0.2, 0.5)) if rng.random() < 0.5 else (0.0, 0.0)
    pulse = jolt(t_s - toes_s, width_s, rng) + toes * jolt(t_s, rng.uniform(*site.width_s), rng)
    left = -speed_m_s - integral(fixed, rate_hz)
    # Who lands softly yields for longer: the hump alone stays under two thirds of the peak.
    peak_g = max(peak_g, 1.0 + 1.5 * speed_m_s**2 / (2.0 * G * site.gives_m))
    least_s = left / (BUMP_AREA * 0.67 * (peak_g - 1.0) * G)
    yielding_s = max(rng.uniform(*site.yielding_s), least_s)
    hump = bump(np.clip(t_s / yielding_s, 0.0, 1.0) ** rng.uniform(0.7, 0.9))
    size = 0.0
    for _ in range(20):
        slow = (left - size * integral(pulse, rate_hz)) / integral(hump, rate_hz)
        track = fixed + size * pulse + slow * hump
        size = max(0.2 * G, size + 0.8 * ((peak_g - 1.0) * G - track.max()) / pulse.max())
    if rise_m is None:
        return np.asarray(track, dtype=np.float64)
    stand_s = float(t_s[-1])
    up_and_stop = np.gradient(bump(t_s / stand_s), t_s)
    travel = speed_m_s * stand_s + integral(track * (stand_s - t_s), rate_hz)
    reached = integral(up_and_stop * (stand_s - t_s), rate_hz)
    return np.asarray(track + up_and_stop * (rise_m - travel) / reached, dtype=np.float64)
