"""Ski jumpers: simulated sets with exact truth, one and two sensors, and real trunk leans."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from athena_sense.datatypes import Rep, SampleBatch, StreamInfo
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.accuracy.generic import physio_samples
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SETS, PAIRS = 60, 30
RATES_HZ = (50.0, 52.0, 100.0, 104.0)
LOST = 0.01
FULL_SHARE = 0.75
"""Of the athlete's own usual lean: the program's limit below which a lean is not a full one."""
KNOWN_REPS = 10


def rows() -> Iterator[Row]:
    """Every figure of the exercise."""
    for placement in ("chest", "waist"):
        for gyroscope in (True, False):
            yield from lean_rows(placement, gyroscope)
    yield from bend_rows()
    for gyroscope in (True, False):
        yield from trunk_lean_rows(gyroscope)


def lean_rows(placement: str, gyroscope: bool) -> Iterator[Row]:
    """Counts and leans of one sensor."""
    name = f"simulated ski jumpers, {placement}, " + ("6 axes" if gyroscope else "accelerometer alone")
    wrong = total = unknown = 0
    error_deg: list[float] = []
    for seed in range(SETS):
        one = simulated(placement, seed, gyroscope)
        reps = played(one).reps
        wrong += abs(len(reps) - len(one.truth.reps))
        total += len(one.truth.reps)
        for rep, truth in paired(one, reps):
            lean = rep.measurements["lean_deg"]
            unknown += lean.value is None
            error_deg += [] if lean.value is None else [lean.value - truth["lean_deg"]]
    share = 100.0 * wrong / total
    yield Row(f"{name}: reps miscounted", "≤ 2 %", f"{wrong} of {total} ({share:.2f} %)", share <= 2.0)
    mae_deg = float(np.abs(error_deg).mean())
    figure = f"{mae_deg:.2f}°" + (f", {unknown} of {total} not measured" if unknown else "")
    yield Row(f"{name}: lean, MAE", "≤ 1.0°", figure, mae_deg <= 1.0)


def bend_rows() -> Iterator[Row]:
    """What a second sensor on the thigh tells of the hips."""
    error_deg, bent, straight = [], [], []
    for seed in range(PAIRS):
        chest, thigh = simulated("chest", seed, True), simulated("thigh", seed, True)
        session = Session(chest.info, "ski-jumper", "chest", others={"thigh": thigh.info})
        session.feed(thigh.samples, "thigh")
        session.feed(chest.samples)
        session.finish()
        for rep, truth in paired(chest, session.reps):
            measured = rep.measurements["hip_bend_deg"].value
            if measured is not None:
                error_deg.append(abs(measured - truth["hip_bend_deg"]))
                (bent if truth["hip_bend_deg"] > 8.0 else straight if truth["hip_bend_deg"] < 3.0 else []).append(
                    "bent_at_hips" in rep.flags
                )
    name = "simulated ski jumpers, chest and thigh"
    mae_deg = float(np.mean(error_deg))
    yield Row(f"{name}: bend at the hips, MAE", "≤ 1.5°", f"{mae_deg:.2f}°", mae_deg <= 1.5)
    for words, bar, flags, passed in (
        ("flagged of those bent by more than 8°", "≥ 95 %", bent, np.mean(bent) >= 0.95),
        ("flagged of those bent by less than 3°", "≤ 5 %", straight, np.mean(straight) <= 0.05),
    ):
        yield Row(f"{name}: {words}", bar, f"{100.0 * np.mean(flags):.1f} % of {len(flags)}", bool(passed))


def trunk_lean_rows(gyroscope: bool) -> Iterator[Row]:
    """30 real trunk leans, seated: ten correct, ten too fast, ten with low amplitude."""
    name = "real trunk leans, " + ("6 axes" if gyroscope else "accelerometer alone")
    folder = REAL_DATA / "physio_slow_reps"
    if not folder.exists():
        yield absent(f"{name}: reps", "30 ± 1", folder.name)
        yield absent(f"{name}: low ones told from full ones", "≥ 90 %", folder.name)
        return
    samples = physio_samples(folder / "s1_e2.parquet")
    session = Session(StreamInfo(25.0, gyroscope), "ski-jumper", "chest")
    session.feed(SampleBatch(samples.t_s, samples.acc_m_s2, samples.gyr_rad_s if gyroscope else None))
    session.finish()
    reps = session.reps
    yield Row(f"{name}: reps", "30 ± 1", str(len(reps)), abs(len(reps) - 30) <= 1)
    lean_deg = [rep.measurements["lean_deg"].value for rep in reps]
    usual_deg = float(np.median([lean for lean in lean_deg[:KNOWN_REPS] if lean is not None]))
    told = []
    for is_low, start_s, end_s in executions(folder / "s1_e2_reps.csv"):
        rep = max(reps, key=lambda rep: min(rep.end_s, end_s) - max(rep.start_s, start_s))
        lean = rep.measurements["lean_deg"].value
        told.append(lean is not None and (lean < FULL_SHARE * usual_deg) == is_low)
    share, count = 100.0 * np.mean(told), len(told)
    yield Row(f"{name}: low ones told from full ones", "≥ 90 %", f"{share:.1f} % of {count}", bool(share >= 90.0))


def simulated(placement: str, seed: int, gyroscope: bool) -> Simulated:
    """A set, at one rate or another."""
    return simulate("ski-jumper", placement, seed=seed, rate_hz=RATES_HZ[seed % 4], gyroscope=gyroscope, lost=LOST)


def played(one: Simulated) -> Session:
    """A simulated set through the pipe."""
    session = Session(one.info, one.exercise, one.placement)
    session.feed(one.samples)
    session.finish()
    return session


def paired(one: Simulated, reps: list[Rep]) -> Iterator[tuple[Rep, dict[str, float]]]:
    """Each measured rep with the truth of the one that it overlaps most."""
    for rep in reps:
        truth = max(one.truth.reps, key=lambda true: min(true.end_s, rep.end_s) - max(true.start_s, rep.start_s))
        if min(truth.end_s, rep.end_s) > max(truth.start_s, rep.start_s):
            yield rep, {"range_deg": truth.range_deg or 0.0, **truth.more}


def executions(path: Path) -> Iterator[tuple[bool, float, float]]:
    """(low amplitude, start s, end s) of every execution."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["execution.type"] == "3", int(row["start"]) / 25.0, int(row["end"]) / 25.0
