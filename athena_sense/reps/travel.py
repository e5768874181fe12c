"""Posture and height of a sensor between two stands, from what must hold there.

Whoever stands, moves and stands again at the same place has gained no speed and gone no way. So the mean of the
specific force in axes that do not turn is gravity alone, however violent the movement between, and so is the first
moment of it. Both are exact where a filter has to guess what is gravity and what is movement.
"""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.units import STANDARD_GRAVITY_M_S2

ComplexArray = npt.NDArray[np.complex128]
TINY_RAD = 1e-12
"""Added to an angle, so that sin(h)/h is 1 where nothing turns."""


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
    up /= np.sqrt(up[:, 0] * up[:, 0] + up[:, 1] * up[:, 1] + up[:, 2] * up[:, 2])[:, None]
    return _rotate(turned, up, back=True)


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
    step_s: FloatArray = np.zeros(t_s.shape)
    step_s[1:] = t_s[1:] - t_s[:-1]
    share = (t_s - t_s[0]) / (t_s[-1] - t_s[0])
    speed = _integral(upward, step_s)
    return share, _integral(speed - speed[-1] * share, step_s)


def _integral(rate: FloatArray, step_s: FloatArray) -> FloatArray:
    middle = rate.copy()
    middle[1:] = 0.5 * (rate[1:] + rate[:-1])
    return np.cumsum(middle * step_s)


def _turned(t_s: FloatArray, gyr_rad_s: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Quaternions w + xi + yj + zk that turn each row's sensor axes into those of the first row, as pairs (n,), (n,) of
    complex numbers w + ix and y + iz, which are multiplied in few steps."""
    half_turn = (gyr_rad_s[1:] + gyr_rad_s[:-1]) * (0.25 * (t_s[1:] - t_s[:-1]))[:, None]
    x, y, z = half_turn.T
    half = np.sqrt(x * x + y * y + z * z) + TINY_RAD
    scale = np.sin(half) / half
    q: ComplexArray = np.empty((2, t_s.shape[0]), complex)
    q[0, 0], q[1, 0] = 1.0, 0.0
    q.real[0, 1:], q.imag[0, 1:] = np.cos(half), scale * x
    q.real[1, 1:], q.imag[1, 1:] = scale * y, scale * z
    span = 1
    while span < q.shape[1]:
        # Each row holds the product of `span` steps: products of twice as many, all rows at once.
        before, after = q[:, :-span], q[:, span:]
        across = after[::-1].conj()
        across[0] *= -1.0
        q[:, span:] = before[0] * after + before[1] * across
        span *= 2
    return q[0], q[1]


def _rotate(q: tuple[ComplexArray, ComplexArray], rows: FloatArray, back: bool = False) -> FloatArray:
    """Vectors (n, 3), each turned by its quaternion, or back."""
    sign = -1.0 if back else 1.0
    w, x, y, z = q[0].real, sign * q[0].imag, sign * q[1].real, sign * q[1].imag
    vx, vy, vz = rows.T
    tx, ty, tz = 2.0 * (y * vz - z * vy), 2.0 * (z * vx - x * vz), 2.0 * (x * vy - y * vx)
    out: FloatArray = np.empty(rows.shape)
    out[:, 0] = vx + w * tx + y * tz - z * ty
    out[:, 1] = vy + w * ty + z * tx - x * tz
    out[:, 2] = vz + w * tz + x * ty - y * tx
    return out
