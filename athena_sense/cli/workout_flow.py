"""The way through a workout: what comes next, pain, the set itself, rest; broken off or skipped at any time."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from rich.console import Console

from athena_sense import baselines, calibration
from athena_sense.cli.ending import Ending
from athena_sense.cli.listening import facts, site_and_device, tell, worn_sensors
from athena_sense.cli.one_set import SetPlan, live_set
from athena_sense.cli.stage import Stage
from athena_sense.companions import roles
from athena_sense.errors import AthenaError, ExerciseError, RecordingError, SourceError
from athena_sense.exercises import get_exercise
from athena_sense.living import WornSensor, aims_of, check_plan
from athena_sense.living.sensors import without_second
from athena_sense.sources import open_source
from athena_sense.targets import DEFAULT_PROGRAM, Program, get_program, program_path
from athena_sense.views.catalogue import dose
from athena_sense.views.painter import Painter
from athena_sense.views.terminal import show_result
from athena_sense.views.workout import NextScreen
from athena_sense.workout import (
    BOX_JUMP,
    PROGRAM_COPY,
    SetRecord,
    Status,
    Step,
    Wanted,
    Workout,
    begun_workout,
    cut_off,
    next_recording,
    save,
    steps_left,
    substituted,
)

ACCEPTABLE_PAIN = 5
"""Pain up to 5 of 10 is acceptable in tendon training, more is not (pain-monitoring model: Silbernagel et al. 2007,
doi 10.1177/0363546506298279)."""
TICK_S = 0.1
SIMULATED = "sim:"


@dataclass(frozen=True, slots=True)
class Wishes:
    """The command's options."""

    program: str | None
    device: str | None
    several: tuple[str, ...]
    only: tuple[str, ...]
    substitute: bool
    instead: tuple[str, ...]
    box_height: float | None
    pain: int | None
    out: Path | None
    resume: Path | None
    athlete: str | None
    speed: float
    quiet: bool


@dataclass(slots=True)
class Flow:
    """A workout under way: `workout` is what has come of it so far, also on disk.

    The rest after a set is over at `_rest_over`, by the event loop's clock (s), whatever is asked meanwhile.
    """

    wishes: Wishes
    console: Console
    program: Program
    steps: tuple[Step, ...]
    folder: Path
    workout: Workout
    _stopped: bool = False
    _rest_over: float = 0.0

    @classmethod
    def planned(cls, wishes: Wishes, console: Console) -> Self:
        """Everything that can be checked before the first set.

        Raises:
            ProgramError, ExerciseError, RecordingError, SourceError: what is asked for cannot be done.
            StoreError: what is kept of athletes and sensors cannot be read.
        """
        baselines.known()
        calibration.known()
        if wishes.resume is not None:
            return cls._gone_on_with(wishes.resume, wishes, console)
        name = wishes.program or DEFAULT_PROGRAM
        program = get_program(name)
        wanted = Wanted(wishes.substitute, wishes.instead, wishes.only, wishes.box_height)
        program, steps = wanted.of(program), wanted.plan(program)
        now = datetime.now().astimezone()
        folder = wishes.out or Path(f"workout-{now:%Y-%m-%d-%H%M%S}")
        started = now.isoformat(timespec="seconds")
        workout = Workout(program.name, started, len(steps), wishes.athlete, wanted=wanted)
        flow = cls(wishes, console, program, steps, folder, workout)
        flow._check_sensors()
        _make(folder, program_path(name))
        save(workout, folder)
        return flow

    @classmethod
    def _gone_on_with(cls, folder: Path, wishes: Wishes, console: Console) -> Self:
        begun = begun_workout(folder)
        program = begun.wanted.of(get_program(folder / PROGRAM_COPY))
        steps = begun.wanted.plan(program)
        left, again = steps_left(begun, steps), replace(begun, planned=len(steps))
        flow = cls(replace(wishes, athlete=begun.athlete), console, program, left, folder, again)
        flow._check_sensors()
        for one in cut_off(begun, folder, program):
            tell(f"{one.exercise} was cut off: {one.why or 'what was recorded is kept, and it comes again'}")
            flow.workout = flow.workout.with_set(one)
        flow._keep()
        return flow

    def sites(self, step: Step) -> list[tuple[str, str | None]]:
        """(placement, device) of the sensors of a step, the judged one first.

        Raises:
            ExerciseError: none of the sensors sits where the exercise can be seen.
        """
        exercise, device = get_exercise(step.exercise), self.wishes.device
        given = dict(site_and_device(text) for text in self.wishes.several)
        if not given:
            best = exercise.sites[0].placement
            simulated = device is not None and device.startswith(SIMULATED)
            seconds = [one.placement for one in exercise.companions] if simulated else []
            return [(site, _simulated(device, step, site)) for site in (best, *seconds)]
        worn = list(given)
        judged, others = roles(exercise, worn)
        check_plan(step.exercise, worn[judged], self.program)
        return [(worn[number], _simulated(given[worn[number]], step, worn[number])) for number in (judged, *others)]

    def _check_sensors(self) -> None:
        """Tell, before anything is put on, which exercises the sensors cannot see from where they sit.

        Raises:
            ExerciseError: they can see none.
            SourceError: there is no such source; whether a sensor is in reach or a file is there is not looked at.
        """
        named = [self.wishes.device, *(site_and_device(text)[1] for text in self.wishes.several)]
        for device in dict.fromkeys(named):
            if device is not None and device.partition("?")[0] != SIMULATED and not device.startswith("file:"):
                open_source(device)
        unseen: dict[str, ExerciseError] = {}
        for step in self.steps:
            try:
                self.sites(step)
            except ExerciseError as error:
                unseen.setdefault(step.exercise, error)
        if unseen and len(unseen) == len({step.exercise for step in self.steps}):
            raise next(iter(unseen.values()))
        for why in unseen.values():
            tell(f"left out: {why}")

    async def run(self, ending: Ending) -> None:
        """Every set that is left, one after the other."""
        ending.gently = self._stop
        for step in self.steps:
            record = await self._go_through(step, ending)
            if record is not None:
                self.workout = self.workout.with_set(record)
                self._keep()
            if self._stopped:
                break

    async def _go_through(self, step: Step, ending: Ending) -> SetRecord | None:
        """What comes of a set, tried until it succeeds or is left; None where the workout ends before it."""
        tried: SetRecord | None = None
        try:
            step = await self._spared(step, ending)
            while not self._stopped and (tried is None or tried.status == "failed"):
                chosen = await self._chosen(step, tried, ending)
                if chosen is None:
                    return tried or SetRecord.of(step, "skipped")
                if self._stopped:
                    break
                step = chosen
                tried = await self._do(step, ending)
                ending.gently, ending.on_key = self._stop, None
                if tried.status == "failed" and _nobody_is_there():
                    tell("nobody is at the keys, so it is not tried again")
                    break
        except AthenaError as error:  # the sensors at hand cannot see it
            tell(f"error: {error}")
            return SetRecord.of(step, "failed", why=str(error))
        if tried is not None and tried.status == "done":
            rest_s = (step.asked.rest_s or 0.0) / self.wishes.speed
            self._rest_over = asyncio.get_running_loop().time() + rest_s
        return tried

    def _stop(self) -> None:
        self._stopped = True

    def _keep(self) -> None:
        """Write what has come of it so far; a full disk ends no workout."""
        try:
            save(self.workout, self.folder)
        except RecordingError as error:
            tell(f"error: {error}; the workout goes on in memory")

    # ---- between sets

    async def _spared(self, step: Step, ending: Ending) -> Step:
        """The set, or its substitute where it strains a tendon that is not fit for it."""
        if not step.asked.ask_pain or step.asked.substitute is None:
            return step
        why = await self._unfit(step, ending)
        return substituted(step, self.program, why) if why else step

    async def _unfit(self, step: Step, ending: Ending) -> str:
        """Why the tendon should be spared, as somebody tells it; empty where nothing speaks against the set."""
        pain = self.wishes.pain
        if pain is None:
            screen = self._screen(step)
            screen.question = (
                "Pain in this tendon now? Press 0 (none) to 9, x for 10 (as bad as can be); h: it is not healthy"
            )
            pressed = await self._shown(screen, ending, "0123456789xXhH", rests=False)
            if pressed is None and not self._stopped:
                tell(
                    f"pain was not told, so {step.exercise} goes on; tell it with --pain, or press a key at a terminal"
                )
            if pressed is None:
                return ""
            if pressed in "hH":
                return "tendon not healthy"
            pain = int(pressed) if pressed.isdigit() else 10
        return f"pain {pain} of 10" if pain > ACCEPTABLE_PAIN else ""

    async def _chosen(self, step: Step, tried: SetRecord | None, ending: Ending) -> Step | None:
        """The set to do, which may be the substitute of this one; None: it is skipped. `tried`: what came of it so far,
        which failed.
        """
        while True:
            keys = "\r\nsSoO" if step.asked.substitute else "\r\nsS"
            pressed = await self._shown(self._screen(step, tried), ending, keys) or "\n"
            if pressed in "oO":
                step = substituted(step, self.program, "chosen")
            else:
                return None if pressed in "sS" else step

    def _screen(self, step: Step, tried: SetRecord | None = None) -> NextScreen:
        where = "sensor on the " + ", another on the ".join(site.replace("_", " ") for site, _ in self.sites(step))
        last = tried or (self.workout.sets[-1] if self.workout.sets else None)
        begin = "begin" if tried is None else "try again"
        return NextScreen(step, self.workout.planned, where, dose(step.asked, of_one_set=True), last, begin)

    async def _shown(self, screen: NextScreen, ending: Ending, keys: str, *, rests: bool = True) -> str | None:
        """Show it until one of `keys` is pressed (the key). With nobody there to press any, until the rest is over, or
        at once where nobody `rests`.
        """
        pressed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ending.on_key = _first_of(keys, pressed, self._stop)
        if not self.console.is_terminal or self.console.is_dumb_terminal:
            tell(screen.words())
            return await self._counted(screen, pressed, rests, lambda: None)
        async with Painter(screen, self.console) as painter:
            return await self._counted(screen, pressed, rests, painter.changed)

    async def _counted(
        self, screen: NextScreen, pressed: "asyncio.Future[str]", rests: bool, changed: Callable[[], None]
    ) -> str | None:
        clock, speed, alone = asyncio.get_running_loop().time, self.wishes.speed, _nobody_is_there()
        while not self._stopped and not pressed.done():
            left_s = (self._rest_over - clock()) * speed
            if alone and not (rests and left_s > 0.0):
                return None
            screen.seconds = left_s if left_s > 0.0 else None
            changed()
            await asyncio.wait([pressed], timeout=TICK_S / speed if alone else TICK_S)
        return pressed.result() if pressed.done() else None

    # ---- a set

    async def _do(self, step: Step, ending: Ending) -> SetRecord:
        """The set, live, and its verdict on the screen."""
        ending.on_key = None
        if self.console.is_terminal:  # whoever pressed a key waits a second or two for the set's own screen
            self.console.print("connecting")
        try:
            plan = self._plan(step)
            aims = aims_of(plan.program.prescription(step.exercise), plan.placement, plan.own)
            title = " · ".join(part for part in (step.exercise, step.side or "", plan.placement) if part)
            stage = Stage(title.replace("_", " "), aims, self.console, self.wishes.quiet)
            going = asyncio.ensure_future(live_set(plan, stage, ending))
            ending.gently = going.cancel  # while it connects; then it ends the set
            result, problem = await going
        except AthenaError as error:
            tell(f"error: {error}")
            return SetRecord.of(step, "failed", why=str(error))
        except asyncio.CancelledError:
            if not going.cancelled():
                raise
            self._stop()
            return SetRecord.of(step, "broken_off")
        if problem is not None:
            tell(f"error: {problem}")
        if ending.interrupted:
            self._stop()
        status: Status = "broken_off" if ending.interrupted else "done"
        record = SetRecord.of(step, status, replace(result, file=plan.path.name), why=problem or "")
        show_result(record.result or result, self.console)
        self.console.print()
        return record

    def _plan(self, step: Step) -> SetPlan:
        sites = self.sites(step)
        placement = sites[0][0]
        several = tuple(f"{site}={device or 'ble:'}" for site, device in sites)
        worn = self._worn(several)
        own, postures = baselines.usual(self.wishes.athlete, step.exercise, placement, step.side)
        box_m = self.workout.wanted.box_height_m if step.exercise == BOX_JUMP else None
        said = facts(
            exercise=step.exercise,
            program=str((self.folder / PROGRAM_COPY).resolve()),
            side=step.side,
            athlete=self.wishes.athlete,
            box_height_m=box_m,
            own=own or None,
            own_postures=postures or None,
        )
        settings: dict[str, Any] = {"speed": self.wishes.speed}
        others = {number: one.placement for number, one in enumerate(worn) if number > 0 and one.placement is not None}
        path = next_recording(self.folder, step)
        return SetPlan(step.exercise, placement, self.program, box_m, worn, path, said, settings, others, own, postures)

    def _worn(self, several: Sequence[str]) -> list[WornSensor]:
        """The sensors of a set; a second one that cannot be opened is told, and done without."""
        worn: list[WornSensor] = []
        for text in several:
            try:
                worn += worn_sensors(None, (text,), None, None, self.wishes.speed)
            except (SourceError, RecordingError) as error:
                if not worn:
                    raise
                tell(without_second(site_and_device(text)[0], error))
        return worn


def _nobody_is_there() -> bool:
    """Whether no key can be pressed."""
    return not sys.stdin.isatty()


def _first_of(keys: str, pressed: "asyncio.Future[str]", stop: Callable[[], None]) -> Callable[[str], None]:
    """Takes keys: one of `keys` is the answer, q ends the workout, others are nothing."""

    def take(key: str) -> None:
        if key in "qQ":
            stop()
        elif key in keys and not pressed.done():
            pressed.set_result(key)

    return take


def _simulated(device: str | None, step: Step, site: str) -> str | None:
    """`sim:` alone, or with options only, is an athlete who does what the step asks for."""
    if device is None or not device.startswith(SIMULATED) or device.partition("?")[0] != SIMULATED:
        return device
    options = device.partition("?")[2] or f"seed={step.number}"
    if step.exercise == BOX_JUMP and step.asked.box_height_m is not None:
        options = f"box_height_m={step.asked.box_height_m}&{options}"
    return f"{SIMULATED}{step.exercise}?placement={site}&{options}"


def _make(folder: Path, program: Path) -> None:
    """The workout's folder, with a copy of the program: it is judged again by what it was judged by."""
    try:
        text = program.read_bytes()
        folder.mkdir(parents=True)
        (folder / PROGRAM_COPY).write_bytes(text)
    except FileExistsError as error:
        raise RecordingError(f"{folder}: exists already; name another folder, or go on in it with --resume") from error
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be made: {error.strerror}") from error
