"""Single-leg balance: when a hold ends, how large its sway is, and what is no hold."""

import numpy as np
import pytest

from athena_sense import replay
from athena_sense.datatypes import Hold, SampleBatch, StreamInfo
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.holds.balance import likelier_elsewhere
from athena_sense.holds.findings import Stance
from athena_sense.holds.sway import Mark
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from athena_sense.targets import get_program
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G
from tests.real_data import real_data

NAME = "single-leg-balance"


def played(one: Simulated, keep: np.ndarray | None = None, gyroscope: bool = True) -> Session:
    samples, info = one.samples, one.info
    if not gyroscope:
        samples, info = SampleBatch(samples.t_s, samples.acc_m_s2), StreamInfo(info.sample_rate_hz, False)
    if keep is not None:
        gyr = None if samples.gyr_rad_s is None else samples.gyr_rad_s[keep]
        samples = SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], gyr)
    session = Session(info, NAME, one.placement)
    session.feed(samples)
    session.finish()
    return session


def swaying(seconds: float, rms_m_s2: float, turns_hz: float = 0.5, rate_hz: float = 100.0) -> SampleBatch:
    """A trunk whose acceleration goes round in a circle of this radius, in some orientation of the sensor."""
    t_s = np.arange(0.0, seconds, 1.0 / rate_hz)
    angle = 2.0 * np.pi * turns_hz * t_s
    world = np.column_stack([rms_m_s2 * np.cos(angle), rms_m_s2 * np.sin(angle), np.full(len(t_s), G)])
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    return SampleBatch(t_s, world @ turn.T)


def one_hold(samples: SampleBatch) -> Hold:
    session = Session(StreamInfo(100.0, False), NAME, "waist")
    session.feed(samples)
    session.finish()
    (hold,) = session.holds
    return hold


@pytest.mark.parametrize("placement", ["waist", "chest"])
@pytest.mark.parametrize("seed", [2, 3, 9])
def test_a_hold_ends_with_the_touch_of_the_free_foot(seed: int, placement: str) -> None:
    one = simulate(NAME, placement, seed=seed, reps=1, hold_s=20.0, end="touch", walk=True)
    session = played(one)
    (hold,), (truth,) = session.holds, one.truth.holds
    assert hold.end_s == pytest.approx(truth.end_s, abs=0.3)
    on_one_leg_s = truth.end_s - truth.on_one_leg_s
    assert hold.measurements["hold_duration_s"].value == pytest.approx(on_one_leg_s, abs=1.0)
    assert hold.measurements["sway_rms_m_s2"].value == pytest.approx(truth.sway_rms_m_s2, rel=0.2)
    assert [event.kind for event in session.events] == ["foot_down"]
    assert session.events[0].time_s == hold.end_s
    assert not session.reps
    assert not session.landings


def test_a_fall_is_told_before_the_foot_that_stops_it() -> None:
    one = simulate(NAME, "waist", seed=7, reps=1, hold_s=15.0, end="lost", walk=False)
    session = played(one)
    lost, down = session.events
    assert (lost.kind, down.kind) == ("balance_lost", "foot_down")
    assert 0.1 < down.time_s - lost.time_s < 1.5
    assert down.time_s == pytest.approx(one.truth.holds[0].end_s, abs=0.3)


@pytest.mark.parametrize("seed", [1, 7, 12])
def test_the_fall_that_ends_a_hold_is_no_sway(seed: int) -> None:
    one = simulate(NAME, "waist", seed=seed, reps=1, hold_s=6.0, end="lost", walk=False)
    (hold,), (truth,) = played(one).holds, one.truth.holds
    assert hold.measurements["sway_rms_m_s2"].value == pytest.approx(truth.sway_rms_m_s2, rel=0.2)


def test_a_change_of_stance_too_gentle_to_be_felt_shows_in_the_sway_behind_it() -> None:
    quiet, lively = swaying(30.0, 0.05), swaying(30.0, 0.14)
    share = np.clip(lively.t_s - 6.0, 0.0, 1.0)[:, None]
    hold = one_hold(SampleBatch(quiet.t_s, (1.0 - share) * quiet.acc_m_s2 + share * lively.acc_m_s2))
    assert 6.0 < hold.start_s < 9.0
    assert hold.measurements["sway_rms_m_s2"].value == pytest.approx(0.14, rel=0.03)


@pytest.mark.parametrize("rms_m_s2", [0.1, 0.3, 0.5, 0.7])
def test_however_much_it_sways_a_hold_begins_with_the_end_of_the_shift(rms_m_s2: float) -> None:
    """A shift of 6 cm and two degrees within a second, from two feet onto one."""
    quiet, lively = swaying(30.0, 0.15 * rms_m_s2), swaying(30.0, rms_m_s2)
    u = np.clip(quiet.t_s - 6.0, 0.0, 1.0)
    share = (u**3 * (10.0 - 15.0 * u + 6.0 * u**2))[:, None]
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    push = 0.06 * (60.0 * u - 180.0 * u**2 + 120.0 * u**3) + share[:, 0] * G * np.radians(2.0)
    shift = np.column_stack([0.0 * u, push, 0.0 * u]) @ turn.T
    hold = one_hold(SampleBatch(quiet.t_s, (1.0 - share) * quiet.acc_m_s2 + share * lively.acc_m_s2 + shift))
    assert hold.start_s == pytest.approx(7.0, abs=0.8)


def test_a_wobble_does_not_part_a_hold() -> None:
    for seed in (1008, 1028):
        one = simulate(NAME, "waist", seed=seed)
        held = played(one).holds
        longest = max(one.truth.holds, key=lambda truth: truth.end_s - truth.start_s)
        (hold,) = (hold for hold in held if hold.start_s < longest.end_s and hold.end_s > longest.start_s)
        assert hold.end_s - hold.start_s == pytest.approx(longest.end_s - longest.on_one_leg_s, abs=1.5)


@pytest.mark.parametrize(("placement", "seed", "rate_hz"), [("chest", 61005, 50.0), ("waist", 61026, 52.0)])
def test_wobbles_soon_after_it_do_not_delay_the_begin_of_a_hold(placement: str, seed: int, rate_hz: float) -> None:
    one = simulate(NAME, placement, seed=seed, rate_hz=rate_hz, gyroscope=False, lost=0.01, reps=3)
    assert played(one).holds[0].start_s == pytest.approx(one.truth.holds[0].on_one_leg_s, abs=1.0)


@pytest.mark.parametrize(("swing_m_s2", "is_fall"), [(0.35, False), (1.7, True)])
def test_a_fall_is_more_than_the_standing_foot_can_hold(swing_m_s2: float, is_fall: bool) -> None:
    """The body leans e times as far every 0.35 s until the foot comes down: by two degrees, or by ten."""
    both = swaying(30.0, 0.08)
    away = swing_m_s2 * np.exp((both.t_s - 15.0) / 0.35) * (both.t_s < 15.0)
    touch = 3.0 * np.sin(np.pi * np.clip((both.t_s - 15.0) / 0.04, 0.0, 1.0))
    still = np.where(both.t_s < 15.3, 1.0, 0.3)[:, None]
    mean = both.acc_m_s2.mean(axis=0)
    acc = mean + still * (both.acc_m_s2 - mean) + np.outer(away, [1.0, 0.0, 0.0]) + np.outer(touch, mean) / G
    session = Session(StreamInfo(100.0, False), NAME, "waist")
    session.feed(SampleBatch(both.t_s, acc))
    session.finish()
    assert session.holds[0].end_s == pytest.approx(15.0, abs=0.1)
    assert ("balance_lost" in [event.kind for event in session.events]) == is_fall


def test_a_foot_set_down_unfelt_is_not_held_to_the_end_of_the_recording() -> None:
    one = simulate(NAME, "waist", seed=4, reps=1, hold_s=3.0, end="touch", walk=False)
    (hold,), (truth,) = played(one).holds, one.truth.holds
    assert hold.end_s == pytest.approx(truth.end_s, abs=0.6)
    assert hold.measurements["hold_duration_s"].bound == "exact"


def test_what_the_recording_ends_with_is_balance_only_where_the_sway_tells() -> None:
    one = simulate(NAME, "waist", seed=61036, rate_hz=52.0, lost=0.01, reps=1)
    assert [hold.end_s for hold in played(one).holds] == pytest.approx([one.truth.holds[0].end_s], abs=0.3)
    cut = simulate(NAME, "waist", seed=3, reps=2, hold_s=15.0, end="cut", walk=False)
    assert played(cut).holds[-1].end_s == pytest.approx(cut.truth.holds[-1].end_s, abs=0.3)


def test_sitting_is_no_balance() -> None:
    """Breathing moves a trunk that sits by a tenth of a degree."""
    t_s = np.arange(0.0, 60.0, 0.01)
    breath = 0.025 * np.sin(2.0 * np.pi * 0.25 * t_s)
    session = Session(StreamInfo(100.0, False), NAME, "waist")
    session.feed(SampleBatch(t_s, np.column_stack([breath, 0.3 * breath, np.full(len(t_s), G)])))
    session.finish()
    assert session.holds == []


def test_the_gyroscope_changes_nothing() -> None:
    one = simulate(NAME, "waist", seed=5, reps=2, hold_s=12.0)
    with_it, without = played(one), played(one, gyroscope=False)
    assert [hold.measurements for hold in with_it.holds] == [hold.measurements for hold in without.holds]


def test_sway_figures_are_those_of_the_literature() -> None:
    """On a circle of radius r at f Hz over T s: RMS r, path 2πfrT, jerk ½(2πfr)²T, ellipse 5.991·π·r²/2."""
    r, f, seconds = 0.2, 0.5, 42.0
    hold = one_hold(swaying(seconds, r, f))
    value = {name: m.value for name, m in hold.measurements.items()}
    assert value["hold_duration_s"] == pytest.approx(seconds, abs=0.2)
    assert value["sway_rms_m_s2"] == pytest.approx(r, rel=0.02)
    assert value["sway_path_m_s2"] == pytest.approx(2.0 * np.pi * f * r * seconds, rel=0.03)
    assert value["sway_jerk_m2_s5"] == pytest.approx(0.5 * (2.0 * np.pi * f * r) ** 2 * seconds, rel=0.03)
    assert value["sway_ellipse_95_m2_s4"] == pytest.approx(5.991 * np.pi * r**2 / 2.0, rel=0.04)
    assert hold.measurements["hold_duration_s"].bound == "at_least"


def test_what_shakes_faster_than_sway_is_no_sway() -> None:
    slow, fast = swaying(20.0, 0.1), swaying(20.0, 0.1, turns_hz=9.0)
    both = SampleBatch(slow.t_s, slow.acc_m_s2 + 0.2 * (fast.acc_m_s2 - fast.acc_m_s2.mean(axis=0)))
    sizes = [one_hold(samples).measurements["sway_rms_m_s2"].value for samples in (slow, both)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_a_gap_inside_leaves_nothing_to_measure() -> None:
    one = simulate(NAME, "waist", seed=3, reps=1, hold_s=25.0, end="touch", walk=False)
    middle_s = one.truth.holds[0].start_s + 12.0
    session = played(one, np.abs(one.samples.t_s - middle_s) > 0.6)
    (hold,) = session.holds
    assert hold.end_s == pytest.approx(one.truth.holds[0].end_s, abs=0.6)
    assert {m.reason for m in hold.measurements.values()} == {"gap"}


def test_a_recording_that_ends_inside_proves_only_that_much() -> None:
    one = simulate(NAME, "waist", seed=3, reps=1, hold_s=25.0, end="cut", walk=False)
    (hold,) = played(one).holds
    assert hold.measurements["hold_duration_s"].bound == "at_least"
    assert hold.flags == ()


@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
def test_walking_and_stairs_are_no_balance(rise_m: float) -> None:
    for seed in range(4):
        one = simulate("walking", "waist", seed=seed, rise_m=rise_m)
        assert played(one).holds == []


def test_a_table_keeps_no_balance() -> None:
    t_s = np.arange(0.0, 60.0, 0.01)
    session = Session(StreamInfo(100.0, False), NAME, "waist")
    session.feed(SampleBatch(t_s, np.random.default_rng(0).normal([0.0, 0.0, G], 0.01, (len(t_s), 3))))
    session.finish()
    assert session.holds == []


def test_impossible_asks_are_refused_in_words() -> None:
    with pytest.raises(RecordingError, match="too few"):
        Session(StreamInfo(10.0, True), NAME, "waist")
    with pytest.raises(RecordingError, match="gravity was removed"):
        Session(StreamInfo(100.0, True, has_gravity=False), NAME, "waist")
    with pytest.raises(ExerciseError, match="cannot be seen from the foot"):
        Session(StreamInfo(100.0, True), NAME, "foot")


def test_a_set_of_holds_has_no_reps_to_count() -> None:
    assert get_program("athena-distance").prescription(NAME).reps is None
    one = simulate(NAME, "waist", seed=2, reps=1, hold_s=10.0, end="touch", walk=False)
    (verdict,) = played(one).verdicts()
    assert (verdict.target, verdict.status) == ("hold", "missed")


@pytest.mark.parametrize("name", ["q1", "q2", "q3", "q7"])
def test_real_quiet_standing_is_held_to_the_end(name: str) -> None:
    result = replay(real_data("postural_sway", f"{name}.dat"), exercise=NAME, placement="waist")
    (hold,) = result.holds
    assert hold.end_s == pytest.approx(result.source.duration_s, abs=0.2)
    assert hold.measurements["sway_rms_m_s2"].value < 0.15


@pytest.mark.parametrize("name", ["int1", "int2"])
def test_real_deliberate_sway_is_no_balance(name: str) -> None:
    assert replay(real_data("postural_sway", f"{name}.dat"), exercise=NAME, placement="waist").holds == ()


@pytest.mark.parametrize(("away_m_s2", "sign"), [(0.0, -1.0), (0.05, -1.0), (0.4, 1.0)])
def test_a_stance_goes_on_where_it_was(away_m_s2: float, sign: float) -> None:
    """A trunk that sways about the same place as before a wobble has kept its stance; about another, likely not."""

    def stance(x_m_s2: float) -> Stance:
        rows, sums = 250, np.zeros(16)
        sums[:3] = rows * np.array([x_m_s2, 0.0, 9.81])
        first, last = Mark(0, 0.0, np.zeros(16)), Mark(rows, 5.0, sums)
        return Stance(0.0, 5.0, "step", "moved", None, False, first, last, None, 0.15, 0.15)

    assert np.sign(likelier_elsewhere(stance(0.1), stance(0.1 + away_m_s2), 0.15)) == sign
