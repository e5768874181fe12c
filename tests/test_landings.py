"""Landings: laws first, then jumps written down from physics, then what must not be claimed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from athena_sense.datatypes import FloatArray, Landing, Measurement, SampleBatch, StreamInfo
from athena_sense.landings import LandingDetector, jump_height_m
from athena_sense.landings.flight import IMPACT_S
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

SITES = ("waist", "thigh", "chest", "shank", "foot")
CONTACT_S = 3.0


def force_g(t: FloatArray, flight_s: float, peak_g: float = 4.0, pulse_s: float = 0.06) -> FloatArray:
    """(n,) vertical force of one jump (body weights): stand, crouch, push, fly, land at `CONTACT_S`, stand."""
    leaves = CONTACT_S - flight_s
    out = np.ones_like(t)
    out -= 0.5 * np.sin(np.pi * np.clip((t - leaves + 0.6) / 0.3, 0.0, 1.0))
    out += 1.3 * np.sin(np.pi * np.clip((t - leaves + 0.32) / 0.28, 0.0, 1.0))
    out *= np.clip((leaves - t) / 0.04, 0.0, 1.0) + (t >= CONTACT_S)
    after = np.clip((t - CONTACT_S) / 0.3, 0.0, 1.0)
    out[t >= CONTACT_S] = np.clip((t[t >= CONTACT_S] - CONTACT_S) / 0.02, 0.0, 1.0)
    out += 0.8 * np.sin(np.pi * after) * (t >= CONTACT_S)
    return out + (peak_g - 1.3) * np.sin(np.pi * np.clip((t - CONTACT_S) / pulse_s, 0.0, 1.0))


def jump(
    flight_s: float = 0.45, rate_hz: float = 200.0, *, peak_g: float = 4.0, noise_g: float = 0.005, end_s: float = 5.0
) -> SampleBatch:
    """A sensor mounted any way on a body that jumps once."""
    rng = np.random.default_rng(4)
    t = np.arange(0.0, end_s, 1.0 / rate_hz)
    acc = force_g(t, flight_s, peak_g)[:, None] * np.array([0.48, -0.6, 0.64])
    return SampleBatch(t, G * (acc + rng.normal(0.0, noise_g, acc.shape)))


def found(
    samples: SampleBatch,
    placement: str = "waist",
    *,
    rate_hz: float = 200.0,
    sizes: list[int] | None = None,
    range_g: float | None = None,
    rise_m: float = 0.0,
) -> list[Landing]:
    info = StreamInfo(rate_hz, has_gyroscope=False, acc_range_m_s2=None if range_g is None else range_g * G)
    detector = LandingDetector(info, placement, rise_m)
    landings, start = [], 0
    for size in sizes or []:
        landings += detector.feed(samples[start : start + size]).landings
        start += size
    landings += detector.feed(samples[start:]).landings
    return landings + list(detector.finish().landings)


def value(landing: Landing, name: str) -> float:
    measured = landing.measurements[name].value
    assert measured is not None, landing.measurements[name].reason
    return measured


@pytest.mark.parametrize("placement", ["waist", "foot"])
@given(sizes=st.lists(st.integers(0, 300), max_size=12), lost=st.booleans())
def test_any_cut_gives_the_same_landings(placement: str, sizes: list[int], lost: bool) -> None:
    samples = jump(rate_hz=100.0)
    if lost:
        kept = np.random.default_rng(1).random(len(samples)) > 0.03
        samples = SampleBatch(samples.t_s[kept], samples.acc_m_s2[kept])
    whole = found(samples, placement, rate_hz=100.0)
    assert found(samples, placement, rate_hz=100.0, sizes=sizes) == whole
    assert len(whole) == 1


def test_one_sample_at_a_time_gives_the_same_landings() -> None:
    samples = jump(rate_hz=100.0)
    assert found(samples, rate_hz=100.0, sizes=[1] * len(samples)) == found(samples, rate_hz=100.0)


@pytest.mark.parametrize("placement", SITES)
@given(acc=arrays(np.float64, (300, 3), elements=st.floats(-160.0, 160.0)), rate_hz=st.sampled_from([40.0, 200.0]))
def test_any_samples_are_borne(placement: str, acc: FloatArray, rate_hz: float) -> None:
    t = np.arange(300) / rate_hz
    for landing in found(SampleBatch(t, acc), placement, rate_hz=rate_hz):
        assert t[0] <= landing.time_s <= t[-1]


@given(stop=st.integers(1, 1000))
def test_a_recording_may_end_anywhere(stop: int) -> None:
    landings = found(jump()[:stop])
    assert len(landings) == (1 if stop / 200.0 > CONTACT_S + IMPACT_S else len(landings))
    for landing in landings:
        cut_off = landing.measurements["peak_impact_g"].reason == "cut_off"
        assert cut_off == (stop / 200.0 < landing.time_s + IMPACT_S - 0.005)


@pytest.mark.parametrize("placement", SITES)
@pytest.mark.parametrize("rate_hz", [52.0, 104.0, 208.0, 833.0])
@pytest.mark.parametrize("flight_s", [0.3, 0.45, 0.6])
def test_a_jump_from_physics(placement: str, rate_hz: float, flight_s: float) -> None:
    (landing,) = found(jump(flight_s, rate_hz, peak_g=5.0), placement, rate_hz=rate_hz)
    period_s = 1.0 / rate_hz
    assert abs(landing.time_s - CONTACT_S) < 0.008 + 0.5 * period_s
    assert abs(value(landing, "flight_time_s") - flight_s) < 0.016 + 0.5 * period_s
    assert value(landing, "peak_impact_g") <= 5.1


def of_a_leg(
    flight_s: float, swing_g: float, swing_hz: float, *, peak_g: float = 5.0, rate_hz: float = 200.0
) -> SampleBatch:
    """A foot that jumps: it follows the body with a spike of 0.1 s, then swings against it until `CONTACT_S`."""
    t = np.arange(0.0, 5.0, 1.0 / rate_hz)
    since_s = t - (CONTACT_S - flight_s)
    spike = 4.0 * np.sin(np.pi * np.clip(since_s / 0.1, 0.0, 1.0))
    flying = (since_s > 0.1) & (t < CONTACT_S)
    swing = np.where(flying, swing_g * np.sin(2.0 * np.pi * swing_hz * (since_s - 0.1)), 0.0)
    force = force_g(t, flight_s, peak_g) + spike
    return SampleBatch(t, G * np.column_stack((swing, np.zeros_like(t), force)))


@pytest.mark.parametrize("placement", ["shank", "foot"])
@pytest.mark.parametrize("rate_hz", [104.0, 200.0])
@pytest.mark.parametrize(
    ("flight_s", "swing_g", "swing_hz", "peak_g"),
    [
        (0.30, 1.0, 4.0, 5.0),  # hardly longer than it takes to follow the body
        (0.50, 1.5, 2.4, 5.0),  # accelerated one way for longer than a short window
        (0.36, 3.0, 4.0, 3.2),  # swings as hard as it lands
    ],
)
def test_a_leg_that_swings_in_flight_still_lands(
    placement: str, rate_hz: float, flight_s: float, swing_g: float, swing_hz: float, peak_g: float
) -> None:
    samples = of_a_leg(flight_s, swing_g, swing_hz, peak_g=peak_g, rate_hz=rate_hz)
    (landing,) = found(samples, placement, rate_hz=rate_hz)
    assert abs(landing.time_s - CONTACT_S) < 0.015
    assert abs(value(landing, "flight_time_s") - flight_s) < 0.03


@pytest.mark.parametrize("placement", ["shank", "foot"])
@given(swing_g=st.floats(0.5, 4.0), swing_hz=st.floats(1.0, 4.0), seconds=st.floats(0.2, 1.0))
def test_a_leg_that_swings_and_is_set_down_has_not_jumped(
    placement: str, swing_g: float, swing_hz: float, seconds: float
) -> None:
    t = np.arange(0.0, 5.0, 0.005)
    swing = swing_g * np.sin(2.0 * np.pi * swing_hz * (t - 2.0)) * ((t > 2.0) & (t < 2.0 + seconds))
    step = 3.0 * np.sin(np.pi * np.clip((t - 2.0 - seconds) / 0.03, 0.0, 1.0))
    acc = np.column_stack((swing, np.zeros_like(t), 1.0 + step))
    assert found(SampleBatch(t, G * acc), placement) == []


def test_a_jump_down_from_the_box_without_a_push_is_a_landing() -> None:
    t = np.arange(0.0, 5.0, 0.01)
    force = np.where(t < 2.75, 1.0, np.where(t < CONTACT_S, 0.0, force_g(t, 0.25)))
    (landing,) = found(SampleBatch(t, G * force[:, None] * [0.0, 0.0, 1.0]), rate_hz=100.0, rise_m=-0.3048)
    assert abs(value(landing, "flight_time_s") - 0.25) < 0.015
    assert value(landing, "jump_height_m") < 0.01


def test_hops_tell_the_time_on_the_ground() -> None:
    t = np.arange(0.0, 8.0, 0.005)
    phase = (t - 2.0) % 0.55
    hopping = np.where(phase < 0.2, 2.75 * np.pi / 2.0 * np.sin(np.pi * np.clip(phase / 0.2, 0.0, 1.0)), 0.0)
    force = np.where((t > 2.0) & (t < 4.2), hopping, np.where((t >= 4.2) & (t < 4.4), 2.5, 1.0))
    landings = found(SampleBatch(t, G * force[:, None] * [0.0, 1.0, 0.0]))
    assert len(landings) == 4
    for landing in landings[:-1]:
        assert abs(value(landing, "contact_time_s") - 0.2) < 0.02
        assert landing.measurements["settle_time_s"].reason == "not_settled"
    assert landings[-1].measurements["contact_time_s"].reason == "no_next_jump"
    assert abs(value(landings[-1], "settle_time_s") - 0.2) < 0.02


def test_settling_ends_when_the_body_stands_still() -> None:
    (landing,) = found(jump())
    assert abs(value(landing, "settle_time_s") - 0.3) < 0.05


def test_the_contact_is_told_once_its_peak_is_over() -> None:
    detector, samples, told_s = LandingDetector(StreamInfo(200.0, False), "waist", 0.0), jump(), []
    for row in range(len(samples)):
        update = detector.feed(samples[row : row + 1])
        told_s += [samples.t_s[row] - event.time_s for event in update.events if event.kind == "landing_contact"]
    assert len(told_s) == 1
    assert told_s[0] < IMPACT_S + 0.05


def test_peaks_are_least_values_where_the_rate_or_the_range_is_too_small() -> None:
    samples = jump(peak_g=5.0)

    def peak(placement: str, range_g: float | None = 16.0) -> Measurement:
        (landing,) = found(samples, placement, range_g=range_g)
        return landing.measurements["peak_impact_g"]

    assert peak("waist").bound == peak("shank").bound == "exact"
    assert peak("foot").bound == "at_least"
    clipped = SampleBatch(samples.t_s, np.clip(samples.acc_m_s2, -2.0 * G, 2.0 * G))
    for range_g in (2.0, None):
        (landing,) = found(clipped, range_g=range_g)
        assert landing.measurements["peak_impact_g"].bound == "at_least"
        assert landing.measurements["impact_slope_g_per_s"].bound == "at_least"


@pytest.mark.parametrize(
    ("hole_s", "unknown"),
    [
        ((2.53, 2.57), {"flight_time_s", "jump_height_m"}),
        ((2.70, 2.74), set()),
        ((3.03, 3.07), {"flight_time_s", "jump_height_m", "peak_impact_g", "impact_slope_g_per_s"}),
        ((3.08, 3.12), {"peak_impact_g", "impact_slope_g_per_s"}),
    ],
)
def test_a_hole_leaves_unknown_what_it_touches(hole_s: tuple[float, float], unknown: set[str]) -> None:
    samples = jump()
    kept = (samples.t_s < hole_s[0]) | (samples.t_s > hole_s[1])
    (landing,) = found(SampleBatch(samples.t_s[kept], samples.acc_m_s2[kept]))
    assert {name for name, got in landing.measurements.items() if got.reason == "gap"} == unknown


@pytest.mark.parametrize("placement", SITES)
def test_what_is_no_landing(placement: str) -> None:
    t = np.arange(0.0, 10.0, 0.01)
    still = np.ones_like(t)
    falls_for_ever = np.where(t < 3.0, 1.0, 0.02)
    lost = np.where((t > 3.0) & (t < 3.4), 0.0, 1.0)  # a sensor that sends zeros
    runs = np.where((t * 2.8) % 1.0 < 0.63, 2.5 * np.sin(np.pi * ((t * 2.8) % 1.0) / 0.63), 0.0)
    walks = 1.0 + 0.6 * np.sin(2.0 * np.pi * 1.9 * t)
    lift = np.where((t > 3.0) & (t < 3.5), 0.6, np.where((t >= 3.5) & (t < 4.0), 1.4, 1.0))
    for force in (still, falls_for_ever, lost, runs, walks, lift):
        assert found(SampleBatch(t, G * force[:, None] * [0.6, 0.0, 0.8]), placement, rate_hz=100.0) == []


def test_height_allows_for_the_box() -> None:
    up, flat, down = (jump_height_m(0.45, rise_m) for rise_m in (0.3048, 0.0, -0.3048))
    assert flat == pytest.approx(G * 0.45**2 / 8.0)
    # The same speed at take-off, seen from the energy: v² = 2 g h, and the landing lies H higher.
    for height, rise_m in ((up, 0.3048), (flat, 0.0), (down, -0.3048)):
        speed = np.sqrt(2.0 * G * height)
        assert speed * 0.45 - G * 0.45**2 / 2.0 == pytest.approx(rise_m)
