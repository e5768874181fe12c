"""Delimited text → columns of numbers, fast, with an account of every row that is not one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.errors import RecordingError
from athena_sense.recordings.source import Source

BAD_ROWS_ALLOWED = 3
BAD_SHARE_ALLOWED = 0.01
"""A stray line or a torn last row is forgiven; more than 1 % says that the file is not what it was taken for."""

ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_DELIMITERS = ("\t", ";", "|", ",")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a text are written. `first_line` counts from 0; `decimal` is a point or a comma."""

    first_line: int
    delimiter: str
    decimal: str


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Numbers (rows, columns) of a text, the line each row stands on (from 1), and what was left out.

    `row_word` is what messages call a row's number: its line, or its record where there are no lines.
    """

    source: Source
    values: FloatArray
    lines: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()
    row_word: str = "line"

    def scaled(self, scales: Sequence[float]) -> "Columns":
        """Each column times its scale."""
        return replace(self, values=self.values * np.asarray(scales))


def fields(line: str, delimiter: str) -> list[str]:
    """The fields of a header line, without quotes and surrounding blanks."""
    return [part.strip().strip('"').strip() for part in line.split(delimiter)]


def layout_of(head: Sequence[str], header_line: int, min_fields: int = 3) -> Layout | None:
    """The layout of the rows under a header line (-1: no header); None where they do not look like a table."""
    rows = [(i, line) for i, line in enumerate(head) if i > header_line and line.strip()]
    if not rows:
        return None
    names = head[header_line] if header_line >= 0 else rows[0][1]
    for delimiter in _DELIMITERS:
        if min(names.count(delimiter), rows[0][1].count(delimiter)) + 1 >= min_fields:
            commas = delimiter != "," and any("," in line for _, line in rows)
            return Layout(rows[0][0], delimiter, "," if commas else ".")
    return None


def read_columns(source: Source, layout: Layout, columns: Sequence[int], *, time_is_text: bool = False) -> Columns:
    """Columns (by position) of a text as float64, rows that are not all numbers left out and noted.

    With `time_is_text` the first of `columns` holds ISO 8601 times and comes back as seconds since the first.
    RecordingError: no rows, or more than 1 % (and more than 3) of them are not numbers; it names the first.
    """
    start = _offset_of_line(source.data, layout.first_line)
    order = sorted(columns)
    parse = _Parser(layout, order, order.index(columns[0]) if time_is_text else None)
    values = parse.at_once(source.data, start)
    if values is not None and np.isfinite(values).all():
        notes: tuple[str, ...] = ()
        lines = _LineNumbers(source.data, start, layout.first_line).of(len(values))
    else:
        values, lines, notes = parse.row_by_row(source, start)
    if not len(values):
        raise RecordingError(f"{source.name}: holds a header and no samples")
    return Columns(source, values[:, [order.index(c) for c in columns]], lines, notes)


def refuse_if_many(source: Source, bad: int, total: int, first: str, what: str) -> None:
    """RecordingError where more than 1 % (and more than 3) of the rows are bad; `first` is where: "line 7"."""
    if bad > max(BAD_ROWS_ALLOWED, BAD_SHARE_ALLOWED * total):
        raise RecordingError(
            f"{source.name}: {first}: {what} ({bad} of {total} rows); mend the file or export it again"
        )


@dataclass(frozen=True, slots=True)
class _Parser:
    layout: Layout
    columns: list[int]
    time_column: int | None

    def at_once(self, data: bytes, start: int) -> FloatArray | None:
        """All rows by the fast parser; None where it met anything but numbers."""
        import pyarrow as pa
        import pyarrow.csv as pacsv

        line = data[start : start + 65_536].lstrip(b"\r\n").split(b"\n", 1)[0]
        width = line.count(self.layout.delimiter.encode()) + 1
        names = [str(i) for i in range(width)]
        if not line.strip() or self.columns[-1] >= width:
            return None
        kinds: list[Any] = [pa.float64()] * len(self.columns)
        if self.time_column is not None:
            kinds[self.time_column] = pa.timestamp("ns")
        wanted = [names[c] for c in self.columns]
        convert = pacsv.ConvertOptions(
            column_types=dict(zip(wanted, kinds, strict=True)),
            include_columns=wanted,
            decimal_point=self.layout.decimal,
        )
        try:
            table = pacsv.read_csv(
                pa.BufferReader(pa.py_buffer(data).slice(start)),
                pacsv.ReadOptions(column_names=names),
                pacsv.ParseOptions(delimiter=self.layout.delimiter),
                convert,
            )
        except pa.ArrowInvalid:
            return None
        return np.column_stack([_numbers(column) for column in table.columns])

    def row_by_row(self, source: Source, start: int) -> tuple[FloatArray, npt.NDArray[np.int64], tuple[str, ...]]:
        """Rows that are numbers, their lines, and a note on the others."""
        pattern = self._row_pattern()
        delimiter = self.layout.delimiter.encode()
        good, numbers, bad = [], [], []
        for number, line in enumerate(source.data[start:].splitlines(), self.layout.first_line + 1):
            if found := pattern.match(line):
                good.append(delimiter.join(found.groups()))
                numbers.append(number)
            elif line.strip():
                bad.append(number)
        if bad:
            total = len(good) + len(bad)
            refuse_if_many(source, len(bad), total, f"line {bad[0]}", "this row is not made of numbers")
        notes = (f"rows without numbers left out: {len(bad)}, the first on line {bad[0]}",) if bad else ()
        compact = _Parser(self.layout, list(range(len(self.columns))), self.time_column)
        values = compact.at_once(b"\n".join(good), 0) if good else None
        if values is None:
            return np.empty((0, len(self.columns))), np.empty(0, np.int64), notes
        return values, np.array(numbers, np.int64), notes

    def _row_pattern(self) -> re.Pattern[bytes]:
        point, delimiter = re.escape(self.layout.decimal), re.escape(self.layout.delimiter)
        number = rf'[ "]*([-+]?(?:\d+{point}?\d*|{point}\d+)(?:[eE][-+]?\d{{1,2}})?)[ "]*'
        time = r'[ "]*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|[-+]\d\d:?\d\d)?[ "]*'
        parts = []
        for column in range(self.columns[-1] + 1):
            if column not in self.columns:
                parts.append(f"[^{delimiter}]*")
            else:
                is_time = self.time_column is not None and column == self.columns[self.time_column]
                parts.append(time if is_time else number)
        return re.compile((delimiter.join(parts) + rf"(?:{delimiter}.*)?\s*$").encode())


def _numbers(column: Any) -> FloatArray:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        if column.null_count:
            return np.full(len(column), np.nan)
        ticks = column.cast(pa.int64()).to_numpy()
        return np.asarray(ticks - ticks[0], np.float64) * 1e-9
    return np.asarray(column.to_numpy(), np.float64)


def _offset_of_line(data: bytes, line: int) -> int:
    offset = 0
    for _ in range(line):
        found = data.find(b"\n", offset)
        offset = len(data) if found < 0 else found + 1
    return offset


@dataclass(frozen=True, slots=True)
class _LineNumbers:
    data: bytes
    start: int
    first_line: int

    def of(self, rows: int) -> npt.NDArray[np.int64]:
        """The line of each row, counted from 1; blank lines are no rows."""
        numbers = np.arange(self.first_line + 1, self.first_line + 1 + rows)
        if self.data.count(b"\n", self.start) + 1 - rows <= 1:
            return numbers
        lines = enumerate(self.data[self.start :].splitlines(), self.first_line + 1)
        return np.array([number for number, line in lines if line], np.int64)[:rows]
