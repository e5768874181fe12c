"""Lone samples that no body makes: a corrupt value, or a knock against the sensor."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.units import STANDARD_GRAVITY_M_S2

LOUD_M_S2 = 3.0 * STANDARD_GRAVITY_M_S2
"""A lone sample of less bends no angle by more than some degrees, and shakes a second of samples less than a step."""
LONGEST = 2
"""Samples. What lasts longer has moved the sensor."""
AROUND_S = 0.1
CALM_M_S2 = 0.4 * STANDARD_GRAVITY_M_S2
"""Before and after it, each axis stays within so much for so long, as in careful movement. A foot that meets the floor
swings before and rings after, at 10 to 50 Hz."""


class LoneSpikes:
    """Samples → the same, but for loud lone ones amid calm, which then lie between their neighbours; for any cut.

    Only what may turn out to be one waits, for the tenth of a second after it.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._around = max(2, round(AROUND_S * sample_rate_hz))
        self._longest_s = 1.5 * (2 * self._around + LONGEST) / sample_rate_hz
        self._seen: SampleBatch | None = None
        """The last samples that were passed on, and behind them the `_waiting` ones that were not."""
        self._waiting = 0
        self.count = 0
        """Samples that were mended."""

    def feed(self, samples: SampleBatch) -> SampleBatch:
        """The samples that are certain now."""
        if not self._waiting and not self._may_be_lone(samples):
            past = samples if len(samples) >= self._around else _joined(self._seen, samples)
            self._seen = past[-self._around :]
            return samples
        known = _joined(self._seen, samples)
        first = len(known) - len(samples) - self._waiting
        acc = known.acc_m_s2.copy()
        certain = len(known)
        for start, end in self._lone(acc, known.t_s, first):
            if end + self._around > len(known):
                certain = start
            else:
                acc[start:end] = 0.5 * (acc[start - 1] + acc[end])
                self.count += end - start
        known = SampleBatch(known.t_s, acc, known.gyr_rad_s)
        self._waiting = len(known) - certain
        self._seen = known[max(certain - self._around, 0) :]
        return known[first:certain]

    def flush(self) -> SampleBatch | None:
        """What waits when the stream ends."""
        waiting = None if self._seen is None or not self._waiting else self._seen[-self._waiting :]
        self._seen, self._waiting = None, 0
        return waiting

    def _may_be_lone(self, samples: SampleBatch) -> bool:
        """Whether a lone spike is among these samples, or may be where they begin or end."""
        loud = _loud(samples.acc_m_s2)
        if loud.shape[0] == 0:
            return False
        if loud[0] < self._around or loud[-1] >= len(samples) - self._around:
            return True
        return next(self._lone(samples.acc_m_s2, samples.t_s, 0), None) is not None

    def _lone(self, acc_m_s2: FloatArray, t_s: FloatArray, first: int) -> Iterator[tuple[int, int]]:
        """Rows (start, end) of what is loud amid calm, from row `first` on, as far as what follows is known."""
        loud = _loud(acc_m_s2[first:]) + first
        breaks = np.flatnonzero(np.diff(loud) > 1) + 1
        for run in np.split(loud, breaks):
            if not 0 < len(run) <= LONGEST or run[0] < self._around:
                continue
            start, end = int(run[0]), int(run[-1]) + 1
            left, right = start - self._around, min(end + self._around, len(t_s))
            calm = np.concatenate((acc_m_s2[left:start], acc_m_s2[end:right]))
            if (np.ptp(calm, axis=0) <= CALM_M_S2).all() and t_s[right - 1] - t_s[left] <= self._longest_s:
                yield start, end


def _loud(acc_m_s2: FloatArray) -> npt.NDArray[np.intp]:
    """The rows (m,) of `acc_m_s2` (n, 3) with a loud axis, in order."""
    if not acc_m_s2.size or (acc_m_s2.max() <= LOUD_M_S2 and acc_m_s2.min() >= -LOUD_M_S2):
        return np.empty(0, np.intp)
    # Long runs of numbers, not three of every row.
    axes = np.flatnonzero(np.abs(acc_m_s2) > LOUD_M_S2) // 3
    return axes[np.diff(axes, prepend=-1) > 0]


def _joined(before: SampleBatch | None, samples: SampleBatch) -> SampleBatch:
    if before is None:
        return samples
    gyr = None
    if before.gyr_rad_s is not None and samples.gyr_rad_s is not None:
        gyr = np.concatenate((before.gyr_rad_s, samples.gyr_rad_s))
    t_s, acc_m_s2 = (before.t_s, samples.t_s), (before.acc_m_s2, samples.acc_m_s2)
    return SampleBatch(np.concatenate(t_s), np.concatenate(acc_m_s2), gyr)
