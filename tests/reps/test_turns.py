"""Turn-arounds: the same for any cut, and the same as a plain loop finds."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.reps.turns import Turn, Turns

SIGNALS = st.lists(st.integers(-20, 20), min_size=1, max_size=200).map(lambda x: np.cumsum(x).astype(float))


def by_hand(values: np.ndarray, threshold: float) -> list[Turn]:
    """One value at a time."""
    turns: list[Turn] = []
    rising: bool | None = None
    high = low = (float(values[0]), 0)
    for row, value in enumerate(values):
        high = max(high, (float(value), row), key=lambda pair: pair[0])
        low = min(low, (float(value), row), key=lambda pair: pair[0])
        if rising is not False and high[0] - value > threshold:
            turns.append(Turn(high[1], high[0], True, row))
            rising, low = False, (float(value), row)
        elif rising is not True and value - low[0] > threshold:
            turns.append(Turn(low[1], low[0], False, row))
            rising, high = True, (float(value), row)
    return turns


@given(values=SIGNALS, cuts=st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_finds_what_a_plain_loop_finds(values: np.ndarray, cuts: list[int]) -> None:
    turns = Turns(15.0)
    bounds = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    found = [turn for a, b in pairwise(bounds) for turn in turns.feed(values[a:b], a)]
    assert found == by_hand(values, 15.0)


@given(values=SIGNALS)
def test_highs_and_lows_take_turns_and_lie_apart(values: np.ndarray) -> None:
    found = list(Turns(15.0).feed(values, 0))
    for one, other in pairwise(found):
        assert one.is_high != other.is_high
        assert abs(one.value - other.value) > 15.0
