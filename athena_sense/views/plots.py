"""A result as a picture: the movement with its phases, then each rep, landing or hold against its target.

Colours are those of Okabe and Ito (2008), told apart by colour-blind people too; what they say is also
said by a sign or a hatch.
"""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from athena_sense.datatypes import FloatArray, Hold, Landing, Measurement, Rep, Verdict, end_s, start_s
from athena_sense.errors import AthenaError
from athena_sense.result import Result, Trace
from athena_sense.targets import metric_words, quantity, unit_of
from athena_sense.targets.judging import measured, passes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#222222", "#8A8A8A"
BLUE, ORANGE, GREEN, VERMILION, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"
_PHASES = {
    "concentric": (ORANGE, "raising"),
    "eccentric": (SKY, "lowering"),
    "first_half": (ORANGE, "first half"),
    "second_half": (SKY, "second half"),
}
_STATUS = {"met": ("✓", GREEN), "missed": ("✗", VERMILION), "not_measured": ("–", FAINT)}
_LONGEST_LINE = 20_000
"""Points in a drawn line, several for each column of the picture: of more, least and most are drawn."""
_MOST_LABELS = 40
"""Numbers that can be read beside each other."""

Item = Rep | Landing | Hold


def save_plot(result: Result, path: str | Path) -> None:
    """Write a picture of a result; the ending of `path` (.png, .svg, .pdf) says which kind.

    Raises:
        AthenaError: matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise AthenaError("pictures need matplotlib: pip install 'athena-sense[plot]'") from None
    with rc_context(
        {
            "font.size": 10.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": FAINT,
            "text.color": INK,
            "axes.labelcolor": INK,
            "svg.hashsalt": "athena-sense",
        }
    ):
        figure = Figure(figsize=(11, 6.4), layout="constrained", facecolor="white")
        _draw(figure, result)
        try:
            figure.savefig(path, dpi=150)
        except (OSError, ValueError) as error:
            raise AthenaError(f"{path}: the picture cannot be written: {error}") from None


def _draw(figure: "Figure", result: Result) -> None:
    movement, targets = figure.subplots(2, 1, height_ratios=[3, 2])
    title = f"{result.exercise} on the {result.placement.replace('_', ' ')}"
    figure.suptitle(title, x=0.008, ha="left", fontsize=16, fontweight="bold")
    items: Sequence[Item] = result.reps or result.landings or result.holds
    verdict = _shown_verdict(result)
    _draw_movement(movement, result)
    _mark_landings(movement, result, verdict)
    _number(movement, items)
    headline = next((verdict for verdict in result.verdicts if verdict.target == "reps"), None)
    if headline is not None:
        _title(movement, headline)
    _draw_targets(targets, items, verdict)
    handles, labels = movement.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="upper right", ncols=len(labels), frameon=False)


def _shown_verdict(result: Result) -> Verdict | None:
    """The target to draw: the first that was missed, else the first that was met."""
    known = [verdict for verdict in result.verdicts if verdict.target != "reps" and verdict.value is not None]
    return next((verdict for verdict in known if verdict.status == "missed"), known[0] if known else None)


def _title(axes: "Axes", verdict: Verdict) -> None:
    sign, colour = _STATUS[verdict.status]
    axes.set_title(fill(f"{sign} {verdict.message}", 108), loc="left", color=colour, fontsize=12, pad=8)


def _draw_movement(axes: "Axes", result: Result) -> None:
    if result.trace is not None:
        axes.plot(*_thinned(result.trace), color=INK, linewidth=1.1, zorder=3)
        axes.set_ylabel(f"{result.trace.label} ({result.trace.unit})")
    else:
        axes.yaxis.set_visible(False)
    for phase in (phase for rep in result.reps for phase in rep.phases if phase.name in _PHASES):
        colour, label = _PHASES[phase.name]
        told = label in axes.get_legend_handles_labels()[1]
        axes.axvspan(phase.start_s, phase.end_s, color=colour, alpha=0.28, linewidth=0, label=None if told else label)
    for index, hold in enumerate(result.holds):
        name = "_" if index else "held"  # what begins with an underscore is left out of the legend
        axes.axvspan(hold.start_s, hold.end_s, color=GREEN, alpha=0.2, linewidth=0, label=name)
    for index, gap in enumerate(result.source.gaps):
        axes.axvspan(
            gap.start_s, gap.end_s, facecolor="white", edgecolor=FAINT, hatch="////", linewidth=0, zorder=4,
            label=None if index else "no samples",
        )  # fmt: skip
    axes.set_xlim(0.0, max(result.source.duration_s, 1.0))
    axes.set_xlabel("time (s)")


def _mark_landings(axes: "Axes", result: Result, verdict: Verdict | None) -> None:
    """A sign on each landing's peak, and the limit, where the drawn signal is the one that is judged."""
    if verdict is None or result.trace is None or not result.landings:
        return
    if unit_of(verdict.metric).strip() != result.trace.unit:
        return
    for landing in result.landings:
        found = measured(landing.measurements, verdict.metric)
        if found.value is not None:
            passed = passes(found, *verdict.range)
            colour, sign = _COLOURS[passed], "X" if passed is False else "o"
            axes.plot(landing.time_s, found.value, sign, color=colour, markersize=7, markeredgecolor="white", zorder=5)
    for limit in verdict.range:
        if limit is not None:
            axes.axhline(limit, color=GREEN, linewidth=1.2, linestyle=(0, (4, 2)), zorder=2)


def _number(axes: "Axes", items: Sequence[Item]) -> None:
    """The number of each rep, landing or hold over its place; a cross where it was poor."""
    every = len(items) // _MOST_LABELS + 1
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))
    for item in items:
        poor = bool(item.flags) if isinstance(item, Hold) else item.valid is False
        if item.number % every and not poor:
            continue
        middle_s = (start_s(item) + end_s(item)) / 2
        axes.annotate(
            f"{item.number} ✗" if poor else f"{item.number}",
            (middle_s, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=9.5,
            fontweight="bold" if poor else "normal",
            color=VERMILION if poor else FAINT,
            zorder=6,
        )


def _draw_targets(axes: "Axes", items: Sequence[Item], verdict: Verdict | None) -> None:
    """A bar for each rep, landing or hold: of the target's metric, or of the first metric where none is judged."""
    metric = verdict.metric if verdict is not None else _first_metric(items)
    found = [(item.number, measured(item.measurements, metric)) for item in items] if metric else []
    known = [(number, measurement) for number, measurement in found if measurement.value is not None]
    if metric is None or not known:
        axes.axis("off")
        return
    limits = (None, None) if verdict is None else verdict.range
    highest = max([m.value or 0.0 for _, m in known] + [limit for limit in limits if limit is not None])
    for number, measurement in known:
        passed = True if verdict is None else passes(measurement, *limits)
        _bar(axes, number, measurement, passed, len(known) <= _MOST_LABELS, highest)
    axes.set_xlim(0.3, items[-1].number + 0.7)
    axes.set_ylim(0.0, highest * 1.2)
    _draw_limits(axes, metric, limits, highest * 1.2)
    axes.set_xlabel(type(items[0]).__name__.lower())
    axes.set_ylabel(f"{metric_words(metric)} ({unit_of(metric).strip()})".replace(" ()", ""))
    if len(items) <= _MOST_LABELS:
        axes.set_xticks([item.number for item in items])
    if verdict is not None:
        _title(axes, verdict)


def _draw_limits(axes: "Axes", metric: str, limits: tuple[float | None, float | None], top: float) -> None:
    least, most = limits
    if least is None and most is None:
        return
    axes.axhspan(least or 0.0, top if most is None else most, color=GREEN, alpha=0.13, linewidth=0, zorder=0)
    ends = ((least, "exactly"),) if least == most else ((least, "at least"), (most, "at most"))
    for limit, word in ends:
        if limit is not None:
            axes.axhline(limit, color=GREEN, linewidth=1.5, zorder=1)
            axes.annotate(
                f"{word}\n{quantity(metric, limit)}",
                (1.0, limit),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                color=GREEN,
                fontweight="bold",
            )


_COLOURS = {True: BLUE, False: VERMILION, None: FAINT}


def _bar(
    axes: "Axes", number: int, measurement: Measurement, passed: bool | None, labelled: bool, highest: float
) -> None:
    """One value: hatched where it missed its target, grey where that cannot be known."""
    from matplotlib.patheffects import withStroke

    value = measurement.value or 0.0
    hatch = "///" if passed is False else None
    axes.bar(number, value, 0.62, color=_COLOURS[passed], hatch=hatch, edgecolor="white", linewidth=0, zorder=2)
    if labelled:
        sign = {"at_least": "≥", "at_most": "≤"}.get(measurement.bound, "")
        axes.annotate(
            f"{sign}{value:.{0 if value.is_integer() else 1 if highest >= 1 else 2}f}",
            (number, value),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=9.5,
            fontweight="bold" if passed is False else "normal",
            color=_COLOURS[passed],
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
            zorder=3,
        )


def _first_metric(items: Sequence[Item]) -> str | None:
    known = (name for item in items for name, found in item.measurements.items() if found.value is not None)
    return next(known, None)


def _thinned(trace: Trace) -> tuple[FloatArray, FloatArray]:
    """The line with no more points than can be seen, its peaks kept."""
    step = trace.t_s.size * 2 // _LONGEST_LINE
    if step < 3:
        return trace.t_s, trace.value
    rows = trace.t_s.size // step
    value = trace.value[: rows * step].reshape(rows, step)
    extremes = np.stack([value.min(axis=1), value.max(axis=1)], axis=1).ravel()
    return np.repeat(trace.t_s[: rows * step : step], 2), extremes
