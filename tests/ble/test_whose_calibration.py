"""Two sensors that share a name: what is kept of one is never used for the other, live or replayed."""

import shlex
from datetime import date
from pathlib import Path

import click
import numpy as np
import pytest
from room import Play, Room, quick

from athena_sense import calibration
from athena_sense.cli import main
from athena_sense.cli.calibrate_command import _six_sides
from athena_sense.cli.calibrate_command import command as calibrate
from athena_sense.cli.ending import Ending
from athena_sense.cli.listening import worn_sensors
from athena_sense.datatypes import Calibration, SampleBatch
from athena_sense.dsp.quality import StreamQuality
from athena_sense.living import Disk, Keeper, Sensors, WornSensor
from athena_sense.recordings import open_recording
from athena_sense.replaying import decoded
from athena_sense.simulation import simulate
from athena_sense.sources.sensor import BleSensor

MENDS = Calibration((1.04, 0.97, 1.01), (0.3, -0.5, 0.2), date(2026, 3, 1), "positions", 6, 0.04, 0.003)


@pytest.mark.usefixtures("home")
def test_of_two_with_one_name_only_the_one_that_was_calibrated_is_mended(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "both.arrows"

    async def test(room: Room) -> None:
        profile = quick("metamotion")
        both = [await room.sensor(profile, "MetaWear", speed=5) for _ in range(2)]
        names = [f"MetaWear {one.address}" for one in both]
        calibration.keep("MetaWear", MENDS)  # as it was kept when the name was all that was known
        calibration.keep(names[1], MENDS)
        worn = [
            WornSensor(BleSensor(one.address, profiles=[profile]), site)
            for one, site in zip(both, ("foot", "shank"), strict=True)
        ]
        told: list[str] = []
        async with Sensors(worn) as sensors, Disk(path, sensors.header()) as disk:
            assert [one.info.calibration for one in sensors.worn] == [None, MENDS]
            assert [one.info.sensor for one in sensors.worn] == names == [one.health.name for one in sensors.worn]
            keeper, came, is_broken = Keeper(sensors, disk), [0, 0], False
            async for arrivals in sensors.arrivals():
                samples, messages = keeper.keep(arrivals)
                told += messages
                for number, batch in samples:
                    came[number] += len(batch)
                if min(came) > 100 and not is_broken:
                    is_broken = True
                    await both[0].hang_up()
                if "foot: MetaWear is back" in told:
                    break
        assert "foot: MetaWear is back" in told
        assert [message for message in told if "calibrat" in message] == [calibration.not_used(worn[0].info)]
        assert f'calibrate this one: athena-sense calibrate --device "{names[0]}"' in "".join(told)

    play(test)
    for number, expected in enumerate((None, MENDS)):
        opened = open_recording(path, number)
        assert opened.header.calibration == expected
        assert opened.header.info.own_name is not None
        _, info, _ = decoded(opened, path, calibration.of_stream)
        assert info.calibration == expected
        assert info.own_name == opened.header.info.own_name


@pytest.mark.usefixtures("home")
def test_the_command_that_is_told_calibrates_the_very_sensor(play: Play) -> None:
    async def test(room: Room) -> None:
        mine, other = [
            await room.sensor("witmotion", "WT901BLE68", simulate("six-sides", "other", seed=1, bias_g=bias_g).samples)
            for bias_g in (0.06, 0.0)
        ]
        async with BleSensor(mine.address) as sensor:
            quality = StreamQuality(sensor.info)
        rests = np.random.default_rng(1).normal((0.0, 0.0, 9.19), 0.01, (400, 3))
        quality.take(SampleBatch(np.arange(400) / 100.0, rests))
        (note,) = quality.summary().notes
        words = shlex.split(note.partition("mend it with: athena-sense calibrate ")[2])
        # A command remembers what its help option is called, so it is called as from the shell.
        above = click.Context(main, **main.context_settings)
        device = calibrate.make_context("calibrate", words, parent=above).params["device"]
        (worn,) = worn_sensors(device, (), None, None, 1.0)
        own, positions = await _six_sides(worn, Ending())
        assert own == sensor.info.own_name == f"WT901BLE68 {mine.address}"
        assert calibration.fit_calibration(positions, date(2026, 3, 1)).error_before > 0.01
        assert not other.sent

    play(test)
