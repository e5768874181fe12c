"""What is written to a sensor for the settings that were chosen."""

import pytest

from athena_sense.errors import SourceError
from athena_sense.profiles import choose, command_bytes, get_profile, wanted


def _written(name: str, phase: str, variant: str | None = None, **chosen: float | bool) -> list[str]:
    profile = get_profile(name)
    settings = choose(profile, **chosen)  # type: ignore[arg-type]
    commands = wanted(getattr(profile.commands, phase), settings, variant)
    return [command_bytes(profile, command, settings).hex() for command in commands]


def test_polar_h10_start_is_the_specification_s() -> None:
    assert _written("polar_h10", "start", rate_hz=200) == ["0202020108000001c8000101" + "1000"]
    assert _written("polar_h10", "start", rate_hz=25, acc_range_g=2) == ["0202020102000001190001011000"]
    assert _written("polar_h10", "stop") == ["0302"]


@pytest.mark.parametrize(
    ("variant", "rate_hz", "range_g", "expected"),
    [
        ("bmi160", 200, 8, "03032908"),
        ("bmi160", 100, 16, "0303280c"),
        ("bmi270", 200, 8, "0303a902"),
        ("bmi270", 100, 16, "0303a803"),
    ],
)
def test_metamotion_accelerometer_is_configured_as_its_maker_does(
    variant: str, rate_hz: float, range_g: float, expected: str
) -> None:
    written = _written("metamotion", "configure", variant, rate_hz=rate_hz, acc_range_g=range_g, gyroscope=False)
    assert written == [expected]


@pytest.mark.parametrize(
    ("rate_hz", "range_dps", "expected"), [(200, 2000, "13032900"), (100, 250, "13032803"), (50, 125, "13032704")]
)
def test_metamotion_gyroscope_is_configured_as_its_maker_does(rate_hz: float, range_dps: float, expected: str) -> None:
    assert _written("metamotion", "configure", "bmi160", rate_hz=rate_hz, gyr_range_dps=range_dps)[1] == expected


def test_the_other_sensors() -> None:
    assert _written("witmotion", "configure", rate_hz=50) == ["ffaa6988b5", "ffaa030800"]
    assert _written("sensortag", "configure") == ["0a"]
    assert _written("sensortag", "start", acc_range_g=16) == ["3f03"]
    assert _written("movella_dot", "start") == ["010115"]
    assert _written("movesense", "start", rate_hz=52, gyroscope=False) == ["0163" + b"/Meas/Acc/52".hex()]
    assert _written("movesense", "stop", gyroscope=False) == ["0263"]
    assert _written("microbit", "configure", rate_hz=50) == ["1400"]
    assert _written("adafruit_clue", "configure", rate_hz=20) == ["32000000", "32000000"]
    assert _written("thingy52", "configure", rate_hz=100) == ["6400f401f401640001"]
    console = bytes.fromhex(_written("bangle_js", "start", rate_hz=25)[0])
    assert b"\x10Bangle.setPollInterval(40);\n" in console
    assert all(line.startswith(b"\x10") for line in console.splitlines())


def test_the_sdk_mode_is_switched_on_only_where_it_is_needed() -> None:
    profile = get_profile("polar_verity_sense")
    for rate_hz, writes in ((52, ["01 02", "01 05"]), (104, ["02 09", "01 02", "01 05"])):
        assert [c.write for c in wanted(profile.commands.probe, choose(profile, rate_hz))] == writes


def test_what_a_sensor_does_not_have_is_refused_with_what_it_has() -> None:
    profile = get_profile("polar_h10")
    with pytest.raises(SourceError, match="Polar H10 has no rate of 60 Hz; choose one of 25, 50, 100, 200 Hz"):
        choose(profile, 60)
    with pytest.raises(SourceError, match="no gyroscope"):
        choose(profile, gyroscope=True)
    with pytest.raises(SourceError, match="range to choose"):
        choose(get_profile("thingy52"), acc_range_g=4)


def test_a_value_that_only_the_sensor_can_give() -> None:
    profile = get_profile("polar_oh1")
    with pytest.raises(SourceError, match=r"no value for \{acc_settings\}"):
        command_bytes(profile, profile.commands.start[0], choose(profile))


def test_battery_levels() -> None:
    witmotion, metamotion = get_profile("witmotion").battery, get_profile("metamotion").battery
    assert witmotion is not None
    assert metamotion is not None
    assert witmotion.percent(bytes.fromhex("5571 6400 8901") + bytes(14)) == 90  # 3.93 V
    assert witmotion.percent(bytes.fromhex("5571 6400 2c01")) == 0
    assert witmotion.percent(b"") is None
    assert metamotion.percent(bytes.fromhex("118c 63 3410")) == 99


def test_refusals_in_words() -> None:
    status = get_profile("polar_h10").status
    assert "charger" in status.meaning(13)
    assert "99" in status.meaning(99)
