"""A lone loud sample amid calm lies between its neighbours; what moves a body stays as it is."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import SampleBatch
from athena_sense.dsp.spikes import LoneSpikes
from athena_sense.session import Session
from athena_sense.simulation import simulate

RATE_HZ = 100.0


def stream(*loud: tuple[int, int], gap_at: int | None = None) -> SampleBatch:
    """Four quiet seconds; 80 m/s² on one axis in these (first row, number of rows)."""
    t_s = np.arange(400) / RATE_HZ
    if gap_at is not None:
        t_s[gap_at:] += 0.4
    acc = np.random.default_rng(1).normal(0.0, 0.1, (400, 3))
    acc[:, 2] += 9.8
    for first, count in loud:
        acc[first : first + count, 1] = -80.0
    return SampleBatch(t_s, acc, np.zeros((400, 3)))


def mended(samples: SampleBatch, cuts: tuple[int, ...] = ()) -> tuple[SampleBatch, int]:
    spikes, parts = LoneSpikes(RATE_HZ), []
    for first, end in pairwise([0, *sorted(cuts), len(samples)]):
        parts.append(spikes.feed(samples[first:end]))
    last = spikes.flush()
    parts += [] if last is None else [last]
    t_s, acc = (np.concatenate([getattr(part, name) for part in parts]) for name in ("t_s", "acc_m_s2"))
    return SampleBatch(t_s, acc), spikes.count


@pytest.mark.parametrize("count", [1, 2])
def test_a_lone_spike_is_bridged_and_nothing_else_changes(count: int) -> None:
    raw = stream((200, count))
    found, told = mended(raw)
    assert told == count
    assert np.abs(found.acc_m_s2).max() < 12.0
    others = np.setdiff1d(np.arange(400), np.arange(200, 200 + count))
    assert np.array_equal(found.acc_m_s2[others], raw.acc_m_s2[others])
    assert np.array_equal(found.t_s, raw.t_s)


@pytest.mark.parametrize("loud", [((200, 3),), ((200, 1), (205, 1)), ((2, 1),), ((398, 1),)])
def test_what_lasts_what_rings_and_what_has_no_neighbours_stays(loud: tuple[tuple[int, int], ...]) -> None:
    raw = stream(*loud)
    found, told = mended(raw)
    assert told == 0
    assert np.array_equal(found.acc_m_s2, raw.acc_m_s2)


def test_next_to_a_gap_it_stays() -> None:
    assert mended(stream((200, 1), gap_at=204))[1] == 0


@given(cuts=st.lists(st.integers(0, 400), max_size=10))
def test_it_does_not_depend_on_the_cut(cuts: list[int]) -> None:
    raw = stream((60, 1), (100, 2), (109, 1), (150, 1), (161, 1), (300, 1), (398, 1))
    whole, cut = mended(raw), mended(raw, tuple(cuts))
    assert whole[1] == cut[1]
    assert np.array_equal(whole[0].t_s, cut[0].t_s)
    assert np.array_equal(whole[0].acc_m_s2, cut[0].acc_m_s2)


@pytest.mark.parametrize("placement", ["foot", "shank", "waist"])
def test_heel_strikes_and_landings_stay(placement: str) -> None:
    for exercise in ("walking", "triple-jump"):
        one = simulate(exercise, placement, seed=1, rate_hz=50.0)
        assert mended(one.samples)[1] == 0


@pytest.mark.parametrize("gyroscope", [True, False])
def test_spikes_in_lowerings_cost_no_reps_and_many_are_told(gyroscope: bool) -> None:
    one = simulate("calf", "foot", seed=1, gyroscope=gyroscope, reps=4, lowering_s=6.0, walk=False)
    clean = Session(one.info, "eccentric-calf", "foot")
    clean.feed(one.samples)
    clean.finish()
    acc = one.samples.acc_m_s2.copy()
    for truth in one.truth.reps:
        lowering = next(phase for phase in truth.phases if phase.name == "eccentric")
        middle = np.searchsorted(one.samples.t_s, 0.5 * (lowering.start_s + lowering.end_s))
        acc[middle] += [0.0, 100.0, 0.0]
    session = Session(one.info, "eccentric-calf", "foot")
    session.feed(SampleBatch(one.samples.t_s, acc, one.samples.gyr_rad_s))
    session.finish()
    assert len(session.reps) == len(clean.reps) == 4
    for rep, was in zip(session.reps, clean.reps, strict=True):
        assert rep.end_s == pytest.approx(was.end_s, abs=0.05)
    assert any("lone samples" in note for note in session.quality().notes)
    assert not any("lone samples" in note for note in clean.quality().notes)
