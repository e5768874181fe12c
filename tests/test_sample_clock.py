"""Sample times against the truth of simulated links: drift, loss, bursts, stalls, jitter, resets, reconnects."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athena_sense.datatypes import FloatArray
from athena_sense.profiles.packets import Time
from athena_sense.sample_clock import SampleClock
from athena_sense.sample_clock.interval import ConnectionInterval
from athena_sense.sample_clock.line import hull_slope
from athena_sense.sample_clock.slots import likelihood
from athena_sense.sample_clock.stamps import StampSteps
from tests.real_data import real_data
from tests.simulated_links import CountedLink, clocked

START_NS = 5_000_000_000_000
NS = Time(unit="ns", of="last", offset=0, type="u64")
MS_FIRST_16 = Time(unit="ms", of="first", offset=0, type="u16")
US_LAST = Time(unit="us", of="last", offset=0, type="u32")
PACKETS_8 = Time(unit="packets", of="last", offset=0, type="u8")
SAMPLES_16 = Time(unit="samples", of="first", offset=0, type="u16")

LinkKind = Literal["bursts", "stalls", "jitter"]


@dataclass(frozen=True)
class Link:
    """What arrived: `taken_s` (p, samples) true times, `arrival_ns`, `stamp` and `count` (p,)."""

    taken_s: FloatArray
    arrival_ns: npt.NDArray[np.int64]
    stamp: npt.NDArray[np.uint64] | None
    count: npt.NDArray[np.int64]

    def times(self, clock: SampleClock) -> FloatArray:
        return clock.times(self.arrival_ns, self.count, self.stamp)[0]

    def part(self, kept: "slice | npt.NDArray[np.bool_]") -> "Link":
        stamp = None if self.stamp is None else self.stamp[kept]
        return Link(self.taken_s[kept], self.arrival_ns[kept], stamp, self.count[kept])


def link(
    kind: LinkKind,
    time: Time | None,
    rate_hz: float,
    samples: int,
    seconds: float = 600.0,
    drift: float = 0.007,
    loss: float = 0.01,
    seed: int = 0,
) -> Link:
    """A sensor that is slower than it says, over a link that loses packets and delivers them late."""
    rng = np.random.default_rng(seed)
    packets = int(seconds * rate_hz / samples)
    taken = (np.arange(packets * samples) / (rate_hz * (1.0 - drift))).reshape(packets, samples)
    last = taken[:, -1]
    if kind == "bursts":  # a connection event every 100 ms takes everything along
        arrival = (np.floor(last / 0.1) + 1.0) * 0.1 + 0.002
    elif kind == "stalls":  # an event every 20 ms, and about once a second nothing for 100 ms
        arrival = (np.floor(last / 0.02) + 1.0) * 0.02 + 0.002
        for start in np.cumsum(rng.exponential(1.0, int(seconds) + 50)):
            arrival[(arrival > start) & (arrival < start + 0.1)] = start + 0.1
    else:
        arrival = last + rng.exponential(0.005, packets)
    arrival = np.maximum.accumulate(arrival)
    stamp = None if time is None else _stamps(time, taken)
    made = Link(taken, np.round(arrival * 1e9).astype(np.int64) + START_NS, stamp, np.full(packets, samples))
    return made.part(rng.random(packets) >= loss)


def _stamps(time: Time, taken: FloatArray) -> npt.NDArray[np.uint64]:
    """What the sensor's own clock, 30 ppm fast and long running, says."""
    packets, samples = taken.shape
    at = taken[:, 0] if time.of == "first" else taken[:, -1]
    if time.unit == "packets":
        whole = np.arange(packets)
    elif time.unit == "samples":
        whole = np.arange(packets) * samples + (samples - 1 if time.of == "last" else 0)
    else:
        assert time.unit_ns is not None
        whole = np.round((at * 1.00003 + 4000.0) * 1e9 / time.unit_ns).astype(np.int64)
    return (whole.astype(object) % time.modulus).astype(np.uint64)


def _errors_ms(made: Link, t_s: FloatArray, after_s: float = 10.0) -> FloatArray:
    truth = made.taken_s.reshape(-1)
    return np.abs(t_s - truth)[truth > after_s] * 1e3


@pytest.mark.parametrize("kind", ["bursts", "stalls", "jitter"])
@pytest.mark.parametrize(
    ("time", "rate_hz", "samples"),
    [(NS, 200, 36), (NS, 52, 58), (NS, 100, 1), (MS_FIRST_16, 104, 8), (US_LAST, 60, 1), (PACKETS_8, 100, 3)],
    ids=["ns-36", "ns-58", "ns-1", "ms-8", "us-1", "counter-3"],
)
def test_with_stamps_ten_minutes_stay_within_10_ms(kind: LinkKind, time: Time, rate_hz: float, samples: int) -> None:
    made = link(kind, time, rate_hz, samples)
    clock = SampleClock(rate_hz, time, START_NS)
    t_s = made.times(clock)
    assert (np.diff(t_s) > 0).all()
    assert np.percentile(_errors_ms(made, t_s), 95) <= 10.0
    assert clock.health.rate_hz == pytest.approx(rate_hz * 0.993, rel=1e-3)
    assert clock.health.loss == pytest.approx(0.01, abs=0.004)


@pytest.mark.parametrize(
    ("kind", "rate_hz", "samples"),
    [
        ("bursts", 100, 1),
        ("bursts", 200, 1),
        ("bursts", 100, 3),
        ("jitter", 100, 3),
        ("jitter", 52, 4),
        ("stalls", 52, 4),
    ],
)
def test_by_counting_alone_too(kind: LinkKind, rate_hz: float, samples: int) -> None:
    made = link(kind, None, rate_hz, samples)
    clock = SampleClock(rate_hz, None, START_NS)
    t_s = made.times(clock)
    assert (np.diff(t_s) > 0).all()
    assert np.percentile(_errors_ms(made, t_s), 95) <= 10.0
    assert clock.health.rate_hz == pytest.approx(rate_hz * 0.993, rel=1e-3)
    assert clock.health.loss == pytest.approx(0.01, abs=0.004)


def test_a_third_of_the_packets_lost_is_counted() -> None:
    made = link("jitter", MS_FIRST_16, 104, 8, seconds=300.0, loss=0.33)
    clock = SampleClock(104, MS_FIRST_16, START_NS)
    t_s = made.times(clock)
    assert clock.health.loss == pytest.approx(0.33, abs=0.03)
    assert clock.health.rate_hz == pytest.approx(104 * 0.993, rel=1e-3)
    assert np.percentile(_errors_ms(made, t_s), 95) <= 10.0


@given(cuts=st.sets(st.integers(1, 999), max_size=30))
@settings(max_examples=6)
@pytest.mark.parametrize("time", [None, NS, MS_FIRST_16, PACKETS_8], ids=["none", "ns", "ms", "packets"])
def test_any_cut_gives_the_same_times(time: Time | None, cuts: set[int]) -> None:
    made = link("stalls", time, 100, 2, seconds=25.0, loss=0.05)
    whole_clock, cut_clock = SampleClock(100, time), SampleClock(100, time)
    expected = made.times(whole_clock)
    edges = [0, *sorted(cuts), len(made.count)]
    found = np.concatenate([made.part(slice(a, b)).times(cut_clock) for a, b in pairwise(edges)])
    assert found.tobytes() == expected.tobytes()
    assert cut_clock.health == whole_clock.health


@given(data=st.data())
@settings(max_examples=20)
@pytest.mark.parametrize("time", [None, NS, MS_FIRST_16, SAMPLES_16], ids=["none", "ns", "ms", "samples"])
def test_whatever_the_stamps_and_arrivals_times_are_finite_and_increase(time: Time | None, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    largest = (1 << 63) - 1 if time is None or time.type == "u64" else 0xFFFF
    stamp = np.array(data.draw(st.lists(st.integers(0, largest), min_size=n, max_size=n)), np.uint64)
    waits = data.draw(st.lists(st.sampled_from([0, 1, 10**6, 10**7, 10**9, 10**11]), min_size=n, max_size=n))
    count = np.array(data.draw(st.lists(st.integers(1, 50), min_size=n, max_size=n)), np.int64)
    clock = SampleClock(100.0, time)
    t_s, keep = clock.times(np.cumsum(waits), count, None if time is None else stamp)
    assert len(t_s) == int(count[keep].sum())
    assert np.isfinite(t_s).all()
    assert (np.diff(t_s) > 0).all()


@pytest.mark.parametrize("time", [NS, None], ids=["stamped", "counted"])
def test_a_lost_link_leaves_a_gap_and_times_go_on_with_the_host(time: Time | None) -> None:
    made = link("jitter", time, 100, 3, seconds=60.0, loss=0.0, drift=0.0)
    away = (made.taken_s[:, -1] > 30.0) & (made.taken_s[:, -1] < 33.0)
    made = made.part(~away)
    clock = SampleClock(100, time, START_NS)
    t_s = made.times(clock)
    assert np.diff(t_s).max() == pytest.approx(3.0, abs=0.05)
    assert _errors_ms(made, t_s).max() < 45.0  # at most a packet and a half, right after the gap
    assert np.percentile(_errors_ms(made, t_s), 95) < 10.0
    assert clock.health.lost_samples == pytest.approx(300, abs=9)


@pytest.mark.parametrize("time", [NS, None], ids=["stamped", "counted"])
def test_half_a_second_without_radio_loses_nothing(time: Time | None) -> None:
    made = link("jitter", time, 100, 3, seconds=60.0, loss=0.0, drift=0.0)
    held = (made.arrival_ns > START_NS + 30_000_000_000) & (made.arrival_ns < START_NS + 30_500_000_000)
    arrival_ns = np.where(held, START_NS + 30_500_000_000, made.arrival_ns)
    made = Link(made.taken_s, np.maximum.accumulate(arrival_ns), made.stamp, made.count)
    clock = SampleClock(100, time, START_NS)
    t_s = made.times(clock)
    assert np.diff(t_s).max() < 0.02
    assert np.percentile(_errors_ms(made, t_s), 95) < 10.0
    assert clock.health.lost_samples == 0


def test_packets_that_come_twice_or_late_are_left_out() -> None:
    made = link("jitter", NS, 100, 3, seconds=10.0, loss=0.0)
    order = np.array([0, 1, 2, 2, 3, 4, 1, *range(5, len(made.count))])
    assert made.stamp is not None
    clock = SampleClock(100, NS)
    t_s, keep = clock.times(np.sort(made.arrival_ns[order]), made.count[order], made.stamp[order])
    assert np.flatnonzero(~keep).tolist() == [3, 6]
    assert clock.health.repeated_packets == 2
    assert len(t_s) == 3 * len(made.count)


def test_a_sensor_s_clock_that_is_set_anew() -> None:
    made = link("jitter", NS, 100, 3, seconds=60.0, loss=0.0, drift=0.0)
    assert made.stamp is not None
    made.stamp[1000:] += np.uint64(10**17)
    clock = SampleClock(100, NS, START_NS)
    t_s = made.times(clock)
    assert clock.health.clock_resets == 1
    assert np.percentile(_errors_ms(made, t_s), 95) < 10.0


def _rebooted(seed: int, samples: int = 36) -> Link:
    """A sensor that is away for three seconds, and whose clock then starts from nothing."""
    made = link("bursts", NS, 200, samples, seconds=60.0, seed=seed)
    ready_s = made.taken_s[:, -1]
    made = made.part((ready_s < 30.0) | (ready_s > 33.0))
    assert made.stamp is not None
    later = made.taken_s[:, -1] > 31.0
    made.stamp[later] -= made.stamp[later][0]
    return made


@pytest.mark.parametrize("samples", [1, 8, 36])
@pytest.mark.parametrize("seed", range(3))
def test_times_are_right_soon_after_a_sensor_has_restarted(seed: int, samples: int) -> None:
    made = _rebooted(seed, samples)
    clock = SampleClock(200, NS, START_NS)
    t_s = made.times(clock)
    truth = made.taken_s.reshape(-1)
    error_ms = 1e3 * np.abs(t_s - truth)
    assert (np.diff(t_s) > 0).all()
    assert clock.health.clock_resets == 1
    assert np.percentile(error_ms[truth > 10.0], 95) <= 10.0
    assert error_ms[truth > 36.0].max() <= 10.0


@given(cuts=st.sets(st.integers(1, 300), max_size=30))
@settings(max_examples=6)
def test_any_cut_around_a_restart_gives_the_same_times(cuts: set[int]) -> None:
    made = _rebooted(seed=4)
    expected = made.times(SampleClock(200, NS))
    clock = SampleClock(200, NS)
    edges = [0, *sorted(cut for cut in cuts if cut < len(made.count)), len(made.count)]
    found = np.concatenate([made.part(slice(a, b)).times(clock) for a, b in pairwise(edges)])
    assert found.tobytes() == expected.tobytes()


def test_one_damaged_stamp_moves_nothing() -> None:
    made = link("jitter", NS, 100, 3, seconds=30.0, loss=0.0, drift=0.0)
    assert made.stamp is not None
    made.stamp[500] ^= np.uint64(1 << 50)
    clock = SampleClock(100, NS, START_NS)
    t_s = made.times(clock)
    assert clock.health.clock_resets == 0
    assert _errors_ms(made, t_s, 2.0).max() < 10.0


@pytest.mark.parametrize("real_hz", [5.0, 20.0, 100.0])
def test_a_sensor_with_another_rate_than_was_asked_for(real_hz: float) -> None:
    made = link("jitter", None, real_hz, 1, seconds=60.0, loss=0.0, drift=0.0)
    clock = SampleClock(50.0, None, START_NS)
    t_s = made.times(clock)
    assert clock.health.rate_hz == pytest.approx(real_hz, rel=0.01)
    assert clock.health.lost_samples == 0
    assert np.percentile(_errors_ms(made, t_s), 95) < 15.0


def test_real_packets_of_a_sensor_that_is_slower_than_it_says() -> None:
    path = real_data("ble_packet_times", "chest_acc.csv")
    stamps = np.array([float(line.split(",")[0]) for line in path.read_text().splitlines()[2:] if line[:1].isdigit()])
    arrival_s, count = np.unique(stamps, return_counts=True)
    clock = SampleClock(52.0)
    t_s, _ = clock.times(np.round((arrival_s - arrival_s[0]) * 1e9).astype(np.int64), count)
    received_hz = (len(t_s) - count[0]) / (arrival_s[-1] - arrival_s[0])
    assert clock.health.rate_hz == pytest.approx(received_hz, rel=1e-3)
    assert clock.health.lost_samples == 0
    late_ms = ((arrival_s - arrival_s[0]) - t_s[np.cumsum(count) - 1])[150:-1] * 1e3
    assert np.abs(late_ms).max() < 5.0
    np.testing.assert_allclose(np.diff(t_s)[600:], 1.0 / received_hz, rtol=0.01)


def test_state_does_not_grow() -> None:
    import tracemalloc

    clock = SampleClock(100, NS)
    made = link("bursts", NS, 100, 1, seconds=600.0)
    made.part(slice(0, 20_000)).times(clock)
    tracemalloc.start()
    try:
        made.part(slice(20_000, 21_000)).times(clock)
        before = tracemalloc.get_traced_memory()[0]
        for start in range(21_000, 59_000, 1_000):
            made.part(slice(start, start + 1_000)).times(clock)
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("time", [NS, US_LAST, MS_FIRST_16, SAMPLES_16, PACKETS_8])
def test_stamps_are_followed_over_their_end(time: Time) -> None:
    steps = StampSteps(time, 0.01)
    last = time.modulus - 1
    unit = 10_000_000 // (time.unit_ns or 10_000_000)
    stamp = np.array([(last - 2 * unit + n * unit) % time.modulus for n in range(5)], np.uint64)
    step, keep, anew = steps.advance(stamp, np.ones(5, np.int64), np.arange(5) * 10_000_000)
    assert keep.all()
    assert not anew.any()
    assert step.tolist() == [0, *[unit * (time.unit_ns or 1)] * 4]


def test_the_hull_s_slope_ignores_what_came_late() -> None:
    rng = np.random.default_rng(0)
    points = [(float(x), 3.0 + 1.007 * x + (0.0 if x % 7 == 0 else float(rng.exponential(0.1)))) for x in range(60)]
    assert hull_slope(points) == pytest.approx(1.007, abs=1e-9)
    assert hull_slope([(1.0, 2.0)]) == hull_slope([(1.0, 2.0), (1.0, 5.0)]) == 1.0


@pytest.mark.parametrize(
    "counted",
    [
        CountedLink(12.5, 1, 0.0075),
        CountedLink(25.0, 1, 0.03, stalls_per_s=1.0),
        CountedLink(52.0, 4, 0.05, stalls_per_s=1.0),
        CountedLink(50.0, 1, 0.015),
        CountedLink(100.0, 1, 0.03),
        CountedLink(100.0, 3, 0.03),
        CountedLink(100.0, 3, 0.03, stalls_per_s=1.0, drift=-0.007),
        CountedLink(50.0, 5, 0.05, stalls_per_s=1.0),
        CountedLink(52.0, 4, 0.1),
        CountedLink(104.0, 36, 0.015),
    ],
    ids=lambda counted: counted.words,
)
def test_lost_packets_are_told_from_a_slow_clock(counted: CountedLink) -> None:
    found = clocked(counted, seconds=200.0, seed=3)
    assert abs(found.rate_error) <= 0.001
    assert abs(found.loss_error) <= 0.004


@pytest.mark.parametrize(
    "counted",
    [
        CountedLink(100.0, 1, 0.03, host_s=0.004),
        CountedLink(50.0, 1, 0.05, host_s=0.008, by_event=True),
        CountedLink(100.0, 1, 0.03, host_s=0.008, by_event=True),
        CountedLink(52.0, 4, 0.03, host_s=0.008, by_event=True),
    ],
    ids=lambda counted: f"{counted.words}, host {1e3 * counted.host_s:g} ms",
)
def test_a_slow_host_is_taken_neither_for_losses_nor_for_another_rate(counted: CountedLink) -> None:
    found = clocked(counted, seconds=200.0, seed=3)
    assert found.p95_ms <= 10.0
    assert abs(found.rate_error) <= 0.001
    assert abs(found.loss_error) <= 0.004


def test_a_loss_is_told_by_the_event_that_shows_it() -> None:
    found = clocked(CountedLink(200.0, 3, 0.1), seconds=200.0, seed=3)
    assert found.p95_ms <= 10.0
    assert abs(found.rate_error) <= 0.001


def test_what_is_seen_before_the_interval_is_known_rules_out_no_period() -> None:
    found = clocked(CountedLink(100.0, 1, 0.1), seconds=60.0, seed=6)
    assert abs(found.rate_error) <= 0.001
    assert abs(found.loss_error) <= 0.004


def test_many_losses_are_not_taken_for_another_rate() -> None:
    found = clocked(CountedLink(104.0, 2, 0.05, loss=0.05, drift=0.0095), seconds=60.0, seed=1)
    assert abs(found.rate_error) <= 0.001
    assert abs(found.loss_error) <= 0.004


def test_stalls_are_not_taken_for_packets_that_alternate_between_events() -> None:
    found = clocked(CountedLink(50.0, 5, 0.05, 1.0), seconds=300.0, seed=5)
    assert found.p95_ms <= 10.0
    assert abs(found.rate_error) <= 0.001


def test_packets_longer_than_any_interval_are_soon_known_to_follow_none() -> None:
    found = clocked(CountedLink(104.0, 36, 0.0), seconds=600.0, seed=9)
    assert found.p95_ms <= 10.0


@pytest.mark.parametrize("interval_s", [0.0075, 0.05, 0.1])
@pytest.mark.parametrize("bin_s", [0.0004, 0.0027])
@pytest.mark.parametrize("host_s", [0.0, 0.008])
def test_one_event_or_another_takes_a_packet_along_wherever_its_phase_lies(
    interval_s: float, bin_s: float, host_s: float
) -> None:
    phase_s = np.linspace(0.0, interval_s, 100, endpoint=False)
    late_s = phase_s + interval_s * np.arange(-20, 40)[:, None]
    taken = interval_s * likelihood(late_s, 0.1, interval_s, host_s, bin_s).sum(axis=0)
    assert taken.max() <= 1.01
    assert taken.min() >= 0.95


def test_the_interval_is_found_although_the_host_is_late() -> None:
    rng = np.random.default_rng(0)
    events = np.cumsum(rng.integers(1, 3, 48))
    late_ns = rng.exponential(3e6, 48).astype(np.int64)
    interval = ConnectionInterval()
    interval.note(np.sort(events * 50_000_000 + late_ns), 2 * np.arange(48))
    interval.renew()
    assert interval.interval_s == 0.05


def test_bursts_that_are_torn_apart_hide_no_interval() -> None:
    events_ns = np.arange(64) * 100_000_000
    torn = np.random.default_rng(0).random(64) < 0.08
    begins_ns = np.sort(np.concatenate([events_ns, events_ns[torn] + 6_000_000]))
    interval = ConnectionInterval()
    interval.note(begins_ns, 5 * np.arange(len(begins_ns)))
    interval.renew()
    assert interval.interval_s == 0.1


def test_the_connection_interval_is_found_from_bursts() -> None:
    interval = ConnectionInterval()
    interval.note(np.cumsum([80, 80, 120, 80] * 8) * 1_000_000, np.arange(32))
    interval.renew()
    assert interval.interval_s == 0.04
    for begins_ns in np.split(4 * 10**9 + np.cumsum(np.random.default_rng(0).integers(10**7, 9 * 10**7, 1024)), 64):
        interval.note(begins_ns, np.arange(16))
        interval.renew()
    assert interval.interval_s == 0.0


def test_even_single_packets_tell_no_interval() -> None:
    interval = ConnectionInterval()
    interval.note(np.arange(60) * 78_750_000, np.arange(60))
    interval.renew()
    assert interval.interval_s is None
    interval.note(np.arange(60, 400) * 78_750_000, np.arange(60, 400))
    interval.renew()
    assert interval.interval_s == 0.0


def test_packets_that_seem_to_follow_a_longer_interval_are_found_out_by_their_slips() -> None:
    taken_ns = np.arange(300) * 348_000_000
    interval = ConnectionInterval()
    interval.note((taken_ns // 50_000_000 + 1) * 50_000_000, np.arange(300))
    interval.renew()
    assert interval.interval_s == 0.05


def test_events_are_freed_of_the_host_s_unevenness() -> None:
    events_ns = 10**12 + np.array([3, 4, 6] * 20).cumsum() * 30_000_000
    late_ns = np.random.default_rng(0).exponential(300_000, 60).astype(np.int64)
    interval = ConnectionInterval()
    interval.note(events_ns + late_ns, np.arange(60))
    interval.renew()
    assert np.ptp(interval.events_ns(events_ns + late_ns) - events_ns) < 100_000


def test_state_of_a_counted_sensor_does_not_grow() -> None:
    import pickle

    made = link("stalls", None, 100, 1, seconds=120.0)
    clock = SampleClock(100, None, START_NS)
    made.part(slice(0, 6_000)).times(clock)
    before = len(pickle.dumps(clock))
    made.part(slice(6_000, len(made.count))).times(clock)
    assert len(pickle.dumps(clock)) < before + 2_000
