"""Arming: stillness arms, steps disarm, and what is excused in time does neither."""

import numpy as np
import pytest

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
