"""Second sensors: the result depends on what both saw, and not on how their samples were cut or who came first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense import Session, session
from athena_sense.companions import PATIENCE_S, Companions, roles, unused
from athena_sense.datatypes import (
    Calibration,
    Item,
    Landing,
    Measurement,
    Quality,
    Rep,
    SampleBatch,
    StreamInfo,
    not_measured,
)
from athena_sense.dsp.motion import Motion
from athena_sense.errors import ExerciseError
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.exercises.contract import Companion, Exercise, Setup
from athena_sense.result import SourceInfo
from athena_sense.simulation import simulate

METRIC = "mean_size_m_s2"
INFO = StreamInfo(50.0, has_gyroscope=False, sensor="strap")
SOURCE = SourceInfo("strap", 50.0, 10.0, (), 0)


@dataclass
class MeanSize:
    """Mean size of the acceleration during an item: an observer that keeps every row."""

    known_to_s: float = -np.inf
    rows: list[tuple[float, float]] = field(default_factory=list)

    def feed(self, samples: SampleBatch, motion: Motion) -> None:
        self.rows += zip(motion.t_s.tolist(), np.linalg.norm(motion.acc_m_s2, axis=1).tolist(), strict=True)
        if self.rows:
            self.known_to_s = self.rows[-1][0]

    def finish(self) -> None:
        pass

    def measure(self, item: Item) -> Mapping[str, Measurement]:
        assert not isinstance(item, Landing)
        seen = [size for t_s, size in self.rows if item.start_s <= t_s <= item.end_s]
        return {METRIC: Measurement(sum(seen) / len(seen)) if seen else not_measured("gap")}

    def forget(self, before_s: float) -> None:
        self.rows = [row for row in self.rows if row[0] >= before_s]


def two_sensors() -> Exercise:
    def observer(setup: Setup) -> MeanSize:
        assert (setup.placement, replace(setup.info, calibration=None)) == ("chest", INFO)
        return MeanSize()

    generic = get_exercise("generic")
    chest = Companion("chest", "the size of its acceleration", 20.0, (METRIC,), observer)
    return replace(generic, companions=(chest,), metrics={**generic.metrics, METRIC: "mean size of the acceleration"})


@pytest.fixture(autouse=True)
def an_exercise_with_a_second_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "get_exercise", lambda name: two_sensors())


ONE = simulate(
    "periodic", "wrist", seed=1, rate_hz=50.0, reps=5, period_s=3.0, swing_deg=60.0, travel_m=0.2, fidget=False
)
CHEST_T_S = np.arange(0.0, float(ONE.samples.t_s[-1]) + 1.0, 0.02)
CHEST = SampleBatch(CHEST_T_S, np.column_stack((np.sin(CHEST_T_S), CHEST_T_S, np.full(len(CHEST_T_S), 9.81))))


def worn() -> Session:
    return Session(ONE.info, "generic", "wrist", others={"chest": INFO})


def in_pieces(samples: SampleBatch, sizes: list[int]) -> Iterator[SampleBatch]:
    start = number = 0
    while start < len(samples):
        size = sizes[number % len(sizes)]
        yield samples[start : start + size]
        start, number = start + size, number + 1


def fed(first: list[int], second: list[int], order: list[bool]) -> Session:
    """Both sensors' samples in pieces, the next from one or the other."""
    one, waiting = worn(), {None: in_pieces(ONE.samples, first), "chest": in_pieces(CHEST, second)}
    number = 0
    while waiting:
        placement = "chest" if order[number % len(order)] else None
        if placement not in waiting:
            placement = next(iter(waiting))
        part = next(waiting[placement], None)
        if part is None:
            del waiting[placement]
        else:
            one.feed(part, placement)
        number += 1
    one.finish()
    return one


WHOLE = [100_000]
sizes = st.lists(st.integers(5, 400), min_size=1, max_size=6)


@settings(max_examples=15)
@given(sizes, sizes, st.lists(st.booleans(), min_size=1, max_size=12))
def test_any_cut_and_any_order_give_the_same_result(first: list[int], second: list[int], order: list[bool]) -> None:
    expected = fed(WHOLE, WHOLE, [True]).result()
    assert fed(first, second, order).result().to_json() == expected.to_json()
    assert len(expected.reps) == 5
    assert all(rep.measurements[METRIC].value is not None for rep in expected.reps)


def test_the_result_says_which_sensor_measured_what() -> None:
    document = fed(WHOLE, WHOLE, [True]).result().to_dict()
    assert [(one["placement"], METRIC in one["metrics"]) for one in document["sensors"]] == [
        ("wrist", False),
        ("chest", True),
    ]
    assert document["sensors"][1]["source"]["sensor"] == "strap"


def test_without_the_second_sensor_the_exercise_works_with_less() -> None:
    alone = Session(ONE.info, "generic", "wrist")
    alone.feed(ONE.samples)
    alone.finish()
    both = fed(WHOLE, WHOLE, [True])
    assert [rep.start_s for rep in alone.reps] == [rep.start_s for rep in both.reps]
    assert {rep.measurements[METRIC].reason for rep in alone.reps} == {"no_second_sensor"}
    assert "sensors" not in alone.result().to_dict()


def test_each_item_is_told_once_and_waits_for_the_second_sensor() -> None:
    one = worn()
    assert not one.feed(ONE.samples[:600]).reps or not one.reps[-1].measurements[METRIC].value
    told = [*one.reps]
    for part in in_pieces(CHEST, [25]):
        told += one.feed(part, "chest").reps
    told += one.feed(ONE.samples[600:]).reps
    told += one.finish().reps
    assert [rep.number for rep in told] == [1, 2, 3, 4, 5]


def test_a_sensor_that_died_keeps_nobody_waiting_for_long() -> None:
    one = worn()
    told: dict[int, tuple[float, Rep]] = {}
    for part in in_pieces(ONE.samples, [5]):
        for rep in one.feed(part).reps:
            told[rep.number] = (float(part.t_s[-1]), rep)
    alone = Session(ONE.info, "generic", "wrist")
    for part in in_pieces(ONE.samples, [5]):
        for rep in alone.feed(part).reps:
            at_s, late = told[rep.number]
            assert at_s <= max(float(part.t_s[-1]), rep.end_s + PATIENCE_S) + 0.2
            assert late.measurements[METRIC].reason == "gap"
    one.feed(CHEST, "chest")  # it comes after all
    one.finish()
    assert one.result().to_json() == fed(WHOLE, WHOLE, [True]).result().to_json()


def test_sensors_that_are_of_no_use_are_refused() -> None:
    with pytest.raises(ExerciseError, match="no use of a second sensor on the foot; second sensors it knows: chest"):
        Session(ONE.info, "generic", "wrist", others={"foot": INFO})
    with pytest.raises(ExerciseError, match="was announced"):
        worn().feed(CHEST, "foot")


@pytest.mark.parametrize(
    ("info", "reason", "words"),
    [
        (replace(INFO, sample_rate_hz=10.0), "sample_rate", "10 samples a second are too few for generic at the chest"),
        (replace(INFO, has_gravity=False), "no_gravity", "gravity was removed"),
    ],
)
def test_one_that_cannot_carry_it_is_told_and_done_without(info: StreamInfo, reason: str, words: str) -> None:
    exercise = replace(two_sensors(), needs_gravity=True)
    companions = Companions(exercise, "wrist", {"chest": info})
    companions.feed("chest", CHEST)
    (rep,) = companions.take([Rep(1, 1.0, 2.0)], 2.0)
    assert rep.measurements[METRIC].reason == reason
    (note,) = companions.noted(Quality(), 0.0, 2.0).notes
    assert words in note


def test_one_that_begins_late_is_told() -> None:
    one = worn()
    one.feed(CHEST[300:], "chest")
    one.feed(ONE.samples)
    one.finish()
    assert "second sensor on the chest: sent nothing before 6 s" in one.quality().notes


def test_what_is_measured_at_the_first_site_is_the_first_sensors() -> None:
    for name in exercise_names():
        exercise = get_exercise(name)
        for site in exercise.sites:
            others = {one.placement: INFO for one in exercise.companions if one.placement != site.placement}
            told = Companions(exercise, site.placement, others).sensors(site.placement, SOURCE)
            metrics = [metric for sensor in told for metric in sensor.metrics]
            assert len(metrics) == len(set(metrics))
            assert set(metrics) == (set(site.metrics) if others else set())


@pytest.mark.parametrize(
    ("placements", "notes"),
    [
        (["shank", "chest"], []),
        (["shank", "waist"], ["second sensor on the waist: not used: hurdle-leg uses one on the chest"]),
        (["shank", "chest", "shank"], ["second sensor on the shank: not used: there is another one"]),
        (["shank", None], ["a second sensor: not used, since nothing says where it sat"]),
    ],
)
def test_a_sensor_that_says_nothing_of_the_exercise_is_told(placements: list[str | None], notes: list[str]) -> None:
    exercise = get_exercise("hurdle-leg")
    assert unused(exercise, placements, *roles(exercise, placements)) == notes


@pytest.mark.parametrize(("seconds", "words"), [(0, "sent nothing"), (5, "sent nothing after 5 s")])
def test_one_that_falls_silent_is_told(seconds: int, words: str) -> None:
    one = worn()
    one.feed(CHEST[: 50 * seconds + 1] if seconds else CHEST[:0], "chest")
    one.feed(ONE.samples)
    one.finish()
    assert f"second sensor on the chest: {words}" in one.quality().notes
    assert len(one.reps) == 5


@pytest.mark.parametrize(("seconds", "told"), [(1, False), (4, True)])
def test_one_that_outlives_the_judged_sensor_is_told(seconds: int, told: bool) -> None:
    one = worn()
    one.feed(CHEST, "chest")
    one.feed(ONE.samples[: int(np.searchsorted(ONE.samples.t_s, CHEST_T_S[-1] - seconds))])
    one.finish()
    assert any("while a second sensor went on" in note for note in one.quality().notes) == told


def test_what_is_wrong_with_the_second_sensor_limits_the_set() -> None:
    one = worn()
    one.feed(CHEST[:100], "chest")
    one.feed(CHEST[400:], "chest")
    one.feed(ONE.samples)
    quality = one.quality()
    assert quality.status == "limited"
    assert any(note.startswith("second sensor on the chest: ") for note in quality.notes)


def test_what_nobody_will_ask_about_is_forgotten() -> None:
    companions = Companions(two_sensors(), "wrist", {"chest": INFO})
    observer = next(iter(companions._worn.values())).observer
    assert isinstance(observer, MeanSize)
    for minute in range(20):
        t_s = 60.0 * minute + np.arange(3000) / 50.0
        companions.feed("chest", SampleBatch(t_s, np.tile([0.0, 0.0, 9.81], (3000, 1))))
        companions.take([], float(t_s[-1]))
    assert len(observer.rows) < 50 * 200


@pytest.mark.parametrize(
    ("placements", "first", "expected"),
    [
        (["wrist"], None, (0, {})),
        (["chest", "foot"], None, (1, {0: "chest"})),  # the best site is judged
        (["wrist", "chest"], "chest", (1, {})),
        (["wrist", "chest", "chest", None], "wrist", (0, {1: "chest"})),
        ([None, "chest"], "other", (0, {1: "chest"})),
    ],
)
def test_roles(placements: list[str | None], first: str | None, expected: tuple[int, dict[int, str]]) -> None:
    assert roles(two_sensors(), placements, first) == expected


def test_a_second_sensor_is_calibrated_by_its_own_calibration() -> None:
    mends = Calibration((1.1, 0.9, 1.05), (0.3, -0.2, 0.1), date(2026, 3, 1), "positions", 6, 0.05)
    off = Session(ONE.info, "generic", "wrist", others={"chest": replace(INFO, calibration=mends)})
    off.feed(replace(CHEST, acc_m_s2=mends.undone(CHEST.acc_m_s2)), "chest")
    off.feed(ONE.samples)
    off.finish()
    right = fed(WHOLE, WHOLE, [True])
    for a, b in zip(off.reps, right.reps, strict=True):
        assert a.measurements[METRIC].value == pytest.approx(b.measurements[METRIC].value)
    assert any(note.startswith("second sensor on the chest: calibrated on 2026-03-01") for note in off.quality().notes)
