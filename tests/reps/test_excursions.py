"""Excursions: out from a low and back, for any cut of the signal."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.reps.excursions import Excursion, Excursions

RATE_HZ = 25.0
SMALLEST = 5.0


def followed(values: list[float], cuts: list[int]) -> list[Excursion]:
    """The excursions of a signal that comes in parts, each of which is a rep."""
    moves, found, bounds = Excursions(RATE_HZ, SMALLEST), [], [0, *sorted(cuts), len(values)]
    for first, end in pairwise(bounds):
        row = first
        while row < end:
            row, excursion = moves.follow(row, values[row:end])
            if excursion is not None:
                found.append(excursion)
                moves.accept(excursion.peak - excursion.start)
    return found


def swings(heights: list[float], seconds: float) -> list[float]:
    """Out to each height and back, with a rest of a second before and after."""
    there_and_back = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, round(seconds * RATE_HZ)))
    rest = np.zeros(round(RATE_HZ))
    return np.concatenate([rest, *(part for height in heights for part in (height * there_and_back, rest))]).tolist()


@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(0, 1500), max_size=40))
def test_the_same_for_any_cut(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0.0, 30.0, 8).tolist()
    signal = np.array(swings(heights, rng.uniform(0.5, 6.0)))
    signal += np.cumsum(rng.normal(scale=0.2, size=signal.shape)) + rng.normal(scale=0.5, size=signal.shape)
    values = signal.tolist()
    assert followed(values, [cut for cut in cuts if cut < len(values)]) == followed(values, [])


def test_lows_and_heights_are_where_they_are() -> None:
    values = swings([20.0, 4.0, 30.0], 3.0)
    first, second = followed(values, [])
    for found, height in ((first, 20.0), (second, 30.0)):
        assert abs(found.peak - height) < 0.1
        assert values[found.peak_row] == found.peak
        assert values[found.start_row] == found.start
        assert values[found.end_row] == found.end
        assert found.start_row < found.peak_row < found.end_row <= found.known_row


def test_a_low_is_no_older_than_four_seconds() -> None:
    creeping = np.concatenate((np.zeros(50), np.linspace(0.0, 20.0, 2000), np.full(50, 20.0), np.full(25, 40.0)))
    (row, found), moves = (0, None), Excursions(RATE_HZ, SMALLEST)
    while not moves.out:
        row, found = moves.follow(row, creeping[row : row + 10].tolist())
    assert found is None
    assert row == len(creeping) - 24  # what creeps by a degree in four seconds is no excursion, a jump is
