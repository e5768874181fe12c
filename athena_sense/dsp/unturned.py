"""What a sensor felt, in axes that do not turn with it: its angular rate added up from the start of the stream.

The axes drift as the gyroscope does, which over some seconds is little. Whoever looks at a stretch of rows finds there
what is alike for all that begin or end elsewhere.
"""

from collections.abc import Iterable

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.carried import hamilton, quaternion_product, quaternions, rotated

BLOCK_ROWS = 64
"""Turns are multiplied in blocks of so many rows of the stream, all blocks at once, and blocks one after the other: so
no cut can change the order in which numbers are rounded."""
IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


class Unturned:
    """Angular rates and forces of motion → rotations and forces that do not turn with the sensor, for any cut."""

    def __init__(self) -> None:
        self._last: FloatArray | None = None
        self._started: Iterable[float] = (1.0, 0.0, 0.0, 0.0)
        """How the axes lay before this block …"""
        self._block: FloatArray = np.empty((4, 0))
        """… and the turns (4, n) in it so far."""

    def feed(self, t_s: FloatArray, gyr_rad_s: FloatArray, acc_m_s2: FloatArray) -> FloatArray:
        """(12, n): for each of three axes that do not turn, where it lies in those of the sensor (3), and the specific
        force along it (m/s²); across a gap it is not known. `t_s` (n,), angular rate and specific force (3, n)."""
        fresh = np.vstack((t_s, gyr_rad_s))
        rows = np.concatenate((fresh[:, :1] if self._last is None else self._last, fresh), axis=1)
        self._last = rows[:, -1:]
        steps = (rows[1:, 1:] + rows[1:, :-1]) * (0.5 * (rows[0, 1:] - rows[0, :-1]))
        before = self._block.shape[1]
        turned = self._turned(np.concatenate((self._block, quaternions(steps)), axis=1))[:, before:]
        of_axes, force = _rotations(turned), rotated(turned, acc_m_s2)
        return np.vstack([rows for axis in range(3) for rows in (of_axes[3 * axis : 3 * axis + 3], force[axis])])

    def _turned(self, turns: FloatArray) -> FloatArray:
        """(4, n) the products of turns (4, n) since the block began."""
        n = turns.shape[1]
        blocks = n // BLOCK_ROWS
        padded = np.repeat(IDENTITY[:, None], (blocks + 1) * BLOCK_ROWS, axis=1)
        padded[:, :n] = turns
        q = padded.reshape(4, blocks + 1, BLOCK_ROWS)
        span = 1
        while span < BLOCK_ROWS:
            # Each row holds the product of `span` turns: products of twice as many, all rows at once.
            q[..., span:] = quaternion_product(q[..., :-span], q[..., span:])
            span *= 2
        started = [self._started]
        for whole in q[:, :blocks, -1].T.tolist():
            started.append(hamilton(started[-1], whole))
        self._started, self._block = started[-1], turns[:, blocks * BLOCK_ROWS :]
        return quaternion_product(np.array(started).T[..., None], q).reshape(4, -1)[:, :n]


def _rotations(q: FloatArray) -> FloatArray:
    """(9, n) the rotations of quaternions (4, n), row by row."""
    w, x, y, z = q
    i, j, k = 2.0 * q[1:]
    wx, wy, wz, xx, xy, xz, yy, yz, zz = w * i, w * j, w * k, x * i, x * j, x * k, y * j, y * k, z * k
    return np.stack((1.0 - yy - zz, xy - wz, xz + wy, xy + wz, 1.0 - xx - zz, yz - wx, xz - wy, yz + wx, 1.0 - xx - yy))
