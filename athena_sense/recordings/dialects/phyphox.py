"""phyphox (RWTH Aachen): CSV with comma, semicolon or tab and decimal point or comma, alone or in a zip.

Labels are those of the experiment, so a column is known by its axis and unit: `Acceleration x (m/s^2)`,
`Linear Acceleration x (m/s^2)`, `Gyroscope x (rad/s)`, `X (m/s^2)` with the sensor in the file's name.
"""

import re

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, imported
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import Track, track_of

NAME = "phyphox"

_TIME = re.compile(r"^\S+ \(s\)$")
_AXIS = re.compile(r"^(?P<label>.*?) ?(?P<axis>[xyz]) \((?P<unit>m/s\^2|m/s²|m/s2|rad/s)\)$", re.IGNORECASE)
_LINEAR = re.compile(r"lin|ohne g|without g", re.IGNORECASE)


def recognise(source: Source) -> bool:
    if source.is_zip:
        return bool(_members(source))
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    parts = _members(source) if source.is_zip else [source]
    tracks = [part for member in parts for part in _tracks(member)]
    with_gravity = [track for kind, track in tracks if kind == "acc"]
    linear = [track for kind, track in tracks if kind == "linear"]
    gyro = [track for kind, track in tracks if kind == "gyr"]
    if not with_gravity and not linear:
        raise RecordingError(
            f"{source.name}: this phyphox export holds no acceleration; record 'Acceleration (with g)'"
        )
    acc = (with_gravity or linear)[0]
    return imported(acc, gyro[0] if gyro else None, sensor="phone (phyphox)", has_gravity=bool(with_gravity))


def _members(source: Source) -> list[Source]:
    names = [name for base, name in sorted(source.others().items()) if base.endswith((".csv", ".txt", ".tsv"))]
    members = [source.open(name) for name in names if not name.startswith("meta/") and "/meta/" not in name]
    return [member for member in members if _header(member) is not None]


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    layout = layout_of(head, 0, min_fields=4)
    names = fields(head[0], layout.delimiter) if layout else []
    if layout and _TIME.match(names[0]) and any(_AXIS.match(name) for name in names[1:]):
        return names, layout
    return None


def _tracks(source: Source) -> list[tuple[str, Track]]:
    """The (kind, track) pairs in one file: "acc", "linear" or "gyr"."""
    header = _header(source)
    if header is None:
        return []
    names, layout = header
    found: dict[str, dict[str, int]] = {}
    for position, name in enumerate(names):
        if axis := _AXIS.match(name):
            kind = _kind(axis["label"] or source.file_name, axis["unit"])
            found.setdefault(kind, {}).setdefault(axis["axis"].lower(), position)
    whole = [(kind, [axes[a] for a in "xyz"]) for kind, axes in found.items() if len(axes) == 3]
    return [(kind, track_of(read_columns(source, layout, [0, *axes]))) for kind, axes in whole]


def _kind(label: str, unit: str) -> str:
    if unit.lower() == "rad/s":
        return "gyr"
    return "linear" if _LINEAR.search(label) else "acc"
