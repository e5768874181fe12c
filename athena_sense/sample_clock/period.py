"""How long a sensor's samples take by its own clock, from the stamps of its packets."""

from collections import deque
from statistics import median

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

FEWEST_INTERVALS = 5
REMEMBERED_INTERVALS = 64
"""The middle of so many is the sensor's own even where a third of its packets is lost."""
USUAL = 0.4
"""An interval this share away from the middle one spans a loss or a hiccup, and says nothing of the period."""
WRONG_RATE = 0.15
"""A sensor this far from its nominal rate has another rate than was asked for."""


class StampedPeriod:
    """The sample period (s), from all usual intervals between packets so far. Whole numbers: exact for any cut."""

    def __init__(self, nominal_s: float) -> None:
        self.period_s = nominal_s
        self._intervals: list[tuple[IntArray, IntArray]] = []
        self._recent_s: deque[float] = deque(maxlen=REMEMBERED_INTERVALS)
        self._elapsed_ns = 0
        self._samples = 0

    def note(self, interval_ns: IntArray, samples: IntArray) -> None:
        """Intervals (p,) between stamps, and the samples (p,) that each covers."""
        self._intervals.append((interval_ns, samples))

    def renew(self) -> bool:
        """Take what was noted into account; whether the period turns out to be quite another."""
        if sum(len(interval_ns) for interval_ns, _ in self._intervals) < FEWEST_INTERVALS:
            return False
        interval_ns = np.concatenate([interval_ns for interval_ns, _ in self._intervals])
        samples = np.concatenate([samples for _, samples in self._intervals])
        self._intervals = []
        each_s = interval_ns * 1e-9 / samples
        self._recent_s.extend(each_s.tolist())
        middle_s = median(self._recent_s)
        usual = np.abs(each_s - middle_s) < USUAL * middle_s
        another = abs(middle_s / self.period_s - 1.0) > WRONG_RATE
        if another:
            self._elapsed_ns = self._samples = 0
        self._elapsed_ns += int(interval_ns[usual].sum())
        self._samples += int(samples[usual].sum())
        if self._samples:
            self.period_s = self._elapsed_ns * 1e-9 / self._samples
        return another
