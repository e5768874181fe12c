"""Motion: what every detector looks at, on a uniform grid of samples."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A stretch of motion signals at the stream's nominal rate, in the sensor's own axes.

    `first_index`: index of its first row since the stream began. Rows are 1/rate apart, except across a gap.
    `t_s` (n,) s. `acc_m_s2` (n, 3) m/s², gravity included. `gyr_rad_s` (n, 3) rad/s or None.
    `up` (n, 3) unit vector that points up, in sensor axes: the inclination.
    `after_gap` (n,) True at the first row after a gap (and nowhere else).
    """

    first_index: int
    t_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray | None
    up: FloatArray
    after_gap: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.t_s.shape[0])
