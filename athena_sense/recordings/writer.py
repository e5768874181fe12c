"""Writing a recording: each batch is handed to the operating system whole, or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.file import END_OF_STREAM, schema_of
from athena_sense.recordings.header import RecordingHeader

if TYPE_CHECKING:
    import pyarrow as pa


class RecordingWriter:
    """Writes a recording batch by batch. A context manager: leaving it, also by an error, ends the file properly.

    `sync` waits for the disk after each batch, so that a power cut costs no more than a crash of the program.
    RecordingError: the file exists and `overwrite` is not set, or it cannot be written (a full disk). After a
    failed write the file is cut back to its last whole batch, and writing can be tried again.
    """

    def __init__(
        self, path: str | Path, header: RecordingHeader, *, sync: bool = False, overwrite: bool = False
    ) -> None:
        self.path = Path(path)
        self.header = header
        self._sync = sync
        self._schema = schema_of(header)
        self._begin = self._end = 0
        try:
            self._file = self.path.open("wb" if overwrite else "xb", buffering=0)
        except FileExistsError as error:
            raise RecordingError(f"{self.path}: exists already; choose another name or remove it") from error
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be written: {error.strerror}") from error
        try:
            self._append(self._schema.serialize())
        except RecordingError:
            self.discard()
            raise
        self._begin = self._end

    @property
    def is_empty(self) -> bool:
        """Whether nothing but the header has been written."""
        return self._end == self._begin

    def write_samples(self, samples: SampleBatch, stream: int = 0) -> None:
        """Append samples (n ≥ 0) of one stream; they are readable when this returns."""
        from athena_sense.recordings.arrow import to_arrow, vectors_to_arrow

        if self.header.kind != "samples":
            raise ValueError("this recording holds notifications")
        if self.header.sensors[stream].has_gyroscope != (samples.gyr_rad_s is not None):
            raise ValueError("the header says otherwise on whether there is a gyroscope")
        n = len(samples)
        columns = {
            "stream": to_arrow(np.full(n, stream, np.uint8)),
            "t_s": to_arrow(np.asarray(samples.t_s, np.float64)),
            "acc_m_s2": vectors_to_arrow(samples.acc_m_s2, n),
            "gyr_rad_s": vectors_to_arrow(samples.gyr_rad_s, n),
        }
        self._append_batch(columns)

    def write_notifications(self, notifications: Sequence[Notification], stream: int = 0) -> None:
        """Append packets of one stream as they arrived; they are readable when this returns."""
        import pyarrow as pa

        from athena_sense.recordings.arrow import bytes_to_arrow, to_arrow

        if self.header.kind != "notifications":
            raise ValueError("this recording holds samples")
        if stream >= len(self.header.sensors):
            raise ValueError(f"the header names no stream {stream}")
        columns = {
            "stream": to_arrow(np.full(len(notifications), stream, np.uint8)),
            "arrival_ns": to_arrow(np.array([n.arrival_ns for n in notifications], np.int64)),
            "channel": bytes_to_arrow([n.channel.encode() for n in notifications], pa.string()),
            "payload": bytes_to_arrow([n.payload for n in notifications], pa.binary()),
        }
        self._append_batch(columns)

    def close(self, *, whole: bool = True) -> None:
        """End the file properly. Safe to call twice.

        Not `whole`: what came last could not be written, so it is left as a crash would leave it. Whoever reads it is
        told that it was cut off.
        """
        if not self._file.closed:
            try:
                if whole:
                    self._append(END_OF_STREAM)
            finally:
                self._file.close()

    def discard(self) -> None:
        """Close the file and remove it."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> "RecordingWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append_batch(self, columns: "dict[str, pa.Array]") -> None:
        import pyarrow as pa

        arrays = [columns[name] for name in self._schema.names]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        if batch.num_rows:
            self._append(batch.serialize())

    def _append(self, message: "pa.Buffer | bytes") -> None:
        rest = memoryview(message)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            if self._sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._cut_back()
            raise RecordingError(f"{self.path}: cannot be written: {error.strerror}") from error
        self._end += len(message)

    def _cut_back(self) -> None:
        self._file.seek(self._end)
        self._file.truncate()
