"""Hurdle leg: simulated sets with exact truth, one and two sensors."""

from collections.abc import Iterator

import numpy as np

from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.accuracy.ski_jumper import LOST, PAIRS, SETS, paired, played
from tests.accuracy.table import Row

RATES_HZ = (50.0, 100.0, 104.0, 200.0)


def rows() -> Iterator[Row]:
    """Every figure of the exercise."""
    for placement in ("shank", "foot"):
        for gyroscope in (True, False):
            yield from lift_rows(placement, gyroscope)
    yield from trunk_rows()


def lift_rows(placement: str, gyroscope: bool) -> Iterator[Row]:
    """Counts, angles and touches of one sensor."""
    name = f"simulated hurdle leg, {placement}, " + ("6 axes" if gyroscope else "accelerometer alone")
    wrong = total = judged = missed = ghosts = 0
    error_deg = []
    for seed in range(SETS):
        one = simulated(placement, seed, gyroscope)
        reps = played(one).reps
        wrong += abs(len(reps) - len(one.truth.reps))
        total += len(one.truth.reps)
        for rep, truth in paired(one, reps):
            angle, touches = rep.measurements["leg_range_deg"].value, rep.measurements["foot_down_count"]
            error_deg += [] if angle is None else [angle - truth["range_deg"]]
            if touches.value is not None and touches.bound == "exact":
                judged += 1
                missed += max(round(truth["foot_down_count"] - touches.value), 0)
                ghosts += max(round(touches.value - truth["foot_down_count"]), 0)
    share = 100.0 * wrong / total
    yield Row(f"{name}: reps miscounted", "≤ 2 %", f"{wrong} of {total} ({share:.2f} %)", share <= 2.0)
    figure, bar = f"{missed} missed, {ghosts} ghosts in {judged}", "≤ 1 missed and ≤ 1 ghost in 100 reps"
    yield Row(f"{name}: touches at 100 Hz and more", bar, figure, max(missed, ghosts) <= 0.01 * judged)
    if placement == "shank":
        mae_deg = float(np.abs(error_deg).mean())
        most_deg = 3.0 if gyroscope else 6.0
        yield Row(f"{name}: angle, MAE", f"≤ {most_deg:g}°", f"{mae_deg:.2f}°", mae_deg <= most_deg)


def trunk_rows() -> Iterator[Row]:
    """What a second sensor on the chest tells of the trunk."""
    error_deg = []
    for seed in range(PAIRS):
        shank, chest = simulated("shank", seed, True), simulated("chest", seed, True)
        session = Session(shank.info, "hurdle-leg", "shank", others={"chest": chest.info})
        session.feed(chest.samples, "chest")
        session.feed(shank.samples)
        session.finish()
        for rep, truth in paired(shank, session.reps):
            lean = rep.measurements["trunk_lean_deg"].value
            error_deg += [] if lean is None else [abs(lean - truth["trunk_lean_deg"])]
    mae_deg = float(np.mean(error_deg))
    name = "simulated hurdle leg, shank and chest: lean of the trunk, MAE"
    yield Row(name, "≤ 2.0°", f"{mae_deg:.2f}° of {len(error_deg)}", mae_deg <= 2.0)


def simulated(placement: str, seed: int, gyroscope: bool) -> Simulated:
    """A set, at one rate or another."""
    return simulate("hurdle-leg", placement, seed=seed, rate_hz=RATES_HZ[seed % 4], gyroscope=gyroscope, lost=LOST)
