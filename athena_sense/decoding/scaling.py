"""Between the numbers in a packet and SI units."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.decoding.packets import MAX_ACC_M_S2, MAX_GYR_RAD_S
from athena_sense.errors import ProfileError
from athena_sense.profiles.packets import Vector
from athena_sense.profiles.settings import Chosen
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

SI_PER_UNIT: Mapping[str, float] = {
    "g": STANDARD_GRAVITY_M_S2,
    "mg": STANDARD_GRAVITY_M_S2 / 1000.0,
    "m/s2": 1.0,
    "deg/s": RAD_PER_DEG,
    "rad/s": 1.0,
}

Numbers = npt.NDArray[np.integer[Any]] | npt.NDArray[np.floating[Any]]

INTEGER_LIMITS = {"i8": 1 << 7, "i16": 1 << 15, "i24": 1 << 23, "i32": 1 << 31}


class Scale:
    """SI values (n, 3) of a vector's numbers (n, 3) and back, for one choice of ranges."""

    def __init__(self, vector: Vector, name: str, chosen: Chosen) -> None:
        per_unit = vector.per_unit
        if isinstance(per_unit, Mapping):
            chosen_range = chosen.acc_range_g if name == "acc" else chosen.gyr_range_dps
            if chosen_range is None:
                raise ProfileError(f"the scale of {name} depends on a range, and the profile has none to choose")
            per_unit = per_unit[f"{chosen_range:g}"]
        signs = np.array([-1.0 if axis.startswith("-") else 1.0 for axis in vector.axes])
        self.vector = vector
        self.lsb = SI_PER_UNIT[vector.unit] / per_unit
        """SI value of one step."""
        self._factors = signs * self.lsb
        self._to_sensor = ["xyz".index(axis[-1]) for axis in vector.axes]
        self._in_order = self._to_sensor == [0, 1, 2]
        self.limit = MAX_ACC_M_S2 if name == "acc" else MAX_GYR_RAD_S

    def to_si(self, numbers: Numbers, factor: FloatArray | None = None) -> FloatArray:
        """(n, 3) SI values in the sensor's axes; `factor` (n, 1) is what the sensor announced."""
        values: FloatArray = numbers * self._factors
        if factor is not None:
            values *= factor
        if self._in_order:
            return values
        out = np.empty_like(values)
        out[:, self._to_sensor] = values
        return out

    def to_numbers(self, values: FloatArray, factor: float = 1.0) -> FloatArray:
        """(n, 3) what stands in the packet for SI values: rounded and clipped where the type is an integer."""
        numbers = values[:, self._to_sensor] / (self._factors * factor)
        limit = INTEGER_LIMITS.get(self.vector.type)
        return numbers if limit is None else np.clip(np.rint(numbers), -limit, limit - 1)

    def plausible(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        """(n,) whether a body-worn sensor can have measured these SI values (n, 3). NaN is not plausible."""
        return np.asarray(np.all(np.abs(values) <= self.limit, axis=1))
