"""The positions in which a sensor was held still: what it is calibrated by."""

from collections.abc import Iterable

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.dsp.half_seconds import size_of
from athena_sense.dsp.stillness import OFF_SHARE, StillStretches
from athena_sense.errors import CalibrationError
from athena_sense.units import STANDARD_GRAVITY_M_S2

ONE_POSITION_RAD = np.radians(10.0)
"""Still stretches nearer to each other are one position: what bends the sphere bends them alike."""
ON_A_SIDE = np.cos(np.radians(30.0))
"""A sensor that is tilted less from one of its axes lies on that side; between two sides there is room for none."""
SIDES = ("+x", "-x", "+y", "-y", "+z", "-z")


class StillPositions:
    """The positions in which a sensor was held still: feed it samples; it keeps the quietest stretch of each.

    `acc_m_s2` (n, 3) m/s² is the mean acceleration of each.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._stretches = StillStretches(sample_rate_hz)
        self.acc_m_s2: FloatArray = np.empty((0, 3))
        self._restless: list[float] = []

    def feed(self, samples: SampleBatch) -> int:
        """Take the next samples; how many positions are known now."""
        means, worst = self._stretches.feed(samples)
        for mean, restless in zip(means, worst.tolist(), strict=True):
            self.add(mean, restless)
        return len(self.acc_m_s2)

    def add(self, mean: FloatArray, restless: float) -> None:
        """Take a still stretch: its mean acceleration (3,) m/s² and its standard deviation (m/s²)."""
        if not mean.any():  # a sensor that sends zeros lies nowhere
            return
        near = self._nearest(mean)
        if near is None:
            self.acc_m_s2 = np.concatenate((self.acc_m_s2, mean[None]))
            self._restless.append(restless)
        elif restless < self._restless[near]:
            self.acc_m_s2[near], self._restless[near] = mean, restless

    def joined(self, other: "StillPositions") -> "StillPositions":
        """These and those of another recording of the same sensor.

        Raises:
            CalibrationError: in one position they read differently: it was another sensor, or another range.
        """
        for mean, restless in zip(other.acc_m_s2, other._restless, strict=True):
            near = self._nearest(mean)
            reads = size_of(np.stack((mean, mean if near is None else self.acc_m_s2[near])))
            if np.ptp(reads) > OFF_SHARE * STANDARD_GRAVITY_M_S2:
                told = f"{reads.min():.2f} and {reads.max():.2f} m/s²"
                raise CalibrationError(f"the recordings disagree: held alike it reads {told}; are they of one sensor?")
            self.add(mean, restless)
        return self

    @property
    def sides(self) -> tuple[str, ...]:
        """On which sides it has lain, each named after the axis that pointed up."""
        up = self.acc_m_s2 / size_of(self.acc_m_s2)[:, None]
        both = np.concatenate((up, -up), axis=1)[:, [0, 3, 1, 4, 2, 5]]
        return tuple(side for side, share in zip(SIDES, both.T, strict=True) if (share > ON_A_SIDE).any())

    def _nearest(self, mean: FloatArray) -> int | None:
        if not self._restless:
            return None
        known = self.acc_m_s2
        cosine = (known * mean).sum(axis=1) / (size_of(known) * float(np.linalg.norm(mean)))
        nearest = int(np.argmax(cosine))
        return nearest if cosine[nearest] > np.cos(ONE_POSITION_RAD) else None


def still_positions(samples: SampleBatch, info: StreamInfo) -> StillPositions:
    """The still positions of a recording, as the sensor sent it.

    Raises:
        CalibrationError: gravity is not in it.
    """
    if not info.has_gravity:
        raise CalibrationError("gravity was taken out of this recording, and is what a sensor is calibrated by")
    positions = StillPositions(info.sample_rate_hz)
    positions.feed(samples)
    return positions


def joined(several: Iterable[StillPositions]) -> StillPositions:
    """The still positions of several recordings of one sensor."""
    first, *more = several
    for other in more:
        first = first.joined(other)
    return first
