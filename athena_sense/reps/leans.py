"""Leans of the trunk away from its own upright, and back."""

from dataclasses import dataclass

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.excursions import Excursion, Excursions
from athena_sense.reps.history import History
from athena_sense.reps.out_and_back import OutAndBack, find_instants
from athena_sense.reps.stances import Stances, Ticks
from athena_sense.reps.tilting import axes_across, tilt_deg, up_of_pendulum

SMALLEST_DEG = 2.5
"""Quiet standing sways by 0.3–0.5° RMS at the trunk, so by less than 2° peak to peak; a lean is more."""
LARGEST_DEG = 50.0
"""Nobody leans further about the ankles, or is upright at the waist: picking up the weights is no lean."""
SMALLEST_SHARE = 0.15
"""Less than this share of the usual lean is sway or a shift of the feet. Half-hearted leans are a third or more."""
SHORTEST_S = 0.4
"""Above half of its height for less: a step's lurch or a breath. A quick lean of a second (half up, half down, minimum
jerk) stays above half for half a second."""
ROUGH_M_S2 = 1.0
"""RMS of |a| about its mean during the lean. 20° in 0.7 s make 0.8 m/s² at the chest; walking makes 1.2 and more."""
SHIFT_DEG = 4.0
"""A stance this far from upright is another posture, and upright from now on; coming back a little short is less."""
MOVED_S = 6.0
"""A lean kept for longer without coming back is a new posture: holds last a count of three to five."""
OTHER_WAY_COS = 0.5
"""A lean more than 60° off the usual direction is something else: an overshoot, a look aside."""
BLOCK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Lean:
    """One lean: its instants, how far it went from upright (deg), and whether samples are missing inside."""

    instants: OutAndBack
    lean_deg: float
    range_deg: float
    interrupted: bool


class Leans:
    """Motion → Lean, for any cut. Armed by a stance, disarmed by walking.

    `lever_m`: height of the sensor over the joint that the body leans about, used where there is no gyroscope.
    """

    def __init__(self, rate_hz: float, lever_m: float, *, has_gyroscope: bool) -> None:
        self._rate_hz, self._lever_m = rate_hz, None if has_gyroscope else lever_m
        self._history = History(rate_hz)
        self._stances = Stances(rate_hz)
        self._moves = Excursions(rate_hz, SMALLEST_DEG, -0.5 * SMALLEST_DEG)
        self._upright: FloatArray | None = None
        self._way: FloatArray | None = None
        self._sure = False
        self._quiet_ticks = 0
        self._last_end_row = 0

    def feed(self, motion: Motion) -> list[Lean]:
        """The leans that these rows complete."""
        if len(motion) == 0:
            return []
        self._history.append(motion)
        ticks, found = self._stances.feed(motion), []
        per_block = max(BLOCK_ROWS // ticks.rows, 1)
        for first in range(0, ticks.quiet.shape[0], per_block):
            found += self._block(ticks, first, min(first + per_block, ticks.quiet.shape[0]))
        self._history.forget()
        return found

    def finish(self) -> list[Lean]:
        """Nothing is owed: a lean that did not come back is none."""
        return []

    def _block(self, ticks: Ticks, first: int, last: int) -> list[Lean]:
        row, end = ticks.first_row + first * ticks.rows, ticks.first_row + last * ticks.rows
        found: list[Lean] = []
        values, since = self._values(row, end), row
        for tick in range(first, last):
            at = ticks.first_row + tick * ticks.rows
            for k in range(at, at + ticks.rows):
                if values is None:
                    break
                excursion = self._moves.step(k, values[k - since])
                if excursion is not None:
                    lean = self._lean(excursion)
                    found += [] if lean is None else [lean]
                if self._turned_way(k, excursion):
                    values, since = self._values(k + 1, end), k + 1
            if self._stood(ticks, tick, at + ticks.rows):
                since = at + ticks.rows
                values = self._values(since, end)
        return found

    def _values(self, row: int, end: int) -> list[float] | None:
        """Signed lean (deg) of rows up to `end`; None while nobody stands upright."""
        if self._upright is None:
            return None
        tilt = tilt_deg(self._history.up(row, end), self._upright)
        if self._way is None:
            return list(np.sqrt(tilt[:, 0] ** 2 + tilt[:, 1] ** 2).tolist())
        return list((tilt[:, 0] * self._way[0] + tilt[:, 1] * self._way[1]).tolist())

    def _turned_way(self, row: int, excursion: Excursion | None) -> bool:
        """Whether the direction of leaning, which the signal is seen along, is another from the next row on."""
        if self._way is None and self._moves.out and self._upright is not None:
            tilt = tilt_deg(self._history.up(row, row + 1), self._upright)[0]
            self._way = tilt / np.sqrt(tilt[0] ** 2 + tilt[1] ** 2)
            return True
        if excursion is not None and not self._sure:
            self._way = None
            return True
        return False

    def _stood(self, ticks: Ticks, tick: int, row: int) -> bool:
        """Take the stance of this tick as upright where it is one; whether that changed anything."""
        if ticks.busy[tick]:
            changed, self._upright, self._quiet_ticks = self._upright is not None, None, 0
            return changed
        if not ticks.quiet[tick]:
            self._quiet_ticks = 0
            return False
        self._quiet_ticks += 1
        posture = ticks.posture[tick]
        if self._upright is None:
            self._begin(posture, row)
            return True
        away = tilt_deg(posture[None, :], self._upright)[0]
        off_deg = float(np.sqrt(away[0] ** 2 + away[1] ** 2))
        kept = self._quiet_ticks * ticks.rows > MOVED_S * self._rate_hz
        if off_deg > LARGEST_DEG or (kept and off_deg > SHIFT_DEG):
            self._begin(posture, row)
            return True
        if self._moves.out or (self._sure and off_deg <= SHIFT_DEG):
            return False
        return self._settle(posture, off_deg, row)

    def _settle(self, posture: FloatArray, off_deg: float, row: int) -> bool:
        """The last stance before the first lean is upright, and so is one that has clearly shifted."""
        assert self._upright is not None
        if self._sure:
            self._shift(posture)
        else:
            self._upright, self._way = posture, None
        self._moves.restart()
        return True

    def _shift(self, posture: FloatArray) -> None:
        """Another upright, and the same direction of leaning in its axes."""
        assert self._upright is not None
        if self._way is not None:
            first, second = axes_across(self._upright)
            way = self._way[0] * first + self._way[1] * second
            first, second = axes_across(posture)
            turned = np.array([(way * first).sum(), (way * second).sum()])
            self._way = turned / np.sqrt((turned**2).sum())
        self._upright = posture

    def _begin(self, posture: FloatArray, row: int) -> None:
        self._upright, self._way, self._sure, self._last_end_row = posture, None, False, row
        self._moves = Excursions(self._rate_hz, SMALLEST_DEG, -0.5 * SMALLEST_DEG)

    def _lean(self, found: Excursion) -> Lean | None:
        """The lean that an excursion was, None where it was none."""
        assert self._upright is not None
        oldest = max(self._history.oldest(found.known_row), self._last_end_row)
        first = max(oldest, found.start_row - round(self._rate_hz))
        end = found.known_row + 1
        if found.peak_row <= first + 1:
            return None
        t_s, acc, up = (part(first, end) for part in (self._history.t_s, self._history.acc_m_s2, self._history.up))
        if self._lever_m is not None:
            up = up_of_pendulum(acc, self._rate_hz, self._lever_m)
        tilt = tilt_deg(up, self._upright)
        start, peak, back = (max(row - first, 0) for row in (found.start_row, found.peak_row, found.end_row))
        way = tilt[peak] - tilt[start]
        way = way / (np.sqrt((way**2).sum()) or 1.0)
        along = tilt[:, 0] * way[0] + tilt[:, 1] * way[1]
        inside = along[start : back + 1]
        peak = start + int(inside.argmax())
        range_deg = float(along[peak] - along[start])
        lean_deg = float(np.sqrt((tilt[peak] ** 2).sum()))
        smallest = max(SMALLEST_DEG, SMALLEST_SHARE * (self._moves.usual or 0.0))
        if not (smallest <= range_deg <= LARGEST_DEG and start < peak < back) or self._other_way(way):
            return None
        instants = find_instants(t_s, along, start, peak, back)
        if instants.above_half_s < SHORTEST_S or _roughness(acc[start : back + 1]) > ROUGH_M_S2:
            return None
        self._moves.accept(range_deg)
        self._way, self._sure = way, True
        self._last_end_row = found.end_row
        return Lean(instants, lean_deg, range_deg, self._history.has_gap(found.start_row, found.end_row + 1))

    def _other_way(self, way: FloatArray) -> bool:
        if not self._sure or self._way is None:
            return False
        return float((way * self._way).sum()) < OTHER_WAY_COS


def _roughness(acc: FloatArray) -> float:
    """RMS of |a| about its mean (m/s²)."""
    x, y, z = acc[:, 0], acc[:, 1], acc[:, 2]
    size = np.sqrt(x * x + y * y + z * z)
    return float(size.std())
