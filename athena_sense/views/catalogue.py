"""What there is: exercises and programs, for someone who has to choose."""

import math
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from athena_sense.baselines import Baseline
from athena_sense.datatypes import PLACEMENTS, Calibration
from athena_sense.exercises import Exercise
from athena_sense.targets import REASONS, Prescription, Program, Target, metric_words, quantity
from athena_sense.targets.wording import within
from athena_sense.units import STANDARD_GRAVITY_M_S2
from athena_sense.views.glyphs import Glyphs, glyphs_for


def list_exercises(exercises: Sequence[Exercise], console: Console) -> None:
    """A line for each exercise: its name, what it is, and where the sensor goes, best first."""
    rows = [
        (exercise.name, f"{exercise.title} ({', '.join(_site(site.placement) for site in exercise.sites)})")
        for exercise in exercises
    ]
    console.print(_definitions(rows, glyphs_for(console.encoding)))
    console.print(Text("\nThe best place for the sensor comes first. More: athena-sense exercises NAME", "dim"))


def show_exercise(exercise: Exercise, console: Console) -> None:
    """Sites, metrics, flags, reasons and sources of one exercise."""
    glyphs = glyphs_for(console.encoding)
    console.print(Text(glyphs.say(f"{exercise.name}: {exercise.title}"), "bold"))
    console.print(Text(glyphs.say(exercise.summary)))
    sections = {
        "Where the sensor goes, best first": _sites(exercise),
        "What is measured": exercise.metrics.items(),
        "Flags": exercise.flags.items(),
        "Reasons for a missing value": REASONS.items(),
    }
    for heading, rows in sections.items():
        if rows:
            console.print(Text(f"\n{heading}", "bold"))
            console.print(Padding(_definitions(rows, glyphs), (0, 0, 0, 2)))
    limits = (exercise.limits,) if exercise.limits else ()
    for heading, texts in (
        ("What cannot be told", limits),
        ("Sources", exercise.sources),
        ("Sample recordings", exercise.recordings),
    ):
        if texts:
            console.print(Text(f"\n{heading}", "bold"))
            console.print(Padding(Text(glyphs.say("\n".join(texts))), (0, 0, 0, 2)))


def list_baselines(baselines: Sequence[Baseline], console: Console) -> None:
    """What is known of each athlete's usual."""
    glyphs = glyphs_for(console.encoding)
    for one in sorted(baselines, key=lambda one: tuple(map(str, one.key))):
        side = f", {one.side}" if one.side else ""
        heading = f"{one.athlete}: {one.exercise}, sensor on the {_site(one.placement)}{side}"
        console.print(Text(glyphs.say(heading), "bold"), soft_wrap=True)
        rows = [(metric_words(metric), quantity(metric, value)) for metric, value in one.usual.items()]
        rows += _worn(one)
        console.print(Padding(_definitions(rows, glyphs), (0, 0, 0, 2)))
        console.print(Text(f"  median of {one.items}, made {one.made.isoformat()}", "dim"))
    if not baselines:
        console.print("no baselines are kept; make one with: athena-sense baseline FILE")


def _worn(baseline: Baseline) -> list[tuple[str, str]]:
    """Which way each sensor was worn, in its own axes."""
    rows = []
    for placement in dict.fromkeys((baseline.placement, *baseline.postures)):
        posture = baseline.postures.get(placement)
        told = "not known: stand still before the set, with the same sensor worn the same way in each"
        if posture is not None:
            axis, share = max(zip("xyz", posture.up, strict=True), key=lambda one: abs(one[1]))
            off_deg = math.degrees(math.acos(min(abs(share), 1.0)))
            told = f"{'+' if share > 0 else '-'}{axis} axis up, {off_deg:.0f}° off"
        rows.append(("upright" if placement == baseline.placement else f"upright, {_site(placement)}", told))
    return rows


def list_calibrations(calibrations: Mapping[str, Calibration], console: Console) -> None:
    """How each sensor is mended."""
    glyphs = glyphs_for(console.encoding)
    for name, one in sorted(calibrations.items()):
        console.print(Text(glyphs.say(name), "bold"), soft_wrap=True)
        rows = [("scale", ", ".join(f"{factor:.4f}" for factor in one.scale))]
        if one.method == "positions":
            bias_mg = (1000.0 * bias / STANDARD_GRAVITY_M_S2 for bias in one.bias_m_s2)
            rows.append(("bias", ", ".join(f"{bias:.0f}" for bias in bias_mg) + " mg"))
        rows.append(("at rest", _error_words(one)))
        console.print(Padding(_definitions(rows, glyphs), (0, 0, 0, 2)))
        count = f"{one.positions} still position" + ("" if one.positions == 1 else "s")
        console.print(Text(f"  from {count}, made {one.made.isoformat()}", "dim"))
    if not calibrations:
        console.print(
            "no calibrations are kept; make one with: athena-sense calibrate --device NAME, and lay the sensor on each "
            "of its six sides"
        )


def _error_words(calibration: Calibration) -> str:
    before = f"{100.0 * calibration.error_before:.1f} % off gravity before"
    if calibration.error_after is None:
        where = "that position" if calibration.positions == 1 else "those positions on the average"
        return f"{before}; now right in {where}, and elsewhere only if the sensor has no bias"
    after = f"{100.0 * calibration.error_after:.1f} %"
    if calibration.method == "one_scale":
        return f"{before}; now up to {after} off in those positions, and elsewhere as far as the sensor has a bias"
    return f"{before}; now about {after} is expected, however it lies"


def list_programs(programs: Sequence[Program], default: str, console: Console) -> None:
    """A line for each program."""
    rows = [(program.name, program.title + (" (default)" if program.name == default else "")) for program in programs]
    console.print(_definitions(rows, glyphs_for(console.encoding)))


def show_program(program: Program, console: Console) -> None:
    """Each exercise with its reps, its cue and its targets."""
    glyphs = glyphs_for(console.encoding)
    console.print(Text(glyphs.say(f"{program.name}: {program.title}"), "bold"))
    for text in (program.description, f"By {program.author}" if program.author else ""):
        if text.strip():
            console.print(Text(glyphs.say(text.strip())))
    if program.reps:
        others = "any other exercise" if program.exercises else "any exercise"
        console.print(Text(f"\n{others.capitalize()}: {_range(program.reps)} good reps"))
    for listed in program.exercises:
        prescription = program.prescription(listed.exercise)
        console.print(Text(glyphs.say(f"\n{prescription.exercise}: {dose(prescription)}"), "bold"))
        if prescription.cue:
            console.print(Padding(Text(glyphs.say(f"“{prescription.cue.strip()}”")), (0, 0, 0, 2)))
        rows = [(target.name, _target(target)) for target in prescription.targets]
        rows += [(name, text) for name, text in (("above", prescription.above), ("below", prescription.below)) if text]
        console.print(Padding(_definitions(rows, glyphs), (0, 0, 0, 2)))


def _sites(exercise: Exercise) -> list[tuple[str, str]]:
    """Sites that see the same in one row. What is measured is listed where it is not everything."""
    rows: dict[str, list[str]] = {}
    for site in exercise.sites:
        limited = "" if set(site.metrics) == set(exercise.metrics) else f": {', '.join(site.metrics)}"
        text = f"{site.sees.rstrip('.')} (at least {site.least_rate} samples a second){limited}"
        rows.setdefault(text, []).append(_site(site.placement))
    for one in exercise.companions:
        text = f"as a second sensor: {one.sees.rstrip('.')}: {', '.join(one.metrics)}"
        rows.setdefault(text, []).append(_site(one.placement))
    return [(", ".join(names), text) for text, names in rows.items()]


def dose(prescription: Prescription, *, of_one_set: bool = False) -> str:
    """How much of it: reps, times, and, but for one set alone, sets and sides."""
    tempo = prescription.tempo
    parts = [
        f"{_range(prescription.reps)} good reps" if prescription.reps else "",
        f"hold {prescription.hold_s[0]:g} to {prescription.hold_s[1]:g} s" if prescription.hold_s else "",
        f"{prescription.sets} sets" if prescription.sets > 1 and not of_one_set else "",
        f"each side ({', '.join(prescription.sides)})" if prescription.sides and not of_one_set else "",
        f"lowering {tempo.eccentric_s:g} s" if tempo.eccentric_s else "",
        f"rest {prescription.rest_s:g} s" if prescription.rest_s and not of_one_set else "",
        _box(prescription.box_height_m or 0.0),
        f"or {prescription.substitute} instead" if prescription.substitute and not of_one_set else "",
        "only as a substitute" if prescription.only_as_substitute and not of_one_set else "",
    ]
    return ", ".join(part for part in parts if part)


def _box(height_m: float) -> str:
    if height_m == 0.0:
        return ""
    return f"{'box' if height_m > 0.0 else 'off a box of'} {abs(height_m) * 100:.0f} cm"


def _target(target: Target) -> str:
    if target.differs_by_site():
        limits = {site: within(target.metric, *target.range_at(site)) for site in PLACEMENTS}
        told = "; ".join(f"{_site(site)} {limit}" for site, limit in limits.items() if limit)
    else:
        told = within(target.metric, *target.range_at(PLACEMENTS[0]))
    told = "; ".join(part for part in (told, _relative(target)) if part)
    kind = "" if target.severity == "form" else " (told only)"
    return f"{told} [{target.metric} → {target.flag}]{kind}"


def _relative(target: Target) -> str:
    """What is asked in multiples of one's own usual."""
    least = "" if target.min_own is None else f"at least {target.min_own:g} × it{' too' if target.min else ''}"
    most = "" if target.max_own is None else f"at most {target.max_own:g} × it{' instead' if target.max else ''}"
    asked = ", ".join(part for part in (least, most) if part)
    of = "" if target.own_metric is None else f" {metric_words(target.own_metric)}"
    return f"once your own usual{of} is known, {asked}" if asked else ""


def _range(reps: tuple[int, int]) -> str:
    return f"{reps[0]}" if reps[0] == reps[1] else f"{reps[0]} to {reps[1]}"


def _site(placement: str) -> str:
    return placement.replace("_", " ")


def _definitions(rows: Iterable[tuple[str, str]], glyphs: Glyphs) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(max_width=32, style="cyan")
    table.add_column()
    for name, text in rows:
        table.add_row(Text(glyphs.say(name)), Text(glyphs.say(text)))
    return table
