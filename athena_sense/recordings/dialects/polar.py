"""Polar Sensor Logger (Android): `Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]` in .txt files.

The sensor's own stamp (ns since 2000-01-01) is the clock: the phone's is the packet's arrival, spread backward.
Acceleration and gyroscope (`[dps]`) are two files whose names end in ACC and in GYRO.
"""

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Columns, Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, imported
from athena_sense.recordings.names import ColumnName, triple, understand
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import track_of

NAME = "Polar Sensor Logger"

_CLOCK = "sensor timestamp [ns]"
_ENDINGS = {"acc.": ("gyro.", "gyr."), "gyro.": ("acc.",), "gyr.": ("acc.",)}


def recognise(source: Source) -> bool:
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    tables = dict(_table(part) for part in [source, *_partner(source)])
    if "acc" not in tables:
        raise RecordingError(f"{source.name}: holds no acceleration; export the ACC file too, into the same folder")
    origin = tables["acc"].values[0, 0]
    tracks = {kind: track_of(table, time_scale=1e-9, origin=origin) for kind, table in tables.items()}
    return imported(tracks["acc"], tracks.get("gyr"), sensor="Polar (Polar Sensor Logger)")


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    layout = layout_of(head, 0)
    names = fields(head[0], layout.delimiter) if layout else []
    return (names, layout) if layout and _CLOCK in [name.lower() for name in names] else None


def _axes(names: list[str]) -> list[ColumnName] | None:
    columns = understand(names)
    return triple(columns, "acc") or triple(columns, "gyr")


def _partner(source: Source) -> list[Source]:
    name = source.file_name.lower()
    others = source.others()
    for ending, wanted in _ENDINGS.items():
        stem, found, extension = name.rpartition(ending)
        if found:
            names = [others[stem + end + extension] for end in wanted if stem + end + extension in others]
            parts = [source.open(other) for other in names[:1]]
            return [part for part in parts if _axes((_header(part) or ([], None))[0])]
    return []


def _table(source: Source) -> tuple[str, Columns]:
    names, layout = _header(source) or ([], None)
    axes = _axes(names)
    if layout is None or axes is None or any(axis.scale is None for axis in axes):
        raise RecordingError(f"{source.name}: holds neither acceleration (mg) nor angular rate (dps)")
    clock = [name.lower() for name in names].index(_CLOCK)
    table = read_columns(source, layout, [clock, *(axis.position for axis in axes)])
    return axes[0].quantity, table.scaled([1.0, *(axis.scale or 1.0 for axis in axes)])
