"""Hours of streaming with flat memory: `python -m tests.benchmarks.bench_streaming [--hours 2] [--sensor polar_h10]`.

A simulated athlete's sets, again and again, are encoded on the fly in a real sensor's packets and go the whole live way
at high speed: decoding, the sample clock, the Session, the recording on disk. What is held is looked at once a
simulated minute; what was reached after the first ten minutes is the yardstick. Exits with 1 when the bar is missed.
"""

import argparse
import asyncio
import gc
import math
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from athena_sense.datatypes import Notification, SampleBatch, StreamInfo
from athena_sense.decoding import NotificationStream, PacketEncoder
from athena_sense.living import Disk, LiveSet, Sensors, WornSensor
from athena_sense.profiles import Chosen, FirmwareProfile, choose, get_profile
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.sources.playback import Playback, Timed
from tests.accuracy.table import Row

WARM_UP_S = 600.0
MOST_MB = 10.0
SPEED = 200.0
"""As fast as it happens; what the pipe does not keep up with would pile up in memory, as it must."""


@dataclass
class Held:
    """Memory (MB) of this process and the time (s) streamed, once a simulated minute."""

    at_s: list[float] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)

    def look(self, now_s: float) -> None:
        """Take one look, if a minute has passed."""
        if not self.at_s or now_s - self.at_s[-1] >= 60.0:
            gc.collect()
            self.at_s.append(now_s)
            self.resident_mb.append(resident_mb())

    def growth_mb(self) -> tuple[float, float]:
        """Least and most memory over that after the warm-up."""
        late = [mb for at_s, mb in zip(self.at_s, self.resident_mb, strict=True) if at_s >= WARM_UP_S]
        first = late[0] if late else self.resident_mb[0]
        return min(late, default=first) - first, max(late, default=first) - first


def resident_mb() -> float:
    """Memory of this process (MB); where the system does not tell, the most it ever was."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def endless(profile: FirmwareProfile, chosen: Chosen, seconds: float) -> Timed:
    """The packets of one simulated set again and again, made as they are asked for."""
    one = simulate("calf", "foot", seed=1, reps=12, rate_hz=chosen.rate_hz, gyroscope=chosen.gyroscope, walk=False)
    length_s = float(one.samples.t_s[-1] - one.samples.t_s[0]) + 1.0 / chosen.rate_hz
    encoder, first = PacketEncoder(profile, chosen), 0
    for times in range(math.ceil(seconds / length_s)):
        t_s = one.samples.t_s + times * length_s
        samples = SampleBatch(t_s, one.samples.acc_m_s2, one.samples.gyr_rad_s)
        for packet in encoder.encode(samples):
            due_s = float(t_s[packet.last - first]) if packet.last >= first else float(t_s[0])
            yield due_s, (Notification(round(due_s * 1e9), packet.channel, packet.payload),)
        first += len(samples)


def together(packets: Timed, held: Held) -> Iterator[tuple[float, tuple[Notification, ...]]]:
    """Packets of a tenth of a second as one item, as a live source hands them on."""
    waiting: list[Notification] = []
    for due_s, item in packets:
        waiting += [packet for packet in item if isinstance(packet, Notification)] if isinstance(item, tuple) else []
        if waiting and waiting[-1].arrival_ns - waiting[0].arrival_ns >= 100_000_000:
            held.look(due_s)
            yield due_s, tuple(waiting)
            waiting = []


async def stream(sensor: str, seconds: float, folder: Path) -> tuple[Held, float, int]:
    """What was held while so many seconds went through the live way, how long that took (s), and the reps counted."""
    profile, held = get_profile(sensor), Held()
    chosen = choose(profile)
    info: StreamInfo = NotificationStream(profile, chosen).info
    source = Playback(
        f"simulated {sensor}", info, lambda _: together(endless(profile, chosen, seconds), held), profile, chosen, SPEED
    )
    began_s = time.perf_counter()
    async with Sensors([WornSensor(source, "foot")]) as sensors:
        session = Session(sensors.worn[0].info, "eccentric-calf", "foot")
        async with Disk(folder / f"{sensor}.arrows", sensors.header(exercise="eccentric-calf")) as disk:
            async for _ in LiveSet(sensors, disk, session, still_end_s=math.inf):
                pass
    return held, time.perf_counter() - began_s, len(session.reps)


def rows(sensors: list[str], hours: float, folder: Path) -> Iterator[Row]:
    """Every figure."""
    for sensor in sensors:
        held, took_s, reps = asyncio.run(stream(sensor, hours * 3600.0, folder))
        least_mb, most_mb = held.growth_mb()
        figure = f"{least_mb:+.1f} … {most_mb:+.1f} MB at {held.resident_mb[-1]:.0f} MB"
        figure += f" ({reps} reps, {hours * 3600.0 / took_s:.0f} × as fast as it happens)"
        passed = max(abs(least_mb), abs(most_mb)) <= MOST_MB
        yield Row(f"{sensor}: memory over {hours:g} h of streaming, after ten minutes", "± 10 MB", figure, passed)


def main() -> int:
    """Parse, measure, show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--sensor", action="append", metavar="PROFILE", help="default: polar_h10 and movesense")
    given = parser.parse_args()
    table = Table("what", "bar", "figure", "", box=None, pad_edge=False)
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(given.sensor or ["polar_h10", "movesense"], given.hours, Path(folder)):
            table.add_row(row.what, row.bar, row.figure, row.word)
            missed |= row.passed is False
    Console(highlight=False).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
