"""Sources by name: whatever they are, they are used alike."""

import asyncio
import math
from pathlib import Path

import numpy as np
import pytest
from room import Play, Room, calf_set, data, kinds, taken
from virtual_time import VirtualTimeLoop

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.errors import AthenaError, RecordingError, SourceError
from athena_sense.living import WornSensor
from athena_sense.profiles import get_profile, profiles_folder, read_text
from athena_sense.recordings import RecordingHeader, RecordingWriter, open_recording
from athena_sense.replaying import replay
from athena_sense.sources import open_source
from athena_sense.sources.live import Item
from athena_sense.sources.recorded import stream_of
from athena_sense.sources.sensor import BleSensor
from athena_sense.sources.sim import open_simulated

CALF = "sim:calf?seed=2&reps=1"
JUMPS = Path(__file__).parents[2] / "recordings" / "jumps-quiet.arrows"


def everything(name: str, speed: float = math.inf) -> list[Item]:
    async def listen() -> list[Item]:
        async with open_source(name, speed=speed) as source:
            return [item async for item in source]

    return asyncio.run(listen())


def notifications(items: list[Item]) -> list[Notification]:
    return [notification for item in items if isinstance(item, tuple) for notification in item]


def test_a_simulated_athlete_plays_its_samples_in_order() -> None:
    items = everything(CALF)
    batches = [item for item in items if isinstance(item, SampleBatch)]
    samples = open_simulated(CALF).simulated.samples
    assert kinds(items) == ["connected"]
    np.testing.assert_array_equal(np.concatenate([batch.t_s for batch in batches]), samples.t_s)
    np.testing.assert_array_equal(np.concatenate([batch.acc_m_s2 for batch in batches]), samples.acc_m_s2)


@pytest.mark.parametrize("sensor", ["polar_h10", "witmotion", "metamotion"])
def test_a_simulated_athlete_wears_a_real_sensor(sensor: str) -> None:
    source = open_source(f"{CALF}&sensor={sensor}")
    assert source.profile == get_profile(sensor)
    assert source.chosen is not None
    heard = notifications(everything(f"{CALF}&sensor={sensor}"))
    decoded = PacketDecoder(get_profile(sensor), source.chosen).feed(heard)
    assert not decoded.errors
    felt = open_simulated(f"{CALF}&sensor={sensor}").simulated.samples.acc_m_s2
    assert decoded.motion.acc is not None
    assert len(felt) - len(decoded.motion.acc) < 40
    assert np.abs(felt[: len(decoded.motion.acc)] - decoded.motion.acc).max() < 0.02


def test_arrival_times_do_not_depend_on_the_speed() -> None:
    name = "sim:calf?seed=2&reps=1&sensor=polar_h10"
    slow, fast = (np.array([n.arrival_ns for n in notifications(everything(name, speed))]) for speed in (200, math.inf))
    np.testing.assert_array_equal(slow - slow[0], fast - fast[0])


def test_a_playback_keeps_to_the_clock() -> None:
    samples = open_simulated(CALF).simulated.samples
    duration_s = float(samples.t_s[-1] - samples.t_s[0])

    async def listen() -> float:
        start = asyncio.get_running_loop().time()
        async with open_source(CALF, speed=40) as source:
            async for _ in source:
                pass
        return asyncio.get_running_loop().time() - start

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(listen()) == pytest.approx(duration_s / 40, rel=0.01)


def test_a_recording_of_packets_plays_them_with_its_own_profile(tmp_path: Path) -> None:
    profile = read_text(profiles_folder() / "polar_h10.toml")
    source = open_source("sim:calf?seed=2&reps=1&sensor=polar_h10")
    heard = notifications(everything("sim:calf?seed=2&reps=1&sensor=polar_h10"))
    header = RecordingHeader(
        kind="notifications", sample_rate_hz=200, acc_range_m_s2=source.info.acc_range_m_s2, profile_toml=profile
    )
    path = tmp_path / "set.arrows"
    with RecordingWriter(path, header) as writer:
        writer.write_notifications(heard)
    again = open_source(f"file:{path}")
    assert again.profile == source.profile
    assert again.chosen == source.chosen
    assert notifications(everything(f"file:{path}")) == heard


@pytest.mark.parametrize("gyr_range_dps", [125, 500, 2000])
def test_a_recording_of_packets_is_read_with_the_ranges_that_were_set(tmp_path: Path, gyr_range_dps: int) -> None:
    name = f"sim:calf?seed=2&reps=1&sensor=metamotion&acc_range_g=4&gyr_range_dps={gyr_range_dps}"
    heard = notifications(everything(name))
    worn = WornSensor(open_source(name), "foot")
    worn.entered()
    header = RecordingHeader.model_validate({**worn.header().model_dump(), "kind": "notifications"})
    assert header.info.gyr_range_rad_s == pytest.approx(np.radians(gyr_range_dps))
    path = tmp_path / "set.arrows"
    with RecordingWriter(path, header) as writer:
        writer.write_notifications(heard)
    again = open_recording(path)
    assert again.notifications is not None
    live, replayed = worn.take(tuple(heard)), stream_of(again.header, path).feed(again.notifications)
    assert live is not None
    assert live.gyr_rad_s is not None
    assert replayed.gyr_rad_s is not None
    assert np.abs(live.gyr_rad_s).max() > 0.5
    assert live.acc_m_s2.tobytes() == replayed.acc_m_s2.tobytes()
    assert live.gyr_rad_s.tobytes() == replayed.gyr_rad_s.tobytes()
    assert live.t_s.tobytes() == replayed.t_s.tobytes()


def test_a_profile_that_was_mended_reads_an_old_recording_anew(tmp_path: Path) -> None:
    shipped = read_text(profiles_folder() / "witmotion.toml")
    wrong = shipped.replace("per_unit = 2048", "per_unit = 4096")
    assert wrong != shipped
    right, old, older = (
        recorded(tmp_path / f"{number}.arrows", text)
        for number, text in enumerate((shipped, wrong, f"new = 1\n{shipped}"))
    )
    assert replay(old).reps != replay(right).reps
    for path in (old, older):
        again = replay(path, profile=get_profile("witmotion"))
        assert again.reps == replay(right).reps
    with pytest.raises(RecordingError, match=r"2\.arrows .*unknown key `new`; read it by another with: .*--profile"):
        replay(older)
    with pytest.raises(RecordingError, match=r"0\.arrows: was recorded by witmotion, not by polar_h10"):
        replay(right, profile=get_profile("polar_h10"))
    with pytest.raises(RecordingError, match="holds no raw packets"):
        replay(JUMPS, profile=get_profile("witmotion"))


@pytest.mark.parametrize("name", ["witmotion", "of_my_own"])
def test_packets_of_a_profile_of_ones_own_are_played_and_recorded_with_it(tmp_path: Path, name: str) -> None:
    shipped = read_text(profiles_folder() / "witmotion.toml")
    own = shipped.replace("per_unit = 2048", "per_unit = 4096").replace('name = "witmotion"', f'name = "{name}"', 1)
    worn = WornSensor(open_source(f"file:{recorded(tmp_path / 'own.arrows', own)}"), "foot")
    worn.entered()
    assert worn.header().profile == name
    assert worn.header().profile_toml == own


def recorded(path: Path, profile_toml: str) -> Path:
    name = f"{CALF}&sensor=witmotion"
    worn = WornSensor(open_source(name), "foot")
    worn.entered()
    facts = {"kind": "notifications", "profile_toml": profile_toml, "exercise": "eccentric-calf"}
    with RecordingWriter(path, RecordingHeader.model_validate({**worn.header().model_dump(), **facts})) as writer:
        writer.write_notifications(notifications(everything(name)))
    return path


def test_a_plain_file_plays_its_samples(tmp_path: Path) -> None:
    samples = calf_set()
    rows = np.column_stack([samples.t_s, samples.acc_m_s2])[:500]
    path = tmp_path / "set.csv"
    np.savetxt(path, rows, delimiter=",", header="t,ax,ay,az", comments="")
    batches = [item for item in everything(f"file:{path}") if isinstance(item, SampleBatch)]
    np.testing.assert_allclose(np.concatenate([batch.acc_m_s2 for batch in batches]), samples.acc_m_s2[:500])


def test_a_sensor_is_opened_by_name_and_settings(play: Play) -> None:
    async def test(room: Room) -> None:
        virtual = await room.sensor("polar_h10")
        address = virtual.device.random_address.to_string(with_type_qualifier=False)
        for name in ("ble:", f"ble:{virtual.name}", virtual.name, address):
            async with open_source(name, rate_hz=50) as source:
                assert source.info.sample_rate_hz == 50
                assert source.name == virtual.name
            await asyncio.sleep(0.05)
        async with open_source(virtual.name) as source:
            assert len(data(await taken(source, lambda items: bool(data(items))))) >= 1

    play(test)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("usb:0", SourceError),
        ("sim:calf?sensor=polar_h9", AthenaError),
        ("sim:calf?sensor=polar_h10&rate=60", SourceError),
        ("sim:calf?seed=-3", SourceError),
        ("sim:calf?seed=1.5", SourceError),
        ("sim:calf?rate=1e9", SourceError),
        ("sim:calf?lowering=inf", SourceError),
        ("sim:calf?reps=nan", SourceError),
        ("file:nowhere.csv", RecordingError),
    ],
)
def test_a_source_that_cannot_be_is_told_at_once(name: str, error: type[AthenaError]) -> None:
    with pytest.raises(error):
        open_source(name)


@pytest.mark.parametrize(
    "name", ["BBC micro:bit [zuvev]", "WT901BLE68 C0:FF:EE:00:00:01", "C0:FF:EE:00:00:01", "ble:x"]
)
def test_a_name_that_holds_a_colon_is_a_sensors(name: str) -> None:
    assert isinstance(open_source(name), BleSensor)
