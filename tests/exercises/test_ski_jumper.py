"""Ski jumpers: leans from one's own upright, hips told by a second sensor, and nothing from walking."""

import numpy as np
import pytest

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate


def played(one: Simulated, placement: str | None = None) -> Session:
    session = Session(one.info, "ski-jumper", placement or one.placement)
    session.feed(one.samples)
    session.finish()
    return session


@pytest.mark.parametrize("seed", range(4))
def test_leans_from_ones_own_upright(seed: int) -> None:
    one = simulate("ski-jumper", "chest", seed=seed, reps=5, lean_deg=9.0, shallow=0.0, walk=True)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        assert rep.measurements["lean_deg"].value == pytest.approx(truth.range_deg, abs=2.5)
        assert [phase.name for phase in rep.phases] == ["concentric", "top_hold", "eccentric"]
        assert rep.start_s == pytest.approx(truth.start_s, abs=1.0)


def leaning(
    *, lean_deg: float, up_s: float, hold_s: float, rest_s: float, shift_deg: float = 0.0
) -> tuple[Session, list[float]]:
    """Three leans through the pipe, five seconds behind the beginning or behind a shift of the stance; their starts."""
    rate_hz, stood_s, down_s = 50.0, 5.0 if shift_deg == 0.0 else 9.0, 1.8
    one_s = up_s + hold_s + down_s + rest_s
    starts_s = [stood_s + k * one_s for k in range(3)]
    t_s = np.arange(0.0, stood_s + 3.0 * one_s + 1.0, 1.0 / rate_hz)

    def done(start_s: float, seconds: float) -> FloatArray:
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip((t_s - start_s) / seconds, 0.0, 1.0)))

    lean = shift_deg * done(3.0, 1.0)
    for start_s in starts_s:
        lean += lean_deg * (done(start_s, up_s) - done(start_s + up_s + hold_s, down_s))
    lean_rad = np.radians(lean)
    acc = 9.81 * np.column_stack((np.sin(lean_rad), np.zeros_like(t_s), np.cos(lean_rad)))
    gyr = np.column_stack((np.zeros_like(t_s), -np.gradient(lean_rad, t_s), np.zeros_like(t_s)))
    session = Session(StreamInfo(rate_hz, True), "ski-jumper", "chest")
    session.feed(SampleBatch(t_s, acc, gyr))
    session.finish()
    return session, starts_s


@pytest.mark.parametrize(("lean_deg", "up_s"), [(3.9, 1.8), (4.3, 4.0), (4.7, 4.0)])
def test_a_first_lean_that_begins_slowly_is_not_read_upside_down(lean_deg: float, up_s: float) -> None:
    session, starts_s = leaning(lean_deg=lean_deg, up_s=up_s, hold_s=2.0, rest_s=1.0)
    assert [rep.start_s for rep in session.reps] == pytest.approx(starts_s, abs=0.8)


@pytest.mark.parametrize("shift_deg", [-5.0, -2.0, 2.0, 3.0, 5.0, 8.0])
@pytest.mark.parametrize("hold_s", [0.0, 2.0])
def test_upright_is_where_the_leans_come_back_to(shift_deg: float, hold_s: float) -> None:
    """Whoever shifts the stance before the set leans from there; the same shift, held and undone, is a first lean."""
    session, starts_s = leaning(lean_deg=10.0, up_s=1.2, hold_s=hold_s, rest_s=1.0, shift_deg=shift_deg)
    assert [rep.start_s for rep in session.reps] == pytest.approx(starts_s, abs=0.5)
    assert [rep.measurements["lean_deg"].value for rep in session.reps] == pytest.approx([10.0] * 3, abs=1.0)


def test_a_lean_held_for_a_while_is_told_without_a_gyroscope() -> None:
    one = simulate("ski-jumper", "chest", seed=5, reps=5, lean_deg=12.0, hold_s=1.5, shallow=0.0, gyroscope=False)
    reps = played(one).reps
    assert len(reps) == 5
    for rep, truth in zip(reps, one.truth.reps, strict=True):
        lean = rep.measurements["lean_deg"]
        assert lean.reason == "no_gyroscope" or lean.value == pytest.approx(truth.range_deg, abs=2.5)


def test_a_quick_lean_without_a_gyroscope_is_not_guessed() -> None:
    quick = [
        simulate("ski-jumper", "chest", seed=seed, reps=5, lean_deg=18.0, hold_s=0.0, gyroscope=False)
        for seed in range(6)
    ]
    reasons = {rep.measurements["lean_deg"].reason for one in quick for rep in played(one).reps}
    assert "no_gyroscope" in reasons
    assert reasons <= {None, "no_gyroscope"}


@pytest.mark.parametrize("seed", [9, 15])
def test_quick_leans_without_a_pause_are_no_walk(seed: int) -> None:
    """They shake |a| as much as walking does, but hardly along the body."""
    one = simulate("ski-jumper", "chest", seed=seed, reps=6, lean_deg=20.0, hold_s=0.0, shallow=0.0, walk=False)
    assert len(played(one).reps) == 6


@pytest.mark.parametrize(("bent_share", "flagged"), [(0.0, False), (0.9, True)])
def test_hips_need_a_second_sensor(bent_share: float, flagged: bool) -> None:
    settings = {"seed": 7, "reps": 4, "lean_deg": 15.0, "bent_share": bent_share, "shallow": 0.0}
    chest, thigh = (simulate("ski-jumper", placement, **settings) for placement in ("chest", "thigh"))
    session = Session(chest.info, "ski-jumper", "chest", others={"thigh": thigh.info})
    session.feed(chest.samples)
    session.feed(thigh.samples, "thigh")
    session.finish()
    assert len(session.reps) == 4
    assert all(("bent_at_hips" in rep.flags) is flagged for rep in session.reps)
    assert {rep.measurements["hip_bend_deg"].reason for rep in played(chest).reps} == {"no_second_sensor"}
    assert all(rep.valid is not None for rep in played(chest).reps)


@pytest.mark.parametrize("placement", ["chest", "waist"])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_walking_holds_no_reps(placement: str, gyroscope: bool) -> None:
    for seed in range(3):
        assert played(simulate("walking", placement, seed=seed, gyroscope=gyroscope), placement).reps == []


def test_a_gap_inside_a_lean_counts_but_is_not_timed() -> None:
    one = simulate("ski-jumper", "chest", seed=3, reps=4, lean_deg=15.0, hold_s=2.0, shallow=0.0, walk=False)
    hold = next(phase for phase in one.truth.reps[1].phases if phase.name == "top_hold")
    middle = 0.5 * (hold.start_s + hold.end_s)
    samples = one.samples
    keep = np.abs(samples.t_s - middle) > 0.3
    assert samples.gyr_rad_s is not None
    session = Session(one.info, "ski-jumper", "chest")
    session.feed(SampleBatch(samples.t_s[keep], samples.acc_m_s2[keep], samples.gyr_rad_s[keep]))
    session.finish()
    torn = [rep for rep in session.reps if rep.interrupted]
    assert len(session.reps) == 4
    assert [rep.number for rep in torn] == [2]
    assert torn[0].measurements["lean_deg"].reason == "gap"


def test_what_cannot_be_seen_is_refused_with_the_reason() -> None:
    with pytest.raises(ExerciseError, match=r"cannot be seen from the wrist.*chest, waist"):
        Session(StreamInfo(100.0, True), "ski-jumper", "wrist")
    with pytest.raises(RecordingError, match="10 samples a second are too few"):
        Session(StreamInfo(10.0, True), "ski-jumper", "chest")
