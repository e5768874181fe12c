"""Arming: what disarms may be refused, and is asked again, whatever the cut."""

import numpy as np
import pytest

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arming import Arming, Change

RATE_HZ = 25.0


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
