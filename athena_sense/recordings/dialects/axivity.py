"""Axivity AX3 and AX6: CSV of OmGui or cwa-convert, `Time,Accel-X (g), Accel-Y (g), …` with or without the header.

Times are ISO 8601 without zone. The angular rate (`Gyro-X (d/s)`) is there with the AX6.
"""

import re

from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import ISO_TIME, Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, split_imported
from athena_sense.recordings.names import understand
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import track_of
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

NAME = "Axivity"

_NUMBER = re.compile(r"[-+]?\d*\.?\d+(e[-+]?\d+)?", re.IGNORECASE)


def recognise(source: Source) -> bool:
    return _layout(source) is not None


def read(source: Source) -> ImportedStream:
    layout = _layout(source)
    if layout is None:
        raise RecordingError(f"{source.name}: is no CSV of an Axivity sensor")
    width = len(_cells(source, layout))
    axes = 6 if width >= 7 else 3
    table = read_columns(source, layout, range(1 + axes), time_is_text=True)
    scale = [1.0, *[STANDARD_GRAVITY_M_S2] * 3, *[RAD_PER_DEG] * (axes - 3)]
    return split_imported(track_of(table.scaled(scale)), sensor="Axivity")


def _layout(source: Source) -> Layout | None:
    head = source.head()
    if not head:
        return None
    has_header = not ISO_TIME.match(head[0].strip(' "'))
    layout = layout_of(head, 0 if has_header else -1, min_fields=4)
    if layout is None:
        return None
    cells = _cells(source, layout)
    if len(cells) < 4 or not ISO_TIME.match(cells[0]) or not all(_NUMBER.fullmatch(cell) for cell in cells[1:4]):
        return None
    if has_header:
        names = fields(head[0], layout.delimiter)
        expected = understand(["Accel-X (g)", "Accel-Y (g)", "Accel-Z (g)"])
        got = understand(names[1:4])
        return layout if names[0] == "Time" and got[:3] == expected else None
    return layout if len(cells) in (4, 7) else None


def _cells(source: Source, layout: Layout) -> list[str]:
    return fields(source.head()[layout.first_line], layout.delimiter)
