"""Triple jumps: simulated sets with exact truth, real running beside a force plate, and real hops."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from athena_sense.datatypes import FloatArray, Landing, Rep, SampleBatch, StreamInfo, not_measured
from athena_sense.landings import trunk
from athena_sense.landings.resultant import norm_g, row_at
from athena_sense.session import Session
from athena_sense.simulation import LandingTruth, Simulated, simulate
from athena_sense.units import STANDARD_GRAVITY_M_S2
from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA

SITES = ("waist", "shank", "foot")
RATES_HZ = (200.0, 104.0)
SETS = 60
IN_A_SET = 2
SAME_S = 0.15
"""A landing this close to a true contact is that one."""
LINKED_S = 1.5
ON_THE_PLATE = 0.05
"""Stance: more than 5 % of body weight on the plate."""


@dataclass(slots=True)
class Counted:
    """What was made of simulated sets: counts, and errors of contact times (ms) with how many were measured."""

    landings: int = 0
    wrong_landings: int = 0
    series: int = 0
    wrong_series: int = 0
    unsure_series: int = 0
    """Only a least number was told, and it is one."""
    contacts: int = 0
    errors_ms: list[float] = field(default_factory=list)

    def take(self, one: Simulated, landings: list[Landing], reps: list[Rep]) -> None:
        """One more set."""
        pairs = paired(one, landings)
        self.landings += len(one.truth.landings)
        self.wrong_landings += len(one.truth.landings) + len(landings) - 2 * len(pairs)
        self.series += len(one.truth.reps)
        self.wrong_series += max(0, len(reps) - len(one.truth.reps))
        for true in one.truth.reps:
            count = sum(true.start_s < landing.contact_s <= true.end_s for landing in one.truth.landings)
            seen = [rep for rep in reps if rep.start_s < true.end_s and rep.end_s > true.start_s]
            found = seen[0].measurements["jump_count"] if len(seen) == 1 else not_measured("no_flight")
            unsure = found.bound == "at_least" and (found.value or count) <= count
            self.unsure_series += unsure
            self.wrong_series += found.value != count and not unsure
        for (before, landing), (after, _) in itertools.pairwise(pairs):
            contact_s = after.takeoff_s - before.contact_s
            if contact_s > LINKED_S:
                continue
            self.contacts += 1
            got_s = landing.measurements["contact_time_s"].value
            if got_s is not None:
                self.errors_ms.append(1e3 * (got_s - contact_s))

    @property
    def mae_ms(self) -> float:
        """Mean absolute error of the contact times that were measured."""
        return float(np.mean(np.abs(self.errors_ms)))


def rows() -> Iterator[Row]:
    """Every figure of the triple jump."""
    yield from simulated_rows()
    yield from force_plate_rows()
    yield from hopping_rows()
    yield running_row()


def simulated_rows(first_seed: int = 4000) -> Iterator[Row]:
    """Counts and contact times of sets of two to four linked jumps, walked back from, with 1 % of samples lost."""
    for placement, rate_hz in itertools.product(SITES, RATES_HZ):
        counted = Counted()
        for seed in range(first_seed, first_seed + SETS):
            options = {"rate_hz": rate_hz, "reps": IN_A_SET, "jumps": None, "lost": 0.01, "gyroscope": False}
            one = simulate("triple-jump", placement, seed=seed, **options)
            session = found(one.samples, placement, one.info)
            counted.take(one, session.landings, session.reps)
        barred = placement == "waist"
        what = f"simulated triple jumps, {placement}, {rate_hz:g} Hz"
        share = 100.0 * counted.wrong_landings / counted.landings
        figure = f"{counted.wrong_landings} of {counted.landings} ({share:.2f} %)"
        yield Row(f"{what}: landings miscounted", "≤ 1 %" if barred else "≤ 2 %", figure, share <= (1 if barred else 2))
        share = 100.0 * counted.wrong_series / counted.series
        figure = f"{counted.wrong_series} of {counted.series} wrong, {counted.unsure_series} only at least"
        yield Row(
            f"{what}: rows of jumps told, with their number",
            "0 wrong" if barred else "≤ 5 %",
            figure,
            share <= (0 if barred else 5),
        )
        figure = f"{counted.mae_ms:.1f} ms ({len(counted.errors_ms)} of {counted.contacts} measured)"
        most_ms = 20.0 if barred else 30.0
        yield Row(f"{what}: contact time, MAE", f"≤ {most_ms:g} ms", figure, counted.mae_ms <= most_ms)


def found(samples: SampleBatch, placement: str, info: StreamInfo) -> Session:
    """A finished session of triple jumps over any samples."""
    session = Session(info, "triple-jump", placement)
    session.feed(samples)
    session.finish()
    return session


def paired(one: Simulated, landings: list[Landing]) -> list[tuple[LandingTruth, Landing]]:
    """Each true landing with the one found at its contact."""
    pairs, free = [], list(landings)
    for true in one.truth.landings:
        near = [landing for landing in free if abs(landing.time_s - true.contact_s) < SAME_S]
        if near:
            free.remove(near[0])
            pairs.append((true, near[0]))
    return pairs


def force_plate_rows() -> Iterator[Row]:
    """Contact times of real running at the sacrum, by what times the contacts of jumps, beside a force plate."""
    folder = "running_force_plate"
    path = REAL_DATA / folder / "trials_00_14.npz"
    for rate_hz in (500.0, 100.0):
        what = f"real running beside a force plate, sacrum, {rate_hz:g} Hz: contact time, MAE"
        if not path.exists():
            yield absent(what, "≤ 20 ms", folder)
            continue
        with np.load(path) as trials:
            errors_ms = [
                error
                for up, ahead, weights in zip(
                    trials["acc_vertical_g"], trials["acc_ap_g"], trials["grf_bw"], strict=True
                )
                for error in running_errors_ms(up, ahead, weights, round(500.0 / rate_hz))
            ]
        known = [error for error in errors_ms if error is not None]
        mae_ms = float(np.mean(np.abs(known)))
        figure = f"{mae_ms:.1f} ms (bias {np.mean(known):+.1f}, {len(known)} of {len(errors_ms)} measured)"
        yield Row(what, "≤ 20 ms", figure, mae_ms <= 20.0 and len(known) >= 0.95 * len(errors_ms))


def running_errors_ms(up_g: FloatArray, ahead_g: FloatArray, weights: FloatArray, every: int) -> list[float | None]:
    """Error (ms) of each stance of a trial, None where it was not timed; means over `every` samples are looked at."""
    acc = STANDARD_GRAVITY_M_S2 * np.column_stack((up_g, ahead_g, np.zeros_like(up_g))).astype(float)
    acc = acc[: len(acc) // every * every].reshape(-1, every, 3).mean(axis=1)
    t_s = (np.arange(len(acc)) + 0.5) * every / 500.0 - 0.5 / 500.0
    size_g = norm_g(acc)
    errors: list[float | None] = []
    stances = on_the_plate_s(weights)
    for before, (start_s, end_s), after in zip(stances, stances[1:], stances[2:], strict=False):
        # From the middle of one flight to the middle of the next.
        first, last = row_at(t_s, (before[1] + start_s) / 2), row_at(t_s, (end_s + after[0]) / 2)
        contact_s = trunk.contact_s(t_s[:last], size_g[:last], first)
        middle = row_at(t_s, (contact_s + t_s[last]) / 2)
        takeoff_s = trunk.takeoff_s(t_s, acc, middle, last, last)
        errors.append(None if takeoff_s is None else 1e3 * (takeoff_s - contact_s - (end_s - start_s)))
    return errors


def on_the_plate_s(weights: FloatArray) -> list[tuple[float, float]]:
    """Start and end (s) of every whole stance."""
    on = weights > ON_THE_PLATE
    starts, ends = np.flatnonzero(on[1:] & ~on[:-1]) + 1, np.flatnonzero(~on[1:] & on[:-1]) + 1
    ends = ends[ends > starts[0]]
    return [(a / 500.0, b / 500.0) for a, b in zip(starts, ends, strict=False) if b - a > 50]


def hopping_rows() -> Iterator[Row]:
    """Real hops in place for a minute with a phone in a pocket: one long row of jumps, or a few."""
    folder = "phyphox_jump_walk"
    for pocket in ("back", "front"):
        path = REAL_DATA / folder / f"jumping_{pocket}_pocket_sophia.csv"
        what = f"real hops, {pocket} pocket: hops in rows of linked jumps, contact times"
        bar = "≥ 95 % linked, median 0.1–0.4 s"
        if not path.exists():
            yield absent(what, bar, folder)
            continue
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        session = found(SampleBatch(table[:, 0], table[:, 1:4]), "waist", StreamInfo(99.6, False))
        contacts = [one.measurements["contact_time_s"].value for one in session.landings]
        known = [value for value in contacts if value is not None]
        linked = sum(int(rep.measurements["jump_count"].value or 0) for rep in session.reps) - len(session.reps)
        share, median = linked / max(1, len(session.landings) - 1), float(np.median(known)) if known else 0.0
        figure = f"{len(session.landings)} landings in {len(session.reps)} rows, median {median:.2f} s"
        yield Row(what, bar, figure, share >= 0.95 and 0.1 <= median <= 0.4)


def running_row() -> Row:
    """Real running at 2.5–5 m/s: no jumps, however many contacts follow each other."""
    folder, what = "running_force_plate", "real running as triple-jump: landings and rows"
    path = REAL_DATA / folder / "trials_00_14.npz"
    if not path.exists():
        return absent(what, "0", folder)
    with np.load(path) as trials:
        up, ahead = trials["acc_vertical_g"], trials["acc_ap_g"]
    ghosts = 0
    for vertical, horizontal in zip(up, ahead, strict=True):
        acc = STANDARD_GRAVITY_M_S2 * np.column_stack((vertical, horizontal, np.zeros_like(vertical))).astype(float)
        session = found(SampleBatch(np.arange(len(acc)) / 500.0, acc), "waist", StreamInfo(500.0, False))
        ghosts += len(session.landings) + len(session.reps)
    return Row(what, "0", f"{ghosts} in {len(up)} trials", ghosts == 0)
