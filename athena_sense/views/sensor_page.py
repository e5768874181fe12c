"""Where to put the sensor for each exercise, and what can be measured there: a page in Markdown, for athletes."""

from collections.abc import Iterator, Sequence

from athena_sense.exercises import Exercise

WHERE = {
    "foot": "on the laces, tight under them",
    "shank": "on the flat inner side of the shin bone, a hand's width above the ankle",
    "thigh": "on the outside of the thigh, half-way up, or in a tight pocket",
    "waist": "on the small of the back, in the belt line",
    "chest": "on the breastbone, as a heart rate strap sits",
    "wrist": "where a watch sits",
    "upper_arm": "on the outside of the upper arm",
    "head": "on a headband",
    "other": "where it moves with the exercise",
}
"""Each placement in words. Bone under the sensor, and a tight strap: flesh swings by itself."""


def sensor_page(exercises: Sequence[Exercise]) -> str:
    """The page. The best place comes first in each table."""
    lines = [
        "# Where the sensor goes",
        "",
        "Made by `athena-sense exercises --markdown`. Any orientation will do: the axes are found. Fix it tightly,",
        "stand still for two seconds, then begin. The best place comes first.",
        "",
        "| place | where exactly |",
        "|---|---|",
        *(f"| {_words(place)} | {where} |" for place, where in WHERE.items()),
    ]
    for exercise in exercises:
        lines += ["", f"## {exercise.name}: {exercise.title}", "", exercise.summary.rstrip(".") + ".", ""]
        lines += _sites(exercise)
        lines += ["", "| figure | what it is |", "|---|---|"]
        lines += [f"| `{metric}` | {text} |" for metric, text in exercise.metrics.items()]
        if exercise.flags:
            lines += ["", "| flag | what it tells |", "|---|---|"]
            lines += [f"| `{flag}` | {text} |" for flag, text in exercise.flags.items()]
        lines += ["", exercise.limits] if exercise.limits else []
    return "\n".join(lines) + "\n"


def _sites(exercise: Exercise) -> Iterator[str]:
    yield "| sensor on | what is seen | samples a second | not measured there |"
    yield "|---|---|---|---|"
    second = {metric for one in exercise.companions for metric in one.metrics}
    for site in exercise.sites:
        unseen = [f"`{metric}`" for metric in exercise.metrics if metric not in site.metrics and metric not in second]
        yield f"| {_words(site.placement)} | {site.sees} | {site.least_rate} or more | {', '.join(unseen) or '–'} |"
    for one in exercise.companions:
        seen = ", ".join(f"`{metric}`" for metric in one.metrics)
        yield f"| {_words(one.placement)}, as a second sensor | {one.sees}: {seen} | {one.min_rate_hz:g} or more | |"


def _words(placement: str) -> str:
    return placement.replace("_", " ")
