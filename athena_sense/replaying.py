"""A recording, or another app's file, through the pipe."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from athena_sense.companions import of_second, roles, unused
from athena_sense.datatypes import Calibration, Posture, SampleBatch, StreamInfo, Update, joined
from athena_sense.errors import AthenaError, ExerciseError, RecordingError
from athena_sense.exercises import get_exercise
from athena_sense.recordings import OpenedRecording, open_recording
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.targets import DEFAULT_PROGRAM, Program

if TYPE_CHECKING:
    from athena_sense.profiles import FirmwareProfile

BATCH = 131_072
"""Samples fed at a time when nobody watches: so few feeds that what each costs does not count, and 10 MB each."""
Calibrate = Callable[[StreamInfo], Calibration | None]
"""What a recording says of a sensor, with the calibration that it was made with → the calibration to use."""
Watch = Callable[[float, Update], None]
"""The recording's time (s), and what ended."""
WATCHED_S = 0.1
"""Time fed at a time when somebody watches: as a live stream comes."""


def replay(
    path: str | Path,
    *,
    exercise: str | None = None,
    placement: str | None = None,
    program: str | Program | None = None,
    box_height_m: float | None = None,
    own: Mapping[str, float] | None = None,
    own_postures: Mapping[str, Posture] | None = None,
    calibrate: Calibrate | None = None,
    profile: "FirmwareProfile | None" = None,
    keep_trace: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Run a recorded set through the pipe and judge it.

    Args:
        path: an own recording, a Parquet export, or another app's file; recognised by its content.
        exercise: an exercise's name; None: what the recording says of itself.
        placement: where the sensor sat; None: what the recording says. Of several sensors it names the one to judge.
        program: a program's name, a coach's file, or a Program; None: the recording's, or the default.
        box_height_m: how much higher than the take-off a jump lands (m); None: the recording's, or the program's.
        own: the athlete's own usual per metric, for targets relative to it; None: what the recording says, if it is
            judged as it was recorded. Of another exercise, site or sensor it says nothing.
        own_postures: how each sensor was worn for that, by placement; None: what the recording says, if `own` is its.
        calibrate: called with what is known of each sensor, its own name and the calibration that it was recorded with
            among it, returns the one to mend its samples by; None: as it was recorded.
        profile: the firmware profile that raw packets are read by, such as one that was mended since; None: the
            recording's own copy.
        keep_trace: keep the signal for pictures in `Result.trace`.
        watch: called with the recording's time (s) and what ended, for every tenth of a second.

    Raises:
        RecordingError: the file cannot be read, or cannot carry the exercise.
        ExerciseError: the exercise or placement is unknown or missing.
        ProgramError: the program is unknown or wrong.
    """
    name = str(path)
    opened = _readable(open_recording(path), name, profile)
    header = opened.header
    exercise, placement, first, second = judged_of(opened, name, exercise, placement)
    placements = [sensor.placement for sensor in opened.sensors]
    others_not_used = unused(get_exercise(exercise), placements, first, second)
    worn_otherwise = _worn_otherwise(name, placements, placements[first], placement)
    if own is None and (exercise, placement) == (header.exercise, header.placement):
        own = header.own
        own_postures = header.own_postures if own_postures is None else own_postures
    opened = opened if first == 0 else open_recording(path, first)
    samples, info, notes = decoded(opened, Path(path), calibrate, profile)
    others = [
        _Second(site, *_decoded(open_recording(path, number), Path(path), calibrate, profile))
        for number, site in second.items()
    ]
    box_height_m = header.box_height_m if box_height_m is None else box_height_m
    try:
        session = Session(
            info,
            exercise,
            placement,
            program or header.program or DEFAULT_PROGRAM,
            box_height_m=box_height_m,
            keep_trace=keep_trace,
            own=own,
            own_postures=own_postures,
            others={one.placement: one.info for one in others},
        )
    except AthenaError as error:
        raise type(error)(f"{name}: {error}") from error
    _play(session, samples, others, watch)
    result = session.result(str(path))
    notes += tuple(of_second(one.placement, note) for one in others for note in one.notes)
    notes += (*worn_otherwise, *others_not_used, *opened.notes, *header.notes)
    quality = with_changes(result.quality, notes=result.quality.notes + notes)
    return with_changes(result, quality=quality)


def judged_of(
    opened: OpenedRecording, name: str, exercise: str | None, placement: str | None
) -> tuple[str, str, int, dict[int, str]]:
    """What a recording is judged as where these are asked for: exercise, placement, which of its sensors, and which
    of the others are second sensors (number → placement).

    Raises:
        ExerciseError: nothing says its exercise or its placement.
    """
    exercise = exercise or opened.header.exercise
    if exercise is None:
        raise ExerciseError(f"{name}: does not say its exercise; name it with --exercise")
    placements = [sensor.placement for sensor in opened.sensors]
    first, second = roles(get_exercise(exercise), placements, placement)
    placement = placement or placements[first]
    if placement is None:
        raise ExerciseError(f"{name}: does not say its placement; name it with --placement")
    return exercise, placement, first, second


def _readable(opened: OpenedRecording, name: str, profile: "FirmwareProfile | None") -> OpenedRecording:
    """The recording, whose raw packets are of that profile.

    Raises:
        RecordingError: it holds none, or was recorded by another.
    """
    if profile is not None and opened.notifications is None:
        raise RecordingError(f"{name}: holds no raw packets, so no profile can read them anew")
    known = {sensor.profile or "none" for sensor in opened.sensors}
    if profile is not None and profile.name not in known:
        raise RecordingError(f"{name}: was recorded by {' and '.join(sorted(known))}, not by {profile.name}")
    return opened


def _worn_otherwise(name: str, placements: Sequence[str | None], said: str | None, placement: str) -> tuple[str, ...]:
    """What to tell where the sensor is said to have sat elsewhere than the recording says (`said`).

    Raises:
        ExerciseError: the recording is of several sensors, and none of them sat there.
    """
    if said in (None, placement):
        return ()
    if len(placements) > 1:
        there = ", ".join(site for site in placements if site is not None)
        raise ExerciseError(f"{name}: has no sensor on the {placement}; it has some on: {there}")
    return (f"judged as worn on the {placement}; the recording says {said}".replace("_", " "),)


@dataclass(slots=True)
class _Second:
    """A second sensor's samples, given out as the first one's clock goes on."""

    placement: str
    samples: SampleBatch
    info: StreamInfo
    notes: tuple[str, ...]
    fed: int = 0

    def up_to(self, time_s: float) -> SampleBatch:
        """The samples up to a time that were not given out yet."""
        first, self.fed = self.fed, int(np.searchsorted(self.samples.t_s, time_s, side="right"))
        return self.samples[first : self.fed]


def _play(session: Session, samples: SampleBatch, others: Sequence[_Second], watch: Watch | None) -> None:
    """All of it through the pipe, the second sensors' samples as the first one's clock goes on."""
    for batch in _cut(samples, session.info.sample_rate_hz, watched=watch is not None):
        now_s = float(batch.t_s[-1])
        updates = [session.feed(one.up_to(now_s), one.placement) for one in others] + [session.feed(batch)]
        if watch is not None:
            watch(now_s, joined(updates))
    last = [session.feed(one.up_to(np.inf), one.placement) for one in others] + [session.finish()]
    if watch is not None:
        watch(float(samples.t_s[-1]), joined(last))


def decoded(
    opened: OpenedRecording, path: Path, calibrate: Calibrate | None = None, profile: "FirmwareProfile | None" = None
) -> tuple[SampleBatch, StreamInfo, tuple[str, ...]]:
    """The samples as the sensor sent them, decoded from raw packets where the recording holds those, and what to tell
    of the packets.

    Raises:
        RecordingError: this sensor sent no samples, or no packet in it is one of its.
    """
    samples, info, notes = _decoded(opened, path, calibrate, profile)
    if not len(samples):
        what = "no samples" if opened.samples is not None else f"no packet that {info.sensor} sends"
        raise RecordingError(f"{path}: holds {what}")
    return samples, info, notes


def _decoded(
    opened: OpenedRecording, path: Path, calibrate: Calibrate | None, profile: "FirmwareProfile | None"
) -> tuple[SampleBatch, StreamInfo, tuple[str, ...]]:
    header = opened.header
    calibration = header.calibration if calibrate is None else calibrate(header.info)
    known = with_changes(header.info, calibration=calibration)
    if opened.samples is not None:
        return opened.samples, known, ()
    from athena_sense.sources.recorded import stream_of

    by = profile if profile is not None and profile.name == header.profile else None
    stream = stream_of(header, path, opened.start_ns, by)
    samples = stream.feed(opened.notifications or ())
    return samples, stream.info.sent_by(known), stream.notes


def _cut(samples: SampleBatch, rate_hz: float, *, watched: bool) -> Iterator[SampleBatch]:
    size = max(1, round(WATCHED_S * rate_hz)) if watched else BATCH
    for start in range(0, len(samples), size):
        yield samples[start : start + size]
