"""An athlete's own usual: medians of what was measured, enough of it, and the set that is judged by it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense import SampleBatch, Session, baselines, replay
from athena_sense.baselines import Baseline, baseline_of, each_once
from athena_sense.datatypes import Landing, Measurement, Posture, not_measured
from athena_sense.errors import RecordingError
from athena_sense.recordings import open_recording, samples_of, write_parquet
from athena_sense.result import Result, SourceInfo
from athena_sense.simulation import simulate

RECORDINGS = Path(__file__).parents[1] / "recordings"
TODAY = date(2026, 3, 1)


def jumped(*peaks: Measurement, worn: Posture | None = None) -> Result:
    landings = tuple(Landing(n, float(n), {"peak_impact_g": peak}) for n, peak in enumerate(peaks, 1))
    postures = {} if worn is None else {"waist": worn}
    source = SourceInfo(None, 100.0, 9.0)
    return Result("jumps.csv", "box-jump", "waist", "p", source, landings=landings, postures=postures)


def fed(session: Session, samples: SampleBatch, sizes: Sequence[int] = (1000,)) -> Result:
    start = 0
    for size in cycle(sizes):
        if start >= len(samples):
            break
        session.feed(samples[start : start + size])
        start += size
    session.finish()
    return session.result()


def turned(samples: SampleBatch, usual: Posture, deg: float) -> SampleBatch:
    """The same set with the sensor turned about a level axis."""
    up = np.array(usual.up)
    axis = np.cross(up, [1.0, 0.0, 0.0])
    x, y, z = axis / np.linalg.norm(axis)
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn = np.eye(3) + np.sin(np.radians(deg)) * across + (1.0 - np.cos(np.radians(deg))) * across @ across
    gyr = None if samples.gyr_rad_s is None else samples.gyr_rad_s @ turn.T
    return SampleBatch(samples.t_s, samples.acc_m_s2 @ turn.T, gyr)


def test_the_usual_is_the_median_of_everything_measured() -> None:
    results = [replay(RECORDINGS / f"jumps-{kind}.arrows") for kind in ("quiet", "loud")]
    made = baseline_of(results, made=TODAY)
    peaks = [landing.measurements["peak_impact_g"].value for one in results for landing in one.landings]
    assert made.usual["peak_impact_g"] == median(peaks)
    assert made.items == len(peaks)


def test_fewer_than_five_landings_are_refused() -> None:
    with pytest.raises(RecordingError, match="only 4 landings measured; a baseline needs 5 or more"):
        baseline_of([jumped(*[Measurement(3.0)] * 4)], made=TODAY)


def test_bounds_and_what_was_not_measured_are_no_usual() -> None:
    bounds = [Measurement(9.0, bound="at_least"), not_measured("gap")]
    with pytest.raises(RecordingError, match="only 4 landings"):
        baseline_of([jumped(*[Measurement(3.0)] * 4, *bounds)], made=TODAY)
    assert baseline_of([jumped(*[Measurement(3.0)] * 5, *bounds)], made=TODAY).usual == {"peak_impact_g": 3.0}


def test_sets_of_which_nothing_was_measured_are_no_copies_of_each_other() -> None:
    nothing, unknown, other = jumped(), jumped(not_measured("gap")), jumped(not_measured("gap"))
    sets = [nothing, unknown, replace(nothing), other]
    assert all(map(lambda one, same: one is same, each_once(sets), sets))
    assert len(each_once(sets)) == 4


def test_what_is_usually_below_zero_is_no_size_and_not_kept() -> None:
    one = jumped(*[Measurement(3.0)] * 5)
    landings = tuple(
        replace(x, measurements={**x.measurements, "hip_bend_deg": Measurement(-0.5)}) for x in one.landings
    )
    assert baseline_of([replace(one, landings=landings)], made=TODAY).usual == {"peak_impact_g": 3.0}


def test_a_set_counts_once_however_often_it_is_given(tmp_path: Path) -> None:
    """Copies make no usual of four landings, and weigh no set twice; in whatever format they come."""
    four, other = jumped(*map(Measurement, (3.0, 3.1, 3.2, 3.3))), jumped(*map(Measurement, (4.0, 4.1, 4.2)))
    assert each_once([four, other, four]) == [four, other]
    with pytest.raises(RecordingError, match="only 4 landings"):
        baseline_of([four, four], made=TODAY)
    assert baseline_of([four, four, other], made=TODAY) == baseline_of([four, other], made=TODAY)
    opened = open_recording(RECORDINGS / "jumps-quiet.arrows")
    write_parquet(tmp_path / "copy.parquet", samples_of(opened), opened.header)
    results = [replay(RECORDINGS / "jumps-quiet.arrows"), replay(tmp_path / "copy.parquet")]
    assert each_once(results) == results[:1]


def test_how_the_sensor_was_worn_is_kept_where_it_was_worn_alike() -> None:
    upright, upside_down = Posture("strap", (0.0, 0.0, 1.0)), Posture("strap", (0.0, 0.0, -1.0))
    quiet = [*map(Measurement, (3.0, 3.1, 3.2, 3.3, 3.4))]
    unknown, alike = jumped(*quiet[:4]), jumped(*quiet, worn=upright)
    assert baseline_of([unknown, alike], made=TODAY).postures == {"waist": upright}
    otherwise = baseline_of([alike, jumped(*quiet[1:], worn=upside_down)], made=TODAY)
    assert otherwise.postures == {}
    assert otherwise.usual["peak_impact_g"] == 3.2


def test_different_exercises_are_not_mixed() -> None:
    results = [replay(RECORDINGS / f"{name}.arrows") for name in ("jumps-quiet", "calf-good")]
    with pytest.raises(RecordingError, match="one exercise"):
        baseline_of(results, made=TODAY)


def kept(athlete: str, side: str | None, peak_g: float) -> Baseline:
    one = Baseline.model_validate(
        {
            "athlete": athlete,
            "exercise": "box-jump",
            "placement": "waist",
            "side": side,
            "made": TODAY,
            "items": 5,
            "usual": {"peak_impact_g": peak_g},
        }
    )
    baselines.keep(one)
    return one


def test_there_is_one_baseline_of_an_athlete_an_exercise_a_site_and_a_side(home: Path) -> None:
    kept("me", None, 3.0)
    both, left = kept("me", None, 3.5), kept("me", "left", 4.0)
    kept("you", None, 9.0)
    assert baselines.find(None, "box-jump", "waist", None) == both
    assert baselines.find("me", "box-jump", "waist", "left") == left
    assert baselines.find("me", "box-jump", "waist", "right") == both
    assert baselines.find("me", "box-jump", "foot", None) is None
    assert baselines.find("nobody", "box-jump", "waist", None) is None
    assert baselines.forget("me") == 2
    assert [one.athlete for one in baselines.known()] == ["you"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_recording_is_written_with_a_usual_that_cannot_be_read(value: float) -> None:
    """JSON has no such numbers: it would be a recording with a damaged header."""
    with pytest.raises(ValueError, match="finite"):
        open_recording(RECORDINGS / "jumps-quiet.arrows").header.with_changes(own={"peak_impact_g": value})


def test_a_set_is_judged_by_ones_own_usual() -> None:
    quiet = RECORDINGS / "jumps-quiet.arrows"
    assert not any(landing.flags for landing in replay(quiet).landings)
    softer = replay(quiet, own={"peak_impact_g": 1.5})
    assert all("loud_landing" in landing.flags for landing in softer.landings)
    verdict = next(verdict for verdict in softer.verdicts if verdict.target == "quiet feet")
    assert "your own usual 1.5 g" in verdict.message


# ---- a sensor that is worn otherwise


WORN = "against the baseline (unless you stood otherwise): your own usual may not hold"


@pytest.mark.parametrize("deg", [0.0, 30.0, 60.0, 90.0, 180.0])
@pytest.mark.parametrize(("exercise", "placement"), [("box-jump", "waist"), ("eccentric-calf", "shank")])
def test_a_sensor_that_was_turned_is_told_with_its_angle(exercise: str, placement: str, deg: float) -> None:
    """The set and its figures are as they are however the sensor is turned; only the note is another."""
    one = simulate(exercise, placement, seed=6, reps=3)
    (usual,) = fed(Session(one.info, exercise, placement), one.samples).postures.values()
    samples = turned(one.samples, usual, deg)
    told = fed(Session(one.info, exercise, placement, own_postures={placement: usual}), samples)
    notes = [note for note in told.quality.notes if WORN in note]
    assert [f"turned by {deg:.0f}°" in note for note in notes] == [True] * (deg > 45.0)
    silent = fed(Session(one.info, exercise, placement), samples)
    assert told.verdicts == silent.verdicts
    assert told.quality.status == silent.quality.status
    assert [note for note in told.quality.notes if note not in notes] == [*silent.quality.notes]


@settings(max_examples=10)
@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=6))
def test_no_cut_changes_what_is_told_of_it(sizes: list[int]) -> None:
    one = simulate("box-jump", "waist", seed=6, reps=3, gyroscope=False)
    upside_down = {"waist": Posture(one.info.sensor, (0.0, 0.0, -1.0))}
    whole, cut = (
        fed(Session(one.info, "box-jump", "waist", own_postures=upside_down), one.samples, some)
        for some in ([len(one.samples)], sizes)
    )
    assert cut == whole


def test_a_hold_of_three_minutes_is_no_longer_than_is_remembered() -> None:
    one = simulate("single-leg-balance", "waist", seed=3, reps=1, hold_s=200.0)
    whole, cut = (fed(Session(one.info, "single-leg-balance", "waist"), one.samples, [size]) for size in (10**6, 50))
    assert cut == whole
    assert max(hold.end_s - hold.start_s for hold in cut.holds) > 120.0


def test_a_second_sensor_is_told_by_its_place() -> None:
    shank, chest = simulate("hurdle-leg", "shank", seed=2, reps=3), simulate("ski-jumper", "chest", seed=2, reps=3)

    def both(**usual: Posture) -> Result:
        worn = Session(shank.info, "hurdle-leg", "shank", others={"chest": chest.info}, own_postures=usual)
        worn.feed(chest.samples, "chest")
        return fed(worn, shank.samples)

    worn = both().postures
    x, y, z = worn["chest"].up
    notes = both(shank=worn["shank"], chest=replace(worn["chest"], up=(-x, -y, -z))).quality.notes
    (told,) = (note for note in notes if WORN in note)
    assert told.startswith("second sensor on the chest: worn turned by 180° against the baseline")


def test_a_baseline_that_an_earlier_version_kept_is_read(home: Path) -> None:
    now = kept("me", None, 3.0)
    before = json.loads(now.model_dump_json()) | {"upright": [0.0, 0.0, 1.0]}
    del before["postures"]
    assert Baseline.model_validate(before) == now
    with pytest.raises(ValueError, match="uprite"):
        Baseline.model_validate(before | {"uprite": 1})
