"""Lost packets of a sensor that numbers and stamps nothing: all later packets come late by whole packets, for good."""

import math

LATE = 0.95
"""In packet durations behind the line. On a link that delivers in bursts the newest packet of a burst is up to one
packet old, so only more than that shows a loss; the rest is for the line's own error."""
EARLY = -0.4
"""Nothing arrives before it was measured: after this, a packet that had been taken for lost was only held back."""
ACCEPTED_FALSE_ALARMS = 0.002
FORGET = 0.01
"""Share of the last look in the running shares: about a hundred looks are remembered."""
LONG_DELAY_S = 0.02
USUAL_FALSE_ALARMS = 0.05
"""What is assumed of a link before it has shown itself: one packet in twenty is late by 20 ms."""


class LostPackets:
    """Judges the earliest packet of each block: how many packets were lost before it.

    How many late blocks in a row prove a loss follows from how often lateness has passed by itself on this link.
    """

    def __init__(self, packet_s: float) -> None:
        self._false_alarms = USUAL_FALSE_ALARMS * min(1.0, LONG_DELAY_S / packet_s)
        self._run: list[float] = []
        self._recent = 0

    def judge(self, late: float) -> int:
        """Packets lost by what this block shows; -1 where one was counted that was not lost.

        `late`: packet durations behind the line.
        """
        if late >= LATE:
            return self._late(late)
        taken_back = late < EARLY and self._recent > 0
        false_alarms = int(bool(self._run)) + int(taken_back)
        self._false_alarms += FORGET * (false_alarms - self._false_alarms)
        self._run = []
        self._recent -= int(taken_back)
        return -1 if taken_back else 0

    def _late(self, late: float) -> int:
        self._run.append(late)
        share = min(max(self._false_alarms, 1e-4), 0.25)
        if len(self._run) < math.log(ACCEPTED_FALSE_ALARMS) / math.log(share):
            return 0
        packets = max(1, int(min(self._run) + 1.0 - LATE))
        self._run = []
        self._recent = min(self._recent + packets, 5)
        return packets
