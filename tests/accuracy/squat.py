"""Full wall squat: simulated sets with exact truth, and real squats beside motion capture."""

from collections.abc import Iterator

import numpy as np

from athena_sense.datatypes import Rep, SampleBatch, StreamInfo
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.accuracy.calf import miscounted
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SETS = 60
REPS = 6
RATES_HZ = (50.0, 52.0, 100.0, 104.0)
LOWEST_HZ = (40.0,)
"""The fewest samples a second that are taken at the trunk."""
LOST = 0.01
LIVE_SETS, PACKET, LATEST_S = 20, 5, 0.3
FOLDER = "cmu_exercises_mocap"
NAME = "full-wall-squat"
GHOSTS = ("Walk", "CMJDL", "DropLandDL", "HeelRaise", "Pose")
SEGMENTS = {"thigh": "RightThigh", "waist": "Pelvis", "chest": "Chest"}


def rows() -> Iterator[Row]:
    """Every figure of the squat."""
    for gyroscope in (True, False):
        yield from simulated_rows("thigh", gyroscope)
    for placement in ("waist", "chest"):
        yield from simulated_rows(placement, True)
        yield from simulated_rows(placement, True, LOWEST_HZ)
        yield from simulated_rows(placement, False)
        yield from simulated_rows(placement, False, LOWEST_HZ)
    for placement in SEGMENTS:
        yield told_row(placement)
    yield from real_rows()
    yield from felt_rows()
    yield from ghost_rows()


def told_row(placement: str, sets: int = LIVE_SETS) -> Row:
    """How long after it a squat is told, heard as live."""
    late_s: list[float] = []
    for seed in range(sets):
        one = simulate("squat", placement, seed=seed, rate_hz=RATES_HZ[seed % 4], lost=LOST, reps=REPS)
        told = live(one)
        reps, told_s = [rep for rep, _ in told], [at_s for _, at_s in told]
        for true, rep in paired([one], [reps]):
            late_s.append(told_s[reps.index(rep)] - true.end_s)
    in_time = int((np.array(late_s) <= LATEST_S).sum())
    figure = f"{in_time} of {len(late_s)} ({100 * in_time / len(late_s):.1f} %); median {np.median(late_s):.2f} s"
    what = f"simulated squats, {placement}, 6 axes: told ≤ {LATEST_S} s after their end"
    return Row(what, "≥ 95 %", figure, in_time >= 0.95 * len(late_s))


def live(one: Simulated) -> list[tuple[Rep, float]]:
    """The reps of a set that comes in packets of five samples, and when each was told (s)."""
    session, gyr = Session(one.info, NAME, one.placement), one.samples.gyr_rad_s
    told: list[tuple[Rep, float]] = []
    for first in range(0, len(one.samples), PACKET):
        part = slice(first, first + PACKET)
        t_s = one.samples.t_s[part]
        session.feed(SampleBatch(t_s, one.samples.acc_m_s2[part], None if gyr is None else gyr[part]))
        told += [(rep, float(t_s[-1])) for rep in session.reps[len(told) :]]
    session.finish()
    return told + [(rep, float(one.samples.t_s[-1])) for rep in session.reps[len(told) :]]


def simulated_rows(
    placement: str, gyroscope: bool, rates_hz: tuple[float, ...] = RATES_HZ, sets: int = SETS
) -> Iterator[Row]:
    """Counts, lowering times and what the site shows."""
    simulated = [
        simulate(
            "squat",
            placement,
            seed=seed,
            rate_hz=rates_hz[seed % len(rates_hz)],
            gyroscope=gyroscope,
            lost=LOST,
            reps=REPS,
        )
        for seed in range(sets)
    ]
    name = f"simulated squats, {placement}, " + ("6 axes" if gyroscope else "accelerometer alone")
    name += f", {rates_hz[0]:g} Hz" if len(rates_hz) == 1 else ""
    found = [played(one.info, one.samples, one.placement) for one in simulated]
    untimed = not gyroscope and placement != "thigh"
    yield miscounted(name, simulated, found, 1.0)
    pairs = list(paired(simulated, found))
    timed = [(true, rep) for true, rep in pairs if rep.phases]
    if untimed:
        yield Row(f"{name}: lowerings timed", "none", f"{len(timed)} of {len(pairs)}", not timed)
    else:
        error_s = np.array([duration_s(rep, "eccentric") - true.duration_s("eccentric") for true, rep in timed])
        mae_s, bias_s = float(np.abs(error_s).mean()), float(error_s.mean())
        what = f"{mae_s:.3f} s (bias {bias_s:+.3f} s, {len(timed)} timed)"
        yield Row(f"{name}: lowering, MAE", "≤ 0.15 s", what, mae_s <= 0.15)
    metric, truth, most = {
        "thigh": ("depth_deg", "range_deg", 2.0),
        "chest": ("trunk_lean_deg", "trunk_lean_deg", 2.0),
        "waist": ("depth_m", "range_m", 0.05),
    }[placement]
    errors = [
        value - getattr(true, truth) for true, rep in pairs if (value := rep.measurements[metric].value) is not None
    ]
    mae = float(np.abs(errors).mean())
    told = f"{mae:.2f} (of {len(errors)} told, {len(pairs)} found)"
    yield Row(f"{name}: {metric}, MAE", f"≤ {most:g}", told, mae <= most)


def played(info: StreamInfo, samples: SampleBatch, placement: str) -> list[Rep]:
    """Samples through the pipe."""
    session = Session(info, NAME, placement)
    session.feed(samples)
    session.finish()
    return session.reps


def duration_s(rep: Rep, name: str) -> float:
    """Length of a phase (s)."""
    return next(phase.end_s - phase.start_s for phase in rep.phases if phase.name == name)


def paired(simulated: list[Simulated], found: list[list[Rep]]) -> Iterator[tuple]:
    """Each true rep with the one found that overlaps it most; what was missed is in the count."""
    for one, reps in zip(simulated, found, strict=True):
        for true in one.truth.reps:
            overlap = [min(rep.end_s, true.end_s) - max(rep.start_s, true.start_s) for rep in reps]
            if overlap and max(overlap) > 0.5 * (true.end_s - true.start_s):
                yield true, reps[int(np.argmax(overlap))]


def real_rows() -> Iterator[Row]:
    """Ten real squats, each a recording of its own, in each segment's sensor; the thigh's without a gyroscope too."""
    for placement in SEGMENTS:
        yield from beside_mocap(placement, True)
    yield from beside_mocap("thigh", False)


def beside_mocap(placement: str, gyroscope: bool) -> Iterator[Row]:
    """The real squats of a segment beside motion capture.

    The thigh's own angle there: by hip and pelvis, or by knee and ankle, from its most upright posture.
    """
    name = f"real squats, {placement}, " + ("6 axes" if gyroscope else "accelerometer alone")
    if not (REAL_DATA / FOLDER).exists():
        yield absent(f"{name}: reps, depth and turn-around", "10 of 10", FOLDER)
        return
    found, late_s, off_deg = 0, [], []
    for table in (*recordings("SqDL"), *recordings("SqSL")):
        t_s = table["t"].to_numpy(float)
        samples = (sensed if gyroscope else felt)(table, SEGMENTS[placement])
        reps = played(StreamInfo(100.0, gyroscope), samples, placement)
        found += len(reps) == 1
        knee = -table["RightKneeAngle_x"].to_numpy(float)
        deepest = int(knee.argmax())
        if len(reps) != 1 or not reps[0].phases:
            continue
        down, _, up = reps[0].phases
        late_s.append(0.5 * (down.end_s + up.start_s) - t_s[deepest])
        hip = table["RightHipAngle_x"].to_numpy(float) + table["PelvisAngle_x"].to_numpy(float)
        shank = knee - table["RightAnkleAngle_x"].to_numpy(float)
        depth = reps[0].measurements["depth_deg"].value
        if depth is not None:
            off_deg.append(min(abs(depth - (a[deepest] - min(a[0], a[-1]))) for a in (hip, shank)))
    yield Row(f"{name}: found", "10 of 10", f"{found} of 10", found == 10)
    worst_s = float(np.abs(late_s).max())
    yield Row(f"{name}: turn-around beside the deepest knee", "within 0.1 s", f"{worst_s:.3f} s", worst_s <= 0.1)
    if placement == "thigh":
        worst = max(off_deg, default=0.0)
        told = f"{worst:.1f}° (of {len(off_deg)} told)" if off_deg else "none told: too quick for it"
        yield Row(f"{name}: depth beside motion capture", "within 5°", told, worst <= 5.0)


def felt_rows() -> Iterator[Row]:
    """The ten real squats of the trunk, to an accelerometer alone."""
    for placement in ("waist", "chest"):
        name = f"real squats, {placement}, accelerometer alone: found"
        if not (REAL_DATA / FOLDER).exists():
            yield absent(name, "10 of 10", FOLDER)
            continue
        tables = (*recordings("SqDL"), *recordings("SqSL"))
        reps = [played(StreamInfo(100.0, False), felt(one, SEGMENTS[placement]), placement) for one in tables]
        found = sum(len(one) == 1 for one in reps)
        yield Row(name, "10 of 10", f"{found} of {len(tables)}", found == 10)


def ghost_rows() -> Iterator[Row]:
    """Other real movements of the same person hold no squats, with a gyroscope and without."""
    for placement, segment in SEGMENTS.items():
        what = f"real walking, jumps and heel raises at the {placement}: squats"
        if not (REAL_DATA / FOLDER).exists():
            yield absent(what, "0", FOLDER)
            continue
        tables = [table for name in GHOSTS for table in recordings(name)]
        ghosts = sum(len(played(StreamInfo(100.0, True), sensed(one, segment), placement)) for one in tables)
        ghosts += sum(len(played(StreamInfo(100.0, False), felt(one, segment), placement)) for one in tables)
        yield Row(what, "0", f"{ghosts} in {len(tables)} recordings, 6 axes and 3", ghosts == 0)


def recordings(name: str) -> Iterator:
    """The recordings of one movement, each a table."""
    import pandas as pd

    table = pd.read_parquet(REAL_DATA / FOLDER / f"{name}.parquet")
    for _, one in table.groupby("rep_file"):
        yield one


def sensed(table, segment: str) -> SampleBatch:
    """What a segment's sensor sent."""
    acc, gyr = (table[[f"{segment}_{kind}{axis}" for axis in "xyz"]].to_numpy(float) for kind in "ag")
    return SampleBatch(table["t"].to_numpy(float), acc, gyr)


def felt(table, segment: str) -> SampleBatch:
    """What an accelerometer alone sent from there."""
    samples = sensed(table, segment)
    return SampleBatch(samples.t_s, samples.acc_m_s2, None)
