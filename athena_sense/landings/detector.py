"""The landing detector: samples in, landings out, whatever the cuts."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from operator import itemgetter

import numpy as np

from athena_sense.datatypes import (
    Event,
    FloatArray,
    Landing,
    Measurement,
    SampleBatch,
    StreamInfo,
    Update,
    not_measured,
)
from athena_sense.dsp.motion import Motion
from athena_sense.landings.flight import IMPACT_S, LONGEST_S, Flight, find_flight
from athena_sense.landings.impact import PEAK_RATE_HZ, RATE_TOLERANCE, impact, jump_height
from athena_sense.landings.resultant import norm_g, row_at
from athena_sense.landings.weightless import LEG, LEG_SITES, TRUNK, WINDOW_S, WeightlessStage

STILL_S = 0.5
STILL_RANGE_G = 0.1
"""Settled: the resultant stays within ±5 % of body weight for half a second, whatever the sensor's scale and offset."""
STANDING_G = (0.75, 1.25)
"""A quiet flight is as even as a stand, and so is a steady push; a stand bears the body's weight, within what a sensor
may be off."""
HOP_S, HOP_G = 0.08, 0.25
"""A countermovement leaves 0.3 g on the ground; who is lighter for as long as a runner flies has left it."""
UNSEEN_HOP_S = 0.6
"""At a leg, which follows the body for 0.1 s before it flies freely, a jump of 0.3 s is not always seen. With two
contacts of 0.15 s it takes as long as this."""
SETTLE_S = 3.0
"""Who is not still three seconds after a landing has gone on to something else."""
BEFORE_S = WINDOW_S + 2.0 * LONGEST_S
HISTORY_S = BEFORE_S + SETTLE_S + 3.0 * LONGEST_S
"""Look-back: from before the push-off of one flight to the end of the next."""
HOLE_PERIODS = 2.5
EDGE_S = 0.05
"""A hole of two samples or more this close to an instant leaves it unknown."""


@dataclass(slots=True)
class _Stretch:
    """A weightless stretch that no landing has ended yet, and when to look for one (s)."""

    start_s: float
    end_s: float
    due_s: float


@dataclass(slots=True)
class LandingDetector:
    """Finds every flight that a landing ends, and measures it.

    A flight arms itself: nothing else leaves a body weightless for as long as a fall from the box. The event
    `landing_contact` comes as soon as the peak is over, `IMPACT_S` after contact; the landing itself once stillness or
    the next take-off is known, or neither has come within `SETTLE_S`.

    `rise_m`: how much higher than the take-off the landing lies (m): the box's height, negative when jumping down from
    it, 0 on the flat. Only the jump height depends on it.
    """

    info: StreamInfo
    placement: str
    rise_m: float
    _weightless: WeightlessStage = field(init=False)
    _t_s: FloatArray = field(init=False)
    _acc: FloatArray = field(init=False)
    _holes: list[tuple[float, float]] = field(init=False, default_factory=list)
    """From the last sample before each hole to the first one after it (s)."""
    _stretch: _Stretch | None = field(init=False, default=None)
    _open: Landing | None = field(init=False, default=None)
    """The landing whose stillness or next take-off is awaited."""
    _count: int = field(init=False, default=0)
    _landed_s: float = field(init=False, default=-np.inf)
    """The last landing's contact."""
    _landings: list[Landing] = field(init=False, default_factory=list)
    _events: list[Event] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        limits = LEG if self.placement in LEG_SITES else TRUNK
        self._weightless = WeightlessStage(self.info.sample_rate_hz, limits)
        self._t_s, self._acc = np.empty(0), np.empty((0, 3))

    def feed(self, samples: SampleBatch, motion: Motion | None = None) -> Update:
        """The landings that these samples complete. The motion signals are not needed."""
        if len(samples) == 0:
            return Update()
        flagged_s = samples.t_s[self._weightless.feed(samples)]
        self._find_holes(samples.t_s)
        self._t_s = np.concatenate((self._t_s, samples.t_s))
        self._acc = np.concatenate((self._acc, samples.acc_m_s2))
        self._join(flagged_s)
        now_s = float(samples.t_s[-1])
        while self._stretch is not None and now_s >= self._stretch.due_s:
            self._land(self._stretch)
        self._close(now_s, None)
        self._forget()
        return self._update()

    def finish(self) -> Update:
        """The landing that was still open, and the one that the recording's end cut off."""
        if self._stretch is not None:
            self._stretch.due_s = float(self._t_s[-1])
            self._land(self._stretch, final=True)
        if self._open is not None:
            self._landings.append(self._settled(self._open, float(self._t_s[-1])) or self._open)
            self._open = None
        return self._update()

    def _update(self) -> Update:
        update = Update(landings=tuple(self._landings), events=tuple(self._events))
        self._landings, self._events = [], []
        return update

    def _find_holes(self, fresh_s: FloatArray) -> None:
        """Keeps the holes before and between new samples."""
        t_s = np.concatenate((self._t_s[-1:], fresh_s))
        rows = (t_s[1:] - t_s[:-1] > HOLE_PERIODS / self.info.sample_rate_hz).nonzero()[0]
        self._holes += zip(t_s[rows].tolist(), t_s[rows + 1].tolist(), strict=True)

    def _join(self, flagged_s: FloatArray) -> None:
        """Joins weightless samples to stretches; each ends when none has come for `IMPACT_S`."""
        cuts = (flagged_s[1:] >= flagged_s[:-1] + IMPACT_S).nonzero()[0] + 1
        for part in np.split(flagged_s, cuts) if len(flagged_s) else []:
            start_s, end_s = float(part[0]), float(part[-1])
            while self._stretch is not None and start_s >= self._stretch.due_s:
                self._land(self._stretch)
            if self._stretch is not None:
                start_s = self._stretch.start_s
            self._stretch = _Stretch(max(start_s, end_s - BEFORE_S), end_s, end_s + IMPACT_S)

    def _land(self, stretch: _Stretch, final: bool = False) -> None:
        """Looks for the flight of a stretch that is due: with the samples up to then, and no later ones."""
        pushed_s = 0.5 * (self._landed_s + stretch.start_s - WINDOW_S)
        since_s = max(stretch.start_s - BEFORE_S, pushed_s)
        start, due = row_at(self._t_s, since_s), row_at(self._t_s, stretch.due_s)
        if due > 0:
            self._close(float(self._t_s[due - 1]), None)
        t_s, acc = self._t_s[start : due + 1], self._acc[start : due + 1]
        first, last = row_at(t_s, stretch.start_s - WINDOW_S), row_at(t_s, stretch.end_s)
        at_leg = self.placement in LEG_SITES
        flight = find_flight(t_s, acc, first, last, LEG if at_leg else TRUNK, at_leg=at_leg)
        if flight is not None and flight.contact_s + IMPACT_S > t_s[-1] and not final:
            stretch.due_s = flight.contact_s + IMPACT_S
            return
        self._stretch = None
        self._close(float(t_s[-1]), flight)
        if flight is None:
            return
        self._count, self._landed_s = self._count + 1, flight.contact_s
        self._open = Landing(self._count, flight.contact_s, self._measure(t_s, acc, flight))
        self._events.append(Event("landing_contact", flight.contact_s))

    def _measure(self, t_s: FloatArray, acc: FloatArray, flight: Flight) -> dict[str, Measurement]:
        """What is known of a landing once its peak is over."""
        rate_hz, contact_s = self.info.sample_rate_hz, flight.contact_s
        enough = rate_hz >= RATE_TOLERANCE * PEAK_RATE_HZ.get(self.placement, 0.0)
        measured = {
            "flight_time_s": Measurement(flight.time_s),
            "jump_height_m": jump_height(flight.time_s, self.rise_m),
        }
        if self._holed_at(flight.takeoff_s, contact_s):
            measured = dict.fromkeys(measured, not_measured("gap"))
        struck = impact(t_s, acc, flight, "exact" if enough else "at_least", self.info)
        if self._holed(contact_s, contact_s + IMPACT_S):
            struck = dict.fromkeys(struck, not_measured("gap"))
        elif t_s[-1] < contact_s + IMPACT_S - 1.0 / rate_hz:
            struck = dict.fromkeys(struck, not_measured("cut_off"))
        awaited = {"settle_time_s": not_measured("not_settled"), "contact_time_s": not_measured("no_next_jump")}
        return measured | struck | awaited

    def _close(self, now_s: float, flight: Flight | None) -> None:
        """Gives out the open landing if it is settled, the next flight has begun, or too much time has passed.

        Who flies has not settled since the last time without a flight.
        """
        landing = self._open
        if landing is None:
            return
        closed = self._settled(landing, now_s) if flight is None else landing
        if flight is not None:
            if flight.takeoff_s - landing.time_s <= SETTLE_S:
                contact = self._contact_time(landing.time_s, flight.takeoff_s)
                closed = replace(landing, measurements={**landing.measurements, "contact_time_s": contact})
        elif closed is None and now_s >= landing.time_s + SETTLE_S + LONGEST_S + 2.0 * IMPACT_S:
            closed = landing
        if closed is not None:
            self._landings.append(closed)
            self._open = None

    def _contact_time(self, contact_s: float, takeoff_s: float) -> Measurement:
        """How long the ground was touched, where no hop that is too small to be a jump may lie between."""
        if self._holed_at(contact_s, takeoff_s):
            return not_measured("gap")
        lasts_s = takeoff_s - contact_s
        if self.placement in LEG_SITES:
            return Measurement(lasts_s, bound="at_most" if lasts_s > UNSEEN_HOP_S else "exact")
        first, end = row_at(self._t_s, contact_s + HOP_S), row_at(self._t_s, takeoff_s - HOP_S)
        t_s = self._t_s[first:end]
        borne = (norm_g(self._acc[first:end]) >= HOP_G).nonzero()[0]
        hopped = len(borne) > 1 and float((t_s[borne[1:]] - t_s[borne[:-1]]).max()) >= HOP_S
        return not_measured("too_small") if hopped else Measurement(lasts_s)

    def _holed_at(self, *instants_s: float) -> bool:
        """Are samples missing where one of these instants was read?"""
        return any(self._holed(at_s - EDGE_S, at_s + EDGE_S) for at_s in instants_s)

    def _holed(self, start_s: float, end_s: float) -> bool:
        """Does any hole touch the span?"""
        after = bisect_right(self._holes, start_s, key=itemgetter(1))
        return after < len(self._holes) and self._holes[after][0] < end_s

    def _settled(self, landing: Landing, until_s: float) -> Landing | None:
        """The landing with its time until the first half second of stillness, None where there is none so far."""
        k = max(2, round(STILL_S * self.info.sample_rate_hz))
        until_s = min(until_s, landing.time_s + SETTLE_S)
        first, end = np.searchsorted(self._t_s, [landing.time_s, until_s], side="right")
        if end - first < k:
            return None
        t_s, size_g = self._t_s[first:end], norm_g(self._acc[first:end])
        outside = ((size_g < STANDING_G[0]) | (size_g > STANDING_G[1])).nonzero()[0]
        ends = np.concatenate(([-1], outside, [len(size_g)]))
        for run in (ends[1:] - ends[:-1] > k).nonzero()[0]:
            start, stop = int(ends[run]) + 1, int(ends[run + 1])
            windows = np.lib.stride_tricks.sliding_window_view(size_g[start:stop], k)
            still = windows.max(axis=1) - windows.min(axis=1) <= STILL_RANGE_G
            still &= t_s[start + k - 1 : stop] - t_s[start : stop - k + 1] <= 1.5 * STILL_S
            if still.any():
                settle = Measurement(float(t_s[start + int(still.argmax())] - landing.time_s))
                return replace(landing, measurements={**landing.measurements, "settle_time_s": settle})
        return None

    def _forget(self) -> None:
        """Drops what is older than any decision looks back."""
        since_s = self._t_s[-1] if self._stretch is None else self._stretch.start_s
        keep = row_at(self._t_s, since_s - HISTORY_S)
        self._t_s, self._acc = self._t_s[keep:], self._acc[keep:]
        del self._holes[: bisect_right(self._holes, self._t_s[0], key=itemgetter(1))]
