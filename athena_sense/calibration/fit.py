"""Calibration of an accelerometer by gravity: whichever way a sensor lies, at rest it must show 1 g.

After van Hees et al. 2014 (doi 10.1152/japplphysiol.00421.2014), with the still positions fitted by least squares
instead of by iterated closest points, and with the error that is left in other positions as the bar for enough of them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from athena_sense.calibration.positions import SIDES, StillPositions
from athena_sense.datatypes import Calibration, FloatArray
from athena_sense.dsp.half_seconds import size_of
from athena_sense.dsp.stillness import FARTHEST_OFF, OFF_SHARE
from athena_sense.errors import CalibrationError
from athena_sense.units import STANDARD_GRAVITY_M_S2

POPULATED_G = 0.3
"""Each axis must have pointed up and down by so much (van Hees et al. 2014)."""
POSITION_ERROR_G = 0.003
"""How far a still position is off the ideal sphere: axes that are not quite square and a scale that is not quite
straight (data sheets: 1 % and 0.5 % of it), seen mostly along the axes."""
LARGEST_ERROR = 0.5 * OFF_SHARE
"""A calibration must leave less than half of the error that calls for one."""
OUTLIER_G = 5.0 * POSITION_ERROR_G
"""A position this far off the sphere of the others was not at rest: a lift, a bend of the road."""
LEAST_KEPT = 0.9
"""Where more than one position in ten is so, there is no telling which are right."""
DIRECTIONS = 200


def fit_calibration(positions: StillPositions, made: date) -> Calibration:
    """Scale and bias of each axis by which every position shows 1 g.

    Raises:
        CalibrationError: too few positions, too much alike, or what was still is no sphere of about 1 g.
    """
    acc_g = positions.acc_m_s2 / STANDARD_GRAVITY_M_S2
    _require_gravity(acc_g)
    _require_all_sides(acc_g)
    kept = np.abs(_off_g(_fitted(acc_g, robustly=True), acc_g)) < OUTLIER_G
    if np.count_nonzero(kept) < LEAST_KEPT * len(acc_g):
        raise CalibrationError(
            f"{np.count_nonzero(~kept)} of its {len(acc_g)} still positions do not fit the others however it is "
            "calibrated: lay it on something firm, and let go of it"
        )
    acc_g = acc_g[kept]
    _require_all_sides(acc_g)
    parameters = _fitted(acc_g)
    scale, bias_g = parameters[:3], parameters[3:]
    residual_g = float(np.sqrt(np.sum(_off_g(parameters, acc_g) ** 2) / max(len(acc_g) - 6, 1)))
    if np.abs(scale - 1.0).max() > FARTHEST_OFF or np.abs(bias_g).max() > FARTHEST_OFF:
        raise CalibrationError(_too_far_off(acc_g))
    error = _expected_error(parameters, acc_g, max(residual_g, POSITION_ERROR_G))
    if error > LARGEST_ERROR:
        raise CalibrationError(
            f"its {len(acc_g)} still positions are too much alike: elsewhere it might be {_percent(error)} off; "
            "lay it flat on each of its six sides"
        )
    return Calibration(
        _three(scale),
        _three(bias_g * STANDARD_GRAVITY_M_S2),
        made,
        "positions",
        len(acc_g),
        _rms_off(acc_g),
        error,
    )


def fit_scale(positions: StillPositions, made: date) -> Calibration:
    """One factor for all axes, by which the positions show 1 g on the average: right for a sensor without bias only.

    Raises:
        CalibrationError: nothing was still, it is far from 1 g, or one factor leaves a position as far off as is told.
    """
    acc_g = positions.acc_m_s2 / STANDARD_GRAVITY_M_S2
    _require_gravity(acc_g)
    scale = float(1.0 / size_of(acc_g).mean())
    left = float(np.abs(scale * size_of(acc_g) - 1.0).max())
    if left > OFF_SHARE:
        raise CalibrationError(
            f"one factor leaves it up to {_percent(left)} off in its {len(acc_g)} still positions: it is off by more "
            "than its scale; lay it on each of its six sides, and calibrate it without --one-scale"
        )
    after = left if len(acc_g) > 1 else None
    return Calibration((scale, scale, scale), (0.0, 0.0, 0.0), made, "one_scale", len(acc_g), _rms_off(acc_g), after)


def _require_gravity(acc_g: FloatArray) -> None:
    if not len(acc_g):
        raise CalibrationError("it was never still for two seconds: lay it on something firm, and let go of it")
    if abs(float(np.median(size_of(acc_g))) - 1.0) > FARTHEST_OFF:
        raise CalibrationError(_too_far_off(acc_g))


def _too_far_off(acc_g: FloatArray) -> str:
    least, most = size_of(acc_g).min(), size_of(acc_g).max()
    return f"at rest it reads {least:.2f} to {most:.2f} g: no sensor is so far off; is the recording in another unit?"


def _require_all_sides(acc_g: FloatArray) -> None:
    most, least = acc_g.max(axis=0), acc_g.min(axis=0)
    reached = [*zip(most, -least, strict=True)]
    missing = [
        side for side, share in zip(SIDES, np.array(reached).ravel().tolist(), strict=True) if share < POPULATED_G
    ]
    count = f"{len(acc_g)} position" + ("" if len(acc_g) == 1 else "s")
    if missing:
        raise CalibrationError(
            f"it was still in {count} only, never with {_listed(missing)} up: scale and bias cannot be told apart; "
            "lay it on each of its six sides (the most that can be had without: --one-scale)"
        )
    if len(acc_g) < 6:
        raise CalibrationError(f"it was still in {count}, and needs six or more: lay it on each of its six sides")


def _fitted(acc_g: FloatArray, *, robustly: bool = False) -> FloatArray:
    """(6,) scale and bias (g) by which the positions show 1 g; robustly: those that do not fit weigh less."""
    from scipy.optimize import least_squares

    start = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    loss: dict[str, Any] = {"loss": "soft_l1", "f_scale": POSITION_ERROR_G} if robustly else {"method": "lm"}
    return np.asarray(least_squares(_off_g, start, jac=_jacobian, args=(acc_g,), **loss).x)


def _off_g(parameters: FloatArray, acc_g: FloatArray) -> FloatArray:
    """(n,) |a| - 1 of each position once it is calibrated."""
    return size_of((acc_g - parameters[3:]) * parameters[:3]) - 1.0


def _jacobian(parameters: FloatArray, acc_g: FloatArray) -> FloatArray:
    """(n, 6) derivatives of `_off_g`."""
    shifted = acc_g - parameters[3:]
    size = size_of(shifted * parameters[:3])[:, None]
    by_scale = parameters[:3] * shifted**2 / size
    return np.concatenate((by_scale, -(parameters[:3] ** 2) * shifted / size), axis=1)


def _expected_error(parameters: FloatArray, acc_g: FloatArray, position_error_g: float) -> float:
    """Standard error of |a| (g) in the position in which it is largest, from that of each position fitted."""
    jacobian = _jacobian(parameters, acc_g)
    information = jacobian.T @ jacobian
    if np.linalg.cond(information) > 1.0 / np.finfo(float).eps:
        return float("inf")
    covariance = np.linalg.inv(information)
    elsewhere = _jacobian(parameters, _all_round() / parameters[:3] + parameters[3:])
    variance = np.einsum("ni,ij,nj->n", elsewhere, covariance, elsewhere)
    return position_error_g * float(np.sqrt(variance.max()))


def _all_round() -> FloatArray:
    """(n, 3) unit vectors all round, evenly: a Fibonacci lattice."""
    k = np.arange(DIRECTIONS) + 0.5
    height, turn = 1.0 - 2.0 * k / DIRECTIONS, np.pi * (1.0 + np.sqrt(5.0)) * k
    across = np.sqrt(1.0 - height**2)
    return np.stack((across * np.cos(turn), across * np.sin(turn), height), axis=1)


def _rms_off(acc_g: FloatArray) -> float:
    return float(np.sqrt(np.mean((size_of(acc_g) - 1.0) ** 2)))


def _three(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %" if share < 1.0 else "anything"


def _listed(sides: Sequence[str]) -> str:
    return sides[0] if len(sides) == 1 else f"{', '.join(sides[:-1])} or {sides[-1]}"
