"""A result on a terminal: a line a rep, a line a landing, then the verdict.

Everything that a colour says is also said in a word or a sign. Columns are dropped, least telling first,
until a table fits the terminal's width; flags that do not fit beside their row stand under it. No line ends in
blanks, so that what is piped can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from athena_sense.datatypes import Hold, Landing, Measurement, Rep, Update, Verdict, start_s
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.result import Result
from athena_sense.targets import REASONS, metric_words, unit_of
from athena_sense.targets.judging import measured, passes
from athena_sense.views.glyphs import Glyphs, glyphs_for

_COMMAND = ": athena-sense "
"""What a note ends with that says what to do."""
_SHAPE_WIDTHS = range(14, 23)  # least room in which a rep is drawn, up to what is enough
_HEADINGS = {  # what people say, where the metric's own name is long
    "concentric_duration_s": "raise",
    "top_hold_s": "top",
    "eccentric_duration_s": "lower",
    "eccentric_duration_upper_bound_s": "lower",
    "bottom_hold_s": "bottom",
    "rep_duration_s": "rep",
    "first_half_duration_s": "out",
    "second_half_duration_s": "back",
    "range_deg": "range",
    "eccentric_evenness": "evenness",
    "peak_impact_g": "impact",
    "impact_slope_g_per_s": "slope",
    "flight_time_s": "flight",
    "jump_height_m": "height",
    "contact_time_s": "contact",
    "settle_time_s": "settle",
    "jump_count": "jumps",
    "loudest_impact_g": "loudest",
    "longest_contact_s": "longest contact",
    "hold_duration_s": "held",
    "sway_rms_m_s2": "sway",
    "sway_path_m_s2": "path",
    "sway_jerk_m2_s5": "jerk",
    "sway_ellipse_95_m2_s4": "ellipse",
    "leg_range_deg": "range",
    "foot_down_count": "touches",
    "trunk_lean_deg": "trunk",
    "depth_deg": "depth",
    "depth_m": "depth",
    "lean_deg": "lean",
    "hip_bend_deg": "hips",
}
_MOVING = {
    "concentric_duration_s",
    "eccentric_duration_s",
    "eccentric_duration_upper_bound_s",
    "first_half_duration_s",
    "second_half_duration_s",
}
_RESTING = {"top_hold_s", "bottom_hold_s"}
_NEEDED = 80
"""The worth of a column from which it stays, and the flags make room."""
_PHASES_WORTH = 20
_GAP = 2
_NARROWEST_MESSAGE = 20
"""A message with less room beside its target's name stands under it."""
_DECIMALS = {" s": 2, "°": 0, " g": 1, " g/s": 0, " m": 2, "": 2}
_STATUS_STYLE = {"met": "bold green", "missed": "bold red", "not_measured": "dim"}
_QUALITY_STYLE = {"ok": "", "limited": "yellow", "unusable": "bold red"}

Item = Rep | Landing | Hold


def show_result(result: Result, console: Console) -> None:
    """Print everything a person wants to know of one result."""
    glyphs = glyphs_for(console.encoding)
    _print(_heading(result, glyphs), console)
    for items in (result.reps, result.landings, result.holds):
        if items:
            _print_table(result, items, console, glyphs)
    if result.verdicts:
        console.print()
        _print_verdicts(result.verdicts, console, glyphs)
    for note in _notes(result):
        said, does, command = note.partition(_COMMAND)
        _print(Text(glyphs.say(said + does[:1]), _QUALITY_STYLE[result.quality.status]), console)
        if command:  # on a line of its own, which the terminal may break and which is copied whole
            console.print(Text(glyphs.say(f" {does[1:]}{command}")), soft_wrap=True)


def show_update(update: Update, console: Console) -> None:
    """Print what has just happened, a line each."""
    glyphs = glyphs_for(console.encoding)
    items: list[Item] = [*update.reps, *update.landings, *update.holds]
    for item in sorted(items, key=start_s):
        line = Text(f"{_clock(start_s(item)):>7}  {type(item).__name__.lower()} {item.number:<3} ")
        line.append_text(_mark(item, glyphs)).append("  ")
        told = [(metric, m) for metric, m in item.measurements.items() if m.value is not None]
        for metric, measurement in told[:5]:
            value = _value(metric, measurement, (), glyphs)
            line.append(f"{_HEADINGS.get(metric, metric_words(metric))} ", "dim").append_text(value)
            line.append(f"{glyphs.say(unit_of(metric))}  ")
        line.append(_flag_words(item), "bold red")
        line.rstrip()
        console.print(line, soft_wrap=True)


def _print(text: Text, console: Console, *, indent: int = 0, first: Text | None = None) -> None:
    """Print text wrapped to the terminal, `indent` from its left edge; `first` stands there before the first line."""
    for line in text.wrap(console, max(console.width - indent, 1)):
        shown = (first or Text()).copy()
        shown.append(" " * (indent - shown.cell_len)).append_text(line)
        shown.rstrip()
        console.print(shown, soft_wrap=True)
        first = None


def _heading(result: Result, glyphs: Glyphs) -> Text:
    source = result.source
    facts = [
        result.exercise,
        f"on the {result.placement.replace('_', ' ')}",
        *([source.sensor] if source.sensor else []),
        f"{source.sample_rate_hz:.0f} Hz",
        _clock(source.duration_s),
        *([f"{len(source.gaps)} gap{'s' * (len(source.gaps) > 1)}"] if source.gaps else []),
        f"program {result.program}",
    ]
    heading = Text(glyphs.say(result.file), "bold")
    return heading.append(glyphs.say("\n" + " · ".join(facts)), "not bold dim")


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column of a table. `worth`: of those that do not fit, the least worthy go first."""

    heading: str
    cells: list[Text]
    worth: float
    justify: str = "right"

    @property
    def width(self) -> int:
        return max(cell.cell_len for cell in [*self.cells, *map(Text, self.heading.split("\n"))])


def _print_table(result: Result, items: Sequence[Item], console: Console, glyphs: Glyphs) -> None:
    columns = _columns(result, items, glyphs)
    flags = [Text(_flag_words(item), "red") for item in items]
    needed = sum(column.width + _GAP for column in columns if column.worth >= _NEEDED)
    beside = max((flag.cell_len for flag in flags if needed + flag.cell_len <= console.width), default=0)
    room = console.width - beside if beside else console.width + _GAP
    columns = _fitting([*columns, *_phases(result, columns, room, glyphs)] if items is result.reps else columns, room)
    titles = [column.heading.split("\n") for column in columns]
    height = max(map(len, titles), default=0)
    for title in zip(*([""] * (height - len(lines)) + lines for lines in titles), strict=True):
        _print(_row(columns, [Text(words, "dim") for words in title]), console)
    indent = sum(column.width + _GAP for column in columns[:2])
    for flag, *cells in zip(flags, *(column.cells for column in columns), strict=True):
        row = _row(columns, cells)
        if flag.cell_len <= beside:
            _print(row.append_text(flag), console)
        else:
            _print(row, console)
            _print(flag, console, indent=indent)


def _row(columns: Sequence[_Column], cells: Sequence[Text]) -> Text:
    row = Text()
    for column, cell in zip(columns, cells, strict=True):
        blank = " " * (column.width - cell.cell_len)
        before, after = (blank, "") if column.justify == "right" else ("", blank)
        row.append(before).append_text(cell).append(after + " " * _GAP)
    return row


def _fitting(columns: Sequence[_Column], room: int) -> list[_Column]:
    """Of the columns that say something, the worthiest that fit, each with a gap after it."""
    kept = []
    for column in sorted(columns, key=lambda column: -column.worth):
        if any(cell.plain for cell in column.cells) and column.width + _GAP <= room:
            kept.append(column)
            room -= column.width + _GAP
    return [column for column in columns if column in kept]


def _columns(result: Result, items: Sequence[Item], glyphs: Glyphs) -> list[_Column]:
    kind = type(items[0]).__name__.lower()
    columns = [
        _Column(kind, [Text(str(item.number)) for item in items], 100),
        _Column("", [_mark(item, glyphs, result.verdicts) for item in items], 99),
        _Column("at", [Text(_clock(start_s(item)), "dim") for item in items], 10),
    ]
    metrics = dict.fromkeys(metric for item in items for metric in item.measurements)
    judged = [verdict.metric for verdict in result.verdicts if verdict.metric in metrics]
    for order, metric in enumerate(metrics):
        found = [item.measurements.get(metric) for item in items]
        if any(measurement is not None and measurement.value is not None for measurement in found):
            cells = [Text("") if m is None else _value(metric, m, result.verdicts, glyphs) for m in found]
            heading = glyphs.say(f"{_heading_of(result, metric)}\n{unit_of(metric).strip()}")
            columns.append(_Column(heading, cells, _worth(metric, judged) - order / len(metrics)))
    return columns


def _heading_of(result: Result, metric: str) -> str:
    own = get_exercise(result.exercise).words if result.exercise in exercise_names() else {}
    return own.get(metric) or _HEADINGS.get(metric) or metric_words(metric)


def _phases(result: Result, columns: Sequence[_Column], room: int, glyphs: Glyphs) -> list[_Column]:
    """The reps drawn in the room that numbers leave; none where that is too little."""
    spare = room - sum(column.width + _GAP for column in columns if column.worth > _PHASES_WORTH) - _GAP
    if spare < _SHAPE_WIDTHS[0]:
        return []
    return [_Column("phases", _shapes(result.reps, min(spare, _SHAPE_WIDTHS[-1]), glyphs), _PHASES_WORTH, "left")]


def _worth(metric: str, judged: Sequence[str]) -> int:
    """The first thing that the program looks at, how long each phase took, then what else it looks at."""
    if metric in judged[:1]:
        return 98
    if metric in _MOVING:
        return 95
    if metric in _RESTING:
        return 90
    return 70 if metric in judged else 50


def _mark(item: Item, glyphs: Glyphs, verdicts: Sequence[Verdict] = ()) -> Text:
    valid = _is_good(item, verdicts) if isinstance(item, Hold) else item.valid
    if valid is None:
        return Text(glyphs.unknown, "dim")
    return Text(glyphs.met, "green") if valid else Text(glyphs.missed, "bold red")


def _is_good(hold: Hold, verdicts: Sequence[Verdict]) -> bool | None:
    """Whether it misses nothing that was asked; None where it may have been longer, or shorter, than was asked."""
    time = measured(hold.measurements, "hold_duration_s")
    asked = next((verdict.range[0] for verdict in verdicts if verdict.metric == "hold_duration_s"), None)
    if hold.flags:
        return False
    is_known = time.bound == "exact" or passes(time, asked, None) is not None
    return True if is_known and time.value is not None else None


def _value(metric: str, measurement: Measurement, verdicts: Sequence[Verdict], glyphs: Glyphs) -> Text:
    """The number; red where it misses a target."""
    if measurement.value is None:
        return Text(glyphs.unknown, "dim")
    sign = glyphs.bounds.get(measurement.bound, "")
    missed = any(
        passes(measured({metric: measurement}, verdict.metric), *verdict.range) is False for verdict in verdicts
    )
    decimals = 0 if metric.endswith("_count") else _DECIMALS.get(unit_of(metric), 2)
    return Text(f"{sign}{measurement.value:.{decimals}f}", "bold red" if missed else "")


def _shapes(reps: Sequence[Rep], width: int, glyphs: Glyphs) -> list[Text]:
    """Each rep's phases drawn to one scale: a sign for every share of the longest rep."""
    longest = max((rep.phases[-1].end_s - rep.phases[0].start_s for rep in reps if rep.phases), default=0.0)
    shapes = []
    for rep in reps:
        shape = Text()
        for phase in rep.phases:
            start, end = (round((t - rep.phases[0].start_s) / longest * width) for t in (phase.start_s, phase.end_s))
            sign = glyphs.phases.get(phase.name, glyphs.say("·"))
            shape.append(sign * (end - start), "cyan" if phase.name in glyphs.phases else "dim")
        shapes.append(shape)
    return shapes


def _print_verdicts(verdicts: Sequence[Verdict], console: Console, glyphs: Glyphs) -> None:
    signs = {"met": glyphs.met, "missed": glyphs.missed, "not_measured": glyphs.unknown}
    names = [Text(f"{signs[v.status]} {glyphs.say(v.target)}", _STATUS_STYLE[v.status]) for v in verdicts]
    indent = max(name.cell_len for name in names) + 1
    is_narrow = console.width - indent < _NARROWEST_MESSAGE
    for verdict, name in zip(verdicts, names, strict=True):
        message = Text(glyphs.say(verdict.message), "dim" if verdict.status == "not_measured" else "")
        if is_narrow:
            _print(name, console)
        _print(message, console, indent=_GAP if is_narrow else indent, first=None if is_narrow else name)


def _notes(result: Result) -> list[str]:
    """Why values are missing, and what the data could not carry."""
    status = result.quality.status
    notes = [f"{'Note' if status == 'ok' else f'Data {status}'}: {note}" for note in result.quality.notes]
    if status != "ok" and not notes:
        notes = [f"Data {status}"]
    return notes + _missing(result)


def _missing(result: Result) -> list[str]:
    """What has no value, and why: for a dash in a table, and for a metric that has no column."""
    told: dict[str, list[str]] = {}
    for items in (result.reps, result.landings, result.holds):
        metrics = list(dict.fromkeys(metric for item in items for metric in item.measurements))
        called = [metric_words(metric) for metric in metrics]
        for metric, words in zip(metrics, called, strict=True):
            unit = f" ({unit_of(metric).strip()})" if called.count(words) > 1 else ""
            found = [(item, item.measurements[metric].reason) for item in items if metric in item.measurements]
            for reason in dict.fromkeys(reason for _, reason in found if reason is not None):
                missing = [item for item, why in found if why == reason]
                numbers = "" if len(missing) == len(items) else f" of {_numbers(missing)}"
                told.setdefault(REASONS[reason], []).append(words + unit + numbers)
    return [f"Not measured ({reason}): {', '.join(missing)}" for reason, missing in told.items()]


def _numbers(items: Sequence[Item]) -> str:
    noun = type(items[0]).__name__.lower()
    if len(items) > 6:
        return f"{len(items)} {noun}s"
    return f"{noun}{'s' * (len(items) > 1)} {' and '.join(str(item.number) for item in items)}"


def _flag_words(item: Item) -> str:
    words = [flag.replace("_", " ") for flag in item.flags]
    if isinstance(item, Rep) and item.interrupted:
        words.append("interrupted by a gap")
    return ", ".join(words)


def _clock(time_s: float) -> str:
    """Minutes and seconds: 3:04."""
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
