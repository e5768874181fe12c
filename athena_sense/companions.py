"""Second sensors: what the first one finds waits, for a moment, until they know about it too."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from athena_sense.datatypes import (
    Item,
    NotMeasuredReason,
    Quality,
    SampleBatch,
    StreamInfo,
    end_s,
    no_samples,
    not_measured,
    start_s,
)
from athena_sense.dsp.motion import MotionStage, motion_rate_hz
from athena_sense.dsp.quality import StreamQuality
from athena_sense.errors import ExerciseError, RecordingError
from athena_sense.exercises.contract import Companion, Exercise, Observer, Setup, require_samples
from athena_sense.result import SensorInfo, SourceInfo

PATIENCE_S = 1.5
"""A link that bursts or reconnects at once is late by less. Whoever is later still keeps nobody waiting: the item is
told without what that sensor saw, and the result has it once it has come."""
SILENT_S = 3.0
"""A sensor that ended so long before another one was lost, and not just told to stop before it; one that began so long
after the first missed what the set began with."""
LOOK_BACK_S = 120.0
"""No detector tells of anything that began longer ago (`reps.history.LOOK_BACK_S`, and a margin)."""


def roles(exercise: Exercise, placements: Sequence[str | None], first: str | None = None) -> tuple[int, dict[int, str]]:
    """Which of several sensors is judged, and which are second sensors of this exercise (number → placement).

    Judged is the one on `first`, or, where that is None, on the best site there is; the first one where none is.
    """
    sites = [site.placement for site in exercise.sites] if first is None else [first]
    judged = next((placements.index(site) for site in sites if site in placements), 0)
    others: dict[int, str] = {}
    for number, placement in enumerate(placements):
        if number != judged and placement is not None and placement not in others.values():
            others |= {number: placement} if exercise.companion(placement) is not None else {}
    return judged, others


def unused(exercise: Exercise, placements: Sequence[str | None], judged: int, others: Mapping[int, str]) -> list[str]:
    """What to tell of sensors that were worn and say nothing of this exercise."""
    notes = []
    for number, placement in enumerate(placements):
        if number == judged or number in others:
            continue
        if placement is None:
            notes.append("a second sensor: not used, since nothing says where it sat")
        elif placement in (placements[judged], *others.values()):
            notes.append(of_second(placement, "not used: there is another one"))
        else:
            known = " and ".join(one.placement.replace("_", " ") for one in exercise.companions)
            use = f"uses one on the {known}" if known else "uses none"
            notes.append(of_second(placement, f"not used: {exercise.name} {use}"))
    return notes


def of_second(placement: str, note: str) -> str:
    """A note on a second sensor."""
    return f"second sensor on the {placement.replace('_', ' ')}: {note}"


@dataclass(slots=True)
class _Worn:
    """A second sensor that is worn: from its samples to what its observer knows."""

    companion: Companion
    info: StreamInfo
    quality: StreamQuality
    motion: MotionStage
    observer: Observer
    start_s: float | None = None
    end_s: float = 0.0
    finished: bool = False

    def feed(self, samples: SampleBatch) -> None:
        samples = self.quality.take(samples)
        if len(samples):
            self.start_s = float(samples.t_s[0]) if self.start_s is None else self.start_s
            self.end_s = float(samples.t_s[-1])
            self.observer.feed(samples, self.motion.feed(samples))

    def finish(self) -> None:
        rest = self.motion.finish()
        if len(rest):
            self.observer.feed(no_samples(self.info), rest)
        self.observer.finish()
        self.finished = True

    @property
    def source(self) -> SourceInfo:
        duration_s = 0.0 if self.start_s is None else self.end_s - self.start_s
        gaps, clipped = tuple(self.quality.gaps), self.quality.clipped_samples
        return SourceInfo(self.info.sensor, self.info.sample_rate_hz, duration_s, gaps, clipped)

    def knows(self, item: Item) -> bool:
        return self.finished or self.observer.known_to_s >= end_s(item)


class Companions:
    """The second sensors of one set, beside the one on `judged`, and the items that wait for them.

    One that cannot carry what it is for is told, and done without.

    Raises:
        ExerciseError: the exercise makes no use of a sensor there.
    """

    def __init__(self, exercise: Exercise, judged: str, others: Mapping[str, StreamInfo]) -> None:
        self._worn: dict[str, _Worn] = {}
        self._refused: dict[str, str] = {}
        self._unseen = {
            metric: not_measured("no_second_sensor")
            for one in exercise.companions
            if one.placement not in (judged, *others)
            for metric in one.metrics
        }
        site = exercise.site(judged)
        added = {metric for one in exercise.companions if one.placement != judged for metric in one.metrics}
        self._own = tuple(metric for metric in (site.metrics if site else ()) if metric not in added)
        for placement, info in others.items():
            companion = _companion(exercise, placement)
            try:
                require_samples(info, exercise, placement, companion.min_rate_hz)
                self._worn[placement] = _entered(companion, placement, info)
            except RecordingError as error:
                why: NotMeasuredReason = "sample_rate" if info.has_gravity else "no_gravity"
                self._refused[placement] = str(error)
                self._unseen |= {metric: not_measured(why) for metric in companion.metrics}
        self._waiting: deque[Item] = deque()
        self._late: list[Item] = []

    @property
    def streams(self) -> dict[str, StreamQuality]:
        """What is known of each second sensor's stream, by placement."""
        return {placement: worn.quality for placement, worn in self._worn.items()}

    def sensors(self, judged: str, source: SourceInfo) -> tuple[SensorInfo, ...]:
        """Which sensor measured what, the first one included; none where there are no others."""
        others = [SensorInfo(placement, worn.companion.metrics, worn.source) for placement, worn in self._worn.items()]
        return (SensorInfo(judged, self._own, source), *others) if others else ()

    def noted(self, first: Quality, start_s: float, now_s: float, file: str = "FILE") -> Quality:
        """The first sensor's quality, and what is to be told of the others: they limit a set, but never void it.

        From `start_s` to `now_s` by the first sensor. It was lost itself where another one went on without it.
        """
        notes, status = first.notes, first.status
        if any(worn.end_s > now_s + SILENT_S for worn in self._worn.values()):
            status = "limited" if status == "ok" else status
            notes += (
                f"sent nothing after {now_s:.0f} s, while a second sensor went on: the set is judged up to there",
            )
        told = [(placement, "limited", why) for placement, why in self._refused.items()]
        for placement, worn in self._worn.items():
            own = worn.quality.summary(file)
            told += [(placement, own.status, note) for note in own.notes]
            if worn.start_s is None:
                told.append((placement, "limited", "sent nothing"))
                continue
            if worn.start_s > start_s + SILENT_S:
                told.append((placement, "limited", f"sent nothing before {worn.start_s:.0f} s"))
            if worn.end_s < now_s - SILENT_S:
                told.append((placement, "limited", f"sent nothing after {worn.end_s:.0f} s"))
        for placement, state, note in told:
            status = "limited" if state != "ok" and status == "ok" else status
            notes += (of_second(placement, note),)
        return Quality(status, notes)

    def feed(self, placement: str, samples: SampleBatch) -> None:
        """Take a second sensor's next samples."""
        if placement not in self._worn and placement not in self._refused:
            raise ExerciseError(f"no second sensor on the {placement} was announced to this session")
        if placement in self._worn:
            self._worn[placement].feed(samples)

    def finish(self) -> None:
        """End of every second sensor's stream."""
        for worn in self._worn.values():
            worn.finish()

    def take(self, found: Iterable[Item], now_s: float) -> list[Item]:
        """The items that may be told now, in the order in which they were found; `now_s` by the first sensor."""
        self._waiting.extend(found)
        told = []
        while self._waiting:
            item = self._waiting[0]
            known = self._known(item)
            if not known and now_s - end_s(item) <= PATIENCE_S:
                break
            if not known:
                self._late.append(item)
            told.append(self._measured(item))
            self._waiting.popleft()
        self._forget(now_s)
        return told

    def amended(self) -> list[Item]:
        """Items told before a second sensor's samples had come, now with what it saw."""
        known = [item for item in self._late if self._known(item)]
        self._late = [item for item in self._late if not self._known(item)]
        return [self._measured(item) for item in known]

    def _known(self, item: Item) -> bool:
        return all(worn.knows(item) for worn in self._worn.values())

    def _measured(self, item: Item) -> Item:
        if not self._worn and not self._unseen:
            return item
        seen = dict(item.measurements) | self._unseen
        for worn in self._worn.values():
            late = {metric: not_measured("gap") for metric in worn.companion.metrics}
            seen |= dict(worn.observer.measure(item)) if worn.knows(item) else late
        return replace(item, measurements=seen)

    def _forget(self, now_s: float) -> None:
        if self._worn:
            since_s = min([now_s, *(start_s(item) for item in (*self._waiting, *self._late))])
            for worn in self._worn.values():
                worn.observer.forget(since_s - LOOK_BACK_S)


def _companion(exercise: Exercise, placement: str) -> Companion:
    companion = exercise.companion(placement)
    if companion is None:
        known = ", ".join(one.placement for one in exercise.companions) or "none"
        raise ExerciseError(
            f"{exercise.name} makes no use of a second sensor on the {placement}; second sensors it knows: {known}"
        )
    return companion


def _entered(companion: Companion, placement: str, info: StreamInfo) -> _Worn:
    rate_hz = motion_rate_hz(info, companion.motion_rate_hz)
    observer = companion.make_observer(Setup(info, placement, rate_hz))
    return _Worn(companion, info, StreamQuality(info), MotionStage(info, companion.motion_rate_hz), observer)
