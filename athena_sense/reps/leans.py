"""Leans of the trunk away from its own upright, and back."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import component, length, unit
from athena_sense.reps.edges import in_a_row
from athena_sense.reps.excursions import Excursion, Excursions
from athena_sense.reps.history import History
from athena_sense.reps.out_and_back import OutAndBack, find_instants
from athena_sense.reps.stances import QUIET_S, Stances, Ticks
from athena_sense.reps.tilting import PendulumStage, angle_deg, tilt_deg, up_of_pendulum
from athena_sense.reps.upright import SMALLEST_DEG, Upright
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

LARGEST_DEG = 50.0
"""Nobody leans further about the ankles, or is upright at the waist: picking up the weights is no lean."""
SMALLEST_SHARE = 0.15
"""Less than this share of the usual lean is sway or a shift of the feet. Half-hearted leans are a third or more."""
SHORTEST_S = 0.4
"""Above half of its height for less: a step's lurch or a breath. A quick lean of a second (half up, half down, minimum
jerk) stays above half for half a second."""
ROUGH_M_S2 = 1.0
"""RMS of what moves the sensor along the length of the body: up and down in walking (1.1 and more), the pull outwards
in a lean (20° in 0.7 s at the chest: 0.4), and up to 0.8 where its wearer trembles."""
SHIFT_DEG = 4.0
"""A stance this far from upright is another posture, and upright from now on; coming back a little short is less."""
MOVED_S = 6.0
"""A lean kept for longer without coming back is a new posture: holds last a count of three to five."""
STEADY_S, STEADY_DEG = 3.0, 1.0
"""A lean of 4° that takes four seconds passes for quiet nearly throughout, but not for where its wearer stood three
seconds before. Sway (0.3–0.5° RMS) and creeping, by degrees a minute, do."""
SAME_DEG = 0.5 * SMALLEST_DEG
"""A stance so near another is the same: means of a second of sway differ by up to a degree."""
PAST_SHARE = 0.2
"""What goes past upright by more of its height has not come back. Slowing down at upright looks so by up to a sixth
without a gyroscope (12–16° in 0.7 s, of a sensor 1.3 m above the ankles)."""
OTHER_WAY_COS = 0.5
"""A lean more than 60° off the usual direction is something else: an overshoot, a look aside."""
LEVER_M, LEVERS_M = 0.8, (0.4, 1.3)
"""Height of a sensor on the trunk over the joint that the body leans about: 0.4 m over the hips, 1.3 m over the ankles
(Winter 2009, segment lengths). Without a gyroscope a quick lean is told by it, and …"""
DOUBT_DEG = 1.5
"""… is not measured where the two would tell leans that lie further than this from each other's middle."""
WALK_S = 3.0
"""Walking is told from the last three seconds: quick leans one after the other are as busy, but not as rough."""
LOOK_TICKS = 5
"""… which are looked at twice a second: often enough for what lasts for seconds."""
BLOCK_TICKS = 64
"""So many ticks are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Lean:
    """One lean: its instants, how far it went from upright and from its start (deg; `lean_deg` None where a gyroscope
    would be needed to tell it), and whether samples are missing inside."""

    instants: OutAndBack
    lean_deg: float | None
    range_deg: float
    interrupted: bool


@dataclass(frozen=True, slots=True)
class _Stands:
    """What is known of ticks whatever is being followed, (m,) each: how many have been quiet in a row, whether they are
    where the body stays, whether that was long enough for a new posture, the row at which the last stance ended, and
    whether walking may have ended it since.
    """

    ticks: Ticks
    run: npt.NDArray[np.intp]
    steady: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.bool_]
    stood_row: npt.NDArray[np.intp]
    busy: npt.NDArray[np.bool_]
    goes_on: bool
    """Whether the body has been staying where it is since before the first of these ticks."""
    before: FloatArray
    """Sum of the levels (3,) of the stance that was under way before."""

    def begins(self, part: slice) -> npt.NDArray[np.bool_]:
        """Whether a body comes to stay where it is, or is found there when its ticks are first looked at."""
        steady = self.steady[part]
        before = np.concatenate((self.steady[part.start - 1 : part.start], steady))[: steady.shape[0]]
        return steady & ~before if part.start else np.concatenate((steady[:1], steady[1:] & ~steady[:-1]))

    def levels(self, tick: int) -> FloatArray:
        """Sum (3,) of the levels of the stance until `tick`, one after the other: the same for any cut."""
        first = tick + 1 - int(self.run[tick])
        rows = self.ticks.level[max(first, 0) : tick + 1]
        rows = np.concatenate((self.before[None, :], rows)) if first < 0 else rows
        return np.asarray(np.cumsum(rows, axis=0)[-1]) if rows.shape[0] else self.before


class Leans:
    """Motion → Lean, for any cut. Armed by a stance, disarmed by walking."""

    def __init__(self, rate_hz: float, *, has_gyroscope: bool) -> None:
        self._rate_hz = rate_hz
        self._pendulum = None if has_gyroscope else PendulumStage(rate_hz, LEVER_M)
        self._history = History(rate_hz)
        self._stances = Stances(rate_hz)
        self._levels = np.array([0.0, 0.0, 1.0])
        self._upright: Upright | None = None
        self._other: Upright | None = None
        """Where its wearer stood since, before the first lean: a stance that has shifted, or the top of a slow lean."""
        self._since_row, self._toward = 0, self._levels
        """From which row on, and which way (3,) that is from upright."""
        self._stays: Literal["upright", "other"] | None = None
        """Which of them the stance under way is, before the first lean."""
        self._way: FloatArray | None = None
        """Which way leans go; None before the first."""
        self._quiet_ticks = self._steady_ticks = self._stood_row = 0
        self._levels_before: FloatArray | None = None
        self._last_end_row = 0

    def feed(self, motion: Motion) -> list[Lean]:
        """The leans that these rows complete."""
        return self._seen(motion if self._pendulum is None else self._pendulum.feed(motion))

    def finish(self) -> list[Lean]:
        """The leans that the end completes: one that did not come back is none."""
        return [] if self._pendulum is None else self._seen(self._pendulum.finish())

    def _seen(self, motion: Motion) -> list[Lean]:
        if len(motion) == 0:
            return []
        self._history.append(motion)
        found = self._followed(self._stances.feed(motion))
        self._history.forget()
        return found

    def _followed(self, ticks: Ticks) -> list[Lean]:
        if ticks.quiet.shape[0] == 0:
            return []
        stands = self._stands(ticks)
        row, found = ticks.first_row, []
        while row < ticks.end_row:
            end = ticks.first_row + (self._next_change(stands, (row - ticks.first_row) // ticks.rows) + 1) * ticks.rows
            row, lean = (end, None) if self._upright is None else self._follow(end, self._upright)
            found += [] if lean is None else [lean]
            if (row - ticks.first_row) % ticks.rows == 0:
                row = self._stood(stands, (row - ticks.first_row) // ticks.rows - 1)
        self._quiet_ticks, self._stood_row = int(stands.run[-1]), int(stands.stood_row[-1])
        self._levels = stands.levels(ticks.quiet.shape[0] - 1)
        return found

    def _stands(self, ticks: Ticks) -> "_Stands":
        at, run = np.arange(ticks.quiet.shape[0]), in_a_row(ticks.quiet, self._quiet_ticks)
        span = round(STEADY_S * self._rate_hz / ticks.rows)
        # By the level, for the inclination wanders with the gyroscope's bias.
        before = np.repeat(ticks.level[:1], span, axis=0) if self._levels_before is None else self._levels_before
        levels = np.concatenate((before, ticks.level))
        self._levels_before = levels[-span:].copy()
        away = ticks.level - levels[:-span]
        stays = (run <= span) | ((away * away).sum(axis=1) < (STEADY_DEG / DEG_PER_RAD) ** 2)
        steady = ticks.quiet & stays
        ends = ticks.first_row + (at + 1) * ticks.rows
        stood_row = np.maximum.accumulate(np.where(ticks.quiet, ends, self._stood_row))
        busy = ~ticks.quiet & ticks.busy & (ends - stood_row >= WALK_S * self._rate_hz)
        busy &= ends // ticks.rows % LOOK_TICKS == 0
        since = in_a_row(steady, self._steady_ticks)
        kept = (run * ticks.rows > MOVED_S * self._rate_hz) & (
            since * ticks.rows > (MOVED_S - STEADY_S) * self._rate_hz
        )
        goes_on, self._steady_ticks = bool(self._steady_ticks and steady[0]), int(since[-1])
        return _Stands(ticks, run, steady, kept, stood_row, busy, goes_on, self._levels)

    def _next_change(self, stands: "_Stands", tick: int) -> int:
        """The first of the next ticks that changes what is upright, or the last one that was looked at."""
        part = slice(tick, tick + BLOCK_TICKS)
        change, upright = stands.ticks.quiet[part], self._upright
        if upright is not None and change.any():
            off_deg = angle_deg(stands.ticks.posture[part], upright.posture)
            if self._way is None:
                off_deg = angle_deg(stands.ticks.level[part], upright.level)
                moved = stands.kept[part] & (off_deg > SAME_DEG) | stands.begins(part)
            else:
                moved = (off_deg > SHIFT_DEG) & (stands.kept[part] | (not upright.moves.out))
            change = change & (moved | (off_deg > LARGEST_DEG))
        at = int(change.argmax())
        last = tick + (at if change[at] else change.shape[0] - 1)
        walked = (one for one in np.flatnonzero(stands.busy[tick:last]).tolist() if self._walked(stands, tick + one))
        return tick + next(walked, last - tick)

    def _walked(self, stands: "_Stands", tick: int) -> bool:
        """Whether the stance before this tick is over."""
        if self._upright is None or not stands.busy[tick]:
            return False
        end = stands.ticks.first_row + (tick + 1) * stands.ticks.rows
        if end <= self._upright.calm_row:
            return False
        first = end - round(WALK_S * self._rate_hz)
        off_deg = angle_deg(self._history.up(first, end), self._upright.posture)
        if _roughness(self._history.acc_m_s2(first, end), self._upright.level, off_deg) > ROUGH_M_S2:
            return True
        self._upright.calm_row = end
        return False

    def _follow(self, end: int, upright: Upright) -> tuple[int, Lean | None]:
        """The row up to which the rows before `end` were followed, and the lean that ended there."""
        other = self._other
        moved = None if other is None else other.follow(end, None)
        end = end if other is None or moved is None else other.row
        while upright.row < end:
            if self._other is None:
                excursion = upright.follow(end, self._way)
            else:
                # Whether it comes back to upright, or goes on through it, shows along the way between the two.
                excursion = upright.follow(end, self._toward, -LARGEST_DEG)
            lean = None if excursion is None else self._lean(excursion, upright)
            if lean is not None:
                self._other = None
                return upright.row, lean
        if other is None or moved is None:
            return end, None
        lean = self._lean(moved, other)
        if lean is not None:
            self._upright, self._other = other, None
        return end, lean

    def _stood(self, stands: "_Stands", tick: int) -> int:
        """Take the stance of this tick as upright where it is one; the row from which on the signal is followed."""
        ticks, row = stands.ticks, stands.ticks.first_row + (tick + 1) * stands.ticks.rows
        if self._walked(stands, tick):
            self._upright = self._other = None
        if not ticks.quiet[tick]:
            return row
        upright, way = self._upright, self._way
        off_deg = LARGEST_DEG if upright is None else self._off_deg(ticks, tick, upright)
        is_new = stands.kept[tick] and off_deg > (SAME_DEG if way is None else SHIFT_DEG)
        if upright is None or off_deg > LARGEST_DEG or is_new:
            self._way, self._last_end_row, self._stays = None, row, "upright"
        elif way is not None:
            if off_deg > SHIFT_DEG and not upright.moves.out:
                upright.moves.restart()
                self._upright = self._settled(stands, tick, upright.moves)
            return row
        elif not stands.steady[tick] or (tick and stands.steady[tick - 1]):
            return row  # no stance, or one that is known already
        elif tick or not stands.goes_on:
            is_other = off_deg > SAME_DEG and upright.is_sure
            stance = self._other if is_other else upright
            goes_on = stance is not None and stance.moves.out
            self._stays = None if goes_on else "other" if is_other else "upright"
            if self._stays == "other":
                self._since_row, self._toward = row, unit(upright.level_deg(ticks.level[tick]))
        # Until the first lean the last stance counts, and nothing begins while it lasts.
        later = ~stands.steady[tick + 1 :]
        last = tick + (int(later.argmax()) if later.any() else later.shape[0])
        if self._stays == "upright":
            self._upright, self._other = self._settled(stands, last), None
            return self._upright.row
        if self._stays == "other":
            self._other = self._settled(stands, last)
        return row

    def _off_deg(self, ticks: Ticks, tick: int, upright: Upright) -> float:
        """Angle (deg) of a quiet tick to upright; before the first lean also of its level, as in `_stands`."""
        off_deg = float(angle_deg(ticks.posture[tick : tick + 1], upright.posture)[0])
        level_deg = float(angle_deg(ticks.level[tick : tick + 1], upright.level)[0])
        return off_deg if self._way is not None else max(off_deg, level_deg)

    def _settled(self, stands: "_Stands", tick: int, moves: Excursions | None = None) -> Upright:
        """Upright as in the stance of this tick; what leaves it is followed from there on.

        What begins slowly passes for quiet at first: the low that it leaves lies within the quiet second before.
        """
        ticks, row = stands.ticks, stands.ticks.first_row + (tick + 1) * stands.ticks.rows
        moves = moves or Excursions(self._rate_hz, SMALLEST_DEG)
        first = max(row - round(QUIET_S * self._rate_hz), self._last_end_row)
        upright = Upright(
            self._history,
            ticks.posture[tick],
            unit(stands.levels(tick)),
            moves,
            first_row=first,
            is_sure=bool(stands.run[tick] * ticks.rows >= QUIET_S * self._rate_hz),
        )
        upright.follow(row, self._way)
        return upright

    def _lean(self, found: Excursion, upright: Upright) -> Lean | None:
        """The lean that an excursion was, None where it was none."""
        oldest = max(self._history.oldest(found.known_row), self._last_end_row)
        first = max(oldest, found.start_row - round(self._rate_hz))
        end = found.known_row + 1
        if found.peak_row <= first + 1:
            return None
        t_s, acc = self._history.t_s(first, end), self._history.acc_m_s2(first, end)
        start, peak, back = (max(row - first, 0) for row in (found.start_row, found.peak_row, found.end_row))
        tilt = upright.tilt_deg.rows(first, end)
        if self._pendulum is None:
            tilt = _mended(tilt, upright.felt_deg.rows(first + start, first + back + 1), start, back)
        way = unit(tilt[peak] - tilt[start])
        along = component(tilt, way)
        inside = along[start : back + 1]
        peak = start + int(inside.argmax())
        range_deg = float(along[peak] - along[start])
        lean_deg = None if self._doubtful(acc, peak, upright.level) else float(length(tilt[peak : peak + 1])[0])
        smallest = max(SMALLEST_DEG, SMALLEST_SHARE * (upright.moves.usual or 0.0))
        if not (smallest <= min(range_deg, along[peak]) and range_deg <= LARGEST_DEG and start < peak < back):
            return None
        if self._other_way(way):
            return None
        if self._other is not None and self._is_shift(found, upright, tilt[[peak, back]], float(along[back])):
            return None
        if _roughness(acc[start : back + 1], upright.level, inside) > ROUGH_M_S2:
            return None
        instants = find_instants(t_s, along, start, peak, back, SHORTEST_S)
        if instants is None:
            return None
        upright.moves.accept(range_deg)
        self._way = way
        self._last_end_row = found.end_row
        return Lean(instants, lean_deg, range_deg, self._history.has_gap(found.start_row, found.end_row + 1))

    def _doubtful(self, acc: FloatArray, peak: int, level: FloatArray) -> bool:
        """Whether the height of this lean depends on an unknown lever too much."""
        if self._pendulum is None:
            return False
        ups = [up_of_pendulum(acc, self._rate_hz, lever_m)[peak] for lever_m in LEVERS_M]
        tilts = length(tilt_deg(np.stack(ups), level))
        return bool(abs(tilts[1] - tilts[0]) > 2.0 * DOUBT_DEG)

    def _is_shift(self, found: Excursion, upright: Upright, tilts: FloatArray, end_deg: float) -> bool:
        """Whether an excursion, with tilts (2, 3) at its height and its end and this end along its way (deg), led to or
        came from where the body stood since.

        A shift of the stance comes back to there, or goes on through upright into a lean from there. From the top of a
        slow lean, the way back ends at upright.
        """
        if self._upright is None or self._other is None:
            return False
        elsewhere = self._other if upright is self._upright else self._upright
        off_deg, away_deg = length(tilts), length(tilts - upright.level_deg(elsewhere.level))
        if upright is self._upright:
            stood_there = self._since_row <= found.peak_row and away_deg[1] < off_deg[1]
            return bool(stood_there or end_deg < -max(SMALLEST_DEG, PAST_SHARE * off_deg[0]))
        if away_deg[0] < SMALLEST_DEG:
            self._other = None
        return bool(away_deg[0] < SMALLEST_DEG)

    def _other_way(self, way: FloatArray) -> bool:
        return self._way is not None and float(way @ self._way) < OTHER_WAY_COS


def _mended(tilt: FloatArray, slow: FloatArray, low: int, back: int) -> FloatArray:
    """(n, 3) tilt from the gyroscope, moved by what it is off on average from `slow`, between the two lows of a lean.

    Its inclination is quick, but wanders by degrees after walking and with the gyroscope's bias. Acceleration is right
    on average from low to low, whatever its lever: what speeding up adds, slowing down takes away.
    """
    off = np.add.reduce(slow - tilt[low : back + 1], axis=0)
    return np.asarray(tilt + off / max(slow.shape[0], 1))


def _roughness(acc: FloatArray, level: FloatArray, lean_deg: FloatArray) -> float:
    """RMS of what moves along the body's length and is not gravity (m/s²): walking is up and down, a lean is not."""
    moving = component(acc, level) - STANDARD_GRAVITY_M_S2 * np.cos(lean_deg / DEG_PER_RAD)
    moving -= np.add.reduce(moving) / moving.shape[0]
    moving *= moving
    return float(np.sqrt(np.add.reduce(moving) / moving.shape[0]))
