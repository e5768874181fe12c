"""The whole pipe, written out once: samples in, judged reps and landings out, whatever the cuts.

Live, replay and batch all feed one of these, so what the athlete hears is what the coach reads.
"""

from dataclasses import replace

import numpy as np

from athena_sense.datatypes import (
    Event,
    Hold,
    Landing,
    Progress,
    Quality,
    Rep,
    SampleBatch,
    StreamInfo,
    Update,
    Verdict,
)
from athena_sense.dsp.motion import Motion, MotionStage, motion_rate_hz, no_motion
from athena_sense.dsp.quality import StreamQuality
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.exercises import get_exercise
from athena_sense.exercises.contract import Exercise, Setup, Site
from athena_sense.result import Result, SourceInfo, Trace
from athena_sense.targets import (
    DEFAULT_PROGRAM,
    Program,
    get_program,
    judge_hold,
    judge_landing,
    judge_rep,
    judge_set,
)
from athena_sense.trace import TraceKeeper

RATE_TOLERANCE = 0.95
"""A sensor whose clock is slow by a few per cent still has the rate that it is named after."""


class Session:
    """One set: feed it samples, read what each feed completed, and take the result at the end.

    Args:
        info: what is known of the stream (rate, gyroscope, gravity, range).
        exercise: an exercise's name.
        placement: where the sensor sits.
        program: a program's name or file, or a Program.
        box_height_m: landing height over take-off for box jumps (m); None: the program's.
        keep_trace: keep the signal that pictures are drawn from.

    Raises:
        ExerciseError: no such exercise, or it cannot be seen from this placement.
        RecordingError: the stream cannot carry the exercise (too slow, gravity removed).
        ProgramError: no such program, or it is wrong.
    """

    def __init__(
        self,
        info: StreamInfo,
        exercise: str,
        placement: str,
        program: str | Program = DEFAULT_PROGRAM,
        *,
        box_height_m: float | None = None,
        keep_trace: bool = False,
    ) -> None:
        self.info, self.placement = info, placement
        self.exercise = get_exercise(exercise)
        self.program = program if isinstance(program, Program) else get_program(program)
        self._asked = self.program.prescription(exercise)
        site = require(info, self.exercise, placement)
        if box_height_m is None:
            box_height_m = self._asked.box_height_m
        self._box_height_m = box_height_m
        wanted_hz = site.motion_rate_hz
        rate_hz = 0.0 if wanted_hz is None else motion_rate_hz(info, wanted_hz)
        self._motion = None if wanted_hz is None else MotionStage(info, wanted_hz)
        shortest_s = self._asked.least("eccentric_duration_s", placement)
        self._detector = self.exercise.make_detector(Setup(info, placement, rate_hz, box_height_m, shortest_s))
        self._quality = StreamQuality(info)
        self._trace = TraceKeeper(self.exercise.trace) if keep_trace else None
        self._start_s: float | None = None
        self._end_s = 0.0
        self.reps: list[Rep] = []
        self.landings: list[Landing] = []
        self.holds: list[Hold] = []
        self.events: list[Event] = []

    def feed(self, samples: SampleBatch) -> Update:
        """Take the next samples; return the reps, landings, holds and events that they completed, judged.

        Samples that are not numbers, or not later than the one before, are left out and counted in `quality()`.

        Raises:
            ValueError: the stream was announced with a gyroscope, and these samples have none.
        """
        samples = self._quality.take(samples)
        if len(samples) == 0:
            return Update()
        if self._start_s is None:
            self._start_s = float(samples.t_s[0])
        self._end_s = float(samples.t_s[-1])
        motion = no_motion() if self._motion is None else self._motion.feed(samples)
        return self._through(samples, motion)

    def finish(self) -> Update:
        """End of the stream: what was still open."""
        last = Update()
        if self._motion is not None:
            motion = self._motion.finish()
            if len(motion):
                last = self._through(no_samples(self.info), motion)
        return _joined(last, self._judged(self._detector.finish()))

    def result(self, file: str = "") -> Result:
        """What came of the set so far. `file` names the recording it was made from."""
        return Result(
            file=file,
            exercise=self.exercise.name,
            placement=self.placement,
            program=self.program.name,
            source=SourceInfo(
                sensor=self.info.sensor,
                sample_rate_hz=self.info.sample_rate_hz,
                duration_s=self._end_s - (self._start_s or 0.0),
                gaps=tuple(self._quality.gaps),
                clipped_samples=self._quality.clipped_samples,
            ),
            reps=tuple(self.reps),
            landings=tuple(self.landings),
            holds=tuple(self.holds),
            events=tuple(self.events),
            verdicts=self.verdicts(),
            quality=self.quality(),
            trace=self._made_trace(),
        )

    def progress(self) -> Progress | None:
        """Where the athlete is in the rep under way, where the exercise can tell; for screens, not for judging."""
        progress = getattr(self._detector, "progress", None)
        return None if progress is None else progress()

    def verdicts(self) -> tuple[Verdict, ...]:
        """What the program says of the set so far."""
        return judge_set(self._asked, self.placement, self.reps, self.landings, self.holds, self.quality())

    def quality(self) -> Quality:
        """Whether the data so far could carry the exercise."""
        quality = self._quality.summary()
        if self._box_height_m is None or not self.landings:
            return quality
        where = "level with" if self._box_height_m == 0 else f"{abs(self._box_height_m):.2f} m "
        where += "" if self._box_height_m == 0 else "above" if self._box_height_m > 0 else "below"
        note = f"jump heights are for landings {where} the take-off"
        return replace(quality, notes=(*quality.notes, note))

    def _through(self, samples: SampleBatch, motion: Motion) -> Update:
        if self._trace is not None:
            self._trace.feed(samples, motion)
        return self._judged(self._detector.feed(samples, motion))

    def _judged(self, found: Update) -> Update:
        asked, site = self._asked, self.placement
        update = replace(
            found,
            reps=tuple(judge_rep(rep, asked, site) for rep in found.reps),
            landings=tuple(judge_landing(landing, asked, site) for landing in found.landings),
            holds=tuple(judge_hold(hold, asked, site) for hold in found.holds),
        )
        self.reps += update.reps
        self.landings += update.landings
        self.holds += update.holds
        self.events += update.events
        return update

    def _made_trace(self) -> Trace | None:
        return None if self._trace is None else self._trace.trace(self.reps)


def require(info: StreamInfo, exercise: Exercise, placement: str) -> Site:
    """The site at which the exercise is seen, if this stream can carry it from there.

    Raises:
        ExerciseError: the exercise cannot be seen from this placement.
        RecordingError: too few samples a second, or gravity removed.
    """
    site = exercise.site(placement)
    if site is None:
        sites = ", ".join(site.placement for site in exercise.sites)
        raise ExerciseError(f"{exercise.name} cannot be seen from the {placement}; put the sensor on: {sites}")
    if info.sample_rate_hz < RATE_TOLERANCE * site.min_rate_hz:
        raise RecordingError(
            f"{info.sample_rate_hz:.3g} samples a second are too few for {exercise.name} at the {placement}: "
            f"it needs {site.min_rate_hz:g} or more"
        )
    if exercise.needs_gravity and not info.has_gravity:
        raise RecordingError(
            f"gravity was removed from this data, and {exercise.name} cannot be seen without it: "
            "record or export acceleration with gravity"
        )
    return site


def no_samples(info: StreamInfo) -> SampleBatch:
    """An empty batch of a stream."""
    return SampleBatch(np.empty(0), np.empty((0, 3)), np.empty((0, 3)) if info.has_gyroscope else None)


def _joined(first: Update, second: Update) -> Update:
    return Update(
        first.reps + second.reps,
        first.landings + second.landings,
        first.holds + second.holds,
        first.events + second.events,
    )
