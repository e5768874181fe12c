"""How fast and how lean replay is, against its bars: `python -m tests.benchmarks.bench_replay [EXERCISE ...]`.

An hour of simulated sets at 100 Hz, six axes, lies in a recording as a live set leaves it (one batch a second).
The yardstick for time is one pass of the `vqf` orientation filter over the same hour in the same process. Both, and
the feeds, are timed by the processor's clock, so that other programs do not count; what is run from the shell, by
the clock on the wall. Exits with 1 when a bar is missed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from vqf import VQF

from athena_sense import Session, replay
from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.recordings import RecordingHeader, RecordingWriter
from athena_sense.simulation import simulate
from tests.accuracy.table import Row

RATE_HZ = 100.0
HOUR_S, SHORT_S = 3600.0, 180.0
FED_SAMPLES = 10
SMALL_PARENT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A process is charged with the memory of the one that started it, so it is started by one that has little."""
CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "eccentric-calf": {"lowering_s": 10.0},
    "generic": {"placement": "wrist", "reps": 20},
}
"""What is chosen about an exercise's set; the others are simulated as they come, on the best site."""
SLOWEST = {"full-wall-squat at the waist": {"exercise": "full-wall-squat", "placement": "waist", "reps": 12}}
"""The site that takes longest: between two stands every rep is measured some times over."""
SETS: Mapping[str, Mapping[str, Any]] = {
    name: {"exercise": name, "placement": get_exercise(name).sites[0].placement, "reps": 12, **CHOSEN.get(name, {})}
    for name in exercise_names()
} | SLOWEST


def sets_for(exercise: str, seconds: float) -> tuple[SampleBatch, StreamInfo]:
    """The same simulated set again and again, without a gap, for so many seconds."""
    one = simulate(seed=1, rate_hz=RATE_HZ, lost=0.0, **SETS[exercise])
    length_s = float(one.samples.t_s[-1] - one.samples.t_s[0]) + 1.0 / RATE_HZ
    times = int(np.ceil(seconds / length_s))
    t_s = np.concatenate([one.samples.t_s + n * length_s for n in range(times)])
    gyr = one.samples.gyr_rad_s
    assert gyr is not None
    n = int(np.searchsorted(t_s, t_s[0] + seconds))
    acc, gyr = np.tile(one.samples.acc_m_s2, (times, 1)), np.tile(gyr, (times, 1))
    return SampleBatch(t_s[:n], acc[:n], gyr[:n]), one.info


def write(path: Path, exercise: str, samples: SampleBatch, info: StreamInfo) -> None:
    """A recording, one batch a second."""
    header = RecordingHeader(
        sample_rate_hz=info.sample_rate_hz,
        has_gyroscope=info.has_gyroscope,
        acc_range_m_s2=info.acc_range_m_s2,
        exercise=SETS[exercise]["exercise"],
        placement=SETS[exercise]["placement"],
        simulated=True,
    )
    with RecordingWriter(path, header) as writer:
        for start in range(0, len(samples), round(RATE_HZ)):
            writer.write_samples(samples[start : start + round(RATE_HZ)])


def seconds(act: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """How long this takes."""
    began_s = clock()
    act()
    return clock() - began_s


def vqf_pass(samples: SampleBatch) -> None:
    """The yardstick: orientation of every sample."""
    VQF(1.0 / RATE_HZ).updateBatch(samples.gyr_rad_s, samples.acc_m_s2)


def vqf_and_replay_s(samples: SampleBatch, path: Path) -> tuple[float, float]:
    """The two in turn, so that both meet the same machine; the quickest of each."""
    timed = [(seconds(lambda: vqf_pass(samples)), seconds(lambda: replay(path).to_json())) for _ in range(5)]
    vqf_s, replay_s = (min(one) for one in zip(*timed, strict=True))
    return vqf_s, replay_s


def shell(*arguments: str) -> float:
    """Wall time (s) of `athena-sense` from the shell."""
    command = [sys.executable, "-m", "athena_sense.cli", *arguments]
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True), time.perf_counter)


def peak_memory_mb(path: Path) -> float:
    """Largest resident memory of `athena-sense replay --json`."""
    command = [sys.executable, "-c", SMALL_PARENT, sys.executable, "-m", "athena_sense.cli", "replay", str(path)]
    done = subprocess.run([*command, "--json", "--quiet"], check=True, capture_output=True, text=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024) / 1e6


def feed_ms(exercise: str, samples: SampleBatch, info: StreamInfo) -> tuple[float, float]:
    """Mean and 99th percentile of one feed of 10 samples."""
    session = Session(info, SETS[exercise]["exercise"], SETS[exercise]["placement"])
    cuts = range(0, len(samples), FED_SAMPLES)
    took_ms = [1e3 * seconds(lambda start=start: session.feed(samples[start : start + FED_SAMPLES])) for start in cuts]
    return float(np.mean(took_ms)), float(np.percentile(took_ms, 99))


def rows(exercises: list[str], folder: Path) -> Iterator[Row]:
    """Every figure. What is timed is run some times, and the quickest counts: the rest is other programs' doing."""
    for exercise in exercises:
        samples, info = sets_for(exercise, HOUR_S)
        hour, short = folder / f"{exercise}-hour.arrows", folder / f"{exercise}-3min.arrows"
        write(hour, exercise, samples, info)
        write(short, exercise, samples[: round(SHORT_S * RATE_HZ)], info)
        replay(short).to_json()
        vqf_s, replay_s = vqf_and_replay_s(samples, hour)
        ratio = replay_s / vqf_s
        figure = f"{ratio:.2f} × ({replay_s:.2f} s against {vqf_s:.2f} s)"
        yield Row(f"{exercise}: an hour at 100 Hz, six axes → JSON", "≤ 3 × one vqf pass", figure, ratio <= 3.0)
        peak_mb = peak_memory_mb(hour)
        yield Row(f"{exercise}: peak memory of that hour", "≤ 300 MB", f"{peak_mb:.0f} MB", peak_mb <= 300.0)
        wall_s = min(shell("replay", str(short), "--quiet") for _ in range(3))
        yield Row(f"{exercise}: a 3-minute file from the shell", "≤ 1.5 s", f"{wall_s:.2f} s", wall_s <= 1.5)
        mean_ms, slow_ms = feed_ms(exercise, samples[: round(SHORT_S * RATE_HZ)], info)
        figure = f"{mean_ms:.2f} ms (99 % under {slow_ms:.2f} ms)"
        yield Row(f"{exercise}: feeding 10 samples", "≤ 1 ms on average", figure, mean_ms <= 1.0)
    help_s = min(shell("--help") for _ in range(5))
    yield Row("athena-sense --help, warm", "≤ 0.25 s", f"{help_s:.2f} s", help_s <= 0.25)


def main() -> int:
    """Parse, measure, show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE", help=f"some of: {', '.join(SETS)}")
    exercises: list[str] = parser.parse_args().exercises or list(SETS)
    table = Table("what", "bar", "figure", "", box=None, pad_edge=False)
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(exercises, Path(folder)):
            table.add_row(row.what, row.bar, row.figure, row.word)
            missed |= row.passed is False
    Console(highlight=False).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
