"""Samples for other programs: the plain CSV, and Parquet that keeps the header and comes back the same."""

from pathlib import Path
from typing import IO

import numpy as np

from athena_sense.datatypes import SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.file import HEADER_KEY
from athena_sense.recordings.header import RecordingHeader, parse_header

ACC_COLUMNS = ("ax", "ay", "az")
GYR_COLUMNS = ("gx", "gy", "gz")
_PARQUET_MAGIC = b"PAR1"


def write_csv(target: str | Path | IO[bytes], samples: SampleBatch) -> None:
    """Write `t,ax,ay,az[,gx,gy,gz]` (s, m/s², rad/s) with digits enough to come back bit for bit.

    `target` is a path or a binary stream. RecordingError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    table = pa.table(_columns(samples))
    options = pacsv.WriteOptions(quoting_style="none", quoting_header="none")
    try:
        pacsv.write_csv(table, str(target) if isinstance(target, str | Path) else target, options)
    except OSError as error:
        raise RecordingError(f"{target}: cannot be written: {error.strerror or error}") from error


def write_parquet(path: str | Path, samples: SampleBatch, header: RecordingHeader) -> None:
    """Write the columns of the plain CSV and the header. RecordingError: it cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(_columns(samples)).replace_schema_metadata({HEADER_KEY: header.model_dump_json()})
    try:
        pq.write_table(table, str(path))
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_parquet(path: str | Path) -> tuple[RecordingHeader, SampleBatch]:
    """The header and samples that `write_parquet` wrote, times from 0. RecordingError: damaged, or another's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(str(path))
    except (pa.ArrowException, OSError) as error:
        raise RecordingError(f"{path}: is a damaged Parquet file; export it again") from error
    text = (table.schema.metadata or {}).get(HEADER_KEY)
    if text is None or not {"t", *ACC_COLUMNS} <= set(table.column_names) or not table.num_rows:
        raise RecordingError(f"{path}: is a Parquet file of another program; export it as CSV with t,ax,ay,az")
    header = parse_header(text.decode(errors="replace"), str(path))
    gyr = _stack(table, GYR_COLUMNS) if set(GYR_COLUMNS) <= set(table.column_names) else None
    t_s = table["t"].to_numpy()
    return header, SampleBatch(t_s - t_s[0], _stack(table, ACC_COLUMNS), gyr)


def is_parquet(data: bytes) -> bool:
    return data.startswith(_PARQUET_MAGIC)


def _columns(samples: SampleBatch) -> dict[str, np.ndarray]:
    columns = {"t": samples.t_s, **dict(zip(ACC_COLUMNS, samples.acc_m_s2.T, strict=True))}
    if samples.gyr_rad_s is not None:
        columns |= dict(zip(GYR_COLUMNS, samples.gyr_rad_s.T, strict=True))
    return {name: np.ascontiguousarray(column) for name, column in columns.items()}


def _stack(table: "pa.Table", names: tuple[str, ...]) -> np.ndarray:  # type: ignore[name-defined]  # noqa: F821
    return np.column_stack([table[name].to_numpy() for name in names])
