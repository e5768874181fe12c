"""An athlete's own usual at an exercise: what targets relative to it are judged by."""

from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from athena_sense import store
from athena_sense.datatypes import Item, Posture
from athena_sense.dsp.stands import mean_posture
from athena_sense.errors import RecordingError
from athena_sense.result import Result

LEAST_ITEMS = 5
"""Landings, or reps, that make a baseline: with five the median shrugs off two that were unusual."""
OF_THE_BOX = ("jump_height_m",)
"""Metrics that depend on the box, and not on the athlete alone."""
ME = "me"
"""Who nobody named."""
DOCUMENT = "baselines"


class Baseline(BaseModel):
    """One athlete's usual at one exercise, with the sensor at one site.

    `usual`: the median of each metric that at least `LEAST_ITEMS` reps, landings or holds measured. `postures`: how
    each sensor was worn, by placement, where the athlete stood before the sets, and it was worn alike for all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    athlete: str
    exercise: str
    placement: str
    side: Literal["left", "right"] | None = None
    made: date
    items: int = Field(ge=LEAST_ITEMS)
    usual: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    postures: dict[str, Posture] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_upright(cls, kept: Any) -> Any:
        """Earlier versions kept which way is up without saying of which sensor."""
        return {key: value for key, value in kept.items() if key != "upright"} if isinstance(kept, dict) else kept

    @property
    def key(self) -> tuple[str, str, str, str | None]:
        """What there is one baseline of."""
        return self.athlete, self.exercise, self.placement, self.side


class Baselines(BaseModel):
    """Every baseline that is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    baselines: tuple[Baseline, ...] = ()

    def with_one(self, baseline: Baseline) -> "Baselines":
        """The same with one made anew, or added."""
        others = (one for one in self.baselines if one.key != baseline.key)
        return Baselines(baselines=(*others, baseline))

    def without(self, athlete: str) -> "Baselines":
        """The same without those of an athlete."""
        return Baselines(baselines=tuple(one for one in self.baselines if one.athlete != athlete))


def baseline_of(
    results: Sequence[Result],
    *,
    athlete: str = ME,
    side: Literal["left", "right"] | None = None,
    made: date,
) -> Baseline:
    """The usual of one exercise and site from sets of it; one that is there twice counts once.

    Raises:
        RecordingError: the sets are of different exercises or sites, or too few for a usual.
    """
    results = each_once(results)
    first = results[0]
    if any((one.exercise, one.placement) != (first.exercise, first.placement) for one in results):
        raise RecordingError("a baseline is of one exercise and one sensor site: name their recordings apart")
    items: list[Item] = []
    for one in results:
        items += [*one.reps, *one.landings, *one.holds]
    values: dict[str, list[float]] = {}
    for item in items:
        for metric, measurement in item.measurements.items():
            # A bound is not what happened.
            if measurement.value is not None and measurement.bound == "exact" and metric not in OF_THE_BOX:
                values.setdefault(metric, []).append(measurement.value)
    medians = {metric: median(found) for metric, found in values.items() if len(found) >= LEAST_ITEMS}
    # Hips that usually bend the other way have no size to take multiples of.
    medians = {metric: value for metric, value in medians.items() if value >= 0.0}
    if not medians:
        what = "landing" if first.landings else "hold" if first.holds else "rep"
        count = max(map(len, values.values()), default=0)
        raise RecordingError(
            f"{first.file}: only {count} {what}{'' if count == 1 else 's'} measured; a baseline needs "
            f"{LEAST_ITEMS} or more"
        )
    most = max(len(found) for found in values.values())
    return Baseline(
        athlete=athlete,
        exercise=first.exercise,
        placement=first.placement,
        side=side,
        made=made,
        items=most,
        usual=medians,
        postures=_postures(results),
    )


def _postures(results: Sequence[Result]) -> dict[str, Posture]:
    found: dict[str, list[Posture]] = {}
    for one in results:
        for placement, posture in one.postures.items():
            found.setdefault(placement, []).append(posture)
    means = {placement: mean_posture(postures) for placement, postures in found.items()}
    return {placement: mean for placement, mean in means.items() if mean is not None}


def each_once(results: Sequence[Result]) -> list[Result]:
    """The sets without copies: one of which the same was measured is the same one, in whatever file it comes.

    Of sets of which nothing was measured nobody can tell.
    """
    once: dict[str | int, Result] = {}
    for number, one in enumerate(results):
        once.setdefault(_measured(one) or number, one)
    return list(once.values())


def _measured(result: Result) -> str:
    """Everything that was measured, to the digits that a copy in another format keeps."""
    items: list[Item] = [*result.reps, *result.landings, *result.holds]
    return " ".join(
        f"{item.number}.{metric}={found.value:.6g}"
        for item in items
        for metric, found in item.measurements.items()
        if found.value is not None
    )


def keep(baseline: Baseline) -> None:
    """Store a baseline in place of the one before. Raises StoreError."""
    store.write(DOCUMENT, store.read(DOCUMENT, Baselines).with_one(baseline))


def known() -> tuple[Baseline, ...]:
    """Every baseline that is kept. Raises StoreError."""
    return store.read(DOCUMENT, Baselines).baselines


def forget(athlete: str) -> int:
    """Remove an athlete's baselines; how many there were. Raises StoreError."""
    kept = store.read(DOCUMENT, Baselines)
    left = kept.without(athlete)
    store.write(DOCUMENT, left)
    return len(kept.baselines) - len(left.baselines)


def usual(
    athlete: str | None, exercise: str, placement: str, side: str | None
) -> tuple[dict[str, float], dict[str, Posture]]:
    """What `find` finds: metric → value, and placement → how the sensor was worn; empty where nothing is known."""
    found = find(athlete, exercise, placement, side)
    return ({}, {}) if found is None else (found.usual, found.postures)


def find(athlete: str | None, exercise: str, placement: str, side: str | None) -> Baseline | None:
    """The baseline of an athlete (None: `ME`) at an exercise and site: this side's, or that of no side in particular.

    Raises:
        StoreError: what is kept cannot be read.
    """
    own = {one.key: one for one in known()}
    keys = [(athlete or ME, exercise, placement, one) for one in (side, None)]
    return next((own[key] for key in keys if key in own), None)
