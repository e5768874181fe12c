"""Makes the sample recordings of this folder from the simulated athlete: `python recordings/make_recordings.py`.

Each is labelled with its exact truth and says that it is simulated. The same seeds give the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from athena_sense.datatypes import SampleBatch
from athena_sense.recordings import RecordingHeader, RecordingWriter
from athena_sense.simulation import HoldTruth, LandingTruth, RepTruth, Simulated, Span, Truth, simulate

FOLDER = Path(__file__).parent
BATCH_SAMPLES = 4096
MADE: Mapping[str, Mapping[str, Any]] = {
    "calf-good": {
        "exercise": "calf",
        "placement": "foot",
        "seed": 12,
        "rate_hz": 100.0,
        "reps": 13,
        "lowering_s": 10.0,
        "lowering_spread": 0.03,
        "profile": "even",
        "range_deg": 42.0,
        "start": "flat",
        "walk": False,
    },
    "calf-too-fast": {
        "exercise": "calf",
        "placement": "foot",
        "seed": 5,
        "rate_hz": 100.0,
        "reps": 13,
        "lowering_s": (9.6, 9.2, 4.8, 4.2, 3.6, 4.4, 3.2, 3.9, 9.4, 4.6, 3.4, 3.0, 3.3),
        "lowering_spread": 0.02,
        "start": "flat",
        "walk": True,
        "bias_g": 0.01,
    },
    "jumps-quiet": {
        "exercise": "jumps",
        "placement": "waist",
        "seed": 8,
        "rate_hz": 200.0,
        "reps": 6,
        "loudness": "quiet",
        "jitter_s": 0.0002,
    },
    "jumps-loud": {
        "exercise": "jumps",
        "placement": "waist",
        "seed": 9,
        "rate_hz": 200.0,
        "reps": 6,
        "loudness": "loud",
        "jitter_s": 0.0002,
    },
    "triple-jumps": {
        "exercise": "triple-jump",
        "placement": "waist",
        "seed": 16,
        "rate_hz": 200.0,
        "reps": 4,
        "jumps": None,
        "jitter_s": 0.0002,
    },
    "balance": {
        "exercise": "balance",
        "placement": "waist",
        "seed": 11,
        "rate_hz": 100.0,
        "reps": 2,
        "hold_s": (35.0, 12.0),
        "end": "touch",
        "walk": True,
    },
    "hurdle-foot-down": {
        "exercise": "hurdle-leg",
        "placement": "shank",
        "seed": 11,
        "rate_hz": 100.0,
        "reps": 12,
        "touches": 0.4,
        "walk": False,
    },
    "ski-jumps-leaning": {
        "exercise": "ski-jumper",
        "placement": "chest",
        "seed": 36,
        "rate_hz": 50.0,
        "reps": 13,
        "lean_deg": 15.0,
        "hold_s": 1.2,
        "shallow": 0.15,
        "walk": False,
    },
    "squats": {
        "exercise": "squat",
        "placement": "thigh",
        "seed": 4,
        "rate_hz": 100.0,
        "reps": 13,
        "depth_deg": (64.0, 68.0, 66.0, 61.0, 22.0, 63.0),
        "lowering_s": (2.6, 2.4, 2.8, 2.5, 0.8),
        "lowering_spread": 0.03,
        "walk": True,
    },
    "presses": {
        "exercise": "periodic",
        "placement": "wrist",
        "seed": 3,
        "rate_hz": 50.0,
        "reps": 12,
        "period_s": 2.8,
        "swing_deg": 50.0,
        "travel_m": 0.5,
        "down_first": False,
        "fidget": True,
    },
}
GENERIC = "periodic"
"""The movement that is no exercise of its own: it is replayed as `generic`."""


def labels_of(truth: Truth) -> dict[str, Any]:
    """The truth as JSON: `reps`, `landings`, `holds` and `spans`, times rounded to 0.1 ms."""
    kinds: dict[str, Sequence[RepTruth | LandingTruth | HoldTruth | Span]] = {
        "reps": truth.reps,
        "landings": truth.landings,
        "holds": truth.holds,
        "spans": truth.spans,
    }
    kinds = {kind: ones for kind, ones in kinds.items() if kind != "holds" or ones}
    return {kind: _rounded([asdict(one) for one in ones]) for kind, ones in kinds.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def write(one: Simulated, path: Path) -> None:
    """One recording, its values at single precision (finer than 16 bits), its batches compressed."""
    header = RecordingHeader(
        sensor=one.info.sensor,
        sample_rate_hz=one.info.sample_rate_hz,
        has_gyroscope=one.info.has_gyroscope,
        acc_range_m_s2=one.info.acc_range_m_s2,
        placement=one.placement,
        exercise="generic" if one.exercise == GENERIC else one.exercise,
        athlete="simulated",
        box_height_m=one.truth.landings[0].box_height_m if one.truth.landings else None,
        labels=labels_of(one.truth),
        labelled_by="simulation",
        simulated=True,
    )
    with RecordingWriter(path, header, overwrite=True) as writer:
        for start in range(0, len(one.samples), BATCH_SAMPLES):
            writer.write_samples(_short(one.samples[start : start + BATCH_SAMPLES]))
    _compress(path)


def _short(samples: SampleBatch) -> SampleBatch:
    gyr = samples.gyr_rad_s
    return SampleBatch(
        np.round(samples.t_s, 5),
        samples.acc_m_s2.astype(np.float32).astype(np.float64),
        None if gyr is None else gyr.astype(np.float32).astype(np.float64),
    )


def _compress(path: Path) -> None:
    with pa.ipc.open_stream(path.read_bytes()) as reader:
        batches, schema = list(reader), reader.schema
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=19))
    with path.open("wb") as file, pa.ipc.new_stream(file, schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)


if __name__ == "__main__":
    for name, settings in MADE.items():
        write(simulate(**settings), FOLDER / f"{name}.arrows")
