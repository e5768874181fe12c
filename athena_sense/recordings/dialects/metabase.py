"""MetaBase (MbientLab MetaMotion): an accelerometer file in g and a gyroscope file in deg/s, side by side.

The two share everything before `_Accelerometer_` and `_Gyroscope_` in their names, and the epoch in ms as clock.
Either of them opens both. Older versions write `epoc (ms),timestamp (-0700),…`.
"""

import re

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Columns, Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, imported
from athena_sense.recordings.names import triple, understand
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import track_of

NAME = "MetaBase"

_EPOCH = re.compile(r"epoch? \(ms\)")
_HALF = re.compile(r"_(accelerometer|gyroscope)[_.]", re.IGNORECASE)
_OTHER_HALF = {"accelerometer": "gyroscope", "gyroscope": "accelerometer"}


def recognise(source: Source) -> bool:
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    halves = dict(_table(part) for part in [source, *_partner(source)])
    if "acc" not in halves:
        raise RecordingError(
            f"{source.name}: holds no acceleration; put its ..._Accelerometer_... file into the same folder"
        )
    notes = () if "gyr" in halves else ("no gyroscope file of this recording lies beside it",)
    origin = halves["acc"].values[0, 0]
    tracks = {kind: track_of(table, time_scale=1e-3, origin=origin) for kind, table in halves.items()}
    return imported(tracks["acc"], tracks.get("gyr"), sensor="MetaMotion (MetaBase)", notes=notes)


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    layout = layout_of(head, 0, min_fields=5)
    names = fields(head[0], layout.delimiter) if layout else []
    return (names, layout) if layout and _EPOCH.fullmatch(names[0]) else None


def _partner(source: Source) -> list[Source]:
    half = _HALF.search(source.file_name)
    if half is None:
        return []
    wanted = f"{source.file_name[: half.start()]}_{_OTHER_HALF[half[1].lower()]}".lower()
    names = [name for base, name in sorted(source.others().items()) if base.startswith(wanted)]
    return [part for part in map(source.open, names[:1]) if _header(part) is not None]


def _table(source: Source) -> tuple[str, Columns]:
    names, layout = _header(source) or ([], None)
    columns = understand(names)
    axes = triple(columns, "acc") or triple(columns, "gyr")
    if layout is None or axes is None or any(axis.scale is None for axis in axes):
        raise RecordingError(f"{source.name}: holds neither acceleration (g) nor angular rate (deg/s)")
    table = read_columns(source, layout, [0, *(axis.position for axis in axes)])
    return axes[0].quantity, table.scaled([1.0, *(axis.scale or 1.0 for axis in axes)])
