"""How a sensor is worn: known from a second of standing, whatever the cut, and told where it is worn otherwise."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import FloatArray, Posture, SampleBatch, StreamInfo
from athena_sense.dsp.quality import StreamQuality
from athena_sense.dsp.stands import KEPT_S, OTHERWISE_DEG, RECENT_S, mean_posture, turned_note
from athena_sense.simulation import simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

RATE_HZ = 50.0
INFO = StreamInfo(RATE_HZ, has_gyroscope=False, sensor="strap")
UP = np.array([0.6, 0.0, 0.8])
SET = simulate("jumps", "waist", seed=1, reps=4, rate_hz=RATE_HZ, gyroscope=False)
TIMES_S = np.arange(0.0, SET.samples.t_s[-1], 0.3)


def taken(samples: SampleBatch, cuts: tuple[int, ...] = ()) -> StreamQuality:
    quality = StreamQuality(INFO)
    for first, end in pairwise([0, *sorted(cuts), len(samples)]):
        quality.take(samples[first:end])
    return quality


def at_rate(acc_m_s2: FloatArray) -> SampleBatch:
    return SampleBatch(np.arange(len(acc_m_s2)) / RATE_HZ, acc_m_s2)


def stood(seconds: float) -> FloatArray:
    return np.tile(G * UP, (round(seconds * RATE_HZ), 1))


def posture(x: float, y: float, z: float, sensor: str | None = "strap") -> Posture:
    return Posture(sensor, (x, y, z))


def turned(deg: float) -> Posture:
    return posture(float(np.sin(np.radians(deg))), 0.0, float(np.cos(np.radians(deg))))


# ---- the laws


@given(cuts=st.lists(st.integers(0, len(SET.samples)), max_size=8))
def test_no_cut_changes_how_a_sensor_was_worn(cuts: list[int]) -> None:
    whole, cut = taken(SET.samples), taken(SET.samples, tuple(cuts))
    known = [whole.posture_before(time_s) for time_s in TIMES_S]
    assert [cut.posture_before(time_s) for time_s in TIMES_S] == known
    assert any(known)


def test_what_is_forgotten_was_not_asked_about() -> None:
    quality = taken(SET.samples)
    end_s = float(SET.samples.t_s[-1])
    known = [quality.posture_before(time_s) for time_s in TIMES_S]
    quality.stands.keep(end_s - KEPT_S, np.inf)
    assert [quality.posture_before(time_s) for time_s in TIMES_S] == known
    quality.stands.keep(5.0 - KEPT_S, 5.0)
    assert [quality.posture_before(time_s) for time_s in TIMES_S if time_s <= 5.0] == known[: int(5.0 / 0.3) + 1]


@given(st.floats(0.0, 180.0))
def test_a_turn_is_told_from_half_of_a_quarter_turn_on_and_by_how_much(deg: float) -> None:
    note = turned_note(turned(0.0), turned(deg))
    assert (note is not None) == (turned(0.0).turned_deg(turned(deg)) >= OTHERWISE_DEG)  # type: ignore[operator]
    assert note is None or f"turned by {deg:.0f}°" in note


def test_a_turn_about_the_vertical_cannot_be_told() -> None:
    """Gravity looks the same from all sides: the same sensor on the front and on the back of the waist."""
    about_the_vertical = np.array([[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
    upright = at_rate(np.tile([0.0, 0.0, G], (200, 1)))
    front = taken(upright).posture_before(3.0)
    back = taken(SampleBatch(upright.t_s, upright.acc_m_s2 @ about_the_vertical)).posture_before(3.0)
    assert front == back


def test_nothing_is_told_of_another_sensor() -> None:
    assert turned_note(posture(0.0, 0.0, 1.0), posture(0.0, 0.0, -1.0, "band")) is None
    assert turned_note(posture(0.0, 0.0, 1.0), posture(0.0, 0.0, -1.0)) is not None


# ---- what is a stand


def test_up_is_where_gravity_points_from() -> None:
    found = taken(at_rate(stood(3.0))).posture_before(3.0)
    assert found is not None
    assert found.sensor == "strap"
    assert found.up == pytest.approx(UP)


def test_standing_is_up_to_a_degree_for_whoever_sways_and_trembles() -> None:
    t_s = np.arange(200) / RATE_HZ
    sway = 0.3 * np.sin(2 * np.pi * 0.4 * t_s) + 0.5 * np.sin(2 * np.pi * 9.0 * t_s)
    found = taken(at_rate(stood(4.0) + sway[:, None] * np.array([0.0, 1.0, 0.0]))).posture_before(4.0)
    assert found is not None
    assert np.degrees(np.arccos(np.dot(found.up, UP))) < 2.0


def test_the_last_stand_counts_and_an_old_one_does_not() -> None:
    rng = np.random.default_rng(1)
    moving = G * UP + rng.normal(scale=20.0, size=(round(20.0 * RATE_HZ), 3))
    lying = np.tile([0.0, 0.0, G], (150, 1))
    quality = taken(at_rate(np.concatenate((lying, stood(3.0), moving))))
    assert quality.posture_before(3.0).up == pytest.approx((0.0, 0.0, 1.0))  # type: ignore[union-attr]
    assert quality.posture_before(6.1 + 0.5 * RECENT_S).up == pytest.approx(UP)  # type: ignore[union-attr]
    assert taken(at_rate(stood(3.0))).posture_before(3.1 + RECENT_S) is None


@pytest.mark.parametrize(
    "acc_m_s2",
    [
        np.zeros((300, 3)),
        0.3 * stood(6.0),
        G * np.column_stack((np.sin(np.arange(300) / 50.0), np.zeros(300), np.cos(np.arange(300) / 50.0))),
    ],
    ids=["dead", "hardly any weight", "turning by 57° a second"],
)
def test_what_is_no_stand(acc_m_s2: FloatArray) -> None:
    quality = taken(at_rate(acc_m_s2))
    assert all(quality.posture_before(time_s) is None for time_s in np.arange(0.0, 8.0, 0.5))


def test_a_second_with_a_hole_is_no_stand() -> None:
    samples = at_rate(stood(1.0))
    samples.t_s[len(samples) // 2 :] += 3.0
    assert taken(samples).posture_before(5.0) is None


def test_without_gravity_there_is_no_up() -> None:
    quality = StreamQuality(StreamInfo(RATE_HZ, has_gyroscope=False, has_gravity=False))
    quality.take(at_rate(stood(3.0)))
    assert quality.posture_before(3.0) is None


# ---- several sets


def test_the_posture_of_several_sets_lies_amid_them() -> None:
    mean = mean_posture([turned(0.0), turned(20.0)])
    assert mean is not None
    assert mean.turned_deg(turned(10.0)) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("other", [turned(90.0), posture(0.0, 0.0, 1.0, "band"), posture(0.0, 0.0, -1.0, None)])
def test_what_was_worn_otherwise_in_one_of_them_has_none(other: Posture) -> None:
    assert mean_posture([turned(0.0), other]) is None


@pytest.mark.parametrize("up", [(0.0, 0.0, 0.0), (0.0, 0.0, 9.81), (float("nan"), 0.0, 1.0)])
def test_what_is_no_direction_is_refused(up: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        Posture(None, up)
