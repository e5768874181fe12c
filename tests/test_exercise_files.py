"""What every exercise owes: a file that declares it fully, a labelled recording, and the same result for any cut.

A new file in `athena_sense/exercises/` is found by itself; `pytest tests/test_exercise_files.py -k NAME` is its
proof, with the hyphens of the exercise's name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense import Result, SampleBatch, Session, StreamInfo, replay
from athena_sense.datatypes import PLACEMENTS
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.recordings import read_recording
from athena_sense.result import result_schema
from athena_sense.simulation import MOVEMENTS, SHORT_NAMES, simulate
from athena_sense.targets import get_program, program_names

RECORDINGS = Path(__file__).parents[1] / "recordings"
CUT_S = 25.0
"""Of a simulated set, for the laws of cutting: getting ready and a few reps."""
LARGEST_TIME_ERROR_S, LARGEST_MEAN_ERROR_S = 0.8, 0.4
"""Of the start or end of a movement: a slow one leaves and reaches its plateaus gently."""
LARGEST_CONTACT_ERROR_S = 0.03
LARGEST_HOLD_END_ERROR_S = 0.6
HOLDS = {"top_hold", "bottom_hold"}

SITES = [(name, site.placement) for name in exercise_names() for site in get_exercise(name).sites]
LABELLED = [(name, recording) for name in exercise_names() for recording in get_exercise(name).recordings]
every_exercise = pytest.mark.parametrize("name", exercise_names())
every_site = pytest.mark.parametrize(("name", "placement"), SITES)
every_recording = pytest.mark.parametrize(("name", "recording"), LABELLED)


@every_exercise
def test_its_file_declares_it(name: str) -> None:
    exercise = get_exercise(name)
    assert exercise.name == name
    assert exercise.title
    assert exercise.summary
    assert exercise.metrics
    assert exercise.sources
    assert exercise.recordings, "name a labelled recording of it"
    for text in (*exercise.metrics.values(), *exercise.flags.values(), *exercise.sources):
        assert len(text) > 10
    assert set(exercise.flag_of.values()) == set(exercise.flags), "say which limit of which metric each flag tells of"
    assert {limit.split()[0] for limit in exercise.flag_of} <= {"min", "max"}
    assert {limit.split()[1] for limit in exercise.flag_of} <= set(exercise.metrics)
    for word in (*exercise.metrics, *exercise.flags):
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", word)


@every_exercise
def test_its_sites_are_places_on_the_body_that_see_its_metrics(name: str) -> None:
    exercise = get_exercise(name)
    placements = [site.placement for site in exercise.sites]
    assert placements
    assert len(set(placements)) == len(placements)
    assert set(placements) <= set(PLACEMENTS)
    for site in exercise.sites:
        assert site.sees
        assert site.min_rate_hz > 0
        assert site.metrics
    for second in exercise.companions:
        assert second.placement in PLACEMENTS
        assert second.sees
        assert second.min_rate_hz > 0
        assert second.metrics
    measured = {metric for one in (*exercise.sites, *exercise.companions) for metric in one.metrics}
    assert measured == set(exercise.metrics)


@every_exercise
@pytest.mark.parametrize("program", program_names())
def test_what_programs_ask_of_it_is_declared(name: str, program: str) -> None:
    exercise = get_exercise(name)
    for target in get_program(program).prescription(name).targets:
        assert target.flag in exercise.flags
        assert target.metric in exercise.metrics
        assert target.of == exercise.measured_of.get(target.metric, "rep")


@every_site
def test_a_stream_that_cannot_carry_it_is_refused(name: str, placement: str) -> None:
    exercise = get_exercise(name)
    site = next(site for site in exercise.sites if site.placement == placement)
    least_hz = site.min_rate_hz
    Session(StreamInfo(least_hz, has_gyroscope=True), name, placement)
    Session(StreamInfo(site.min_rate_hz_alone or least_hz, has_gyroscope=False), name, placement)
    with pytest.raises(RecordingError, match="samples a second are too few"):
        Session(StreamInfo(least_hz / 2.0, has_gyroscope=True), name, placement)
    if exercise.needs_gravity:
        with pytest.raises(RecordingError, match="gravity was removed"):
            Session(StreamInfo(200.0, has_gyroscope=True, has_gravity=False), name, placement)


@every_exercise
def test_other_sites_are_refused(name: str) -> None:
    for placement in set(PLACEMENTS) - {site.placement for site in get_exercise(name).sites}:
        with pytest.raises(ExerciseError, match=f"cannot be seen from the {placement}"):
            Session(StreamInfo(200.0, has_gyroscope=True), name, placement)


@every_recording
def test_its_recording_is_labelled(name: str, recording: str) -> None:
    header = read_recording(RECORDINGS / f"{recording}.arrows").header
    assert header.exercise == name
    assert get_exercise(name).site(header.placement or "") is not None
    assert header.labels
    assert header.labelled_by


@every_recording
def test_its_recording_shows_what_its_labels_state(name: str, recording: str) -> None:
    path = RECORDINGS / f"{recording}.arrows"
    labels, result = labels_of(path), replay(path)
    assert len(result.reps) == len(labels.get("reps", ()))
    assert len(result.landings) == len(labels.get("landings", ()))
    assert len(result.holds) == len(labels.get("holds", ()))
    errors_s = list(edge_errors_s(result, labels))
    assert max(errors_s, default=0.0) < LARGEST_TIME_ERROR_S
    assert not errors_s or np.mean(errors_s) < LARGEST_MEAN_ERROR_S
    for landing, label in zip(result.landings, labels.get("landings", ()), strict=True):
        assert abs(landing.time_s - label["contact_s"]) < LARGEST_CONTACT_ERROR_S
    for hold, label in zip(result.holds, labels.get("holds", ()), strict=True):
        assert abs(hold.end_s - label["end_s"]) < LARGEST_HOLD_END_ERROR_S


@every_recording
def test_its_results_keep_to_what_it_declares(name: str, recording: str) -> None:
    exercise, result = get_exercise(name), replay(RECORDINGS / f"{recording}.arrows")
    site = exercise.site(result.placement)
    assert site is not None
    jsonschema.validate(json.loads(result.to_json()), result_schema())
    seen: set[str] = set()
    for kind, items in (("rep", result.reps), ("landing", result.landings), ("hold", result.holds)):
        for item in items:
            assert {exercise.measured_of.get(metric, "rep") for metric in item.measurements} == {kind}
            assert set(item.measurements) <= set(exercise.metrics)
            assert set(item.measurements) == set(items[0].measurements)
            assert set(item.flags) <= set(exercise.flags)
            seen |= set(item.measurements)
    assert set(site.metrics) <= seen


@every_site
@settings(max_examples=6)
@given(
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=12),
    gyroscope=st.booleans(),
    lost=st.sampled_from([0.0, 0.02]),
    gap=st.booleans(),
)
def test_any_cut_gives_the_same_result(
    name: str, placement: str, sizes: list[int], gyroscope: bool, lost: float, gap: bool
) -> None:
    samples, info = example_set(name, placement, gyroscope, lost, gap)
    whole = fed(name, placement, info, samples, [len(samples)])
    assert fed(name, placement, info, samples, sizes) == whole


@every_site
@pytest.mark.parametrize("gyroscope", [True, False])
def test_one_sample_at_a_time_gives_the_same_result(name: str, placement: str, gyroscope: bool) -> None:
    samples, info = example_set(name, placement, gyroscope, 0.02, True)
    whole = fed(name, placement, info, samples, [len(samples)])
    assert fed(name, placement, info, samples, [1]) == whole


@every_site
@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("damage", ["stuck", "nothing", "hours missing", "most lost", "a burst"])
@pytest.mark.filterwarnings("error")
def test_damaged_streams_give_a_result(name: str, placement: str, gyroscope: bool, damage: str) -> None:
    samples, info = example_set(name, placement, gyroscope, 0.0, False)
    t_s, acc, gyr = samples.t_s.copy(), samples.acc_m_s2.copy(), samples.gyr_rad_s
    keep = np.ones(len(t_s), dtype=bool)
    middle = len(t_s) // 2
    if damage == "stuck":
        acc[middle : middle + 450] = acc[middle]
    elif damage == "nothing":
        acc[middle : middle + 450] = 0.0
    elif damage == "hours missing":
        t_s[middle:] += 86_400.0
    elif damage == "most lost":
        keep = np.random.default_rng(5).random(len(t_s)) < 0.2
    else:
        acc[middle] = (900.0, -900.0, 900.0)
    damaged = SampleBatch(t_s[keep], acc[keep], None if gyr is None else gyr[keep])
    whole = fed(name, placement, info, damaged, [len(damaged)])
    assert fed(name, placement, info, damaged, [97]) == whole


@every_site
@pytest.mark.parametrize("gyroscope", [True, False])
def test_reps_and_holds_follow_each_other(name: str, placement: str, gyroscope: bool) -> None:
    samples, info = example_set(name, placement, gyroscope, 0.02, False)
    session = Session(info, name, placement)
    session.feed(samples)
    session.finish()
    for items in (session.reps, session.holds):
        for item in items:
            assert item.start_s < item.end_s
        for before, after in pairwise(items):
            assert before.end_s <= after.start_s
    for rep in session.reps:
        times = [time_s for phase in rep.phases for time_s in (phase.start_s, phase.end_s)]
        assert times == sorted(times)
        assert not times or (rep.start_s <= times[0] and times[-1] <= rep.end_s)


def fed(name: str, placement: str, info: StreamInfo, samples: SampleBatch, sizes: list[int]) -> str:
    """The result of a set fed in pieces of these sizes, over and over; whatever an update told is in it once.

    A screen asks where the athlete is after every piece, which changes nothing.
    """
    session, told = Session(info, name, placement), []
    for part in pieces(samples, sizes):
        told.append(session.feed(part))
        session.progress()
    told.append(session.finish())
    result: Result = session.result()
    assert tuple(rep for update in told for rep in update.reps) == result.reps
    assert tuple(landing for update in told for landing in update.landings) == result.landings
    assert tuple(hold for update in told for hold in update.holds) == result.holds
    assert tuple(event for update in told for event in update.events) == result.events
    return result.to_json()


def edge_errors_s(result: Result, labels: Mapping[str, Any]) -> Iterator[float]:
    """How far the start and end of each movement lie from its label's (holds are what is between)."""
    for rep, label in zip(result.reps, labels.get("reps", ()), strict=True):
        truth = {phase["name"]: phase for phase in label.get("phases", ()) if phase["name"] not in HOLDS}
        for phase in (phase for phase in rep.phases if phase.name in truth):
            yield abs(phase.start_s - truth[phase.name]["start_s"])
            yield abs(phase.end_s - truth[phase.name]["end_s"])


def pieces(samples: SampleBatch, sizes: list[int]) -> Iterator[SampleBatch]:
    start = number = 0
    while start < len(samples):
        size = sizes[number % len(sizes)]
        yield samples[start : start + size]
        start, number = start + size, number + 1


@cache
def example_set(name: str, placement: str, gyroscope: bool, lost: float, gap: bool) -> tuple[SampleBatch, StreamInfo]:
    """A set of this exercise, simulated where it can be, else from its recording."""
    movement = MOVEMENTS.get(SHORT_NAMES.get(name, name))
    if movement is not None:
        seen_at = placement if placement in movement.placements else movement.placements[0]
        one = simulate(name, seen_at, seed=3, rate_hz=104.0, gyroscope=gyroscope, reps=4, lost=lost)
        samples, info = one.samples, one.info
    else:
        path = RECORDINGS / f"{get_exercise(name).recordings[0]}.arrows"
        samples, info = read_recording(path).samples, read_recording(path).header.info
    keep = samples.t_s < samples.t_s[0] + CUT_S
    if gap:
        keep &= np.abs(samples.t_s - samples.t_s[0] - 0.6 * CUT_S) > 0.7
    gyr = samples.gyr_rad_s
    return SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], None if gyr is None else gyr[keep]), info


def labels_of(path: Path) -> Mapping[str, Any]:
    labels = read_recording(path).header.labels
    assert labels is not None
    return labels
