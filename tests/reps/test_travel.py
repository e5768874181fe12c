"""How far a body sank between two stands, whatever bias its sensor has and however that turns with it."""

import numpy as np
import pytest

from athena_sense.dsp.unturned import Unturned
from athena_sense.reps.travel import Errors, Felt, level
from athena_sense.simulation.profiles import minimum_jerk

RATE_HZ = 50.0


def squat(seconds: float, deep_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Times, how far it sank (m), upward acceleration (m/s²), the row of the bottom; a second of standing about it."""
    t = np.arange(round((2.0 + seconds) * RATE_HZ) + 1) / RATE_HZ
    share = np.clip((t - 1.0) / seconds, 0.0, 1.0)
    down = deep_m * (minimum_jerk(np.clip(2.0 * share, 0.0, 1.0)) - minimum_jerk(np.clip(2.0 * share - 1.0, 0.0, 1.0)))
    return t, down, -np.gradient(np.gradient(down, t), t), int(down.argmax())


@pytest.mark.parametrize("seconds", [1.5, 4.0, 9.0])
def test_errors_that_stay_or_turn_with_the_sensor_are_found(seconds: float) -> None:
    _, down, upward, bottom = squat(seconds, 0.2)
    tilt = 0.3 * down / down.max()
    seen = Felt(RATE_HZ, upward + 0.12 + 0.2 * tilt, tilt, Errors(0.12, 0.015)).sinking(bottom)
    assert seen.down_m[bottom] == pytest.approx(0.2, abs=2.0 * seen.doubt_m)
    assert seen.misfit < 3.0
    assert 0.05 < seen.errors.turning < 0.25


def test_what_has_not_come_back_does_not_agree_with_a_stand() -> None:
    t, down, upward, bottom = squat(3.0, 0.3)
    cut = t < 3.3  # a good part of the raise is yet to come
    tilt = 0.2 * down / down.max()
    known = Errors(0.0, 0.015)
    assert Felt(RATE_HZ, upward[cut], tilt[cut], known).sinking(bottom).misfit > 8.0
    assert Felt(RATE_HZ, upward, tilt, known).sinking(bottom).misfit < 1.0


def test_the_doubt_grows_with_time() -> None:
    doubts = []
    for seconds in (1.5, 4.0, 9.0):
        _, down, upward, bottom = squat(seconds, 0.2)
        doubts.append(Felt(RATE_HZ, upward, 0.3 * down / down.max(), Errors(0.0, 0.015)).sinking(bottom).doubt_m)
    assert doubts == sorted(doubts)


def test_what_a_straight_line_across_a_hole_loses_is_no_way() -> None:
    t, down, upward, bottom = squat(2.0, 0.5)
    hole = (t > 1.45) & (t < 1.61)
    bridged = np.interp(t, t[~hole], upward[~hole])
    tilt = 0.2 * down / down.max()
    known = Errors(0.0, 0.015)
    unaware = Felt(RATE_HZ, bridged, tilt, known).sinking(bottom)
    aware = Felt(RATE_HZ, bridged, tilt, known, [(1.53, 0.18)]).sinking(bottom)
    assert aware.misfit < 0.5 * unaware.misfit
    assert aware.down_m[bottom] == pytest.approx(0.5, abs=2.0 * aware.doubt_m)
    assert aware.doubt_m > unaware.doubt_m


def test_a_hole_elsewhere_changes_nothing() -> None:
    _, down, upward, bottom = squat(2.0, 0.3)
    felt = (RATE_HZ, upward, 0.1 * down, Errors(0.0, 0.015))
    one, other = (Felt(*felt, holes).sinking(bottom) for holes in ([], [(-3.0, 0.2)]))
    assert np.array_equal(one.down_m, other.down_m)


def test_a_hole_may_hide_that_a_body_stopped() -> None:
    t = np.arange(round(5.0 * RATE_HZ) + 1) / RATE_HZ
    down_m_s = 0.2 * np.clip((t - 1.0) / 0.5, 0.0, 1.0) * np.clip((2.58 - t) / 0.16, 0.0, 1.0)
    deep_m = np.sum(down_m_s) / RATE_HZ
    down = np.cumsum(down_m_s) / RATE_HZ - deep_m * minimum_jerk(np.clip((t - 2.8) / 1.4, 0.0, 1.0))
    upward = -np.gradient(np.gradient(down, t), t)
    hole = (t > 2.41) & (t < 2.59)
    bridged = np.interp(t, t[~hole], upward[~hole])
    tilt, known, bottom = 0.2 * down / down.max(), Errors(0.0, 0.01), int(down.argmax())
    unaware = Felt(RATE_HZ, bridged, tilt, known).sinking(bottom)
    aware = Felt(RATE_HZ, bridged, tilt, known, [(2.5, 0.2)]).sinking(bottom)
    assert unaware.misfit > 6.0
    assert aware.misfit < 2.0
    assert aware.down_m[bottom] == pytest.approx(deep_m, abs=2.0 * aware.doubt_m)


def test_up_is_found_between_two_stands_however_the_sensor_turned_and_drifted() -> None:
    t = np.arange(round(4.0 * RATE_HZ)) / RATE_HZ
    lean, none = 0.3 * np.sin(0.5 * np.pi * t), 0.0 * t
    up = np.stack((none, np.sin(lean), np.cos(lean)))
    upward = 3.0 * np.sin(np.pi * t)  # still at both ends
    turning = np.stack((0.3 * 0.5 * np.pi * np.cos(0.5 * np.pi * t), none, none))
    drift = np.array([0.004, -0.003, 0.0])[:, None]
    unturned = Unturned().feed(t, turning + drift, (9.80665 + upward) * up).reshape(3, 4, -1)
    found, rising = level(unturned)
    assert np.degrees(np.abs(found.T - up)).max() < 0.1
    assert np.abs(rising - upward).max() < 0.02
