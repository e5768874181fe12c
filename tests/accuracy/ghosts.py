"""Ghosts: real walking and stairs hold no reps and no landings."""

from collections.abc import Iterator
from pathlib import Path

from athena_sense.datatypes import FloatArray, SampleBatch, StreamInfo
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.recordings import open_recording, samples_of
from athena_sense.session import Session
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

FOLDER = "phyphox_jump_walk"
MOCAP = "cmu_exercises_mocap"
WORN = {"foot": "RightFoot", "shank": "RightShank", "thigh": "RightThigh", "waist": "Pelvis", "chest": "Chest"}


def rows() -> Iterator[Row]:
    """What every exercise finds, at each of its sites, where somebody walks or climbs stairs."""
    for name in exercise_names():
        yield phone_rows(name)
        yield strapped_rows(name)


def phone_rows(name: str) -> Row:
    """A phone in hand and pockets."""
    what = f"real walking and stairs as {name}, phone: reps and landings"
    files = sorted(path for kind in ("walking", "stairs") for path in (REAL_DATA / FOLDER).glob(f"{kind}_*.csv"))
    if not files:
        return absent(what, "0", FOLDER)
    opened = [open_recording(path) for path in files]
    sites = [site.placement for site in get_exercise(name).sites]
    ghosts = sum(found(name, site, one.header.info, samples_of(one)) for one in opened for site in sites)
    return Row(what, "0", f"{ghosts} in {len(files)} files at {len(sites)} sites", ghosts == 0)


def strapped_rows(name: str) -> Row:
    """Sensors strapped to the very sites."""
    what, path = f"real walking as {name}, strapped on: reps and landings", REAL_DATA / MOCAP / "Walk.parquet"
    if not path.exists():
        return absent(what, "0", MOCAP)
    sites = [site.placement for site in get_exercise(name).sites if site.placement in WORN]
    trials = [(site, samples) for site in sites for samples in strapped(path, site)]
    ghosts = sum(found(name, site, StreamInfo(100.0, True), samples) for site, samples in trials)
    return Row(what, "0", f"{ghosts} in {len(trials)} trials", ghosts == 0)


def strapped(path: Path, site: str) -> Iterator[SampleBatch]:
    """Each trial of a file, as the sensor at this site felt it."""
    import pandas as pd

    def axes(trial: "pd.DataFrame", kind: str) -> FloatArray:
        return trial[[f"{WORN[site]}_{kind}{axis}" for axis in "xyz"]].to_numpy(float)

    for _, trial in pd.read_parquet(path).groupby("rep_file"):
        yield SampleBatch(trial["t"].to_numpy(float), axes(trial, "a"), axes(trial, "g"))


def found(name: str, site: str, info: StreamInfo, samples: SampleBatch) -> int:
    """How many reps and landings the exercise finds there."""
    session = Session(info, name, site)
    session.feed(samples)
    session.finish()
    return len(session.reps) + len(session.landings)
