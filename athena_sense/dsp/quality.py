"""What is wrong with a stream: gaps, lost samples, and samples beyond the sensor's range."""

import numpy as np

from athena_sense.datatypes import FloatArray, Gap, Quality, SampleBatch, StreamInfo
from athena_sense.dsp.clipping import clipped_rows
from athena_sense.dsp.grid import BRIDGED_S

LOST_PERIODS = 1.7
"""A step of two periods has a sample missing; jitter lengthens a step by half a period now and then."""
LIMITED_SHARE = 0.05
"""Above this share of lost time figures near the holes are doubtful: say so."""
UNUSABLE_SHARE = 0.5
"""Half the time missing is no recording of a set."""


class StreamQuality:
    """Counts what is missing from a stream, for any cut."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._period_s = 1.0 / info.sample_rate_hz
        self.gaps: list[Gap] = []
        self.clipped_samples = 0
        self._samples = 0
        self._lost = 0
        self._last: SampleBatch | None = None

    def feed(self, batch: SampleBatch) -> None:
        """Take the next samples."""
        if len(batch) == 0:
            return
        before = self._last
        t_s = batch.t_s if before is None else np.concatenate((before.t_s, batch.t_s))
        acc = batch.acc_m_s2 if before is None else np.concatenate((before.acc_m_s2, batch.acc_m_s2))
        self._samples += len(batch)
        self._look_for_holes(t_s)
        clipped = clipped_rows(acc, self._info.acc_range_m_s2)
        self.clipped_samples += int(np.count_nonzero(clipped[-len(batch) :]))
        self._last = batch[-1:]

    def summary(self) -> Quality:
        """The state of the stream, in sentences."""
        lost = self._lost / max(self._samples + self._lost, 1)
        notes = []
        if self._lost:
            notes.append(f"{self._lost} samples lost ({100.0 * lost:.1f} %)")
        if self.gaps:
            missing_s = sum(gap.end_s - gap.start_s for gap in self.gaps)
            count = f"{len(self.gaps)} gap" + ("s" if len(self.gaps) > 1 else "")
            notes.append(f"{count} of {missing_s:.1f} s in all, not bridged: reps across them are not timed")
        if self.clipped_samples:
            notes.append(f"{self.clipped_samples} samples beyond the sensor's range: impacts are at least as hard")
        if lost > UNUSABLE_SHARE:
            return Quality("unusable", ("more than half of the samples are missing", *notes))
        limited = lost > LIMITED_SHARE or bool(self.gaps) or bool(self.clipped_samples)
        return Quality("limited" if limited else "ok", tuple(notes))

    def _look_for_holes(self, t_s: FloatArray) -> None:
        steps = np.diff(t_s)
        for row in np.flatnonzero(steps > LOST_PERIODS * self._period_s):
            self._lost += max(round(float(steps[row]) / self._period_s) - 1, 1)
            if steps[row] > max(BRIDGED_S, 2.5 * self._period_s):
                self.gaps.append(Gap(float(t_s[row]), float(t_s[row + 1])))
