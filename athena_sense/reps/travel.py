"""Posture and height of a sensor between two stands, from what must hold there.

Whoever stands, moves and stands again at the same place has gained no speed and gone no way. So the mean of the
specific force in axes that do not turn is gravity alone, however violent the movement between, and so is the first
moment of it. Both are exact where a filter has to guess what is gravity and what is movement.
"""

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2


def inclination(t_s: FloatArray, acc_m_s2: FloatArray, gyr_rad_s: FloatArray) -> FloatArray:
    """`up` (n, 3) in sensor axes for rows from stand to stand; `acc_m_s2`, `gyr_rad_s` (n, 3).

    A gyroscope's steady bias turns the axes that should not turn at an even rate, which the first moment shows; it is
    taken out with it.
    """
    turned = _turned(t_s, gyr_rad_s)
    force = _rotate(turned, acc_m_s2)
    since = t_s - 0.5 * (t_s[0] + t_s[-1])
    since = since - since.sum() / since.shape[0]
    mean = force.sum(axis=0) / force.shape[0]
    drift = (force * since[:, None]).sum(axis=0) / (since * since).sum()
    up = mean + since[:, None] * drift
    up /= np.sqrt((up * up).sum(axis=1))[:, None]
    return _rotate(turned * np.array([1.0, -1.0, -1.0, -1.0]), up)


def height_m(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> FloatArray:
    """Height (n,) over the first row, for a movement that starts and ends at rest at one height.

    `acc_m_s2`, `up` (n, 3). Speed is nothing at both ends, and so is the height: what is left of them is the sensor's
    error, which is taken away as a steady acceleration and as one that grows evenly. What of the error changes with
    the posture stays.
    """
    share, height = _from_rest_to_rest(t_s, acc_m_s2, up)
    # The integral of 6u(1−u): nothing at the start, 1 at the end, and still at both.
    return np.asarray(height - height[-1] * share * share * (3.0 - 2.0 * share))


def one_way_m(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> float:
    """How far a movement that starts and ends at rest went up (m); its error is a twelfth of the acceleration's times
    the time squared, where that changes with the posture."""
    return float(_from_rest_to_rest(t_s, acc_m_s2, up)[1][-1])


def _from_rest_to_rest(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Elapsed share (n,) and height (n,), what is left of the speed at the end taken for a steady error."""
    upward = acc_m_s2[:, 0] * up[:, 0] + acc_m_s2[:, 1] * up[:, 1] + acc_m_s2[:, 2] * up[:, 2] - STANDARD_GRAVITY_M_S2
    step_s = np.diff(t_s, prepend=t_s[0])
    share = (t_s - t_s[0]) / (t_s[-1] - t_s[0])
    speed = _integral(upward, step_s)
    return share, _integral(speed - speed[-1] * share, step_s)


def _integral(rate: FloatArray, step_s: FloatArray) -> FloatArray:
    middle = rate.copy()
    middle[1:] = 0.5 * (rate[1:] + rate[:-1])
    return np.cumsum(middle * step_s)


def _turned(t_s: FloatArray, gyr_rad_s: FloatArray) -> FloatArray:
    """Quaternions (n, 4) that turn each row's sensor axes into those of the first row."""
    middle = 0.5 * (gyr_rad_s[1:] + gyr_rad_s[:-1]) * np.diff(t_s)[:, None]
    angle = np.sqrt((middle * middle).sum(axis=1))
    steps: FloatArray = np.zeros((t_s.shape[0], 4))
    steps[:, 0] = 1.0
    steps[1:, 0] = np.cos(0.5 * angle)
    # sin(x/2)/x, without a division by nothing.
    steps[1:, 1:] = 0.5 * np.sinc(0.5 * angle / np.pi)[:, None] * middle
    span = 1
    while span < steps.shape[0]:
        # Each row holds the product of `span` steps: products of twice as many, all rows at once.
        steps[span:] = _product(steps[:-span], steps[span:])
        span *= 2
    return steps


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Quaternion products (n, 4)."""
    aw, ax, ay, az = a.T
    bw, bx, by, bz = b.T
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=1,
    )


def _rotate(q: FloatArray, rows: FloatArray) -> FloatArray:
    """Vectors (n, 3), each turned by its quaternion (n, 4)."""
    axis, w = q[:, 1:], q[:, :1]
    twice = 2.0 * np.cross(axis, rows)
    return np.asarray(rows + w * twice + np.cross(axis, twice))
