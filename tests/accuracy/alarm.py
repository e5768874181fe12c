"""The alarm while a heel comes down too fast: simulated sets with exact truth, heard as live."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import Phase, Rep
from athena_sense.session import Session
from athena_sense.simulation import Simulated, simulate
from tests.accuracy.table import Row

RATES_HZ = (50.0, 52.0, 100.0, 104.0)
LOST = 0.01
SETS = 36
REPS = 6
HEARD_EVERY_S = 0.1
"""Packets come this often: an alarm is heard when the packet has come that raises it."""
FAST_S = (3.0, 5.0)
IN_TIME_S = 1.0


@dataclass(frozen=True, slots=True)
class Lowering:
    """A true lowering, when its alarm was heard (s; None: no alarm), and what was found of it (None: nothing)."""

    start_s: float
    end_s: float
    heard_s: float | None
    rep: Rep | None
    foretold: bool
    """False where nothing can tell of it in time: the heel drops in the last second of an otherwise slow lowering, or
    the set starts up on the toes with it, so that neither its direction nor its range are known."""

    @property
    def is_fast(self) -> bool:
        return FAST_S[0] <= self.end_s - self.start_s <= FAST_S[1]

    @property
    def is_heard_in_time(self) -> bool:
        return self.heard_s is not None and self.end_s - self.heard_s >= IN_TIME_S

    @property
    def is_good(self) -> bool:
        """Whether the program calls it good: slow and even."""
        return self.rep is not None and self.rep.valid is True


def rows() -> Iterator[Row]:
    """Every figure of the alarm."""
    for gyroscope in (True, False):
        yield from alarm_rows(gyroscope, range(SETS))


def alarm_rows(gyroscope: bool, seeds: range) -> Iterator[Row]:
    """Fast lowerings that were alarmed in time, and good ones that were alarmed."""
    name = "simulated calf, foot, " + ("6 axes" if gyroscope else "accelerometer alone")
    found = [low for seed in seeds for low in lowerings(simulated(seed, gyroscope))]
    fast = [low for low in found if low.is_fast]
    good = [low for low in found if low.is_good]
    false = sum(low.heard_s is not None for low in good)
    foretold = [low for low in fast if low.foretold]
    everywhere, in_time = (sum(low.is_heard_in_time for low in part) for part in (fast, foretold))
    figure = f"{in_time} of {len(foretold)} ({100 * in_time / len(foretold):.1f} %); of all {everywhere} of {len(fast)}"
    what = "lowerings of 3–5 s without a late drop, alarmed ≥ 1 s before the bottom"
    yield Row(f"{name}: {what}", "≥ 95 %", figure, in_time >= 0.95 * len(foretold))
    figure = f"{false} of {len(good)} ({100 * false / len(good):.1f} %)"
    yield Row(f"{name}: good reps alarmed", "≤ 1 in 50", figure, false <= len(good) / 50)


def simulated(seed: int, gyroscope: bool) -> Simulated:
    """Sets of fast lowerings, of good ones, and of both."""
    rng = np.random.default_rng(seed)
    fast_s, good_s = rng.uniform(*FAST_S), rng.uniform(9.0, 11.0)
    lowering_s = ((fast_s,), (good_s,), (good_s, fast_s))[seed % 3]
    rate_hz = RATES_HZ[seed % 4]
    return simulate(
        "calf", "foot", seed=seed, rate_hz=rate_hz, gyroscope=gyroscope, reps=REPS, lost=LOST, lowering_s=lowering_s
    )


def lowerings(one: Simulated) -> Iterator[Lowering]:
    """The true lowerings of a set, with what was heard and found of each."""
    heard_s, reps = heard(one)
    for truth in one.truth.reps:
        true = next(phase for phase in truth.phases if phase.name == "eccentric")
        during = [at_s for at_s in heard_s if true.start_s <= at_s <= true.end_s]
        found = [rep for rep in reps for phase in rep.phases if phase.name == "eccentric" and _is_same(phase, true)]
        foretold = truth.profile != "late_drop" and truth.phases[0].name == "concentric"
        yield Lowering(true.start_s, true.end_s, min(during, default=None), found[0] if found else None, foretold)


def _is_same(phase: Phase, true: Phase) -> bool:
    shared_s = min(phase.end_s, true.end_s) - max(phase.start_s, true.start_s)
    return shared_s > 0.5 * (true.end_s - true.start_s)


def heard(one: Simulated) -> tuple[list[float], list[Rep]]:
    """When the alarms of a set were heard (s), and its reps."""
    session = Session(one.info, one.exercise, one.placement)
    t_s, size = one.samples.t_s, round(HEARD_EVERY_S * one.info.sample_rate_hz)
    heard_s = []
    for start in range(0, len(t_s), size):
        update = session.feed(one.samples[start : start + size])
        heard_s += [float(t_s[min(start + size, len(t_s)) - 1]) for event in update.events if event.kind == "too_fast"]
    session.finish()
    return heard_s, session.reps
