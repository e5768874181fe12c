"""What a table cannot say: Polar's delta frames, text lines, packets in two parts, two streams that become one."""

import numpy as np
import pytest

from athena_sense.datatypes import Notification
from athena_sense.decoding import NotificationStream, PacketDecoder
from athena_sense.decoding.encoder import split_packet
from athena_sense.errors import PacketError
from athena_sense.profiles import choose, get_profile, parse_profile, profiles_folder, read_text
from athena_sense.units import STANDARD_GRAVITY_M_S2

MG = STANDARD_GRAVITY_M_S2 / 1000.0
HEAD = "02 00 00 00 00 00 00 00 00 81"


def _delta(body: str) -> list[list[float]]:
    decoder = PacketDecoder(get_profile("polar_verity_sense"))
    acc = decoder.decode_packet(bytes.fromhex(HEAD + body)).motion.acc
    assert acc is not None
    return np.rint(acc / MG).tolist()


def test_differences_start_at_the_lowest_bit_of_the_first_byte() -> None:
    # 3 bits each: 1, -1, 2, -3 (next sample), 3, -4 → 001 111 010 101 011 100 from the lowest bit up
    bits = "".join(f"{value & 7:03b}"[::-1] for value in (1, -1, 2, -3, 3, -4))
    packed = int(bits[::-1], 2).to_bytes(3, "little").hex()
    assert _delta("0000 0000 0000 03 02" + packed) == [[0, 0, 0], [1, -1, 2], [-2, 2, -2]]


def test_each_block_starts_on_a_whole_byte() -> None:
    one = "01 01 07"  # three differences of one bit: -1, -1, -1, and five bits of nothing
    assert _delta("0500 0500 0500" + one + one) == [[5, 5, 5], [4, 4, 4], [3, 3, 3]]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("0000 0000", "shorter than a sample"),
        ("0000 0000 0000 08", "a block's head cut off"),
        ("0000 0000 0000 08 02 010203", "fewer differences than announced"),
        ("0000 0000 0000 00 05", "differences of no bits"),
        ("0000 0000 0000 21 01" + "00" * 13, "differences of more than 32 bits"),
        ("0000 0000 0000 08 00", "a block of nothing"),
        ("0000 0000 0000 20 01" + "ffffff7f" * 3, "values that no sensor has"),
    ],
)
def test_a_damaged_frame_is_told(body: str, why: str) -> None:
    with pytest.raises(PacketError, match="polar_verity_sense: a packet"):
        _delta(body)


def test_the_factor_in_force_is_that_of_the_last_answer() -> None:
    profile = get_profile("polar_verity_sense")
    frame = bytes.fromhex("02 00 00 00 00 00 00 00 00 80 e803 0000 0000")
    answer = bytes.fromhex("f0 02 02 00 00 05 01 0ad7233b")  # 0.0025
    told = [Notification(0, "data", frame), Notification(1, "control", answer), Notification(2, "data", frame)]
    acc = PacketDecoder(profile).feed(told).motion.acc
    assert acc is not None
    np.testing.assert_allclose(acc[:, 0] / STANDARD_GRAVITY_M_S2, [0.244, 2.5], rtol=1e-6)


def _lines(*payloads: bytes) -> tuple[list[list[float]], int]:
    decoder = PacketDecoder(get_profile("nus_csv"))
    decoded = decoder.feed([Notification(n, "data", payload) for n, payload in enumerate(payloads)])
    assert decoded.motion.acc is not None
    return decoded.motion.acc.tolist(), decoder.error_count


def test_lines_may_begin_and_end_anywhere() -> None:
    text = b"20,1,2,3,0,0,0\r\n40,4,5,6,0,0,0\n"
    one_by_one = [text[at : at + 1] for at in range(len(text))]
    assert _lines(text) == _lines(*one_by_one) == ([[1, 2, 3], [4, 5, 6]], 0)


@pytest.mark.parametrize(
    "line",
    [b"1,2,3", b"20,1,2,3,0,0,nan", b"20,1,2,3,0,0,x", b"20,1,2,1e9,0,0,0", b"-1,1,2,3,0,0,0", b"9" * 300, b"\xff\xfe"],
)
def test_lines_that_are_no_record_are_counted_and_the_next_is_read(line: bytes) -> None:
    assert _lines(line + b"\n20,1,2,3,0,0,0\n") == ([[1, 2, 3]], 1)


def test_flow_control_and_the_prompt_of_a_console_are_passed_over() -> None:
    decoder = PacketDecoder(get_profile("bangle_js"))
    payload = b" ____                 _ \r\n|  __|___\r\n 2v21 (c) 2024\r\n>\x13\x1112,0.5,-0.5,1\x11\r\n"
    decoded = decoder.feed([Notification(0, "data", payload)])
    assert decoder.error_count == 0
    assert decoded.motion.stamp is not None
    assert decoded.motion.stamp.tolist() == []  # the record stands behind the prompt: one line
    assert len(decoder.feed([Notification(1, "data", b"52,0.5,-0.5,1\r\n")]).motion) == 1


def test_a_phone_s_other_events_are_not_for_us() -> None:
    decoder = PacketDecoder(get_profile("droidpad"))
    for text in (b"button1,PRESS", b'{"type":"SWITCH","id":"s","state":true}'):
        assert decoder.feed([Notification(0, "data", text)]).errors == ()
    cut_off = b"ACCELEROMETER,0.3189"
    with pytest.raises(PacketError, match="droidpad"):
        decoder.decode_packet(cut_off)


def _movesense_packet() -> bytes:
    values = np.arange(48, dtype="<f4") / 8
    return bytes.fromhex("02 64 e8030000") + values.tobytes()


@pytest.mark.parametrize("first_bytes", [20, 60, 100, 150])
def test_a_packet_in_two_parts(first_bytes: int) -> None:
    profile = get_profile("movesense")
    packet = profile.packets[0]
    whole = PacketDecoder(profile).decode_packet(_movesense_packet()).motion
    parts = [Notification(0, "data", part) for part in split_packet(packet, _movesense_packet(), first_bytes)]
    joined = PacketDecoder(profile).feed(parts)
    assert joined.errors == ()
    assert whole.acc is not None
    assert joined.motion.acc is not None
    assert joined.motion.gyr is not None
    np.testing.assert_array_equal(joined.motion.acc, whole.acc)
    np.testing.assert_array_equal(whole.acc.ravel(), np.arange(24) / 8)


def test_a_lost_part_costs_one_packet() -> None:
    profile = get_profile("movesense")
    first, second = split_packet(profile.packets[0], _movesense_packet(), 150)
    decoder = PacketDecoder(profile)
    sent = [first, second, first, first, second, second, first, second]
    decoded = decoder.feed([Notification(n, "data", payload) for n, payload in enumerate(sent)])
    assert decoded.motion.count.tolist() == [8, 8, 8]
    assert decoder.error_count == 2


def test_short_packets_that_come_whole_are_soon_not_waited_for() -> None:
    profile = get_profile("movesense")
    decoder = PacketDecoder(profile)
    short = _movesense_packet()[: 6 + 4 * 24]
    counts = [len(decoder.feed([Notification(n, "data", short)]).motion) for n in range(4)]
    assert counts == [0, 2, 1, 1]


def test_a_packet_without_what_was_asked_for_is_told() -> None:
    profile = get_profile("movesense")
    example = next(example for example in profile.examples if not example.gyr)
    with pytest.raises(PacketError, match="carries no angular rate"):
        PacketDecoder(profile, choose(profile, gyroscope=True)).decode_packet(example.packets[0].payload)


def test_axes_signs_and_byte_order() -> None:
    text = read_text(profiles_folder() / "microbit.toml")
    turned = parse_profile(
        text.replace("[[packets]]", '[[packets]]\nendian = "big"')
        .replace('unit = "mg", per_unit = 1', 'unit = "g", per_unit = 2048, axes = ["y", "-x", "z"]')
        .replace("[[256, 928, 288]]", "[[0, 0, 0]]")
    )
    acc = PacketDecoder(turned).decode_packet(bytes.fromhex("0800 f800 0400")).motion.acc
    assert acc is not None
    np.testing.assert_allclose(acc / STANDARD_GRAVITY_M_S2, [[1.0, 1.0, 0.5]])


def test_angular_rate_is_put_on_the_times_of_the_acceleration() -> None:
    profile = get_profile("adafruit_clue")
    stream = NotificationStream(profile, choose(profile, 50))
    sent = []
    for n in range(250):  # a ramp in both: 0.1 rad/s a sample, 0.01 m/s² a sample, the gyroscope half a step later
        acc, gyr = np.array([0.01 * n, 0, 0], "<f4"), np.array([0.1 * n, 0, 0], "<f4")
        sent.append(Notification(20_000_000 * n, "acceleration", acc.tobytes()))
        sent.append(Notification(20_000_000 * n + 10_000_000, "angular_rate", gyr.tobytes()))
    batch = stream.feed(sent)
    assert batch.gyr_rad_s is not None
    assert len(batch) == 249
    expected = batch.acc_m_s2[:, 0] * 10.0 - 0.05
    np.testing.assert_allclose(batch.gyr_rad_s[:, 0], expected, atol=0.002)


def test_a_hole_in_the_angular_rate_leaves_a_gap() -> None:
    profile = get_profile("adafruit_clue")
    stream = NotificationStream(profile, choose(profile, 50))
    one = np.ones(3, "<f4").tobytes()
    sent = []
    for n in range(500):
        sent.append(Notification(20_000_000 * n, "acceleration", one))
        if not 200 <= n < 300:  # two seconds
            sent.append(Notification(20_000_000 * n, "angular_rate", one))
    t_s = stream.feed(sent).t_s
    assert np.diff(t_s).max() == pytest.approx(2.0, abs=0.1)


def test_a_gyroscope_that_stays_silent_gives_nothing() -> None:
    stream = NotificationStream(get_profile("adafruit_clue"))
    one = np.ones(3, "<f4").tobytes()
    assert len(stream.feed([Notification(20_000_000 * n, "acceleration", one) for n in range(500)])) == 0


def test_without_the_gyroscope_its_packets_are_passed_over() -> None:
    profile = get_profile("metamotion")
    stream = NotificationStream(profile, choose(profile, gyroscope=False))
    sent = [packet for example in profile.examples for packet in example.packets]
    batch = stream.feed([Notification(0, packet.channel, packet.payload) for packet in sent])
    assert stream.decoder.error_count == 0
    assert batch.gyr_rad_s is None
    assert len(batch) == 7


def test_a_channel_that_the_profile_does_not_have() -> None:
    decoder = PacketDecoder(get_profile("microbit"))
    (error,) = decoder.feed([Notification(0, "elsewhere", b"\x01")]).errors
    assert str(error) == "microbit: a packet came on a channel 'elsewhere' that the profile does not have: 01"


@pytest.mark.parametrize("first", ["data", "answer"])
def test_an_answer_that_shares_a_notification_costs_no_sample(first: str) -> None:
    profile = get_profile("witmotion")
    data = bytes.fromhex("5561") + np.array([0, 0, 2048, 0, 0, 0, 0, 0, 0], "<i2").tobytes()
    answer = bytes.fromhex("5571") + bytes(18)
    joined = data + answer + data if first == "data" else answer + data
    decoded = PacketDecoder(profile).feed([Notification(0, "data", part) for part in (joined, answer + answer, data)])
    assert not decoded.errors
    assert decoded.motion.acc is not None
    np.testing.assert_allclose(decoded.motion.acc, [[0.0, 0.0, STANDARD_GRAVITY_M_S2]] * (3 if first == "data" else 2))
    damaged = PacketDecoder(profile).feed([Notification(0, "data", answer + bytes(20) + data)])
    assert len(damaged.errors) == 1
