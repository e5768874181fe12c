"""The angle of a segment that swings about a joint, from acceleration alone: whatever the lever and the mounting."""

import numpy as np
import pytest

from athena_sense.reps.hinge import solved_arc
from athena_sense.simulation.profiles import minimum_jerk
from athena_sense.simulation.sensor import random_rotation
from athena_sense.units import STANDARD_GRAVITY_M_S2

RATE_HZ = 25.0
STOOD_S = 1.0


def squat(depth_deg: float, way_s: float, place_m: tuple[float, float], knee_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Angle (n,) rad of a way down and up at once, and what a sensor on it feels (n, 3): along the segment, across it,
    and out of the plane. `place_m` from the knee, which goes ahead by `knee_m` a radian."""
    t = np.arange(round((2.0 * STOOD_S + 2.0 * way_s) * RATE_HZ * 20)) / (RATE_HZ * 20)
    down, up = ((t - STOOD_S - late_s) / way_s for late_s in (0.0, way_s))
    angle = np.radians(depth_deg) * (minimum_jerk(np.clip(down, 0, 1)) - minimum_jerk(np.clip(up, 0, 1)))
    along, across = place_m
    cos, sin = np.cos(angle), np.sin(angle)
    ahead = knee_m * angle - along * sin - across * cos
    high = along * cos - across * sin
    ahead, high = (np.gradient(np.gradient(way, t), t) for way in (ahead, high))
    high += STANDARD_GRAVITY_M_S2
    felt = np.stack([high * cos - ahead * sin, -high * sin - ahead * cos, 0.0 * t], axis=1)
    return angle[10::20], felt.reshape(-1, 20, 3).mean(axis=1)


def solved(felt: np.ndarray, bottom: int) -> tuple[np.ndarray, float]:
    """How far a segment has turned (n,) deg, and how uncertain that is at the bottom."""
    smooth = np.stack([np.convolve(np.pad(axis, 2, "edge"), np.full(5, 0.2), "valid") for axis in felt.T], axis=1)
    shown = smooth / np.linalg.norm(smooth, axis=1)[:, None]
    t_s = np.arange(felt.shape[0]) / RATE_HZ
    arc = solved_arc(t_s, felt, shown, 10, bottom, felt.shape[0] - 10)
    return np.degrees(np.arccos(np.clip(arc.up @ arc.up[5], -1.0, 1.0))), arc.turn_doubt_deg


@pytest.mark.parametrize("place_m", [(0.1, 0.0), (0.2, 0.08), (0.33, -0.05)])
@pytest.mark.parametrize("knee_m", [0.0, 0.15])
@pytest.mark.parametrize(("depth_deg", "way_s"), [(30.0, 1.0), (60.0, 1.2), (95.0, 1.5), (95.0, 3.0)])
def test_the_angle_is_found_whatever_the_lever(
    place_m: tuple[float, float], knee_m: float, depth_deg: float, way_s: float
) -> None:
    angle, felt = squat(depth_deg, way_s, place_m, knee_m)
    turned, doubt_deg = solved(felt, int(angle.argmax()))
    deepest = float(turned[angle.argmax()])
    assert deepest == pytest.approx(depth_deg, abs=max(1.0, 2.5 * doubt_deg))
    assert np.abs(turned - np.degrees(angle)).max() < max(1.0, 3.0 * doubt_deg)


def test_the_mounting_does_not_matter() -> None:
    angle, felt = squat(80.0, 1.5, (0.2, 0.05), 0.1)
    bottom = int(angle.argmax())
    turned, doubt_deg = solved(felt, bottom)
    for seed in range(3):
        mounted, mounted_doubt_deg = solved(felt @ random_rotation(np.random.default_rng(seed)).T, bottom)
        assert mounted == pytest.approx(turned, abs=1e-3)
        assert mounted_doubt_deg == pytest.approx(doubt_deg, rel=1e-3)


def test_the_doubt_grows_with_what_is_no_arc() -> None:
    angle, felt = squat(70.0, 1.2, (0.2, 0.0), 0.1)
    noise = np.random.default_rng(0).normal(size=felt.shape)
    doubts = [solved(felt + size * noise, int(angle.argmax()))[1] for size in (0.0, 0.3, 1.0)]
    assert doubts == sorted(doubts)
    assert doubts[2] > 4.0
