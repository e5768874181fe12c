"""Sensors: calibrated by gravity, and told when gravity is off."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from athena_sense.calibration import StillPositions, fit_calibration, still_positions
from athena_sense.datatypes import Calibration, FloatArray
from athena_sense.dsp.stillness import GravityCheck
from athena_sense.errors import CalibrationError
from athena_sense.recordings import open_recording, samples_of
from athena_sense.simulation import simulate
from athena_sense.simulation.sensor import random_rotation
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SENSORS = 60
RATES_HZ = (25.0, 52.0, 100.0, 208.0)
FAULTS = {"scale_error": 0.05, "bias_g": 0.06}
TODAY = date(2026, 1, 1)
OFF = "instead of 9.81"


def rows() -> Iterator[Row]:
    """Six sides, many positions, too few of them, and real sensors that are right or off."""
    worst = max(_six_sides(seed) for seed in range(SENSORS))
    what = f"six sides, {SENSORS} simulated sensors with ±5 % scale and ±60 mg bias: largest error of an axis left"
    yield Row(what, "≤ 0.5 % of g", f"{100 * worst:.2f} %", worst <= 0.005)
    errors = [_worn(seed) for seed in range(SENSORS)]
    worst = float(np.percentile(errors, 95))
    what = (
        f"30 positions, {SENSORS} sensors, axes 0.3 % out of square too: |a| in any position off by (95 % of sensors)"
    )
    yield Row(what, "≤ 1 %", f"{100 * worst:.2f} %", worst <= 0.01)
    refused = sum(_is_refused(seed, sides) for seed in range(10) for sides in range(1, 6))
    yield Row("one to five sides: refused", "50 of 50", f"{refused} of 50", refused == 50)
    yield _told("postural_sway", ("q2.dat", "q3.dat", "q7.dat"), off=True)
    yield _told("postural_sway", ("q1.dat", "int1.dat", "int2.dat"), off=False)
    yield _told("ble_packet_times", ("chest_acc.csv",), off=False)
    yield _told("phyphox_jump_walk", ("*.csv",), off=False)


def _six_sides(seed: int) -> float:
    """Largest error (g) of an axis, at rest, against the faultless twin of the sensor."""
    asked = {"seed": seed, "rate_hz": RATES_HZ[seed % len(RATES_HZ)], **FAULTS}
    one, ideal = simulate("six-sides", "other", **asked), simulate("six-sides", "other", **asked, ideal=True)
    mended = one.samples.calibrated(fit_calibration(still_positions(one.samples, one.info), TODAY))
    errors = []
    for span in one.truth.spans:
        if span.kind == "still":
            means = [
                batch.acc_m_s2[(batch.t_s > span.start_s + 0.5) & (batch.t_s < span.end_s - 0.3)].mean(axis=0)
                for batch in (mended, ideal.samples)
            ]
            errors.append(float(np.abs(means[0] - means[1]).max()) / G)
    return max(errors)


def _worn(seed: int) -> float:
    """Largest error (g) of |a| in 200 other positions."""
    rng = np.random.default_rng(seed)
    scale, bias = 1.0 + rng.uniform(-0.05, 0.05, 3), rng.uniform(-0.06, 0.06, 3)
    fault = Calibration(_three(1.0 / scale), _three(bias * G), TODAY, "positions", 6, 0.05)
    across = np.eye(3) + rng.normal(0.0, 0.003, (3, 3)) * (1.0 - np.eye(3))
    positions = StillPositions(100.0)
    for _ in range(30):
        positions.add(fault.undone(G * random_rotation(rng)[:1] @ across)[0] + rng.normal(0.0, 0.01, 3), 0.01)
    found = fit_calibration(positions, TODAY)
    elsewhere = np.array([random_rotation(rng)[0] for _ in range(200)])
    read = found.applied(fault.undone(G * elsewhere @ across))
    return float(np.abs(np.linalg.norm(read, axis=1) / G - 1.0).max())


def _three(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


def _is_refused(seed: int, sides: int) -> bool:
    one = simulate("six-sides", "other", seed=seed, sides=sides, **FAULTS)
    try:
        fit_calibration(still_positions(one.samples, one.info), TODAY)
    except CalibrationError:
        return True
    return False


def _told(folder: str, names: tuple[str, ...], *, off: bool) -> Row:
    said = "told to be off gravity" if off else "not told to be off gravity"
    what = f"real sensors ({folder}, {', '.join(names)}): {said}"
    files = sorted(path for name in names for path in (REAL_DATA / folder).glob(name))
    if not files:
        return absent(what, "all", folder)
    right = 0
    for path in files:
        opened = open_recording(path)
        check = GravityCheck(opened.header.info)
        check.feed(samples_of(opened))
        right += any(OFF in note for note in check.notes(path.name)) == off
    return Row(what, "all", f"{right} of {len(files)}", right == len(files))
