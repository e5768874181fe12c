"""Hurdle leg: lifts of the leg, touches of the floor between them, the trunk, and nothing from walking."""

import numpy as np
import pytest

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate


def played(one: Simulated, placement: str | None = None) -> Session:
    session = Session(one.info, "hurdle-leg", placement or one.placement)
    session.feed(one.samples)
    session.finish()
    return session


def played_with_knocks(one: Simulated, at_s: list[float]) -> Session:
    """With a knock of 3 g along the leg at some times (s), as a sensor on it rings."""
    t_s, acc_m_s2 = one.samples.t_s, one.samples.acc_m_s2.copy()
    up = acc_m_s2[: len(t_s) // 50].mean(axis=0)
    for knock_s in at_s:
        since_s = np.maximum(t_s - knock_s, 0.0)
        acc_m_s2 += up * (3.0 * np.exp(-since_s / 0.03) * np.sin(2.0 * np.pi * 25.0 * since_s))[:, None]
    session = Session(one.info, "hurdle-leg", one.placement)
    session.feed(SampleBatch(t_s, acc_m_s2, one.samples.gyr_rad_s))
    session.finish()
    return session


@pytest.mark.parametrize("placement", ["shank", "foot"])
@pytest.mark.parametrize("seed", range(4))
def test_lifts_and_touches(placement: str, seed: int) -> None:
    one = simulate("hurdle-leg", placement, seed=seed, reps=6, touches=0.5)
    session = played(one)
    assert len(session.reps) == 6
    for rep, truth in zip(session.reps, one.truth.reps, strict=True):
        assert rep.measurements["foot_down_count"].value == truth.more["foot_down_count"]
        assert rep.measurements["leg_range_deg"].value == pytest.approx(truth.range_deg, abs=8.0)
        assert ("foot_down" in rep.flags) is (truth.more["foot_down_count"] > 0.0)
    down_s = [span.start_s for span in one.truth.spans if span.kind == "foot_down"][:-1]
    assert [event.time_s for event in session.events] == pytest.approx(down_s, abs=0.15)


@pytest.mark.parametrize("placement", ["shank", "foot"])
@pytest.mark.parametrize("seed", [0, 2, 3, 6])
def test_an_accelerometer_alone_counts_whatever_the_tempo(placement: str, seed: int) -> None:
    """Also where the pull of the swing outgrows gravity, as in seed 6, and where a lift dips, as in seed 2."""
    one = simulate("hurdle-leg", placement, seed=seed, reps=6, gyroscope=False)
    reps = played(one).reps
    assert len(reps) == 6
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert (rep.start_s, rep.end_s) == pytest.approx((truth.start_s, truth.end_s), abs=0.6)


def test_an_accelerometer_alone_sees_a_foot_that_hurries() -> None:
    """The pull of a swing of 0.6 s and 90° is twice gravity: on average it weighs as much as a foot that stands."""
    one = simulate("hurdle-leg", "foot", seed=6006, rate_hz=104.0, reps=6, gyroscope=False)
    reps = played(one).reps
    assert len(reps) == 6
    pairs = [
        (rep.measurements["leg_range_deg"].value, truth.range_deg)
        for rep, truth in zip(reps, one.truth.reps, strict=True)
    ]
    told = [(found, true) for found, true in pairs if found is not None]
    assert len(told) >= 4
    assert [found for found, _ in told] == pytest.approx([true for _, true in told], abs=8.0)


@pytest.mark.parametrize(("seed", "reps"), [(40035, 3), (41059, 5)])
def test_a_foot_set_down_hard_is_no_step_and_a_hard_stop_no_touch(seed: int, reps: int) -> None:
    one = simulate("hurdle-leg", "foot", seed=seed, rate_hz=200.0, reps=reps, gyroscope=False)
    found = [rep.measurements["foot_down_count"].value for rep in played(one).reps]
    assert found == [rep.more["foot_down_count"] for rep in one.truth.reps]


@pytest.mark.parametrize(
    ("placement", "seed", "rate_hz", "gyroscope"),
    [
        # The leg hangs on the way from the floor to the hurdle: the floor is no less low than that.
        ("shank", 90022, 104.0, False),
        ("shank", 90049, 100.0, True),
        # The foot is set down, and lifted within 0.12 s.
        ("foot", 90057, 100.0, True),
        # What pulls at a foot that hurries, and stops it, knocks at no floor.
        ("foot", 90027, 200.0, True),
        ("foot", 91057, 100.0, False),
    ],
)
def test_where_the_leg_is_low_what_pushes_along_it_is_a_touch(
    placement: str, seed: int, rate_hz: float, gyroscope: bool
) -> None:
    one = simulate("hurdle-leg", placement, seed=seed, rate_hz=rate_hz, gyroscope=gyroscope, lost=0.01)
    found = [rep.measurements["foot_down_count"].value for rep in played(one).reps]
    assert found == [rep.more["foot_down_count"] for rep in one.truth.reps]


@pytest.mark.parametrize("seed", [0, 3])
def test_an_accelerometer_alone_counts_lifts_that_end_on_the_floor(seed: int) -> None:
    """A foot set down from the hurdle strikes as hard as a step, but later than a step would."""
    one = simulate("hurdle-leg", "shank", seed=seed, reps=5, gyroscope=False, touches=0.0, walk=False)
    assert len(played_with_knocks(one, [rep.end_s for rep in one.truth.reps]).reps) == 5


def test_what_knocks_at_the_height_of_a_quick_lift_is_no_step() -> None:
    one = simulate("hurdle-leg", "shank", seed=90019, reps=5, walk=False)
    assert len(played_with_knocks(one, [rep.phases[0].end_s for rep in one.truth.reps]).reps) == 5


@pytest.mark.parametrize("scale", [0.92, 1.06])
def test_an_accelerometer_may_be_off_in_scale(scale: float) -> None:
    one = simulate("hurdle-leg", "shank", seed=2, reps=6, gyroscope=False)
    session = Session(one.info, "hurdle-leg", "shank")
    session.feed(SampleBatch(one.samples.t_s, scale * one.samples.acc_m_s2, None))
    session.finish()
    assert len(session.reps) == 6


def test_an_accelerometer_alone_tells_no_angle_of_an_upright_shank() -> None:
    """A knee is lifted by 0.4 m over the hurdle, the shank hangs from it: it weighs less as it slows down."""
    t_s = np.arange(0.0, 20.0, 0.01)
    u = np.clip((t_s - 4.0) % 4.0, 0.0, 2.0) * ((t_s > 4.0) & (t_s < 16.0))
    height_m = 0.4 * (0.5 - 0.5 * np.cos(np.pi * u))
    acc_m_s2 = np.zeros((len(t_s), 3))
    acc_m_s2[:, 2] = 9.81 + np.gradient(np.gradient(height_m, t_s), t_s)
    session = Session(StreamInfo(100.0, False), "hurdle-leg", "shank")
    session.feed(SampleBatch(t_s, acc_m_s2, None))
    session.finish()
    assert session.reps
    assert {rep.measurements["leg_range_deg"].reason for rep in session.reps} == {"no_gyroscope"}


def test_a_leg_that_hangs_between_reps_is_not_set_down() -> None:
    for seed in range(4):
        session = played(simulate("hurdle-leg", "shank", seed=seed, reps=6, touches=0.0))
        assert {rep.measurements["foot_down_count"].value for rep in session.reps} == {0.0}
        assert session.events == []


def test_slow_sensors_prove_touches_but_never_that_there_was_none() -> None:
    counts = []
    for seed in range(4):
        one = simulate("hurdle-leg", "shank", seed=seed, rate_hz=50.0, reps=6, touches=0.5)
        counts += [rep.measurements["foot_down_count"] for rep in played(one).reps]
    assert {count.bound for count in counts if count.value is not None} == {"at_least"}
    assert {count.reason for count in counts if count.value is None} == {"sample_rate"}


@pytest.mark.parametrize(("lean_deg", "flagged"), [(4.0, False), (25.0, True)])
def test_the_trunk_needs_a_second_sensor(lean_deg: float, flagged: bool) -> None:
    settings = {"seed": 2, "reps": 4, "trunk_lean_deg": lean_deg}
    shank, chest = (simulate("hurdle-leg", placement, **settings) for placement in ("shank", "chest"))
    session = Session(shank.info, "hurdle-leg", "shank", others={"chest": chest.info})
    session.feed(shank.samples)
    session.feed(chest.samples, "chest")
    session.finish()
    assert len(session.reps) == 4
    assert all(("trunk_lean" in rep.flags) is flagged for rep in session.reps)
    assert {rep.measurements["trunk_lean_deg"].reason for rep in played(shank).reps} == {"no_second_sensor"}


@pytest.mark.parametrize("placement", ["shank", "foot"])
def test_walking_holds_no_reps(placement: str) -> None:
    for seed in range(3):
        assert played(simulate("walking", placement, seed=seed), placement).reps == []


@pytest.mark.parametrize("placement", ["shank", "foot"])
def test_a_step_that_ends_as_it_is_told_is_heard_whatever_the_cut(placement: str) -> None:
    one = simulate("walking", placement, seed=1)
    session = Session(one.info, "hurdle-leg", placement)
    for row in range(len(one.samples)):
        session.feed(one.samples[row : row + 1])
    session.finish()
    assert session.reps == []


def test_touches_across_a_gap_are_not_claimed() -> None:
    one = simulate("hurdle-leg", "shank", seed=3, reps=4, touches=1.0, walk=False)
    down = next(span for span in one.truth.spans if span.kind == "foot_down")
    samples = one.samples
    keep = np.abs(samples.t_s - down.start_s) > 0.25
    assert samples.gyr_rad_s is not None
    session = Session(one.info, "hurdle-leg", "shank")
    session.feed(SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], samples.gyr_rad_s[keep]))
    session.finish()
    count = session.reps[1].measurements["foot_down_count"]
    assert count.reason == "gap" or count.bound == "at_least"


def test_it_cannot_be_seen_from_elsewhere() -> None:
    one = simulate("hurdle-leg", "shank", seed=1, reps=2)
    with pytest.raises(ExerciseError, match=r"cannot be seen from the waist.*shank, foot"):
        Session(one.info, "hurdle-leg", "waist")


def test_an_accelerometer_alone_has_to_hear_steps() -> None:
    assert Session(StreamInfo(25.0, True), "hurdle-leg", "shank").reps == []
    with pytest.raises(RecordingError, match=r"40 samples a second are too few .* without a gyroscope: it needs 50"):
        Session(StreamInfo(40.0, False), "hurdle-leg", "shank")


@pytest.mark.parametrize(("placement", "seed"), [("shank", 3001), ("shank", 3013), ("foot", 3001)])
def test_an_accelerometer_alone_knows_a_soft_step_by_the_steps_around_it(placement: str, seed: int) -> None:
    one = simulate("walking", placement, seed=seed, gyroscope=False, reps=2)
    assert played(one).reps == []
