"""Delimited text → columns of numbers, fast, with an account of every row that is not one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.errors import RecordingError
from athena_sense.recordings.source import Source

BAD_ROWS_ALLOWED = 3
BAD_SHARE_ALLOWED = 0.01
"""A stray line or a torn last row is forgiven; more than 1 % says that the file is not what it was taken for."""

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 1 << 20
"""A row that is no number costs the fast parser one block, and memory stays flat."""

ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
DELIMITERS = ("\t", ";", "|", ",")


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
        if all(scale == 1.0 for scale in scales):
            return self
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
    for delimiter in DELIMITERS:
        widest = max(line.count(delimiter) for _, line in rows[: BAD_ROWS_ALLOWED + 1])
        if min(names.count(delimiter), widest) + 1 >= min_fields:
            commas = delimiter != "," and any("," in line for _, line in rows)
            return Layout(rows[0][0], delimiter, "," if commas else ".")
    return None


def read_columns(source: Source, layout: Layout, columns: Sequence[int], *, time_is_text: bool = False) -> Columns:
    """Columns (by position) of a text as float64, rows that are not all numbers left out and noted.

    With `time_is_text` the first of `columns` holds ISO 8601 times and comes back as seconds since the first.
    RecordingError: no rows, or more than 1 % (and more than 3) of them are not numbers; it names the first.
    """
    order = sorted(columns)
    parser = _Parser(layout, order, order.index(columns[0]) if time_is_text else None)
    start = _offset_of_line(source.data, layout.first_line)
    most_rows = source.data.count(b"\n", start) + source.data.count(b"\r", start) + 1
    values, lines = np.empty((most_rows, len(order))), np.empty(most_rows, np.int64)
    bad: list[int] = []
    n = 0
    for block, line in _blocks(source.data, start, layout.first_line + 1):
        part, part_lines, part_bad = parser.parse(block, line)
        values[n : n + len(part)], lines[n : n + len(part)] = part, part_lines
        n += len(part)
        bad += part_bad
    if bad:
        refuse_if_many(source, len(bad), n + len(bad), f"line {bad[0]}", "this row is not made of numbers")
    if not n:
        raise RecordingError(f"{source.name}: holds a header and no samples")
    notes = (f"rows without numbers left out: {len(bad)}, the first on line {bad[0]}",) if bad else ()
    as_asked = [order.index(c) for c in columns]
    in_order = as_asked == list(range(len(order)))
    return Columns(source, values[:n] if in_order else values[:n, as_asked], lines[:n], notes)


def refuse_if_many(source: Source, bad: int, total: int, first: str, what: str) -> None:
    """RecordingError where more than 1 % (and more than 3) of the rows are bad; `first` is where: "line 7"."""
    if bad > max(BAD_ROWS_ALLOWED, BAD_SHARE_ALLOWED * total):
        raise RecordingError(
            f"{source.name}: {first}: {what} ({bad} of {total} rows); mend the file or export it again"
        )


@dataclass(slots=True)
class _Parser:
    """Blocks of whole lines → numbers. `origin_ns` is the first ISO time met."""

    layout: Layout
    columns: list[int]
    time_column: int | None
    origin_ns: int | None = None

    def parse(self, block: bytes, line: int) -> tuple[FloatArray, npt.NDArray[np.int64], list[int]]:
        """The numbers of a block that begins on a line, their lines, and the lines that are no numbers."""
        values = self._at_once(block, self.columns)
        if values is None or not np.isfinite(values).all():
            return self._row_by_row(block, line)
        if block.count(b"\n") + (not block.endswith(b"\n")) == len(values):
            return values, np.arange(line, line + len(values)), []
        numbers = [number for number, text in enumerate(block.splitlines(), line) if text]
        if len(numbers) != len(values):
            return self._row_by_row(block, line)
        return values, np.array(numbers, np.int64), []

    def _at_once(self, block: bytes, columns: list[int]) -> FloatArray | None:
        """All rows by the fast parser; None where it met anything but numbers."""
        import pyarrow as pa
        import pyarrow.csv as pacsv

        first = block.lstrip(b"\r\n").split(b"\n", 1)[0]
        width = first.count(self.layout.delimiter.encode()) + 1
        if not first.strip() or columns[-1] >= width:
            return None
        kinds: list[Any] = [pa.float64()] * len(columns)
        if self.time_column is not None:
            kinds[self.time_column] = pa.timestamp("ns")
        wanted = [str(column) for column in columns]
        convert = pacsv.ConvertOptions(
            column_types=dict(zip(wanted, kinds, strict=True)),
            include_columns=wanted,
            decimal_point=self.layout.decimal,
        )
        try:
            table = pacsv.read_csv(
                pa.BufferReader(block),
                pacsv.ReadOptions(column_names=[str(i) for i in range(width)]),
                pacsv.ParseOptions(delimiter=self.layout.delimiter),
                convert,
            )
        except pa.ArrowInvalid:
            return None
        return np.column_stack([self._numbers(column) for column in table.columns])

    def _row_by_row(self, block: bytes, line: int) -> tuple[FloatArray, npt.NDArray[np.int64], list[int]]:
        pattern = self._row_pattern()
        delimiter = self.layout.delimiter.encode()
        good, numbers, bad = [], [], []
        for number, text in enumerate(block.splitlines(), line):
            if found := pattern.match(text):
                good.append(delimiter.join(found.groups()))
                numbers.append(number)
            elif text.strip():
                bad.append(number)
        values = self._at_once(b"\n".join(good), list(range(len(self.columns)))) if good else None
        if values is None:
            return np.empty((0, len(self.columns))), np.empty(0, np.int64), sorted(bad + numbers)
        return values, np.array(numbers, np.int64), bad

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

    def _numbers(self, column: "pa.ChunkedArray") -> FloatArray:
        import pyarrow as pa

        from athena_sense.recordings.arrow import from_arrow

        if column.null_count:
            return np.full(len(column), np.nan)
        if not pa.types.is_timestamp(column.type):
            return np.concatenate([from_arrow(chunk) for chunk in column.chunks])
        ticks = np.concatenate([from_arrow(chunk, np.int64) for chunk in column.chunks])
        if self.origin_ns is None:
            self.origin_ns = int(ticks[0])
        return np.asarray(ticks - self.origin_ns, np.float64) * 1e-9


def _blocks(data: bytes, start: int, line: int) -> Iterator[tuple[bytes, int]]:
    """Whole lines of about 1 MB, each block with the number of its first line."""
    while start < len(data):
        cut = data.find(b"\n", start + BLOCK_BYTES)
        end = len(data) if cut < 0 else cut + 1
        yield data[start:end], line
        line += data.count(b"\n", start, end)
        start = end


def _offset_of_line(data: bytes, line: int) -> int:
    offset = 0
    for _ in range(line):
        found = data.find(b"\n", offset)
        offset = len(data) if found < 0 else found + 1
    return offset
