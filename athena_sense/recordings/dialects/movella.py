"""Movella (Xsens) DOT and MT Manager: a preamble, then `PacketCounter,SampleTimeFine,…`.

DOT: `DeviceTag: 1` and more, comma-separated, SampleTimeFine in µs in 32 bits (it wraps after 71.6 minutes),
angular rate in deg/s. MT Manager: `//` comments, tabs, the clock is the packet counter (16 bits) at the rate
that the preamble states, or SampleTimeFine in ticks of 0.1 ms where it states none, angular rate in rad/s.
`FreeAcc` has gravity removed.
"""

import re
from dataclasses import replace

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.errors import RecordingError
from athena_sense.recordings.columns import Layout, fields, layout_of, read_columns
from athena_sense.recordings.imported import ImportedStream, imported
from athena_sense.recordings.names import triple, understand
from athena_sense.recordings.source import Source
from athena_sense.recordings.track import Track, track_of
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

NAME = "Movella DOT"

_RATE = re.compile(r"(?:output|update) ?rate\W*(\d*\.?\d+) ?hz", re.IGNORECASE)
DOT_TICK_S = 1e-6
MT_TICK_S = 1e-4
"""10 kHz (SampleTimeFine in the MT Low-Level Communication Protocol, Xsens MT0101P)."""
SAMPLE_TIME_WRAP = 2.0**32
COUNTER_WRAP = 2.0**16
DOT_RANGE_M_S2 = 16 * STANDARD_GRAVITY_M_S2
"""Fixed in the DOT: ±16 g (Xsens DOT BLE Services Specifications, XD0506P)."""


def recognise(source: Source) -> bool:
    return _header(source) is not None


def read(source: Source) -> ImportedStream:
    header = _header(source)
    if header is None:
        raise RecordingError(f"{source.name}: has no line PacketCounter,SampleTimeFine,…")
    names, layout = header
    columns = understand(names)
    acc = triple(columns, "acc") or triple(columns, "linear_acc")
    if acc is None:
        raise RecordingError(f"{source.name}: holds no acceleration; choose a measurement mode with Acc or FreeAcc")
    gyr = triple(columns, "gyr") or []
    is_dot = not source.head()[0].startswith("//")
    positions = [column.position for column in [*acc, *gyr]]
    track = _track(source, names, layout, positions, is_dot)
    rates = track.values[:, 3:] * (RAD_PER_DEG if is_dot else 1.0)
    return imported(
        Track(track.t_s, np.ascontiguousarray(track.values[:, :3]), track.notes),
        Track(track.t_s, rates) if gyr else None,
        sensor="Movella DOT" if is_dot else "Xsens (MT Manager)",
        has_gravity=acc[0].quantity == "acc",
        acc_range_m_s2=DOT_RANGE_M_S2 if is_dot and acc[0].quantity == "acc" else None,
    )


def _header(source: Source) -> tuple[list[str], Layout] | None:
    head = source.head()
    for number, line in enumerate(head):
        layout = layout_of(head, number) if "PacketCounter" in line else None
        names = fields(line, layout.delimiter) if layout else []
        if layout and "PacketCounter" in names:
            return names, layout
    return None


def _track(source: Source, names: list[str], layout: Layout, positions: list[int], is_dot: bool) -> Track:
    rates = (float(found[1]) for line in source.head() if (found := _RATE.search(line)))
    stated_hz = next((rate for rate in rates if rate > 0), None)
    has_time = "SampleTimeFine" in names
    if stated_hz is not None and not (is_dot and has_time):
        clock, wrap, tick_s = names.index("PacketCounter"), COUNTER_WRAP, 1.0 / stated_hz
    elif has_time:
        clock, wrap, tick_s = names.index("SampleTimeFine"), SAMPLE_TIME_WRAP, DOT_TICK_S if is_dot else MT_TICK_S
    else:
        raise RecordingError(f"{source.name}: has no SampleTimeFine and its preamble states no rate")
    table = read_columns(source, layout, [clock, *positions])
    ticks = _unwrapped(table.values[:, 0], wrap)
    unwrapped = replace(table, values=np.column_stack([ticks, table.values[:, 1:]]))
    return track_of(unwrapped, time_scale=tick_s, origin=ticks[0])


def _unwrapped(counter: FloatArray, wrap: float) -> FloatArray:
    """A counter that goes on where it starts again from 0: a step back of more than half its span is a wrap."""
    turns = np.cumsum(np.diff(counter, prepend=counter[:1]) < -wrap / 2)
    return counter + turns * wrap
