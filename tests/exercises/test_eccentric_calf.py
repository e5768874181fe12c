"""The calf exercise: phases on the foot, an honest bound elsewhere, and nothing from getting ready."""

from itertools import pairwise

import numpy as np
import pytest

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from athena_sense.simulation.body import second_derivative
from athena_sense.simulation.profiles import minimum_jerk
from athena_sense.units import STANDARD_GRAVITY_M_S2


def played(one: Simulated, exercise: str = "eccentric-calf", placement: str | None = None) -> Session:
    session = Session(one.info, exercise, placement or one.placement)
    session.feed(one.samples)
    session.finish()
    return session


QUICK = (13, 71, 162, 267)
"""Sets with raises of less than 0.42 s."""


def quick_and_wide(seed: int, gyroscope: bool) -> Simulated:
    """Raises of 50°, and steps off the block at the end."""
    return simulate(
        "calf", "foot", seed=seed, rate_hz=52.0, gyroscope=gyroscope, reps=6, lowering_s=2.0, range_deg=50.0, walk=True
    )


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_phases_on_the_foot(seed: int, gyroscope: bool) -> None:
    one = simulate("calf", "foot", seed=seed, gyroscope=gyroscope, reps=5, lowering_s=6.0, walk=True)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        measured = rep.measurements["eccentric_duration_s"].value
        assert measured == pytest.approx(truth.duration_s("eccentric"), abs=1.8)
        assert rep.measurements["range_deg"].value == pytest.approx(truth.range_deg, abs=6.0)
        starts = [phase.start_s for phase in rep.phases]
        assert starts == sorted(starts)
        for before, after in pairwise(rep.phases):
            assert before.end_s == after.start_s


def test_a_faint_but_regular_set_is_not_begun_afresh_in_the_middle_of_a_lowering() -> None:
    """A small range leaves open for two reps which end is the top; such slow lowerings also pass for stillness."""
    one = simulate("calf", "foot", seed=21, rate_hz=52.0, reps=6, lost=0.01, lowering_s=4.562235177634942)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        measured = rep.measurements["eccentric_duration_s"].value
        assert measured == pytest.approx(truth.duration_s("eccentric"), abs=0.8)


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("seed", QUICK)
def test_raises_as_rough_as_steps_are_counted_and_the_steps_at_the_end_are_not(seed: int, gyroscope: bool) -> None:
    one = quick_and_wide(seed, gyroscope)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        measured = rep.measurements["eccentric_duration_s"].value
        assert measured == pytest.approx(truth.duration_s("eccentric"), abs=0.5)


@pytest.mark.parametrize("seed", QUICK)
def test_what_is_decided_later_does_not_depend_on_the_cut(seed: int) -> None:
    one = quick_and_wide(seed, gyroscope=False)
    whole = played(one)
    for size in (7, 101, 1009):
        session = Session(one.info, "eccentric-calf", "foot")
        for start in range(0, len(one.samples), size):
            session.feed(one.samples[start : start + size])
        session.finish()
        assert session.reps == whole.reps
        assert session.events == whole.events


@pytest.mark.parametrize("placement", ["shank", "waist"])
def test_only_a_bound_above_the_foot(placement: str) -> None:
    one = simulate("calf", placement, seed=3, reps=5, lowering_s=9.5, start="flat", walk=True)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert rep.measurements["eccentric_duration_s"].reason == "placement"
        assert "eccentric_too_fast" not in rep.flags
        bound = rep.measurements["eccentric_duration_upper_bound_s"]
        if bound.value is not None:
            assert bound.bound == "at_most"
            assert bound.value >= (truth.duration_s("eccentric") or 0.0)


def test_a_bound_below_the_minimum_proves_too_fast() -> None:
    one = simulate("calf", "waist", seed=4, reps=5, lowering_s=2.0, start="flat", walk=False)
    reps = played(one).reps
    assert [rep.flags for rep in reps[:-1]] == [("eccentric_too_fast",)] * (len(reps) - 1)


@pytest.mark.parametrize("profile", ["late_drop", "early_drop"])
@pytest.mark.parametrize("placement", ["shank", "waist"])
@pytest.mark.parametrize("seed", range(4))
def test_a_quick_stretch_of_a_lowering_is_no_raise(seed: int, placement: str, profile: str) -> None:
    """It lifts the mean that velocity is taken about; a ghost there would cut the bound short."""
    one = simulate("calf", placement, seed=seed, reps=6, lowering_s=9.5, start="flat", profile=profile)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert "eccentric_too_fast" not in rep.flags
        bound = rep.measurements["eccentric_duration_upper_bound_s"]
        assert bound.value is None or bound.value >= (truth.duration_s("eccentric") or 0.0)


def rising(*moves: tuple[float, float, float]) -> Session:
    """A body that rises (m) within some time (s) and lowers itself in another (s), again and again, then stands."""
    rate_hz, height = 50.0, [np.zeros(150)]
    for rise_m, seconds, lowering_s in moves:
        up = rise_m * minimum_jerk(np.linspace(0.0, 1.0, round(seconds * rate_hz)))
        down = rise_m * np.linspace(1.0, 0.0, round(lowering_s * rate_hz))
        height.append(height[-1][-1] + np.concatenate((up, down - rise_m + up[-1])))
    z = np.concatenate((*height, np.full(150, height[-1][-1])))
    acc = np.zeros((z.shape[0], 3))
    acc[:, 2] = STANDARD_GRAVITY_M_S2 + second_derivative(z, rate_hz)
    session = Session(StreamInfo(rate_hz, False), "eccentric-calf", "waist")
    session.feed(SampleBatch(np.arange(z.shape[0]) / rate_hz, acc, None))
    session.finish()
    return session


def test_a_bound_is_told_only_between_raises_like_the_others() -> None:
    full, small = (0.08, 0.7, 6.0), (0.053, 0.7, 6.0)
    bounds = [rep.measurements["eccentric_duration_upper_bound_s"] for rep in rising(*4 * [full], small, full).reps]
    assert [bound.reason for bound in bounds] == [None, None, None, "too_small", "too_small", "cut_off"]
    assert all(bound.value is None or 6.0 <= bound.value < 7.0 for bound in bounds)


def test_a_heel_that_comes_back_to_level_at_the_end_is_no_rep() -> None:
    """It rises by what the first raise, from level, fell short of the others."""
    first, full, back = (0.04, 0.7, 6.0), (0.08, 0.7, 6.0), (0.045, 0.7, 6.0)
    assert len(rising(first, *4 * [full]).reps) == 5
    assert len(rising(first, *4 * [full], back).reps) == 5


def test_a_swinging_leg_is_no_raise() -> None:
    full = (0.08, 0.7, 6.0)
    assert len(rising(*4 * [full], (0.14, 0.7, 6.0)).reps) == 4


@pytest.mark.parametrize("placement", ["foot", "shank", "waist"])
def test_walking_holds_no_reps(placement: str) -> None:
    assert played(simulate("walking", placement, seed=1), "eccentric-calf").reps == []


def test_a_gap_inside_a_lowering_counts_but_is_not_timed() -> None:
    one = simulate("calf", "foot", seed=2, reps=4, lowering_s=8.0, start="flat", walk=False)
    lowering = next(phase for phase in one.truth.reps[1].phases if phase.name == "eccentric")
    middle = 0.5 * (lowering.start_s + lowering.end_s)
    keep = np.abs(one.samples.t_s - middle) > 0.5
    session = Session(one.info, "eccentric-calf", "foot")
    samples = one.samples
    assert samples.gyr_rad_s is not None
    session.feed(SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], samples.gyr_rad_s[keep]))
    session.finish()
    assert [rep.interrupted for rep in session.reps] == [False, True, False, False]
    assert session.reps[1].measurements["eccentric_duration_s"].reason == "gap"
    assert session.reps[1].measurements["range_deg"].reason == "gap"
    assert session.quality().status == "limited"


def test_what_cannot_be_seen_is_refused_with_the_reason() -> None:
    with pytest.raises(ExerciseError, match=r"cannot be seen from the wrist.*foot, shank, waist"):
        Session(StreamInfo(100.0, True), "eccentric-calf", "wrist")
    with pytest.raises(RecordingError, match="5 samples a second are too few"):
        Session(StreamInfo(5.0, False), "eccentric-calf", "foot")
    with pytest.raises(RecordingError, match="gravity was removed"):
        Session(StreamInfo(100.0, False, has_gravity=False), "eccentric-calf", "foot")
