"""Metrics, limits and reasons in words. A metric's unit is the end of its name."""

from typing import Literal, get_args

from athena_sense.datatypes import NotMeasuredReason

REASONS: dict[NotMeasuredReason, str] = {
    "placement": "a sensor here cannot see it",
    "sample_rate": "too few samples a second",
    "clipped": "the sensor's range was exceeded",
    "gap": "samples are missing",
    "no_gyroscope": "needs a gyroscope",
    "no_gravity": "gravity was removed from the data",
    "no_second_sensor": "needs a second sensor",
    "no_baseline": "your own usual is not known yet",
    "box_height": "the flight is too short for a landing on a box of this height",
    "no_next_jump": "no jump followed",
    "no_flight": "no take-off was seen",
    "not_settled": "no stillness followed",
    "cut_off": "the recording starts or ends inside it",
    "too_small": "the movement is too small",
}
"""Each reason for which a value is missing, as told to a person."""

assert set(REASONS) == set(get_args(NotMeasuredReason))

_UNITS = {  # longest endings first: "_g_per_s" also ends in "_s"
    "_g_per_s": " g/s",
    "_m_s2": " m/s²",
    "_m2_s5": " m²/s⁵",
    "_m2_s4": " m²/s⁴",
    "_deg": "°",
    "_hz": " Hz",
    "_s": " s",
    "_g": " g",
    "_m": " m",
}


def unit_of(metric: str) -> str:
    """Unit as written behind a number (" s", "°"); empty for a share or a count."""
    return next((unit for ending, unit in _UNITS.items() if metric.endswith(ending)), "")


def metric_words(metric: str) -> str:
    """`eccentric_duration_s` → "eccentric duration"."""
    ending = next((ending for ending in _UNITS if metric.endswith(ending)), "")
    return metric.removesuffix(ending).replace("_", " ")


def quantity(metric: str, value: float, bound: Literal["exact", "at_least", "at_most"] = "exact") -> str:
    """A value as people say it: "4.1 s", "at least 9 g", "3 × jump"."""
    return f"{number(metric, value, bound)}{f' {_counted_thing(metric)}' if _is_count(metric) else ''}"


def number(metric: str, value: float, bound: Literal["exact", "at_least", "at_most"] = "exact") -> str:
    """The same where what is counted was just said: "3 ×"."""
    prefix = "" if bound == "exact" else f"{bound.replace('_', ' ')} "
    return f"{prefix}{value:.3g}{' ×' if _is_count(metric) else unit_of(metric)}"


def _is_count(metric: str) -> bool:
    return metric.endswith("_count")


def _counted_thing(metric: str) -> str:
    return metric_words(metric.removesuffix("_count"))


def _is_none(metric: str, least: float | None, most: float | None) -> bool:
    """Whether it is a count that is to be 0."""
    return _is_count(metric) and not least and most == 0


def within(metric: str, least: float | None, most: float | None) -> str:
    """A limit that was kept: "at least 8 s", "at most 4 g", "1 to 2 s", "exactly 3 × jump", "without foot down"."""
    if _is_none(metric, least, most):
        return f"without {_counted_thing(metric)}"
    if least is not None and least == most:
        return f"exactly {quantity(metric, least)}"
    if least is not None and most is not None:
        return f"{least:.3g} to {quantity(metric, most)}"
    if least is not None:
        return f"at least {quantity(metric, least)}"
    return "" if most is None else f"at most {quantity(metric, most)}"


def beyond(metric: str, least: float | None, most: float | None) -> str:
    """A limit that was missed: "under 8 s", "over 4 g", "outside 1 to 2 s", "not exactly 3 × jump", "with foot
    down"."""
    if _is_none(metric, least, most):
        return f"with {_counted_thing(metric)}"
    if least is not None and least == most:
        return f"not {within(metric, least, most)}"
    if least is not None and most is not None:
        return f"outside {within(metric, least, most)}"
    if least is not None:
        return f"under {quantity(metric, least)}"
    return "" if most is None else f"over {quantity(metric, most)}"


def counted(number: int, noun: str) -> str:
    """ "1 rep", "12 reps"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
