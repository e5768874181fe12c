"""Which sensor is meant, and what is said where it is not clear or not there."""

from typing import Any, cast

import pytest
from room import Play, Room

from athena_sense.errors import SourceError
from athena_sense.profiles import FirmwareProfile, choose, get_profile
from athena_sense.sources.ble import Advertiser
from athena_sense.sources.discovery import Found, find_sensor, recognise
from athena_sense.sources.sensor import stream_info

NONE: frozenset[Any] = frozenset()
SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"


def advertiser(name: str, services: frozenset[str] = NONE, companies: frozenset[int] = NONE) -> Advertiser:
    return Advertiser(name, "C0:FF:EE:00:00:01", services, companies, -60, device=cast(Any, None))


@pytest.mark.parametrize("wanted", ["Polar H10 A1B2C3D4", "polar h10 a1b2c3d4", "A1B2C3D4", "polar_h10", None])
def test_a_sensor_is_found_by_name_part_of_it_or_profile(play: Play, wanted: str | None) -> None:
    async def test(room: Room) -> None:
        await room.sensor("polar_h10", "Polar H10 A1B2C3D4")
        found = await find_sensor(wanted, for_s=1.0)
        assert (found.name, found.profile.name) == ("Polar H10 A1B2C3D4", "polar_h10")
        assert (await find_sensor(found.address.lower(), for_s=1.0)).name == found.name

    play(test)


def test_of_several_one_must_be_named(play: Play) -> None:
    async def test(room: Room) -> None:
        await room.sensor("polar_h10", "Polar H10 A1B2C3D4")
        await room.sensor("polar_h10", "Polar H10 0000BEEF")
        for wanted in (None, "polar"):
            with pytest.raises(SourceError, match=r"several sensors are in reach: .*; say which one by its name"):
                await find_sensor(wanted, for_s=1.0)
        assert (await find_sensor("beef", for_s=1.0)).name == "Polar H10 0000BEEF"

    play(test)


@pytest.mark.parametrize("wanted", [None, "MetaWear", "metamotion"])
def test_of_two_with_one_name_the_address_tells_which(play: Play, wanted: str | None) -> None:
    async def test(room: Room) -> None:
        first, second = [await room.sensor("metamotion", "MetaWear") for _ in range(2)]
        assert first.address != second.address
        with pytest.raises(SourceError, match=r"several sensors are in reach: .*the address behind its name") as told:
            await find_sensor(wanted, for_s=1.0)
        for one in (first, second):
            assert f"MetaWear {one.address} (" in str(told.value)
            for asked in (one.address.lower(), f"MetaWear {one.address}", one.address[-5:]):
                found = await find_sensor(asked, for_s=1.0)
                assert (found.name, found.address) == ("MetaWear", one.address)
                assert found.own_name == f"MetaWear {one.address}"

    play(test)


@pytest.mark.parametrize(
    ("profile", "name", "own_name"),
    [
        ("polar_h10", "Polar H10 A1B2C3D4", "Polar H10 A1B2C3D4"),
        ("movesense", "Movesense 012345678901", "Movesense 012345678901"),
        ("movesense", "my own firmware", "my own firmware C0:FF:EE:00:00:01"),
        ("movella_dot", "Movella DOT", "Movella DOT C0:FF:EE:00:00:01"),
        ("witmotion", "", "C0:FF:EE:00:00:01"),
    ],
)
def test_a_sensors_own_name_is_one_that_no_other_has(profile: str, name: str, own_name: str) -> None:
    found = Found(advertiser(name), get_profile(profile))
    info = stream_info(found, choose(found.profile))
    assert (info.own_name, info.sensor_is_device) == (own_name, True)


def test_a_phone_tells_only_which_kind_it_is() -> None:
    found = Found(advertiser("Pixel"), get_profile("droidpad"))
    info = stream_info(found, choose(found.profile))
    assert (info.sensor, info.own_name, info.sensor_is_device) == ("Pixel", None, False)


def test_a_name_that_is_the_beginning_of_another_is_found(play: Play) -> None:
    async def test(room: Room) -> None:
        await room.sensor("witmotion", "WT901BLE6")
        await room.sensor("witmotion", "WT901BLE67")
        assert (await find_sensor("WT901BLE6", for_s=1.0)).name == "WT901BLE6"

    play(test)


def test_what_is_not_there_is_told_with_what_is(play: Play) -> None:
    async def test(room: Room) -> None:
        with pytest.raises(SourceError, match=r"no sensor that a profile knows is in reach: is it on, charged"):
            await find_sensor(None, for_s=0.1)
        await room.sensor("witmotion", "WT901BLE67")
        with pytest.raises(SourceError, match=r"no sensor 'Polar' is in reach: .*in reach: WT901BLE67"):
            await find_sensor("Polar", for_s=0.2)

    play(test)


def test_a_device_without_a_profile_is_told(play: Play) -> None:
    async def test(room: Room) -> None:
        await room.sensor("witmotion", "WT901BLE67")
        with pytest.raises(SourceError, match="WT901BLE67 is in reach, but no profile knows it"):
            await find_sensor("WT901BLE67", [get_profile("polar_h10")], for_s=0.2)

    play(test)


def test_a_name_says_more_than_a_service_and_a_service_more_than_a_company() -> None:
    base = get_profile("witmotion")

    def profile(called: str, **match: object) -> FirmwareProfile:
        return base.model_copy(update={"name": called, "match": base.match.model_copy(update=match)})

    profiles = [
        profile("by_company", name=None, services=(), company_id=7),
        profile("by_service", name=None, services=(SERVICE,)),
        profile("by_name", name="^WT", services=()),
    ]
    service, company = frozenset({SERVICE}), frozenset({7})
    for heard, expected in (
        (advertiser("WT1", service, company), "by_name"),
        (advertiser("", service, company), "by_service"),
        (advertiser("", NONE, company), "by_company"),
    ):
        found = recognise(profiles, heard)
        assert found is not None
        assert found.name == expected
    assert recognise(profiles, advertiser("another")) is None
