"""Calibration: known scale and bias are found again, what cannot be calibrated is refused, and the pipe applies it."""

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_data import real_data

from athena_sense import Session, calibration
from athena_sense import replay as replayed
from athena_sense.calibration import StillPositions, fit_calibration, fit_scale, joined, still_positions
from athena_sense.datatypes import Calibration, FloatArray, SampleBatch, StreamInfo
from athena_sense.dsp.quality import StreamQuality
from athena_sense.errors import CalibrationError, RecordingError
from athena_sense.landings.flight import Flight
from athena_sense.landings.impact import impact
from athena_sense.recordings import RecordingHeader, RecordingWriter, open_recording, read_recording
from athena_sense.recordings.header import parse_header
from athena_sense.simulation import simulate
from athena_sense.simulation.sensor import random_rotation
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

TODAY = date(2026, 3, 1)
INFO = StreamInfo(100.0, False)
MENDS = Calibration((1.04, 0.97, 1.01), (0.3, -0.5, 0.2), TODAY, "positions", 6, 0.04, 0.003)


def sent(acc_m_s2: FloatArray, mended_by: Calibration) -> FloatArray:
    """What a sensor sends that this calibration mends."""
    return mended_by.undone(acc_m_s2)


def worn(mended_by: Calibration, seed: int = 0, gravity: float = G) -> tuple[SampleBatch, FloatArray]:
    """A sensor that lies for 3 s in each of 20 positions, with movement between; and the positions, as they were."""
    rng = np.random.default_rng(seed)
    ups = np.array([random_rotation(rng)[2] for _ in range(20)])
    shaken = rng.normal(0.0, 4.0, (20, 100, 3))
    parts = [
        np.concatenate((np.tile(gravity * up, (300, 1)), gravity * up + more))
        for up, more in zip(ups, shaken, strict=True)
    ]
    acc = sent(np.concatenate(parts), mended_by)
    return SampleBatch(np.arange(len(acc)) / 100.0, acc + rng.normal(0.0, 0.02, acc.shape)), G * ups


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rate_hz", [25.0, 104.0, 200.0])
def test_six_sides_give_scale_and_bias_back(seed: int, rate_hz: float) -> None:
    """The simulated sensor's noise, ±5 % scale and ±60 mg bias; the truth is its faultless twin."""
    asked = {"seed": seed, "rate_hz": rate_hz, "scale_error": 0.05, "bias_g": 0.06}
    one = simulate("six-sides", "other", **asked)
    ideal = simulate("six-sides", "other", **asked, ideal=True)
    found = fit_calibration(still_positions(one.samples, one.info), TODAY)
    assert found.positions == 6
    for span in one.truth.spans:
        if span.kind == "still":
            means = [
                batch.acc_m_s2[(batch.t_s > span.start_s + 0.5) & (batch.t_s < span.end_s - 0.3)].mean(axis=0)
                for batch in (one.samples.calibrated(found), ideal.samples)
            ]
            assert np.abs(means[0] - means[1]).max() < 0.005 * G


@pytest.mark.parametrize("seed", range(8))
def test_any_many_positions_give_scale_and_bias_back(seed: int) -> None:
    samples, truly = worn(MENDS, seed)
    found = fit_calibration(still_positions(samples, INFO), TODAY)
    assert np.abs(np.array(found.scale) / MENDS.scale - 1.0).max() < 0.005
    assert np.abs(found.applied(sent(truly, MENDS)) - truly).max() < 0.005 * G
    assert found.error_after is not None
    assert found.error_after < 0.01 < found.error_before


def test_recordings_of_one_sensor_are_joined() -> None:
    samples, _ = worn(MENDS)
    whole = fit_calibration(still_positions(samples, INFO), TODAY)
    halves = joined(still_positions(part, INFO) for part in (samples[:2000], samples[2000:]))
    assert fit_calibration(halves, TODAY).scale == pytest.approx(whole.scale, abs=1e-3)


def test_recordings_that_disagree_are_not_of_one_sensor() -> None:
    with pytest.raises(CalibrationError, match=r"held alike it reads 9\.19 and 9\.78 m/s²; are they of one sensor"):
        joined([held((0.1, 1.0, 0.0), size=9.78), held((0.1, 1.0, 0.0), size=9.19)])
    both = joined([held((0.1, 1.0, 0.0), size=9.19), held((0.1, 1.0, 0.0), (1.0, 0.0, 0.0), size=9.25)])
    assert len(both.acc_m_s2) == 2


def held(*ups: tuple[float, float, float], size: float = G) -> StillPositions:
    positions = StillPositions(100.0)
    for up in ups:
        positions.add(size * np.array(up) / np.linalg.norm(up), 0.01)
    return positions


SIX = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
CORNERS = tuple((x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1))


@pytest.mark.parametrize(
    ("positions", "says"),
    [
        (held(), "never still for two seconds"),
        (held(SIX[0]), r"still in 1 position only, never with -x, \+y, -y, \+z or -z up"),
        (held(*SIX[:5]), r"still in 5 positions only, never with -z up: .*each of its six sides"),
        (held((1, 1, 1), (-1, -1, 1), (1, -1, -1), (-1, 1, -1)), "needs six or more"),
        (held(*CORNERS), "8 still positions are too much alike"),
        (held(*SIX, size=1.0), "0.10 to 0.10 g: no sensor is so far off"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(positions: StillPositions, says: str) -> None:
    with pytest.raises(CalibrationError, match=says):
        fit_calibration(positions, TODAY)


def test_a_position_that_was_not_at_rest_is_left_out_and_two_are_too_many() -> None:
    positions = held(*SIX, *CORNERS[:4])
    positions.add(np.array([0.0, 8.6, 8.6]), 0.01)  # in a lift: 1.24 g
    found = fit_calibration(positions, TODAY)
    assert found.positions == 10
    assert found.scale == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)
    positions.add(np.array([8.6, 0.0, 8.6]), 0.01)
    with pytest.raises(CalibrationError, match="2 of its 12 still positions do not fit"):
        fit_calibration(positions, TODAY)


def test_without_gravity_there_is_nothing_to_calibrate_by() -> None:
    samples, _ = worn(MENDS)
    with pytest.raises(CalibrationError, match="gravity was taken out"):
        still_positions(samples, replace(INFO, has_gravity=False))


def test_one_position_gives_one_scale_and_says_what_that_is_worth() -> None:
    found = fit_scale(held((0.1, 1.0, 0.0), size=9.19), TODAY)
    assert found.scale == pytest.approx((G / 9.19,) * 3)
    assert found.bias_m_s2 == (0.0, 0.0, 0.0)
    assert found.error_after is None
    assert "right only for a sensor without bias" in noted(StreamInfo(100.0, False, calibration=found))


def test_one_scale_over_several_positions_says_what_it_leaves_and_is_refused_where_that_is_too_much() -> None:
    """Of a bias b along an axis one scale leaves the most where that axis points up or down."""
    for bias_m_s2, left in ((0.0, 0.0), (0.1, 0.1 / G), (0.4, None)):
        positions = StillPositions(100.0)
        for up in SIX:
            positions.add(1.05 * G * np.array(up) + np.array([0.0, 0.0, 1.05 * bias_m_s2]), 0.01)
        if left is None:
            with pytest.raises(CalibrationError, match=r"up to 4.* % off in its 6 still positions: .*six sides"):
                fit_scale(positions, TODAY)
            continue
        found = fit_scale(positions, TODAY)
        assert found.scale[0] == pytest.approx(1.0 / 1.05, rel=1e-3)
        assert found.error_after == pytest.approx(left, abs=1e-4)


@given(cuts=st.lists(st.integers(0, 8000), max_size=8))
def test_still_positions_do_not_depend_on_the_cut(cuts: list[int]) -> None:
    samples, _ = worn(MENDS)
    positions = StillPositions(100.0)
    for a, b in pairwise([0, *sorted(cuts), len(samples)]):
        positions.feed(samples[a:b])
    assert np.array_equal(positions.acc_m_s2, still_positions(samples, INFO).acc_m_s2)


def test_a_sensor_that_sends_zeros_was_never_still() -> None:
    positions = still_positions(SampleBatch(np.arange(400) / 100.0, np.zeros((400, 3))), INFO)
    assert positions.sides == ()
    with pytest.raises(CalibrationError, match="never still"):
        fit_calibration(positions, TODAY)


def test_stillness_across_a_hole_is_none() -> None:
    t = np.concatenate((np.arange(150), np.arange(150) + 200)) / 100.0
    samples = SampleBatch(t, np.tile([0.0, 0.0, G], (300, 1)))
    assert len(still_positions(samples, INFO).acc_m_s2) == 0
    assert len(still_positions(replace(samples, t_s=np.arange(300) / 100.0), INFO).acc_m_s2) == 1


# ---- in the pipe


def noted(info: StreamInfo, acc_m_s2: FloatArray | None = None, cuts: tuple[int, ...] = ()) -> str:
    quality = StreamQuality(info)
    acc = np.empty((0, 3)) if acc_m_s2 is None else acc_m_s2
    acc = acc + np.random.default_rng(4).normal(scale=0.005, size=acc.shape)
    samples = SampleBatch(np.arange(len(acc)) / 100.0, acc)
    for a, b in pairwise([0, *cuts, len(acc)]):
        quality.take(samples[a:b])
    return "; ".join(quality.summary().notes)


@pytest.mark.parametrize(("reads", "told"), [(9.19, True), (9.55, True), (9.65, False), (G, False), (10.2, True)])
@pytest.mark.parametrize("still_s", [2.5, 60.0])
def test_a_gravity_that_is_off_is_told(reads: float, told: bool, still_s: float) -> None:
    rng = np.random.default_rng(3)
    acc = reads * random_rotation(rng)[0] + rng.normal(0.0, 0.03, (round(100 * still_s), 3))
    note = noted(INFO, acc)
    assert ("mend it with: athena-sense calibrate FILE --one-scale --sensor NAME" in note) == told
    assert (f"reads {reads:.2f} m/s² instead of 9.81" in note) == told
    assert noted(INFO, acc, (7, 101, 202)) == note
    assert noted(replace(INFO, has_gravity=False), acc) == ""


def test_two_positions_of_a_sensor_with_bias_are_told_as_a_range() -> None:
    up = np.tile([0.0, 0.0, G], (400, 1))
    note = noted(INFO, np.concatenate((up, -up)) + np.array([0.0, 0.0, 0.4]))
    assert "reads 9.41 to 10.21 m/s²" in note
    assert "mend it with a recording of it on each of its six sides, and athena-sense calibrate RECORDING" in note


def test_what_mends_a_sensor_is_told_as_it_is_typed() -> None:
    acc = np.tile([0.0, 0.0, 9.19], (400, 1))
    assert 'mend it with: athena-sense calibrate --device "MetaWear C0:FF:EE:00:00:01"' in noted(METAWEAR, acc)
    named = replace(INFO, sensor="left foot")
    assert 'athena-sense calibrate FILE --one-scale --sensor "left foot"' in noted(named, acc)
    kind = replace(INFO, sensor="Shimmer", sensor_is_kind=True)
    assert "athena-sense calibrate FILE --one-scale --sensor NAME" in noted(kind, acc)
    again = noted(replace(METAWEAR, calibration=replace(MENDS, scale=(1.2, 1.2, 1.2))), acc)
    assert 'calibrated as it is; mend it by replay --calibration "MetaWear C0:FF:EE:00:00:01", after: athena' in again
    assert "no sensor is so far off: is it in another unit?" in noted(INFO, 0.7 * acc)
    session = Session(replace(INFO, sensor="left foot"), "single-leg-balance", "waist")
    session.feed(SampleBatch(np.arange(400) / 100.0, acc))
    assert 'calibrate "my set.arrows" --one-scale' in "".join(session.result("my set.arrows").quality.notes)


def test_one_position_that_is_off_is_told_and_a_lift_is_not() -> None:
    up = np.tile([0.0, 0.0, G], (3000, 1))
    aside = np.tile([9.5, 0.0, 0.0], (600, 1))
    assert "reads 9.50 m/s² instead of 9.81 (3 % off)" in noted(INFO, np.concatenate((up, aside)))
    assert noted(INFO, np.concatenate((up, 1.1 * up[:250], up))) == ""


def test_who_moves_shows_no_gravity() -> None:
    for placement in ("foot", "waist", "wrist"):
        one = simulate("walking", placement, seed=2, bias_g=0.2)
        walked = next(span for span in one.truth.spans if span.kind != "still")
        inside = (one.samples.t_s > walked.start_s + 0.5) & (one.samples.t_s < walked.end_s - 0.5)
        assert "at rest" not in noted(one.info, one.samples.acc_m_s2[inside])


def test_a_calibrated_sensor_is_not_told_off_but_that_it_is_calibrated_is() -> None:
    acc = sent(np.tile([0.0, 0.0, G], (400, 1)), MENDS)
    info = replace(INFO, calibration=MENDS)
    assert noted(info, acc) == "calibrated on 2026-03-01: scale 1.040, 0.970, 1.010; bias 31, -51, 20 mg"
    assert "calibrated as it is" in noted(info, 1.1 * acc)


def test_the_samples_are_mended_before_anything_is_measured() -> None:
    """A sensor off by MENDS, calibrated by it, gives the set of a sensor that is right."""
    one = simulate("calf", "foot", seed=3, reps=4, lowering_s=4.0)
    right = Session(one.info, "eccentric-calf", "foot")
    off = Session(replace(one.info, calibration=MENDS), "eccentric-calf", "foot")
    right.feed(one.samples)
    off.feed(replace(one.samples, acc_m_s2=sent(one.samples.acc_m_s2, MENDS)))
    right.finish()
    off.finish()
    assert len(off.reps) == 4
    for a, b in zip(off.reps, right.reps, strict=True):
        assert a.start_s == pytest.approx(b.start_s, abs=1e-6)


@given(cuts=st.lists(st.integers(0, 3000), max_size=8))
def test_any_cut_of_a_calibrated_set_gives_the_same(cuts: list[int]) -> None:
    one = simulate("jumps", "waist", seed=3, reps=2, rate_hz=100.0)
    info = replace(one.info, calibration=MENDS)
    results = []
    for at in ([], cuts):
        session = Session(info, "box-jump", "waist")
        for a, b in pairwise([0, *sorted(at), max(len(one.samples), 3000)]):
            session.feed(one.samples[a:b])
        session.finish()
        results.append(session.result().to_json())
    assert results[0] == results[1]


@pytest.mark.parametrize("factor", [0.93, 1.07])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("peak_g", "bound"), [(16.0, "at_least"), (15.2, "exact")])
def test_the_range_ends_where_the_sensors_own_does(factor: float, known: bool, peak_g: float, bound: str) -> None:
    scaled = Calibration((factor,) * 3, (0.1, 0.1, 0.1), TODAY, "positions", 6, 0.05, 0.003)
    info = StreamInfo(500.0, False, acc_range_m_s2=16.0 * G if known else None, calibration=scaled)
    t = np.arange(200) / 500.0
    raw = np.zeros((200, 3))
    raw[100:110, 2] = peak_g * G if bound == "at_least" else peak_g * G - 0.01 * np.arange(10)
    found = impact(t, scaled.applied(raw), Flight(0.0, 0.19), "exact", info)
    assert found["peak_impact_g"].bound == bound


# ---- kept and recorded


def test_a_header_keeps_it_bit_for_bit(tmp_path: Path) -> None:
    odd = replace(MENDS, scale=(1.0 / 3.0 + 0.7, 0.1 + 0.9 + 1e-16, 1.0), bias_m_s2=(0.1, 1e-17, -1.0 / 7.0))
    header = RecordingHeader(sample_rate_hz=100.0, calibration=odd, more_sensors=())
    assert parse_header(header.model_dump_json(), "x").calibration == odd
    assert header.with_changes(athlete="a").info.calibration == odd
    samples, _ = worn(MENDS)
    with RecordingWriter(tmp_path / "set.arrows", header) as writer:
        writer.write_samples(samples)
    again = read_recording(tmp_path / "set.arrows")
    assert again.header.calibration == odd
    assert np.array_equal(again.samples.acc_m_s2, samples.acc_m_s2)


@pytest.mark.parametrize("scale", ["[0, 1, 1]", "[1, 1]", '["a", 1, 1]', "[1e9, 1, 1]"])
def test_a_damaged_calibration_in_a_header_is_told(scale: str) -> None:
    text = RecordingHeader(sample_rate_hz=100.0, calibration=MENDS).model_dump_json()
    with pytest.raises(RecordingError, match="header is damaged at 'calibration"):
        parse_header(text.replace("[1.04,0.97,1.01]", scale), "set.arrows")


def test_a_replay_uses_what_was_recorded_or_what_it_is_told(tmp_path: Path) -> None:
    one = simulate("jumps", "waist", seed=3, reps=2)
    header = RecordingHeader(
        sensor="S1", sample_rate_hz=100.0, has_gyroscope=True, placement="waist", exercise="box-jump", calibration=MENDS
    )
    with RecordingWriter(tmp_path / "set.arrows", header) as writer:
        writer.write_samples(one.samples)
    path = tmp_path / "set.arrows"
    asked: list[tuple[str | None, Calibration | None]] = []

    def none(info: StreamInfo) -> None:
        asked.append((info.own_name, info.calibration))

    assert any("calibrated on" in note for note in replayed(path).quality.notes)
    assert not any("calibrated on" in note for note in replayed(path, calibrate=none).quality.notes)
    assert asked == [("S1", MENDS)]


@pytest.mark.usefixtures("home")
def test_it_is_kept_by_the_sensors_name(tmp_path: Path) -> None:
    assert calibration.find("S1") is None
    calibration.keep("S1", MENDS)
    other = replace(MENDS, scale=(1.0, 1.0, 1.0 / 3.0 + 0.6))
    calibration.keep("S2", other)
    assert calibration.find("S1") == MENDS
    assert calibration.find("S2") == other
    assert calibration.find(None) is None
    one = StreamInfo(100.0, False, sensor="S1")
    assert calibration.of_stream(one) == MENDS
    assert calibration.of_stream(replace(one, calibration=other)) == other
    assert calibration.forget("S1")
    assert not calibration.forget("S1")
    assert list(calibration.known()) == ["S2"]
    calibration.write_file(tmp_path / "one.json", "S2", other)
    assert calibration.read_file(tmp_path / "one.json") == ("S2", other)
    (tmp_path / "two.json").write_text("{}")
    for name, says in (("two.json", "holds 0"), ("none.json", "cannot be read"), ("no.json", "is no calibration")):
        (tmp_path / "no.json").write_text("[")
        with pytest.raises(CalibrationError, match=says):
            calibration.read_file(tmp_path / name)


METAWEAR = StreamInfo(100.0, True, sensor="MetaWear C0:FF:EE:00:00:01", sensor_is_device=True)


@pytest.mark.usefixtures("home")
def test_what_was_kept_under_the_name_of_a_model_mends_nothing_by_itself_and_says_so() -> None:
    assert calibration.not_used(METAWEAR) is None
    calibration.keep("MetaWear", MENDS)
    assert calibration.of_stream(METAWEAR) is None
    told = calibration.not_used(METAWEAR)
    assert told is not None
    assert "kept as MetaWear is not used: it may be of another sensor of that name" in told
    assert told.endswith('athena-sense calibrate --device "MetaWear C0:FF:EE:00:00:01"')
    of_earlier = replace(METAWEAR, sensor="MetaWear", sensor_is_kind=True, sensor_is_device=False)
    assert calibration.of_stream(of_earlier) is None
    assert str(calibration.not_used(of_earlier)).endswith("replay the recording with --calibration MetaWear")
    assert calibration.not_used(replace(METAWEAR, sensor="MetaWearable C0:FF:EE:00:00:01")) is None
    assert METAWEAR.sensor is not None
    calibration.keep(METAWEAR.sensor, MENDS)
    assert calibration.not_used(METAWEAR) is None
    assert calibration.of_stream(METAWEAR) == MENDS


@pytest.mark.parametrize(
    ("sensor", "profile", "kind", "own", "is_device"),
    [
        ("MetaWear", "metamotion", "notifications", None, False),
        ("MetaWear", "metamotion", "samples", None, False),
        ("left foot", "metamotion", "samples", "left foot", False),  # named when it was imported
        ("Polar H10 A1B2C3D4", "polar_h10", "notifications", "Polar H10 A1B2C3D4", True),
        ("one of mine", "of_my_own", "notifications", None, False),
        ("left foot", None, "samples", "left foot", False),
    ],
)
def test_a_recording_of_earlier_names_one_sensor_only_where_no_other_has_its_name(
    sensor: str, profile: str | None, kind: str, own: str | None, is_device: bool
) -> None:
    one = {"sensor": sensor, "sample_rate_hz": 100.0, "profile": profile, "sensor_is_kind": False}
    header = parse_header(json.dumps({**one, "format_version": 1, "kind": kind, "more_sensors": [one]}), "x")
    for read in header.sensors:
        assert (read.info.own_name, read.sensor_is_device) == (own, is_device)
    simulated = json.dumps({**one, "format_version": 1, "kind": kind, "simulated": True})
    assert parse_header(simulated, "x").info.own_name == sensor
    again = header.with_changes(sensor="MetaWear C0:FF:EE:00:00:01", sensor_is_kind=False)
    assert parse_header(again.model_dump_json(), "x").info.own_name == "MetaWear C0:FF:EE:00:00:01"


# ---- real sensors


@pytest.mark.parametrize(("name", "told"), [("q1", False), ("q2", True), ("q3", True), ("q7", True)])
def test_a_real_sensor_that_is_off_is_told(name: str, told: bool) -> None:
    opened = open_recording(real_data("postural_sway", f"{name}.dat"))
    assert opened.samples is not None
    quality = StreamQuality(opened.header.info)
    quality.take(opened.samples)
    notes = "; ".join(quality.summary().notes)
    assert ("at rest the sensor reads 9.19 m/s² instead of 9.81 (6 % off)" in notes) == told
    with pytest.raises(CalibrationError, match="scale and bias cannot be told apart"):
        fit_calibration(still_positions(opened.samples, opened.header.info), TODAY)


def test_real_walking_jumping_and_volleyball_are_not_told_off() -> None:
    paths = [real_data("ble_packet_times", "chest_acc.csv"), *real_data("phyphox_jump_walk").glob("*.csv")]
    for path in paths:
        opened = open_recording(path)
        assert opened.samples is not None
        quality = StreamQuality(opened.header.info)
        quality.take(opened.samples)
        assert "at rest" not in "; ".join(quality.summary().notes)
