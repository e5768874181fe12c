"""Lifts of a leg that hangs or stands, out and back, and the foot's touches of the floor between them."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray, SampleBatch
from athena_sense.dsp.motion import Motion
from athena_sense.reps.excursions import Excursion, Excursions
from athena_sense.reps.history import History
from athena_sense.reps.jolts import Jolt, Jolts
from athena_sense.reps.out_and_back import OutAndBack, find_instants
from athena_sense.reps.stances import Stances, Ticks
from athena_sense.reps.tilting import length, tilt_deg
from athena_sense.units import DEG_PER_RAD

SMALLEST_DEG = 15.0
"""A leg that hangs while its owner balances swings by a few degrees; over a hurdle at knee height it turns by 30°."""
LARGEST_DEG = 150.0
SMALLEST_SHARE = 0.35
"""Less than this share of the usual lift is balancing, or the foot moved aside."""
SHORTEST_S = 0.5
"""A walking leg is more than half-way out for 0.3–0.45 s of its stride; up and over a hurdle takes a second or more."""
MOVED_S = 6.0
"""A leg kept out for longer is no rep: whoever holds it there has sat down, or the sensor sits otherwise now."""
LOW_SHARE = 0.35
"""A touch happens where the leg is down: below this share of the lift. What knocks higher up is the hurdle."""
TOUCH_M_S2 = 0.45
"""A foot set down as softly as can be gives its shank 0.2 g in 30 ms, of which so much is left above 10 Hz."""
OWN_SHARE = 1.2
"""… and more than a lift makes by itself, by being quick, when it turns round at its height."""
ONE_TOUCH_S = 0.6
"""Toes, heel and the other edge of one foot set down once; a foot lifted and set down again takes longer."""
BLOCK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class LegLift:
    """One lift: its instants, how far the segment turned from how it hung (deg; None where a gyroscope is needed), the
    touches since the lift before (s), and whether samples are missing since then (`torn`) or inside."""

    instants: OutAndBack
    range_deg: float | None
    touches_s: tuple[float, ...]
    torn: bool
    interrupted: bool


class LegLifts:
    """Motion and samples → LegLift, for any cut. Armed by a stance."""

    def __init__(self, rate_hz: float, sample_rate_hz: float, *, has_gyroscope: bool) -> None:
        self._rate_hz, self._has_gyroscope = rate_hz, has_gyroscope
        self._history = History(rate_hz)
        self._stances = Stances(rate_hz)
        self._jolts = Jolts(sample_rate_hz)
        self._heard: list[Jolt] = []
        self._moves = Excursions(rate_hz, SMALLEST_DEG)
        self._stance: FloatArray | None = None
        self._quiet_ticks = 0
        self._last: tuple[int, float, float] | None = None

    def feed(self, samples: SampleBatch, motion: Motion) -> list[LegLift]:
        """The lifts that these rows complete."""
        self._heard += self._jolts.feed(samples)
        if len(motion) == 0:
            return []
        self._history.append(motion)
        ticks, found = self._stances.feed(motion), []
        per_block = max(BLOCK_ROWS // ticks.rows, 1)
        for first in range(0, ticks.quiet.shape[0], per_block):
            found += self._block(ticks, first, min(first + per_block, ticks.quiet.shape[0]))
        self._history.forget()
        return found

    def finish(self) -> list[LegLift]:
        """Nothing is owed: a lift that did not come back is none."""
        return []

    def _block(self, ticks: Ticks, first: int, last: int) -> list[LegLift]:
        end = ticks.first_row + last * ticks.rows
        found: list[LegLift] = []
        since = ticks.first_row + first * ticks.rows
        values = self._values(since, end)
        for tick in range(first, last):
            at = ticks.first_row + tick * ticks.rows
            for k in range(at, at + ticks.rows) if values is not None else ():
                excursion = self._moves.step(k, values[k - since]) if values is not None else None
                lift = None if excursion is None else self._lift(excursion)
                found += [] if lift is None else [lift]
            if self._stood(ticks, tick):
                since = at + ticks.rows
                values = self._values(since, end)
        return found

    def _values(self, row: int, end: int) -> list[float] | None:
        """Angle from the stance (deg) of rows up to `end`; None before there is one."""
        if self._stance is None:
            return None
        return list(length(tilt_deg(self._history.up(row, end), self._stance)).tolist())

    def _stood(self, ticks: Ticks, tick: int) -> bool:
        """Take the stance of this tick, where it is one and the leg is not out; whether that changed anything."""
        if not ticks.quiet[tick]:
            self._quiet_ticks = 0
            return False
        self._quiet_ticks += 1
        posture = ticks.posture[tick]
        kept = self._quiet_ticks * ticks.rows > MOVED_S * self._rate_hz
        if self._stance is not None and self._moves.out and not kept:
            return False
        self._stance = posture
        self._moves.restart()
        return True

    def _lift(self, found: Excursion) -> LegLift | None:
        """The lift that an excursion was, None where it was none."""
        first = max(self._history.oldest(found.known_row), found.start_row - round(self._rate_hz))
        if self._last is not None:
            first = max(first, self._last[0])
        end = found.known_row + 1
        start, peak, back = (max(row - first, 0) for row in (found.start_row, found.peak_row, found.end_row))
        t_s, up = self._history.t_s(first, end), self._history.up(first, end)
        turned = length(tilt_deg(up, up[start]))
        peak = start + int(turned[start : back + 1].argmax())
        range_deg = float(turned[peak])
        smallest = max(SMALLEST_DEG, SMALLEST_SHARE * (self._moves.usual or 0.0))
        if not (smallest <= range_deg <= LARGEST_DEG and start < peak < back):
            return None
        instants = find_instants(t_s, turned, start, peak, back)
        if instants.above_half_s < SHORTEST_S:
            return None
        self._moves.accept(range_deg)
        before, self._last = self._last, (found.end_row, float(t_s[peak]), range_deg)
        torn = before is not None and self._history.has_gap(before[0], found.start_row + 1)
        touches = () if before is None else self._touches(before, float(t_s[peak]), range_deg)
        seen = range_deg if self._has_gyroscope else self._range_by_weight(first, start, peak, back)
        interrupted = self._history.has_gap(found.start_row, found.end_row + 1)
        return LegLift(instants, seen, touches, torn, interrupted)

    def _range_by_weight(self, first: int, start: int, peak: int, back: int) -> float | None:
        """How far the leg turned (deg) by how much less of gravity lies along it at its height, where it turns round.

        Across the leg, gravity and the leg's own speeding up look alike. Along it there is gravity and, while it
        turns, the pull outwards; so the least that is felt along it is gravity at its furthest.
        """
        acc = self._history.acc_m_s2(first, first + back + 1)
        hung = acc[max(start - 2, 0) : start + 3].sum(axis=0)
        hung = hung / np.sqrt((hung * hung).sum())
        along = acc[:, 0] * hung[0] + acc[:, 1] * hung[1] + acc[:, 2] * hung[2]
        smooth = (along[:-4] + along[1:-3] + along[2:-2] + along[3:-1] + along[4:]) / 5.0
        if smooth.shape[0] <= start:
            return None
        still = float(along[max(start - 2, 0) : start + 3].sum()) / max(min(start, 2) + 3, 1)
        return float(np.arccos(np.clip(smooth[start:].min() / still, -1.0, 1.0))) * DEG_PER_RAD

    def _touches(self, before: tuple[int, float, float], height_s: float, range_deg: float) -> tuple[float, ...]:
        """When the foot met the floor between the heights of two lifts (s)."""
        _, since_s, range_before_deg = before
        heard = [jolt for jolt in self._heard if since_s < jolt.time_s < height_s]
        first = self._history.oldest(self._history.end)
        t_s = self._history.t_s(first, self._history.end)
        if self._stance is None or not heard:
            return ()
        least_deg = LOW_SHARE * min(range_deg, range_before_deg)
        low_deg = self._low_deg(t_s, first, since_s, height_s)
        own = max(
            (jolt.size_m_s2 for jolt in heard if self._angle(first, t_s, jolt) > low_deg + 2.0 * least_deg), default=0.0
        )
        found: list[float] = []
        for jolt in heard:
            down = self._angle(first, t_s, jolt) < low_deg + least_deg
            another = not found or jolt.time_s - found[-1] > ONE_TOUCH_S
            if down and another and jolt.size_m_s2 > max(TOUCH_M_S2, OWN_SHARE * own):
                found.append(jolt.time_s)
        self._heard = [jolt for jolt in self._heard if jolt.time_s >= height_s]
        return tuple(found)

    def _low_deg(self, t_s: FloatArray, first: int, since_s: float, until_s: float) -> float:
        a, b = np.searchsorted(t_s, [since_s, until_s])
        assert self._stance is not None
        return float(length(tilt_deg(self._history.up(first + int(a), first + int(b)), self._stance)).min())

    def _angle(self, first: int, t_s: FloatArray, jolt: Jolt) -> float:
        row = min(int(np.searchsorted(t_s, jolt.time_s)), t_s.shape[0] - 1)
        assert self._stance is not None
        return float(length(tilt_deg(self._history.up(first + row, first + row + 1), self._stance))[0])
