"""Triple jumps: simulated rows of linked jumps with exact truth, what is no row, and real running, hops and walking."""

import itertools

import numpy as np
import pytest

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.landings.flight import IMPACT_S
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G
from tests.accuracy.triple_jumps import found, paired, running_errors_ms
from tests.real_data import real_data

SITES = ("waist", "shank", "foot")


@pytest.mark.parametrize("placement", SITES)
@pytest.mark.parametrize("gyroscope", [True, False])
def test_three_jumps_in_a_row_are_one_rep(placement: str, gyroscope: bool) -> None:
    one = simulate("triple-jump", placement, seed=7, rate_hz=200.0, reps=3, flight_s=0.42, gyroscope=gyroscope)
    session = found(one.samples, placement, one.info)
    pairs = paired(one, session.landings)
    assert len(session.landings) == len(pairs) == 9
    assert [rep.measurements["jump_count"].value for rep in session.reps] == [3.0, 3.0, 3.0]
    for rep, true in zip(session.reps, one.truth.reps, strict=True):
        assert abs(rep.start_s - true.start_s) < 0.05
        assert abs(rep.end_s - true.end_s) < 0.03
    errors_s = []
    for (before, landing), (after, _) in itertools.pairwise(pairs):
        contact = landing.measurements["contact_time_s"]
        if landing.number % 3 == 0:
            assert contact.reason == "no_next_jump"
        else:
            assert contact.value is not None
            errors_s.append(abs(contact.value - (after.takeoff_s - before.contact_s)))
    assert np.mean(errors_s) < (0.02 if placement == "waist" else 0.03)


def test_another_number_of_jumps_is_told_and_flagged() -> None:
    for count in (1, 2, 3, 4):
        one = simulate("triple-jump", "waist", seed=2, rate_hz=100.0, reps=1, jumps=count)
        (rep,) = found(one.samples, "waist", one.info).reps
        assert rep.measurements["jump_count"].value == count
        assert ("not_three_jumps" in rep.flags) == (count != 3)
        if count == 1:
            assert rep.measurements["longest_contact_s"].reason == "no_next_jump"


def test_a_row_is_as_loud_and_as_slow_as_its_worst_landing() -> None:
    one = simulate("triple-jump", "waist", seed=11, rate_hz=200.0, reps=3)
    session = found(one.samples, "waist", one.info)
    for rep, landings in zip(session.reps, (session.landings[k : k + 3] for k in (0, 3, 6)), strict=True):
        peaks = [landing.measurements["peak_impact_g"].value or 0.0 for landing in landings]
        assert rep.measurements["loudest_impact_g"].value == max(peaks)
        contacts = [landing.measurements["contact_time_s"].value or 0.0 for landing in landings[:2]]
        assert rep.measurements["longest_contact_s"].value == max(contacts)
        assert ("loud_landing" in rep.flags) == any("loud_landing" in landing.flags for landing in landings)
        assert ("long_contact" in rep.flags) == any("long_contact" in landing.flags for landing in landings)


def test_springy_and_quiet_is_good_and_a_stop_between_is_not() -> None:
    def flags(contact_s: float) -> set[str]:
        one = simulate(
            "triple-jump", "waist", seed=3, rate_hz=200.0, reps=2, contact_s=contact_s, flight_s=0.35, loudness="quiet"
        )
        session = found(one.samples, "waist", one.info)
        assert [rep.measurements["jump_count"].value for rep in session.reps] == [3.0, 3.0]
        return {flag for rep in session.reps for flag in rep.flags}

    assert "long_contact" not in flags(0.4)
    assert "long_contact" in flags(0.8)


def test_jumps_from_a_stand_each_are_rows_of_one() -> None:
    one = simulate("box-jump", "waist", seed=5, rate_hz=100.0, reps=4, box_height_m=0.0)
    session = found(one.samples, "waist", one.info)
    assert [rep.measurements["jump_count"].value for rep in session.reps] == [1.0] * 4


def test_a_landing_is_told_at_once_and_the_row_when_no_jump_follows() -> None:
    one = simulate("triple-jump", "waist", seed=1, rate_hz=200.0, reps=1)
    session = Session(one.info, "triple-jump", "waist")
    told: list[tuple[str, float]] = []
    for row in range(len(one.samples)):
        update = session.feed(one.samples[row : row + 1])
        now_s = float(one.samples.t_s[row])
        told += [(event.kind, now_s - event.time_s) for event in update.events]
        told += [("row", now_s - rep.end_s) for rep in update.reps]
    assert [kind for kind, _ in told] == ["landing_contact"] * 3 + ["row"]
    assert all(late_s < IMPACT_S + 0.06 for kind, late_s in told if kind == "landing_contact")
    assert told[-1][1] < 4.5


@pytest.mark.parametrize(("start", "end", "counted"), [(-0.1, 0.5, 2.0), (-3.0, -2.0, 3.0)])
def test_a_hole_that_may_hide_a_jump_leaves_a_least_number(start: float, end: float, counted: float) -> None:
    one = simulate("triple-jump", "waist", seed=6, rate_hz=200.0, reps=1, contact_s=0.3, flight_s=0.4)
    middle_s = one.truth.landings[1].takeoff_s
    kept = (one.samples.t_s < middle_s + start) | (one.samples.t_s > middle_s + end)
    samples = SampleBatch(one.samples.t_s[kept], one.samples.acc_m_s2[kept])
    reps = found(samples, "waist", StreamInfo(200.0, False)).reps
    if end < -1.0:
        assert [rep.measurements["jump_count"].value for rep in reps] == [counted]
        assert not reps[0].interrupted
        return
    assert sum(rep.measurements["jump_count"].value or 0.0 for rep in reps) == counted
    assert all(rep.measurements["jump_count"].bound == "at_least" for rep in reps)


def test_a_recording_that_ends_at_the_landing_may_hide_a_jump() -> None:
    one = simulate("triple-jump", "waist", seed=6, rate_hz=200.0, reps=1)
    kept = one.samples.t_s < one.truth.landings[-1].contact_s + 0.4
    samples = SampleBatch(one.samples.t_s[kept], one.samples.acc_m_s2[kept])
    (rep,) = found(samples, "waist", StreamInfo(200.0, False)).reps
    assert rep.measurements["jump_count"].bound == "at_least"
    assert rep.valid is not True


@pytest.mark.parametrize("placement", SITES)
def test_lost_samples_at_a_take_off_leave_its_contact_time_unknown(placement: str) -> None:
    one = simulate("triple-jump", placement, seed=10, rate_hz=200.0, reps=1, flight_s=0.45, contact_s=0.4)
    second = found(one.samples, placement, one.info).landings[1]
    at_s = second.time_s - (second.measurements["flight_time_s"].value or 0.0)
    kept = np.abs(one.samples.t_s - at_s) > 0.012
    samples = SampleBatch(one.samples.t_s[kept], one.samples.acc_m_s2[kept])
    session = found(samples, placement, StreamInfo(200.0, False))
    assert session.landings[0].measurements["contact_time_s"].reason == "gap"
    (rep,) = session.reps
    assert rep.measurements["jump_count"].value == 3.0
    assert rep.measurements["longest_contact_s"].bound == "at_least"


@pytest.mark.parametrize("placement", SITES)
@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
def test_simulated_walking_and_stairs_hold_no_row(placement: str, rise_m: float) -> None:
    one = simulate("walking", placement, seed=8, rate_hz=100.0, reps=2, seconds=20.0, rise_m=rise_m)
    session = found(one.samples, placement, one.info)
    assert (session.reps, session.landings) == ([], [])


@pytest.mark.parametrize("placement", SITES)
def test_real_walking_and_stairs_hold_no_row(placement: str) -> None:
    folder = real_data("phyphox_jump_walk")
    files = [*sorted(folder.glob("walking_*.csv")), *sorted(folder.glob("stairs_*.csv"))]
    assert files
    for path in files:
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        session = found(SampleBatch(table[:, 0], table[:, 1:4]), placement, StreamInfo(99.6, False))
        assert (session.reps, session.landings) == ([], [])


def test_real_running_is_timed_beside_a_force_plate_and_holds_no_row() -> None:
    with np.load(real_data("running_force_plate", "trials_00_14.npz")) as trials:
        up, ahead, weights = trials["acc_vertical_g"], trials["acc_ap_g"], trials["grf_bw"]
    errors_ms = [abs(e) for one in zip(up, ahead, weights, strict=True) for e in running_errors_ms(*one, 1) if e]
    assert np.mean(errors_ms) < 20.0
    for vertical, horizontal in zip(up, ahead, strict=True):
        session = found(run(vertical, horizontal), "waist", StreamInfo(500.0, False))
        assert (session.reps, session.landings) == ([], [])


def run(vertical: FloatArray, horizontal: FloatArray) -> SampleBatch:
    """A trial as a sensor at the sacrum sends it."""
    acc = G * np.column_stack((vertical, horizontal, np.zeros_like(vertical))).astype(float)
    return SampleBatch(np.arange(len(acc)) / 500.0, acc)


def test_a_hop_too_small_to_be_a_jump_is_no_part_of_a_contact_time() -> None:
    """Bounces of a spring, flights of 0.45 s but for a hop of 0.14 s between."""
    t_s = np.arange(0.0, 8.0, 0.005)
    force_g = np.ones_like(t_s)
    at_s = 2.0
    for contact_s, flight_s in ((0.25, 0.45), (0.25, 0.14), (0.25, 0.45), (0.25, 0.45), (0.4, 0.0)):
        contact, flight = ((t_s >= at_s) & (t_s < at_s + contact_s)), contact_s + flight_s
        force_g[contact] = 3.0 * np.sin(np.pi * (t_s[contact] - at_s) / contact_s)
        force_g[(t_s >= at_s + contact_s) & (t_s < at_s + flight)] = 0.0
        at_s += flight
    session = found(SampleBatch(t_s, G * force_g[:, None] * [0.0, 0.6, 0.8]), "waist", StreamInfo(200.0, False))
    (rep,) = session.reps
    assert rep.measurements["jump_count"].value == 3.0
    first, second, _ = (landing.measurements["contact_time_s"] for landing in session.landings)
    assert first.reason == "too_small"
    assert second.value is not None
    assert abs(second.value - 0.25) < 0.02
    assert rep.measurements["longest_contact_s"].bound == "at_least"


def test_from_a_leg_a_long_contact_may_hide_a_jump() -> None:
    one = simulate("triple-jump", "shank", seed=10, rate_hz=200.0, reps=1, flight_s=0.45, contact_s=0.8)
    session = found(one.samples, "shank", one.info)
    (rep,) = session.reps
    assert session.landings[0].measurements["contact_time_s"].bound == "at_most"
    assert rep.measurements["jump_count"].bound == "at_least"
    assert "not_three_jumps" not in rep.flags
    assert rep.valid is not True
