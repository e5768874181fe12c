"""Whether a profile decodes its own example packets: what `profiles check` and the tests ask."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from athena_sense.datatypes import FloatArray, Notification
from athena_sense.decoding.decoder import PacketDecoder
from athena_sense.decoding.packets import Packets
from athena_sense.decoding.scaling import SI_PER_UNIT
from athena_sense.errors import AthenaError, ProfileError
from athena_sense.profiles.files import read_profile, read_text
from athena_sense.profiles.model import Example, FirmwareProfile
from athena_sense.profiles.settings import choose

FLOAT_ROUNDING = 1e-6
"""Relative: a 32-bit float has 24 bits, and a profile prints what it holds in decimal."""


def check_profile(path: str | Path) -> tuple[str, ...]:
    """Everything that is wrong with a profile file, one line each; empty when it is good."""
    try:
        profile, problems = read_profile(read_text(path), str(path))
    except ProfileError as error:
        return (str(error),)
    if profile is None:
        return problems
    found = [problem for example in profile.examples for problem in check_example(profile, example)]
    if not Path(path).stem.startswith("_") and Path(path).stem != profile.name:
        found.insert(0, f"`name` is {profile.name!r}: expected the file's own name, {Path(path).stem!r}")
    return tuple(f"{path}: {problem}" for problem in found)


def check_example(profile: FirmwareProfile, example: Example) -> Iterator[str]:
    """What an example's packets decode to otherwise than it says."""
    where = f"example {example.name!r}"
    try:
        gyroscope = profile.has_gyroscope and (bool(example.gyr) or profile.separate_gyroscope)
        chosen = choose(profile, None, example.acc_range_g, example.gyr_range_dps, gyroscope)
        packets = [Notification(0, packet.channel, packet.payload) for packet in example.packets]
        decoder = PacketDecoder(profile, chosen)
        decoded = decoder.feed(packets)
        if not len(decoded.motion) and not len(decoded.rotation) and not decoded.errors:
            decoded = decoder.finish()
    except AthenaError as error:
        yield f"{where}: {error}"
        return
    yield from (f"{where}: {error}" for error in decoded.errors)
    yield from _expected(where, "acc", example.acc, SI_PER_UNIT[example.acc_unit], decoded.motion, example)
    rotation = decoded.rotation if profile.separate_gyroscope else decoded.motion
    yield from _expected(where, "gyr", example.gyr, SI_PER_UNIT[example.gyr_unit], rotation, example)
    stamps = (decoded.motion if example.acc else rotation).stamp
    if example.stamp is not None and (stamps is None or not len(stamps) or int(stamps[-1]) != example.stamp):
        stamp = stamps[-1] if stamps is not None and len(stamps) else "none"
        yield f"{where}: the time stamp is {stamp}, expected {example.stamp}"


def _expected(
    where: str, name: str, rows: tuple[tuple[float, float, float], ...], si: float, packets: Packets, example: Example
) -> Iterator[str]:
    if not rows:
        return
    values = packets.acc if name == "acc" else packets.gyr
    values = (np.empty((0, 3)) if values is None else values) / si
    if len(values) != example.count:
        yield f"{where}: `{name}` has {len(values)} samples, expected {example.count}"
        return
    yield from _differing(f"{where}: `{name}`", values[: len(rows)], np.array(rows), example.within)
    if name == "acc" and example.acc_last is not None:
        yield from _differing(f"{where}: `acc_last`", values[-1:], np.array([example.acc_last]), example.within)


def _differing(where: str, values: FloatArray, expected: FloatArray, within: float) -> Iterator[str]:
    tolerance = within + FLOAT_ROUNDING * np.abs(expected)
    for row in np.flatnonzero((np.abs(values - expected) > tolerance + 1e-9).any(axis=1)):
        shown = ", ".join(f"{value:g}" for value in values[row])
        yield f"{where}: sample {row + 1} is ({shown}), expected ({', '.join(f'{v:g}' for v in expected[row])})"
