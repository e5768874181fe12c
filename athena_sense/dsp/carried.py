"""What a gyroscope turned, and acceleration carried along by it into axes that stay.

Components come first, (3, ...) or (4, ...), and chunks of time last: numpy is quick along long runs.
"""

from collections.abc import Iterable
from functools import cache
from itertools import permutations, product
from typing import TypeVar

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

T = TypeVar("T", FloatArray, float)


def carried(turns_rad: FloatArray, up: FloatArray) -> FloatArray:
    """Where `up` (3,) lies in a sensor's axes after it has turned by (3, n), one after the other."""
    q = quaternions(turns_rad)
    while q.shape[1] > 1:
        if q.shape[1] % 2:
            q = np.concatenate((q, [[1.0], [0.0], [0.0], [0.0]]), axis=1)
        q = quaternion_product(q[:, ::2], q[:, 1::2])
    # A vector that stays where it is turns the other way in the axes of what turns.
    return rotated(q[:, 0] * [1.0, -1.0, -1.0, -1.0], up)


def unexplained(acc_m_s2: FloatArray, turns_rad: FloatArray, mean_chunks: int) -> FloatArray:
    """(...,) m/s², RMS: by what the acceleration, in axes that do not turn with the sensor and after a mean over so
    many chunks, twice, differs from one gravity.

    `acc_m_s2` (3, ..., n); `turns_rad` (3, ..., n - 1) from each chunk to the next.
    """
    q = np.zeros((4, *turns_rad.shape[1:-1], turns_rad.shape[-1] + 1))
    q[0, ..., 0] = 1.0
    q[..., 1:] = quaternions(turns_rad)
    done = 1
    while done < q.shape[-1]:
        q[..., done:] = quaternion_product(q[..., :-done], q[..., done:])
        done *= 2
    mean = _running_mean(_running_mean(rotated(q, acc_m_s2), mean_chunks), mean_chunks)
    x, y, z = mean.mean(axis=-1)
    square = (mean * mean).mean(axis=-1)
    gravity = STANDARD_GRAVITY_M_S2
    left = square[0] + square[1] + square[2] + gravity * gravity - 2.0 * gravity * np.sqrt(x * x + y * y + z * z)
    return np.asarray(np.sqrt(np.maximum(left, 0.0)))


def unexplained_otherwise(acc_m_s2: FloatArray, turns_rad: FloatArray, mean_chunks: int) -> FloatArray:
    """(48,) m/s²: the same for one stretch, (3, n) and (3, n - 1), with the two sensors' axes in all orders and signs
    to each other; as they are first.

    Half of them are one sensor turned against the other, half are that and a gyroscope that turns the other way, which
    is what an accelerometer in a mirror comes to.
    """
    acc = np.stack([acc_m_s2[list(axes)] * np.array(signs)[:, None] for axes, signs in _right_handed()], axis=1)
    turns = np.stack((turns_rad, -turns_rad), axis=1)
    return unexplained(acc[:, None], turns[:, :, None], mean_chunks).ravel()


@cache
def _right_handed() -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """The 24 ways to name three axes and stay right-handed, as they are first."""
    named = product(permutations(range(3)), product((1.0, -1.0), repeat=3))
    return tuple((axes, signs) for axes, signs in named if np.linalg.det(np.eye(3)[list(axes)] * signs) > 0.0)


def quaternions(turns_rad: FloatArray) -> FloatArray:
    """(4, ...) w + xi + yj + zk of turns (3, ...) about axes."""
    x, y, z = turns_rad
    # The half turn's tangent, to a billionth of a turn of 30°: no sine, which could differ with the length of what is
    # fed.
    quarter = 0.25 * (x * x + y * y + z * z)
    half = 0.5 * (945.0 - quarter * (105.0 - quarter)) / (945.0 - quarter * (420.0 - 15.0 * quarter))
    x, y, z = half * x, half * y, half * z
    w = 1.0 / np.sqrt(1.0 + x * x + y * y + z * z)
    return np.array((w, w * x, w * y, w * z))


def quaternion_product(p: FloatArray, q: FloatArray) -> FloatArray:
    """(4, ...) the turn that is `q` (4, ...) in axes that `p` (4, ...) has turned."""
    return np.array(hamilton(p, q))


def hamilton(p: Iterable[T], q: Iterable[T]) -> tuple[T, T, T, T]:
    """The same of components, be they arrays or numbers."""
    (w, x, y, z), (a, b, c, d) = p, q
    return (
        w * a - x * b - y * c - z * d,
        w * b + x * a + y * d - z * c,
        w * c - x * d + y * a + z * b,
        w * d + x * c - y * b + z * a,
    )


def rotated(q: FloatArray, v: FloatArray) -> FloatArray:
    """(3, ...) a vector (3, ...) of axes that `q` (4, ...) has turned, in those from which it turned them."""
    (w, x, y, z), (a, b, c) = q, v
    i, j, k = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    return np.array((a + w * i + y * k - z * j, b + w * j + z * i - x * k, c + w * k + x * j - y * i))


def _running_mean(rows: FloatArray, length: int) -> FloatArray:
    total = np.cumsum(rows, axis=-1)
    total[..., length:] -= total[..., :-length].copy()
    return np.asarray(total[..., length - 1 :] / length)
