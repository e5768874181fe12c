"""Squats from a sensor on the trunk: counted by the raise, which is the brisk part, and measured from stand to stand.

A trunk may hardly lean, and may be lowered so slowly that nothing shows in its speed: 5 cm in 5 s are 1 cm/s. The
raise does show: 4 cm and more in 0.6 to 3 s are 3 cm/s and more, and back to rest.
"""

from statistics import median

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.dsp.activity import REST_S
from athena_sense.dsp.motion import Motion
from athena_sense.reps.arc import tilt_deg
from athena_sense.reps.arming import Arming
from athena_sense.reps.history import History
from athena_sense.reps.squat_phases import Seen, SquatRep, measure
from athena_sense.reps.ups_and_downs import HALF_WINDOW_S, Run, UpsAndDowns

SMALLEST_RISE_M = 0.012
"""What is left of a rise of 4 cm in 2.5 s; sway rises by some millimetres."""
SHORTEST_RAISE_S, LONGEST_RAISE_S = 0.4, 4.0
"""Nobody rises from a squat in less, faster than a twentieth of the largest speed; a step lifts for 0.25 to 0.36 s."""
STEP_S, STEP_M_S, STEPS = 0.42, 0.1, 2
"""Two upward movements as short as that, and as fast (2 cm twice a second reach 0.25 m/s), are steps."""
USUAL_SHARE = 0.35
"""Less than this share of the usual speed, or depth, is no squat among squats."""
FAST_SHARE = 0.7
"""Raises of one set are as fast as each other, to within this share."""
REMEMBERED = 9
"""The usual is the median of so many reps: it follows a tiring athlete."""
LONGEST_DOWN_S = 18.0
"""A slow lowering, and a hold; whoever stands for longer begins afresh."""
UPRIGHT_SHARE, UPRIGHT_DEG = 0.2, 1.5
"""A trunk that stands leans by less than this share of its largest lean, and its sway."""
BACK_SHARE = 0.35
"""After a rep it leans from its posture before by no more than this share of its largest lean, and both sways."""
LEFT_OF_DROP = 0.3
"""A drop that takes 3.5 s keeps so much of its way about the mean over 5 s: 1 − T/2W."""
LEANS_DEG = 3.0
"""A trunk that leans further than twice its sway shows in its lean when it left its stand."""
STOOD_S = 0.5
"""Standing before the lowering is looked at for so long, and for half as long as the lowering took."""
AFTER_S = 0.4
"""So long after the rise a trunk may still come upright."""


class TrunkSquats:
    """Motion → SquatRep, for any cut; each is told `HALF_WINDOW_S` after it was over, the first twice as late."""

    def __init__(self, rate_hz: float, smallest_deg: float, largest_deg: float) -> None:
        """`smallest_deg`, `largest_deg`: of lean and height together, see `squat_phases`."""
        self._rate_hz, self._limits = rate_hz, (smallest_deg, largest_deg)
        self._history = History(rate_hz)
        self._moves = UpsAndDowns(rate_hz)
        self._reach = round(HALF_WINDOW_S * rate_hz)
        self._longest = round((LONGEST_DOWN_S + LONGEST_RAISE_S) * rate_hz)
        self._arming = Arming(rate_hz, large_movement=True)
        self._armed = [(0, True)]
        self._stood_row: float = np.inf
        self._downs: list[Run] = []
        self._raises: list[Run] = []
        self._steps: list[int] = []
        self._usual: list[tuple[float, float]] = []
        self._end_s, self._end_row, self._upright_row = -np.inf, 0, 0

    def feed(self, motion: Motion) -> list[SquatRep]:
        """The reps that these rows complete."""
        if len(motion) == 0:
            return []
        self._history.append(motion)
        for change in self._arming.feed(motion):
            # Before that, a stream that has just begun seems to rest.
            if change.to != "disarmed" and change.row >= REST_S * self._rate_hz:
                self._stood_row = min(self._stood_row, change.row)
            if change.to != "rested":
                self._armed.append((change.row, change.to == "armed"))
        reps = [rep for run in self._moves.feed(motion) for rep in self._sorted(run)]
        since = self._armed_at(self._history.oldest(self._moves.row))
        self._armed = [since, *(one for one in self._armed if one > since)]
        self._history.forget()
        return reps

    def finish(self) -> list[SquatRep]:
        """The reps that the end of the stream completes."""
        reps = [rep for run in self._moves.finish() for rep in self._sorted(run)]
        return reps + self._told(self._history.end + self._reach + 1)

    def _sorted(self, run: Run) -> list[SquatRep]:
        """Sort a movement into downs, steps and raises; the reps that are certain with it."""
        seconds = (run.last - run.first + 1) / self._rate_hz
        oldest = run.last - self._longest
        if run.rise_m < 0.0:
            self._downs = [*(one for one in self._downs if one.last >= oldest), run]
        elif seconds < STEP_S and run.peak_m_s > STEP_M_S:
            self._steps = [*(row for row in self._steps if row >= oldest), run.first]
        elif run.rise_m >= SMALLEST_RISE_M and SHORTEST_RAISE_S <= seconds <= LONGEST_RAISE_S:
            self._raises.append(run)
        return self._told(run.known_row)

    def _told(self, known: int) -> list[SquatRep]:
        """The reps that are certain by row `known`: until the usual is known, what follows tells them from an echo."""
        reps: list[SquatRep] = []
        while self._raises and (self._usual or known > self._raises[0].last + self._reach):
            rep = self._rep(self._raises.pop(0))
            reps += [] if rep is None else [rep]
        return reps

    def _rep(self, raising: Run) -> SquatRep | None:
        """The rep that ends with this raise, where it is one."""
        if self._is_echo(raising):
            return None
        steps = sum(self._end_row < row < raising.last for row in self._steps)
        walking = steps >= STEPS and not self._armed_at(raising.last)[1]
        if walking or raising.first - self._end_row > LONGEST_DOWN_S * self._rate_hz:
            self._usual = []
        began, speed_m_s, depth_deg = self._end_row, 0.0, 0.0
        if self._usual:
            speed_m_s, depth_deg = (median(values) for values in zip(*self._usual, strict=True))
        else:
            # A stream may begin with a walk, or with a squat.
            if walking or (raising.last < self._stood_row and not self._armed_at(raising.last + self._reach)[1]):
                return None
            began = max([began, *(row for row in self._steps if row < raising.first)])
        if raising.peak_m_s < USUAL_SHARE * speed_m_s:
            return None
        self._upright_row = 0
        rep = self._measured(raising, began)
        if rep is None or rep.depth_deg < USUAL_SHARE * depth_deg:
            # What was no squat, but as fast, ended in a stand.
            if rep is None and self._usual and raising.peak_m_s > FAST_SHARE * speed_m_s:
                self._end_row = max(self._end_row, self._upright_row)
            return None
        self._usual = [*self._usual[1 - REMEMBERED :], (raising.peak_m_s, rep.depth_deg)]
        self._end_s, self._end_row = rep.raise_end_s, self._upright_row
        return rep

    def _armed_at(self, row: int) -> tuple[int, bool]:
        """The last change by row `row`, and whether nobody walks since."""
        return max(change for change in self._armed if change[0] <= row)

    def _is_echo(self, raising: Run) -> bool:
        """Whether this rise may be what the mean over the window makes of a drop beside it.

        A drop by D moves the mean by D/2W, and `LEFT_OF_DROP` of D at least is left of the drop itself.
        """
        first, last = raising.first - self._reach, raising.last + self._reach
        before_m = -sum(run.rise_m for run in self._downs if first < run.last < raising.first)
        after_m = -sum(run.rise_m for run in self._downs if raising.last < run.first < last)
        return raising.peak_m_s < max(before_m, after_m) / (2.0 * LEFT_OF_DROP * HALF_WINDOW_S)

    def _measured(self, raising: Run, began: int) -> SquatRep | None:
        """The rep that ends with this raise, and began after row `began`; None where there is none."""
        end = min(raising.last + 1 + round(AFTER_S * self._rate_hz), self._history.end)
        oldest = max(began, raising.first - round(LONGEST_DOWN_S * self._rate_hz), self._history.oldest(end))
        stand = self._stand(raising, oldest)
        if raising.first - stand < SHORTEST_RAISE_S * self._rate_hz:
            return None
        walked_to = raising.last if self._usual else raising.last + self._reach
        if sum(stand <= row < walked_to for row in self._steps) >= STEPS or self._stays_leant(stand, raising.last):
            return None
        self._upright_row = self._upright(stand, raising.last, end)
        first = max(self._history.oldest(end), stand - round(self._rate_hz))
        seen = Seen(
            t_s=self._history.t_s(first, end),
            acc_m_s2=self._history.acc_m_s2(first, end),
            up=self._history.up(first, end),
            gyr_rad_s=self._history.gyr_rad_s(first, end),
            stand=stand - first,
            bottom=raising.first - first,
            end=self._upright_row - first,
            gap=self._history.has_gap(stand, end),
        )
        rep = measure(seen, self._end_s, *self._limits, sinks=True)
        return None if rep == "swing" else rep

    def _stand(self, raising: Run, oldest: int) -> int:
        """A row at which the trunk stood before it was lowered, from row `oldest` on."""
        # The echo of the raise is no lowering.
        echo_m_s = raising.rise_m / HALF_WINDOW_S
        downs = (run for run in self._downs if oldest <= run.last < raising.first and run.peak_m_s > echo_m_s)
        left = max((run.first for run in downs), default=oldest)
        up = self._history.up(oldest, raising.last + 1)
        tilt = tilt_deg(up, up[-1])[: raising.first + 1 - oldest]
        if tilt.max(initial=0.0) > LEANS_DEG:
            upright = np.flatnonzero(tilt <= UPRIGHT_SHARE * tilt.max() + UPRIGHT_DEG)
            left = min(left, oldest + (int(upright[-1]) if upright.shape[0] else 0))
        return max(oldest, left - (raising.first - left) // 2 - round(STOOD_S * self._rate_hz))

    def _upright(self, stand: int, row: int, end: int) -> int:
        """The last row from `row` to `end` at which the trunk is near its posture at row `stand`."""
        up = self._history.up(stand, end)
        tilt = tilt_deg(up[row - stand :], up[0])
        return row + int(np.flatnonzero(tilt <= tilt.min() + UPRIGHT_DEG)[-1])

    def _stays_leant(self, stand: int, last: int) -> bool:
        """Whether the trunk does not come back to its posture at row `stand` about row `last`, where that is known."""
        end = last + 1 + round(AFTER_S * self._rate_hz)
        if end > self._history.end:
            return False
        up: FloatArray = self._history.up(stand, end)
        tilt = tilt_deg(up, up[0])
        return bool(tilt[last - stand :].min() > BACK_SHARE * tilt.max() + 2.0 * UPRIGHT_DEG)
