"""Reps of any repetitive exercise: real recordings, and simulated sets with exact truth.

The rhythm was never shown these sets by name: one detector, one set of constants, four kinds of data.
"""

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import athena_sense
from athena_sense.datatypes import PLACEMENTS, FloatArray, Rep, SampleBatch, StreamInfo
from athena_sense.simulation import simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SHOULDER_REPS = 20
SIMULATED_SETS, RATES_HZ = 120, (12.5, 25.0, 50.0, 100.0)
TOO_FAST_BELOW_S = 4.75
"""Half-way between the slowest of the too-fast repetitions (3.5 s) and the fastest of the correct ones (6 s)."""


def rows() -> Iterator[Row]:
    """Counts of all kinds of recordings, and the durations of the slow ones."""
    yield from shoulder_rows()
    yield from barbell_rows()
    yield from physio_rows()
    for gyroscope in (True, False):
        yield from simulated_rows(gyroscope)


def shoulder_rows() -> Iterator[Row]:
    """Shoulder exercises, watch at the wrist, 50 Hz, 140 sets of 20 (SPAR, in the package seglearn)."""
    near, exact = ("shoulder sets within one rep", "≥ 95 %"), ("shoulder sets exact", "≥ 55 %")
    if importlib.util.find_spec("seglearn") is None:
        yield from (Row(*row, "needs the package seglearn", None) for row in (near, exact))
        return
    errors = np.array([len(reps(samples, 50.0)) - SHOULDER_REPS for samples in shoulder_sets()])
    yield _share(*near, np.abs(errors) <= 1, 0.95)
    yield _share(*exact, errors == 0, 0.55)


def barbell_rows() -> Iterator[Row]:
    """Bench, squat, row, deadlift, overhead press, sensor at the wrist, 12.5 Hz; 5 or 10 reps by protocol."""
    what, bar, folder = "barbell sets within one rep", "≥ 85 %", REAL_DATA / "metamotion_barbell"
    if not folder.exists():
        yield absent(what, bar, folder.name)
        return
    errors = []
    for nominal, path in barbell_files(folder):
        counted = athena_sense.replay(path, exercise="generic", placement="wrist").reps
        errors.append(len(counted) - nominal)
    yield _share(what, bar, np.abs(errors) <= 1, 0.85)


def physio_rows() -> Iterator[Row]:
    """Slow physiotherapy exercises, moving unit, 25 Hz: 10 correct, 10 too fast, 10 with low amplitude."""
    folder, told = REAL_DATA / "physio_slow_reps", []
    for session in ("s1_e2", "s1_e3", "s1_e4", "s1_e5"):
        what, bar = f"slow physio reps, {session}", "30 ± 2"
        if not folder.exists():
            yield absent(what, bar, folder.name)
            continue
        counted = reps(physio_samples(folder / f"{session}.parquet"), 25.0)
        yield Row(what, bar, str(len(counted)), abs(len(counted) - 30) <= 2)
        told += [_told(counted, *execution) for execution in physio_truth(folder / f"{session}_reps.csv")]
    what, bar = "too fast told from correct by duration", "≥ 95 %"
    yield _share(what, bar, np.array(told), 0.95) if told else absent(what, bar, folder.name)


def simulated_rows(gyroscope: bool, sets: int = SIMULATED_SETS) -> Iterator[Row]:
    """A limb that swings, a bar or a body that goes up and down, or both: trimmed or not, at any rate and site."""
    errors = []
    for seed in range(sets):
        site = PLACEMENTS[seed % len(PLACEMENTS)]
        one = simulate("periodic", site, seed=seed, rate_hz=RATES_HZ[seed % 4], gyroscope=gyroscope, reps=10, lost=0.01)
        errors.append(len(reps(one.samples, one.info.sample_rate_hz)) - len(one.truth.reps))
    name = "simulated exercises, sensor anywhere, " + ("6 axes" if gyroscope else "accelerometer alone")
    least = 0.85 if gyroscope else 0.8
    yield _share(f"{name}: sets within one rep", f"≥ {100 * least:.0f} %", np.abs(np.array(errors)) <= 1, least)


def reps(samples: SampleBatch, rate_hz: float) -> list[Rep]:
    """The reps of one set."""
    info = StreamInfo(rate_hz, has_gyroscope=samples.gyr_rad_s is not None)
    session = athena_sense.Session(info, "generic", "other")
    session.feed(samples)
    session.finish()
    return session.reps


def shoulder_sets() -> Iterator[SampleBatch]:
    """The sets of SPAR: ax, ay, az (g), wx, wy, wz (rad/s)."""
    spec = importlib.util.find_spec("seglearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "data" / "watch_dataset.npy"
    for rows in np.load(path, allow_pickle=True).item()["X"]:
        yield SampleBatch(np.arange(len(rows)) / 50.0, rows[:, :3] * STANDARD_GRAVITY_M_S2, rows[:, 3:].copy())


def barbell_files(folder: Path) -> Iterator[tuple[int, Path]]:
    """(reps by protocol, acceleration file) of each set; its gyroscope file lies beside it."""
    with (folder / "sets.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield int(row["reps_nominal"]), folder / row["acc_file"]


def physio_samples(path: Path) -> SampleBatch:
    """The unit that moves: the one whose acceleration varies most."""
    table = pq.read_table(path)

    def axes(unit: int, kind: str) -> FloatArray:
        return np.column_stack([table[f"u{unit}_{kind}_{axis}"].to_numpy() for axis in "xyz"]).astype(float)

    unit = max(range(1, 6), key=lambda k: float(axes(k, "acc").var(axis=0).sum()))
    return SampleBatch(np.arange(table.num_rows) / 25.0, axes(unit, "acc"), axes(unit, "gyr"))


def physio_truth(path: Path) -> Iterator[tuple[bool, float, float]]:
    """(too fast, start s, end s) of every correct or too-fast execution."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["execution.type"] in ("1", "2"):
                yield row["execution.type"] == "2", int(row["start"]) / 25.0, int(row["end"]) / 25.0


def _told(counted: list[Rep], too_fast: bool, start_s: float, end_s: float) -> bool:
    """Whether the rep that covers most of an execution tells by its duration which kind it is."""
    rep = max(counted, key=lambda rep: min(rep.end_s, end_s) - max(rep.start_s, start_s))
    duration_s = rep.measurements["rep_duration_s"].value
    seen = min(rep.end_s, end_s) > max(rep.start_s, start_s)
    return seen and duration_s is not None and (duration_s < TOO_FAST_BELOW_S) == too_fast


def _share(what: str, bar: str, hits: np.ndarray, least: float) -> Row:
    return Row(what, bar, f"{100.0 * hits.mean():.1f} % of {len(hits)}", bool(hits.mean() >= least))
