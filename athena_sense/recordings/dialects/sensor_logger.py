"""Sensor Logger (K. T. H. Choi): a zip of CSVs, or one of them, `time,seconds_elapsed,z,y,x` (ns since 1970).

`TotalAcceleration` has gravity; `Accelerometer` has not, and is added to `Gravity`. On an iPhone every sign of
acceleration and gravity is the opposite of Android's, and `AccelerometerUncalibrated` is in g, unless
`standardisation` is on: Metadata.csv tells. (UNITS.md and CROSSPLATFORM.md of tszheichoi/awesome-sensor-logger)
"""

import csv
from collections.abc import Mapping

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Columns, Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, gravity_unit, imported
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import Track, added, merge, track_of
from athena_sense.units import STANDARD_GRAVITY_M_S2

NAME = "Sensor Logger"

SENSORS = (
    "totalacceleration",
    "accelerometer",
    "gravity",
    "accelerometeruncalibrated",
    "gyroscope",
    "gyroscopeuncalibrated",
)
UNKNOWN = "acceleration of unknown kind"
_COLUMNS = ("time", "x", "y", "z")


def recognise(source: Source) -> bool:
    if source.is_zip:
        return any(_header(part) is not None for part in _parts(source).values())
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    kind = source.file_name.lower().removesuffix(".csv")
    if source.is_zip or kind in SENSORS:
        parts, metadata = _parts(source), _metadata(source)
    else:
        parts, metadata = {UNKNOWN: source}, {}
    tables = {kind: _table(part) for kind, part in parts.items() if _header(part) is not None}
    return assemble(source, tables, metadata)


def assemble(source: Source, tables: Mapping[str, Columns], metadata: Mapping[str, str]) -> ImportedStream:
    """One stream of the tables of an export (by sensor name in lower case; time in ns, x, y, z)."""
    acc_kinds = [kind for kind in (UNKNOWN, *SENSORS[:4]) if kind in tables and kind != "gravity"]
    if not acc_kinds:
        raise RecordingError(
            f"{source.name}: holds no acceleration; log TotalAcceleration, or Accelerometer and Gravity"
        )
    origin = tables[acc_kinds[0]].values[0, 0]
    tracks = {
        kind: track_of(table, time_scale=1e-9, origin=origin, may_be_unordered=True) for kind, table in tables.items()
    }
    acc, has_gravity = _acceleration(tracks, acc_kinds)
    platform = metadata.get("platform", "").lower()
    standardised = metadata.get("standardisation", "").lower() == "true"
    opposite = platform == "ios" and not standardised
    acc = Track(acc.t_s, acc.values * (-1.0 if opposite else 1.0), acc.notes)
    notes = () if platform else ("no Metadata.csv: if this is an iPhone, all signs of acceleration are opposite",)
    gyr = tracks.get("gyroscope") or tracks.get("gyroscopeuncalibrated")
    sensor = {"ios": "iPhone", "android": "Android phone"}.get(platform, "phone")
    return imported(acc, gyr, sensor=f"{sensor} (Sensor Logger)", has_gravity=has_gravity, notes=notes)


def _acceleration(tracks: Mapping[str, Track], kinds: list[str]) -> tuple[Track, bool]:
    """The best acceleration there is (m/s²), and whether gravity is in it."""
    if "totalacceleration" in kinds:
        return tracks["totalacceleration"], True
    if "accelerometer" in kinds and "gravity" in tracks:
        total = added(tracks["accelerometer"], tracks["gravity"])
        if total is not None:
            return total, True
    track = tracks["accelerometeruncalibrated" if "accelerometeruncalibrated" in kinds else kinds[0]]
    if kinds[0] == "accelerometer" and "accelerometeruncalibrated" not in kinds:
        return track, False
    unit = gravity_unit(merge(track, None)[0])
    if unit == "g":
        return Track(track.t_s, track.values * STANDARD_GRAVITY_M_S2, track.notes), True
    return track, unit == "m/s^2"


def _parts(source: Source) -> dict[str, Source]:
    others = source.others()
    return {kind: source.open(others[f"{kind}.csv"]) for kind in SENSORS if f"{kind}.csv" in others}


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    layout = layout_of(head, 0, min_fields=5)
    names = fields(head[0].lower(), layout.delimiter) if layout else []
    return (names, layout) if layout and {*_COLUMNS, "seconds_elapsed"} <= set(names) else None


def _table(source: Source) -> Columns:
    names, layout = _header(source) or ([], None)
    if layout is None:
        raise RecordingError(f"{source.name}: has no header time,seconds_elapsed,z,y,x")
    return read_columns(source, layout, [names.index(name) for name in _COLUMNS])


def _metadata(source: Source) -> dict[str, str]:
    others = source.others()
    if "metadata.csv" not in others:
        return {}
    rows = list(csv.reader(source.open(others["metadata.csv"]).head()))
    return dict(zip(map(str.strip, rows[0]), map(str.strip, rows[1]), strict=False)) if len(rows) > 1 else {}
