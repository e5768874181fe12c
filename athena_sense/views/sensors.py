"""Sensors, for someone who has to choose one: those in reach, and those that a profile knows."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from athena_sense.profiles import FirmwareProfile
from athena_sense.views.glyphs import Glyphs, glyphs_for

EVIDENCE = {
    "real hardware": "packets of the real sensor",
    "vendor test": "the maker's own tests",
    "document": "documents only",
}

APART = {
    "name": "by the name, which no other has",
    "address": "by the Bluetooth address",
    "nothing": "not: neither its name nor its address lasts",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was heard of one advertiser; `profile` is None where none knows it, `battery_percent` where unread."""

    name: str
    address: str
    profile: str | None
    rssi_dbm: int
    battery_percent: int | None


def list_seen(seen: Sequence[Seen], console: Console) -> None:
    """A line for each, strongest first."""
    glyphs = glyphs_for(console.encoding)
    if not seen:
        console.print("no sensor is in reach: is it on, charged, near, and not connected to another app?")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for heading in ("name", "address", "profile"):
        table.add_column(heading, overflow="fold")
    for heading in ("signal", "battery"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in seen:
        battery = glyphs.unknown if one.battery_percent is None else f"{one.battery_percent} %"
        texts = (one.name or glyphs.unknown, one.address, one.profile or glyphs.unknown, f"{one.rssi_dbm} dBm", battery)
        table.add_row(*(Text(glyphs.say(text)) for text in texts))
    console.print(table)


def seen_as_json(seen: Sequence[Seen]) -> str:
    """The same for programs."""
    return json.dumps([asdict(one) for one in seen], ensure_ascii=False)


def list_profiles(profiles: Sequence[FirmwareProfile], console: Console) -> None:
    """A line for each profile: its name, the sensor, and how far it can be trusted."""
    glyphs = glyphs_for(console.encoding)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for profile in profiles:
        table.add_row(profile.name, Text(glyphs.say(f"{profile.title} ({_trust(profile)})")))
    console.print(table)
    console.print(Text("\nMore: athena-sense profiles show NAME", "dim"))


def show_profile(profile: FirmwareProfile, console: Console) -> None:
    """What is known of a sensor: settings, quirks, evidence, and what is unverified."""
    glyphs = glyphs_for(console.encoding)
    console.print(Text(glyphs.say(f"{profile.name}: {profile.title}, by {profile.maker}"), "bold"))
    console.print(Text(glyphs.say(profile.summary.strip())))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for name, text in _facts(profile).items():
        table.add_row(name, Text(glyphs.say(text)))
    console.print(Padding(table, (1, 0, 0, 0)))
    _paragraphs("Quirks", profile.quirks, console, glyphs)
    _paragraphs(f"Sources ({EVIDENCE[profile.evidence.kind]})", profile.evidence.sources, console, glyphs)
    _paragraphs("Unverified", profile.evidence.unverified, console, glyphs, "yellow")


def _facts(profile: FirmwareProfile) -> dict[str, str]:
    has = profile.settings
    known_by = [f"name like {profile.match.name}"] if profile.match.name else []
    known_by += ["an advertised service"] if profile.match.services else []
    known_by += [f"company id 0x{profile.match.company_id:04X}"] if profile.match.company_id is not None else []
    facts = {
        "known by": ", ".join(known_by),
        "told apart": APART[profile.match.told_apart_by],
        "samples a second": _choices(has.rates_hz, has.default_rate_hz, "Hz"),
        "acceleration": _choices(has.acc_ranges_g, has.default_acc_range_g, "g"),
        "angular rate": _choices(has.gyr_ranges_dps, has.default_gyr_range_dps, "°/s")
        or ("yes" if profile.has_gyroscope else "no"),
        "time": "stamps of its own" if profile.has_stamps else "counted from samples",
        "gravity": "" if profile.gravity_included else "removed by the sensor: inclination cannot be measured",
        "examples": f"{len(profile.examples)} packets with their values",
    }
    return {name: text for name, text in facts.items() if text}


def _choices(choices: Sequence[float], default: float | None, unit: str) -> str:
    if not choices:
        return ""
    usual = f" (usually {default:g})" if len(choices) > 1 and default is not None else ""
    return f"{', '.join(f'{choice:g}' for choice in choices)} {unit}{usual}"


def _trust(profile: FirmwareProfile) -> str:
    count = len(profile.evidence.unverified)
    unverified = f", {count} value{'' if count == 1 else 's'} unverified" if count else ""
    return f"{EVIDENCE[profile.evidence.kind]}{unverified}"


def _paragraphs(heading: str, texts: Sequence[str], console: Console, glyphs: Glyphs, style: str = "") -> None:
    if texts:
        console.print(Text(f"\n{heading}", f"bold {style}".strip()))
    for text in texts:
        console.print(Padding(Text(glyphs.say(text.strip()), style), (0, 0, 0, 2)))
