"""The sample recordings are what their script makes of the simulated athlete today."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from athena_sense.recordings import read_recording
from athena_sense.simulation import simulate

FOLDER = Path(__file__).parents[2] / "recordings"
SCRIPT = importlib.util.spec_from_file_location("make_recordings", FOLDER / "make_recordings.py")
make_recordings = importlib.util.module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(make_recordings)


@pytest.mark.parametrize("name", make_recordings.MADE)
def test_a_sample_recording_is_small_labelled_and_up_to_date(name):
    path = FOLDER / f"{name}.arrows"
    recording = read_recording(path)
    made = simulate(**make_recordings.MADE[name])
    assert path.stat().st_size < 400_000
    assert recording.header.simulated
    assert recording.header.labelled_by == "simulation"
    assert recording.header.labels.keys() - {"holds"} == {"reps", "landings", "spans"}
    np.testing.assert_allclose(recording.samples.acc_m_s2, made.samples.acc_m_s2, rtol=1e-5, atol=1e-2)
    labels = make_recordings.labels_of(made.truth)
    for kind in ("reps", "landings"):
        assert [one["number"] for one in recording.header.labels[kind]] == [one["number"] for one in labels[kind]]
    assert recording.header.labels == labels


def test_the_good_set_is_slow_and_the_other_is_not():
    sets = (read_recording(FOLDER / f"{name}.arrows").header.labels for name in ("calf-good", "calf-too-fast"))
    good_s, fast_s = (
        [
            phase["end_s"] - phase["start_s"]
            for rep in labels["reps"]
            for phase in rep["phases"]
            if phase["name"] == "eccentric"
        ]
        for labels in sets
    )
    assert len(good_s) == len(fast_s) == 13
    assert min(good_s) > 8.5
    assert sum(seconds < 6.0 for seconds in fast_s) == 10
