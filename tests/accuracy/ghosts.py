"""Ghosts: real walking and stairs hold no reps and no landings."""

from collections.abc import Iterator

from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.recordings import open_recording, samples_of
from athena_sense.session import Session
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

FOLDER = "phyphox_jump_walk"
REPETITIVE = ("generic",)
"""Walking repeats, so an exercise that counts whatever repeats may count it."""


def rows() -> Iterator[Row]:
    """Reps and landings found in every walking and stairs file, at every site of every exercise."""
    files = sorted(path for kind in ("walking", "stairs") for path in (REAL_DATA / FOLDER).glob(f"{kind}_*.csv"))
    for name in exercise_names():
        if name in REPETITIVE:
            continue
        what = f"real walking and stairs as {name}: reps and landings"
        if not files:
            yield absent(what, "0", FOLDER)
            continue
        ghosts = 0
        sites = [site.placement for site in get_exercise(name).sites]
        for path in files:
            opened = open_recording(path)
            for placement in sites:
                session = Session(opened.header.info, name, placement)
                session.feed(samples_of(opened))
                session.finish()
                ghosts += len(session.reps) + len(session.landings)
        yield Row(what, "0", f"{ghosts} in {len(files)} files at {len(sites)} sites", ghosts == 0)
