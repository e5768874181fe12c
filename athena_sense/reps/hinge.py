"""Inclination of a segment that swings about a joint, from acceleration alone: solved for, not smoothed away.

What an accelerometer feels of a movement is no noise where the movement is the one that is looked for. A sensor on a
thigh goes round the knee on an arc of unknown radius, and the knee itself goes ahead as the shank leans. With the
angle ψ of what is up in the plane of the arc, and vectors in it as complex numbers in the sensor's axes, it feels

    f = (g + i·k·ψ″)·exp(iψ) − r·(ψ′² + i·ψ″) + b

of gravity g, the knee k (m a radian), the sensor's place r from the knee (m) and its bias b. All of ψ, as a spline,
and k, r and b are found at once (Gauss–Newton), with what is known of bodies and sensors before.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.reps.arc import component, unit
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

KNOT_S = 0.14
"""Splines with a knot so often follow what is slower than 3 Hz: voluntary movement is."""
USUAL = np.array([0.2, 0.0, 0.1, 0.0, 0.0])
DOUBT = np.array([0.08, 0.08, 0.05, 0.17, 0.17])
"""Place along the thigh and across it (m): anywhere from over the knee to below the hip, in front or behind. Knee:
0.4 m of shank that leans by up to 0.4 of the thigh's angle. Bias in two axes: ±20–40 mg at most (m/s²)."""
SEGMENT_M = np.array([0.08, 0.05])
"""How much sensors' places differ: that across a thigh, which has a radius of 0.09 m at most, by less."""
NOISE_M_S2, TOGETHER = 0.1, 2.0
"""Sway is felt too, and of the movement what is no arc: real squats of 0.65 s a way leave 0.8 m/s² of 3. It errs the
same way for 0.15 s, four rows, and so counts twice."""
JERKS = 120.0
"""A stroke of minimum jerk over T seconds reaches 60 times its way over T³; bodies are a little rougher."""
STROKE_SPEED = 1.875
"""Largest speed of such a stroke, over its mean."""
SAME_SHARE = 0.1
"""Whoever stands again stands as before, to a tenth of the depth."""
TINY_RAD = 1e-3
"""A sensor that shows nothing at all turns by less, and by less a second."""
LARGEST_STEP_RAD, STEPS = 1e-3, 8
GRAM_ROWS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Arc:
    """`up` (n, 3) in sensor axes; its turn from stand to bottom and how uncertain that is; and what the movement has
    shown of the sensor's place from the joint, upwards and across that as in the stand: a precision (1/m²), and that
    times the place (1/m)."""

    up: FloatArray
    turn_rad: float
    turn_doubt_deg: float
    known: FloatArray
    known_place: FloatArray

    def joined(self, other: "Arc") -> "Arc":
        """The other arc, with what both have shown of the sensor's place."""
        return replace(other, known=self.known + other.known, known_place=self.known_place + other.known_place)

    def upright_nats(self) -> float:
        """How much better what was shown of the place agrees with a stand than with the bottom of a movement that goes
        to a stand: the logarithm of the ratio of how probable they make it."""
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return self._log_evidence(np.eye(2)) - self._log_evidence(np.array([[cos, -sin], [sin, cos]]))

    def _log_evidence(self, turned: FloatArray) -> float:
        """How probable what was shown of the place is where a body stands with its axes turned so (2, 2)."""
        precision = turned @ np.diag(SEGMENT_M**-2.0) @ turned.T
        usual_m = turned @ USUAL[:2]
        pull = self.known_place + precision @ usual_m
        fit = pull @ np.linalg.solve(self.known + precision, pull) - usual_m @ precision @ usual_m
        return 0.5 * float(fit - np.linalg.slogdet(self.known + precision)[1])


def solved_arc(t_s: FloatArray, acc_m_s2: FloatArray, up: FloatArray, stand: int, bottom: int, end: int) -> Arc:
    """The arc of rows (n, 3) in which a body stands at row `stand`, is lowest at row `bottom` and stands again at row
    `end`; `up` (n, 3) is the inclination as far as it is known, such as the smoothed direction of acceleration.
    """
    standing = up[stand]
    toward = unit(up[bottom] - standing * (up[bottom] @ standing))
    x, y, z = standing
    normal = np.array([y * toward[2] - z * toward[1], z * toward[0] - x * toward[2], x * toward[1] - y * toward[0]])
    off = component(up, normal)
    in_plane = np.sqrt(np.maximum(1.0 - off * off, 0.0))
    felt = component(acc_m_s2, standing) + 1j * component(acc_m_s2, toward)
    shown = np.arctan2(component(up, toward), component(up, standing))
    known = _Spline(t_s, shown, stand, bottom, end)
    angle, others, spread, doubt_rad = _solved(felt, STANDARD_GRAVITY_M_S2 * in_plane, known)
    precision, before = np.asarray(np.linalg.inv(spread[:2, :2]), np.float64), DOUBT[:2] ** -2.0
    along, across = in_plane * np.cos(angle), in_plane * np.sin(angle)
    solved = along[:, None] * standing + across[:, None] * toward + off[:, None] * normal
    return Arc(
        solved,
        float(angle[bottom] - angle[stand]),
        doubt_rad * DEG_PER_RAD,
        precision - np.diag(before),
        precision @ others[:2] - before * USUAL[:2],
    )


class _Spline:
    """A cubic spline through rows: its values and first two derivatives (n, k) for each coefficient, the first
    coefficients (k,), and what is known of them, as a precision (k, k)."""

    def __init__(self, t_s: FloatArray, shown: FloatArray, stand: int, bottom: int, end: int) -> None:
        count = math.ceil((t_s[-1] - t_s[0]) / KNOT_S) + 3
        knots = np.arange(count) - 1.0
        u = (t_s - t_s[0])[:, None] / KNOT_S - knots
        size = np.abs(u)
        near, far = np.maximum(1.0 - size, 0.0), np.maximum(2.0 - size, 0.0)
        self.value = (far**3 - 4.0 * near**3) / 6.0
        self.first = np.sign(u) * (4.0 * near**2 - far**2) / (2.0 * KNOT_S)
        self.second = (far - 4.0 * near) / KNOT_S**2
        self.start = np.interp(t_s[0] + knots * KNOT_S, t_s, shown)
        depth = max(abs(float(shown[bottom] - shown[stand])), TINY_RAD)
        rate_hz = (t_s.shape[0] - 1) / (t_s[-1] - t_s[0])
        fastest = float(np.abs(shown[stand + 1 : end + 1] - shown[stand:end]).max()) * rate_hz
        stroke_s = STROKE_SPEED * depth / max(fastest, TINY_RAD)
        jerk = np.diff(np.eye(count), 3, axis=0) / KNOT_S**3 * math.sqrt(KNOT_S / stroke_s)
        jerk /= JERKS * depth / stroke_s**3
        same = (self.value[end] - self.value[stand]) / (SAME_SHARE * depth)
        self.precision = jerk.T @ jerk + np.outer(same, same)
        self.turn = self.value[bottom] - self.value[stand]


def _gram(design: FloatArray) -> FloatArray:
    """designᵀ · design, in blocks so small that no BLAS starts threads for them, which cost more than they save."""
    parts = (design[row : row + GRAM_ROWS] for row in range(0, design.shape[0], GRAM_ROWS))
    return np.asarray(sum(part.T @ part for part in parts))


def _solved(felt: FloatArray, gravity: FloatArray, spline: _Spline) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """The angle (n,); what else was found and its covariance; and how uncertain the turn is (rad)."""
    count = spline.start.shape[0]
    precision = np.zeros((count + USUAL.shape[0],) * 2)
    precision[:count, :count] = spline.precision
    precision[count:, count:] = np.diag(DOUBT**-2.0)
    usual = np.concatenate((np.zeros(count), USUAL))
    guess = np.concatenate((spline.start, USUAL))
    bias = np.ones_like(felt)
    for _ in range(STEPS):
        of_spline, (along, across, knee, *_) = guess[:count], guess[count:]
        angle, speed, speeding = spline.value @ of_spline, spline.first @ of_spline, spline.second @ of_spline
        place, swing, up = along + 1j * across, -(speed * speed + 1j * speeding), np.exp(1j * angle)
        pulled = (gravity + 1j * knee * speeding) * up
        model = pulled + place * swing + guess[count + 3] + 1j * guess[count + 4]
        slopes = (1j * pulled)[:, None] * spline.value - (2.0 * place * speed)[:, None] * spline.first
        slopes += (1j * (knee * up - place))[:, None] * spline.second
        others = np.stack((swing, 1j * swing, 1j * speeding * up, bias, 1j * bias), axis=1)
        every = np.concatenate((slopes, others), axis=1)
        design = np.concatenate((every.real, every.imag))
        left_over = np.concatenate(((felt - model).real, (felt - model).imag))
        spread = TOGETHER**2 * float(left_over @ left_over) / (left_over.shape[0] - guess.shape[0])
        weight = 1.0 / max(NOISE_M_S2**2, spread)
        normal = weight * _gram(design) + precision
        pull = weight * (design.T @ left_over) - precision @ (guess - usual)
        step = np.linalg.solve(normal, pull)
        guess += step
        if np.abs(step[:count]).max() < LARGEST_STEP_RAD:
            break
    spread = np.linalg.inv(normal)
    turn_doubt = math.sqrt(spline.turn @ spread[:count, :count] @ spline.turn)
    return spline.value @ guess[:count], guess[count:], spread[count:, count:], turn_doubt
