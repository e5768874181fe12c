"""Links of counted sensors with known truth: connection events, stalls, losses, drift."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from athena_sense.datatypes import FloatArray
from athena_sense.sample_clock import SampleClock

START_NS = 5_000_000_000_000
STALL_S = 0.1
IN_EVENT_S = 0.0008
"""Between packets of one event: 20–250 bytes at 1 Mbit/s take 0.5–2 ms."""
HOST_S = 0.0004
"""Mean delay of the host's own scheduling."""


@dataclass(frozen=True, slots=True)
class CountedLink:
    """What to simulate. `interval_s` 0: no events, but delays of 5 ms on average; `stalls_per_s` silences of 0.1 s.

    The host is late by `host_s` on average, with each packet or, `by_event`, with all that one event brought.
    """

    rate_hz: float
    samples: int
    interval_s: float
    stalls_per_s: float = 0.0
    loss: float = 0.01
    drift: float = 0.007
    host_s: float = HOST_S
    by_event: bool = False

    @property
    def real_hz(self) -> float:
        return self.rate_hz * (1.0 - self.drift)

    @property
    def words(self) -> str:
        bursts = f"{1e3 * self.interval_s:g} ms" if self.interval_s else "none"
        return f"{self.rate_hz:g} Hz by {self.samples}, interval {bursts}" + (", stalls" if self.stalls_per_s else "")


@dataclass(frozen=True, slots=True)
class Clocked:
    """95 % of errors after the first ten seconds (ms), and errors of the rate and of the share lost."""

    p95_ms: float
    rate_error: float
    loss_error: float


def arrivals(link: CountedLink, seconds: float, seed: int) -> tuple[FloatArray, npt.NDArray[np.int64], float]:
    """(packets, samples) true times (s) of what arrived, when it did (ns), and the share lost."""
    rng = np.random.default_rng(seed)
    packets = int(seconds * link.rate_hz / link.samples)
    taken_s = (np.arange(packets * link.samples) / link.real_hz).reshape(packets, link.samples)
    came_s = taken_s[:, -1]
    if link.interval_s:
        phase_s = rng.uniform() * link.interval_s
        came_s = _next_event(came_s, link.interval_s, phase_s)
        if link.stalls_per_s:
            for start_s in np.cumsum(rng.exponential(1.0 / link.stalls_per_s, int(seconds * link.stalls_per_s) + 50)):
                first, end = np.searchsorted(came_s, [start_s, start_s + STALL_S])
                came_s[first:end] = _next_event(np.array(start_s + STALL_S), link.interval_s, phase_s)
        row = np.arange(packets)
        begins = np.diff(came_s, prepend=-1.0) > 1e-6
        came_s = came_s + IN_EVENT_S * (row - np.maximum.accumulate(np.where(begins, row, 0)))
        late_s = rng.exponential(link.host_s, packets)
        came_s = came_s + (late_s[np.maximum.accumulate(np.where(begins, row, 0))] if link.by_event else late_s)
    else:
        came_s = came_s + rng.exponential(0.005, packets)
    kept = rng.random(packets) >= link.loss
    came_ns = np.round(np.maximum.accumulate(came_s) * 1e9).astype(np.int64) + START_NS
    return taken_s[kept], came_ns[kept], float(1.0 - kept.mean())


def _next_event(at_s: FloatArray, interval_s: float, phase_s: float) -> FloatArray:
    return np.asarray((np.floor((at_s - phase_s) / interval_s) + 1.0) * interval_s + phase_s + 0.001)


def clocked(link: CountedLink, seconds: float = 600.0, seed: int = 0) -> Clocked:
    """What the clock makes of a link."""
    taken_s, came_ns, lost = arrivals(link, seconds, seed)
    clock = SampleClock(link.rate_hz, None, START_NS)
    t_s, _ = clock.times(came_ns, np.full(len(came_ns), link.samples))
    truth_s = taken_s.reshape(-1)
    error_ms = 1e3 * np.abs(t_s - truth_s)[truth_s > 10.0]
    health = clock.health
    return Clocked(float(np.percentile(error_ms, 95)), health.rate_hz / link.real_hz - 1.0, health.loss - lost)
