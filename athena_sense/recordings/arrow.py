"""numpy ↔ Arrow by their buffers.

`pa.array`, `to_numpy` and `to_pylist` import pandas wherever it is installed: 0.3 s and 60 MB for nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from athena_sense.datatypes import FloatArray

VECTOR = pa.list_(pa.float64(), 3)


def to_arrow(values: npt.NDArray[Any]) -> pa.Array:
    """An Arrow array of the same numbers (n,)."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def vectors_to_arrow(values: FloatArray | None, n: int) -> pa.Array:
    """An Arrow array of n vectors (n, 3), all null for None."""
    if values is None:
        nulls, zeros = pa.py_buffer(bytes(n // 8 + 1)), to_arrow(np.zeros(3 * n))
        return pa.Array.from_buffers(VECTOR, n, [nulls], null_count=n, children=[zeros])
    flat = np.ascontiguousarray(values, np.float64).reshape(-1)
    return pa.Array.from_buffers(VECTOR, n, [None], children=[to_arrow(flat)])


def bytes_to_arrow(values: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    """An Arrow array of byte strings, as `kind` (binary or string)."""
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum([len(value) for value in values], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(kind, len(values), buffers)


def from_arrow(column: pa.Array, dtype: Any = np.float64) -> npt.NDArray[Any]:
    """The numbers (n,) of an Arrow array without nulls; a view."""
    if not len(column):
        return np.empty(0, dtype)
    start, buffer = column.offset, column.buffers()[1]
    return np.frombuffer(buffer, dtype, count=start + len(column))[start:]


def vectors_from_arrow(column: pa.Array) -> FloatArray:
    """The vectors (n, 3) of an Arrow array without nulls; a view."""
    return np.asarray(from_arrow(column.values)).reshape(-1, 3)[column.offset : column.offset + len(column)]


def bytes_from_arrow(column: pa.Array) -> list[bytes]:
    """The byte strings of an Arrow array of binary or string."""
    if not len(column):
        return []
    _, offsets_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[column.offset :][: len(column) + 1].tolist()
    data = b"" if data_buffer is None else data_buffer.to_pybytes()
    return [data[start:end] for start, end in pairwise(offsets)]
