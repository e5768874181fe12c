"""The recording file: an append-only Apache Arrow IPC stream, readable up to its last whole batch.

The header is JSON in the schema's metadata. Each flush adds one batch and hands it to the operating system,
so a crash costs what was not flushed and nothing else. Times and values are float64: a recording replays bit
for bit, whatever the sensor's own resolution was, and an hour at 100 Hz with six axes is 20 MB.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.header import RecordingHeader, SensorHeader, parse_header

if TYPE_CHECKING:
    import pyarrow as pa

HEADER_KEY = b"athena_sense"
CONTINUATION = b"\xff\xff\xff\xff"
"""Every message of an Arrow stream starts with it (Arrow columnar format, "Encapsulated message format")."""
END_OF_STREAM = CONTINUATION + b"\0\0\0\0"


@dataclass(frozen=True, slots=True)
class Recording:
    """What is in a recording file: `samples` or `notifications`, as the header's `kind` says.

    `truncated`: the file has no proper end; everything up to its last whole batch is here. `start`: where the clock of
    all its streams begins, at the first sample (s) or packet (ns) in the file; None where there is none. `sensors`:
    those of all its streams, while the header is that of one.
    """

    header: RecordingHeader
    samples: SampleBatch | None
    notifications: tuple[Notification, ...] | None
    truncated: bool
    start: float | int | None = None
    sensors: tuple[SensorHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovery:
    """What `recover` did: whole batches kept, bytes of a torn batch cut off, and whether the file needed it."""

    batches: int
    dropped_bytes: int
    was_truncated: bool


def read_recording(path: str | Path, stream: int = 0) -> Recording:
    """Everything that is whole in a recording file, of one of its streams.

    RecordingError says what is wrong with the file: missing, a folder, empty, cut off inside its header, of
    another program, or written by a newer version.
    """
    return parse_recording(read_bytes(path), str(path), stream)


def parse_recording(data: bytes, name: str, stream: int = 0) -> Recording:
    """As `read_recording`, from the file's bytes; `name` is the file's, for errors."""
    header, schema = _head(data, name)
    own = header.of_stream(stream)
    table, end = _whole_batches(data, schema)
    truncated = data[end:] != END_OF_STREAM
    if len(header.sensors) == 1:
        table = table.drop_columns("stream")  # to join thousands of batches takes its time, column by column
    batches = table.combine_chunks().to_batches()
    start = _start(batches[0], header) if batches else None
    if header.kind == "samples":
        samples = _joined([_samples(batch, header, stream) for batch in batches], own)
        return Recording(own, samples, None, truncated, start, header.sensors)
    packets = (packet for batch in batches for packet in _notifications(batch, header, stream))
    return Recording(own, None, tuple(packets), truncated, start, header.sensors)


def iter_samples(path: str | Path, stream: int = 0) -> Iterator[SampleBatch]:
    """The samples of one stream, batch by batch as they were written. Errors as in `read_recording`."""
    for header, batch in _iter_batches(path, stream, "samples"):
        samples = _samples(batch, header, stream)
        if len(samples):
            yield samples


def iter_notifications(path: str | Path, stream: int = 0) -> Iterator[tuple[Notification, ...]]:
    """The packets of one stream, batch by batch as they were written. Errors as in `read_recording`."""
    for header, batch in _iter_batches(path, stream, "notifications"):
        packets = _notifications(batch, header, stream)
        if packets:
            yield packets


def recover(path: str | Path) -> Recovery:
    """Finish a recording that a crash left behind: keep every whole batch, end the file properly.

    Not for a file that is still being written. Errors as in `read_recording`.
    """
    data = read_bytes(path)
    _, schema = _head(data, str(path))
    table, end = _whole_batches(data, schema)
    truncated = data[end:] != END_OF_STREAM
    dropped = max(len(data) - end - (0 if truncated else len(END_OF_STREAM)), 0)
    if truncated:
        with Path(path).open("r+b") as file:
            file.truncate(end)
            file.seek(end)
            file.write(END_OF_STREAM)
            file.flush()
            os.fsync(file.fileno())
    return Recovery(len(table.to_batches()), dropped, truncated)


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file that has some. RecordingError: missing, a folder, not readable, empty."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: there is no such file; check the name and the folder") from error
    except IsADirectoryError as error:
        raise RecordingError(f"{path}: is a folder; name a recording file in it") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    if not data:
        raise RecordingError(f"{path}: is empty; nothing was recorded in it")
    return data


def is_recording(data: bytes) -> bool:
    """Whether these bytes, or what is left of them, begin an Arrow stream."""
    return data.startswith(CONTINUATION) or CONTINUATION.startswith(data)


def _iter_batches(path: str | Path, stream: int, kind: str) -> "Iterator[tuple[RecordingHeader, pa.RecordBatch]]":
    data = read_bytes(path)
    header, schema = _head(data, str(path))
    if header.kind != kind:
        raise RecordingError(f"{path}: holds {header.kind}, not {kind}")
    header.of_stream(stream)
    for batch in _whole_batches(data, schema)[0].to_batches():
        yield header, batch


def _head(data: bytes, name: str) -> "tuple[RecordingHeader, pa.Schema]":
    import pyarrow as pa

    if not is_recording(data):
        raise RecordingError(f"{name}: is not an athena-sense recording")
    try:
        schema = pa.ipc.read_schema(pa.BufferReader(data))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise RecordingError(f"{name}: is cut off inside its header, so nothing was recorded in it") from error
    text = (schema.metadata or {}).get(HEADER_KEY)
    if text is None:
        raise RecordingError(f"{name}: is an Arrow file of another program, not an athena-sense recording")
    header = parse_header(text.decode(errors="replace"), name)
    if not schema.equals(schema_of(header), check_metadata=False):
        raise RecordingError(f"{name}: its columns are not those of a recording of {header.kind}")
    return header, schema


def _whole_batches(data: bytes, schema: "pa.Schema") -> "tuple[pa.Table, int]":
    """Every batch that is there to its last byte, and the offset where the last of them ends."""
    import pyarrow as pa

    source = pa.BufferReader(data)
    if data.endswith(END_OF_STREAM):
        # A file with a proper end is read in one go; whatever is wrong with it, batch by batch.
        with suppress(pa.ArrowException, OSError, ValueError):
            table = pa.ipc.open_stream(source).read_all()
            table.validate(full=True)
            if source.tell() == len(data) and table.schema.equals(schema):
                return table, len(data) - len(END_OF_STREAM)
        source.seek(0)
    pa.ipc.read_message(source)
    batches: list[Any] = []
    end: int = source.tell()
    while data[end : end + len(END_OF_STREAM)] != END_OF_STREAM:
        try:
            batch = pa.ipc.read_record_batch(pa.ipc.read_message(source), schema)
            batch.validate(full=True)
        except (pa.ArrowException, OSError, EOFError, ValueError):
            break
        batches.append(batch)
        end = source.tell()
    return pa.Table.from_batches(batches, schema=schema), end


def schema_of(header: RecordingHeader) -> "pa.Schema":
    """The columns of a recording, with its header as metadata."""
    import pyarrow as pa

    from athena_sense.recordings.arrow import VECTOR

    fields = [("stream", pa.uint8())]
    if header.kind == "samples":
        fields += [("t_s", pa.float64()), ("acc_m_s2", VECTOR)]
        if any(sensor.has_gyroscope for sensor in header.sensors):
            fields.append(("gyr_rad_s", VECTOR))
    else:
        fields += [("arrival_ns", pa.int64()), ("channel", pa.string()), ("payload", pa.binary())]
    return pa.schema(fields, metadata={HEADER_KEY: header.model_dump_json().encode()})


def _start(batch: "pa.RecordBatch", header: RecordingHeader) -> float | int:
    from athena_sense.recordings.arrow import from_arrow

    if header.kind == "samples":
        return float(from_arrow(batch["t_s"])[0])
    return int(from_arrow(batch["arrival_ns"], np.int64)[0])


def _rows(batch: "pa.RecordBatch", header: RecordingHeader, stream: int) -> "npt.NDArray[np.bool_] | slice":
    """Which rows of a batch are of a stream."""
    from athena_sense.recordings.arrow import from_arrow

    if len(header.sensors) == 1:
        return slice(None)
    return np.asarray(from_arrow(batch["stream"], np.uint8) == stream)


def _samples(batch: "pa.RecordBatch", header: RecordingHeader, stream: int) -> SampleBatch:
    from athena_sense.recordings.arrow import from_arrow, vectors_from_arrow

    rows = _rows(batch, header, stream)
    has_gyroscope = header.sensors[stream].has_gyroscope
    gyr = vectors_from_arrow(batch["gyr_rad_s"])[rows] if has_gyroscope else None
    return SampleBatch(from_arrow(batch["t_s"])[rows], vectors_from_arrow(batch["acc_m_s2"])[rows], gyr)


def _joined(batches: list[SampleBatch], header: RecordingHeader) -> SampleBatch:
    nothing = SampleBatch(np.empty(0), np.empty((0, 3)), np.empty((0, 3)) if header.has_gyroscope else None)
    parts = batches or [nothing]
    if len(parts) == 1:
        return parts[0]
    gyr = [part.gyr_rad_s for part in parts if part.gyr_rad_s is not None]
    return SampleBatch(
        np.concatenate([part.t_s for part in parts]),
        np.concatenate([part.acc_m_s2 for part in parts]),
        np.concatenate(gyr) if gyr else None,
    )


def _notifications(batch: "pa.RecordBatch", header: RecordingHeader, stream: int) -> tuple[Notification, ...]:
    from athena_sense.recordings.arrow import bytes_from_arrow, from_arrow

    arrivals = from_arrow(batch["arrival_ns"], np.int64)
    channels, payloads = bytes_from_arrow(batch["channel"]), bytes_from_arrow(batch["payload"])
    rows = np.arange(len(arrivals))[_rows(batch, header, stream)].tolist()
    return tuple(Notification(int(arrivals[i]), channels[i].decode(), payloads[i]) for i in rows)
