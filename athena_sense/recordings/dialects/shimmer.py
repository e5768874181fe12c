"""Shimmer Consensys: tab-separated, rows of device names, signal names, CAL or RAW, and units above the samples.

The calibrated columns are read. Of two accelerometers the low-noise one is taken; in the Shimmer3 its range is
±2 g (Shimmer3 IMU user manual), so hard landings clip: then record the wide-range one alone.
"""

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, imported
from athena_sense.recordings.names import ACC_UNITS, GYR_UNITS
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import Track, track_of
from athena_sense.units import STANDARD_GRAVITY_M_S2

NAME = "Shimmer"

LOW_NOISE, WIDE_RANGE = "Low Noise Accelerometer", "Wide Range Accelerometer"
LOW_NOISE_RANGE_M_S2 = 2 * STANDARD_GRAVITY_M_S2


def recognise(source: Source) -> bool:
    return _table_head(source) is not None


def read(source: Source) -> ImportedStream:
    table_head = _table_head(source)
    if table_head is None:
        raise RecordingError(f"{source.name}: has no rows of signal names, CAL and units")
    calibrated, layout = table_head
    sensor = next((name for name in (LOW_NOISE, WIDE_RANGE) if f"{name} X" in calibrated), None)
    if sensor is None or "Timestamp" not in calibrated:
        raise RecordingError(f"{source.name}: holds no calibrated accelerometer and timestamp; export them as CAL")
    axes = [f"{sensor} {axis}" for axis in "XYZ"]
    if "Gyroscope X" in calibrated:
        axes += [f"Gyroscope {axis}" for axis in "XYZ"]
    missing = [name for name in axes if name not in calibrated]
    if missing:
        raise RecordingError(f"{source.name}: has no calibrated column {missing[0]!r}; export it as CAL")
    scales = [_scale(source, name, calibrated[name][1]) for name in axes]
    table = read_columns(source, layout, [calibrated[name][0] for name in ("Timestamp", *axes)])
    track = track_of(table.scaled([1.0, *scales]), time_scale=1e-3)
    return imported(
        Track(track.t_s, track.values[:, :3].copy(), track.notes),
        Track(track.t_s, track.values[:, 3:]) if len(axes) > 3 else None,
        sensor="Shimmer",
        acc_range_m_s2=LOW_NOISE_RANGE_M_S2 if sensor == LOW_NOISE else None,
    )


def _table_head(source: Source) -> tuple[dict[str, tuple[int, str]], Layout] | None:
    """The calibrated columns, name → (position, unit), and the layout of the rows below."""
    head = source.head()
    if len(head) < 5 or not {"CAL", "RAW"} & set(head[2].split("\t")):
        return None
    names, kinds, units = (fields(line, "\t") for line in head[1:4])
    layout = layout_of(head, 3)
    columns = enumerate(zip(names, kinds, units, strict=False))
    calibrated = {name: (i, unit) for i, (name, kind, unit) in columns if kind == "CAL"}
    return (calibrated, layout) if layout and "mSecs" in units else None


def _scale(source: Source, name: str, unit: str) -> float:
    scale = (ACC_UNITS | GYR_UNITS).get(unit.lower())
    if scale is None:
        raise RecordingError(f"{source.name}: column {name!r} has the unit {unit!r}, which is not known")
    return scale
