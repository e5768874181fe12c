"""What is wrong with a stream: gaps, lost samples, samples beyond the sensor's range, a gravity that is none."""

from collections import deque

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import Calibration, FloatArray, Gap, Posture, Quality, SampleBatch, StreamInfo
from athena_sense.dsp.clipping import clipped_rows
from athena_sense.dsp.grid import BRIDGED_S
from athena_sense.dsp.stands import Stands
from athena_sense.dsp.stillness import GravityCheck
from athena_sense.units import STANDARD_GRAVITY_M_S2

LOST_PERIODS = 1.7
"""A step of two periods has a sample missing; jitter lengthens a step by half a period now and then."""
BEYOND_M_S2, BEYOND_RAD_S = 2500.0, 175.0
"""No sensor that a body wears shows more: ranges end at 200 g (`clipping.FULL_SCALES_M_S2`) and 4000 °/s."""
LIMITED_SHARE = 0.05
"""Above this share of lost time figures near the holes are doubtful: say so."""
UNUSABLE_SHARE = 0.5
"""Half the time missing is no recording of a set."""
STUCK_S = 3
"""Who stands stirs the last digit of some axis within a second; if not the body, then the sensor's noise does."""
CLIPPED_SHARE = 0.05
"""A strike or two leave less of a rep or hold beyond the range. Where more of it is, the range is too small for gravity
and the movement, and not even which way is up is known."""
CLIPPED_KEPT_S = 120.0
"""No rep or hold that is told now began longer ago (`reps.history.LOOK_BACK_S`, and a margin)."""


class StreamQuality:
    """Counts what is missing from a stream, and mends what its calibration says, for any cut."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._period_s = 1.0 / info.sample_rate_hz
        self.gaps: list[Gap] = []
        self.clipped_samples = 0
        self._clipped_s: deque[float] = deque()
        self._samples = 0
        self._lost = 0
        self._left_out = 0
        self._last: SampleBatch | None = None
        self._stuck = StuckWatch(info.sample_rate_hz)
        self._gravity = GravityCheck(info)
        self.stands = Stands(info.sample_rate_hz)

    def take(self, batch: SampleBatch) -> SampleBatch:
        """The next samples, calibrated, without those that are no numbers or not later than the one before, which are
        counted. The sensor's range is that of what it sent.
        """
        good = self._good(batch)
        if not good.all():
            self._left_out += int(np.count_nonzero(~good))
            gyr = None if batch.gyr_rad_s is None else batch.gyr_rad_s[good]
            batch = SampleBatch(batch.t_s[good], batch.acc_m_s2[good], gyr)
        if len(batch):
            self._count(batch)
            batch = batch.calibrated(self._info.calibration)
            self.stands.feed(self._gravity.feed(batch))
        return batch

    def _good(self, batch: SampleBatch) -> npt.NDArray[np.bool_]:
        good = np.isfinite(batch.t_s)
        for rows, beyond in ((batch.acc_m_s2, BEYOND_M_S2), (batch.gyr_rad_s, BEYOND_RAD_S)):
            # Row by row only where there is any such value, or what is no number: neither less nor more than any.
            if rows is not None and len(rows) and not (rows.max() < beyond and rows.min() > -beyond):
                good &= (np.abs(rows) < beyond).all(axis=1)
        last_s = -np.inf if self._last is None else float(self._last.t_s[0])
        if good.all() and (batch.t_s[:1] > last_s).all() and (batch.t_s[1:] > batch.t_s[:-1]).all():
            return good
        t_s = np.where(good, batch.t_s, -np.inf)
        latest = np.maximum.accumulate(np.concatenate(([last_s], t_s)))[:-1]
        return np.asarray(good & (t_s > latest))

    def _count(self, batch: SampleBatch) -> None:
        before = self._last
        t_s = batch.t_s if before is None else np.concatenate((before.t_s, batch.t_s))
        acc = batch.acc_m_s2
        if before is not None and self._info.acc_range_m_s2 is None:  # a flat top is told by the sample before
            acc = np.concatenate((before.acc_m_s2, acc))
        self._samples += len(batch)
        self._stuck.feed(batch.acc_m_s2)
        self._look_for_holes(t_s)
        clipped = clipped_rows(acc, self._info.acc_range_m_s2)[-len(batch) :]
        self.clipped_samples += int(np.count_nonzero(clipped))
        self._clipped_s.extend(batch.t_s[clipped].tolist())
        while self._clipped_s and self._clipped_s[0] < float(batch.t_s[-1]) - CLIPPED_KEPT_S:
            self._clipped_s.popleft()
        self._last = batch[-1:]

    def is_clipped(self, start_s: float, end_s: float) -> bool:
        """Whether too much of a stretch of the last minutes lay beyond the range."""
        if not self._clipped_s:
            return False
        inside = sum(start_s <= time_s <= end_s for time_s in self._clipped_s)
        return inside > CLIPPED_SHARE * (end_s - start_s) / self._period_s

    def posture_before(self, time_s: float) -> Posture | None:
        """How the sensor was worn in the last stand before a time (s), None where there was none shortly before."""
        up = self.stands.up_before(time_s)
        return None if up is None else Posture(self._info.sensor, up)

    def summary(self, file: str = "FILE") -> Quality:
        """The state of the stream, in sentences. `file` is its recording."""
        lost = self._lost / max(self._samples + self._lost, 1)
        notes = []
        if self._lost:
            notes.append(f"{_samples(self._lost)} lost ({100.0 * lost:.1f} %)")
        if self._left_out:
            why = "no numbers, beyond what any sensor shows, or not later than the one before"
            notes.append(f"{_samples(self._left_out)} left out: {why}")
        if self.gaps:
            missing_s = sum(gap.end_s - gap.start_s for gap in self.gaps)
            count = f"{len(self.gaps)} gap" + ("s" if len(self.gaps) > 1 else "")
            notes.append(f"{count} of {missing_s:.1f} s in all, not bridged: reps across them are not timed")
        if self.clipped_samples:
            notes.append(f"{_samples(self.clipped_samples)} beyond the sensor's range: impacts are at least as hard")
        if self._stuck.stuck_s:
            notes.append(f"the accelerometer was stuck for {self._stuck.stuck_s} s: believe nothing of that time")
        off = self._gravity.notes(file)
        notes += off
        if self._info.calibration is not None:
            notes.append(calibration_note(self._info.calibration))
        if lost > UNUSABLE_SHARE:
            return Quality("unusable", ("more than half of the samples are missing", *notes))
        if self._gravity.is_missing:
            return Quality("unusable", ("gravity was removed from this data: record it with gravity", *notes))
        limited = lost > LIMITED_SHARE or bool(self._left_out) or bool(self.gaps) or bool(self.clipped_samples)
        limited |= bool(off) or bool(self._stuck.stuck_s)
        return Quality("limited" if limited else "ok", tuple(notes))

    def _look_for_holes(self, t_s: FloatArray) -> None:
        steps = np.diff(t_s)
        for row in np.flatnonzero(steps > LOST_PERIODS * self._period_s):
            self._lost += max(round(float(steps[row]) / self._period_s) - 1, 1)
            if steps[row] > max(BRIDGED_S, 2.5 * self._period_s):
                self.gaps.append(Gap(float(t_s[row]), float(t_s[row + 1])))


class StuckWatch:
    """For how long an accelerometer always read the same, second by second."""

    def __init__(self, rate_hz: float) -> None:
        self._rows = max(2, round(rate_hz))
        self._owed: FloatArray = np.empty((0, 3))
        self._second = 0
        self._last_stuck = -1
        self._run = 0
        self.stuck_s = 0
        """How long (s) in all, of what lasted for `STUCK_S` and more."""

    def feed(self, acc: FloatArray) -> None:
        """Take the next acceleration (n, 3)."""
        acc = np.concatenate((self._owed, acc))
        count = len(acc) // self._rows
        self._owed = acc[count * self._rows :].copy()
        seconds = acc[: count * self._rows].reshape(count, self._rows, 3)
        for k in np.flatnonzero((seconds[:, 0] == seconds[:, -1]).all(axis=1)).tolist():
            if (seconds[k] == seconds[k, 0]).all():
                self._stuck_in(self._second + k)
        self._second += count

    def _stuck_in(self, second: int) -> None:
        self._run = self._run + 1 if second == self._last_stuck + 1 else 1
        self._last_stuck = second
        if self._run >= STUCK_S:
            self.stuck_s += 1 if self._run > STUCK_S else STUCK_S


def calibration_note(calibration: Calibration) -> str:
    """What was done to the samples, for a person."""
    if calibration.method == "one_scale":
        return f"scaled by {calibration.scale[0]:.3f} on {calibration.made}, right only for a sensor without bias"
    scale = ", ".join(f"{factor:.3f}" for factor in calibration.scale)
    bias_mg = ", ".join(f"{1000.0 * bias / STANDARD_GRAVITY_M_S2:.0f}" for bias in calibration.bias_m_s2)
    return f"calibrated on {calibration.made}: scale {scale}; bias {bias_mg} mg"


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"
