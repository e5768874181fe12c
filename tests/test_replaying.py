"""What a replay is told of a recording, against what the recording says of itself."""

from pathlib import Path

import pytest

from athena_sense import replay
from athena_sense.errors import ExerciseError
from athena_sense.recordings import RecordingHeader, RecordingWriter, SensorHeader
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
    with pytest.raises(ExerciseError, match=r"two\.arrows: has no sensor on the chest; it has some on: waist, foot"):
        replay(waist_and_foot, placement="chest")


def test_a_site_that_is_set_right_is_told() -> None:
    """A file of one sensor can say a wrong site: what is given goes before it, but never unseen."""
    assert "judged as worn on the chest; the recording says waist" in replay(JUMPS, placement="chest").quality.notes
    assert replay(JUMPS, placement="waist") == replay(JUMPS)
