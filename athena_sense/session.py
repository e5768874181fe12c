"""The whole pipe, written out once: samples in, judged reps and landings out, whatever the cuts.

Live, replay and batch all feed one of these, so what the athlete hears is what the coach reads.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from athena_sense.companions import LOOK_BACK_S, Companions, of_second
from athena_sense.datatypes import (
    Event,
    Hold,
    Item,
    Landing,
    Posture,
    Progress,
    Quality,
    Rep,
    SampleBatch,
    StreamInfo,
    Update,
    Verdict,
    end_s,
    joined,
    no_samples,
    not_measured,
    start_s,
)
from athena_sense.dsp.motion import Motion, MotionStage, motion_rate_hz, no_motion
from athena_sense.dsp.quality import StreamQuality
from athena_sense.dsp.stands import KEPT_S, turned_note
from athena_sense.errors import ExerciseError
from athena_sense.exercises import get_exercise
from athena_sense.exercises.contract import Exercise, Setup, Site, require_samples
from athena_sense.landings.notes import landing_notes
from athena_sense.result import Result, SourceInfo, Trace
from athena_sense.targets import (
    DEFAULT_PROGRAM,
    NO_BASELINE,
    Program,
    get_program,
    judge_item,
    judge_set,
)
from athena_sense.trace import TraceKeeper

MANY_MENDED = 3
"""A knock or two are nothing to tell of."""


class Session:
    """One set: feed it samples, read what each feed completed, and take the result at the end.

    Args:
        info: what is known of the stream (rate, gyroscope, gravity, range).
        exercise: an exercise's name.
        placement: where the sensor sits.
        program: a program's name or file, or a Program.
        box_height_m: landing height over take-off for box jumps (m); None: the program's.
        keep_trace: keep the signal that pictures are drawn from.
        others: second sensors that are worn too, by placement, those that `exercise.companions` names.
        own: the athlete's own usual per metric, for targets that are relative to it; None: not known.
        own_postures: how each sensor was worn for that, by placement; what is worn otherwise is told. None: not known.

    Raises:
        ExerciseError: no such exercise, it cannot be seen from this placement, or a second sensor there is of no use.
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
        others: Mapping[str, StreamInfo] | None = None,
        own: Mapping[str, float] | None = None,
        own_postures: Mapping[str, Posture] | None = None,
    ) -> None:
        self.info, self.placement = info, placement
        self.exercise = get_exercise(exercise)
        self.program = program if isinstance(program, Program) else get_program(program)
        self._asked = self.program.prescription(exercise)
        self._own = NO_BASELINE if own is None else own
        self._own_postures = own_postures or {}
        site = require(info, self.exercise, placement)
        if box_height_m is None:
            box_height_m = self._asked.box_height_m
        self._box_height_m = box_height_m
        wanted_hz = site.motion_rate_hz
        rate_hz = 0.0 if wanted_hz is None else motion_rate_hz(info, wanted_hz)
        felt = info if site.uses_gyroscope else replace(info, has_gyroscope=False)
        self._motion = None if wanted_hz is None else MotionStage(felt, wanted_hz)
        shortest_s = self._asked.least("eccentric_duration_s", placement, self._own)
        self._detector = self.exercise.make_detector(Setup(info, placement, rate_hz, box_height_m, shortest_s))
        self._companions = Companions(self.exercise, placement, others or {})
        self._quality = StreamQuality(felt)
        self._trace = TraceKeeper(self.exercise.trace) if keep_trace else None
        self._start_s: float | None = None
        self._end_s = 0.0
        self._begun_s = math.inf
        self.reps: list[Rep] = []
        self.landings: list[Landing] = []
        self.holds: list[Hold] = []
        self.events: list[Event] = []

    def feed(self, samples: SampleBatch, placement: str | None = None) -> Update:
        """Take the next samples; return the reps, landings, holds and events that they completed, judged.

        `placement` names the second sensor that they are from, all on one clock; None: the first sensor. Samples that
        are not numbers, or not later than the one before, are left out and counted in `quality()`.

        Raises:
            ValueError: the stream was announced with a gyroscope, and these samples have none.
            ExerciseError: no second sensor was announced there.
        """
        if placement is not None and placement != self.placement:
            self._companions.feed(placement, samples)
            return self._told(Update())
        samples = self._quality.take(samples)
        if len(samples) == 0:
            return Update()
        if self._start_s is None:
            self._start_s = float(samples.t_s[0])
        self._end_s = float(samples.t_s[-1])
        motion = no_motion() if self._motion is None else self._motion.feed(samples)
        return self._told(self._found(samples, motion))

    def finish(self) -> Update:
        """End of the stream: what was still open."""
        found = Update()
        if self._motion is not None:
            motion = self._motion.finish()
            if len(motion):
                found = self._found(no_samples(self.info), motion)
        self._companions.finish()
        return self._told(joined([found, self._detector.finish()]))

    def result(self, file: str = "") -> Result:
        """What came of the set so far. `file` names the recording it was made from."""
        return Result(
            file=file,
            exercise=self.exercise.name,
            placement=self.placement,
            program=self.program.name,
            source=self._source(),
            sensors=self._companions.sensors(self.placement, self._source()),
            reps=tuple(self.reps),
            landings=tuple(self.landings),
            holds=tuple(self.holds),
            events=tuple(self.events),
            verdicts=self.verdicts(),
            quality=self.quality(file or "FILE"),
            postures=self._postures() if self._begun_s < math.inf else {},
            trace=self._made_trace(),
        )

    def worn_otherwise(self) -> tuple[str, ...]:
        """What to tell of sensors that are not worn as they were for the athlete's own usual."""
        notes = []
        for placement, now in self._postures().items():
            usual = self._own_postures.get(placement)
            note = None if usual is None else turned_note(usual, now)
            if note is not None:
                notes.append(note if placement == self.placement else of_second(placement, note))
        return tuple(notes)

    def progress(self) -> Progress | None:
        """Where the athlete is in the rep under way, where the exercise can tell; for screens, not for judging."""
        progress = getattr(self._detector, "progress", None)
        return None if progress is None else progress()

    def verdicts(self) -> tuple[Verdict, ...]:
        """What the program says of the set so far."""
        return judge_set(self._asked, self.placement, self.reps, self.landings, self.holds, self.quality(), self._own)

    def quality(self, file: str = "FILE") -> Quality:
        """Whether the data so far could carry the exercise. `file` is the recording, for what to do about it."""
        quality = self._companions.noted(self._quality.summary(file), self._start_s or 0.0, self._end_s, file)
        notes = quality.notes
        mended = 0 if self._motion is None else self._motion.mended
        if mended >= MANY_MENDED:
            kept = "bridged for counts and angles, kept for impacts"
            notes += (f"{mended} lone samples are louder than any body makes: {kept}",)
        notes += self.worn_otherwise() if self._begun_s < math.inf else ()
        return replace(quality, notes=(*notes, *landing_notes(self.landings, self.info, self._box_height_m)))

    def _postures(self) -> dict[str, Posture]:
        """How each sensor was worn in the stand before the set, or, until it begins, in one that was just now."""
        before_s = min(self._begun_s, self._end_s)
        found = {placement: stream.posture_before(before_s) for placement, stream in self._streams().items()}
        return {placement: posture for placement, posture in found.items() if posture is not None}

    def _streams(self) -> dict[str, StreamQuality]:
        return {self.placement: self._quality, **self._companions.streams}

    def _source(self) -> SourceInfo:
        return SourceInfo(
            sensor=self.info.sensor,
            sample_rate_hz=self.info.sample_rate_hz,
            duration_s=self._end_s - (self._start_s or 0.0),
            gaps=tuple(self._quality.gaps),
            clipped_samples=self._quality.clipped_samples,
        )

    def _found(self, samples: SampleBatch, motion: Motion) -> Update:
        if self._trace is not None:
            self._trace.feed(samples, motion)
        return self._detector.feed(samples, motion)

    def _told(self, found: Update) -> Update:
        """What may be told now of what was found, judged."""
        whole: tuple[Item, ...] = (*found.reps, *found.landings, *found.holds)
        items = self._companions.take(map(self._believed, whole), self._end_s)
        judged = [self._judged(item) for item in items]
        self._remember_stands(judged)
        update = Update(
            reps=tuple(item for item in judged if isinstance(item, Rep)),
            landings=tuple(item for item in judged if isinstance(item, Landing)),
            holds=tuple(item for item in judged if isinstance(item, Hold)),
            events=found.events,
        )
        self.reps += update.reps
        self.landings += update.landings
        self.holds += update.holds
        self.events += update.events
        for item in map(self._judged, self._companions.amended()):
            if isinstance(item, Rep):
                self.reps[item.number - 1] = item
            elif isinstance(item, Landing):
                self.landings[item.number - 1] = item
            else:
                self.holds[item.number - 1] = item
        return update

    def _remember_stands(self, told: list[Item]) -> None:
        """Of the stands only those before the set matter, or, while it has not begun, those of the last minutes."""
        starts_s = [start_s(item) for item in told if end_s(item) - start_s(item) <= LOOK_BACK_S]
        self._begun_s = min([self._begun_s, *starts_s])
        for stream in self._streams().values():
            stream.stands.keep(min(self._begun_s, self._end_s) - KEPT_S, self._begun_s)

    def _believed(self, item: Item) -> Item:
        """A rep or hold without figures, where too much of it lay beyond the sensor's range; a landing tells itself."""
        if isinstance(item, Landing) or not self._quality.is_clipped(item.start_s, item.end_s):
            return item
        clipped = {
            metric: measurement if measurement.value is None else not_measured("clipped")
            for metric, measurement in item.measurements.items()
        }
        return replace(item, measurements=clipped)

    def _judged(self, item: Item) -> Item:
        return judge_item(item, self._asked, self.placement, self._own)

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
    require_samples(info, exercise, placement, site.min_rate_hz, site.min_rate_hz_alone)
    return site
