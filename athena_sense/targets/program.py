"""A strength program as a coach writes it, checked as it is read.

The field descriptions say what belongs under a key; error messages quote them.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, model_validator

from athena_sense.datatypes import PLACEMENTS, Kind
from athena_sense.errors import ProgramError
from athena_sense.targets.wording import metric_words, quantity, unit_of

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Duration = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Factor = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1)]
Text = Annotated[StrictStr, Field(min_length=1)]


def _known_site(placement: str) -> str:
    if placement not in PLACEMENTS:
        raise ValueError(f"no sensor site is called {placement!r}; expected one of {', '.join(PLACEMENTS)}")
    return placement


Placement = Annotated[StrictStr, AfterValidator(_known_site)]


def _at_every_site(limit: Any) -> Any:
    if isinstance(limit, dict):
        return limit
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
        raise ValueError(f"expected a number, or a table such as {{ waist = 4, shank = 8 }}, got {limit!r}")
    return dict.fromkeys(PLACEMENTS, limit)


Limit = Annotated[dict[Placement, Number], BeforeValidator(_at_every_site)]
"""One number for every sensor site, or a table with a number for each site that has a limit."""


def _in_order(asked: tuple[float, float]) -> tuple[float, float]:
    if asked[0] > asked[1]:
        raise ValueError(f"the first number is the least: [{asked[1]:g}, {asked[0]:g}]")
    return asked


def _least_and_most(what: str) -> BeforeValidator:
    """A list of two, in words that a coach expects: pydantic would speak of tuples."""

    def two(asked: Any) -> Any:
        if not isinstance(asked, list | tuple) or len(asked) != 2:
            raise ValueError(f"expected two {what}")
        return tuple(asked)

    return BeforeValidator(two)


RepRange = Annotated[
    tuple[Count, Count],
    _least_and_most("whole numbers, the least and the most reps, such as [12, 15]"),
    AfterValidator(_in_order),
]
HoldRange = Annotated[
    tuple[Duration, Duration],
    _least_and_most("times (s), how long to hold at least and at most, such as [30, 60]"),
    AfterValidator(_in_order),
]

HIGHEST_BOX_M = 2.0
"""No box for jumping is higher (the tallest standing jumps on record end at 1.7 m): a number beyond it has lost
its unit."""


def _in_metres(height_m: float) -> float:
    if abs(height_m) > HIGHEST_BOX_M:
        raise ValueError(f"a box {height_m:g} m high? It is in metres, such as 0.3048")
    return height_m


BoxHeight = Annotated[Number, AfterValidator(_in_metres)]
MOST_SETS = 50
NO_BASELINE: Mapping[str, float] = MappingProxyType({})
"""Metric → one's own usual: nothing is known."""


def _limits(*tables: dict[str, float] | None) -> list[float]:
    return [limit for table in tables for limit in (table or {}).values()]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Table):
    """One thing a coach looks at in every rep, landing or hold."""

    name: Text = Field(description="what the target is called in a verdict, such as 'lowering'")
    metric: Text = Field(description="what is measured, such as 'eccentric_duration_s'")
    of: Kind = Field("rep", description="what it is measured of")
    min: Limit | None = Field(None, description="the least allowed")
    max: Limit | None = Field(None, description="the most allowed")
    min_own: Factor | None = Field(
        None,
        description="the least allowed, in multiples of one's own usual, such as 0.8, where that is more than `min`",
    )
    max_own: Factor | None = Field(
        None, description="the most allowed, in multiples of one's own usual, such as 1.2, in place of `max`"
    )
    own_metric: Text | None = Field(
        None, description="the metric whose own usual is meant, where it is another one, such as 'peak_impact_g'"
    )
    flag: Text = Field(description="the word for a rep or landing that misses it, such as 'eccentric_too_fast'")
    severity: Literal["form", "info"] = Field(
        "form", description="form: a rep that misses it is not a good rep; info: it is only told"
    )
    message: Text = Field(description="what the athlete is told when it is missed, in the coach's words")

    @model_validator(mode="after")
    def _has_limits(self) -> Self:
        if not (self.min or self.max or self.min_own or self.max_own):
            raise ValueError("needs `min`, `max` or both, such as min = 8")
        if self.min_own and self.max_own and self.min_own > self.max_own:
            raise ValueError(f"`min_own` {self.min_own:g} is above `max_own` {self.max_own:g}")
        negative = next((limit for limit in _limits(self.min, self.max) if limit < 0), None)
        if unit_of(self.metric) == " s" and negative is not None:
            raise ValueError(f"{metric_words(self.metric)} is a time (s), which is never below 0, got {negative:g}")
        for site in (self.min or {}).keys() & (self.max or {}).keys():
            least, most = self.range_at(site)
            if least is not None and most is not None and least > most:
                raise ValueError(f"`min` {least:g} is above `max` {most:g}")
        return self

    def range_at(self, placement: str, own: Mapping[str, float] = NO_BASELINE) -> tuple[float | None, float | None]:
        """(least, most) at a sensor site, None where open; both None: no limit is known there.

        Where one's `own` usual is known, `max_own` goes before `max`: what is loud differs from athlete to athlete.
        `min_own` asks for more than `min` and never for less, which would be none of this exercise. Where that leaves
        nothing between the two, the program's own limits hold.
        """
        programs = least, most = (self.min or {}).get(placement), (self.max or {}).get(placement)
        usual = self._usual(own)
        if usual is None:
            return programs
        if self.min_own is not None:
            least = max(self.min_own * usual, -math.inf if least is None else least)
        if self.max_own is not None:
            most = self.max_own * usual
        return programs if least is not None and most is not None and least > most else (least, most)

    def basis(self, placement: str, own: Mapping[str, float] = NO_BASELINE) -> str:
        """Where its limits come from, in words, where that is not plain."""
        factors = [factor for factor in (self.min_own, self.max_own) if factor is not None]
        usual = self._usual(own)
        if factors and usual is not None:
            limits = self.range_at(placement, own)
            used = [factor for factor in factors if factor * usual in limits]
            shares = " to ".join(f"{factor:g}" for factor in used or factors)
            before = "" if used else "the program's limit, which goes before "
            return f" ({before}{shares} × your own usual {quantity(self.metric, usual)})"
        where = f" at the {placement.replace('_', ' ')}" if self.differs_by_site() else ""
        if factors:
            return f"{where} (the program's limit: your own usual is not known)"
        return f"{where} (the program's limit)" if where else ""

    def _usual(self, own: Mapping[str, float]) -> float | None:
        return own.get(self.own_metric or self.metric)

    def differs_by_site(self) -> bool:
        """Whether where the sensor sits changes the limit."""
        return len({self.range_at(placement) for placement in PLACEMENTS}) > 1


class Tempo(_Table):
    """What to aim for in each phase of a rep (s); None: as it comes."""

    concentric_s: Duration | None = None
    top_hold_s: Duration | None = None
    eccentric_s: Duration | None = None
    bottom_hold_s: Duration | None = None


class Prescription(_Table):
    """What a program asks of one exercise. Reps are those of one set on one side."""

    exercise: Text = Field(description="the exercise's name, such as 'eccentric-calf'")
    cue: str = Field("", description="how to do it, in the coach's words")
    sets: Annotated[Count, Field(le=MOST_SETS)] = 1
    reps: RepRange | None = Field(None, description="the least and the most good reps, such as [12, 15]")
    hold_s: HoldRange | None = Field(None, description="how long to hold (s), at least and at most, such as [30, 60]")
    sides: tuple[Literal["left", "right"], ...] = Field((), description="the sides to do it on, in order")
    rest_s: Duration | None = Field(None, description="rest after each set (s)")
    box_height_m: BoxHeight | None = Field(None, description="height of the box (m)")
    tempo: Tempo = Tempo()
    above: str = Field("", description="advice to who does more good reps than asked")
    below: str = Field("", description="advice to who does fewer good reps than asked")
    substitute: str | None = Field(
        None, description="the exercise to do instead where this one hurts or cannot be done"
    )
    only_as_substitute: bool = Field(False, description="true: done only in place of another exercise")
    ask_pain: bool = Field(False, description="true: pain is asked for before it, 0 to 10")
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        if self.ask_pain and self.substitute is None:
            raise ValueError("`ask_pain` needs a `substitute`: what to do instead where it hurts")
        if self.substitute == self.exercise:
            raise ValueError("`substitute` is the exercise itself")
        if len(set(self.sides)) < len(self.sides):
            raise ValueError("`sides` names a side twice; `sets` does it several times")
        if self.hold_s is not None and self.hold_s[0] <= 0:
            raise ValueError("`hold_s`: the least is above 0 s")
        return self

    def least(self, metric: str, placement: str, own: Mapping[str, float] = NO_BASELINE) -> float | None:
        """The smallest value of a metric that a target allows at a sensor site, None where there is no such limit."""
        limits = (target.range_at(placement, own)[0] for target in self.targets if target.metric == metric)
        return max((limit for limit in limits if limit is not None), default=None)

    def most(self, metric: str, placement: str, own: Mapping[str, float] = NO_BASELINE) -> float | None:
        """The largest value of a metric that a target allows at a sensor site, None where there is no such limit."""
        limits = (target.range_at(placement, own)[1] for target in self.targets if target.metric == metric)
        return min((limit for limit in limits if limit is not None), default=None)


class Program(_Table):
    """A strength program: exercises in order, each with what is asked of it.

    `reps`, `above` and `below` hold for every exercise that does not say its own, listed or not, but for those that
    are held (`hold_s`).
    """

    name: Annotated[Text, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] = Field(
        description="a short name in lower case, words joined by hyphens"
    )
    title: Text = Field(description="the name that people read")
    description: str = ""
    author: str = ""
    reps: RepRange | None = None
    above: str = ""
    below: str = ""
    exercises: tuple[Prescription, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.exercises and not self.reps:
            raise ValueError("asks for nothing: add an [[exercises]] table, or `reps` for every exercise")
        if self.exercises and all(one.only_as_substitute for one in self.exercises):
            raise ValueError("lists substitutes only: what are they instead of? Leave only_as_substitute out of one")
        names = [prescription.exercise for prescription in self.exercises]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"lists {twice!r} twice; one [[exercises]] table with `sets` and `sides` does both")
        for one in self.exercises:
            if one.substitute is not None and one.substitute not in names:
                raise ValueError(
                    f"{one.exercise!r} has the substitute {one.substitute!r}, which is not listed; add an "
                    "[[exercises]] table for it with only_as_substitute = true"
                )
            if one.substitute is not None and self.prescription(one.substitute).substitute is not None:
                raise ValueError(f"{one.exercise!r} has the substitute {one.substitute!r}, which has one itself")
        return self

    def prescription(self, exercise: str) -> Prescription:
        """What this program asks of an exercise, its own defaults filled in.

        Raises:
            ProgramError: it does not list the exercise and has no rep range for others.
        """
        defaults = {"reps": self.reps, "above": self.above, "below": self.below}
        found = next((p for p in self.exercises if p.exercise == exercise), None)
        if found is not None:
            defaults = {} if found.hold_s is not None else defaults
            missing = {key: value for key, value in defaults.items() if not getattr(found, key)}
            return found.model_copy(update=missing)
        if self.reps is None:
            raise ProgramError(
                f"program {self.name} says nothing of {exercise!r} and has no reps for other exercises: "
                f'add an [[exercises]] table with exercise = "{exercise}", or `reps = [12, 15]` at its top'
            )
        return Prescription(exercise=exercise, reps=self.reps, above=self.above, below=self.below)
