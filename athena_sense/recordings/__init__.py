"""Recording files, and the files of other apps.

`open_recording` reads anything; `RecordingWriter` writes the one own format; `recover` mends it after a crash.
"""

from athena_sense.recordings.export import read_parquet, write_csv, write_parquet
from athena_sense.recordings.file import (
    Recording,
    Recovery,
    iter_notifications,
    iter_samples,
    read_recording,
    recover,
)
from athena_sense.recordings.header import FORMAT_VERSION, RECORDING_SUFFIX, RecordingHeader, SensorHeader
from athena_sense.recordings.opening import OpenedRecording, open_recording, samples_of
from athena_sense.recordings.writer import RecordingWriter

__all__ = [
    "FORMAT_VERSION",
    "RECORDING_SUFFIX",
    "OpenedRecording",
    "Recording",
    "RecordingHeader",
    "RecordingWriter",
    "Recovery",
    "SensorHeader",
    "iter_notifications",
    "iter_samples",
    "open_recording",
    "read_parquet",
    "read_recording",
    "recover",
    "samples_of",
    "write_csv",
    "write_parquet",
]
