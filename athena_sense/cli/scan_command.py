"""`athena-sense scan`: the sensors in reach."""

import asyncio
from typing import TYPE_CHECKING

import click

from athena_sense.cli.listening import POSITIVE, tell

if TYPE_CHECKING:
    from athena_sense.views.sensors import Seen


@click.command("scan")
@click.option("--seconds", type=POSITIVE, default=5.0, metavar="S", help="How long to listen (default: 5).")
@click.option("--all", "everything", is_flag=True, help="Also what no profile knows.")
@click.option("--no-battery", is_flag=True, help="Do not connect to read the batteries: quicker.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(seconds: float, everything: bool, no_battery: bool, as_json: bool) -> None:
    """The sensors in reach.

    Which profile knows each, how strongly it is heard (dBm; nearer to 0 is stronger), and its battery.

    \b
    Examples:
      athena-sense scan
      athena-sense scan --all --no-battery
      athena-sense scan --json
    """
    from rich.console import Console

    from athena_sense.views.sensors import list_seen, seen_as_json

    tell(f"listening for {seconds:g} s")
    seen = asyncio.run(_scan(seconds, everything, not no_battery))
    if as_json:
        click.echo(seen_as_json(seen))
        return
    list_seen(seen, Console(highlight=False))


async def _scan(seconds: float, everything: bool, battery: bool) -> "list[Seen]":
    from athena_sense.sources.ble import scan
    from athena_sense.sources.discovery import Found, all_profiles, recognise
    from athena_sense.sources.sensor import battery_percent_of
    from athena_sense.views.sensors import Seen

    profiles, seen = all_profiles(), []
    for advertiser in await scan(seconds):
        profile = recognise(profiles, advertiser)
        percent = None
        if profile is not None and battery:
            percent = await battery_percent_of(Found(advertiser, profile))
        if profile is not None or everything:
            name = None if profile is None else profile.name
            seen.append(Seen(advertiser.name, advertiser.address, name, advertiser.rssi_dbm, percent))
    return seen
