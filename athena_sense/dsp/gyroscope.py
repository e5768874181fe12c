"""Whether a gyroscope turns as gravity does: a reversed axis, a wrong unit or a stuck sensor does not.

From rest to rest the acceleration is up before and after, and any fault shows. In movement it is up and the body's own
acceleration, of which little is left in a mean over seconds: who moves to and fro goes nowhere. But the mean is to be
taken in axes that stay, to which the gyroscope turns it. If it is right, gravity comes out, of its size and in one
direction; if an axis or a sign is wrong, it comes out with others.
"""

import math
from itertools import islice

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.carried import carried, unexplained, unexplained_otherwise
from athena_sense.dsp.half_seconds import BLOCK_S, LATE, size_of, spread
from athena_sense.dsp.inclination import unit
from athena_sense.units import STANDARD_GRAVITY_M_S2

LONGEST_BLOCKS = 6
"""From one quiet half second to another, three seconds later at most: a bias has little time."""
QUIET_SD_M_S2 = 0.3
"""Largest standard deviation of an axis in such a half second: who turns by no more than 15°/s is on average where he
is in the middle of it."""
OFF_SHARE = 0.1
"""Sensors read gravity wrong by less, in a flight they read none."""
DOUBT_RAD, BIAS_RAD_S = np.radians(4.0), np.radians(3.0)
"""What a good sensor misses of a turn at most: by its accelerometer (40 mg of bias bend what it reads by 3° over half a
circle, and who moves slowly is no plumb line), and in every second of it by its zero-rate offset (±3 °/s, Bosch BMI160
data sheet). Only turns of more than twice as much are judged."""
WRONG_SHARE = 0.5
"""A stuck gyroscope misses the whole of a turn, a reversed one twice as much."""
MOVING_SD_M_S2 = 1.0
"""What shakes a sensor by so much turns it too, and its gyroscope's noise alone changes it."""
SOME = 3
"""A bump or a clipped sample spoils one turn, not three and most of them."""
ENOUGH = 12
"""After so many it is known what gyroscope this is."""
LONG_ENOUGH = 1200
"""Half seconds: who turns too rarely for that in ten minutes is not judged."""
LONGEST_STEP_S = 0.1
"""What turned in a longer hole is not known."""
CHUNK_S = 0.04
"""Turns in so short a time commute: the fastest limbs turn by 20° meanwhile."""
STRETCH_BLOCKS, STEP_BLOCKS = 12, 6
"""Movement is judged over six seconds, every three: time for a slow rep, and little for a bias."""
MEAN_S = 1.5
"""Its acceleration is averaged over this, twice, which leaves 4x/MEAN_S² of what moves to and fro by ±x at the worst of
all rhythms: 0.9 m/s² for hands that travel a metre."""
LEAST_TILT_RAD = np.radians(10.0)
"""Only stretches that tilt so far from their middle are judged."""
UNEXPLAINED_M_S2 = 1.0
"""More than that, and than what a bias of `BIAS_RAD_S` about two axes leaves (0.6 m/s²). A reversed gyroscope is wrong
by twice each turn, and leaves as much where the sensor swings by ±5°."""
BETTER = 2.5
"""Other axes must leave so much less, as they do where they are the right ones: four times and more, but for bounding
along (two to five). Where a body gains speed or samples are clipped, they leave as much."""


class GyroscopeCheck:
    """Turns of the accelerometer's up, from one quiet half second to another, beside what the gyroscope turned; and
    whether the gyroscope changes at all where the accelerometer does.
    """

    def __init__(self, sample_rate_hz: float, block_size: int) -> None:
        """`block_size`: samples of the blocks that it is fed."""
        self._chunk = max(1, round(CHUNK_S * sample_rate_hz))
        self._size = block_size
        self._longest_s = LATE * block_size / sample_rate_hz
        self._blocks: FloatArray = np.empty((0, 8))
        self._kept: list[SampleBatch] = []
        self._mean_chunks = max(1, round(MEAN_S * sample_rate_hz / self._chunk))
        self._stretches = self._contradicted = 0
        self._left: FloatArray = np.zeros(1)
        self._judged_to_s = -np.inf
        self._judged = self._moved = self._stuck = self._looked = 0
        self._wrong_rad: list[float] = []

    def feed(self, samples: SampleBatch, blocks: FloatArray) -> None:
        """Take the next samples and the half seconds (n, 8) that they complete, as `HalfSeconds` sums them up."""
        known = min(self._judged, self._moved, self._stretches) >= ENOUGH
        if samples.gyr_rad_s is None or known or self._looked >= LONG_ENOUGH:
            self._kept = []
            return
        self._kept.append(samples)
        if not len(blocks):
            return
        blocks = blocks[: LONG_ENOUGH - self._looked]
        self._looked += len(blocks)
        before = len(self._blocks)
        blocks = np.concatenate((self._blocks, blocks))
        self._blocks = blocks[-STRETCH_BLOCKS:]
        mean, worst = spread(blocks[:, 2:] / self._size)
        size = np.maximum(size_of(mean), 1e-9)
        quiet = (worst < QUIET_SD_M_S2) & (np.abs(size / STANDARD_GRAVITY_M_S2 - 1.0) < OFF_SHARE)
        quiet &= blocks[:, 1] - blocks[:, 0] <= self._longest_s
        self._look_whether_stuck(blocks[before:][worst[before:] > MOVING_SD_M_S2][: ENOUGH - self._moved])
        up = mean / size[:, None]
        for end, start in self._turned(up, quiet, before):
            if blocks[start, 0] >= self._judged_to_s and self._judged < ENOUGH:
                self._judge(blocks[[start, end], :2].mean(axis=1), up[start], up[end])
                self._judged_to_s = float(blocks[end, 0])
        self._judge_movement(blocks, up, before)
        oldest_s = self._blocks[0, 0]
        self._kept = [batch for batch in self._kept if batch.t_s[-1] >= oldest_s]

    def _look_whether_stuck(self, moving: FloatArray) -> None:
        """Whether the first and the last sample of blocks in which the sensor moved are one and the same."""
        if not len(moving):
            return
        t_s, _, rates = self._between(float(moving[0, 0]), np.nextafter(moving[-1, 1], np.inf))
        first, last = (rates[np.searchsorted(t_s, times_s)] for times_s in (moving[:, 0], moving[:, 1]))
        self._moved += len(moving)
        self._stuck += int(np.count_nonzero((first == last).all(axis=1)))

    def _between(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Times (n,), accelerations (n, 3) and rates (n, 3) of the samples from `start_s` on, before `end_s`."""
        times, accs, rates = [np.empty(0)], [np.empty((0, 3))], [np.empty((0, 3))]
        for batch in self._kept:
            first, end = np.searchsorted(batch.t_s, (start_s, end_s))
            if batch.gyr_rad_s is not None:
                times.append(batch.t_s[first:end])
                accs.append(batch.acc_m_s2[first:end])
                rates.append(batch.gyr_rad_s[first:end])
        return np.concatenate(times), np.concatenate(accs), np.concatenate(rates)

    @staticmethod
    def _turned(up: FloatArray, quiet: npt.NDArray[np.bool_], before: int) -> list[tuple[int, int]]:
        """(end, start) of the turns that end at row `before` or later, in order; the quickest first."""
        pairs = []
        for lag in range(2, LONGEST_BLOCKS + 1):
            least_rad = (DOUBT_RAD + BIAS_RAD_S * BLOCK_S * lag) / WRONG_SHARE
            cosine = (up[lag:] * up[:-lag]).sum(axis=1)
            ends = np.flatnonzero((cosine < np.cos(least_rad)) & quiet[lag:] & quiet[:-lag]) + lag
            pairs += [(end, end - lag) for end in ends.tolist() if end >= before]
        return sorted(pairs, key=lambda pair: (pair[0], -pair[1]))

    def _judge(self, span_s: FloatArray, up: FloatArray, to: FloatArray) -> None:
        t_s, _, rates = self._between(*span_s.tolist())
        step_s = np.diff(t_s)
        if not len(step_s) or step_s.max() > LONGEST_STEP_S:
            return
        self._judged += 1
        turns = 0.5 * (rates[:-1] + rates[1:]) * step_s[:, None]
        wrong_rad = _angle(carried(np.add.reduceat(turns, np.arange(0, len(turns), self._chunk)).T, up), to)
        if wrong_rad > WRONG_SHARE * _angle(up, to):
            self._wrong_rad.append(wrong_rad)

    def _judge_movement(self, blocks: FloatArray, up: FloatArray, before: int) -> None:
        """Judge the stretches that end with row `before` or later."""
        passed = self._looked - (len(blocks) - before)
        first_end = before + (-passed - 1) % STEP_BLOCKS
        ends = np.arange(first_end, len(blocks), STEP_BLOCKS)
        ends = ends[ends >= STRETCH_BLOCKS - 1]
        if not len(ends) or self._stretches >= ENOUGH:
            return
        ups = up[ends[:, None] - np.arange(STRETCH_BLOCKS)]
        middle = unit(ups.sum(axis=1).T).T
        tilted = ((ups * middle[:, None]).sum(axis=2) < np.cos(LEAST_TILT_RAD)).any(axis=1)
        each = (self._chunks(blocks[end - STRETCH_BLOCKS + 1, 0], blocks[end, 1]) for end in ends[tilted].tolist())
        chunks = list(islice((found for found in each if found is not None), ENOUGH - self._stretches))
        if not chunks:
            return
        self._stretches += len(chunks)
        acc, turns = (np.stack(rows, axis=1) for rows in zip(*chunks, strict=True))
        left = unexplained(acc, turns, self._mean_chunks)
        wrong = left > UNEXPLAINED_M_S2
        self._contradicted += int(np.count_nonzero(wrong))
        for one in np.flatnonzero(wrong).tolist():
            self._left = self._left + unexplained_otherwise(acc[:, one], turns[:, one], self._mean_chunks) ** 2

    def _chunks(self, first_s: float, last_s: float) -> tuple[FloatArray, FloatArray] | None:
        """Acceleration (3, n) and the turns (3, n - 1) between chunks of a stretch, None where there is a hole."""
        t_s, acc, rates = self._between(first_s, np.nextafter(last_s, np.inf))
        if np.diff(t_s).max() > LONGEST_STEP_S:
            return None
        count = len(t_s) // self._chunk
        rows = np.column_stack((t_s, acc, rates))[: count * self._chunk]
        t_s, acc, rates = np.split(rows.reshape(count, self._chunk, 7).mean(axis=1).T, (1, 4))
        return acc, 0.5 * (rates[:, :-1] + rates[:, 1:]) * np.diff(t_s)

    @property
    def note(self) -> str | None:
        """A sentence for the user, None where the gyroscope turns as gravity does, or nothing turned."""
        mend = "do not trust angles, phases and counts before its columns are mended, or left out"
        if _most(self._stuck, self._moved):
            return f"the gyroscope is stuck, it does not change while the sensor moves; {mend}"
        why = f"an axis, a sign or the unit is wrong, or an axis of the accelerometer is mirrored; {mend}"
        wrong = len(self._wrong_rad)
        if _most(wrong, self._judged):
            off_deg = float(np.degrees(np.mean(self._wrong_rad)))
            turns = f"{wrong} of {self._judged} turns, by {off_deg:.0f}° on average"
            return f"the gyroscope contradicts gravity in {turns}: {why}"
        wrong = self._contradicted
        if _most(wrong, self._stretches) and self._left[0] > BETTER**2 * self._left.min():
            return f"the gyroscope contradicts gravity in {wrong} of {self._stretches} stretches of movement: {why}"
        return None


def _most(wrong: int, judged: int) -> bool:
    return wrong >= SOME and 2 * wrong > judged


def _angle(a: FloatArray, b: FloatArray) -> float:
    return 2.0 * math.atan2(math.dist(a, b), math.hypot(*(a + b)))
