"""A set as it happens: what the sensors send goes to disk and through one Session, and is told moment by moment."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from athena_sense.companions import of_second, unused
from athena_sense.datatypes import Progress, SampleBatch, StreamInfo, Update, joined
from athena_sense.landings.flight import IMPACT_S
from athena_sense.landings.resultant import norm_g, row_at
from athena_sense.living.disk import Disk
from athena_sense.living.keeper import Keeper
from athena_sense.living.sensors import Arrivals, SensorHealth, Sensors
from athena_sense.living.stillness import Stillness
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.targets import Prescription, Program

STILL_END_S = 10.0
"""Stillness, beyond the longest phase that the program asks for, that ends a set: nobody rests so long inside one."""

READY_S = 2.0
"""Whoever has stood still for so long has put the sensor on and taken position (`dsp.activity.REST_S`)."""
FAST_HZ = 1000.0
"""Fast enough for every exercise."""
SILENT_S = 1.0
"""While samples come more often than this they tell the time. Without them the computer's clock has to: it also runs
while the program is kept waiting, and 200 times as fast where a set is played so fast."""
KEEP_S = 1.0
"""Samples kept for the peak of a landing: several times the 0.15 s after its contact."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known now. `now_s` is the time on the set's own clock; `messages` are told once each.

    `impacts_g`: the peak of each landing that has just touched down, 0.15 s after its contact. `ready`: the athlete has
    stood still, and may begin.
    """

    now_s: float
    update: Update
    progress: Progress | None
    health: tuple[SensorHealth, ...]
    messages: tuple[str, ...] = ()
    impacts_g: tuple[float, ...] = ()
    ready: bool = True


class LiveSet:
    """Feeds a Session with what was recorded, and nothing else: a replay of the recording gives the same result.

    The first sensor is judged, with what the exercise makes of the others; all are recorded. The set ends by
    stillness after the first rep or landing, after `duration_s`, when the judged sensor is gone for good or every
    sensor has ended, or by `end()`.

    `speed` is how many times as fast as it happened the sources play. `others` are the numbers of second sensors and
    the placements under which the session knows them.
    """

    def __init__(
        self,
        sensors: Sensors,
        disk: Disk,
        session: Session,
        *,
        duration_s: float | None = None,
        still_end_s: float | None = None,
        speed: float = 1.0,
        others: Mapping[int, str] | None = None,
    ) -> None:
        self.session = session
        self._others = others or {}
        self._sensors, self._disk, self._keeper = sensors, disk, Keeper(sensors, disk)
        self._duration_s, self._speed = duration_s, speed if np.isfinite(speed) else 0.0
        asked = session.program.prescription(session.exercise.name)
        self._hold_s = asked.hold_s
        self._still_end_s = still_end_after_s(asked) if still_end_s is None else still_end_s
        self._stillness = Stillness(session.info.sample_rate_hz)
        self._recent = _nothing()
        self._impacts_g: list[float] = []
        self._last_s, self._heard_at = 0.0, monotonic()
        self._ready = self._over = False

    def end(self) -> None:
        """End the set after what has come so far. From the event loop's thread."""
        self._over = True
        self._sensors.wake()

    async def __aiter__(self) -> AsyncIterator[Moment]:
        async for arrivals in self._sensors.arrivals():
            moment = self._moment(arrivals)
            yield moment
            if self._over or self._is_over(moment.now_s):
                break
        self._impacts_g = []
        yield self._told_moment(self.session.finish(), ())

    @property
    def heard(self) -> bool:
        """Whether a sample has come."""
        return len(self._recent) > 0

    def result(self, file: str) -> Result:
        """What came of the set so far, as a replay of its recording will tell it."""
        result = self.session.result(file)
        worn = self._sensors.worn
        others = (
            of_second(placement, note) for number, placement in self._others.items() for note in worn[number].notes
        )
        not_used = unused(self.session.exercise, [one.placement for one in worn], 0, self._others)
        notes = (*worn[0].notes, *others, *not_used, *self._disk.header.notes)
        return replace(result, quality=replace(result.quality, notes=result.quality.notes + notes))

    def _moment(self, arrivals: Arrivals) -> Moment:
        self._impacts_g = []
        samples, messages = self._keeper.keep(arrivals)
        if self._judged_is_gone and len(self._sensors.worn) > 1:
            messages += (f"the set ends: it cannot be judged without {self._sensors.worn[0].source.name}",)
        return self._told_moment(joined([self._feed(number, batch) for number, batch in samples]), messages)

    def _feed(self, number: int, samples: SampleBatch) -> Update:
        if number > 0:
            placement = self._others.get(number)
            return Update() if placement is None else self.session.feed(samples, placement)
        mended = samples.calibrated(self.session.info.calibration)
        self._stillness.feed(mended)
        self._recent = _newest(self._recent, mended)
        self._last_s, self._heard_at = float(samples.t_s[-1]), monotonic()
        update = self.session.feed(samples)
        contacts = [event.time_s for event in update.events if event.kind == "landing_contact"]
        self._impacts_g += [peak for at_s in contacts if (peak := self._impact_g(at_s)) is not None]
        return update

    def _told_moment(self, update: Update, messages: tuple[str, ...]) -> Moment:
        messages += self._once_ready()
        return Moment(
            now_s=self._last_s + (monotonic() - self._heard_at) * self._speed,
            update=update,
            progress=self.session.progress(),
            health=tuple(sensor.health for sensor in self._sensors.worn),
            messages=messages,
            impacts_g=tuple(self._impacts_g),
            ready=self._ready,
        )

    def _once_ready(self) -> tuple[str, ...]:
        """What to tell whoever has just become ready: a sensor that is worn otherwise can still be turned."""
        since_s = self._stillness.since_s
        if self._ready or not (self._begun or (since_s is not None and self._last_s - since_s >= READY_S)):
            return ()
        self._ready = True
        return self.session.worn_otherwise()

    @property
    def _begun(self) -> bool:
        return bool(self.session.reps or self.session.landings or self.session.holds)

    def _impact_g(self, contact_s: float) -> float | None:
        t_s = self._recent.t_s
        first, end = row_at(t_s, contact_s), row_at(t_s, contact_s + IMPACT_S)
        return float(norm_g(self._recent.acc_m_s2[first:end]).max()) if end > first else None

    @property
    def _judged_is_gone(self) -> bool:
        return self._sensors.worn[0].health.link == "gone"

    def _is_over(self, now_s: float) -> bool:
        if self._judged_is_gone:
            return True
        heard = monotonic() - self._heard_at < SILENT_S
        if self._duration_s is not None and (self._last_s if heard else now_s) >= self._duration_s:
            return True
        if self._held_long_enough():
            return True
        since_s = self._stillness.since_s
        return self._begun and since_s is not None and self._last_s - since_s >= self._still_end_s

    def _held_long_enough(self) -> bool:
        """A hold that lasted as long as asked, and is over, is the set."""
        asked = self._hold_s
        held = [hold.measurements["hold_duration_s"].value or 0.0 for hold in self.session.holds] if asked else []
        return asked is not None and max(held, default=0.0) >= asked[0]


def still_end_after_s(asked: Prescription) -> float:
    """How long somebody has to be still for the set to be over (s). A slow lowering looks still from the waist, and
    who holds a position is meant to be still.
    """
    tempo = asked.tempo
    phases = (tempo.concentric_s, tempo.top_hold_s, tempo.eccentric_s, tempo.bottom_hold_s)
    return STILL_END_S + max(*(phase or 0.0 for phase in phases), 0.0 if asked.hold_s is None else asked.hold_s[1])


def check_plan(exercise: str, placement: str, program: Program) -> None:
    """Whether the set can be judged, before any sensor is looked for.

    It also loads what a session needs: a second of importing, in which a sensor's packets would have to wait.

    Raises:
        ExerciseError: the exercise cannot be seen from this placement.
        ProgramError: the program says nothing of it.
    """
    Session(StreamInfo(sample_rate_hz=FAST_HZ, has_gyroscope=True), exercise, placement, program)


def _newest(kept: SampleBatch, samples: SampleBatch) -> SampleBatch:
    first = min(row_at(kept.t_s, float(samples.t_s[-1]) - KEEP_S), len(kept))
    return SampleBatch(
        np.concatenate((kept.t_s[first:], samples.t_s)), np.concatenate((kept.acc_m_s2[first:], samples.acc_m_s2))
    )


def _nothing() -> SampleBatch:
    return SampleBatch(np.empty(0), np.empty((0, 3)))
