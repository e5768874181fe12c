"""Box jumps: simulated sets with exact truth, and real jumps, walking and running."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from athena_sense.datatypes import Landing, SampleBatch, StreamInfo
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SITES = ("waist", "shank", "foot", "chest", "thigh")
HEIGHTS_M = (0.3048, -0.3048, 0.0)
SEEDS = 8
REPS = 8
MOST_FLIGHT_MS = {200.0: 12.0, 104.0: 18.0}
SAME_S = 0.15
"""A landing this close to a true contact is that one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One true landing and what was made of it: errors (ms, cm, %), None where it was not measured.

    `peak_percent` is against the body's own peak, None where only a lower bound of it was claimed.
    """

    flight_ms: float | None
    height_cm: float | None
    peak_percent: float | None


def rows() -> Iterator[Row]:
    """Every figure of the box jump."""
    for rate_hz in MOST_FLIGHT_MS:
        yield from simulated_rows(rate_hz)
    yield from force_plate_rows()
    yield from mocap_rows()
    yield from hopping_rows()
    yield from running_rows()


def simulated_rows(rate_hz: float) -> Iterator[Row]:
    """Counts, flight times, heights and peaks of simulated sets with the way back between the jumps."""
    pairs: dict[str, list[Pair]] = {}
    for placement in SITES:
        total = wrong = 0
        pairs[placement] = []
        for seed, height_m in product(range(SEEDS), HEIGHTS_M):
            options = {"rate_hz": rate_hz, "reps": REPS, "box_height_m": height_m}
            one = simulate("box-jump", placement, seed=1000 + seed, **options)
            landings = landed(one, height_m)
            matched = paired(one, landings)
            total += len(one.truth.landings)
            wrong += len(one.truth.landings) + len(landings) - 2 * len(matched)
            pairs[placement] += matched
        share = 100.0 * wrong / total
        figure = f"{wrong} of {total} ({share:.2f} %)"
        yield Row(
            f"simulated box jumps, {placement}, {rate_hz:g} Hz: landings miscounted", "≤ 1 %", figure, share <= 1.0
        )
    yield from error_rows(f"simulated box jumps, {rate_hz:g} Hz", MOST_FLIGHT_MS[rate_hz], pairs)


def error_rows(name: str, most_ms: float, pairs: dict[str, list[Pair]]) -> Iterator[Row]:
    """How far off flight times, heights and peaks are over all sites, and at each."""
    everywhere = [pair for at_site in pairs.values() for pair in at_site]
    for what, key, unit, most in (("flight time", "flight_ms", "ms", most_ms), ("jump height", "height_cm", "cm", 2.5)):
        figure = mean(everywhere, key)
        sites = ", ".join(f"{placement} {mean(at_site, key):.1f}" for placement, at_site in pairs.items())
        yield Row(f"{name}: {what}, MAE", f"≤ {most:g} {unit}", f"{figure:.1f} {unit} ({sites})", figure <= most)
    exact = [abs(pair.peak_percent) for pair in everywhere if pair.peak_percent is not None]
    peak = float(np.median(exact))
    what = f"{name}: peak impact where claimed, median error against the body's own peak"
    yield Row(what, "≤ 3 %", f"{peak:.2f} % ({len(exact)} of {len(everywhere)} claimed)", peak <= 3.0)


def landed(one: Simulated, box_height_m: float) -> list[Landing]:
    """The landings of a simulated set, through the pipe."""
    return found(one.samples, one.placement, one.info, box_height_m)


def found(samples: SampleBatch, placement: str, info: StreamInfo, box_height_m: float = 0.0) -> list[Landing]:
    """The landings in any samples, through the pipe."""
    session = Session(info, "box-jump", placement, box_height_m=box_height_m)
    session.feed(samples)
    session.finish()
    return session.landings


def paired(one: Simulated, landings: list[Landing]) -> list[Pair]:
    """Each true landing with the one found at its contact."""
    pairs, free = [], list(landings)
    for true in one.truth.landings:
        near = [landing for landing in free if abs(landing.time_s - true.contact_s) < SAME_S]
        if not near:
            continue
        free.remove(near[0])
        got = near[0].measurements
        flight_s, height_m, peak = got["flight_time_s"].value, got["jump_height_m"].value, got["peak_impact_g"]
        claimed = peak.value is not None and peak.bound == "exact"
        pairs.append(
            Pair(
                None if flight_s is None else 1e3 * (flight_s - true.flight_time_s),
                None if height_m is None else 1e2 * (height_m - true.jump_height_m),
                1e2 * ((peak.value or 0.0) / true.peak_impact_g - 1.0) if claimed else None,
            )
        )
    return pairs


def mean(pairs: list[Pair], name: str) -> float:
    """Mean absolute error of what was measured."""
    return float(np.mean([abs(error) for pair in pairs if (error := getattr(pair, name)) is not None]))


def force_plate_rows() -> Iterator[Row]:
    """One real jump with a phone at the sternum, beside a force plate."""
    what, folder = "real jump beside a force plate: landings, flight time", "jump_phone_force_plate"
    path = REAL_DATA / folder / "cmj_smartphone.csv"
    if not path.exists():
        yield absent(what, "1, 0.477 s ± 25 ms", folder)
        return
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    samples = SampleBatch(np.arange(len(table)) / 128.0, table[:, :3], table[:, 3:])
    for placement in ("chest", "waist"):
        landings = found(samples, placement, StreamInfo(128.0, True))
        flight_s = landings[0].measurements["flight_time_s"].value if landings else None
        passed = len(landings) == 1 and flight_s is not None and abs(flight_s - 0.477) <= 0.025
        yield Row(f"{what}, as {placement}", "1, 0.477 s ± 25 ms", f"{len(landings)}, {flight_s or 0.0:.3f} s", passed)


def mocap_rows() -> Iterator[Row]:
    """Real jumps, drop landings and steps down, each recorded at many sites at once."""
    folder = "cmu_exercises_mocap"
    sites = {"Pelvis": "waist", "Chest": "chest", "RightThigh": "thigh", "RightShank": "shank", "RightFoot": "foot"}
    for file, what, each in (
        ("CMJDL", "jumps on the flat", 1),
        ("DropLandDL", "drop landings, leading leg", 1),
        ("StepDnH", "steps down", 0),
        ("Walk", "walking", 0),
    ):
        path = REAL_DATA / folder / f"{file}.parquet"
        bar = f"{each} a repetition, at 5 sites"
        if not path.exists():
            yield absent(f"real {what}: landings", bar, folder)
            continue
        import pandas as pd

        right = total = 0
        for _, rep in pd.read_parquet(path).groupby("rep_file"):
            for sensor, placement in sites.items():
                acc = rep[[f"{sensor}_a{axis}" for axis in "xyz"]].to_numpy(float)
                samples = SampleBatch(rep["t"].to_numpy(float), acc)
                right += len(found(samples, placement, StreamInfo(100.0, False))) == each
                total += 1
        yield Row(f"real {what}: landings", bar, f"right in {right} of {total}", right == total)


def hopping_rows() -> Iterator[Row]:
    """Real hops in place with a phone in a pocket: a landing each time that more than 2 g are felt."""
    folder = "phyphox_jump_walk"
    for pocket in ("back", "front"):
        path = REAL_DATA / folder / f"jumping_{pocket}_pocket_sophia.csv"
        what = f"real hops, {pocket} pocket: landings against peaks over 2 g"
        if not path.exists():
            yield absent(what, "within 2", folder)
            continue
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        hard = np.linalg.norm(table[:, 1:4], axis=1) > 2.0 * STANDARD_GRAVITY_M_S2
        starts = np.flatnonzero(hard[1:] & ~hard[:-1])
        peaks = 1 + int(np.sum(np.diff(table[starts, 0]) > 0.3))
        landings = found(SampleBatch(table[:, 0], table[:, 1:4]), "thigh", StreamInfo(99.6, False))
        yield Row(what, "within 2", f"{len(landings)} of {peaks}", abs(len(landings) - peaks) <= 2)


def running_rows() -> Iterator[Row]:
    """Real running at 2.5–5 m/s: flights of 0.06–0.15 s, which are no jumps."""
    folder = "running_force_plate"
    path = REAL_DATA / folder / "trials_00_14.npz"
    if not path.exists():
        yield absent("real running: landings", "0", folder)
        return
    with np.load(path) as trials:
        up, ahead = trials["acc_vertical_g"], trials["acc_ap_g"]
    ghosts = 0
    for vertical, horizontal in zip(up, ahead, strict=True):
        acc = STANDARD_GRAVITY_M_S2 * np.column_stack((vertical, horizontal, np.zeros_like(vertical)))
        samples = SampleBatch(np.arange(len(vertical)) / 500.0, acc)
        ghosts += len(found(samples, "waist", StreamInfo(500.0, False)))
    yield Row("real running: landings", "0", f"{ghosts} in {len(up)} trials", ghosts == 0)
