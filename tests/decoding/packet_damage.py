"""Packets as a bad link, a bug or a foreign sensor might send them: random, cut, lengthened, with flipped bits."""

from collections.abc import Iterator

import numpy as np

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.decoding import PacketEncoder
from athena_sense.profiles import Chosen, FirmwareProfile, choose


def movement(n: int, rate_hz: float, seed: int = 0, acc: float = 15.0, gyr: float = 3.0) -> SampleBatch:
    """Samples (n,) within every sensor's range, six axes, times from 1 s on."""
    rng = np.random.default_rng(seed)
    return SampleBatch(1.0 + np.arange(n) / rate_hz, rng.uniform(-acc, acc, (n, 3)), rng.uniform(-gyr, gyr, (n, 3)))


def good_packets(profile: FirmwareProfile, chosen: Chosen | None = None, n: int = 120) -> list[Notification]:
    """What the sensor sends for n samples, each packet as its last sample is taken; and its examples' packets."""
    chosen = chosen or choose(profile)
    samples = movement(n, chosen.rate_hz)
    sent = PacketEncoder(profile, chosen).encode(samples)
    examples = [packet for example in profile.examples for packet in example.packets]
    return [
        *(Notification(round(samples.t_s[p.last] * 1e9), p.channel, p.payload) for p in sent),
        *(Notification(round((samples.t_s[-1] + 1.0) * 1e9), p.channel, p.payload) for p in examples),
    ]


def damaged(profile: FirmwareProfile, n: int, seed: int = 0) -> Iterator[Notification]:
    """n packets, of which most are damaged, on all of the profile's channels."""
    rng = np.random.default_rng(seed)
    good = good_packets(profile)
    channels = list(profile.channels)
    for number in range(n):
        packet = good[int(rng.integers(len(good)))]
        payload = bytearray(packet.payload)
        kind = int(rng.integers(6))
        if kind == 0:
            payload = bytearray(rng.bytes(int(rng.integers(0, 260))))
        elif kind == 1:
            payload = payload[: int(rng.integers(len(payload) + 1))]
        elif kind == 2:
            payload += rng.bytes(int(rng.integers(1, 40)))
        elif kind == 3:
            payload[2:] = rng.bytes(max(0, len(payload) - 2))
        else:
            for bit in rng.integers(0, 8 * len(payload), int(rng.integers(1, 6))):
                payload[bit >> 3] ^= 1 << (bit & 7)
        channel = packet.channel if rng.random() < 0.95 else channels[int(rng.integers(len(channels)))]
        yield Notification(2_000_000_000 + 10_000_000 * number, channel, bytes(payload))
