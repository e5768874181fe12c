"""`athena-sense scan` and `profiles`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Run

from athena_sense.cli import main
from athena_sense.errors import SourceError
from athena_sense.profiles import get_profile, profile_names, profiles_folder
from athena_sense.sources import ble, sensor
from athena_sense.sources.ble import Advertiser


def run(*arguments: str | Path, width: int = 80) -> Run:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env={"COLUMNS": str(width)})


def advertiser(name: str, address: str, rssi_dbm: int) -> Advertiser:
    return Advertiser(name, address, frozenset(), frozenset(), rssi_dbm, None)  # type: ignore[arg-type]


IN_REACH = [
    advertiser("Polar H10 A1B2C3D4", "C0:DE:00:00:00:01", -48),
    advertiser("WT901BLE68", "C0:DE:00:00:00:02", -71),
    advertiser("a television", "C0:DE:00:00:00:03", -80),
]


@pytest.fixture
def in_reach(monkeypatch: pytest.MonkeyPatch) -> list[Advertiser]:
    heard = list(IN_REACH)

    async def scan(for_s: float) -> list[Advertiser]:
        return heard

    async def battery(found: Any) -> int | None:
        return 87 if found.profile.name == "polar_h10" else None

    monkeypatch.setattr(ble, "scan", scan)
    monkeypatch.setattr(sensor, "battery_percent_of", battery)
    return heard


@pytest.mark.usefixtures("in_reach")
def test_scan_lists_the_sensors_that_a_profile_knows() -> None:
    done = run("scan")
    assert done.exit_code == 0
    _, first, second = done.stdout.splitlines()
    assert first.split() == ["Polar", "H10", "A1B2C3D4", "C0:DE:00:00:00:01", "polar_h10", "-48", "dBm", "87", "%"]
    assert second.split() == ["WT901BLE68", "C0:DE:00:00:00:02", "witmotion", "-71", "dBm", "–"]
    assert done.stderr == "listening for 5 s\n"


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.usefixtures("in_reach")
def test_scan_fits_the_terminal(width: int) -> None:
    shown = run("scan", "--all", width=width).stdout
    assert max(map(len, shown.splitlines())) <= width
    assert "-48 dBm" in shown
    assert "87 %" in shown


@pytest.mark.usefixtures("in_reach")
def test_scan_lists_everything_when_asked() -> None:
    assert "a television" not in run("scan").stdout
    assert "a television" in run("scan", "--all").stdout


@pytest.mark.usefixtures("in_reach")
def test_scan_for_programs() -> None:
    seen = json.loads(run("scan", "--json", "--no-battery").stdout)
    assert seen[0] == {
        "name": "Polar H10 A1B2C3D4",
        "address": "C0:DE:00:00:00:01",
        "profile": "polar_h10",
        "rssi_dbm": -48,
        "battery_percent": None,
    }


def test_nothing_in_reach_is_told(in_reach: list[Advertiser]) -> None:
    in_reach.clear()
    done = run("scan")
    assert done.exit_code == 0
    assert done.stdout.startswith("no sensor is in reach")


def test_without_bluetooth_scan_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def off(for_s: float) -> list[Advertiser]:
        raise SourceError("Bluetooth is off: switch it on")

    monkeypatch.setattr(ble, "scan", off)
    done = run("scan")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "error: Bluetooth is off: switch it on"


@pytest.mark.parametrize("arguments", [["profiles"], ["profiles", "list"]])
@pytest.mark.parametrize("width", [60, 100])
def test_every_profile_is_listed_with_its_trust(arguments: list[str], width: int) -> None:
    output = run(*arguments, width=width).output
    assert max(map(len, output.splitlines())) <= width
    assert all(name in output for name in profile_names())
    assert "unverified" in output


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_shown_with_what_is_unverified(name: str) -> None:
    done = run("profiles", "show", name, width=70)
    assert done.exit_code == 0
    assert max(map(len, done.output.splitlines())) <= 70
    told = " ".join(done.output.split())
    profile = get_profile(name)
    texts = (*profile.quirks, *profile.evidence.sources, *profile.evidence.unverified)
    assert all(" ".join(text.split()) in told for text in texts)
    assert ("Unverified" in done.output) == bool(profile.evidence.unverified)


@pytest.mark.parametrize(
    ("name", "told"), [("polar_h10", "by the name"), ("metamotion", "by the Bluetooth address"), ("droidpad", "not: ")]
)
def test_it_is_shown_what_tells_one_sensor_from_others(name: str, told: str) -> None:
    assert f"told apart {told}" in " ".join(run("profiles", "show", name).output.split())


def test_a_profile_can_be_started_from_a_shipped_one(tmp_path: Path) -> None:
    done = run("profiles", "show", "nus_csv", "--toml")
    assert done.stdout_bytes == (profiles_folder() / "nus_csv.toml").read_bytes()
    mine = tmp_path / "nus_csv.toml"
    mine.write_bytes(done.stdout_bytes)
    assert run("profiles", "check", mine).output.startswith(f"{mine}: good; ")


def test_every_shipped_profile_is_good_and_tells_what_is_unverified() -> None:
    files = [profiles_folder() / f"{name}.toml" for name in profile_names()]
    done = run("profiles", "check", *files)
    assert done.exit_code == 0
    assert done.output.count(": good; ") == len(files)
    assert done.output.count("  unverified: ") == sum(len(get_profile(n).evidence.unverified) for n in profile_names())


def test_check_tells_every_mistake(tmp_path: Path) -> None:
    bad = tmp_path / "polar_h10.toml"
    text = (profiles_folder() / "polar_h10.toml").read_text(encoding="utf-8")
    bad.write_text(text.replace("title =", "titel =", 1))
    done = run("profiles", "check", bad, tmp_path / "no.toml")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert all(line.startswith("error: ") for line in done.stderr.splitlines())
    assert "titel" in done.stderr
    assert "no.toml" in done.stderr


def test_a_slip_in_a_profiles_name_is_told() -> None:
    done = run("profiles", "show", "polr_h10")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: no profile is called 'polr_h10' (did you mean 'polar_h10'?)")
