"""A limb that turns to and fro on an arc: its angle in the arc's plane, found from the data, whatever the mounting."""

import math

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import DEG_PER_RAD


def arc_angle_deg(up: FloatArray, arc: slice, low: int, high: int) -> tuple[FloatArray, float]:
    """Angle (n,) in the plane in which the inclination `up` (n, 3) swings over the rows `arc`, growing from row `low`
    to row `high`; and how far the arc leaves that plane (deg)."""
    rows = up[arc]
    middle, along = _plane(rows, up[high] - up[low])
    x, y, z = middle
    normal = np.array([y * along[2] - z * along[1], z * along[0] - x * along[2], x * along[1] - y * along[0]])
    return _angle_deg(up, middle, along), float(np.arcsin(min(np.abs(rows @ normal).max(), 1.0))) * DEG_PER_RAD


def arc_tilt_deg(up: FloatArray, low: int) -> FloatArray:
    """Angle (n,) from the first row in the plane in which the inclination `up` (n, 3) swings, growing towards row
    `low`."""
    angle = _angle_deg(up, *_plane(up, up[low] - up[0]))
    angle -= angle[0]
    return angle


# Rows that come from a history lie there one component after the other: numpy is quick along those.
def _plane(rows: FloatArray, chord: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The middle of an arc (n, 3), and the direction at right angles to it in which it goes."""
    middle = unit(np.add.reduce(rows, axis=0))
    # One step of the power method from the chord: the direction in which the arc spreads.
    spread = (rows - middle).T
    along = np.dot(spread, np.dot(chord, spread))
    return middle, unit(along - middle * np.dot(along, middle))


def _angle_deg(up: FloatArray, middle: FloatArray, along: FloatArray) -> FloatArray:
    angle = np.arctan2(np.dot(along, up.T), np.dot(middle, up.T))
    angle *= DEG_PER_RAD
    return np.asarray(angle)


# Element by element, not by a product of matrices, whose last bits depend on how many rows it is fed at once.
def component(rows: FloatArray, direction: FloatArray) -> FloatArray:
    """(n,) how far each row (n, 3) goes along `direction` (3,)."""
    x, y, z = direction.tolist()
    total = rows[:, 0] * x
    total += rows[:, 1] * y
    total += rows[:, 2] * z
    return np.asarray(total)


def length(rows: FloatArray) -> FloatArray:
    """(n,) length of each row (n, 3)."""
    squares = rows * rows
    total = squares[:, 0] + squares[:, 1]
    total += squares[:, 2]
    return np.asarray(np.sqrt(total, out=total))


def unit(v: FloatArray) -> FloatArray:
    """The vector (3,) at length one; a zero vector stays zero."""
    return np.asarray(v / (math.sqrt(float(np.dot(v, v))) or 1.0))
