"""A set as it is heard: a count while lowering, and at most one cue a rep.

Tones where the optional audio library is installed, the terminal's bell elsewhere.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from athena_sense.living import Aims, Moment

RATE_HZ = 44_100
LOUDNESS = 0.4
"""Of full scale: nobody on the edge of a step is to be startled."""
RAMP_S = 0.005
"""Tones that begin and end without it click."""
FRAMES_S = 0.02
"""Asked of the audio system: a landing is heard 0.15 s after contact, and this is what may be added to it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Something to be heard. `value`: the count, or by what share a landing was over its limit."""

    kind: Literal["count", "alarm", "loud", "good", "ready"]
    value: float = 0.0


class Cues:
    """Moments → what is to be heard: the count of the seconds, and one cue at most for each rep or landing."""

    def __init__(self, aims: Aims) -> None:
        self._aims = aims
        self._counted = 0
        self._cued, self._ready = False, True

    def heard(self, moment: Moment) -> Cue | None:
        """What this moment is to sound like: the most urgent of all."""
        cues = [*self._alarms(moment), *self._landings(moment), *self._goods(moment), *self._count(moment)]
        cues += [Cue("ready")] if moment.ready and not self._ready else []
        self._ready = moment.ready
        return cues[0] if cues else None

    def _alarms(self, moment: Moment) -> list[Cue]:
        if self._cued or not any(event.kind == "too_fast" for event in moment.update.events):
            return []
        self._cued = True
        return [Cue("alarm")]

    def _landings(self, moment: Moment) -> list[Cue]:
        """At contact: the shock is known then, the landing's other measures come later and stay silent."""
        limit = self._aims.loudest_g
        if limit is None:
            return [Cue("good") for landing in moment.update.landings if landing.valid]
        shares = [peak_g / limit - 1.0 for peak_g in moment.impacts_g]
        return [Cue("loud", share) if share > 0.0 else Cue("good") for share in shares]

    def _goods(self, moment: Moment) -> list[Cue]:
        cues = []
        for rep in moment.update.reps:
            if rep.valid and not self._cued:
                cues.append(Cue("good"))
            self._cued = False
        return cues

    def _count(self, moment: Moment) -> list[Cue]:
        """Each second of a lowering, up to what the program asks for."""
        progress, aim = moment.progress, self._aims.lowering_s
        if progress is None or progress.phase != "eccentric" or aim is None:
            self._counted = 0
            return []
        second = int(moment.now_s - progress.since_s)
        if not self._counted < second <= aim or moment.health[0].link != "connected":
            return []
        self._counted = second
        return [Cue("count", second / aim)]


class Speaker(Protocol):
    """Something that sounds cues, at once and without waiting for their end."""

    def play(self, cue: Cue) -> None: ...

    def close(self) -> None: ...


class Tones:
    """Cues as tones, through PortAudio. One stream stays open: opening one takes longer than a cue may wait.

    Raises:
        ImportError, OSError: the library, or what it needs, is missing.
        Exception: whatever PortAudio says where there is no loudspeaker.
    """

    def __init__(self) -> None:
        from importlib import import_module

        self._rest: npt.NDArray[np.float32] = np.empty(0, np.float32)
        audio: Any = import_module("sounddevice")
        self._stream = audio.OutputStream(
            samplerate=RATE_HZ, channels=1, dtype="float32", latency=FRAMES_S, callback=self._fill
        )
        self._stream.start()

    def play(self, cue: Cue) -> None:
        self._rest = tone(cue)

    def close(self) -> None:
        self._stream.stop()
        self._stream.close()

    def _fill(self, out: npt.NDArray[np.float32], frames: int, time: object, status: object) -> None:
        part, self._rest = self._rest[:frames], self._rest[frames:]
        out[: len(part), 0] = part
        out[len(part) :, 0] = 0.0


class Bell:
    """Cues as bells of the terminal: one for a count or a good rep, two for a loud landing, three for the alarm."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring

    def play(self, cue: Cue) -> None:
        for _ in range({"alarm": 3, "loud": 2}.get(cue.kind, 1)):
            self._ring()

    def close(self) -> None:
        """Nothing is open."""


def open_speaker(ring: Callable[[], object]) -> Speaker:
    """Tones where they can be played, bells elsewhere; `ring` rings one."""
    try:
        return Tones()
    except Exception:  # whatever is wrong with the audio system, a set is not to fail by it
        return Bell(ring)


@lru_cache(maxsize=64)
def tone(cue: Cue) -> npt.NDArray[np.float32]:
    """The samples of a cue, at `RATE_HZ`."""
    match cue.kind:
        case "count":  # rises by an octave towards the end: where one is in the count is heard
            parts = [_sine(440.0 * 2.0**cue.value, 0.06)]
        case "ready":  # two that rise: one may begin
            parts = [_sine(660.0, 0.1), _sine(990.0, 0.15)]
        case "good":
            parts = [_sine(1320.0, 0.08)]
        case "alarm":  # falling, unlike anything else here
            parts = [_sine(hz, 0.09) for hz in (1480.0, 1110.0, 1480.0, 1110.0)]
        case "loud":  # half as much over the limit is half an octave higher (pitch after Wood & Kipp 2014)
            parts = [_sine(330.0 * 2.0 ** min(cue.value, 2.0), 0.3)]
    return np.concatenate(parts)


def _sine(hz: float, duration_s: float) -> npt.NDArray[np.float32]:
    t_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    ramp = np.clip(np.minimum(t_s, duration_s - t_s) / RAMP_S, 0.0, 1.0)
    return np.asarray(LOUDNESS * ramp * np.sin(2.0 * math.pi * hz * t_s), np.float32)
