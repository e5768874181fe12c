"""What a dialect gives back, and whether the numbers can be what the file says."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from athena_sense.datatypes import SampleBatch
from athena_sense.recordings.track import Track, merge
from athena_sense.units import STANDARD_GRAVITY_M_S2

WINDOW_S = 2.0
"""Over this long a body's mean acceleration is gravity: walking or jumping changes its velocity by less than
2 m/s from end to end, which is 1 m/s² against 9.8."""

GRAVITY_SEEN = (0.45, 2.3)
"""Mean acceleration over true gravity. Turning inside a window lowers it, an arm swung in a circle adds to it: in
384 recordings (walking, jumping, lifting; from hand and wrist to pelvis and foot) it lay between 0.52 and 2.06."""

LEAST_SHARE = 0.4
"""Mean acceleration over the median size: at least 0.43 in the same recordings. Without gravity it cancels."""

GRAVITY_IN: dict[Literal["m/s^2", "g", "mg"], float] = {"m/s^2": STANDARD_GRAVITY_M_S2, "g": 1.0, "mg": 1000.0}

TURN_S = 0.1
"""A body turns little in it (a running shank: half a radian), and a step's jolt is over."""
AT_REST_G = (0.7, 1.3)
"""Where acceleration is so near to gravity, its direction is that of gravity, by and large."""
LEAST_TURNS = 20
TURNS_RAD = 0.3
"""RMS turn in `TURN_S` while acceleration is near gravity: up to 0.13 in simulated sets and walks and in real lifting;
in deg/s taken for rad/s it is 0.4 for somebody who balances, and 1 to 7 in exercises."""
FOLLOWED_SHARE = 0.13
"""How far gravity turns along must be 1, and is 1/57 where deg/s are taken for rad/s: this lies between."""


@dataclass(frozen=True, slots=True)
class ImportedStream:
    """Samples of another app's file, times from 0, with what the file told beside them."""

    samples: SampleBatch
    sensor: str | None
    has_gravity: bool = True
    acc_range_m_s2: float | None = None
    notes: tuple[str, ...] = ()


def imported(
    acc: Track,
    gyr: Track | None = None,
    *,
    sensor: str | None,
    has_gravity: bool = True,
    acc_range_m_s2: float | None = None,
    notes: tuple[str, ...] = (),
) -> ImportedStream:
    """One stream of acceleration (m/s²) and angular rate (rad/s) tracks."""
    samples, merge_notes = merge(acc, gyr)
    return ImportedStream(samples, sensor, has_gravity, acc_range_m_s2, notes + merge_notes)


def split_imported(track: Track, *, sensor: str | None, notes: tuple[str, ...] = ()) -> ImportedStream:
    """One stream of a track with three columns of acceleration and, where it is wider, three of angular rate."""
    gyr = track.values[:, 3:6] if track.values.shape[1] > 3 else None
    samples = SampleBatch(
        track.t_s - track.t_s[0],
        np.ascontiguousarray(track.values[:, :3]),
        None if gyr is None else np.ascontiguousarray(gyr),
    )
    return ImportedStream(samples, sensor, notes=notes + track.notes)


def gravity_unit(samples: SampleBatch) -> Literal["m/s^2", "g", "mg", "none", "unknown"]:
    """The unit in which gravity shows in the numbers; "none": it was removed."""
    size = mean_acceleration(samples)
    if size < LEAST_SHARE * float(np.median(np.linalg.norm(samples.acc_m_s2, axis=1))):
        return "none" if size < GRAVITY_SEEN[0] * STANDARD_GRAVITY_M_S2 else "unknown"
    for unit, gravity in GRAVITY_IN.items():
        if GRAVITY_SEEN[0] <= size / gravity <= GRAVITY_SEEN[1]:
            return unit
    return "none" if size < GRAVITY_SEEN[0] * STANDARD_GRAVITY_M_S2 else "unknown"


def mean_acceleration(samples: SampleBatch) -> float:
    """The size of the mean acceleration vector, the median over windows of 2 s, in the file's own unit.

    Gravity, for a sensor that turns little; near zero where gravity was removed.
    """
    window = np.floor(samples.t_s / WINDOW_S)
    starts = np.flatnonzero(np.diff(window, prepend=-1.0) > 0)
    counts = np.diff(starts, append=len(samples))
    means = np.add.reduceat(samples.acc_m_s2, starts, axis=0) / counts[:, None]
    full = counts >= np.median(counts) / 2
    return float(np.median(np.linalg.norm(means[full], axis=1)))


def turns_beyond_gravity(samples: SampleBatch) -> bool:
    """Whether the gyroscope tells of turns by far that gravity, seen in the acceleration, did not make: it is in deg/s.

    A direction u that is fixed in the world moves by -ω x u in the sensor's axes.
    """
    if samples.gyr_rad_s is None:
        return False
    block = np.floor(samples.t_s / TURN_S)
    starts = np.flatnonzero(np.diff(block, prepend=-1.0) > 0)
    counts = np.diff(starts, append=len(samples))[:, None]
    acc, rate = (np.add.reduceat(rows, starts, axis=0) / counts for rows in (samples.acc_m_s2, samples.gyr_rad_s))
    size = np.linalg.norm(acc, axis=1) / STANDARD_GRAVITY_M_S2
    at_rest = (size > AT_REST_G[0]) & (size < AT_REST_G[1])
    follows = at_rest[1:] & at_rest[:-1] & (np.diff(block[starts]) == 1.0)
    if np.count_nonzero(follows) < LEAST_TURNS:
        return False
    up = acc / np.maximum(size, AT_REST_G[0])[:, None] / STANDARD_GRAVITY_M_S2
    seen = np.diff(up, axis=0)[follows]
    told = -np.cross(rate[1:] + rate[:-1], up[1:] + up[:-1])[follows] * TURN_S / 4.0
    turned = float((told * told).sum())
    return turned > TURNS_RAD**2 * len(told) and float((seen * told).sum()) < FOLLOWED_SHARE * turned
