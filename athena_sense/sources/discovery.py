"""Which sensors are in reach, which profile each one has, and which of them is meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from athena_sense.errors import SourceError
from athena_sense.profiles import FirmwareProfile, get_profile, profile_names
from athena_sense.profiles.model import ApartBy
from athena_sense.sources.ble import Advertiser, scan

SCAN_S = 5.0
FIND_S = 10.0
SETTLE_S = 1.5
"""Sensors advertise at least about once a second: after this long, a second one in reach has been heard too."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor in reach and the profile that speaks its language."""

    advertiser: Advertiser
    profile: FirmwareProfile

    @property
    def name(self) -> str:
        return self.advertiser.name or self.advertiser.address

    @property
    def told_apart_by(self) -> ApartBy:
        """What tells this sensor from others of its kind."""
        return self.profile.match.tells_apart(self.advertiser.name)

    @property
    def own_name(self) -> str:
        """What finds this one and no other: its name, with its address where others may have the same name. On macOS
        the address is one that only this computer knows it by."""
        if self.told_apart_by == "name" or not self.advertiser.name:
            return self.name
        return f"{self.name} {self.address}"

    @property
    def address(self) -> str:
        return self.advertiser.address

    @property
    def rssi_dbm(self) -> int:
        return self.advertiser.rssi_dbm


def all_profiles() -> tuple[FirmwareProfile, ...]:
    """Every profile that ships."""
    return tuple(get_profile(name) for name in profile_names())


def recognise(profiles: Sequence[FirmwareProfile], advertiser: Advertiser) -> FirmwareProfile | None:
    """The profile that fits best: a name says more than a service, a service more than the maker's id."""
    best, most = None, 0
    for profile in profiles:
        match = profile.match
        score = 4 * (match.name is not None and re.search(match.name, advertiser.name) is not None)
        score += 2 * (not advertiser.services.isdisjoint(match.services))
        score += match.company_id in advertiser.company_ids
        if score > most:
            best, most = profile, score
    return best


async def sensors_in_reach(profiles: Sequence[FirmwareProfile] | None = None, for_s: float = SCAN_S) -> list[Found]:
    """The sensors in reach that a profile recognises, strongest first. Raises SourceError."""
    return _recognised(all_profiles() if profiles is None else profiles, await scan(for_s))


async def find_sensor(
    wanted: str | None = None, profiles: Sequence[FirmwareProfile] | None = None, for_s: float = FIND_S
) -> Found:
    """The sensor of this name, part of a name, address or profile; None: the only one in reach. A name that others may
    have as well is taken for one sensor's only where no other of that name is in reach.

    Raises:
        SourceError: it is not there, more than one is meant, or no profile knows it.
    """
    known = all_profiles() if profiles is None else profiles

    def meant(heard: Sequence[Advertiser]) -> list[Found]:
        return _meant(wanted, _recognised(known, heard))

    heard = await scan(for_s, lambda heard: bool(meant(heard)))
    if meant(heard) and not any(_exactly(wanted, found) for found in meant(heard)):
        heard = _both(heard, await scan(SETTLE_S))
    found = meant(heard)
    found = [one for one in found if _exactly(wanted, one)] or [one for one in found if _by_name(wanted, one)] or found
    if len(found) == 1:
        return found[0]
    raise SourceError(_several(found) if found else _not_found(wanted, known, heard))


def _recognised(profiles: Sequence[FirmwareProfile], heard: Sequence[Advertiser]) -> list[Found]:
    pairs = [(advertiser, recognise(profiles, advertiser)) for advertiser in heard]
    return [Found(advertiser, profile) for advertiser, profile in pairs if profile is not None]


def _both(first: Sequence[Advertiser], second: Sequence[Advertiser]) -> list[Advertiser]:
    before = {advertiser.address: advertiser.name for advertiser in first}
    again = [replace(one, name=one.name or before.get(one.address, "")) for one in second]
    return list({advertiser.address: advertiser for advertiser in (*first, *again)}.values())


def _exactly(wanted: str | None, found: Found) -> bool:
    """Whether nothing but this one can be meant, and its name, by which it is known, has been heard."""
    named = bool(found.advertiser.name)
    return named and wanted is not None and wanted.lower() in (found.own_name.lower(), found.address.lower())


def _by_name(wanted: str | None, found: Found) -> bool:
    return wanted is not None and wanted.lower() in (found.name.lower(), found.address.lower())


def _meant(wanted: str | None, found: Sequence[Found]) -> list[Found]:
    if wanted is None:
        return list(found)
    # The last digits of a name are its serial number: people read those off the sensor.
    low = wanted.lower()
    return [f for f in found if low in f.own_name.lower() or low in (f.address.lower(), f.profile.name)]


def _several(found: Sequence[Found]) -> str:
    names = ", ".join(f"{one.own_name} ({one.rssi_dbm} dBm)" for one in found)
    name = "its name" if len({one.name for one in found}) == len(found) else "the address behind its name"
    return f"several sensors are in reach: {names}; say which one by {name}"


def _not_found(wanted: str | None, profiles: Sequence[FirmwareProfile], heard: Sequence[Advertiser]) -> str:
    tips = "is it on, charged, near, and not connected to another app, also on a phone?"
    in_reach = ", ".join(found.own_name for found in _recognised(profiles, heard))
    if wanted is None:
        return f"no sensor that a profile knows is in reach: {tips}"
    for advertiser in heard:
        if wanted.lower() in (advertiser.name.lower(), advertiser.address.lower()):
            return f"{wanted} is in reach, but no profile knows it: see athena-sense profiles for those there are"
    there = f"in reach: {in_reach}" if in_reach else "no other sensor is in reach either"
    return f"no sensor {wanted!r} is in reach: {tips} ({there})"
