"""Box jumps: simulated sets with exact truth, and real jumps and steps."""

import numpy as np
import pytest

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.session import Session
from athena_sense.simulation import simulate
from tests.accuracy.landings import found, landed, paired
from tests.real_data import real_data

UP_M = 0.3048
ENOUGH_FOR_PEAKS_HZ = {"waist": 100.0, "shank": 200.0, "foot": 500.0}
LARGEST_PEAK_LOSS_PERCENT = 7.6
"""The worst loss when a trunk's pulse of 40 ms is sampled at 100 Hz; six jumps have no tighter median."""


@pytest.mark.parametrize("placement", ["waist", "shank", "foot"])
@pytest.mark.parametrize(("rate_hz", "most_ms"), [(200.0, 20.0), (104.0, 25.0)])
@pytest.mark.parametrize("height_m", [UP_M, -UP_M, 0.0])
def test_simulated_jumps_are_found_and_measured(
    placement: str, rate_hz: float, most_ms: float, height_m: float
) -> None:
    one = simulate("box-jump", placement, seed=21, rate_hz=rate_hz, reps=6, box_height_m=height_m)
    landings = landed(one, height_m)
    pairs = paired(one, landings)
    assert len(landings) == len(pairs) == 6
    assert np.mean([abs(pair.flight_ms) for pair in pairs if pair.flight_ms is not None]) < most_ms
    assert np.mean([abs(pair.height_cm) for pair in pairs if pair.height_cm is not None]) < 2.5
    claimed = [abs(pair.peak_percent) for pair in pairs if pair.peak_percent is not None]
    assert bool(claimed) == (rate_hz >= ENOUGH_FOR_PEAKS_HZ[placement])
    assert not claimed or np.median(claimed) < LARGEST_PEAK_LOSS_PERCENT


@pytest.mark.parametrize("placement", ["waist", "shank", "foot", "thigh", "chest"])
@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
def test_simulated_walking_and_stairs_hold_no_landing(placement: str, rise_m: float) -> None:
    one = simulate("walking", placement, seed=5, rate_hz=100.0, reps=2, seconds=20.0, rise_m=rise_m)
    assert found(one.samples, placement, one.info) == []


def test_a_step_of_the_way_back_that_grows_no_faster_than_a_swing_is_no_landing() -> None:
    one = simulate("box-jump", "foot", seed=31000, rate_hz=104.0, reps=8, box_height_m=-UP_M)
    assert len(landed(one, -UP_M)) == len(one.truth.landings)


def test_settling_is_told_from_the_way_off_the_box() -> None:
    one = simulate("box-jump", "waist", seed=2, rate_hz=100.0, reps=4)
    for landing, true in zip(landed(one, UP_M), one.truth.landings, strict=True):
        settled_s = landing.measurements["settle_time_s"].value
        assert settled_s is not None
        assert abs(settled_s - (true.settled_s - true.contact_s)) < 0.3
        assert landing.measurements["contact_time_s"].reason == "no_next_jump"


def test_the_box_is_12_inches_unless_said_otherwise() -> None:
    one = simulate("box-jump", "waist", seed=2, rate_hz=100.0, reps=1)
    session = Session(one.info, "box-jump", "waist")
    session.feed(one.samples)
    session.finish()
    assert session.landings[0].measurements == landed(one, UP_M)[0].measurements


@pytest.mark.parametrize("placement", ["chest", "waist"])
def test_a_real_jump_beside_a_force_plate(placement: str) -> None:
    table = np.loadtxt(real_data("jump_phone_force_plate", "cmj_smartphone.csv"), delimiter=",", skiprows=1)
    samples = SampleBatch(np.arange(len(table)) / 128.0, table[:, :3], table[:, 3:])
    (landing,) = found(samples, placement, StreamInfo(128.0, True))
    flight_s = landing.measurements["flight_time_s"].value
    assert flight_s is not None
    assert abs(flight_s - 0.477) < 0.025


@pytest.mark.parametrize("placement", ["waist", "shank", "foot", "chest", "thigh"])
def test_real_walking_and_stairs_hold_no_landing(placement: str) -> None:
    folder = real_data("phyphox_jump_walk")
    files = [*sorted(folder.glob("walking_*.csv")), *sorted(folder.glob("stairs_*.csv"))]
    assert files
    for path in files:
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        assert found(SampleBatch(table[:, 0], table[:, 1:4]), placement, StreamInfo(99.6, False)) == []
