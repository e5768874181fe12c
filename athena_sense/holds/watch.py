"""Watching over a stance: whether a foot has come down, or the body has left its place."""

from dataclasses import dataclass
from math import dist
from typing import Literal

from athena_sense.holds.ticks import WINDOW, Ticks, Vector

TOLD_EVERY = 5
"""Ticks between two looks at what the stance is like: half a second changes little of it."""
LEVEL = 60
"""A stance's own sway is that of six seconds, but for the window that is compared with it, and for its first second,
in which the movement before fades."""
LEAST_LEVEL_M_S2 = 0.05
"""No body sways so little that a change of it should be measured against less (two legs: 0.04–0.10)."""
YOUNG = 30
"""Ticks in which a stance is too young to tell its own sway, for it began with a second that was calm."""
JUMP, AWAY, LEAST_CHANGE_M_S2 = 3.0, 3.8, 0.2
"""A second of so many times the stance's sway, or 0.3 s so many times away from its place, is a movement: of Gaussian
sway, one in thousands. Shifting the weight by 8 cm in 1.5 s takes 0.12 m/s², tilting the pelvis by two degrees 0.3."""
LOST_M_S2 = 1.6
"""No body in balance on one leg moves so, however unsteady it was (deliberate sway of postural_sway: 2.3–4)."""
LEFT = 2.5
"""So many times its sway from its place, the body had left it."""
JOLT_M_S2, JOLT_TIMES = 0.25, 2.5
"""A foot of some kilograms set down at 0.1 m/s gives the trunk 0.3 m/s² over 50 ms; tremor and sensor noise have 0.05.
So many times the jolt that one tick in ten of the stance has, it may be a foot."""
SURE_JOLT_M_S2, SURE_TIMES = 0.6, 6.0
"""Harder than this it is one without more evidence."""
LOUDER, MOVED, CALMER = 1.7, 2.0, 0.45
"""A touch changes the sway or the place that it goes about: a jolt that changes neither was a knock. On two feet the
sway is half to a quarter of what it was on one."""
TOLD_TICKS, CALMER_TICKS = 20, 35
"""The weight is back on both feet within 1.5 s of a touch; how the body sways there shows in up to two seconds."""
HARDER, FALL_TICKS = 1.5, 12
"""A jolt with a harder one behind it was the fall that the foot then stopped; a fall takes less than a second."""
BACK, RECOVERY_TICKS, LONGEST_RECOVERY_TICKS = 1.5, 30, 45
"""So near its place, and swaying as before, a second and a half behind a movement: the body wobbled, and kept its
balance."""
CALMED_TICKS, CALMED, CALMED_FROM_M_S2 = 25, 0.4, 0.1
"""Who sets the free foot down so gently that nothing is felt sways less from then on, and on one leg does not for
2.5 s; less than this is no sway that two feet could halve."""
SETTLING, SETTLING_M_S2, SETTLING_TICKS = 0.3, 0.12, 25
"""A stance that becomes so much quieter within its first seconds began with the end of the movement before."""


@dataclass(frozen=True, slots=True)
class End:
    """The stance has ended at a row; `lost_row`: it had left its place before the foot came down."""

    row: int
    how: Literal["touch", "moved"]
    lost_row: int | None = None


@dataclass(slots=True)
class _Jolt:
    tick: int
    row: int
    size: float


@dataclass(frozen=True, slots=True)
class _Away:
    """Since which tick the body moves as it did not before, and when it left its place."""

    seen: int
    left: int


@dataclass
class _Usual:
    """What the stance was like, in ticks first … end−1, before something happened, and what is more than it."""

    level: float
    place: Vector
    first: int
    end: int
    jolt: float | None = None

    def __post_init__(self) -> None:
        self.most_moving = min(max(JUMP * self.level, LEAST_CHANGE_M_S2), LOST_M_S2)
        self.most_away = max(AWAY * self.level, LEAST_CHANGE_M_S2)


class Watch:
    """One stance under way, from tick `start` on. `young_m_s2`: its sway, as long as it is too young to tell it."""

    def __init__(self, ticks: Ticks, start: int, young_m_s2: float) -> None:
        self.start = start
        self._young_m_s2 = young_m_s2
        self._ticks = ticks
        self._usual: _Usual | None = None
        self._touch: _Jolt | None = None
        self._away: _Away | None = None

    def interrupt(self) -> None:
        """Samples are missing: what had begun to happen is not known to its end."""
        self._touch = self._away = None

    @property
    def is_alarmed(self) -> bool:
        """Whether something has begun that may end the stance."""
        return self._touch is not None or self._away is not None

    def step(self, now: int) -> End | None:
        """Look at the tick before `now`."""
        if now - self.start <= WINDOW + 2:
            return None
        ticks, is_alarmed = self._ticks, self.is_alarmed
        is_time = (now - self.start) % TOLD_EVERY == 0
        if self._usual is None or (is_time and not is_alarmed):
            self._usual = self._usually(now)
        usual = self._usual
        moving, near = ticks.moving(now)
        jolt = ticks.jolt(now - 1)
        moves = moving > usual.most_moving or dist(near, usual.place) > usual.most_away
        if not (is_alarmed or is_time or moves or jolt[0] > JOLT_M_S2):
            return None
        self._feel(now, *jolt, usual)
        if self._away is None and moves:
            self._away = _Away(now, self._left_at(now, usual))
        return self._judged(now, moving, usual, is_time)

    def settles(self, now: int) -> bool:
        """Whether the stance has only now come to rest."""
        if now - self.start <= WINDOW + 2 or self.is_alarmed:
            return False
        at_first = self._ticks.spread(self.start, now - WINDOW)
        return at_first > SETTLING_M_S2 and self._ticks.spread(now - WINDOW, now) < SETTLING * at_first

    def _usually(self, now: int) -> _Usual:
        end, age = now - WINDOW, now - self.start
        first = max(self.start + (WINDOW if age >= 4 * WINDOW else 0), end - LEVEL)
        least = self._young_m_s2 if age < YOUNG else LEAST_LEVEL_M_S2
        return _Usual(max(self._ticks.spread(first, end), least), self._ticks.place(first, end), first, end)

    def _usual_jolt(self, usual: _Usual) -> float:
        """The jolt (m/s²) that one tick in ten of the stance reaches."""
        if usual.jolt is None:
            sizes = sorted(self._ticks.jolts(usual.first, usual.end))
            usual.jolt = sizes[len(sizes) * 9 // 10]
        return usual.jolt

    def _feel(self, now: int, size: float, row: int, usual: _Usual) -> None:
        """Note a jolt, or a harder one behind it."""
        if size <= JOLT_M_S2:
            return
        in_time = self._away is None or now - self._away.seen <= FALL_TICKS
        is_harder = self._touch is None or size > HARDER * self._touch.size
        if in_time and is_harder and size > JOLT_TIMES * self._usual_jolt(usual):
            self._touch = _Jolt(now - 1, row, size)

    def _left_at(self, now: int, usual: _Usual) -> int:
        for tick in range(max(now - WINDOW - 3, self.start), now):
            if dist(self._ticks.place(tick, tick + 1), usual.place) > LEFT * usual.level:
                return tick
        return now - WINDOW // 2

    def _fall(self, touch: _Jolt) -> int | None:
        """Row where the body left its place before the foot came down: who had left it for long balanced there."""
        lasted = 0 if self._away is None else touch.tick - self._away.left
        return self._ticks.row_of(touch.tick - lasted) if 2 < lasted <= FALL_TICKS else None

    def _judged(self, now: int, moving: float, usual: _Usual, is_time: bool) -> End | None:
        touch, away = self._touch, self._away
        if touch is not None:
            since = now - touch.tick
            if (since > FALL_TICKS and self._is_sure(touch, usual)) or self._changed(now, moving, usual, touch):
                return End(touch.row, "touch", self._fall(touch))
            if since > CALMER_TICKS:
                self._touch = None
        elif away is not None:
            calm = now - away.seen >= TOLD_TICKS and self._recently(now) < CALMER * usual.level
            if calm or now - away.seen >= LONGEST_RECOVERY_TICKS:
                return End(self._ticks.row_of(away.left), "moved")
            if now - away.seen >= RECOVERY_TICKS and self._recovered(now, usual):
                self._away = None
        elif is_time and self._calmed(now):
            first = now - CALMED_TICKS - 2 * WINDOW
            jolts = self._ticks.jolts(first, first + 2 * WINDOW + 3)
            return End(self._ticks.jolt(first + jolts.index(max(jolts)))[1], "moved")
        return None

    def _calmed(self, now: int) -> bool:
        """Whether the body has come to sway much less than it did, with no movement that would tell why."""
        since = now - CALMED_TICKS
        first = max(self.start + WINDOW, since - LEVEL)
        if since - first < LEVEL // 2:
            return False
        before = self._ticks.spread(first, since)
        return before > CALMED_FROM_M_S2 and self._ticks.spread(since, now) < CALMED * before

    def _recently(self, now: int) -> float:
        return self._ticks.spread(now - 3 * WINDOW // 2, now)

    def _is_sure(self, touch: _Jolt, usual: _Usual) -> bool:
        return self._away is not None or touch.size > max(SURE_JOLT_M_S2, SURE_TIMES * self._usual_jolt(usual))

    def _changed(self, now: int, moving: float, usual: _Usual, touch: _Jolt) -> bool:
        """Whether the body sways otherwise, or elsewhere, than before the jolt."""
        since = now - touch.tick
        if since >= TOLD_TICKS:
            return self._recently(now) < CALMER * usual.level
        if since != WINDOW + 1:
            return False
        return moving > LOUDER * usual.level or self._distance(now - WINDOW, now, usual) > MOVED * usual.level

    def _recovered(self, now: int, usual: _Usual) -> bool:
        back = self._distance(now - 3 * WINDOW // 2, now, usual) < BACK * usual.level
        return back and CALMER * usual.level < self._recently(now) < BACK * usual.level

    def _distance(self, first: int, end: int, usual: _Usual) -> float:
        return dist(self._ticks.place(first, end), usual.place)
