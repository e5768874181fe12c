"""Jumps in a row: landings that the next take-off follows are one series, and each series is a rep.

A jump is what leaves the ground for about 0.2 s, rising 5 cm, and more: a shorter hop is a running step, and no jump.
A trunk shows them all from 0.22 s on; a shank or a foot, which must catch up with the body first, from 0.33 s on.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from athena_sense.datatypes import Landing, Measurement, Rep, SampleBatch, StreamInfo, Update, not_measured
from athena_sense.dsp.motion import Motion
from athena_sense.landings.detector import LandingDetector
from athena_sense.landings.weightless import WINDOW_S

LINKED_S = 1.5
"""The longest time on the ground between linked jumps. Who stops, stands up (0.5 s and more) and jumps from a new
countermovement (0.6 s and more) needs as long for it, and begins a new series."""
UNSEEN_S = WINDOW_S
"""A hole this long may hide a flight."""
KEPT_S = 10.0
"""A landing is given out, and asks for the holes around its flight, well within this time."""


@dataclass(slots=True)
class JumpSeriesDetector:
    """Samples → landings, and a rep for each series of linked jumps, whatever the cuts.

    A rep lasts from the first take-off to the last contact. It comes with the landing that no jump followed.
    """

    info: StreamInfo
    placement: str
    rise_m: float = 0.0
    _landings: LandingDetector = field(init=False)
    _linked: list[Landing] = field(init=False, default_factory=list)
    """The landings of the series under way."""
    _holes: list[tuple[float, float]] = field(init=False, default_factory=list)
    _last_s: float | None = field(init=False, default=None)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._landings = LandingDetector(self.info, self.placement, self.rise_m)

    def feed(self, samples: SampleBatch, motion: Motion | None = None) -> Update:
        """The landings and series that these samples complete. The motion signals are not needed."""
        if len(samples) == 0:
            return Update()
        t_s = samples.t_s if self._last_s is None else np.concatenate(([self._last_s], samples.t_s))
        self._holes += [(float(t_s[i]), float(t_s[i + 1])) for i in np.flatnonzero(np.diff(t_s) >= UNSEEN_S)]
        self._last_s = float(t_s[-1])
        update = self._joined(self._landings.feed(samples), None)
        since_s = (self._linked[0].time_s if self._linked else self._last_s) - KEPT_S
        self._holes = [hole for hole in self._holes if hole[1] > since_s]
        return update

    def finish(self) -> Update:
        """The last landing, and the series that it ends."""
        return self._joined(self._landings.finish(), self._last_s)

    def _joined(self, found: Update, end_s: float | None) -> Update:
        """The landings found, with the series that they end; `end_s` is where the stream ended, None before."""
        reps = []
        for landing in found.landings:
            self._linked.append(landing)
            if not _followed(landing):
                reps.append(self._series(end_s))
                self._linked = []
        if end_s is not None and self._linked:
            reps.append(self._series(end_s))
        return replace(found, reps=tuple(reps))

    def _series(self, end_s: float | None) -> Rep:
        """The series under way, which its last landing has ended."""
        self._count += 1
        first, last = self._linked[0], self._linked[-1]
        start_s = first.time_s - (first.measurements["flight_time_s"].value or 0.0)
        settle_s = last.measurements["settle_time_s"].value
        until_s = last.time_s + (LINKED_S if settle_s is None else min(settle_s, LINKED_S))
        holes = [hole for hole in self._holes if hole[1] > start_s - LINKED_S and hole[0] < until_s]
        unseen = bool(holes) or (end_s is not None and settle_s is None and end_s < until_s)
        contacts = [landing.measurements["contact_time_s"] for landing in self._linked[:-1]]
        unseen |= any(contact.bound == "at_most" for contact in contacts)
        measurements = {
            "jump_count": Measurement(float(len(self._linked)), bound="at_least" if unseen else "exact"),
            "loudest_impact_g": _largest([landing.measurements["peak_impact_g"] for landing in self._linked]),
            "longest_contact_s": _largest(contacts) if contacts else not_measured("no_next_jump"),
        }
        inside = any(hole[1] > start_s and hole[0] < last.time_s for hole in holes)
        return Rep(self._count, start_s, last.time_s, measurements=measurements, interrupted=inside)


def _followed(landing: Landing) -> bool:
    """Did a linked jump follow?"""
    contact = landing.measurements["contact_time_s"]
    return contact.reason in ("gap", "too_small") or (contact.value is not None and contact.value <= LINKED_S)


def _largest(found: list[Measurement]) -> Measurement:
    """The largest value: a lower bound where one of them is, or where one is missing; an upper one if it is itself."""
    known = [(one.value, one.bound) for one in found if one.value is not None]
    if not known:
        return found[0]
    (largest, bound), missing = max(known), [one for one in found if one.value is None]
    if bound == "at_most":
        return missing[0] if missing else Measurement(largest, bound=bound)
    exact = not missing and all(bound == "exact" for _, bound in known)
    return Measurement(largest, bound="exact" if exact else "at_least")
