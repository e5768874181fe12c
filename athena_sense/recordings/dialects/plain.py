"""A table with a header: time in s, acceleration in m/s² with gravity, angular rate in rad/s.

`t,ax,ay,az[,gx,gy,gz]`, any delimiter, in any order, beside other columns. Common other names are understood,
and so are units that stand in the header: `time (ms)`, `acc_x [g]`, `gyr_x_dps`. Where no unit is stated the
numbers must look like SI units.
"""

from collections.abc import Sequence
from dataclasses import replace

from athena_sense.datatypes import SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import ISO_TIME, Columns, Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import (
    ImportedStream,
    gravity_unit,
    mean_acceleration,
    split_imported,
    turns_beyond_gravity,
)
from athena_sense.recordings.names import ColumnName, Quantity, triple, understand
from athena_sense.recordings.refusal import missing_acceleration
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import measured_rate_hz, track_of
from athena_sense.units import STANDARD_GRAVITY_M_S2

NAME = "plain CSV"
EXPECTED = "t,ax,ay,az[,gx,gy,gz] (s, m/s², rad/s)"
HEADER_WITHIN_LINES = 20

GYRO_MAX_RAD_S = 35.0
"""2000 °/s, the widest range of common body-worn gyroscopes. In deg/s every exercise goes beyond 35."""
RATE_RANGE_HZ = (2.0, 10_000.0)


def recognise(source: Source) -> bool:
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    header = _header(source)
    if header is None:
        raise RecordingError(f"{source.name}: has no header; a plain CSV begins with {EXPECTED}")
    names, layout = header
    columns = understand(names)
    acc = triple(columns, "acc") or triple(columns, "linear_acc")
    gyr = triple(columns, "gyr")
    if acc is None:
        raise RecordingError(f"{source.name}: {missing_acceleration(names)}")
    time = _time_column(source, columns)
    is_text = _is_iso(source, layout, time.position)
    table, used, notes = _table(source, layout, [time, *acc], gyr or [], is_text)
    time_scale = 1.0 if is_text else _scale(source, time)
    scales = [_scale(source, column) for column in used[1:]]
    table = table.scaled([1.0, *scales])
    notes += _ignored(names, used)
    stream = split_imported(track_of(table, time_scale=time_scale, origin=table.values[0, 0]), sensor=None, notes=notes)
    if time.scale is None and not is_text:
        _check_time_unit(source, stream.samples, time)
    if gyr is not None:
        _check_gyro_unit(source, stream.samples, stated=any(column.scale is not None for column in gyr))
    return _with_gravity(source, stream, acc)


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    for number, line in enumerate(head[:HEADER_WITHIN_LINES]):
        layout = layout_of(head, number)
        if layout is None:
            continue
        names = fields(line, layout.delimiter)
        columns = understand(names)
        kinds: tuple[Quantity, ...] = ("acc", "linear_acc", "gyr")
        if any(triple(columns, kind) for kind in kinds):
            return names, layout
    return None


def _table(
    source: Source, layout: Layout, needed: list[ColumnName], gyr: list[ColumnName], is_text: bool
) -> tuple[Columns, list[ColumnName], tuple[str, ...]]:
    """The numbers, of which columns they are, and a note where the gyroscope's are none: it is done without then."""

    def read(used: list[ColumnName]) -> Columns:
        return read_columns(source, layout, [column.position for column in used], time_is_text=is_text)

    try:
        return read([*needed, *gyr]), [*needed, *gyr], ()
    except RecordingError:
        if not gyr:
            raise
    return read(needed), needed, ("no gyroscope: its columns are not made of numbers",)


def _time_column(source: Source, columns: Sequence[ColumnName]) -> ColumnName:
    times = [column for column in columns if column.quantity == "time"]
    if not times:
        raise RecordingError(f"{source.name}: has no time column; a plain CSV begins with {EXPECTED}")
    return next((column for column in times if column.scale is not None), times[0])


def _is_iso(source: Source, layout: Layout, position: int) -> bool:
    cells = fields(source.head()[layout.first_line], layout.delimiter)
    return position < len(cells) and ISO_TIME.match(cells[position]) is not None


def _scale(source: Source, column: ColumnName) -> float:
    if column.unit is not None and column.scale is None:
        raise RecordingError(
            f"{source.name}: column {column.text!r} has a unit that is not known; use s or ms, m/s^2 or g, "
            "rad/s or deg/s"
        )
    return 1.0 if column.scale is None else column.scale


def _ignored(names: Sequence[str], used: Sequence[ColumnName]) -> tuple[str, ...]:
    positions = {column.position for column in used}
    others = [name for i, name in enumerate(names) if i not in positions and name]
    return (f"columns not used: {', '.join(others)}",) if others else ()


def _check_time_unit(source: Source, samples: SampleBatch, time: ColumnName) -> None:
    rate = measured_rate_hz(samples.t_s)
    if not RATE_RANGE_HZ[0] <= rate <= RATE_RANGE_HZ[1]:
        raise RecordingError(
            f"{source.name}: samples are {1 / rate:.4g} s apart if {time.text!r} is in seconds; "
            f"name the column '{time.text} (ms)', (us) or (ns) if that is its unit"
        )


def _check_gyro_unit(source: Source, samples: SampleBatch, *, stated: bool) -> None:
    if samples.gyr_rad_s is None:
        return
    peak = float(abs(samples.gyr_rad_s).max())
    if peak > GYRO_MAX_RAD_S and not stated:
        raise RecordingError(
            f"{source.name}: the gyroscope reaches {peak:.0f}, too much for rad/s; "
            "name its columns 'gx (deg/s)', … if that is their unit"
        )
    if turns_beyond_gravity(samples):
        raise RecordingError(
            f"{source.name}: the gyroscope tells of turns that gravity does not make in the acceleration: is it in "
            "deg/s? Name its columns 'gx (deg/s)', …, or leave them out"
        )


def _with_gravity(source: Source, stream: ImportedStream, acc: Sequence[ColumnName]) -> ImportedStream:
    """The stream, with gravity told from linear acceleration and m/s² from other units by the numbers."""
    unit, size = gravity_unit(stream.samples), mean_acceleration(stream.samples)
    stated = all(column.scale is not None for column in acc)
    if unit == "m/s^2":
        return stream
    if unit in ("g", "mg") and not stated:
        raise RecordingError(
            f"{source.name}: the acceleration averages {size:.3g}, which looks like {unit} and not m/s²; name its "
            f"columns 'ax ({unit})', … or, if they are m/s² with gravity removed, 'ax (m/s^2)', …"
        )
    if unit == "unknown" and not stated:
        raise RecordingError(
            f"{source.name}: the acceleration averages {size:.4g} where gravity is 9.8 m/s²: raw counts? "
            "Convert it to m/s², or name its columns with their unit, 'ax (g)', …"
        )
    if size > STANDARD_GRAVITY_M_S2:
        note = f"the acceleration averages {size:.1f} m/s² where gravity is 9.8: check its unit"
        return replace(stream, notes=(*stream.notes, note))
    note = f"gravity is not in this acceleration (it averages {size:.2g} m/s² instead of 9.8)"
    return replace(stream, has_gravity=False, notes=(*stream.notes, note))
