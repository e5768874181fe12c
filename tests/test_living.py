"""Live sets: what is recorded replays to the same result, bit for bit, and no trouble of link or disk ends a set."""

import asyncio
import errno
import itertools
import math
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Self

import numpy as np
import pytest

from athena_sense.datatypes import Notification, SampleBatch, StreamInfo
from athena_sense.decoding import NotificationStream, PacketEncoder
from athena_sense.errors import ExerciseError, ProgramError, RecordingError, SourceError
from athena_sense.living import Disk, LiveSet, Moment, Sensors, WornSensor, aims_of, check_plan, disk
from athena_sense.profiles import Chosen, FirmwareProfile, choose, get_profile
from athena_sense.recordings import RecordingWriter, read_recording, recover
from athena_sense.replaying import replay
from athena_sense.result import Result
from athena_sense.session import Session
from athena_sense.simulation import simulate
from athena_sense.sources import open_source
from athena_sense.sources.live import Item, LinkEvent, LinkEventKind, LiveSource
from athena_sense.targets import DEFAULT_PROGRAM, get_program

CALF = "sim:calf?seed=2&reps=2&lowering=4&walk=no"


@dataclass
class Scripted:
    """A source that yields what a test tells it to, and waits where that is a number (s); `left` once it is stopped."""

    items: Sequence[Item | Exception | float]
    info: StreamInfo = field(default_factory=lambda: athlete().info)
    profile: FirmwareProfile | None = None
    chosen: Chosen | None = None
    name: str = "scripted"
    battery_percent: int | None = 80
    profile_toml: str | None = None
    simulated: bool = False
    stays: bool = False
    pause_s: float = 0.0
    left: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.left = True

    async def __aiter__(self) -> AsyncIterator[Item]:
        for item in self.items:
            await asyncio.sleep(self.pause_s)
            if isinstance(item, Exception):
                raise item
            if isinstance(item, float):
                await asyncio.sleep(item)
            else:
                yield item
        if self.stays:
            await asyncio.Event().wait()


@cache
def athlete() -> Any:
    return simulate("calf", "foot", seed=2, reps=2, lowering_s=4.0, walk=False)


def cuts(samples: SampleBatch, size: int = 10) -> list[SampleBatch]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]


def packets(samples: SampleBatch, profile: FirmwareProfile) -> list[tuple[Notification, ...]]:
    """A sensor's packets, a tenth of a second apart at least."""
    start_ns = perf_counter_ns()
    sent = PacketEncoder(profile, choose(profile)).encode(samples)
    times = [start_ns + round(1e9 * float(samples.t_s[packet.last])) for packet in sent]
    return [(Notification(at, packet.channel, packet.payload),) for at, packet in zip(times, sent, strict=True)]


def polar(items: Sequence[Item], **how: Any) -> Scripted:
    """A source of a real sensor's packets."""
    profile = get_profile("polar_h10")
    return Scripted(items, NotificationStream(profile).info, profile, choose(profile), **how)


@dataclass
class Lived:
    """A live set that is over."""

    moments: list[Moment]
    result: Result
    path: Path
    loss: str | None

    @property
    def messages(self) -> list[str]:
        return [message for moment in self.moments for message in moment.messages]


def live(
    sources: LiveSource | Sequence[LiveSource],
    path: Path,
    exercise: str = "eccentric-calf",
    placement: str | Sequence[str] = "foot",
    meanwhile: Callable[[LiveSet, Moment], None] | None = None,
    **settings: Any,
) -> Lived:
    """Live a set to its end, as the command does."""
    given = sources if isinstance(sources, list) else [sources]
    sites = [placement] * len(given) if isinstance(placement, str) else placement
    worn = [WornSensor(source, site) for source, site in zip(given, sites, strict=True)]

    async def lived() -> Lived:
        moments: list[Moment] = []
        async with Sensors(worn) as sensors:
            others = {site: sensors.worn[number].info for number, site in settings.get("others", {}).items()}
            session = Session(sensors.worn[0].info, exercise, sites[0], others=others)
            async with Disk(path, sensors.header(exercise=exercise)) as kept:
                running = LiveSet(sensors, kept, session, speed=math.inf, **settings)
                async for moment in running:
                    moments.append(moment)
                    if meanwhile is not None:
                        meanwhile(running, moment)
        return Lived(moments, running.result("set"), path, kept.loss())

    return asyncio.run(lived())


def replayed(path: Path) -> dict[str, Any]:
    return {**replay(path).to_dict(), "file": "set"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.arrows"


# ---- the law


@pytest.mark.parametrize(
    ("name", "speed", "exercise", "placement"),
    [
        (CALF, math.inf, "eccentric-calf", "foot"),
        (f"{CALF}&sensor=polar_h10", math.inf, "eccentric-calf", "foot"),
        (f"{CALF}&sensor=polar_h10", 60.0, "eccentric-calf", "foot"),
        (f"{CALF}&sensor=witmotion", math.inf, "eccentric-calf", "foot"),
        (f"{CALF}&sensor=polar_verity_sense", math.inf, "eccentric-calf", "foot"),
        ("sim:jumps?seed=1&reps=1&sensor=metamotion", math.inf, "box-jump", "waist"),
    ],
)
def test_a_replay_says_the_same_bit_for_bit(name: str, speed: float, exercise: str, placement: str, path: Path) -> None:
    lived = live(open_source(name, speed=speed), path, exercise, placement)
    assert lived.result.reps or lived.result.landings
    assert lived.result.to_dict() == replayed(path)
    told = [item for moment in lived.moments for item in (*moment.update.reps, *moment.update.landings)]
    assert tuple(told) == lived.result.reps + lived.result.landings


@pytest.mark.parametrize("moments", [1, 3, 7])
def test_a_set_that_is_ended_has_recorded_what_it_was_fed_and_nothing_else(moments: int, path: Path) -> None:
    seen = itertools.count(1)

    def end_soon(running: LiveSet, moment: Moment) -> None:
        if next(seen) == moments:
            running.end()

    source = polar(packets(athlete().samples, get_profile("polar_h10")), stays=True, pause_s=0.002)
    lived = live(source, path, meanwhile=end_soon)
    assert len(lived.moments) == moments + 1
    assert lived.result.source.duration_s < 20
    assert lived.result.to_dict() == replayed(path)
    assert source.left


def test_packets_that_do_not_fit_are_counted_kept_and_told(path: Path) -> None:
    heard = packets(athlete().samples, get_profile("polar_h10"))
    heard.insert(5, (Notification(heard[4][0].arrival_ns, "data", b"\x02nonsense"),))
    lived = live(polar(heard), path)
    assert lived.moments[-1].health[0].bad_packets == 1
    assert len(lived.result.reps) == 2
    assert any("1 packets did not fit" in note for note in lived.result.quality.notes)
    assert lived.result.to_dict() == replayed(path)
    assert read_recording(path).notifications == tuple(packet for cut in heard for packet in cut)


# ---- how a set ends


def still_after(samples: SampleBatch, still_s: float) -> list[SampleBatch]:
    """The movement, then its last sample for a while."""
    count = round(100 * still_s)
    t_s = np.concatenate((samples.t_s, samples.t_s[-1] + np.arange(1, count + 1) / 100))
    acc = np.concatenate((samples.acc_m_s2, np.repeat(samples.acc_m_s2[-1:], count, axis=0)))
    gyr = None if samples.gyr_rad_s is None else np.concatenate((samples.gyr_rad_s, np.zeros((count, 3))))
    return cuts(SampleBatch(t_s, acc, gyr), 20)


def test_stillness_ends_a_set_ten_seconds_after_its_longest_phase(path: Path) -> None:
    samples = athlete().samples
    lived = live(Scripted(still_after(samples, 120.0), stays=True, pause_s=0.0005), path)
    assert len(lived.result.reps) == 2
    assert 10 < lived.result.source.duration_s - lived.result.reps[-1].end_s < 35
    assert lived.result.to_dict() == replayed(path)


def test_stillness_before_the_first_rep_ends_nothing(path: Path) -> None:
    start = athlete().samples[:50]
    lived = live(Scripted(still_after(start, 120.0)), path)
    assert lived.result.source.duration_s > 115


def test_a_lowering_of_ten_seconds_seen_from_the_waist_ends_nothing(path: Path) -> None:
    name = "sim:calf?seed=2&reps=3&lowering=10&walk=no&placement=waist"
    lived = live(open_source(name, speed=math.inf), path, placement="waist")
    assert len(lived.result.reps) == 3


def test_time_ends_a_set(path: Path) -> None:
    lived = live(Scripted(cuts(athlete().samples), stays=True, pause_s=0.001), path, duration_s=8.0)
    assert 8 <= lived.result.source.duration_s < 20
    assert lived.result.to_dict() == replayed(path)


# ---- links


def event(kind: LinkEventKind, message: str) -> LinkEvent:
    return LinkEvent(kind, perf_counter_ns(), message)


def test_a_lost_link_is_told_and_counting_goes_on(path: Path) -> None:
    parts = cuts(athlete().samples)
    lost, back = event("lost", "the link is lost"), event("reconnected", "it is back")
    lived = live(Scripted([*parts[:150], lost, 0.2, back, *parts[180:]]), path)
    assert lived.messages == ["the link is lost", "it is back"]
    assert "lost" in {moment.health[0].link for moment in lived.moments}
    assert lived.moments[-1].health[0].link == "connected"
    assert len(lived.result.reps) == 2
    assert len(lived.result.source.gaps) == 1
    assert lived.result.to_dict() == replayed(path)


def test_a_sensor_that_is_gone_for_good_ends_the_set_with_its_result(path: Path) -> None:
    items = [*cuts(athlete().samples)[:200], event("gone", "it did not come back")]
    lived = live(Scripted(items), path)
    assert lived.messages == ["it did not come back"]
    assert lived.moments[-1].health[0].link == "gone"
    assert lived.result.reps


def test_of_two_sensors_the_second_dies_and_the_first_goes_on(path: Path) -> None:
    parts = cuts(athlete().samples)
    whole, dying = Scripted(parts, pause_s=0.0005), Scripted([*parts[:100], SourceError("its battery is empty")])
    lived = live([whole, dying], path)
    assert lived.messages == ["foot: its battery is empty"]
    assert len(read_recording(path, 0).samples or ()) == len(athlete().samples)
    assert len(read_recording(path, 1).samples or ()) == 1000
    assert whole.left
    assert dying.left


def test_a_set_ends_when_the_sensor_that_is_judged_is_gone_for_good(path: Path) -> None:
    went_on = asyncio.Event()
    samples = simulate("hurdle-leg", "shank", seed=3, reps=4).samples
    seen = simulate("hurdle-leg", "chest", seed=3, reps=4).samples
    cut = int(np.searchsorted(samples.t_s, 8.0))

    class Outlived(Scripted):
        """Is given up only once the other has sent much more."""

        async def __aiter__(self) -> AsyncIterator[Item]:
            for part in cuts(samples[:cut], 20):
                yield part
            yield event("lost", "the link is lost")
            await went_on.wait()
            yield event("gone", "it did not come back")

    class GoingOn(Scripted):
        async def __aiter__(self) -> AsyncIterator[Item]:
            for part in cuts(seen, 20):
                yield part
            went_on.set()
            await asyncio.sleep(1.0)

    known = replace(athlete().info, has_gyroscope=samples.gyr_rad_s is not None)
    lived = live(
        [Outlived([], known), GoingOn([], replace(known, has_gyroscope=seen.gyr_rad_s is not None))],
        path,
        "hurdle-leg",
        ["shank", "chest"],
        others={1: "chest"},
    )
    assert lived.messages == [
        "shank: the link is lost",
        "shank: it did not come back",
        "the set ends: it cannot be judged without scripted",
    ]
    assert any(note.startswith("sent nothing after 8 s") for note in lived.result.quality.notes)
    assert lived.result.quality.status == "limited"
    assert lived.result.to_dict() == replayed(path)


def test_sensors_are_stopped_whatever_goes_wrong(path: Path) -> None:
    for items in ([SystemError("a mistake of ours")], cuts(athlete().samples)):
        source = Scripted(items)

        def trip(running: LiveSet, moment: Moment) -> None:
            raise SystemError("a mistake of ours")

        with pytest.raises(SystemError):
            live(source, path, meanwhile=trip)
        assert source.left
    assert not read_recording(path).truncated


def test_a_cancelled_set_stops_its_sensor_and_ends_its_recording(path: Path) -> None:
    source = Scripted(cuts(athlete().samples), stays=True)

    async def cancelled() -> None:
        async with Sensors([WornSensor(source, "foot")]) as sensors, Disk(path, sensors.header()) as kept:
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_later(0.3, task.cancel)
            session = Session(sensors.worn[0].info, "eccentric-calf", "foot")
            async for _ in LiveSet(sensors, kept, session, speed=math.inf):
                pass

    with suppress(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert source.left
    found = read_recording(path)
    assert not found.truncated
    assert len(found.samples or ()) == len(athlete().samples)


def test_packets_and_samples_are_not_mixed(path: Path) -> None:
    sources = [Scripted(cuts(athlete().samples)), polar([])]
    with pytest.raises(SourceError, match="cannot be recorded together"):
        live(list(sources), path)
    assert all(source.left for source in sources)
    assert not path.exists()


def test_what_cannot_be_judged_is_told_before_a_sensor_is_looked_for() -> None:
    program = get_program(DEFAULT_PROGRAM)
    check_plan("eccentric-calf", "foot", program)
    with pytest.raises(ExerciseError, match="put the sensor on"):
        check_plan("eccentric-calf", "chest", program)
    bare = program.model_copy(update={"reps": None, "exercises": ()})
    with pytest.raises(ProgramError):
        check_plan("eccentric-calf", "foot", bare)


# ---- the disk


class FullDisk(RecordingWriter):
    """A disk that is full from the second write on, until `room`."""

    room = False
    writes = 0

    def _append(self, message: Any) -> None:
        type(self).writes += 1
        if type(self).writes > 2 and not type(self).room:
            raise OSError(errno.ENOSPC, "No space left on device")
        super()._append(message)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> type[FullDisk]:
    monkeypatch.setattr(FullDisk, "room", False)
    monkeypatch.setattr(FullDisk, "writes", 0)
    monkeypatch.setattr(disk, "RecordingWriter", FullDisk)
    monkeypatch.setattr(disk, "FLUSH_S", 0.05)
    return FullDisk


def test_a_full_disk_is_told_at_once_and_the_set_goes_on(full_disk: type[FullDisk], path: Path) -> None:
    lived = live(Scripted(cuts(athlete().samples), pause_s=0.002), path)
    assert len(lived.messages) == 1
    assert "No space left" in lived.messages[0]
    assert len(lived.result.reps) == 2
    assert lived.loss is not None
    assert "No space left" in lived.loss
    assert "packets are lost, and the rest is kept; once there is room, the file is ended by: athena" in lived.loss


def test_a_recording_that_lacks_its_end_says_so_until_it_is_recovered(full_disk: type[FullDisk], path: Path) -> None:
    live(Scripted(cuts(athlete().samples), pause_s=0.002), path)
    assert read_recording(path).truncated
    assert any(note.startswith("cut off") for note in replay(path).quality.notes)
    done = recover(path)
    assert done.was_truncated
    assert done.dropped_bytes == 0
    assert not read_recording(path).truncated


def test_what_a_full_disk_did_not_take_is_written_when_there_is_room(full_disk: type[FullDisk], path: Path) -> None:
    def make_room(running: LiveSet, moment: Moment) -> None:
        full_disk.room |= moment.now_s > 15

    lived = live(Scripted(cuts(athlete().samples), pause_s=0.004), path, meanwhile=make_room)
    assert len(lived.messages) == 2
    assert "nothing was lost" in lived.messages[1]
    assert lived.loss is None
    assert lived.result.to_dict() == replayed(path)


@pytest.mark.parametrize("sensors", [1, 2])
def test_a_disk_that_has_room_for_some_of_it_takes_that(
    sensors: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SmallDisk(RecordingWriter):
        left_bytes = 60_000

        def _append(self, message: Any) -> None:
            if len(message) > type(self).left_bytes:
                raise OSError(errno.ENOSPC, "No space left on device")
            type(self).left_bytes -= len(message)
            super()._append(message)

    monkeypatch.setattr(disk, "RecordingWriter", SmallDisk)
    parts = cuts(athlete().samples)
    worn = Sensors([WornSensor(Scripted([]), "foot") for _ in range(sensors)])

    async def kept() -> Disk:
        async with Disk(path, worn.header()) as one:
            for part in parts:
                for stream in range(sensors):
                    one.add(stream, part)
        return one

    one = asyncio.run(kept())
    assert SmallDisk.left_bytes < 2_000  # 10 samples, and what a batch needs beside them
    recorded = [read_recording(path, stream).samples for stream in range(sensors)]
    for samples in recorded:
        assert samples is not None
        assert samples.t_s.tolist() == athlete().samples.t_s[: len(samples)].tolist()
    written = sum(len(samples or ()) for samples in recorded) // 10
    assert one.unwritten == sensors * len(parts) - written > 0
    assert f"the last {one.unwritten} packets are lost, and the rest is kept" in (one.loss() or "")


@pytest.mark.parametrize("cancels", [1, 2])
def test_ended_while_its_file_is_made_a_recording_leaves_none(
    cancels: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, go_on = threading.Event(), threading.Event()

    class SlowDisk(RecordingWriter):
        def __init__(self, *args: Any, **how: Any) -> None:
            making.set()
            go_on.wait(10.0)
            super().__init__(*args, **how)

    monkeypatch.setattr(disk, "RecordingWriter", SlowDisk)

    async def ended() -> None:
        entering = asyncio.ensure_future(Disk(path, Sensors([WornSensor(Scripted([]), "foot")]).header()).__aenter__())
        await asyncio.to_thread(making.wait, 10.0)
        for _ in range(cancels):
            entering.cancel()
            await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([entering])
        assert entering.cancelled()

    asyncio.run(ended())
    assert not path.exists()


def test_a_recording_in_which_nothing_is_leaves_no_file_and_says_so(path: Path) -> None:
    lived = live(Scripted([]), path)
    assert not path.exists()
    assert lived.loss == f"{path}: nothing was recorded, so no file is kept"


def test_a_disk_that_is_full_from_the_start_is_left_without_a_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordingError, match="No space left"):
        live(Scripted(cuts(athlete().samples)), path)
    assert not path.exists()


def test_a_recording_is_not_written_over(path: Path) -> None:
    path.write_text("mine")
    source = Scripted(cuts(athlete().samples))
    with pytest.raises(RecordingError, match="exists already"):
        live(source, path)
    assert source.left
    assert path.read_text() == "mine"


# ---- what is told meanwhile


def test_the_peak_of_a_landing_is_known_at_contact_and_is_the_landings_own(path: Path) -> None:
    lived = live(open_source("sim:jumps?seed=1&reps=3", speed=100), path, "box-jump", "waist")
    peaks = [peak for moment in lived.moments for peak in moment.impacts_g]
    assert peaks == [landing.measurements["peak_impact_g"].value for landing in lived.result.landings]
    contacts = [moment.now_s for moment in lived.moments if moment.impacts_g]
    # Not before the peak is over; how soon after it depends on what else the machine does.
    for now_s, landing in zip(contacts, lived.result.landings, strict=True):
        assert now_s - landing.time_s > 0.1


def test_progress_goes_down_with_the_heel(path: Path) -> None:
    lived = live(Scripted(cuts(athlete().samples), pause_s=0.004), path)
    shares = [m.progress.travelled for m in lived.moments if m.progress and m.progress.phase == "eccentric"]
    assert max(shares) > 0.8
    assert shares[0] < max(shares)


def test_aims_are_the_programs() -> None:
    program = get_program(DEFAULT_PROGRAM)
    calf = aims_of(program.prescription("eccentric-calf"), "foot")
    assert (calf.reps, calf.lowering_s, calf.loudest_g) == ((12, 15), 10, None)
    assert "eccentric_too_fast" in calf.spoiling
    assert "slow_raise" not in calf.spoiling
    assert aims_of(program.prescription("box-jump"), "waist").loudest_g == 4
    assert aims_of(program.prescription("box-jump"), "wrist").loudest_g is None
