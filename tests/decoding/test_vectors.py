"""Packets of real sensors and of makers' own tests, collected beside the real recordings, decode to the digit."""

import json
from typing import Any

import numpy as np
import pytest

from athena_sense.datatypes import Notification
from athena_sense.decoding import Decoded, PacketDecoder
from athena_sense.profiles import choose, get_profile
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2
from tests.real_data import REAL_DATA

VECTORS = REAL_DATA.parent / "reference" / "vectors.json"
G = STANDARD_GRAVITY_M_S2
MG = G / 1000.0


@pytest.fixture
def vectors() -> dict[str, dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip("the collected packets are not here (vectors.json)")
    return {vector["name"]: vector for vector in json.loads(VECTORS.read_text())}


def _decoded(
    profile: str, vector: dict[str, Any], channel: str = "data", announced: str = "", **ranges: float | bool
) -> Decoded:
    made = get_profile(profile)
    decoder = PacketDecoder(made, choose(made, **ranges))  # type: ignore[arg-type]
    before = [Notification(0, "control", bytes.fromhex(announced))] if announced else []
    decoded = decoder.feed([*before, Notification(0, channel, bytes.fromhex(vector["hex"]))])
    assert decoded.errors == ()
    return decoded if len(decoded.motion) or len(decoded.rotation) else decoder.finish()


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("acc_type1_16bit", "polar_h10"),
        ("h10_spec_example_first_two_samples", "polar_h10"),
        ("acc_delta_type1_nofactor", "polar_verity_sense"),
        ("verity_real_capture_issue443", "polar_verity_sense"),
    ],
)
def test_polar_acceleration(vectors: dict[str, dict[str, Any]], name: str, profile: str) -> None:
    expect = vectors[name]["expect"]
    motion = _decoded(profile, vectors[name]).motion
    assert motion.acc is not None
    assert motion.stamp is not None
    assert int(motion.stamp[0]) == expect["ts_ns"]
    rows = expect.get("all") or expect.get("samples") or expect["first"]
    np.testing.assert_allclose(motion.acc[: len(rows)] / MG, rows, rtol=1e-12, atol=1e-9)
    assert len(motion.acc) == expect.get("n", len(rows))
    if "last" in expect:
        np.testing.assert_allclose(motion.acc[-1] / MG, expect["last"], rtol=1e-12, atol=1e-9)


def test_polar_factor_comes_from_the_start_answer(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["verity_spec_example_truncated_to_2_deltas"]
    answer = vectors["verity_start_ok_factor"]
    motion = _decoded("polar_verity_sense", vector, announced=answer["hex"]).motion
    assert motion.acc is not None
    raw = motion.acc / (G * answer["expect"]["FACTOR"])
    np.testing.assert_allclose(raw, vector["expect"]["raw"], rtol=1e-9)


@pytest.mark.parametrize("name", ["gyro_delta_type0", "gyro_delta_type1_float"])
def test_polar_angular_rate(vectors: dict[str, dict[str, Any]], name: str) -> None:
    expect = vectors[name]["expect"]
    rotation = _decoded("polar_verity_sense", vectors[name]).rotation
    assert rotation.gyr is not None
    assert rotation.stamp is not None
    assert int(rotation.stamp[0]) == expect["ts_ns"]
    np.testing.assert_allclose(rotation.gyr / RAD_PER_DEG, expect["samples"], rtol=1e-12)


def test_a_factor_scales_floats_too(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["gyro_delta_type1_float"]
    halved = _decoded("polar_verity_sense", vector, announced="f0 02 05 00 00 05 01 00 00 00 3f").rotation
    assert halved.gyr is not None
    np.testing.assert_allclose(halved.gyr / RAD_PER_DEG, np.array(vector["expect"]["samples"]) / 2, rtol=1e-12)


@pytest.mark.parametrize("name", ["wt_20B", "wt_40B"])
def test_witmotion(vectors: dict[str, dict[str, Any]], name: str) -> None:
    expect = vectors[name]["expect"]
    motion = _decoded("witmotion", vectors[name]).motion
    assert motion.acc is not None
    assert motion.gyr is not None
    raw = np.array([row["raw"] for row in expect])
    np.testing.assert_allclose(motion.acc / G * 2048.0, raw[:, :3], rtol=1e-12)
    np.testing.assert_allclose(motion.gyr / RAD_PER_DEG * 16.384, raw[:, 3:6], rtol=1e-12)


@pytest.mark.parametrize(("name", "range_g"), [("acc_4g", 4), ("acc_packed_8g_bmi160", 8)])
def test_metamotion_acceleration(vectors: dict[str, dict[str, Any]], name: str, range_g: float) -> None:
    motion = _decoded("metamotion", vectors[name], acc_range_g=range_g).motion
    assert motion.acc is not None
    np.testing.assert_allclose(motion.acc / G, vectors[name]["expect"]["samples"], atol=0.0005001)


def test_metamotion_angular_rate(vectors: dict[str, dict[str, Any]]) -> None:
    rotation = _decoded("metamotion", vectors["gyro_500"], gyr_range_dps=500).rotation
    assert rotation.gyr is not None
    np.testing.assert_allclose(rotation.gyr / RAD_PER_DEG, vectors["gyro_500"]["expect"]["samples"], atol=0.0005001)


def test_boards(vectors: dict[str, dict[str, Any]]) -> None:
    microbit = _decoded("microbit", vectors["real_355a"]).motion
    assert microbit.acc is not None
    np.testing.assert_allclose(microbit.acc / MG, [vectors["real_355a"]["expect"]["mg"]], rtol=1e-12)

    thingy = vectors["acc_only_devzone47415"]
    whole = {"hex": thingy["hex"] + " 00" * 12}  # only the acceleration of the 18 bytes was reported
    acc = _decoded("thingy52", whole).motion.acc
    assert acc is not None
    np.testing.assert_allclose(acc / G, [thingy["expect"]["acc_g"]], rtol=1e-12)

    tag = vectors["synth_4g"]
    motion = _decoded("sensortag", tag, acc_range_g=4).motion
    assert motion.acc is not None
    assert motion.gyr is not None
    np.testing.assert_allclose(motion.acc / G, [tag["expect"]["acc_g"]], rtol=1e-12)
    np.testing.assert_allclose(motion.gyr / RAD_PER_DEG, [tag["expect"]["gyr_dps"]], rtol=1e-12)

    bluefruit = _decoded("adafruit_bluefruit", vectors["accel_synth"]).motion
    assert bluefruit.acc is not None
    np.testing.assert_allclose(bluefruit.acc, [[0.1, -0.2, 9.8]], rtol=1e-6)


def test_movesense_and_movella(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["acc_2samples_synth"]
    motion = _decoded("movesense", vector, gyroscope=False).motion
    assert motion.acc is not None
    assert motion.stamp is not None
    assert int(motion.stamp[0]) == vector["expect"]["ts_ms"]
    np.testing.assert_allclose(motion.acc, vector["expect"]["acc_ms2"], rtol=1e-6)

    dot = vectors["rate_quantities_synth"]
    motion = _decoded("movella_dot", dot).motion
    assert motion.acc is not None
    assert motion.gyr is not None
    assert motion.stamp is not None
    assert int(motion.stamp[0]) == dot["expect"]["ts_us"]
    np.testing.assert_allclose(motion.acc, [dot["expect"]["acc_ms2"]], rtol=1e-6)
    np.testing.assert_allclose(motion.gyr / RAD_PER_DEG, [dot["expect"]["gyr_dps"]], rtol=1e-6)
