"""Times in balance: which stances are those on one leg.

Standing on one leg and on two look alike to a sensor on the trunk, but for the size of the sway: on one leg it is
two to four times that of the same person on two. So what is markedly quieter than the stance just before or after
it, with nothing but a change of stance between, was two feet on the floor. Where there is nothing to compare with,
the athlete's choice of the exercise is believed, but not for a short stop on a walk.
"""

import math
from dataclasses import dataclass

from athena_sense.dsp.motion import Motion
from athena_sense.holds.findings import Established, Feet, Finding, Gone, Stance
from athena_sense.holds.stances import Stances
from athena_sense.holds.sway import Sway

LEAST_HOLD_S = 2.0
"""Balance is found within a second of lifting the foot, and shorter ones are steps."""
LEAST_UNPROVEN_S, LEAST_AT_FIRST_S = 3.0, 5.0
"""What nothing proves to be on one leg is not what a recording ends with, and must last longer: than the first seconds
on two feet after a touch, in which the movement still fades; than a stop in a walk, or the time between starting the
recording and walking off."""
QUIETER = 1.4
"""So many times quieter than its neighbour: between the one of equal stances and the two to four of one leg to two;
the RMS of a few seconds of sway is known to about a quarter."""
QUIETER_AFTER = 1.6
"""Who has held on for long was tired and unsteady in the end: a second time on one leg may be quieter by more."""
QUIETER_AT_FIRST, LONGEST_AT_FIRST_S = 1.1, 10.0
"""Who has walked up, or starts the recording, stands on two feet until the first change of stance, and not for long."""
QUIETER_THAN_PROVEN = 2.0
"""Standing or sitting about after the set, next to nothing that it could be compared with."""
WOBBLE = 2.0
"""What makes the sway of both together so many times larger was a change of stance."""
LONGEST_WOBBLE_S = 5.0
"""Without the jolt of a foot, and with as much sway behind it as before it, a movement so short was a wobble."""
ESTABLISHED_S = 3.0, 9.0
"""Seconds of sway of a stance under way: at first, and when it is sure."""
LIKELIER = 2.0
"""How much likelier (natural logarithm) than still on one leg the body must be on two feet again, when no foot was
felt: one that comes down nearly always is. The sway is a new one about once a second. Whoever ends the recording has
most often put it down: then nothing speaks against it."""
ELSEWHERE_M_S2, ANYHOW = 0.2, 0.1
"""Feet that come together let the trunk stand a degree or so otherwise; so does one wobble in ten. The mean of some
seconds of sway is off by it as that of so many values: its slow part is a new one about once a second."""
FELT_HZ = 40.0
"""Below, gentle touches pass between samples: then not having felt one says nothing."""
MOST_TIMES = 4.0
"""So many times the sway on two feet is it at most on one; two feet that were seen for a second or two swayed more."""
UNFELT = ("moved", "changed")
"""No foot was felt at the end of the stance: it may go on behind a wobble."""
LEAST_SWAY_M_S2 = 0.01
"""A table sways less."""
LEAST_STANDING_M_S2 = 0.03
"""Who sits or lies sways less, by breathing alone; who stands never does for long (two legs: 0.04–0.10 m/s²)."""


@dataclass(frozen=True, slots=True)
class Balanced:
    """A time in balance; its sway is None where samples are missing inside."""

    stance: Stance
    sway: Sway | None


class Balance:
    """Motion → times in balance, each when it is certain."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._likelier = LIKELIER if rate_hz >= FELT_HZ else 0.0
        self._stances = Stances(rate_hz)
        self._before_m_s2: float | None = None
        """Sway of the stance before, a change of stance away; None: there is none."""
        self._piece: Stance | None = None
        """A stance too short to be weighed, which may prove to be the beginning of the next."""
        self._pending: Stance | None = None
        self._pending_before_m_s2: float | None = None
        self._proven_m_s2 = 0.0
        self._found: list[Balanced] = []

    def feed(self, motion: Motion) -> list[Balanced]:
        """The times in balance that these rows make certain."""
        return self._told(self._stances.feed(motion))

    def finish(self) -> list[Balanced]:
        """End of the stream."""
        return self._told([*self._stances.finish(), Gone()])

    @property
    def standing_since_s(self) -> float | None:
        """When the stance under way began (s)."""
        return self._stances.standing_since_s

    def _told(self, findings: list[Finding]) -> list[Balanced]:
        for finding in findings:
            if isinstance(finding, Gone):
                self._settle(None)
                self._before_m_s2 = None
            elif isinstance(finding, Established):
                self._compare(finding)
            else:
                self._weigh(finding)
        found, self._found = self._found, []
        return found

    def _compare(self, under_way: Established) -> None:
        """The stance under way says what the one before it was, unless the two may prove to be one."""
        if under_way.feet is not None:
            self._lift(under_way.feet)
        elif under_way.begin != "step":
            self._settle(None)
        elif self._pending is None or (self._pending.ending in UNFELT and not under_way.is_sure):
            return
        elif not self._is_one(self._pending, under_way.rms_m_s2, ESTABLISHED_S[under_way.is_sure]):
            self._settle(under_way.rms_m_s2)

    def _lift(self, feet: Feet) -> None:
        """A foot was lifted: since these two feet stood, there were only they, and the beginning of what stands now."""
        if self._pending is not None and self._pending.end_s > feet.since_s:
            self._pending = None
        self._settle(feet.rms_m_s2)
        self._piece, self._before_m_s2 = None, feet.rms_m_s2

    def _weigh(self, stance: Stance) -> None:
        """Compare a stance that has ended with the one before; it waits for the one behind where that says little."""
        if stance.feet is not None:
            self._lift(stance.feet)
        stance = self._whole(stance)
        is_next, rms = stance.begin == "step", stance.steady_m_s2
        is_short = stance.end_s - stance.start_s < LEAST_HOLD_S
        self._piece = stance if stance.ending == "moved" and (is_short or rms is None) else None
        if rms is None or is_short:
            size = rms or stance.spread_m_s2
            if is_next and self._before_m_s2 is not None and LEAST_SWAY_M_S2 < size < self._before_m_s2 / QUIETER:
                self._before_m_s2 = size
            return
        if rms < LEAST_SWAY_M_S2:
            return
        self._settle(rms if is_next else None)
        before_m_s2 = self._before_m_s2 if is_next else None
        self._before_m_s2 = rms
        if before_m_s2 is not None and rms > QUIETER * before_m_s2 and stance.ending not in UNFELT:
            self._take(stance, rms)
        elif max((before_m_s2 or 0.0) / QUIETER_AFTER, self._proven_m_s2 / QUIETER_THAN_PROVEN) <= rms:
            self._pending, self._pending_before_m_s2 = stance, before_m_s2

    def _whole(self, stance: Stance) -> Stance:
        """The stance with the one before it, where only a wobble lay between them."""
        piece, before = self._piece, self._pending
        if piece is not None and _follows(piece, stance) and not self._is_other(piece, stance.steady_m_s2):
            stance = stance.joined(piece, self._rate_hz)
        if (
            before is not None
            and _follows(before, stance)
            and self._is_one(before, stance.steady_m_s2, _seconds(stance), stance)
        ):
            both = stance.joined(before, self._rate_hz)
            own, behind_m_s2 = before.steady_m_s2 or 0.0, stance.steady_m_s2
            most = QUIETER * own if behind_m_s2 is None else WOBBLE * max(own, behind_m_s2)
            if self._is_louder(before) or (both.steady_m_s2 or 0.0) <= most:
                self._pending, self._before_m_s2 = None, self._pending_before_m_s2
                return both
        return stance

    def _is_other(self, piece: Stance, rms_m_s2: float | None) -> bool:
        """Whether one of a short stance and the one of this sway behind it was more like the one on two feet before."""
        feet_m_s2 = self._before_m_s2
        if not rms_m_s2 or not feet_m_s2:
            return False
        least, most = sorted((piece.spread_m_s2, rms_m_s2))
        return least**2 < feet_m_s2 * most

    def _is_louder(self, pending: Stance) -> bool:
        """Whether the stance that waits sways more than the one on two feet before it: it is on one leg."""
        before_m_s2 = self._pending_before_m_s2
        return before_m_s2 is not None and (pending.steady_m_s2 or 0.0) > QUIETER * before_m_s2

    def _is_one(self, pending: Stance, rms_m_s2: float | None, seconds: float, behind: Stance | None = None) -> bool:
        """Whether the stance that waits goes on in one of this sway, with no touch between.

        Once it is known to be on one leg, what follows is on two feet where it sways more like the stance before, and
        has a sway of its own only after some seconds.
        """
        own, feet_m_s2 = pending.steady_m_s2, self._pending_before_m_s2
        if pending.ending not in UNFELT or own is None:
            return False
        if not rms_m_s2:
            return True
        if feet_m_s2 is None or not self._is_louder(pending):
            return own / QUIETER <= rms_m_s2 <= own * QUIETER
        if rms_m_s2 > own:
            return own**2 > feet_m_s2 * rms_m_s2
        feet_m_s2 = max(feet_m_s2, own / MOST_TIMES)
        elsewhere = 0.0 if behind is None else likelier_elsewhere(pending, behind, own)
        is_last = behind is not None and behind.ending == "recording"
        likelier = 0.0 if is_last else self._likelier
        return seconds * math.log(feet_m_s2 * own / rms_m_s2**2) + elsewhere < likelier

    def _settle(self, behind_m_s2: float | None) -> None:
        """Decide about the stance that waits, knowing the sway of the one behind it, or that there is none."""
        stance, self._pending = self._pending, None
        if stance is None or stance.ending == "changed":
            return
        rms, at_first = stance.steady_m_s2 or 0.0, stance.begin != "step"
        lasted_s = stance.end_s - stance.start_s
        times = QUIETER_AT_FIRST if at_first and lasted_s < LONGEST_AT_FIRST_S else QUIETER
        if behind_m_s2 is not None and behind_m_s2 > times * rms:
            return
        quieter = [m for m in (behind_m_s2, self._pending_before_m_s2) if m is not None and rms > QUIETER * m]
        if not quieter and not at_first and stance.ending == "recording":
            return
        least_s = LEAST_HOLD_S if quieter else LEAST_AT_FIRST_S if at_first else LEAST_UNPROVEN_S
        if lasted_s >= least_s and rms >= LEAST_STANDING_M_S2:
            self._take(stance, rms if quieter else 0.0)

    def _take(self, stance: Stance, proven_m_s2: float) -> None:
        self._proven_m_s2 = proven_m_s2 or self._proven_m_s2
        self._found.append(Balanced(stance, None if stance.interrupted else stance.sway))


def likelier_elsewhere(before: Stance, behind: Stance, rms_m_s2: float) -> float:
    """How much likelier (natural logarithm) the place that a stance sways about makes it another one than that before,
    which had this sway."""
    away = behind.place_m_s2 - before.place_m_s2
    own = 0.5 * rms_m_s2**2 * (1.0 / _seconds(before) + 1.0 / _seconds(behind))
    both = own + ELSEWHERE_M_S2**2
    other = math.log(both / own) - 0.5 * float(away @ away) * (1.0 / own - 1.0 / both)
    return -math.log(ANYHOW + (1.0 - ANYHOW) * math.exp(min(other, 50.0)))


def _follows(before: Stance, after: Stance) -> bool:
    return after.begin == "step" and after.start_s - before.end_s <= LONGEST_WOBBLE_S


def _seconds(stance: Stance) -> float:
    """Of its sway."""
    return stance.last.time_s - stance.first.time_s
