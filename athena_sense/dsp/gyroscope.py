"""Whether a gyroscope turns as gravity does: a reversed axis, a wrong unit or a stuck sensor does not."""

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.half_seconds import BLOCK_S, LATE, size_of, spread
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
        self._judged_to_s = -np.inf
        self._judged = self._moved = self._stuck = self._looked = 0
        self._wrong_rad: list[float] = []

    def feed(self, samples: SampleBatch, blocks: FloatArray) -> None:
        """Take the next samples and the half seconds (n, 8) that they complete, as `HalfSeconds` sums them up."""
        if samples.gyr_rad_s is None or min(self._judged, self._moved) >= ENOUGH or self._looked >= LONG_ENOUGH:
            self._kept = []
            return
        self._kept.append(samples)
        if not len(blocks):
            return
        blocks = blocks[: LONG_ENOUGH - self._looked]
        self._looked += len(blocks)
        before = len(self._blocks)
        blocks = np.concatenate((self._blocks, blocks))
        self._blocks = blocks[-LONGEST_BLOCKS:]
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
        oldest_s = self._blocks[0, 0]
        self._kept = [batch for batch in self._kept if batch.t_s[-1] >= oldest_s]

    def _look_whether_stuck(self, moving: FloatArray) -> None:
        """Whether the first and the last sample of blocks in which the sensor moved are one and the same."""
        if not len(moving):
            return
        t_s, rates = self._between(float(moving[0, 0]), np.inf)
        first, last = (rates[np.searchsorted(t_s, times_s)] for times_s in (moving[:, 0], moving[:, 1]))
        self._moved += len(moving)
        self._stuck += int(np.count_nonzero((first == last).all(axis=1)))

    def _between(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray]:
        """Times (n,) and rates (n, 3) of the samples from `start_s` on, before `end_s`."""
        times, rates = [np.empty(0)], [np.empty((0, 3))]
        for batch in self._kept:
            first, end = np.searchsorted(batch.t_s, (start_s, end_s))
            if batch.gyr_rad_s is not None:
                times.append(batch.t_s[first:end])
                rates.append(batch.gyr_rad_s[first:end])
        return np.concatenate(times), np.concatenate(rates)

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
        t_s, rates = self._between(*span_s.tolist())
        step_s = np.diff(t_s)
        if not len(step_s) or step_s.max() > LONGEST_STEP_S:
            return
        self._judged += 1
        turns = 0.5 * (rates[:-1] + rates[1:]) * step_s[:, None]
        carried = _carried(np.add.reduceat(turns, np.arange(0, len(turns), self._chunk)), up)
        wrong_rad = _angle(carried, to)
        if wrong_rad > WRONG_SHARE * _angle(up, to):
            self._wrong_rad.append(wrong_rad)

    @property
    def note(self) -> str | None:
        """A sentence for the user, None where the gyroscope turns as gravity does, or nothing turned."""
        wrong = len(self._wrong_rad)
        mend = "do not trust angles, phases and counts before its columns are mended, or left out"
        if self._stuck >= SOME and 2 * self._stuck > self._moved:
            return f"the gyroscope is stuck, it does not change while the sensor moves; {mend}"
        if wrong < SOME or 2 * wrong <= self._judged:
            return None
        off_deg = float(np.degrees(np.mean(self._wrong_rad)))
        return (
            f"the gyroscope contradicts gravity in {wrong} of {self._judged} turns, by {off_deg:.0f}° on average: "
            f"an axis, a sign or the unit is wrong; {mend}"
        )


def _carried(turns_rad: FloatArray, up: FloatArray) -> FloatArray:
    """Where `up` (3,) lies in a sensor's axes after it has turned by (n, 3), one after the other."""
    half = 0.5 * np.maximum(size_of(turns_rad), 1e-12)
    q = np.column_stack((np.cos(half), turns_rad * (0.5 * np.sin(half) / half)[:, None]))
    while len(q) > 1:
        if len(q) % 2:
            q = np.concatenate((q, [[1.0, 0.0, 0.0, 0.0]]))
        (w, x, y, z), (a, b, c, d) = q[::2].T, q[1::2].T
        q = np.column_stack(
            (
                w * a - x * b - y * c - z * d,
                w * b + x * a + y * d - z * c,
                w * c - x * d + y * a + z * b,
                w * d + x * c - y * b + z * a,
            )
        )
    real, axis = float(q[0, 0]), q[0, 1:]
    # A vector that stays where it is turns the other way in the axes of what turns.
    twice = 2.0 * np.cross(up, axis)
    return np.asarray(up + real * twice + np.cross(twice, axis))


def _angle(a: FloatArray, b: FloatArray) -> float:
    return float(np.arctan2(np.linalg.norm(np.cross(a, b)), np.dot(a, b)))
