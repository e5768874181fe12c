"""Column names of movement tables → what they are, which axis, and in which unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

Quantity = Literal["time", "acc", "linear_acc", "gyr"]

TIME_UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
ACC_UNITS = {"g": STANDARD_GRAVITY_M_S2, "mg": STANDARD_GRAVITY_M_S2 / 1000} | dict.fromkeys(
    ("m/s^2", "m/s²", "m/s2", "m/s/s", "m_s2", "ms2", "ms-2", "ms^-2", "m s^-2"), 1.0
)
GYR_UNITS = dict.fromkeys(("rad/s", "rad_s", "rads"), 1.0) | dict.fromkeys(
    ("deg/s", "d/s", "°/s", "dps", "deg_s"), RAD_PER_DEG
)

_TIME = re.compile(
    r"t|ts|time(stamp|elapsed)?|secs?|seconds?(elapsed)?|elapsed(time)?|(sample|unix)time|epoch|datetime"
)
_PREFIXES: dict[Quantity, re.Pattern[str]] = {
    "acc": re.compile(r"(total)?a(cc(el(ero|erometer|eration)?)?)?|gf(orce)?"),
    "linear_acc": re.compile(r"(lin(ear)?|free|user)acc(el(eration)?)?"),
    "gyr": re.compile(r"g(yr(o(scope)?)?)?|w|omega|as|rotationrate|ang(ular|ul)?(velocity|vel|rate)"),
}
_BRACKETED = re.compile(r"^(.*?)\s*[(\[]\s*(.*?)\s*[)\]]\s*$")
_SUFFIXED = re.compile(r"^(.+?)_(m_s2|ms2|mg|g|rad_s|deg_s|dps|s|ms|us|ns)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column's quantity and axis (0, 1, 2; None for time); `scale` to SI, None where no known unit is stated."""

    position: int
    text: str
    quantity: Quantity
    axis: int | None
    unit: str | None
    scale: float | None


def understand(names: Sequence[str]) -> list[ColumnName]:
    """The columns that are time, acceleration or angular rate; others are left out."""
    columns = (_understand(position, name) for position, name in enumerate(names))
    return [column for column in columns if column is not None]


def triple(columns: Sequence[ColumnName], quantity: Quantity) -> list[ColumnName] | None:
    """The x, y and z columns of a quantity (the first of each), by name and in that order whatever the file's."""
    found = [next((c for c in columns if c.quantity == quantity and c.axis == axis), None) for axis in range(3)]
    complete = [column for column in found if column is not None]
    return complete if len(complete) == 3 else None


def _understand(position: int, name: str) -> ColumnName | None:
    stem, unit = _split_unit(name.strip())
    flat = re.sub(r"[^a-z]", "", stem.lower().replace("axis", ""))
    if _TIME.fullmatch(flat):
        return ColumnName(position, name, "time", None, unit, TIME_UNITS.get(unit) if unit else None)
    quantity, axis = _quantity_and_axis(flat, unit)
    if quantity is None:
        return None
    units = GYR_UNITS if quantity == "gyr" else ACC_UNITS
    scale = units.get(unit) if unit else None
    if flat[:2] == "gf":
        scale = STANDARD_GRAVITY_M_S2
    return ColumnName(position, name, quantity, axis, unit, scale)


def _split_unit(name: str) -> tuple[str, str | None]:
    for pattern in (_BRACKETED, _SUFFIXED):
        if found := pattern.match(name):
            return found[1], found[2].lower()
    return name, None


def _quantity_and_axis(flat: str, unit: str | None) -> tuple[Quantity | None, int | None]:
    if flat in ("x", "y", "z"):
        return ("gyr" if unit in GYR_UNITS else "acc"), "xyz".index(flat)
    for stem, letter in ((flat[:-1], flat[-1:]), (flat[1:], flat[:1])):
        for quantity, prefixes in _PREFIXES.items():
            if letter in ("x", "y", "z") and prefixes.fullmatch(stem):
                return quantity, "xyz".index(letter)
    return None, None
