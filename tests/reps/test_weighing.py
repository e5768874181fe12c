"""Angles by weight: told where the leg turns, and from where it hung; not where only the weight changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import FloatArray
from athena_sense.reps.weighing import centred_angle, from_where_it_hung_deg, is_seen
from athena_sense.units import RAD_PER_DEG

G = 9.81
WEIGHT = np.array([0.0, 0.0, 1.0 / G])
HALF = 2


def felt(angle_deg: FloatArray) -> FloatArray:
    """(n, 3) acceleration of a leg that is turned so far (n,), and does not hurry."""
    angle = angle_deg * RAD_PER_DEG
    return G * np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=1)


@given(st.floats(15.0, 120.0))
def test_a_leg_that_turns_is_seen_to(height_deg: float) -> None:
    there_and_back = height_deg * (0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, 60)))
    acc = felt(there_and_back)
    assert centred_angle(acc, WEIGHT, HALF).max() == pytest.approx(height_deg, abs=2.0)
    assert is_seen(height_deg, acc, WEIGHT, HALF)


@given(st.floats(30.0, 80.0))
def test_a_leg_that_only_weighs_less_is_not_seen_to_turn(seems_deg: float) -> None:
    """An upright shank that is lifted slows down as it rises."""
    acc = np.tile([0.0, 0.0, G], (60, 1))
    acc[20:40] *= np.cos(seems_deg * RAD_PER_DEG)
    assert centred_angle(acc, WEIGHT, HALF).max() == pytest.approx(seems_deg)
    assert not is_seen(seems_deg, acc, WEIGHT, HALF)


def test_what_falls_has_no_up() -> None:
    acc = np.tile([0.0, 0.0, G], (60, 1))
    acc[20:40] = [0.3 * G, 0.0, 0.0]
    assert not is_seen(90.0, acc, WEIGHT, HALF)


@given(st.floats(0.0, 15.0), st.floats(30.0, 110.0))
def test_the_angle_is_from_where_the_leg_hung(hung_deg: float, height_deg: float) -> None:
    high, hung = felt(np.full(5, height_deg)), felt(np.full(5, hung_deg))
    assert from_where_it_hung_deg(height_deg, high, hung, WEIGHT) == pytest.approx(height_deg - hung_deg, abs=1e-6)


def test_where_a_leg_turns_round_it_does_not_hang() -> None:
    high, hung = felt(np.full(5, 60.0)), 1.2 * felt(np.full(5, 20.0))
    assert from_where_it_hung_deg(60.0, high, hung, WEIGHT) == 60.0
