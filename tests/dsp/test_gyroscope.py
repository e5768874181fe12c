"""A gyroscope that turns as gravity does is believed; one that does not is told."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.dsp.quality import StreamQuality
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.simulation.sensor import random_rotation
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

RATE_HZ = 100.0
FAULTS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "all axes reversed": lambda gyr: -gyr,
    "one axis reversed": lambda gyr: gyr * [1.0, -1.0, 1.0],
    "zeros": lambda gyr: 0.0 * gyr,
    "the same value": lambda gyr: 0.0 * gyr + 0.02,
    "degrees for radians": lambda gyr: gyr / RAD_PER_DEG,
}


def turned(seed: int, turn_deg: float = 30.0, bias_deg_s: float = 3.0) -> SampleBatch:
    """Tilted to and fro about the axis y of a body, in 0.8 s each, with a second of rest between; mounted anyhow."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(20.0 * RATE_HZ)) / RATE_HZ
    angle = np.zeros(len(t_s))
    for n in range(10):
        u = np.clip((t_s - 1.5 - 1.8 * n) / 0.8, 0.0, 1.0)
        angle += (-1.0) ** n * turn_deg * RAD_PER_DEG * u**3 * (10.0 - 15.0 * u + 6.0 * u**2)
    up = np.stack((-np.sin(angle), 0.0 * t_s, np.cos(angle)), axis=1)
    gyr = np.stack((0.0 * t_s, np.gradient(angle, 1.0 / RATE_HZ), 0.0 * t_s), axis=1)
    if seed:
        mounting = random_rotation(rng)
        up, gyr = up @ mounting.T, gyr @ mounting.T
    acc = STANDARD_GRAVITY_M_S2 * (up + rng.uniform(-0.04, 0.04, 3)) + rng.normal(0.0, 0.03, up.shape)
    bias = bias_deg_s * RAD_PER_DEG * rng.choice([-1.0, 1.0], 3) / np.sqrt(3.0)
    return SampleBatch(t_s, acc, 1.01 * gyr + bias + rng.normal(0.0, 0.002, gyr.shape))


def notes(samples: SampleBatch, cuts: tuple[int, ...] = ()) -> str:
    quality = StreamQuality(StreamInfo(RATE_HZ, has_gyroscope=True))
    for first, end in pairwise([0, *sorted(cuts), len(samples)]):
        quality.take(samples[first:end])
    return "; ".join(note for note in quality.summary().notes if "gyroscope" in note)


def with_fault(samples: SampleBatch, fault: Callable[[FloatArray], FloatArray]) -> SampleBatch:
    assert samples.gyr_rad_s is not None
    return SampleBatch(samples.t_s, samples.acc_m_s2, fault(samples.gyr_rad_s))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("turn_deg", [20.0, 60.0, 120.0])
def test_a_good_gyroscope_with_bias_is_believed(seed: int, turn_deg: float) -> None:
    assert notes(turned(seed, turn_deg)) == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_gyroscope_that_turns_otherwise_than_gravity_is_told(fault: str) -> None:
    note = notes(with_fault(turned(0), FAULTS[fault]))
    assert note.startswith("the gyroscope ")
    assert "do not trust angles" in note


def test_how_wrong_it_is_is_told() -> None:
    assert "in 10 of 10 turns, by 61° on average" in notes(with_fault(turned(0, bias_deg_s=0.0), lambda gyr: -gyr))


def test_what_does_not_turn_tells_nothing() -> None:
    still = turned(1, turn_deg=0.0)
    for fault in FAULTS.values():
        assert notes(with_fault(still, fault)) == ""


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 2000), max_size=8))
def test_the_note_does_not_depend_on_the_cut(cuts: list[int]) -> None:
    for fault in ("all axes reversed", "zeros"):
        samples = with_fault(turned(2), FAULTS[fault])
        assert notes(samples, tuple(cuts)) == notes(samples) != ""


@pytest.mark.parametrize("reversed_", [False, True])
def test_a_set_with_a_reversed_gyroscope_says_so(reversed_: bool) -> None:
    one = simulate("calf", "foot", seed=3, reps=6, lowering_s=4.0)
    session = Session(one.info, "eccentric-calf", "foot")
    session.feed(with_fault(one.samples, lambda gyr: -gyr) if reversed_ else one.samples)
    session.finish()
    assert any("contradicts gravity" in note for note in session.quality().notes) == reversed_
    assert session.quality().status == ("limited" if reversed_ else "ok")


BRISK = {("hurdle-leg", "shank"), ("squat", "thigh"), ("walking", "foot")}
WRONG: dict[str, Callable[[SampleBatch], SampleBatch]] = {
    "reversed": lambda one: SampleBatch(one.t_s, one.acc_m_s2, -_rates(one)),
    "mirrored": lambda one: SampleBatch(one.t_s, one.acc_m_s2 * [1.0, 1.0, -1.0], _rates(one)),
    "swapped": lambda one: SampleBatch(one.t_s, one.acc_m_s2[:, [1, 0, 2]], _rates(one)),
}


def _rates(one: SampleBatch) -> FloatArray:
    assert one.gyr_rad_s is not None
    return one.gyr_rad_s


@pytest.mark.parametrize(("movement", "placement"), sorted(BRISK))
@pytest.mark.parametrize("fault", WRONG)
def test_what_turns_otherwise_shows_in_movement_without_rest(movement: str, placement: str, fault: str) -> None:
    sets = [simulate(movement, placement, seed=seed).samples for seed in range(4)]
    assert [notes(one) for one in sets] == [""] * 4
    told = [notes(WRONG[fault](one)) for one in sets]
    # Mirrored or swapped axes do not show where the movement turns about an axis that they leave as it is.
    assert sum(map(bool, told)) >= (3 if fault == "reversed" else 2)
    assert all("mirrored" in note for note in told if note)


@pytest.mark.parametrize("placement", ["waist", "shank", "foot"])
@pytest.mark.parametrize("movement", ["box-jump", "triple-jump"])
def test_who_jumps_has_no_wrong_gyroscope(movement: str, placement: str) -> None:
    for seed in range(3):
        one = simulate(movement, placement, seed=seed).samples
        assert notes(one) == ""
        # 3 °/s of zero-rate offset about each axis, and a range that clips every landing.
        worse = SampleBatch(one.t_s, one.acc_m_s2.clip(-40.0, 40.0), _rates(one) + 3.0 * RAD_PER_DEG)
        assert notes(worse) == ""


def test_movement_is_judged_the_same_for_any_cut() -> None:
    one = WRONG["mirrored"](simulate("hurdle-leg", "shank", seed=1, reps=10).samples)
    assert "stretches of movement" in (whole := notes(one))
    assert {notes(one, tuple(range(0, len(one), step))) for step in (10, 77, 1000)} == {whole}


def test_where_the_gyroscope_is_not_used_nothing_is_said_of_it() -> None:
    info = StreamInfo(RATE_HZ, has_gyroscope=False)
    quality = StreamQuality(info)
    quality.take(with_fault(turned(0), lambda gyr: -gyr))
    assert quality.summary().notes == ()
