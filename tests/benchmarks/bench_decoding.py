"""How fast decoding is, against its bars, and that no packet of any kind takes long.

`python -m tests.benchmarks.bench_decoding [--damaged 100000]`. Speed is given in samples a second, and as a ratio to
numpy turning the same bytes into floats in the same process, so that slow machines do not look like slow code. Both
are timed by the processor's clock, so that other programs do not count.
Exits with 1 when a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from athena_sense.datatypes import Notification
from athena_sense.decoding import NotificationStream, PacketDecoder, PacketEncoder
from athena_sense.errors import PacketError
from athena_sense.profiles import choose, get_profile, profile_names

sys.path.insert(0, str(Path(__file__).parents[1] / "decoding"))
from packet_damage import damaged, movement

TABLE_SAMPLES_PER_S = 1_000_000
DELTA_SAMPLES_PER_S = 150_000
SLOWEST_PACKET_S = 0.005
SAMPLES = 300_000


def packets(name: str, samples: int, gyroscope: bool | None = None) -> list[Notification]:
    """So many samples in a sensor's packets."""
    profile = get_profile(name)
    chosen = choose(profile, gyroscope=gyroscope)
    some = movement(min(samples, 6_000), chosen.rate_hz, acc=3.0, gyr=1.0)
    sent = PacketEncoder(profile, chosen).encode(some)
    times = -(-samples // len(some))
    return [
        Notification(
            round((some.t_s[p.last] + n * len(some) / chosen.rate_hz) * 1e9), p.channel, bytes(bytearray(p.payload))
        )
        for n in range(times)
        for p in sent
    ]


def fastest_s(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of some runs: what the code takes when the machine does nothing else."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def decode(name: str, given: Sequence[Notification], feed: int, gyroscope: bool | None) -> int:
    """Samples decoded."""
    profile = get_profile(name)
    decoder = PacketDecoder(profile, choose(profile, gyroscope=gyroscope))
    found = 0
    for start in range(0, len(given), feed):
        acc = decoder.feed(given[start : start + feed]).motion.acc
        found += 0 if acc is None else len(acc)
    return found


def speed(table: Table, name: str, feed: int, bar: int, gyroscope: bool | None = None) -> bool:
    """One row; whether the bar is met."""
    given = packets(name, SAMPLES, gyroscope)
    found = decode(name, given, feed, gyroscope)
    taken_s = fastest_s(lambda: decode(name, given, feed, gyroscope))
    payload = b"".join(packet.payload for packet in given)
    reference_s = fastest_s(lambda: np.frombuffer(payload[: len(payload) // 2 * 2], "<i2").astype(np.float64) * 0.5)
    met = found / taken_s >= bar
    table.add_row(
        name, f"{feed}", f"{found / taken_s:,.0f}", f"{taken_s / reference_s:,.0f}", f"{bar:,}", "yes" if met else "NO"
    )
    return met


def slowest_packet(name: str, count: int) -> tuple[float, int]:
    """Longest time (s) that decoding one damaged packet takes, and how many were refused."""
    decoder = PacketDecoder(get_profile(name))
    slowest, refused = 0.0, 0
    for packet in damaged(decoder.profile, count, seed=7):

        def one(packet: Notification = packet) -> bool:
            try:
                decoder.decode_packet(packet.payload, packet.channel)
            except PacketError:
                return True
            return False

        refused += one()
        taken_s = fastest_s(one, 1)
        if taken_s > slowest:  # perhaps because the machine did something else
            slowest = max(slowest, fastest_s(one))
    return slowest, refused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--damaged", type=int, default=2_000, help="damaged packets for each profile")
    arguments = parser.parse_args()
    console = Console()
    table = Table("profile", "packets a call", "samples/s", "× numpy", "bar", "met", title="Decoding")
    rows = (
        ("witmotion", 10_000),
        ("witmotion", 1_000),
        ("thingy52", 10_000),
        ("polar_h10", 100),
        ("movella_dot", 10_000),
    )
    good = [speed(table, name, feed, TABLE_SAMPLES_PER_S) for name, feed in rows]
    good += [speed(table, "polar_verity_sense", feed, DELTA_SAMPLES_PER_S, False) for feed in (100, 10)]
    console.print(table)
    given = packets("polar_h10", SAMPLES)
    stream_s = fastest_s(lambda: NotificationStream(get_profile("polar_h10")).feed(given), 3)
    console.print(f"with sample times (polar_h10): {SAMPLES / stream_s:,.0f} samples/s")
    table = Table("profile", "damaged packets", "refused", "slowest (ms)", title="Any bytes")
    for name in profile_names():
        slowest_s, refused = slowest_packet(name, arguments.damaged)
        good.append(slowest_s <= SLOWEST_PACKET_S)
        table.add_row(name, f"{arguments.damaged}", f"{refused}", f"{slowest_s * 1e3:.2f}")
    console.print(table)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
