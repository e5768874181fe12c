"""Squats from a sensor on the trunk: counted by the raise, which is the brisk part, and measured from stand to stand.

A trunk may hardly lean, and may be lowered so slowly that nothing shows in its speed: 5 cm in 5 s are 1 cm/s. The
raise does show: 4 cm and more in 0.6 to 3 s are 3 cm/s and more, and back to rest.
"""

from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import REST_S
from athena_sense.dsp.centred_fir import CentredFir, velocity_taps
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arming import Arming
from athena_sense.reps.history import History
from athena_sense.reps.squat_phases import Seen, SquatRep, measure
from athena_sense.units import DEG_PER_RAD, STANDARD_GRAVITY_M_S2

HALF_WINDOW_S = 2.5
"""Velocity is taken about its mean over ±2.5 s: a raise of 2.5 s keeps its shape, and the sensor's bias is gone."""
SMALLEST_RISE_M = 0.012
"""What is left of a rise of 4 cm in 2.5 s; sway rises by some millimetres."""
SHORTEST_RAISE_S, LONGEST_RAISE_S = 0.4, 4.0
"""Nobody rises from a squat in less, and a step lifts the trunk for 0.25 to 0.3 s."""
EDGE_SHARE = 0.05
"""A minimum-jerk raise moves faster than a twentieth of its peak speed for 89 % of its duration."""
USUAL_SHARE = 0.35
"""Less than this share of the usual speed, or depth, is no squat among squats."""
REMEMBERED = 9
"""The usual is the median of so many reps: it follows a tiring athlete."""
DROP_SHARE = 0.2
"""A downward movement of less than this share of the rise is a part of a slow lowering."""
LONGEST_DOWN_S = 18.0
"""A slow lowering, and a hold."""
UPRIGHT_SHARE, UPRIGHT_DEG = 0.2, 1.5
"""A trunk that stands leans by less than this share of its largest lean, and its sway."""
BACK_SHARE = 0.35
LARGEST_ERROR_M_S2 = 0.5
LEANS_DEG = 3.0
"""A trunk that leans further shows in its lean when it left its stand."""
STOOD_S = 0.5
"""Standing before the lowering is looked at for so long, and for half as long as the lowering took."""
STEP_S, STEP_M_S, STEPS = 0.42, 0.1, 2
KEPT = 100
AFTER_S = 0.4
"""So long after the rise a trunk may still come upright."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows `first` … `last` in which the trunk moves up, or down (`rise_m` negative)."""

    first: int
    last: int
    rise_m: float
    peak_m_s: float


class TrunkSquats:
    """Motion → SquatRep, for any cut; each is told `HALF_WINDOW_S` after it was over, the first twice as late."""

    def __init__(self, rate_hz: float, smallest_deg: float, largest_deg: float) -> None:
        """`smallest_deg`, `largest_deg`: of lean and height together, see `squat_phases`."""
        self._rate_hz, self._limits = rate_hz, (smallest_deg, largest_deg)
        self._history = History(rate_hz)
        self._arming = Arming(rate_hz, large_movement=True)
        self._stood = np.inf
        self._changes: list[tuple[int, bool]] = [(0, True)]
        self._velocity = CentredFir(velocity_taps(HALF_WINDOW_S, rate_hz))
        self._reach = round(HALF_WINDOW_S * rate_hz)
        self._row = -1
        self._last_m_s2: float | None = None
        self._under_way: list[float] = []
        self._downs: list[_Run] = []
        self._raises: list[_Run] = []
        self._steps: list[int] = []
        self._usual: list[tuple[float, float]] = []
        self._end_s, self._end_row = -np.inf, 0

    def feed(self, motion: Motion) -> list[SquatRep]:
        """The reps that these rows complete."""
        if len(motion) == 0:
            return []
        self._history.append(motion)
        for change in self._arming.feed(motion):
            if change.to != "disarmed" and change.row >= REST_S * self._rate_hz:
                self._stood = min(self._stood, change.row)
            if change.to != "rested":
                self._changes = [*self._changes, (change.row, change.to == "armed")]
        acc, up = motion.acc_m_s2, motion.up
        upward = acc[:, 0] * up[:, 0] + acc[:, 1] * up[:, 1] + acc[:, 2] * up[:, 2] - STANDARD_GRAVITY_M_S2
        if self._last_m_s2 is None:
            upward = np.concatenate(([_standing_m_s2(float(upward[0]))], upward))
        self._last_m_s2 = float(upward[-1])
        reps = self._follow(self._velocity.feed(upward[:, None]))
        # The last change before the earliest row that may still be asked for is the state there.
        oldest = self._row - round((LONGEST_DOWN_S + LONGEST_RAISE_S) * self._rate_hz)
        self._changes = [max(c for c in self._changes if c[0] <= max(oldest, 0)), *(c for c in self._changes if c[0] > max(oldest, 0))]
        self._history.forget()
        return reps

    def finish(self) -> list[SquatRep]:
        """The rep that the end of the stream completes."""
        if self._last_m_s2 is None:
            return []
        reps = self._follow(self._velocity.feed(np.full((self._reach, 1), _standing_m_s2(self._last_m_s2))))
        self._close(self._row)
        return reps + self._told(self._row + self._reach + 1)

    def _follow(self, speed_m_s: FloatArray) -> list[SquatRep]:
        """Gather runs of one direction, and tell the reps whose raise they end."""
        if not speed_m_s.shape[0]:
            return []
        speed = speed_m_s[:, 0]
        rises = speed > 0.0
        turns = [0, *(np.flatnonzero(rises[1:] != rises[:-1]) + 1).tolist(), speed.shape[0]]
        reps: list[SquatRep] = []
        for first, end in zip(turns[:-1], turns[1:], strict=True):
            if self._under_way and bool(rises[first]) != (self._under_way[0] > 0.0):
                self._close(self._row + first)
                reps += self._told(self._row + first)
            self._under_way += speed[first:end].tolist()
        self._row += speed.shape[0]
        return reps

    def _close(self, row: int) -> None:
        """The run that ends before `row`."""
        values, self._under_way = np.array(self._under_way), []
        size = np.abs(values)
        peak_m_s = float(size.max(initial=0.0))
        moving = np.flatnonzero(size >= EDGE_SHARE * peak_m_s)
        if not moving.shape[0]:
            return
        first = max(row - values.shape[0], 0)
        run = _Run(first + int(moving[0]), first + int(moving[-1]), float(values.sum()) / self._rate_hz, peak_m_s)
        seconds = (run.last - run.first + 1) / self._rate_hz
        if run.rise_m < 0.0:
            oldest = row - round((LONGEST_DOWN_S + LONGEST_RAISE_S) * self._rate_hz)
            self._downs = [one for one in self._downs if one.last >= oldest] + [run]
        elif seconds < STEP_S and peak_m_s > STEP_M_S:
            self._steps = [*self._steps[-KEPT:], run.first]
        elif run.rise_m >= SMALLEST_RISE_M and SHORTEST_RAISE_S <= seconds <= LONGEST_RAISE_S:
            self._raises.append(run)

    def _told(self, known: int) -> list[SquatRep]:
        """The reps that are certain by row `known`: until the usual is known, what follows tells them from an echo."""
        reps: list[SquatRep] = []
        while self._raises and (self._usual or known > self._raises[0].last + self._reach):
            rep = self._rep(self._raises.pop(0))
            reps += [] if rep is None else [rep]
        return reps

    def _rep(self, raising: _Run) -> SquatRep | None:
        """The rep that ends with this raise, where it is one."""
        if self._is_echo(raising):
            return None
        speed_m_s, depth_deg = (median(values) for values in zip(*self._usual)) if self._usual else (0.0, 0.0)
        began = self._end_row
        if raising.first - self._end_row > LONGEST_DOWN_S * self._rate_hz:
            self._usual = []
        if not self._usual:
            if raising.last < self._stood and not self._armed(raising.last + self._reach):
                return None
            walked = (row for row in self._steps if row < raising.first)
            began = max(began, *walked, 0)
        if raising.peak_m_s < USUAL_SHARE * speed_m_s:
            return None
        rep = self._measured(raising, began)
        if rep is None or rep.depth_deg < USUAL_SHARE * depth_deg:
            return None
        self._usual = [*self._usual[1 - REMEMBERED :], (raising.peak_m_s, rep.depth_deg)]
        self._end_s, self._end_row = rep.raise_end_s, raising.last
        return rep

    def _armed(self, row: int) -> bool:
        """Whether nobody walks at `row`."""
        return max(change for change in self._changes if change[0] <= row)[1]

    def _is_echo(self, raising: _Run) -> bool:
        """Whether this rise may be what the mean over the window makes of a drop beside it.

        A drop by D moves the mean by D/2W, and half of D at least is left of the drop itself.
        """
        beside = [
            -run.rise_m
            for run in self._downs
            if run.last > raising.first - self._reach and run.first < raising.last + self._reach
        ]
        return raising.peak_m_s < max(beside, default=0.0) / HALF_WINDOW_S

    def _measured(self, raising: _Run, began: int) -> SquatRep | None:
        """The rep that ends with this raise, and began after row `began`."""
        end = min(raising.last + 1 + round(AFTER_S * self._rate_hz), self._history.end)
        oldest = max(began, raising.first - round(LONGEST_DOWN_S * self._rate_hz), self._history.oldest(end))
        stand = self._left(raising, oldest)
        if sum(stand <= row < (raising.last if self._usual else raising.last + self._reach) for row in self._steps) >= STEPS:
            return None
        tilt = _tilt_deg(self._history.up(stand, end), self._history.up(stand, stand + 1)[0])
        cut_off = raising.last + 1 + round(AFTER_S * self._rate_hz) > self._history.end
        if not cut_off and tilt[raising.last - stand :].min() > BACK_SHARE * tilt.max() + 2.0 * UPRIGHT_DEG:
            return None
        first = max(self._history.oldest(end), stand - round(self._rate_hz))
        seen = Seen(
            t_s=self._history.t_s(first, end),
            acc_m_s2=self._history.acc_m_s2(first, end),
            up=self._history.up(first, end),
            gyr_rad_s=self._history.gyr_rad_s(first, end),
            stand=stand - first,
            bottom=raising.first - first,
            end=end - 1 - first,
            gap=self._history.has_gap(stand, end),
        )
        rep = measure(seen, self._end_s, *self._limits, sinks=True)
        return None if rep == "swing" else rep

    def _left(self, raising: _Run, oldest: int) -> int:
        """A row before the trunk left its stand, from row `oldest` on."""
        echo_m_s = raising.rise_m / HALF_WINDOW_S
        downs = (run for run in self._downs if oldest <= run.last < raising.first and run.peak_m_s > echo_m_s)
        left = max((run.first for run in downs), default=oldest)
        up = self._history.up(oldest, raising.last + 1)
        tilt = _tilt_deg(up, up[-1])[: raising.first + 1 - oldest]
        if tilt.max(initial=0.0) > LEANS_DEG:
            upright = np.flatnonzero(tilt <= UPRIGHT_SHARE * tilt.max() + UPRIGHT_DEG)
            left = min(left, oldest + (int(upright[-1]) if upright.shape[0] else 0))
        left = max(left, oldest)
        return max(oldest, left - (raising.first - left) // 2 - round(STOOD_S * self._rate_hz))


def _standing_m_s2(upward_m_s2: float) -> float:
    """What a body that stands before the stream, or after it, would show: no more than a sensor's error."""
    return min(max(upward_m_s2, -LARGEST_ERROR_M_S2), LARGEST_ERROR_M_S2)


def _tilt_deg(up: FloatArray, standing: FloatArray) -> FloatArray:
    """(n,) angle between each `up` (n, 3) and `standing` (3,)."""
    d = up - standing
    chord = np.sqrt(d[:, 0] * d[:, 0] + d[:, 1] * d[:, 1] + d[:, 2] * d[:, 2])
    return np.asarray(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)) * DEG_PER_RAD)
