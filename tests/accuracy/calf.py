"""Eccentric calf: simulated sets with exact truth, and real heel raises beside motion capture."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import Rep, SampleBatch, StreamInfo
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SETS = 60
RATES_HZ = (50.0, 52.0, 100.0, 104.0)
LOST = 0.01
HEEL_RAISES = "cmu_exercises_mocap"


@dataclass(frozen=True, slots=True)
class Lowering:
    """One true lowering and what was made of it."""

    true_s: float
    measured_s: float
    flagged: bool


def rows() -> Iterator[Row]:
    """Every figure of the calf exercise."""
    for gyroscope in (True, False):
        yield from foot_rows(gyroscope)
    for placement in ("shank", "waist"):
        yield from body_rows(placement)
    for gyroscope in (True, False):
        yield from heel_raise_rows(gyroscope)


def foot_rows(gyroscope: bool, sets: int = SETS) -> Iterator[Row]:
    """Counts, lowering times and flags from the foot."""
    simulated = [
        simulate("calf", "foot", seed=seed, rate_hz=RATES_HZ[seed % 4], gyroscope=gyroscope, lost=LOST)
        for seed in range(sets)
    ]
    name = "simulated calf, foot, " + ("6 axes" if gyroscope else "accelerometer alone")
    found = [played(one).reps for one in simulated]
    yield miscounted(name, simulated, found, 0.5)
    lowerings = [lowering for one, reps in zip(simulated, found, strict=True) for lowering in paired(one, reps)]
    true_s, measured_s = (np.array([getattr(low, key) for low in lowerings]) for key in ("true_s", "measured_s"))
    error_s, slow = measured_s - true_s, true_s > 4.5
    for words, part, most in (
        ("above 4.5 s", slow, 0.40 if gyroscope else 0.45),
        ("up to 4.5 s", ~slow, 0.20 if gyroscope else 0.22),
    ):
        mae_s, bias_s = float(np.abs(error_s[part]).mean()), float(error_s[part].mean())
        yield Row(f"{name}: lowerings {words}, MAE", f"≤ {most:.2f} s", f"{mae_s:.3f} s", mae_s <= most)
        yield Row(f"{name}: lowerings {words}, bias", "within ±0.20 s", f"{bias_s:+.3f} s", abs(bias_s) <= 0.2)
    flagged = np.array([low.flagged for low in lowerings])
    fast, good = flagged[true_s < 6.5].mean(), flagged[true_s > 9.3].mean()
    yield Row(f"{name}: flagged of those under 6.5 s", "≥ 98 %", f"{100 * fast:.1f} %", bool(fast >= 0.98))
    yield Row(f"{name}: flagged of those over 9.3 s", "≤ 2 %", f"{100 * good:.1f} %", bool(good <= 0.02))


def body_rows(placement: str, sets: int = SETS) -> Iterator[Row]:
    """Counts from shank or waist, and that a good lowering is never called too fast.

    The sets start flat: who starts up on the toes lowers once before the first raise, which cannot be seen here.
    """
    simulated = [
        simulate(
            "calf", placement, seed=seed, rate_hz=RATES_HZ[seed % 4], gyroscope=bool(seed % 2), lost=LOST, start="flat"
        )
        for seed in range(sets)
    ]
    found = [played(one).reps for one in simulated]
    yield miscounted(f"simulated calf, {placement}", simulated, found, 0.5)
    wrong = claimed = 0
    for one, reps in zip(simulated, found, strict=True):
        shortest_s = min(rep.duration_s("eccentric") or 0.0 for rep in one.truth.reps)
        wrong += sum("eccentric_too_fast" in rep.flags for rep in reps) if shortest_s >= 8.0 else 0
        claimed += sum(rep.measurements["eccentric_duration_s"].value is not None for rep in reps)
    yield Row(f"simulated calf, {placement}: good lowerings flagged", "0", str(wrong), wrong == 0)
    yield Row(f"simulated calf, {placement}: lowering times claimed", "0", str(claimed), claimed == 0)


def played(one: Simulated) -> Session:
    """A simulated set through the pipe."""
    session = Session(one.info, one.exercise, one.placement)
    session.feed(one.samples)
    session.finish()
    return session


def miscounted(name: str, simulated: list[Simulated], found: list[list[Rep]], most_percent: float) -> Row:
    """Reps too many or too few over all sets."""
    total = sum(len(one.truth.reps) for one in simulated)
    wrong = sum(abs(len(one.truth.reps) - len(reps)) for one, reps in zip(simulated, found, strict=True))
    share = 100.0 * wrong / total
    figure = f"{wrong} of {total} ({share:.2f} %)"
    return Row(f"{name}: reps miscounted", f"≤ {most_percent:g} %", figure, share <= most_percent)


def paired(one: Simulated, reps: Iterable[Rep]) -> Iterator[Lowering]:
    """Each true lowering with the measured one that overlaps it most; what was missed is in the count."""
    measured = [(phase, rep) for rep in reps for phase in rep.phases if phase.name == "eccentric"]
    for truth in one.truth.reps:
        true = next(phase for phase in truth.phases if phase.name == "eccentric")
        overlap = [min(p.end_s, true.end_s) - max(p.start_s, true.start_s) for p, _ in measured]
        if overlap and max(overlap) > 0.0:
            phase, rep = measured[int(np.argmax(overlap))]
            flagged = "eccentric_too_fast" in rep.flags
            yield Lowering(true.end_s - true.start_s, phase.end_s - phase.start_s, flagged)


def heel_raise_rows(gyroscope: bool) -> Iterator[Row]:
    """Ten real heel raises; the truth is the same definition applied to the mocap angle of the ankle."""
    name = "real heel raises, right foot, " + ("6 axes" if gyroscope else "accelerometer alone")
    path = REAL_DATA / HEEL_RAISES / "HeelRaise.parquet"
    if not path.exists():
        yield absent(f"{name}: raising and lowering", "10 of 10, MAE ≤ 0.12 s", HEEL_RAISES)
        return
    import pandas as pd

    table = pd.read_parquet(path)
    errors = []
    for _, rep in table.groupby("rep_file"):
        t_s = rep["t"].to_numpy(float)
        acc = rep[[f"RightFoot_a{axis}" for axis in "xyz"]].to_numpy(float)
        gyr = rep[[f"RightFoot_g{axis}" for axis in "xyz"]].to_numpy(float)
        session = Session(StreamInfo(100.0, gyroscope), "eccentric-calf", "foot")
        session.feed(SampleBatch(t_s, acc, gyr if gyroscope else None))
        session.finish()
        if len(session.reps) == 1:
            phases = {phase.name: phase.end_s - phase.start_s for phase in session.reps[0].phases}
            true = mocap_phases_s(t_s, rep["RightAnkleAngle_x"].to_numpy(float))
            errors.append([phases.get("concentric", np.nan) - true[0], phases.get("eccentric", np.nan) - true[1]])
    error_s = np.array(errors)
    found = int(np.isfinite(error_s).all(axis=1).sum())
    yield Row(f"{name}: found", "10 of 10", f"{found} of 10", found == 10)
    for phase, column in (("raising", 0), ("lowering", 1)):
        mae_s = float(np.nanmean(np.abs(error_s[:, column])))
        yield Row(f"{name}: {phase} MAE", "≤ 0.12 s", f"{mae_s:.3f} s", mae_s <= 0.12)


def mocap_phases_s(t_s: np.ndarray, ankle_deg: np.ndarray) -> tuple[float, float]:
    """(raising, lowering) of one rep (s) from the ankle's angle, by the project's own fit of the edges.

    The angle falls while the heel rises. Each edge's window runs from the plateau to the middle of the movement.
    """
    from athena_sense.reps.edges import leaves_plateau_s, reaches_plateau_s

    height = -ankle_deg
    top = int(np.argmax(height))
    plateau = np.flatnonzero(height > height[top] - 0.05 * (height[top] - height.min()))
    up = int(np.argmax(height > 0.5 * (height[0] + height[top])))
    down = top + int(np.argmax(height[top:] < 0.5 * (height[-1] + height[top])))
    first, last = int(plateau[0]), int(plateau[-1])
    middle = (first + last) // 2
    raising = reaches_plateau_s(t_s[up:middle], height[up:middle]) - leaves_plateau_s(t_s[: up + 1], height[: up + 1])
    leaves = leaves_plateau_s(t_s[middle : down + 1], -height[middle : down + 1])
    return raising, reaches_plateau_s(t_s[down:], -height[down:]) - leaves
