"""Stillness: where a sensor shows gravity and nothing else, and whether that is gravity, turned as it was turned."""

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.dsp.gyroscope import GyroscopeCheck
from athena_sense.dsp.half_seconds import LATE, STILL_SD_M_S2, HalfSeconds, size_of, spread
from athena_sense.shell import typed
from athena_sense.units import STANDARD_GRAVITY_M_S2

BLOCKS = 4
"""Stillness is judged every half second, over the last two: as long as somebody who takes position stands."""
OFF_SHARE = 0.02
"""A sensor that is further off gravity at rest than this is not as its data sheet says (scale ±1 %, bias ±40 mg are
usual), and every impact is read wrong by as much."""
FARTHEST_OFF = 0.2
"""No sensor that works is so far off: such a file is in another unit, or no gravity is in it."""
MISSING_SHARE = 0.5
"""Over two seconds a body's mean acceleration is less than half of gravity (10 m/s of speed gained), and nothing that
is wrong with a sensor takes half of gravity away from all of its axes."""
LEAST_TOLD = 0.1
"""Share of the still stretches that must be off: a lift that sets off with its passengers is no fault of the sensor."""
ONE_READING = 0.005
"""Readings that differ by less are told as one: half a per cent of gravity."""


class StillStretches:
    """Samples → the mean acceleration (m, 3) and the standard deviation of its worst axis (m,) over every two
    seconds of stillness that end a half second. The same for any cut.

    `seen` counts all unbroken two seconds, still or not, and `without_gravity` those that show less than half of it.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._halves = HalfSeconds(sample_rate_hz)
        self._longest_s = LATE * BLOCKS * self._halves.size / sample_rate_hz
        self._blocks: FloatArray = np.empty((0, 8))
        self.seen = self.without_gravity = 0

    def feed(self, samples: SampleBatch) -> tuple[FloatArray, FloatArray]:
        """The still stretches that these samples complete."""
        return self.of(self._halves.feed(samples))

    def of(self, blocks: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The still stretches that these blocks complete, as `HalfSeconds` sums them up."""
        blocks = np.concatenate((self._blocks, blocks))
        self._blocks = blocks[-(BLOCKS - 1) :]
        n = len(blocks) - BLOCKS + 1
        if n <= 0:
            return np.empty((0, 3)), np.empty(0)
        sums = blocks[:n, 2:].copy()
        for k in range(1, BLOCKS):
            sums += blocks[k : k + n, 2:]
        mean, worst = spread(sums / (BLOCKS * self._halves.size))
        lasted_s = blocks[BLOCKS - 1 :, 1] - blocks[:n, 0]
        whole = lasted_s <= self._longest_s
        self.seen += int(np.count_nonzero(whole))
        light = size_of(mean) < MISSING_SHARE * STANDARD_GRAVITY_M_S2
        self.without_gravity += int(np.count_nonzero(light & whole))
        still = (worst < STILL_SD_M_S2) & whole
        return mean[still], worst[still]


class GravityCheck:
    """Whether a stream at rest shows gravity, within `OFF_SHARE`, and its gyroscope turns as gravity does."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._halves = HalfSeconds(info.sample_rate_hz)
        self._stretches = StillStretches(info.sample_rate_hz)
        self._gyroscope = GyroscopeCheck(info.sample_rate_hz, self._halves.size)
        self._still = self._off = 0
        self._read = self._wrong = 0.0
        self._least, self._most = np.inf, 0.0
        self._least_of_all, self._most_of_all = np.inf, 0.0

    def feed(self, samples: SampleBatch) -> FloatArray:
        """Take the next samples, calibrated where there is a calibration; the half seconds (`HalfSeconds`) that they
        complete, where there is gravity."""
        if not self._info.has_gravity:
            return np.empty((0, 8))
        blocks = self._halves.feed(samples)
        if self._info.has_gyroscope:
            self._gyroscope.feed(samples, blocks)
        if not len(blocks):
            return blocks
        mean, _ = self._stretches.of(blocks)
        self._still += len(mean)
        for size in size_of(mean).tolist():
            self._least_of_all, self._most_of_all = min(self._least_of_all, size), max(self._most_of_all, size)
            wrong = abs(size / STANDARD_GRAVITY_M_S2 - 1.0)
            if wrong > OFF_SHARE:
                self._off += 1
                self._read, self._wrong = self._read + size, self._wrong + wrong
                self._least, self._most = min(self._least, size), max(self._most, size)
        return blocks

    @property
    def is_missing(self) -> bool:
        """Whether there is no gravity most of the time."""
        return 2 * self._stretches.without_gravity > self._stretches.seen

    def notes(self, file: str) -> tuple[str, ...]:
        """What to tell the user, in sentences. `file` is the recording of the stream."""
        return tuple(note for note in (self._off_gravity(file), self._gyroscope.note) if note is not None)

    def _off_gravity(self, file: str) -> str | None:
        if self._off == 0 or self._off < LEAST_TOLD * self._still:
            return None
        reads = f"{self._read / self._off:.2f}"
        if self._most - self._least > ONE_READING * STANDARD_GRAVITY_M_S2:
            reads = f"{self._least:.2f} to {self._most:.2f}"
        mended = "" if self._info.calibration is None else ", calibrated as it is"
        return (
            f"at rest the sensor reads {reads} m/s² instead of {STANDARD_GRAVITY_M_S2:.2f} "
            f"({100.0 * self._wrong / self._off:.0f} % off){mended}; {self._mend(file)}"
        )

    def _mend(self, file: str) -> str:
        """What to do about it; the command that is told is one that works as it is."""
        info = self._info
        if self._wrong > FARTHEST_OFF * self._off:
            return "no sensor is so far off: is it in another unit?"
        name = typed(info.own_name or "NAME")
        # What a recording was made with goes before what is kept.
        by = "it with" if info.calibration is None else f"it by replay --calibration {name}, after"
        if info.sensor_is_device:
            return f"mend {by}: athena-sense calibrate --device {name}"
        if self._most_of_all - self._least_of_all < OFF_SHARE * STANDARD_GRAVITY_M_S2:
            return f"mend {by}: athena-sense calibrate {typed(file)} --one-scale --sensor {name}"
        sides = "a recording of it on each of its six sides"
        return f"mend {by} {sides}, and athena-sense calibrate RECORDING --sensor {name}"
