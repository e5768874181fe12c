"""The sensor: from what a body segment feels to the samples that leave the chip."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.simulation.body import BodyMotion
from athena_sense.simulation.choices import check_choice
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

ACC_NOISE_G_PER_ROOT_HZ = 180e-6
GYR_NOISE_DPS_PER_ROOT_HZ = 0.007
"""Bosch BMI160 data sheet, tables 2 and 3 (typical); ST LSM6DS3: 90 µg/√Hz, 7 mdps/√Hz."""
GYR_SCALE_ERROR = 0.01
BANDWIDTH_PER_RATE = 0.4
"""−3 dB bandwidth over output rate: BMI160 in normal filter mode, 40.5 Hz at 100 Hz."""


@dataclass(frozen=True, slots=True)
class SensorOptions:
    """What can be chosen about the sensor; the rest is drawn from the seed.

    `mounted`: "random" turns it to any orientation, "aligned" leaves it in the segment's axes. `ideal` takes away
    noise, bias, scale error, quantisation, clipping, jitter, rate error and the low-pass filter.
    """

    mounted: str = "random"
    ideal: bool = False
    acc_range_g: float = 16.0
    gyr_range_dps: float = 2000.0
    lost: float = 0.0
    """Share of samples lost, in packets of 1 to 8."""
    jitter_s: float = 0.0005
    """Standard deviation of the sampling instants around an even grid."""
    rate_error: float | None = None
    """True over nominal rate, minus one; None draws within ±1 % (BMI160 output data rate accuracy)."""
    scale_error: float = 0.01
    """Largest scale error of an axis, either way."""
    bias_g: float = 0.03
    """Largest zero-g offset of an axis, either way: ±20–40 mg once soldered, within the data sheets' limits."""

    def __post_init__(self) -> None:
        check_choice("mounted", self.mounted, ("random", "aligned"))


def random_rotation(rng: np.random.Generator) -> FloatArray:
    """(3, 3) uniform over all rotations: a random unit quaternion."""
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def sense(
    motion: BodyMotion, rate_hz: float, gyroscope: bool, options: SensorOptions, rng: np.random.Generator
) -> SampleBatch:
    """The samples a sensor at this rate sends of a motion."""
    mounting = random_rotation(rng)
    if options.mounted == "aligned":
        mounting = np.eye(3)
    bandwidth_hz = BANDWIDTH_PER_RATE * rate_hz
    t_s, shift_s = _sampling_times(motion, rate_hz, options, rng)
    acc = _sampled(motion, motion.specific_force(), t_s, shift_s, bandwidth_hz, options.ideal) @ mounting.T
    gyr = _sampled(motion, motion.angular_rate(), t_s, shift_s, bandwidth_hz, options.ideal) @ mounting.T
    if not options.ideal:
        noise = np.sqrt(1.11 * bandwidth_hz)  # noise bandwidth of a second-order Butterworth filter
        acc_noise = ACC_NOISE_G_PER_ROOT_HZ * noise * STANDARD_GRAVITY_M_S2
        gyr_noise = GYR_NOISE_DPS_PER_ROOT_HZ * noise * RAD_PER_DEG
        acc_bias = rng.uniform(-options.bias_g, options.bias_g, 3) * STANDARD_GRAVITY_M_S2
        # Zero-rate offset ±1 °/s once soldered, within the data sheets' limits.
        gyr_bias = rng.uniform(-1.0, 1.0, 3) * RAD_PER_DEG
        acc_range = options.acc_range_g * STANDARD_GRAVITY_M_S2
        acc = _corrupted(acc, acc_noise, acc_bias, options.scale_error, acc_range, rng)
        gyr = _corrupted(gyr, gyr_noise, gyr_bias, GYR_SCALE_ERROR, options.gyr_range_dps * RAD_PER_DEG, rng)
    kept = _kept(len(t_s), options.lost, rng)
    return SampleBatch(t_s[kept], acc[kept], gyr[kept] if gyroscope else None)


def _sampling_times(
    motion: BodyMotion, rate_hz: float, options: SensorOptions, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """When samples are taken, and the filter's delay at low frequencies: the chip stamps what it filtered."""
    error = rng.uniform(-0.01, 0.01) if options.rate_error is None else options.rate_error
    jitter_s = rng.normal(size=int(motion.t_s[-1] * rate_hz * 1.02) + 1)
    if options.ideal:
        return np.arange(int(motion.t_s[-1] * rate_hz) + 1) / rate_hz, 0.0
    grid = np.arange(int(motion.t_s[-1] * rate_hz * (1.0 + error))) / (rate_hz * (1.0 + error))
    moved = np.clip(options.jitter_s * jitter_s[: len(grid)], -0.4 / rate_hz, 0.4 / rate_hz)
    delay_s = np.sqrt(2.0) / (2.0 * np.pi * BANDWIDTH_PER_RATE * rate_hz)
    return np.maximum(grid + moved, 0.0) if len(grid) else grid, float(delay_s)


def _sampled(
    motion: BodyMotion, felt: FloatArray, t_s: FloatArray, shift_s: float, bandwidth_hz: float, ideal: bool
) -> FloatArray:
    """(n, 3) values at the sampling times, after the chip's low-pass filter."""
    if not ideal:
        from scipy.signal import butter, sosfilt, sosfilt_zi

        sos = butter(2, bandwidth_hz, fs=motion.rate_hz, output="sos")
        start = sosfilt_zi(sos)[:, :, None] * felt[0]
        felt, _ = sosfilt(sos, felt, axis=0, zi=start)
    return np.stack([np.interp(t_s + shift_s, motion.t_s, axis) for axis in felt.T], axis=1)


def _corrupted(
    values: FloatArray, noise: float, bias: FloatArray, scale_error: float, limit: float, rng: np.random.Generator
) -> FloatArray:
    """(n, 3) with scale error, bias and white noise, clipped and rounded to 16 bits."""
    scale = 1.0 + rng.uniform(-scale_error, scale_error, 3)
    step = limit / 32768.0
    dirty = values * scale + bias + noise * rng.normal(size=values.shape)
    return np.asarray(np.clip(np.round(dirty / step), -32768, 32767) * step, dtype=np.float64)


def _kept(n: int, lost: float, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) which samples arrive."""
    kept = np.ones(n, dtype=np.bool_)
    packets = rng.poisson(lost * n / 4.5) if lost > 0 else 0
    starts, lengths = rng.integers(0, n, packets), rng.integers(1, 9, packets)
    for start, length in zip(starts, lengths, strict=True):
        kept[start : start + length] = False
    return kept
