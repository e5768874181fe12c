"""A moving body segment, written as a score of movements, and what a sensor strapped to it feels.

World axes: x forward, y left, z up. Segment axes are the world's when all angles are zero; the segment is turned
by yaw about z, then pitch about y (positive: toes or nose down), then roll about x.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.profiles import minimum_jerk
from athena_sense.simulation.truth import Span
from athena_sense.units import STANDARD_GRAVITY_M_S2

CHANNELS = ("x", "y", "z", "ax", "ay", "az", "yaw", "pitch", "roll")
"""Position (m) and direct acceleration (m/s²) of the reference point in the world, and the angles (rad)."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyMotion:
    """Rigid motion of one body segment on a fine, even grid.

    `t_s` (n,). `acc_m_s2` (n, 3) world acceleration of the segment's reference point, gravity not included.
    `yaw_pitch_roll_rad` (n, 3). `lever_m` (3,) from the reference point to the sensor, in segment axes.
    """

    t_s: FloatArray
    acc_m_s2: FloatArray
    yaw_pitch_roll_rad: FloatArray
    lever_m: FloatArray

    @property
    def rate_hz(self) -> float:
        return float((len(self.t_s) - 1) / (self.t_s[-1] - self.t_s[0]))

    def angular_rate(self) -> FloatArray:
        """(n, 3) rad/s in segment axes."""
        yaw_rate, pitch_rate, roll_rate = np.gradient(self.yaw_pitch_roll_rad, 1.0 / self.rate_hz, axis=0).T
        _, pitch, roll = self.yaw_pitch_roll_rad.T
        sin_roll, cos_roll, cos_pitch = np.sin(roll), np.cos(roll), np.cos(pitch)
        return np.stack(
            [
                roll_rate - yaw_rate * np.sin(pitch),
                pitch_rate * cos_roll + yaw_rate * cos_pitch * sin_roll,
                yaw_rate * cos_pitch * cos_roll - pitch_rate * sin_roll,
            ],
            axis=1,
        )

    def specific_force(self) -> FloatArray:
        """(n, 3) m/s² at the sensor, in segment axes: R^T (a - g) + α×r + ω×(ω×r)."""
        ax, ay, az = self.acc_m_s2.T
        az = az + STANDARD_GRAVITY_M_S2
        yaw, pitch, roll = self.yaw_pitch_roll_rad.T
        sy, cy, sp, cp, sr, cr = np.sin(yaw), np.cos(yaw), np.sin(pitch), np.cos(pitch), np.sin(roll), np.cos(roll)
        ahead, left = cy * ax + sy * ay, cy * ay - sy * ax
        down = cp * az + sp * ahead
        force = np.stack([cp * ahead - sp * az, cr * left + sr * down, cr * down - sr * left], axis=1)
        rate = self.angular_rate()
        turning = np.gradient(rate, 1.0 / self.rate_hz, axis=0)
        return force + np.cross(turning, self.lever_m) + np.cross(rate, np.cross(rate, self.lever_m))


@dataclass(slots=True)
class Score:
    """Movements laid on a time line, one after the other or at once; `now_s` is where the next one begins."""

    rate_hz: float
    now_s: float = 0.0
    spans: list[Span] = field(default_factory=list)
    _moves: list[tuple[str, int, FloatArray]] = field(default_factory=list)
    _levels: list[tuple[float, float]] = field(default_factory=list)

    def count(self, duration_s: float) -> int:
        """Grid steps in a duration, at least two."""
        return max(2, round(duration_s * self.rate_hz))

    def unit_time(self, duration_s: float) -> FloatArray:
        """(n + 1,) from 0 to 1 over a duration."""
        return np.linspace(0.0, 1.0, self.count(duration_s) + 1)

    def add(self, channel: str, values: FloatArray, at_s: float) -> None:
        """Adds a movement to a channel; it starts from zero, and its last value stays."""
        self._moves.append((channel, round(at_s * self.rate_hz), values))

    def span(self, kind: str, duration_s: float) -> None:
        """Lets time pass under a name."""
        start_s, _ = self.pass_time(duration_s)
        self.mark(kind, start_s)

    def mark(self, kind: str, start_s: float) -> None:
        """Gives the time from `start_s` to now a name."""
        self.spans.append(Span(kind, start_s, self.now_s))

    def pass_time(self, duration_s: float) -> tuple[float, float]:
        """Lets time pass on the grid without a name; returns its start and end."""
        start_s = self.now_s
        self.now_s = start_s + self.count(duration_s) / self.rate_hz
        return start_s, self.now_s

    def unsteady_from(self, at_s: float, level: float) -> None:
        """From here on, sway has this share of its full size (flat on the floor less, up on the toes more)."""
        self._levels.append((at_s, level))

    def sway_level(self) -> FloatArray:
        """(n,) share of full sway at every grid point, changing within 0.4 s."""
        t_s = np.arange(round(self.now_s * self.rate_hz) + 1) / self.rate_hz
        level = np.full(len(t_s), self._levels[0][1] if self._levels else 1.0)
        for (_, before), (at_s, after) in itertools.pairwise(self._levels):
            level += (after - before) * minimum_jerk(np.clip((t_s - at_s) / 0.4, 0.0, 1.0))
        return level

    def channel(self, name: str) -> FloatArray:
        """(n,) sum of all movements of a channel over the whole time line."""
        total: FloatArray = np.zeros(round(self.now_s * self.rate_hz) + 1)
        for channel, start, values in self._moves:
            if channel != name:
                continue
            values = values[: len(total) - start]
            total[start : start + len(values)] += values
            total[start + len(values) :] += values[-1]
        return total

    def perform(self, lever_m: FloatArray, more: Mapping[str, FloatArray]) -> BodyMotion:
        """The motion of the whole time line, with `more` (n,) added to the channels named."""
        tracks = {name: self.channel(name) + more.get(name, 0.0) for name in CHANNELS}
        acc = [tracks[a] + second_derivative(tracks[p], self.rate_hz) for p, a in AXES]
        angles = np.stack([tracks["yaw"], tracks["pitch"], tracks["roll"]], axis=1)
        t_s = np.arange(len(tracks["x"])) / self.rate_hz
        return BodyMotion(t_s, np.stack(acc, axis=1), angles, lever_m)


AXES = (("x", "ax"), ("y", "ay"), ("z", "az"))


def second_derivative(track: FloatArray, rate_hz: float) -> FloatArray:
    """(n,) second derivative on an even grid by central differences; zero at both ends."""
    out: FloatArray = np.zeros(len(track))
    out[1:-1] = (track[2:] - 2.0 * track[1:-1] + track[:-2]) * rate_hz**2
    return out


def band_noise(rng: np.random.Generator, n: int, rate_hz: float, low_hz: float, high_hz: float) -> FloatArray:
    """(n,) random track of unit RMS within a band: red (1/f amplitude), as body sway and hand-like drift are."""
    size = 1 << max(10, n - 1).bit_length()
    freq = np.fft.rfftfreq(size, 1.0 / rate_hz)
    inside = np.flatnonzero((freq >= low_hz) & (freq <= high_hz))
    if len(inside) == 0:
        return np.zeros(n)
    spectrum = np.zeros(len(freq), dtype=np.complex128)
    spectrum[inside] = (rng.normal(size=len(inside)) + 1j * rng.normal(size=len(inside))) / freq[inside]
    power = float(np.sum(np.abs(spectrum) ** 2)) * 2.0 / size**2
    return np.asarray(np.fft.irfft(spectrum, size)[:n] / np.sqrt(power), dtype=np.float64)


def ankle(heel_rad: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(n,), (n,) m: how far the ankle moves forward and up when the heel turns about the toe joint.

    The ankle joint lies 0.11–0.16 m behind the toe joint and about 0.07 m above it in an adult's flat foot.
    """
    back_m, high_m = rng.uniform(0.11, 0.16), 0.07
    forward = back_m * (1.0 - np.cos(heel_rad)) + high_m * np.sin(heel_rad)
    return forward, back_m * np.sin(heel_rad) + high_m * (np.cos(heel_rad) - 1.0)


def lever_of(placement: str, rng: np.random.Generator) -> FloatArray:
    """(3,) m from the segment's reference point to where the sensor is strapped.

    Foot: from the toe joint to laces, instep or heel. Shank: from the ankle up the bone. Waist: around the pelvis.
    """
    low, high = {
        "foot": ((-0.14, -0.02, 0.03), (-0.03, 0.02, 0.08)),
        "shank": ((0.0, -0.04, 0.10), (0.05, 0.04, 0.35)),
    }.get(placement, ((-0.12, -0.12, -0.05), (0.12, 0.12, 0.10)))
    return rng.uniform(low, high)


def tremor(rng: np.random.Generator, n: int, rate_hz: float) -> FloatArray:
    """(n,) physiological tremor of unit RMS: 8–12 Hz (Elble & Randall 1976, doi 10.1152/jn.1976.39.2.370)."""
    return band_noise(rng, n, rate_hz, 8.0, 12.0)
