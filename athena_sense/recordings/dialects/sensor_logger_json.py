"""Sensor Logger's JSON export: an array of `{sensor, time, seconds_elapsed, x, y, z}`, all values as strings."""

import json
import math
from array import array
from typing import Any

import numpy as np

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Columns, refuse_if_many
from athena_sense.recordings.dialects.sensor_logger import SENSORS, assemble
from athena_sense.recordings.imported import ImportedStream
from athena_sense.recordings.source import Source

NAME = "Sensor Logger JSON"


def recognise(source: Source) -> bool:
    text = "\n".join(source.head())
    return text.lstrip().startswith("[") and '"sensor"' in text and '"seconds_elapsed"' in text


def read(source: Source) -> ImportedStream:
    collected = _Collector()
    try:
        json.loads(source.data, object_hook=collected.take)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{source.name}: is damaged or cut off ({error}); export it again") from error
    return assemble(source, collected.tables(source), collected.metadata)


class _Collector:
    """Takes the numbers out of each record as it is parsed, so that the records themselves are never kept."""

    def __init__(self) -> None:
        self.metadata: dict[str, str] = {}
        self._rows: dict[str, array[float]] = {}
        self._bad: list[int] = []
        self._seen = 0

    def take(self, record: dict[str, Any]) -> None:
        self._seen += 1
        kind = str(record.get("sensor", "")).lower()
        if kind == "metadata":
            self.metadata = {key: str(value) for key, value in record.items()}
        if kind not in SENSORS:
            return
        try:
            row = [float(record[key]) for key in ("time", "x", "y", "z")]
        except (KeyError, TypeError, ValueError):
            row = [math.nan]
        if all(map(math.isfinite, row)):
            self._rows.setdefault(kind, array("d")).extend((self._seen, *row))
        else:
            self._bad.append(self._seen)

    def tables(self, source: Source) -> dict[str, Columns]:
        if self._bad:
            where = f"record {self._bad[0]}"
            refuse_if_many(source, len(self._bad), self._seen, where, "this record is not made of numbers")
        notes = (f"records without numbers left out: {len(self._bad)}",) if self._bad else ()
        tables = {}
        for kind, rows in self._rows.items():
            values = np.frombuffer(rows).reshape(-1, 5)
            tables[kind] = Columns(source, values[:, 1:], values[:, 0].astype(np.int64), notes, "record")
        return tables
