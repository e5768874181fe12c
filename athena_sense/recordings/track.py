"""One sensor's values on a clock that only runs forward, and two sensors put on one clock."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Columns, refuse_if_many

SHARED_STAMPS_ALLOWED = 0.01
"""Fewer repeated time stamps than this are mistakes; more are samples that came in packets."""

ONE_STAMP = "all samples share one time stamp: when they were taken cannot be told"

GAP_STEPS = 5.0
"""A hole in the second sensor longer than this many of its usual steps is not bridged."""

MIN_COVER = 0.9
"""A second sensor that covers less of the first than this is left out, rather than most of the samples."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Values (n, k) at strictly increasing times `t_s` (n,), on the file's own clock."""

    t_s: FloatArray
    values: FloatArray
    notes: tuple[str, ...] = ()


def track_of(
    columns: Columns, *, time_scale: float = 1.0, origin: float = 0.0, may_be_unordered: bool = False
) -> Track:
    """The first column as time (less `origin`, times `time_scale` s), the others as values.

    Give two tracks of one clock the same origin; subtracted before scaling, it costs an epoch no digits.

    Rows out of order are sorted where the format allows them and left out elsewhere; samples that share the
    time stamp of their packet are spread evenly back to the packet before. RecordingError: time runs backward
    in more than 1 % of the rows, or fewer than two samples are left.
    """
    notes = list(columns.notes)
    t, values, lines = (columns.values[:, 0] - origin) * time_scale, columns.values[:, 1:], columns.lines
    backward = np.flatnonzero(np.diff(t) < 0) + 1
    if len(backward) and may_be_unordered:
        order = np.argsort(t, kind="stable")
        t, values, lines = t[order], values[order], lines[order]
        notes.append(f"rows out of time order, sorted: {len(backward)}")
    elif len(backward):
        late = t < np.maximum.accumulate(t)
        first = f"{columns.row_word} {lines[backward[0]]}"
        refuse_if_many(columns.source, int(late.sum()), len(t), first, "time runs backward here")
        notes.append(f"rows whose time runs backward left out: {int(late.sum())}, the first on {first}")
        t, values, lines = t[~late], values[~late], lines[~late]
    if len(t) > 1 and t[0] == t[-1]:
        raise RecordingError(f"{columns.source.name}: {ONE_STAMP}")
    shared = np.flatnonzero(np.diff(t) == 0) + 1
    if len(shared):
        t, values, note = _resolve_shared(t, values, shared, f"{columns.row_word} {lines[shared[0]]}")
        notes.append(note)
    if len(t) < 2:
        raise RecordingError(f"{columns.source.name}: holds a single sample; a recording needs more")
    return Track(t, values, tuple(notes))


def _resolve_shared(
    t: FloatArray, values: FloatArray, shared: npt.NDArray[np.intp], first: str
) -> tuple[FloatArray, FloatArray, str]:
    repeated = np.all(values[shared] == values[shared - 1], axis=1)
    if repeated.all() or len(shared) <= SHARED_STAMPS_ALLOWED * len(t):
        keep = np.ones(len(t), bool)
        keep[shared] = False
        note = f"rows that repeat a time stamp left out: {len(shared)}, the first on {first}"
        return t[keep], values[keep], note
    note = f"samples with the time stamp of the one before, spread evenly between the stamps: {len(shared)}"
    return spread_shared_stamps(t), values, note


def spread_shared_stamps(t_s: FloatArray) -> FloatArray:
    """Times for samples (n,) stamped with the arrival of their packet: evenly from the stamp before to their own.

    After a hole the samples of a packet keep the usual distance, at most 1.5 times the median.
    """
    starts = np.flatnonzero(np.diff(t_s, prepend=-np.inf) > 0)
    counts = np.diff(starts, append=len(t_s))
    stamps = t_s[starts]
    if len(stamps) < 2:
        raise RecordingError(ONE_STAMP)
    per_sample = np.diff(stamps) / counts[1:]
    usual = float(np.median(per_sample))
    step = np.concatenate([[usual], np.minimum(per_sample, 1.5 * usual)])
    packet = np.repeat(np.arange(len(starts)), counts)
    before_stamp = starts[packet] + counts[packet] - 1 - np.arange(len(t_s))
    return np.asarray(stamps[packet] - before_stamp * step[packet])


def measured_rate_hz(t_s: FloatArray) -> float:
    """Sample rate (Hz) over the steps near the median one: holes do not count, coarse stamps average out."""
    steps = np.diff(t_s)
    usual = float(np.median(steps))
    near = steps[(steps < 1.5 * usual) & (steps > 0.5 * usual)]
    step = float(near.mean() if len(near) else usual)
    return 1.0 / step if step > 0 else float("inf")


def merge(acc: Track, gyr: Track | None) -> tuple[SampleBatch, tuple[str, ...]]:
    """Samples on the accelerometer's own times, from 0; no acceleration is invented.

    A gyroscope at a similar or lower rate is interpolated between its samples. A faster one is averaged over
    each acceleration sample's own interval, half way to its neighbours, so that turned angles are kept.
    Where the gyroscope has a hole there is a hole; one that covers too little is left out with a note.
    """
    t = acc.t_s
    if gyr is None:
        return SampleBatch(t - t[0], acc.values), acc.notes
    notes = acc.notes + tuple(f"gyroscope: {note}" for note in gyr.notes)
    covered = _covered(t, gyr.t_s)
    cover = float(covered.mean())
    if cover < MIN_COVER:
        part = f"the gyroscope covers only {cover:.0%} of the acceleration and was left out"
        return SampleBatch(t - t[0], acc.values), (*notes, part)
    if cover < 1.0:
        notes += (f"samples without gyroscope left out: {int((~covered).sum())} of {len(t)}",)
    t = t[covered]
    rates = _mean_rates(t, gyr) if _step(gyr.t_s) < _step(t) / 1.5 else _interpolated(t, gyr)
    return SampleBatch(t - t[0], acc.values[covered], rates), notes


def added(track: Track, other: Track) -> Track | None:
    """The sum of two tracks of one clock, at the times of the first that the second covers; None where few are."""
    covered = _covered(track.t_s, other.t_s)
    if covered.mean() < MIN_COVER:
        return None
    t = track.t_s[covered]
    return Track(t, track.values[covered] + _interpolated(t, other), track.notes + other.notes)


def _step(t_s: FloatArray) -> float:
    return float(np.median(np.diff(t_s)))


def _covered(t: FloatArray, gyr_t: FloatArray) -> npt.NDArray[np.bool_]:
    """Which times lie between two gyroscope samples that are no hole apart, or half a step outside the ends."""
    margin = _step(gyr_t) / 2
    inside = (t >= gyr_t[0] - margin) & (t <= gyr_t[-1] + margin)
    after = np.clip(np.searchsorted(gyr_t, t), 1, len(gyr_t) - 1)
    bridged = gyr_t[after] - gyr_t[after - 1] <= GAP_STEPS * _step(gyr_t)
    on_sample = (t == gyr_t[after]) | (t == gyr_t[after - 1])
    return np.asarray(inside & (bridged | on_sample))


def _interpolated(t: FloatArray, gyr: Track) -> FloatArray:
    return np.column_stack([np.interp(t, gyr.t_s, axis) for axis in gyr.values.T])


def _mean_rates(t: FloatArray, gyr: Track) -> FloatArray:
    half = np.minimum(np.diff(t), 2 * _step(t)) / 2
    left = np.maximum(t - np.concatenate([half[:1], half]), gyr.t_s[0])
    right = np.minimum(t + np.concatenate([half, half[-1:]]), gyr.t_s[-1])
    steps = np.diff(gyr.t_s)[:, None]
    angles = np.concatenate([np.zeros((1, 3)), np.cumsum((gyr.values[1:] + gyr.values[:-1]) / 2 * steps, axis=0)])
    return np.column_stack(
        [(_integral(right, gyr, angles, k) - _integral(left, gyr, angles, k)) / (right - left) for k in range(3)]
    )


def _integral(t: FloatArray, gyr: Track, angles: FloatArray, axis: int) -> FloatArray:
    """Turned angle (rad) up to times t about one axis, exact for rates that are straight between samples."""
    i = np.clip(np.searchsorted(gyr.t_s, t, side="right") - 1, 0, len(gyr.t_s) - 2)
    rate = np.interp(t, gyr.t_s, gyr.values[:, axis])
    return np.asarray(angles[i, axis] + (gyr.values[i, axis] + rate) / 2 * (t - gyr.t_s[i]))
