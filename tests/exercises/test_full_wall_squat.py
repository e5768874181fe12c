"""The squat: phases and depth at the thigh, tempo at the trunk, and nothing from walking, sitting or jumping."""

from itertools import pairwise

import numpy as np
import pytest

from athena_sense.datatypes import Rep, SampleBatch, StreamInfo
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.recordings import open_recording, samples_of
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.real_data import real_data

NAME = "full-wall-squat"
PHASES = ("eccentric_duration", "bottom_hold", "concentric_duration", "top_hold")
SEGMENTS = {"thigh": "RightThigh", "chest": "Chest"}


def played(one: Simulated, placement: str | None = None) -> Session:
    session = Session(one.info, NAME, placement or one.placement)
    session.feed(one.samples)
    session.finish()
    return session


def live(one: Simulated) -> list[tuple[Rep, float]]:
    """The reps of a set that comes in packets of five samples, and when each was told (s)."""
    session, gyr = Session(one.info, NAME, one.placement), one.samples.gyr_rad_s
    told: list[tuple[Rep, float]] = []
    for first in range(0, len(one.samples), 5):
        rows = slice(first, first + 5)
        batch = SampleBatch(one.samples.t_s[rows], one.samples.acc_m_s2[rows], None if gyr is None else gyr[rows])
        session.feed(batch)
        told += [(rep, float(batch.t_s[-1])) for rep in session.reps[len(told) :]]
    session.finish()
    return told + [(rep, float(one.samples.t_s[-1])) for rep in session.reps[len(told) :]]


def value(rep: Rep, metric: str) -> float:
    measured = rep.measurements[metric].value
    assert measured is not None
    return measured


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_phases_and_depth_at_the_thigh(seed: int, gyroscope: bool) -> None:
    one = simulate("squat", "thigh", seed=seed, gyroscope=gyroscope, reps=5, lowering_s=3.0, depth_deg=70.0, walk=True)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert value(rep, "eccentric_duration_s") == pytest.approx(truth.duration_s("eccentric"), abs=0.6)
        depth = rep.measurements["depth_deg"]
        assert depth.value == pytest.approx(truth.range_deg, abs=6.0) or (not gyroscope and depth.value is None)
        for before, after in pairwise(rep.phases):
            assert before.end_s == after.start_s
    for before, after in pairwise(reps):
        assert before.end_s <= after.start_s
        assert value(after, "top_hold_s") == pytest.approx(after.start_s - before.end_s)


def test_squats_to_25_degrees_count_and_shallower_ones_are_told() -> None:
    one = simulate("squat", "thigh", seed=6, reps=6, depth_deg=(28.0, 28.0, 22.0), lowering_s=2.0, walk=False)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert truth.range_deg is not None
        if abs(truth.range_deg - 25.0) > 2.0:
            assert ("shallow" in rep.flags) == (truth.range_deg < 25.0)


def test_dropping_is_too_fast_and_heard_while_it_happens() -> None:
    one = simulate("squat", "thigh", seed=8, reps=6, depth_deg=80.0, lowering_s=(2.5, 2.5, 0.7), walk=False)
    session = played(one)
    fast = [rep for rep in session.reps if "eccentric_too_fast" in rep.flags]
    assert [rep.number for rep in fast] == [3, 6]
    for rep in fast:
        assert any(rep.start_s < event.time_s < rep.phases[0].end_s for event in session.events)


@pytest.mark.parametrize("seed", range(3))
def test_a_trunk_that_falls_forward_is_told_at_the_chest(seed: int) -> None:
    one = simulate(
        "squat", "chest", seed=seed, reps=4, depth_deg=80.0, lowering_s=2.5, lean_deg=(20.0, 60.0), walk=False
    )
    reps = played(one).reps
    assert len(reps) == 4
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert truth.trunk_lean_deg is not None
        assert value(rep, "trunk_lean_deg") == pytest.approx(truth.trunk_lean_deg, abs=6.0)
        assert ("trunk_collapse" in rep.flags) == (truth.trunk_lean_deg > 45.0)
        assert rep.measurements["depth_deg"].reason == "placement"


def test_hips_come_down_at_the_waist() -> None:
    one = simulate("squat", "waist", seed=5, reps=5, depth_deg=80.0, lowering_s=1.2, lean_deg=25.0, walk=False)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        way = rep.measurements["depth_m"]
        assert way.reason == "too_small" or way.value == pytest.approx(truth.range_m, abs=0.12)


def test_without_a_gyroscope_the_depth_is_told_where_it_is_known() -> None:
    told, kept_back = [], 0
    for seed in range(8):
        one = simulate("squat", "thigh", seed=seed, gyroscope=False, reps=4, lowering_s=(3.0, 0.7), walk=False)
        for rep, truth in zip(played(one).reps, one.truth.reps, strict=True):
            depth = rep.measurements["depth_deg"]
            assert depth.reason in (None, "no_gyroscope")
            if depth.value is None:
                kept_back += 1
            else:
                assert truth.range_deg is not None
                told.append(abs(depth.value - truth.range_deg))
    assert kept_back > 0
    assert len(told) > 16
    assert np.max(told) < 6.0


def test_a_gap_inside_a_squat_counts_but_is_not_timed() -> None:
    one = simulate("squat", "thigh", seed=2, reps=4, depth_deg=70.0, lowering_s=3.0, walk=False)
    lowering = one.truth.reps[1].phases[0]
    middle = 0.5 * (lowering.start_s + lowering.end_s)
    keep = np.abs(one.samples.t_s - middle) > 0.4
    gyr = one.samples.gyr_rad_s
    assert gyr is not None
    session = Session(one.info, NAME, "thigh")
    session.feed(SampleBatch(one.samples.t_s[keep], one.samples.acc_m_s2[keep], gyr[keep]))
    session.finish()
    assert [rep.interrupted for rep in session.reps] == [False, True, False, False]
    assert session.reps[1].measurements["eccentric_duration_s"].reason == "gap"
    assert session.reps[1].measurements["depth_deg"].reason == "gap"


@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
@pytest.mark.parametrize("seed", range(3))
def test_walking_and_stairs_hold_no_squats_at_the_thigh(seed: int, rise_m: float) -> None:
    assert played(simulate("walking", "thigh", seed=seed, rise_m=rise_m)).reps == []


@pytest.mark.parametrize("placement", ["thigh", "waist", "chest"])
@pytest.mark.parametrize(
    "kind", ["walking_front_pocket", "walking_hand", "stairs_front_pocket", "jumping_front_pocket"]
)
def test_real_walking_stairs_and_jumps_hold_no_squats(kind: str, placement: str) -> None:
    opened = open_recording(real_data("phyphox_jump_walk", f"{kind}_sophia.csv"))
    session = Session(opened.header.info, NAME, placement)
    session.feed(samples_of(opened))
    session.finish()
    assert session.reps == []


@pytest.mark.parametrize(("placement", "gyroscope"), [("thigh", True), ("thigh", False), ("chest", True)])
@pytest.mark.parametrize("movement", ["SqDL", "SqSL"])
def test_each_real_recording_of_one_squat_is_one_rep(movement: str, placement: str, gyroscope: bool) -> None:
    pd = pytest.importorskip("pandas")
    table = pd.read_parquet(real_data("cmu_exercises_mocap", f"{movement}.parquet"))
    for _, one in table.groupby("rep_file"):
        acc, gyr = (one[[f"{SEGMENTS[placement]}_{k}{axis}" for axis in "xyz"]].to_numpy(float) for k in "ag")
        session = Session(StreamInfo(100.0, gyroscope), NAME, placement)
        session.feed(SampleBatch(one["t"].to_numpy(float), acc, gyr if gyroscope else None))
        session.finish()
        assert len(session.reps) == 1
        down, _, up = session.reps[0].phases
        deepest_s = float(one["t"].iloc[int(one["RightKneeAngle_x"].to_numpy(float).argmin())])
        assert 0.5 * (down.end_s + up.start_s) == pytest.approx(deepest_s, abs=0.1)


def test_what_cannot_be_seen_is_refused_with_the_reason() -> None:
    with pytest.raises(ExerciseError, match=r"cannot be seen from the wrist.*thigh, waist, chest"):
        Session(StreamInfo(100.0, True), NAME, "wrist")
    with pytest.raises(RecordingError, match="10 samples a second are too few"):
        Session(StreamInfo(10.0, False), NAME, "thigh")
    with pytest.raises(RecordingError, match=r"30 samples a second are too few.*40 or more"):
        Session(StreamInfo(30.0, True), NAME, "waist")
    with pytest.raises(RecordingError, match="gravity was removed"):
        Session(StreamInfo(100.0, False, has_gravity=False), NAME, "thigh")


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize(("lowering_s", "lean_deg"), [(1.5, 6.0), (4.5, 6.0), (4.5, 30.0)])
def test_a_trunk_that_hardly_leans_or_is_lowered_slowly_is_counted(
    placement: str, lowering_s: float, lean_deg: float
) -> None:
    one = simulate("squat", placement, seed=21, reps=5, depth_deg=60.0, lowering_s=lowering_s, lean_deg=lean_deg)
    assert len(played(one).reps) == 5


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize("seed", range(3))
def test_phases_at_the_trunk(placement: str, seed: int) -> None:
    one = simulate("squat", placement, seed=seed, reps=4, depth_deg=70.0, lowering_s=2.5, lean_deg=25.0, walk=True)
    reps = played(one).reps
    assert len(reps) == 4
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert value(rep, "eccentric_duration_s") == pytest.approx(truth.duration_s("eccentric"), abs=0.5)


@pytest.mark.parametrize("placement", ["thigh", "waist", "chest"])
def test_a_slow_squat_is_told_within_a_third_of_a_second_whatever_the_cut(placement: str) -> None:
    one = simulate("squat", placement, seed=5, reps=4, depth_deg=70.0, lowering_s=3.0, lean_deg=25.0, walk=False)
    told = live(one)
    assert [rep for rep, _ in told] == played(one).reps
    assert len(told) == 4
    for (_, at_s), truth in zip(told, one.truth.reps, strict=True):
        assert at_s - truth.end_s < 0.33


def test_a_lowering_that_drops_at_its_end_is_timed_from_its_start() -> None:
    one = simulate("squat", "thigh", seed=4, reps=5, depth_deg=80.0, lowering_s=4.0, profile="late_drop")
    reps = played(one).reps
    assert len(reps) == 5
    late_s = [rep.start_s - truth.start_s for rep, truth in zip(reps, one.truth.reps, strict=True)]
    assert np.abs(late_s).max() < 0.4


def test_without_a_gyroscope_a_lever_shortens_a_lowering_by_less_than_a_fifth_of_a_second() -> None:
    # Where the turning of a thigh is left in its inclination, it is 0.25 s.
    errors_s = []
    for seed in range(6):
        one = simulate("squat", "thigh", seed=seed, reps=4, lowering_s=1.5, profile="minimum_jerk", gyroscope=False)
        for rep, truth in zip(played(one).reps, one.truth.reps, strict=False):
            errors_s.append(value(rep, "eccentric_duration_s") - truth.duration_s("eccentric"))
    assert abs(np.mean(errors_s)) < 0.2


def test_a_second_sensor_on_the_chest_sees_the_trunk_lean() -> None:
    thigh, chest = (simulate("squat", site, seed=3, reps=4, lean_deg=25.0) for site in ("thigh", "chest"))
    session = Session(thigh.info, "full-wall-squat", "thigh", others={"chest": chest.info})
    session.feed(chest.samples, "chest")
    session.feed(thigh.samples)
    session.finish()
    leans = [rep.measurements["trunk_lean_deg"].value for rep in session.reps]
    wanted = [rep.trunk_lean_deg for rep in thigh.truth.reps]
    assert np.mean(np.abs(np.subtract(leans, wanted))) < 2.0
    first, second = session.result().sensors
    assert "trunk_lean_deg" not in first.metrics
    assert second.metrics == ("trunk_lean_deg",)


def test_the_chest_as_first_sensor_needs_no_second() -> None:
    chest = simulate("squat", "chest", seed=3, reps=4)
    session = Session(chest.info, "full-wall-squat", "chest")
    session.feed(chest.samples)
    session.finish()
    assert all(rep.measurements["trunk_lean_deg"].value is not None for rep in session.reps)


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("depth_deg", [50.0, 100.0])
@pytest.mark.parametrize("seed", range(3))
def test_quick_squats_one_after_the_other_are_no_walking_though_one_walks_off_after_them(
    seed: int, depth_deg: float, gyroscope: bool
) -> None:
    one = simulate(
        "squat", "thigh", seed=seed, gyroscope=gyroscope, reps=5, depth_deg=depth_deg, lowering_s=0.9, walk=True
    )
    assert len(played(one).reps) == 5


@pytest.mark.parametrize("seed", range(3))
def test_a_quick_squat_is_told_when_the_body_has_stopped_and_not_with_the_last_of_the_set(seed: int) -> None:
    one = simulate("squat", "thigh", seed=seed, reps=5, depth_deg=50.0, lowering_s=0.9, walk=True)
    told = live(one)
    assert [rep for rep, _ in told] == played(one).reps
    for (_, at_s), truth in zip(told, one.truth.reps, strict=True):
        assert at_s - truth.end_s < 0.5


@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_long_stay_at_the_bottom_is_not_taken_for_standing(gyroscope: bool) -> None:
    one = simulate("squat", "thigh", seed=10872, rate_hz=50.0, gyroscope=gyroscope, lost=0.01, reps=6)
    assert max(truth.duration_s("bottom_hold") for truth in one.truth.reps) > 2.5
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert value(rep, "eccentric_duration_s") == pytest.approx(truth.duration_s("eccentric"), abs=0.6)


def test_a_quick_raise_from_a_slow_squat_counts_without_a_gyroscope() -> None:
    one = simulate("squat", "thigh", seed=10474, gyroscope=False, lost=0.01, reps=6)
    assert len(played(one).reps) == 6


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize("seed", [10127, 10139])
def test_deep_quick_squats_one_after_the_other_are_no_walk(placement: str, seed: int) -> None:
    one = simulate("squat", placement, seed=seed, rate_hz=104.0, lost=0.01, reps=6)
    assert len(played(one).reps) == 6


@pytest.mark.parametrize("seed", range(3))
def test_a_pelvis_that_leans_and_tucks_under_is_counted(seed: int) -> None:
    one = simulate("squat", "waist", seed=seed, reps=5, depth_deg=28.0, lowering_s=1.8, lean_deg=8.5, walk=False)
    assert len(played(one).reps) == 5


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize("hole_s", [0.18, 0.4])
def test_lost_samples_lose_no_squat_of_a_trunk(placement: str, hole_s: float) -> None:
    one = simulate("squat", placement, seed=3, reps=5, depth_deg=90.0, lowering_s=2.0, lean_deg=25.0, walk=False)
    keep = np.ones(len(one.samples), bool)
    for rep in one.truth.reps[2:]:
        lowering = rep.phases[0]
        keep &= np.abs(one.samples.t_s - (0.3 * lowering.start_s + 0.7 * lowering.end_s)) > 0.5 * hole_s
    gyr = one.samples.gyr_rad_s
    assert gyr is not None
    session = Session(one.info, NAME, placement)
    session.feed(SampleBatch(one.samples.t_s[keep], one.samples.acc_m_s2[keep], gyr[keep]))
    session.finish()
    assert [rep.interrupted for rep in session.reps] == [False, False, *[hole_s > 0.25] * 3]


@pytest.mark.parametrize(("placement", "seed", "depth_deg"), [("chest", 60357, None), ("chest", 60034, 110.0)])
def test_deep_squats_that_jolt_are_no_walk_though_none_is_known_before(
    placement: str, seed: int, depth_deg: float | None
) -> None:
    rate_hz = (50.0, 52.0, 100.0, 104.0)[seed % 4]
    one = simulate("squat", placement, seed=seed, rate_hz=rate_hz, lost=0.01, reps=6, depth_deg=depth_deg)
    assert len(played(one).reps) == 6


@pytest.mark.parametrize(("seed", "rate_hz"), [(60477, 52.0), (60586, 100.0)])
def test_whoever_comes_walking_stands_before_the_first_squat(seed: int, rate_hz: float) -> None:
    one = simulate("squat", "waist", seed=seed, rate_hz=rate_hz, lost=0.01, reps=6)
    assert one.truth.spans[1].kind == "walking"
    assert len(played(one).reps) == 6


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_shallow_slow_squats_are_counted_and_not_told_at_the_bottom(seed: int) -> None:
    one = simulate("squat", "waist", seed=seed, reps=6, depth_deg=35.0, lowering_s=2.0, lean_deg=12.0, lost=0.01)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert rep.end_s > truth.phases[-1].start_s


@pytest.mark.parametrize("seed", [60477, 60586, 60051])
def test_a_stand_that_is_looked_for_again_does_not_hang_on_the_cut(seed: int) -> None:
    one = simulate("squat", "waist", seed=seed, reps=3, walk=True, lost=0.01)
    assert [rep for rep, _ in live(one)] == played(one).reps


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize("lowering_s", [1.0, 2.5])
@pytest.mark.parametrize("seed", range(3))
def test_an_accelerometer_alone_counts_at_the_trunk_and_times_nothing(
    placement: str, lowering_s: float, seed: int
) -> None:
    one = simulate("squat", placement, seed=seed, gyroscope=False, reps=5, depth_deg=80.0, lowering_s=lowering_s)
    reps = played(one).reps
    assert len(reps) == 5
    for rep in reps:
        assert rep.phases == ()
        assert {rep.measurements[f"{phase}_s"].reason for phase in PHASES} == {"no_gyroscope"}


@pytest.mark.parametrize("placement", ["waist", "chest"])
def test_what_an_accelerometer_alone_counts_is_the_same_whatever_the_cut(placement: str) -> None:
    one = simulate("squat", placement, seed=5, gyroscope=False, reps=4, depth_deg=70.0, lowering_s=1.5)
    assert [rep for rep, _ in live(one)] == played(one).reps


@pytest.mark.parametrize(("seed", "rate_hz"), [(33, 52.0), (37, 52.0), (59, 104.0), (40144, 40.0)])
def test_a_short_stand_between_squats_is_seen_by_an_accelerometer_alone(seed: int, rate_hz: float) -> None:
    one = simulate("squat", "waist", seed=seed, rate_hz=rate_hz, gyroscope=False, lost=0.01, reps=6)
    stood_s = [after.start_s - before.end_s for before, after in pairwise(one.truth.reps)]
    assert min(stood_s) < 0.4
    assert len(played(one).reps) == 6


@pytest.mark.parametrize(("seed", "rate_hz"), [(18, 100.0), (40081, 52.0), (40116, 50.0), (40155, 104.0)])
def test_a_shift_of_the_weight_is_no_squat_to_an_accelerometer_alone(seed: int, rate_hz: float) -> None:
    one = simulate("squat", "waist", seed=seed, rate_hz=rate_hz, gyroscope=False, lost=0.01, reps=6)
    assert "fidget" in {span.kind for span in one.truth.spans}
    assert len(played(one).reps) == 6


@pytest.mark.parametrize("seed", [40059, 40175])
def test_whoever_walks_off_does_no_squat_to_an_accelerometer_alone(seed: int) -> None:
    one = simulate("squat", "waist", seed=seed, rate_hz=104.0, gyroscope=False, lost=0.01, reps=6)
    assert one.truth.spans[-2].kind == "walking"
    assert len(played(one).reps) == 6


def test_hips_that_are_pushed_back_do_not_sink_further_to_an_accelerometer_alone() -> None:
    # The size of the force takes up to half of a quick way more for it.
    off_m = []
    for seed in range(5):
        one = simulate("squat", "waist", seed=seed, gyroscope=False, reps=4, depth_deg=90.0, lowering_s=1.0, walk=False)
        for rep, truth in zip(played(one).reps, one.truth.reps, strict=True):
            if (way_m := rep.measurements["depth_m"].value) is not None and truth.range_m is not None:
                off_m.append(way_m - truth.range_m)
    assert len(off_m) >= 16
    assert np.abs(off_m).mean() < 0.05


def test_a_lean_that_movement_may_have_made_is_not_told() -> None:
    reasons = set()
    for seed in range(3):
        one = simulate("squat", "chest", seed=seed, gyroscope=False, reps=4, lowering_s=1.0, lean_deg=25.0)
        for rep, truth in zip(played(one).reps, one.truth.reps, strict=True):
            lean = rep.measurements["trunk_lean_deg"]
            reasons.add(lean.reason)
            assert lean.value is None or lean.value == pytest.approx(truth.trunk_lean_deg, abs=6.0)
    assert "no_gyroscope" in reasons
    assert reasons <= {None, "no_gyroscope"}


@pytest.mark.parametrize("segment", ["Pelvis", "Chest"])
@pytest.mark.parametrize("movement", ["SqDL", "SqSL"])
def test_each_real_squat_is_one_to_an_accelerometer_alone(movement: str, segment: str) -> None:
    pd = pytest.importorskip("pandas")
    table = pd.read_parquet(real_data("cmu_exercises_mocap", f"{movement}.parquet"))
    for _, one in table.groupby("rep_file"):
        session = Session(StreamInfo(100.0, False), NAME, "waist" if segment == "Pelvis" else "chest")
        acc = one[[f"{segment}_a{axis}" for axis in "xyz"]].to_numpy(float)
        session.feed(SampleBatch(one["t"].to_numpy(float), acc, None))
        session.finish()
        assert len(session.reps) == 1


@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_a_stream_that_begins_on_the_way_or_at_the_bottom_finds_where_the_body_stands(
    share: float, gyroscope: bool
) -> None:
    right = 0
    for seed in range(8):
        one = simulate(
            "squat", "thigh", seed=seed, gyroscope=gyroscope, reps=5, depth_deg=95.0, lowering_s=2.0, walk=False
        )
        lowering = one.truth.reps[0].phases[0]
        later = one.samples.t_s > lowering.start_s + share * (lowering.end_s - lowering.start_s)
        gyr = one.samples.gyr_rad_s
        session = Session(one.info, NAME, "thigh")
        session.feed(
            SampleBatch(one.samples.t_s[later], one.samples.acc_m_s2[later], None if gyr is None else gyr[later])
        )
        session.finish()
        bottoms_s = [0.5 * (rep.phases[0].end_s + rep.phases[-1].start_s) for rep in session.reps]
        true_s = [0.5 * (rep.phases[0].end_s + rep.phases[-1].start_s) for rep in one.truth.reps]
        right += bottoms_s[-4:] == pytest.approx(true_s[1:], abs=0.5)
    assert right >= 6
