"""Samples for other programs: the plain CSV, and Parquet that keeps the header and comes back the same."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.file import HEADER_KEY
from athena_sense.recordings.header import RecordingHeader, parse_header

if TYPE_CHECKING:
    import pyarrow as pa

ACC_COLUMNS = ("ax", "ay", "az")
GYR_COLUMNS = ("gx", "gy", "gz")
_PARQUET_MAGIC = b"PAR1"


def write_csv(target: str | Path | IO[bytes], samples: SampleBatch) -> None:
    """Write `t,ax,ay,az[,gx,gy,gz]` (s, m/s², rad/s) with digits enough to come back bit for bit.

    `target` is a path or a binary stream. RecordingError: it cannot be written.
    """
    import pyarrow.csv as pacsv

    table = _table(samples)
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    try:
        pacsv.write_csv(table, str(target) if isinstance(target, str | Path) else target, options)
    except OSError as error:
        raise RecordingError(f"{target}: cannot be written: {error.strerror or error}") from error


def write_parquet(path: str | Path, samples: SampleBatch, header: RecordingHeader) -> None:
    """Write the columns of the plain CSV and the header. RecordingError: it cannot be written."""
    import pyarrow.parquet as pq

    table = _table(samples).replace_schema_metadata({HEADER_KEY: header.model_dump_json()})
    try:
        pq.write_table(table, str(path))
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_parquet(path: str | Path) -> tuple[RecordingHeader, SampleBatch]:
    """The header and samples that `write_parquet` wrote, times from 0. RecordingError: damaged, or another's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(str(path)).read()
    except (pa.ArrowException, OSError) as error:
        raise RecordingError(f"{path}: is a damaged Parquet file; export it again") from error
    text = (table.schema.metadata or {}).get(HEADER_KEY)
    names = [name for name in ("t", *ACC_COLUMNS, *GYR_COLUMNS) if name in table.column_names]
    columns = {name: table[name] for name in names if table[name].type == pa.float64()}
    if text is None or not {"t", *ACC_COLUMNS} <= set(columns) or not table.num_rows:
        raise RecordingError(f"{path}: is a Parquet file of another program; export it as CSV with t,ax,ay,az")
    header = parse_header(text.decode(errors="replace"), str(path))
    t_s = _numbers(columns["t"])
    acc = np.column_stack([_numbers(columns[name]) for name in ACC_COLUMNS])
    gyr = None
    if set(GYR_COLUMNS) <= set(columns):
        gyr = np.column_stack([_numbers(columns[name]) for name in GYR_COLUMNS])
    return header, SampleBatch(t_s - t_s[0], acc, gyr)


def is_parquet(data: bytes) -> bool:
    return data.startswith(_PARQUET_MAGIC)


def _table(samples: SampleBatch) -> "pa.Table":
    import pyarrow as pa

    from athena_sense.recordings.arrow import to_arrow

    columns = {"t": samples.t_s, **dict(zip(ACC_COLUMNS, samples.acc_m_s2.T, strict=True))}
    if samples.gyr_rad_s is not None:
        columns |= dict(zip(GYR_COLUMNS, samples.gyr_rad_s.T, strict=True))
    return pa.Table.from_arrays([to_arrow(column) for column in columns.values()], names=list(columns))


def _numbers(column: "pa.ChunkedArray") -> FloatArray:
    from athena_sense.recordings.arrow import from_arrow

    return np.concatenate([from_arrow(chunk) for chunk in column.chunks])
