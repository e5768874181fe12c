"""Reps of any movement: laws first, then sets whose truth is known, then a few real ones."""

import importlib.util
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import PLACEMENTS, Rep, SampleBatch, StreamInfo
from athena_sense.dsp.motion import Motion, MotionStage
from athena_sense.exercises.contract import Setup
from athena_sense.exercises.generic import EXERCISE, METRICS, MOTION_RATE_HZ, GenericDetector, inclination_range_deg
from athena_sense.reps.position import KEPT_S
from tests.accuracy.generic import barbell_files, physio_samples, reps, shoulder_sets
from tests.real_data import real_data

Move = tuple[float, float, float]
"""Start (s), duration (s), angle (deg) of one smooth turn of the limb."""


def limb(moves: list[Move], rate_hz: float = 50.0, seed: int = 0, end_s: float = 3.0) -> SampleBatch:
    """A sensor 0.3 m from a level hinge that turns by `moves`, mounted any way, with noise and bias."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, moves[-1][0] + moves[-1][1] + end_s, 1.0 / rate_hz)
    x = np.clip([(t - start) / duration for start, duration, _ in moves], 0.0, 1.0)
    turned = np.radians([[angle] for _, _, angle in moves]) * x**3 * (10 - 15 * x + 6 * x * x)
    angle = turned.sum(axis=0)
    rate = np.gradient(angle, t)
    zero = np.zeros_like(t)
    acc = np.column_stack(
        (9.81 * np.sin(angle) - 0.3 * rate**2, zero, 9.81 * np.cos(angle) + 0.3 * np.gradient(rate, t))
    )
    mounting = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    mounting *= np.sign(np.linalg.det(mounting))
    gyr = np.column_stack((zero, -rate, zero)) + rng.normal(0, 0.01, acc.shape) + rng.normal(0, 0.01, 3)
    return SampleBatch(t, (acc + rng.normal(0, 0.05, acc.shape)) @ mounting.T, gyr @ mounting.T)


def exercise_set(count: int, period_s: float, *, hold_s: float = 0.0, angle: float = 40.0, seed: int = 1) -> list[Move]:
    """`count` there-and-back movements from 3 s on, 5 % uneven."""
    rng, moves, t = np.random.default_rng(seed), list[Move](), 3.0
    for _ in range(count):
        half_s = 0.5 * (period_s - hold_s) * rng.normal(1.0, 0.05)
        size = angle * rng.normal(1.0, 0.05)
        moves += [(t, half_s, size), (t + half_s + hold_s, half_s, -size)]
        t += 2 * half_s + hold_s
    return moves


def detector(rate_hz: float, *, gyroscope: bool = True, gravity: bool = True) -> GenericDetector:
    info = StreamInfo(rate_hz, gyroscope, has_gravity=gravity)
    return GenericDetector(Setup(info, "wrist", min(rate_hz, MOTION_RATE_HZ)))


def found(samples: SampleBatch, rate_hz: float = 50.0, *, gravity: bool = True) -> list[Rep]:
    gyroscope = samples.gyr_rad_s is not None
    stage = MotionStage(StreamInfo(rate_hz, gyroscope), MOTION_RATE_HZ)
    looking = detector(rate_hz, gyroscope=gyroscope, gravity=gravity)
    updates = [looking.feed(samples, stage.feed(samples)), looking.feed(samples[:0], stage.finish()), looking.finish()]
    return [rep for update in updates for rep in update.reps]


def without_gyroscope(samples: SampleBatch) -> SampleBatch:
    return SampleBatch(samples.t_s, samples.acc_m_s2)


def without(samples: SampleBatch, start_s: float, end_s: float) -> SampleBatch:
    kept = (samples.t_s < start_s) | (samples.t_s > end_s)
    assert samples.gyr_rad_s is not None
    return SampleBatch(samples.t_s[kept], samples.acc_m_s2[kept], samples.gyr_rad_s[kept])


def part(motion: Motion, cut: slice) -> Motion:
    gyr = None if motion.gyr_rad_s is None else motion.gyr_rad_s[cut]
    first = motion.first_index + (cut.start or 0)
    return Motion(
        motion.rate_hz, first, motion.t_s[cut], motion.acc_m_s2[cut], gyr, motion.up[cut], motion.after_gap[cut]
    )


@given(cuts=st.lists(st.integers(1, 1400), max_size=40), gyroscope=st.booleans())
def test_any_cut_gives_the_same_reps(cuts: list[int], gyroscope: bool) -> None:
    moves = exercise_set(8, 2.5)
    samples = without(limb([*moves, *((start + 30.0, s, angle) for start, s, angle in moves)]), 12.0, 13.5)
    stage = MotionStage(StreamInfo(50.0, gyroscope), MOTION_RATE_HZ)
    motion = stage.feed(samples if gyroscope else without_gyroscope(samples))

    def run(bounds: list[int]) -> list[Rep]:
        looking = detector(50.0, gyroscope=gyroscope)
        updates = [looking.feed(samples[:0], part(motion, slice(a, b))) for a, b in pairwise(bounds)]
        return [rep for update in [*updates, looking.finish()] for rep in update.reps]

    bounds = sorted({0, len(motion), *(cut for cut in cuts if cut < len(motion))})
    whole = run([0, len(motion)])
    assert len(whole) == 16
    assert run(bounds) == whole


@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 52.0, 200.0])
@pytest.mark.parametrize("period_s", [0.8, 2.0, 6.0, 12.0])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_every_rep_is_counted_at_any_rate_and_tempo(rate_hz: float, period_s: float, gyroscope: bool) -> None:
    samples = limb(exercise_set(9, period_s), rate_hz, seed=round(rate_hz + period_s))
    counted = found(samples if gyroscope else without_gyroscope(samples), rate_hz)
    assert abs(len(counted) - 9) <= (1 if period_s < 1.0 else 0)
    assert [rep.number for rep in counted] == list(range(1, len(counted) + 1))
    assert all(a.start_s < a.end_s <= b.start_s + 1e-9 for a, b in pairwise(counted))


def test_times_and_range_are_those_of_the_movement() -> None:
    moves = exercise_set(10, 6.0, hold_s=2.0)
    counted = found(limb(moves))
    assert len(counted) == 10
    for rep, out, back in zip(counted, moves[::2], moves[1::2], strict=True):
        truth = [out[0], out[0] + out[1], back[0], back[0] + back[1]]
        first, second = rep.phases
        seen = [first.start_s, first.end_s, second.start_s, second.end_s]
        # A smooth start is slow: a tenth of the peak speed is reached after 8 % of a minimum-jerk movement.
        assert np.abs(np.subtract(seen, truth)).max() < 0.12 * out[1]
        assert rep.measurements["range_deg"].value == pytest.approx(out[2], abs=2.0)
        assert rep.measurements["rep_duration_s"].value == rep.end_s - rep.start_s
        assert set(rep.measurements) == set(METRICS)


def test_three_alike_are_a_repetition_and_two_are_not() -> None:
    assert len(found(limb(exercise_set(3, 2.0)))) == 3
    assert found(limb(exercise_set(2, 2.0))) == []


@pytest.mark.parametrize("seed", range(4))
def test_getting_into_position_and_out_of_it_adds_no_reps(seed: int) -> None:
    moves = exercise_set(8, 3.0, seed=seed)
    last_s = moves[-1][0] + moves[-1][1]
    around = [(1.0, 1.0, 60.0), *moves, (last_s + 1.0, 1.0, -60.0), (last_s + 3.0, 1.5, 80.0)]
    assert 7 <= len(found(limb(around, seed=seed))) <= 8


def test_stillness_and_single_movements_are_no_reps() -> None:
    assert found(limb([(5.0, 1.0, 50.0), (20.0, 2.0, -70.0), (31.0, 0.5, 20.0)], end_s=20.0)) == []


def test_reps_are_reported_while_the_set_goes_on() -> None:
    moves = exercise_set(12, 2.0)
    samples = limb(moves)
    stage, looking = MotionStage(StreamInfo(50.0, True), MOTION_RATE_HZ), detector(50.0)
    late_s, first_known_s = [], None
    for k in range(0, len(samples), 10):
        batch = samples[k : k + 10]
        for rep in looking.feed(batch, stage.feed(batch)).reps:
            first_known_s = first_known_s or batch.t_s[-1]
            if batch.t_s[-1] > first_known_s:
                late_s.append(batch.t_s[-1] - moves[2 * rep.number - 1][0] - moves[2 * rep.number - 1][1])
    assert first_known_s is not None
    assert first_known_s < 3.0 + 5 * 2.0
    assert len(late_s) >= 6
    assert max(late_s) < 0.6


def test_a_short_gap_interrupts_a_rep_and_a_long_one_ends_the_set() -> None:
    short = found(without(limb(exercise_set(10, 3.0)), 12.5, 13.5))
    assert len(short) == 10
    (hit,) = [rep for rep in short if rep.interrupted]
    assert hit.start_s < 13.0 < hit.end_s
    assert {measurement.reason for measurement in hit.measurements.values()} == {"gap"}
    long = found(without(limb(exercise_set(16, 3.0)), 18.0, 33.0))
    assert not any(18.0 < 0.5 * (rep.start_s + rep.end_s) < 33.0 for rep in long)
    assert len(long) in (10, 11, 12)


def test_a_set_without_stillness_counts_the_cycles_that_fit_into_it() -> None:
    samples = limb(exercise_set(12, 2.0))
    middle = (samples.t_s > 3.6) & (samples.t_s < 23.6)
    assert samples.gyr_rad_s is not None
    counted = found(SampleBatch(samples.t_s[middle], samples.acc_m_s2[middle], samples.gyr_rad_s[middle]))
    assert len(counted) == 10
    assert counted[-1].measurements["rep_duration_s"].reason in (None, "cut_off")


def test_what_cannot_be_seen_is_not_measured() -> None:
    level = found(limb(exercise_set(6, 3.0)), gravity=False)
    assert {rep.measurements["range_deg"].reason for rep in level} == {"no_gravity"}
    jerky = found(without_gyroscope(limb(exercise_set(12, 0.9, angle=60.0))))
    assert "no_gyroscope" in {rep.measurements["range_deg"].reason for rep in jerky}


def test_nothing_fed_is_nothing_found() -> None:
    assert detector(50.0).finish().reps == ()


def test_memory_is_bounded() -> None:
    rng = np.random.default_rng(0)
    looking, n = detector(25.0), 25 * 600
    for start in range(0, n, 500):
        t = np.arange(start, start + 500) / 25.0
        swing = np.column_stack((9.0 * np.sin(2 * np.pi * t / 3.0), 0 * t, 0 * t)) + rng.normal(0, 0.1, (500, 3))
        up = np.tile([0.0, 0.0, 1.0], (500, 1))
        looking.feed(
            SampleBatch(t, swing, swing / 9.0), Motion(25.0, start, t, swing, swing / 9.0, up, np.zeros(500, bool))
        )
    assert looking._cycles is not None
    assert len(looking._cycles.rows._table) <= 2.5 * KEPT_S * 25.0
    assert looking._cycles._set is not None
    assert len(looking._cycles._set.turns) < 30


def test_range_is_the_largest_angle_from_the_start() -> None:
    angle = np.radians([0.0, 20.0, 50.0, 10.0])
    up = np.column_stack((np.sin(angle), 0 * angle, np.cos(angle)))
    assert inclination_range_deg(up) == pytest.approx(50.0)


def test_every_placement_sees_it() -> None:
    assert tuple(site.placement for site in EXERCISE.sites) == PLACEMENTS
    assert not EXERCISE.needs_gravity


def test_real_shoulder_sets_of_twenty() -> None:
    if importlib.util.find_spec("seglearn") is None:
        pytest.skip("needs the package seglearn")
    errors = np.array([len(reps(samples, 50.0)) - 20 for k, samples in enumerate(shoulder_sets()) if k % 7 == 0])
    assert (np.abs(errors) <= 1).mean() >= 0.95
    assert (errors == 0).mean() >= 0.55


def test_real_slow_reps() -> None:
    path = real_data("physio_slow_reps", "s1_e4.parquet")
    assert abs(len(reps(physio_samples(path), 25.0)) - 30) <= 2


def test_real_barbell_sets() -> None:
    import athena_sense

    files = list(barbell_files(real_data("metamotion_barbell")))[::3]
    errors = [len(athena_sense.replay(path, exercise="generic", placement="wrist").reps) - n for n, path in files]
    assert (np.abs(errors) <= 1).mean() >= 0.85
