"""An athlete's own usual: medians of what was measured, enough of it, and the set that is judged by it."""

import json
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from athena_sense import baselines, replay
from athena_sense.baselines import Baseline, baseline_of, each_once
from athena_sense.datatypes import Landing, Measurement, not_measured
from athena_sense.errors import RecordingError
from athena_sense.recordings import open_recording, samples_of, write_parquet
from athena_sense.result import Result, SourceInfo

RECORDINGS = Path(__file__).parents[1] / "recordings"
TODAY = date(2026, 3, 1)


def jumped(*peaks: Measurement) -> Result:
    landings = tuple(Landing(n, float(n), {"peak_impact_g": peak}) for n, peak in enumerate(peaks, 1))
    return Result("jumps.csv", "box-jump", "waist", "p", SourceInfo(None, 100.0, 9.0), landings=landings)


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


def test_a_set_is_judged_by_ones_own_usual() -> None:
    quiet = RECORDINGS / "jumps-quiet.arrows"
    assert not any(landing.flags for landing in replay(quiet).landings)
    softer = replay(quiet, own={"peak_impact_g": 1.5})
    assert all("loud_landing" in landing.flags for landing in softer.landings)
    verdict = next(verdict for verdict in softer.verdicts if verdict.target == "quiet feet")
    assert "your own usual 1.5 g" in verdict.message


def test_a_baseline_that_an_earlier_version_kept_is_read(home: Path) -> None:
    now = kept("me", None, 3.0)
    before = json.loads(now.model_dump_json()) | {"upright": [0.0, 0.0, 1.0]}
    assert Baseline.model_validate(before) == now
    with pytest.raises(ValueError, match="uprite"):
        Baseline.model_validate(before | {"uprite": 1})
