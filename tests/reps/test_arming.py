"""Arming: stillness arms, steps disarm, and what is excused or refused in time does neither."""

import numpy as np
import pytest

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arming import Arming, Change
from athena_sense.units import STANDARD_GRAVITY_M_S2

RATE_HZ = 25.0
PATIENCE_S = 1.0


def motion(*shakes_s: tuple[float, float], seconds: float = 20.0) -> Motion:
    """Upright throughout; |a| swings by 8 m/s² at 3 Hz between these instants."""
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    size = np.full(len(t_s), STANDARD_GRAVITY_M_S2)
    for start_s, end_s in shakes_s:
        inside = (t_s >= start_s) & (t_s < end_s)
        size[inside] += 8.0 * np.sin(6.0 * np.pi * (t_s[inside] - start_s))
    up = np.tile([0.0, 0.0, 1.0], (len(t_s), 1))
    return Motion(RATE_HZ, 0, t_s, up * size[:, None], None, up, np.zeros(len(t_s), bool))


def told(moved: Motion, excused_s: tuple[float, float], size: int) -> tuple[list[Change], list[bool]]:
    """Every change, and whether this was excused when it disarmed for the first time."""
    arming = Arming(RATE_HZ, patience_s=PATIENCE_S)
    changes, answers = [], []
    for first in range(0, len(moved), size):
        rows = slice(first, first + size)
        t_s, acc, up, gap = moved.t_s[rows], moved.acc_m_s2[rows], moved.up[rows], moved.after_gap[rows]
        for change in arming.feed(Motion(RATE_HZ, first, t_s, acc, None, up, gap)):
            changes.append(change)
            if change.to == "disarmed" and not answers:
                answers.append(arming.excuse(*(round(at_s * RATE_HZ) for at_s in excused_s)))
    return changes, answers


@pytest.mark.parametrize("size", [1, 7, 500])
def test_what_is_excused_leaves_it_armed_and_the_next_steps_disarm(size: int) -> None:
    changes, answers = told(motion((5.0, 5.5), (12.0, 16.0)), (4.9, 5.6), size)
    kinds = [change.to for change in changes if change.to != "rested"]
    assert kinds[:5] == ["rough", "disarmed", "rough", "disarmed", "armed"]
    assert answers == [True]
    assert [change.row / RATE_HZ for change in changes if change.to == "rough"] == pytest.approx([5.2, 12.2], abs=0.2)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_what_goes_on_is_not_excused(size: int) -> None:
    _, answers = told(motion((5.0, 5.5), (5.7, 6.0)), (4.9, 5.6), size)
    assert answers == [False]


def test_without_patience_nothing_is_waited_for() -> None:
    kinds = [change.to for change in Arming(RATE_HZ).feed(motion((5.0, 5.5)))]
    assert "rough" not in kinds
    assert "disarmed" in kinds


def shaken(seconds: float, from_s: float) -> FloatArray:
    """(n,) size of an acceleration (m/s²) that is quiet, and then jolts four times a second."""
    t_s = np.arange(0.0, seconds, 1.0 / RATE_HZ)
    return np.asarray(9.81 + np.where(t_s > from_s, 3.0 * np.sin(2.0 * np.pi * 4.0 * t_s), 0.0))


def changes(size: FloatArray, part: int, refused: int) -> list[Change]:
    """What comes of acceleration along one axis, fed `part` rows at a time, where so many disarmings are refused."""
    arming, found, n = Arming(RATE_HZ, large_movement=True), [], size.shape[0]
    up = np.tile((0.0, 0.0, 1.0), (n, 1))
    for first in range(0, n, part):
        rows = slice(first, min(first + part, n))
        count = rows.stop - first
        t_s = np.arange(first, rows.stop) / RATE_HZ
        motion = Motion(RATE_HZ, first, t_s, up[rows] * size[rows, None], None, up[rows], np.zeros(count, bool))
        for change in arming.feed(motion):
            found.append(change)
            if change.to == "disarmed" and refused > 0:
                refused -= 1
                arming.stay_armed()
    return found


@pytest.mark.parametrize("refused", [0, 1, 3])
def test_a_disarming_that_is_refused_comes_again_at_the_next_tick(refused: int) -> None:
    found = [change.row for change in changes(shaken(10.0, 3.0), 1000, refused) if change.to == "disarmed"]
    assert len(found) == 1 + refused
    assert np.diff(found).tolist() == [2] * refused


@pytest.mark.parametrize("part", [1, 7, 60])
def test_changes_are_the_same_for_any_cut(part: int) -> None:
    size = np.concatenate((shaken(8.0, 3.0), shaken(8.0, 4.0)))
    assert changes(size, part, 2) == changes(size, 1000, 2)
