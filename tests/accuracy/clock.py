"""Sample clock of sensors that are only counted: simulated links with true times, and real packets.

Ten minutes each, with 0.7 % drift and 1 % loss; stalls are 0.1 s without any event, once a second. An interval of
100 ms is a link that holds everything back and delivers it at once ten times a second.
"""

from collections.abc import Iterator

import numpy as np

from tests.accuracy.table import Row, absent
from tests.real_data import REAL_DATA
from tests.simulated_links import Clocked, CountedLink, clocked

PACKETS = (
    (12.5, 1),
    (25.0, 1),
    (26.0, 2),
    (50.0, 1),
    (52.0, 4),
    (50.0, 5),
    (100.0, 1),
    (100.0, 3),
    (104.0, 8),
    (104.0, 36),
)
INTERVALS_S = (0.0075, 0.015, 0.03, 0.05)
HELD_S = 0.1
SLOW_HOSTS_S = (0.004, 0.008)
SLOW_HOST_LINKS = (
    (50.0, 1, 0.03),
    (50.0, 1, 0.05),
    (52.0, 4, 0.03),
    (100.0, 1, 0.03),
    (100.0, 1, 0.05),
    (100.0, 3, 0.03),
    (200.0, 3, 0.1),
)
MOST_MS = 10.0
MOST_RATE_ERROR = 0.001
REAL = "ble_packet_times"


def rows() -> Iterator[Row]:
    """Every figure of the counted clock."""
    for stalls in (0.0, 1.0):
        for interval_s in INTERVALS_S:
            links = [CountedLink(rate_hz, samples, interval_s, stalls) for rate_hz, samples in PACKETS]
            name = f"interval {1e3 * interval_s:g} ms{', stalls' if stalls else ''}"
            yield from link_rows(name, links)
    for by_event in (True, False):
        for host_s in SLOW_HOSTS_S:
            links = [
                CountedLink(rate_hz, samples, interval_s, host_s=host_s, by_event=by_event)
                for rate_hz, samples, interval_s in SLOW_HOST_LINKS
            ]
            what = "event" if by_event else "packet"
            yield from link_rows(f"host {1e3 * host_s:g} ms late with each {what}", links)
    yield from link_rows("200 Hz, interval 100 ms", [CountedLink(200.0, samples, HELD_S) for samples in (1, 3)])
    links = [CountedLink(rate_hz, samples, HELD_S) for rate_hz, samples in PACKETS]
    yield from link_rows(f"interval {1e3 * HELD_S:g} ms", links)
    yield from link_rows("no events", [CountedLink(rate_hz, samples, 0.0) for rate_hz, samples in PACKETS])
    yield real_row()


def link_rows(name: str, links: list[CountedLink]) -> Iterator[Row]:
    """Times and rates over links of one kind."""
    found: list[Clocked] = [clocked(link, seed=seed) for seed, link in enumerate(links)]
    good = sum(one.p95_ms <= MOST_MS for one in found)
    worst = max(range(len(found)), key=lambda at: found[at].p95_ms)
    figure = f"{good} of {len(links)}; worst {found[worst].p95_ms:.1f} ms ({links[worst].words})"
    yield Row(f"counted, {name}: links whose times are within 10 ms, p95", "all", figure, good == len(links))
    error = max(abs(one.rate_error) for one in found)
    figure = f"{100 * error:.3f} % at worst"
    yield Row(f"counted, {name}: real rate", "within 0.1 %", figure, error <= MOST_RATE_ERROR)


def real_row() -> Row:
    """Packets of a real sensor, whose connection took them evenly: arrivals are the truth but for a constant."""
    from athena_sense.sample_clock import SampleClock

    what, bar = "real packets, 52 Hz by 4: arrivals against times after 10 s, p95", "≤ 10 ms"
    path = REAL_DATA / REAL / "chest_acc.csv"
    if not path.exists():
        return absent(what, bar, REAL)
    stamps = [float(line.split(",")[0]) for line in path.read_text().splitlines()[2:] if line[:1].isdigit()]
    arrival_s, count = np.unique(np.array(stamps), return_counts=True)
    arrival_s = arrival_s - arrival_s[0]
    t_s, _ = SampleClock(52.0).times(np.round(arrival_s * 1e9).astype(np.int64), count)
    late_ms = 1e3 * (arrival_s - t_s[np.cumsum(count) - 1])[arrival_s > 10.0]
    p95_ms = float(np.percentile(np.abs(late_ms), 95))
    return Row(what, bar, f"{p95_ms:.1f} ms", p95_ms <= MOST_MS)
