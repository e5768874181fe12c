"""Times in balance: which stances are those on one leg.

Standing on one leg and on two look alike to a sensor on the trunk, but for the size of the sway: on one leg it is
two to four times that of the same person on two. So what is markedly quieter than the stance just before or after
it, with nothing but a change of stance between, was two feet on the floor. Where there is nothing to compare with,
the athlete's choice of the exercise is believed, but not for a short stop on a walk.
"""

from athena_sense.dsp.motion import Motion
from athena_sense.holds.stances import Established, Finding, Gone, Stance, Stances

LEAST_HOLD_S = 2.0
"""Balance is found within a second of lifting the foot, and shorter ones are steps."""
LEAST_UNPROVEN_S = 5.0
"""A stop in a walk, or the time between starting the recording and walking off, is shorter: it is no hold."""
QUIETER = 1.4
"""So many times quieter than its neighbour: between the one of equal stances and the two to four of one leg to two;
the RMS of a few seconds of sway is known to about a quarter."""
QUIETER_AT_FIRST = 1.1
"""Who has walked up, or starts the recording, stands on two feet before the first change of stance."""
QUIETER_THAN_PROVEN = 2.0
"""Standing or sitting about after the set, next to nothing that it could be compared with."""
LEAST_SWAY_M_S2 = 0.01
"""A table sways less, a standing body never (two legs: 0.04–0.10 m/s²)."""


class Balance:
    """Motion → the stances that were times in balance, each when it is certain."""

    def __init__(self, rate_hz: float) -> None:
        self._stances = Stances(rate_hz)
        self._before: Stance | None = None
        """The stance before, a change of stance away."""
        self._pending: Stance | None = None
        self._proven_m_s2 = 0.0
        self._found: list[Stance] = []

    def feed(self, motion: Motion) -> list[Stance]:
        """The times in balance that these rows make certain."""
        return self._told(self._stances.feed(motion))

    def finish(self) -> list[Stance]:
        """End of the stream."""
        found = self._told(self._stances.finish())
        self._settle(None)
        found += self._found
        self._found = []
        return found

    @property
    def standing_since_s(self) -> float | None:
        """When the stance under way began (s)."""
        return self._stances.standing_since_s

    def _told(self, findings: list[Finding]) -> list[Stance]:
        for finding in findings:
            if isinstance(finding, Gone):
                self._settle(None)
                self._before = None
            elif isinstance(finding, Established):
                self._settle(finding.rms_m_s2 if finding.begin == "step" else None)
            else:
                self._weigh(finding)
        found, self._found = self._found, []
        return found

    def _weigh(self, stance: Stance) -> None:
        """Compare a stance that has ended with the one before, and keep it for the one behind where that says little."""
        rms = stance.rms_m_s2
        if stance.end_s - stance.start_s < LEAST_HOLD_S or rms is None or rms < LEAST_SWAY_M_S2:
            return
        is_next = stance.begin == "step"
        self._settle(rms if is_next else None)
        before = self._before.rms_m_s2 if is_next and self._before is not None else None
        self._before = stance
        if before is not None and rms > QUIETER * before:
            self._proven_m_s2 = rms
            self._found.append(stance)
        elif (before is None or before <= QUIETER * rms) and self._proven_m_s2 <= QUIETER_THAN_PROVEN * rms:
            self._pending = stance

    def _settle(self, behind_m_s2: float | None) -> None:
        """Decide about the stance that waits, knowing the sway of the one behind it, or that there is none."""
        stance, self._pending = self._pending, None
        if stance is None or stance.rms_m_s2 is None:
            return
        at_first = stance.begin != "step"
        if behind_m_s2 is not None and behind_m_s2 > (QUIETER_AT_FIRST if at_first else QUIETER) * stance.rms_m_s2:
            return
        is_proven = behind_m_s2 is not None and stance.rms_m_s2 > QUIETER * behind_m_s2
        if is_proven:
            self._proven_m_s2 = stance.rms_m_s2
        least_s = LEAST_UNPROVEN_S if at_first and not is_proven else LEAST_HOLD_S
        if stance.end_s - stance.start_s >= least_s:
            self._found.append(stance)
