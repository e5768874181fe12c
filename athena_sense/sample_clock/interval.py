"""How far apart a link's connection events are, from when its bursts begin."""

from collections import deque

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

UNIT_NS = 1_250_000
"""Connection intervals are multiples of 1.25 ms, from 7.5 ms on (Bluetooth Core 5.4, vol. 6, part B, 4.5.1)."""
INTERVALS_NS = np.arange(6, 81) * UNIT_NS
"""Up to 100 ms: what sensors that stream are given."""
NEAR_NS = 3_000_000
"""A burst begins this close to its event: the radio's and the host's own unevenness are below a millisecond."""
ENOUGH = 0.995
"""Share of the bursts that must fit."""
REMEMBERED_GAPS = 128
EVERY = 16


class ConnectionInterval:
    """Times between bursts → `interval_s`: the longest interval that they are multiples of.

    0 where there is none (a link without events, or a host that delivers unevenly), None while it is not known.
    """

    def __init__(self) -> None:
        self.interval_s: float | None = None
        self._gaps: deque[int] = deque(maxlen=REMEMBERED_GAPS)
        self._fresh = 0

    def note(self, gaps_ns: IntArray) -> None:
        """The next times between the beginnings of bursts."""
        self._gaps.extend(gaps_ns.tolist())
        self._fresh += len(gaps_ns)

    def renew(self) -> None:
        """Take what was noted into account, now and then."""
        if self._fresh < EVERY:
            return
        self._fresh = 0
        gaps_ns = np.array(self._gaps)[:, None]
        off_ns = np.abs((gaps_ns + INTERVALS_NS // 2) % INTERVALS_NS - INTERVALS_NS // 2)
        fitting = np.count_nonzero(off_ns <= NEAR_NS, axis=0) >= ENOUGH * len(gaps_ns)
        self.interval_s = float(INTERVALS_NS[fitting].max(initial=0)) * 1e-9
