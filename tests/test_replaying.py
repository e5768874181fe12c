"""What a replay is told of a recording, against what the recording says of itself."""

from pathlib import Path

import pytest

from athena_sense import replay
from athena_sense.errors import ExerciseError
from athena_sense.recordings import RecordingHeader, RecordingWriter, SensorHeader, open_recording, samples_of
from athena_sense.simulation import simulate

JUMPS = Path(__file__).parents[1] / "recordings" / "jumps-quiet.arrows"


@pytest.fixture
def waist_and_foot(tmp_path: Path) -> Path:
    waist, foot = (simulate("jumps", site, seed=3, reps=2) for site in ("waist", "foot"))
    more = SensorHeader(sample_rate_hz=foot.info.sample_rate_hz, has_gyroscope=True, placement="foot")
    header = RecordingHeader(
        sample_rate_hz=waist.info.sample_rate_hz,
        has_gyroscope=True,
        placement="waist",
        exercise="box-jump",
        more_sensors=(more,),
    )
    with RecordingWriter(tmp_path / "two.arrows", header) as writer:
        writer.write_samples(waist.samples)
        writer.write_samples(foot.samples, 1)
    return tmp_path / "two.arrows"


def test_of_several_sensors_the_one_that_sits_there_is_judged(waist_and_foot: Path) -> None:
    for site in ("waist", "foot"):
        result = replay(waist_and_foot, placement=site)
        assert result.placement == site
        assert not any("judged as worn" in note for note in result.quality.notes)


def test_where_none_of_several_sensors_sits_nothing_is_judged(waist_and_foot: Path) -> None:
    with pytest.raises(ExerciseError) as refused:
        replay(waist_and_foot, placement="chest")
    assert str(refused.value) == f"{waist_and_foot}: has no sensor on the chest; it has some on: waist, foot"


def test_a_site_that_is_set_right_is_told() -> None:
    """A file of one sensor can say a wrong site: what is given goes before it, but never unseen."""
    assert "judged as worn on the chest; the recording says waist" in replay(JUMPS, placement="chest").quality.notes
    assert replay(JUMPS, placement="waist") == replay(JUMPS)


# ---- the athlete's own usual, as it was known when the set was recorded

OWN = {"peak_impact_g": 2.0, "loudest_impact_g": 2.0}


def with_own(source: Path, target: Path) -> Path:
    """The same recording, made by somebody whose usual was known."""
    first = open_recording(source)
    header = first.header.with_changes(more_sensors=first.sensors[1:], own=OWN)
    with RecordingWriter(target, header) as writer:
        for number in range(len(first.sensors)):
            writer.write_samples(samples_of(open_recording(source, number)), number)
    return target


def by_own(path: Path, **asked: str) -> bool:
    return any("your own usual 2 g" in verdict.message for verdict in replay(path, **asked).verdicts)


def test_a_recordings_own_usual_is_of_its_exercise_and_its_site(tmp_path: Path) -> None:
    jumps = with_own(JUMPS, tmp_path / "own.arrows")
    assert by_own(jumps)
    assert by_own(jumps, placement="waist", exercise="box-jump")
    for site in ("shank", "chest"):
        assert not by_own(jumps, placement=site)
        assert replay(jumps, placement=site).verdicts == replay(JUMPS, placement=site).verdicts
    assert not by_own(jumps, exercise="triple-jump")


def test_a_recordings_own_usual_is_not_of_its_other_sensors(waist_and_foot: Path, tmp_path: Path) -> None:
    both = with_own(waist_and_foot, tmp_path / "own.arrows")
    assert by_own(both)
    assert not by_own(both, placement="foot")
    foot = open_recording(both, 1)
    with RecordingWriter(tmp_path / "foot.arrows", foot.header) as writer:
        writer.write_samples(samples_of(foot))
    assert not by_own(tmp_path / "foot.arrows")


@pytest.mark.parametrize("change", ["exercise", "placement", "athlete", "side"])
def test_who_corrects_a_recording_leaves_behind_what_was_known_of_another(change: str) -> None:
    known = open_recording(JUMPS).header.with_changes(own=OWN, own_postures={})
    assert known.with_changes(**{change: getattr(known, change)}).own == OWN
    other = {"exercise": "triple-jump", "placement": "shank", "athlete": "bob", "side": "left"}[change]
    corrected = known.with_changes(**{change: other})
    assert (corrected.own, corrected.own_postures) == (None, None)
    assert known.with_changes(**{change: other}, own={"peak_impact_g": 3.0}).own == {"peak_impact_g": 3.0}
