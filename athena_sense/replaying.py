"""A recording, or another app's file, through the pipe."""

from collections.abc import Callable, Iterator
from dataclasses import replace as with_changes
from pathlib import Path

from athena_sense.datatypes import SampleBatch, StreamInfo, Update
from athena_sense.errors import AthenaError, ExerciseError, RecordingError
from athena_sense.recordings import OpenedRecording, open_recording
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.targets import DEFAULT_PROGRAM, Program

BATCH = 65_536
"""Samples fed at a time when nobody watches: arrays that stay in the processor's cache."""
WATCHED_S = 0.1
"""Time fed at a time when somebody watches: as a live stream comes."""


def replay(
    path: str | Path,
    *,
    exercise: str | None = None,
    placement: str | None = None,
    program: str | Program | None = None,
    box_height_m: float | None = None,
    keep_trace: bool = False,
    watch: Callable[[float, Update], None] | None = None,
) -> Result:
    """Run a recorded set through the pipe and judge it.

    Args:
        path: an own recording, a Parquet export, or another app's file; recognised by its content.
        exercise: an exercise's name; None: what the recording says of itself.
        placement: where the sensor sat; None: what the recording says.
        program: a program's name, a coach's file, or a Program; None: the recording's, or the default.
        box_height_m: how much higher than the take-off a jump lands (m); None: the recording's, or the program's.
        keep_trace: keep the signal for pictures in `Result.trace`.
        watch: called with the recording's time (s) and what ended, for every tenth of a second.

    Raises:
        RecordingError: the file cannot be read, or cannot carry the exercise.
        ExerciseError: the exercise or placement is unknown or missing.
        ProgramError: the program is unknown or wrong.
    """
    opened = open_recording(path)
    header = opened.header
    samples, info, notes = decoded(opened, Path(path))
    exercise, placement = exercise or header.exercise, placement or header.placement
    if exercise is None or placement is None:
        missing = "exercise" if exercise is None else "placement"
        raise ExerciseError(f"{Path(path).name}: does not say its {missing}; name it with --{missing}")
    box_height_m = header.box_height_m if box_height_m is None else box_height_m
    try:
        session = Session(
            info,
            exercise,
            placement,
            program or header.program or DEFAULT_PROGRAM,
            box_height_m=box_height_m,
            keep_trace=keep_trace,
        )
    except AthenaError as error:
        raise type(error)(f"{Path(path).name}: {error}") from error
    for batch in _cut(samples, info.sample_rate_hz, watched=watch is not None):
        update = session.feed(batch)
        if watch is not None:
            watch(float(batch.t_s[-1]), update)
    last = session.finish()
    if watch is not None:
        watch(float(samples.t_s[-1]), last)
    result = session.result(str(path))
    notes += opened.notes + header.notes
    quality = with_changes(result.quality, notes=result.quality.notes + notes)
    return with_changes(result, quality=quality)


def decoded(opened: OpenedRecording, path: Path) -> tuple[SampleBatch, StreamInfo, tuple[str, ...]]:
    """The samples, decoded from raw packets where the recording holds those, and what to tell of the packets.

    Raises:
        RecordingError: no packet in it is one of its sensor's.
    """
    if opened.samples is not None:
        return opened.samples, opened.header.info, ()
    from athena_sense.sources.recorded import stream_of

    stream = stream_of(opened.header, path)
    samples = stream.feed(opened.notifications or ())
    if not len(samples):
        raise RecordingError(f"{path.name}: holds no packet that {stream.profile.title} sends")
    return samples, stream.info, stream.notes


def _cut(samples: SampleBatch, rate_hz: float, *, watched: bool) -> Iterator[SampleBatch]:
    size = max(1, round(WATCHED_S * rate_hz)) if watched else BATCH
    for start in range(0, len(samples), size):
        yield samples[start : start + size]
