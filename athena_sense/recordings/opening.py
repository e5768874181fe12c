"""Anything with movement in it → samples: own recordings, exported Parquet, and other apps' files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.dialects import dialects
from athena_sense.recordings.export import is_parquet, read_parquet
from athena_sense.recordings.file import is_recording, parse_recording
from athena_sense.recordings.header import RecordingHeader, SensorHeader
from athena_sense.recordings.refusal import why_unreadable
from athena_sense.recordings.source import Source, load
from athena_sense.recordings.track import measured_rate_hz
from athena_sense.shell import typed

OWN = "athena-sense"
RATE_RANGE_HZ = (0.1, 100_000.0)
"""Slower is no movement sensor, faster is none that a body wears."""


@dataclass(frozen=True, slots=True)
class OpenedRecording:
    """What a file holds: `samples`, or raw `notifications` that are still to be decoded.

    t = 0 is the file's first sample, or the arrival of its first packet (`start_ns`), whichever stream it is of.
    `notes` are sentences for a person on what was mended or left out. `dialect` names the format.
    """

    header: RecordingHeader
    samples: SampleBatch | None
    notifications: tuple[Notification, ...] | None
    notes: tuple[str, ...]
    dialect: str
    start_ns: int | None = None
    all_sensors: tuple[SensorHeader, ...] = ()

    @property
    def sensors(self) -> tuple[SensorHeader, ...]:
        """The sensors of all streams in the file; the header is that of one."""
        return self.all_sensors or (self.header,)


def open_recording(path: str | Path, stream: int = 0) -> OpenedRecording:
    """Read a file, whatever its format; it is recognised by its content, not by its extension.

    `stream` chooses among the sensors of an own recording. RecordingError names the file, what is wrong with
    it and what to do.
    """
    source = load(path)
    if is_recording(source.data):
        return _own(source, stream)
    if is_parquet(source.data):
        header, samples = read_parquet(path)
        return OpenedRecording(header, samples, None, (), "parquet")
    return _foreign(source)


def samples_of(recording: OpenedRecording) -> SampleBatch:
    """The decoded samples. RecordingError: the recording holds raw packets, which a profile must decode first."""
    if recording.samples is None:
        raise RecordingError(
            f"this recording holds raw packets ({recording.header.profile or 'of an unnamed profile'}), which "
            "are to be decoded first"
        )
    return recording.samples


def _own(source: Source, stream: int) -> OpenedRecording:
    found = parse_recording(source.data, source.name, stream)
    notes: tuple[str, ...] = ()
    if found.truncated:
        finish = f"athena-sense recover {typed(str(source.path))}"
        notes = (f"cut off, and read up to its last whole batch; finish it with: {finish}",)
    samples = found.samples
    if samples is not None:
        if found.start is None:
            raise RecordingError(f"{source.name}: holds no samples")
        samples = samples.since(found.start)
    start_ns = None if found.start is None or samples is not None else int(found.start)
    return OpenedRecording(found.header, samples, found.notifications, notes, OWN, start_ns, found.sensors)


def _foreign(source: Source) -> OpenedRecording:
    known = dialects()
    dialect = next((dialect for dialect in known if dialect.recognise(source)), None)
    if dialect is None:
        if reason := why_unreadable(source):
            raise RecordingError(reason)
        names = ", ".join(dialect.NAME for dialect in known)
        raise RecordingError(
            f"{source.name}: no format that athena-sense reads (own recordings, Parquet exports, {names}); "
            "a plain CSV begins with t,ax,ay,az[,gx,gy,gz] (s, m/s², rad/s)"
        )
    stream = dialect.read(source)
    header = RecordingHeader(
        sensor=stream.sensor,
        sensor_is_kind=stream.sensor is not None,
        sample_rate_hz=_plausible_rate_hz(source, stream.samples),
        has_gyroscope=stream.samples.gyr_rad_s is not None,
        has_gravity=stream.has_gravity,
        acc_range_m_s2=stream.acc_range_m_s2,
    )
    return OpenedRecording(header, stream.samples, None, stream.notes, dialect.NAME)


def _plausible_rate_hz(source: Source, samples: SampleBatch) -> float:
    rate = measured_rate_hz(samples.t_s)
    if not RATE_RANGE_HZ[0] <= rate <= RATE_RANGE_HZ[1] or (np.diff(samples.t_s) <= 0).any():
        raise RecordingError(f"{source.name}: its times cannot be right: {rate:.3g} samples a second; export it again")
    return rate
