"""Stillness: where a sensor shows gravity and nothing else, and whether that is gravity."""

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.units import STANDARD_GRAVITY_M_S2

BLOCK_S = 0.5
BLOCKS = 4
"""Stillness is judged every half second, over the last two: as long as somebody who takes position stands."""
STILL_SD_M_S2 = 0.013 * STANDARD_GRAVITY_M_S2
"""Largest standard deviation of an axis: 13 mg (van Hees et al. 2014, doi 10.1152/japplphysiol.00421.2014, there over
10 s). People who stand still with a sensor on the waist or chest show 5 to 8 mg."""
LATE = 1.2
"""Two seconds of samples that took longer than this many times have a hole in them."""
OFF_SHARE = 0.02
"""A sensor that is further off gravity at rest than this is not as its data sheet says (scale ±1 %, bias ±40 mg are
usual), and every impact is read wrong by as much."""
MISSING_SHARE = 0.5
"""Over two seconds a body's mean acceleration is less than half of gravity (10 m/s of speed gained), and nothing that
is wrong with a sensor takes half of gravity away from all of its axes."""
LEAST_TOLD = 0.1
"""Share of the still stretches that must be off: a lift that sets off with its passengers is no fault of the sensor."""
ONE_READING = 0.005
"""Readings that differ by less are told as one: half a per cent of gravity."""
_NOTHING: tuple[FloatArray, FloatArray] = (np.empty((0, 3)), np.empty(0))


class StillStretches:
    """Samples → the mean acceleration (m, 3) and the standard deviation of its worst axis (m,) over every two
    seconds of stillness that end a half second. The same for any cut.

    `seen` counts all unbroken two seconds, still or not, and `without_gravity` those that show less than half of it.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._size = max(2, round(BLOCK_S * sample_rate_hz))
        self._longest_s = LATE * BLOCKS * self._size / sample_rate_hz
        self._waiting: list[SampleBatch] = []
        self._count = 0
        self._blocks: FloatArray = np.empty((0, 8))
        self.seen = self.without_gravity = 0

    def feed(self, samples: SampleBatch) -> tuple[FloatArray, FloatArray]:
        """The still stretches that these samples complete."""
        self._waiting.append(samples)
        self._count += len(samples)
        count, size = self._count // self._size, self._size
        if count == 0:
            return _NOTHING
        t_s = np.concatenate([batch.t_s for batch in self._waiting])
        acc_m_s2 = np.concatenate([batch.acc_m_s2 for batch in self._waiting])
        self._waiting = [SampleBatch(t_s[count * size :].copy(), acc_m_s2[count * size :].copy())]
        self._count -= count * size
        t = t_s[: count * size].reshape(count, size)
        # Each axis by itself, so that what is summed lies together: quick, and the same for any number of blocks.
        acc = np.ascontiguousarray(acc_m_s2[: count * size].T).reshape(3, count, size)
        blocks = np.column_stack((t[:, 0], t[:, -1], acc.sum(axis=2).T, (acc * acc).sum(axis=2).T))
        blocks = np.concatenate((self._blocks, blocks))
        self._blocks = blocks[-(BLOCKS - 1) :]
        return self._still(blocks)

    def _still(self, blocks: FloatArray) -> tuple[FloatArray, FloatArray]:
        n = len(blocks) - BLOCKS + 1
        if n <= 0:
            return _NOTHING
        sums = blocks[:n, 2:].copy()
        for k in range(1, BLOCKS):
            sums += blocks[k : k + n, 2:]
        sums /= BLOCKS * self._size
        mean = sums[:, :3]
        worst = np.sqrt(np.maximum(sums[:, 3:] - mean * mean, 0.0)).max(axis=1)
        lasted_s = blocks[BLOCKS - 1 :, 1] - blocks[:n, 0]
        whole = lasted_s <= self._longest_s
        self.seen += int(np.count_nonzero(whole))
        light = size_of(mean) < MISSING_SHARE * STANDARD_GRAVITY_M_S2
        self.without_gravity += int(np.count_nonzero(light & whole))
        still = (worst < STILL_SD_M_S2) & whole
        return mean[still], worst[still]


class GravityCheck:
    """Whether a stream at rest shows gravity: `note` is what to tell where it is more than `OFF_SHARE` off."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._stretches = StillStretches(info.sample_rate_hz) if info.has_gravity else None
        self._still = self._off = 0
        self._read = self._wrong = 0.0
        self._least, self._most = np.inf, 0.0

    def feed(self, samples: SampleBatch) -> None:
        """Take the next samples, calibrated where there is a calibration."""
        if self._stretches is None:
            return
        mean, _ = self._stretches.feed(samples)
        if not len(mean):
            return
        self._still += len(mean)
        for size in size_of(mean).tolist():
            wrong = abs(size / STANDARD_GRAVITY_M_S2 - 1.0)
            if wrong > OFF_SHARE:
                self._off += 1
                self._read, self._wrong = self._read + size, self._wrong + wrong
                self._least, self._most = min(self._least, size), max(self._most, size)

    @property
    def is_missing(self) -> bool:
        """Whether there is no gravity most of the time."""
        return self._stretches is not None and 2 * self._stretches.without_gravity > self._stretches.seen

    @property
    def note(self) -> str | None:
        """A sentence for the user, None where gravity is right, or nothing was still."""
        if self._off == 0 or self._off < LEAST_TOLD * self._still:
            return None
        reads = f"{self._read / self._off:.2f}"
        if self._most - self._least > ONE_READING * STANDARD_GRAVITY_M_S2:
            reads = f"{self._least:.2f} to {self._most:.2f}"
        mended = "" if self._info.calibration is None else ", calibrated as it is"
        return (
            f"at rest the sensor reads {reads} m/s² instead of {STANDARD_GRAVITY_M_S2:.2f} "
            f"({100.0 * self._wrong / self._off:.0f} % off){mended}; mend it with: athena-sense calibrate"
        )


def size_of(acc_m_s2: FloatArray) -> FloatArray:
    """(n,) |a| of (n, 3)."""
    x, y, z = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z))
