"""What holds for every profile: any bytes, round trip, any cut."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_damage import damaged, good_packets, movement

from athena_sense.datatypes import FloatArray, Notification, SampleBatch
from athena_sense.decoding import NotificationStream, PacketDecoder, PacketEncoder
from athena_sense.decoding.scaling import Scale
from athena_sense.errors import PacketError
from athena_sense.profiles import Chosen, FirmwareProfile, choose, get_profile, profile_names
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

DAMAGED_PACKETS = 250
every_profile = pytest.mark.parametrize("name", profile_names())


@every_profile
def test_damaged_packets_give_samples_or_a_packet_error(name: str) -> None:
    profile = get_profile(name)
    decoder = PacketDecoder(profile)
    raised: list[tuple[str, str]] = []
    for packet in damaged(profile, DAMAGED_PACKETS, seed=1):
        try:
            decoder.decode_packet(packet.payload, packet.channel)
        except PacketError as error:
            raised.append((str(error), packet.payload.hex(" ") or "(no bytes)"))
    assert 0 < len(raised) < DAMAGED_PACKETS
    assert all(told.startswith(f"{name}: ") and shown in told for told, shown in raised)


@settings(max_examples=25)
@given(payload=st.binary(max_size=300))
@pytest.mark.parametrize("name", ["polar_verity_sense", "movesense", "witmotion", "droidpad"])
def test_any_bytes_at_all(name: str, payload: bytes) -> None:
    decoder = PacketDecoder(get_profile(name))
    for packet in decoder.profile.packets:
        head = bytes.fromhex(packet.match.replace("..", "00"))
        for start in (b"", head):
            decoded = decoder.feed([Notification(0, packet.channel, start + payload)])
            assert decoded.motion.acc is not None
            assert np.isfinite(decoded.motion.acc).all()


@every_profile
def test_a_stream_goes_on_among_damaged_packets(name: str) -> None:
    stream = NotificationStream(get_profile(name))
    batches = [stream.feed([packet]) for packet in damaged(stream.profile, DAMAGED_PACKETS, seed=2)]
    whole = _joined(batches)
    assert stream.decoder.error_count > 0
    assert len(stream.decoder.errors) <= 100
    assert np.isfinite(whole.t_s).all()
    assert np.isfinite(whole.acc_m_s2).all()
    assert (np.diff(whole.t_s) > 0).all()


def _choices(profile: FirmwareProfile) -> list[Chosen]:
    """Every rate, and every pair of ranges."""
    has = profile.settings
    ranges = product(has.acc_ranges_g or (None,), has.gyr_ranges_dps or (None,))
    rates = [choose(profile, rate_hz) for rate_hz in has.rates_hz]
    return rates + [choose(profile, None, acc, gyr) for acc, gyr in ranges]


@every_profile
def test_round_trip_within_half_a_step_for_every_rate_and_range(name: str) -> None:
    profile = get_profile(name)
    for chosen in _choices(profile):
        acc = 0.99 * (chosen.acc_range_g or 2.0) * STANDARD_GRAVITY_M_S2
        gyr = 0.99 * (chosen.gyr_range_dps or 200.0) * RAD_PER_DEG
        samples = movement(116, chosen.rate_hz, 0, acc, gyr)
        for kinds in [(), *((packet.name,) for packet in profile.packets)]:
            _check_round_trip(profile, chosen, kinds, samples)


def _check_round_trip(profile: FirmwareProfile, chosen: Chosen, kinds: tuple[str, ...], samples: SampleBatch) -> None:
    encoder = PacketEncoder(profile, chosen, kinds)
    used = {name: encoder._kind(name, kinds) for name in ("acc", "gyr") if name == "acc" or chosen.gyroscope}
    if chosen.gyroscope and not profile.separate_gyroscope and "gyr" not in used["acc"].carried:
        return  # a kind for connections without gyroscope
    packets = [Notification(0, packet.channel, packet.payload) for packet in encoder.encode(samples)]
    decoded = PacketDecoder(profile, chosen).feed(packets)
    assert decoded.errors == ()
    for name, packet in used.items():
        source = decoded.motion if name in used["acc"].carried else decoded.rotation
        values = source.acc if name == "acc" else source.gyr
        sent = samples.acc_m_s2 if name == "acc" else samples.gyr_rad_s
        assert values is not None
        assert sent is not None
        assert len(values) > 58
        scale = Scale(getattr(packet, name), name, chosen)
        step = scale.lsb * (packet.factor.default if packet.factor else 1.0)
        sent = np.clip(sent[: len(values)], *_reach(scale, step))
        exact = scale.vector.type == "f32"
        error = np.abs(values - sent)
        assert (error <= (np.abs(sent) * 2.0**-23 if exact else 0.5000001 * step) + 1e-12).all()


def _reach(scale: Scale, step: float) -> tuple[float, float]:
    bits = {"i8": 8, "i16": 16, "i24": 24, "i32": 32}.get(scale.vector.type)
    return (-np.inf, np.inf) if bits is None else (-(2.0 ** (bits - 1)) * step, (2.0 ** (bits - 1) - 1) * step)


@every_profile
@settings(max_examples=5)
@given(data=st.data())
def test_any_cut_gives_the_same_samples(name: str, data: st.DataObject) -> None:
    profile = get_profile(name)
    packets = [*good_packets(profile, n=60), *damaged(profile, 60, seed=5)]
    packets.sort(key=lambda packet: packet.arrival_ns)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(packets) - 1), max_size=12)))
    whole = NotificationStream(profile)
    expected = whole.feed(packets)
    cut = NotificationStream(profile)
    found = _joined([cut.feed(packets[a:b]) for a, b in pairwise([0, *cuts, len(packets)])])
    assert found.t_s.tobytes() == expected.t_s.tobytes()
    assert found.acc_m_s2.tobytes() == expected.acc_m_s2.tobytes()
    if expected.gyr_rad_s is not None:
        assert found.gyr_rad_s is not None
        assert found.gyr_rad_s.tobytes() == expected.gyr_rad_s.tobytes()
    assert list(map(str, cut.decoder.errors)) == list(map(str, whole.decoder.errors))
    assert cut.health == whole.health


@every_profile
def test_what_is_encoded_comes_out_as_a_stream(name: str) -> None:
    profile = get_profile(name)
    stream = NotificationStream(profile)
    rate_hz = stream.chosen.rate_hz
    samples = movement(int(20 * rate_hz), rate_hz)
    sent = PacketEncoder(profile).encode(samples)
    packets = [Notification(round(samples.t_s[p.last] * 1e9), p.channel, p.payload) for p in sent]
    found = _joined([stream.feed(packets[a : a + 7]) for a in range(0, len(packets), 7)])
    assert stream.decoder.error_count == 0
    assert (found.gyr_rad_s is not None) == profile.has_gyroscope == stream.info.has_gyroscope
    assert len(found) > 18 * rate_hz
    assert stream.health.rate_hz == pytest.approx(rate_hz, rel=2e-3)
    assert stream.health.lost_samples == 0
    np.testing.assert_allclose(np.diff(found.t_s), 1 / rate_hz, rtol=0.06)


def _joined(batches: list[SampleBatch]) -> SampleBatch:
    t_s = np.concatenate([batch.t_s for batch in batches])
    gyr: FloatArray | None = None
    if batches[0].gyr_rad_s is not None:
        gyr = np.concatenate([batch.gyr_rad_s for batch in batches if batch.gyr_rad_s is not None])
    return SampleBatch(t_s, np.concatenate([batch.acc_m_s2 for batch in batches]), gyr)
