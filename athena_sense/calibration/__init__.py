"""Calibration of accelerometers: still positions, what they say of scale and bias, and what is kept per sensor."""

from athena_sense.calibration.fit import fit_calibration, fit_scale
from athena_sense.calibration.kept import find, forget, keep, known, not_used, of_stream, read_file, write_file
from athena_sense.calibration.positions import SIDES, StillPositions, joined, still_positions

__all__ = [
    "SIDES",
    "StillPositions",
    "find",
    "fit_calibration",
    "fit_scale",
    "forget",
    "joined",
    "keep",
    "known",
    "not_used",
    "of_stream",
    "read_file",
    "still_positions",
    "write_file",
]
