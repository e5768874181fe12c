"""Gait: walking is no set of reps, anywhere on the body, and what repeats as quickly still is one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense.datatypes import PLACEMENTS, FloatArray, Rep, SampleBatch, StreamInfo
from athena_sense.recordings import open_recording, samples_of
from athena_sense.reps.gait import is_gait
from athena_sense.session import Session
from athena_sense.simulation import simulate
from tests.accuracy.generic import shoulder_sets
from tests.real_data import real_data

RATE_HZ = 25.0
T_S = np.arange(round(4.0 * RATE_HZ)) / RATE_HZ
UP = np.tile([0.0, 0.0, 1.0], (len(T_S), 1))


def counted(info: StreamInfo, *parts: SampleBatch, placement: str = "wrist") -> list[Rep]:
    """The reps that `generic` finds."""
    session = Session(info, "generic", placement)
    for part in parts:
        session.feed(part)
    session.finish()
    return session.reps


def joined(*parts: SampleBatch) -> SampleBatch:
    """One recording after the other, without a gap."""
    ends = np.cumsum([0.0, *(part.t_s[-1] - part.t_s[0] + 0.01 for part in parts)])
    t_s = [part.t_s - part.t_s[0] + end for part, end in zip(parts, ends, strict=False)]
    gyr = [part.gyr_rad_s for part in parts if part.gyr_rad_s is not None]
    return SampleBatch(
        np.concatenate(t_s), np.concatenate([part.acc_m_s2 for part in parts]), np.concatenate(gyr) if gyr else None
    )


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rise_m", [0.0, 0.34, -0.34])
def test_simulated_walking_and_stairs_hold_no_reps(placement: str, rise_m: float) -> None:
    one = simulate("walking", placement, seed=round(10 * rise_m) + 11, rise_m=rise_m, reps=2, seconds=24.0)
    assert counted(one.info, one.samples, placement=placement) == []


@pytest.mark.parametrize(
    "kind", ["walking_hand", "walking_back_pocket", "walking_jacket_snow", "walking_backpack", "stairs_front_pocket"]
)
@pytest.mark.parametrize("start_s", [0.0, 13.0])
def test_real_walking_and_stairs_hold_no_reps_wherever_they_are_cut(kind: str, start_s: float) -> None:
    opened = open_recording(real_data("phyphox_jump_walk", f"{kind}_sophia.csv"))
    samples = samples_of(opened)
    inside = (samples.t_s > start_s) & (samples.t_s < start_s + 30.0)
    part = SampleBatch(samples.t_s[inside], samples.acc_m_s2[inside])
    assert counted(opened.header.info, part) == []


@pytest.mark.parametrize(("kind", "reps"), [("stationary_hand", 132), ("jacks_hand", 65), ("back_pocket", 121)])
def test_real_jumps_count(kind: str, reps: int) -> None:
    opened = open_recording(real_data("phyphox_jump_walk", f"jumping_{kind}_sophia.csv"))
    assert abs(len(counted(opened.header.info, samples_of(opened))) - reps) <= 3


@pytest.mark.parametrize("number", [12, 80, 114, 132, 138])
def test_real_quick_swings_of_an_arm_count_all_the_same(number: int) -> None:
    """Twenty reps of 1.0–1.3 s whose size of acceleration is a walker's: their shoulder stays where it is."""
    pytest.importorskip("seglearn")
    samples = next(one for k, one in enumerate(shoulder_sets()) if k == number)
    assert abs(len(counted(StreamInfo(50.0, has_gyroscope=True), samples)) - 20) <= 1


@pytest.mark.parametrize("seed", [1, 2])
def test_a_set_between_two_walks_counts_as_if_it_were_alone(seed: int) -> None:
    walk = simulate("walking", "wrist", seed=seed, reps=1, seconds=12.0, mounted="aligned", lost=0.0).samples
    one = simulate("periodic", "wrist", seed=seed, reps=8, period_s=2.0, fidget=False, mounted="aligned", lost=0.0)
    reps = counted(one.info, joined(walk, one.samples, walk))
    assert abs(len(reps) - 8) <= 1
    start_s = walk.t_s[-1] - walk.t_s[0]
    end_s = start_s + one.samples.t_s[-1] - one.samples.t_s[0]
    assert all(start_s - 1.0 < rep.start_s < rep.end_s < end_s + 1.5 for rep in reps)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 4000), max_size=30))
def test_any_cut_gives_the_same_reps(cuts: list[int]) -> None:
    walk = simulate("walking", "wrist", seed=4, reps=1, seconds=8.0, mounted="aligned", lost=0.0).samples
    one = simulate("periodic", "wrist", seed=5, reps=12, period_s=1.1, swing_deg=50.0, mounted="aligned", lost=0.0)
    samples = joined(walk, one.samples, walk)
    bounds = sorted({0, len(samples), *(cut for cut in cuts if cut < len(samples))})
    whole = counted(one.info, samples)
    assert abs(len(whole) - 12) <= 1
    assert counted(one.info, *(samples[a:b] for a, b in pairwise(bounds))) == whole


def along(direction: tuple[float, float, float], signal: FloatArray) -> FloatArray:
    return signal[:, None] * np.array(direction)


def test_a_bob_and_jolts_that_go_round_are_walking() -> None:
    """Steps at 1.8 Hz: up and down by 2 cm, forward a quarter of a step later, sideways with every second one."""
    step, stride = 2.0 * np.pi * 1.8 * T_S, np.pi * 1.8 * T_S
    walk = 9.81 * UP + along((0, 0, 1), 2.5 * np.cos(step)) + along((1, 0, 0), 1.5 * np.sin(step))
    walk += along((0, 1, 0), 1.2 * np.cos(stride + 0.7))
    assert is_gait(walk, None, UP, RATE_HZ, quick=True)
    assert is_gait(walk, np.zeros_like(walk), UP, RATE_HZ, quick=True)
    assert not is_gait(walk, None, UP, RATE_HZ, quick=False)
    jolting = walk + along((0, 0, 1), 3.0 * np.cos(3.0 * step + 1.0)) + along((1, 0, 0), 2.0 * np.sin(2.0 * step))
    assert is_gait(jolting, None, UP, RATE_HZ, quick=False)


def test_a_press_along_a_line_is_none() -> None:
    press = 9.81 * UP + along((0.6, 0, 0.8), 3.0 * np.cos(2.0 * np.pi * 1.6 * T_S))
    assert not is_gait(press, None, UP, RATE_HZ, quick=True)


def test_an_arm_that_swings_about_its_shoulder_is_none_unless_the_shoulder_bobs() -> None:
    phase = 2.0 * np.pi * 0.9 * T_S
    angle, length_m = 0.35 * np.sin(phase), 0.6
    rate = 0.35 * 2.0 * np.pi * 0.9 * np.cos(phase)
    turning = -angle * (2.0 * np.pi * 0.9) ** 2
    up = np.column_stack((np.sin(angle), np.zeros_like(angle), np.cos(angle)))
    gyr = along((0, -1, 0), rate)
    swing = 9.81 * up + np.column_stack((length_m * turning, np.zeros_like(angle), length_m * rate**2))
    sideways = along((0, 1, 0), 0.5 * np.cos(phase + 1.0))
    assert not is_gait(swing + sideways, gyr, up, RATE_HZ, quick=True)
    bob = (2.5 * np.cos(2.0 * phase + 0.8))[:, None] * up + along((1, 0, 0), 1.5 * np.sin(2.0 * phase + 0.8))
    assert is_gait(swing + sideways + bob, gyr, up, RATE_HZ, quick=True)
