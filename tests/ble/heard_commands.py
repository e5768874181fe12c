"""The other side of a profile's commands: which one was written, with which settings, and how a sensor answers."""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from athena_sense.profiles import Chosen, Command, FirmwareProfile, choose
from athena_sense.profiles.patterns import NUMBER_FORMATS, parse_pattern

_TOKEN = re.compile(
    r'\s*(?:(?P<hex>[0-9a-f]{2})|\{(?P<name>[a-z][a-z0-9_.]*)(?::(?P<kind>\w+))?\}|"(?P<text>[^"]*)")', re.IGNORECASE
)
SETTINGS = {"rate_hz": "rate_hz", "acc_range_g": "acc_range_g", "gyr_range_dps": "gyr_range_dps"}
TLV_BYTES = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4, 6: 16}
"""Key of a Polar setting → bytes of one value (Polar Measurement Data Specification)."""


@dataclass(frozen=True)
class Heard:
    """A command that was recognised, and the settings in it."""

    command: Command
    phase: str
    settings: Mapping[str, float]


def recognise(profile: FirmwareProfile, channel: str, payload: bytes, variant: str | None) -> Heard | None:
    """Which of the profile's commands was written, None where it is none."""
    found: list[tuple[int, Heard]] = []
    for phase in ("probe", "configure", "start", "stop"):
        for command in getattr(profile.commands, phase):
            if command.channel != channel or command.write is None or command.variant not in (None, variant):
                continue
            match = re.fullmatch(_expression(profile, command.write), payload, re.DOTALL)
            if match is not None:
                heard = Heard(command, phase, dict(_settings(profile, command.write, match)))
                found.append((len(match.groups()), heard))
    return min(found, key=lambda one: one[0])[1] if found else None  # fixed bytes say more than any value


def answer(profile: FirmwareProfile, heard: Heard, status: int, variant: str | None, offered: bytes) -> bytes | None:
    """The reply that the profile expects to a command, None where it expects none."""
    reply = heard.command.reply
    if reply is None:
        return None
    code = next((int(code) for code, name in reply.variants.items() if name == variant), 0)
    known = {"status": status, "more": 0, "variant": code}
    pattern, out = parse_pattern(reply.pattern), bytearray(parse_pattern(reply.pattern).value)
    for captured in pattern.captures:
        if captured.size is None:
            out += offered if status in profile.status.ok else b""
        elif captured.code is not None:
            struct.pack_into(captured.code, out, captured.start, known.get(captured.name, 0))
    return bytes(out)


def offered_settings(profile: FirmwareProfile, what: str | None) -> bytes:
    """Rates and ranges as a Polar sensor lists them: key, count, values."""
    has = profile.settings
    ranges = has.acc_ranges_g if what == "acc" else has.gyr_ranges_dps
    out = _listed(0, [round(rate) for rate in has.rates_hz]) + _listed(1, [16]) + _listed(2, [round(r) for r in ranges])
    return out if profile.name == "polar_h10" else out + _listed(4, [3])


def _listed(key: int, values: list[int]) -> bytes:
    return bytes([key, len(values)]) + b"".join(value.to_bytes(TLV_BYTES[key], "little") for value in values)


def _expression(profile: FirmwareProfile, template: str) -> bytes:
    """A template as a regular expression with one group for each value, numbered in order."""
    out = b""
    for token in _TOKEN.finditer(template):
        if token["hex"]:
            out += re.escape(bytes.fromhex(token["hex"]))
        elif token["text"] is not None:
            out += re.sub(rb"\\\{[a-z_]+\\\}", rb"([0-9.]+)", re.escape(token["text"].encode()))
        elif token["name"].startswith("codes."):
            codes = profile.codes[token["name"].removeprefix("codes.")].values
            out += b"(" + b"|".join(re.escape(bytes.fromhex(code)) for code in codes.values()) + b")"
        elif token["kind"] is None and token["name"].endswith("_settings"):
            out += b"(.+)"
        else:
            size = struct.calcsize(NUMBER_FORMATS[token["kind"] or "u8"])
            out += b"(" + b"." * size + b")"
    return out


def _settings(profile: FirmwareProfile, template: str, found: re.Match[bytes]) -> Iterator[tuple[str, float]]:
    """(setting, value) of everything that was filled in."""
    groups = iter(found.groups())
    for token in _TOKEN.finditer(template):
        if token["text"] is not None:
            for name in re.findall(r"\{([a-z_]+)\}", token["text"]):
                number = float(next(groups))
                yield ("rate_hz", 1000.0 / number) if name == "period_ms" else (name, number)
        elif token["name"] is not None:
            yield from _value(profile, token, next(groups))


def _value(profile: FirmwareProfile, token: re.Match[str], value: bytes) -> Iterator[tuple[str, float]]:
    name = token["name"]
    if name.startswith("codes."):
        codes = profile.codes[name.removeprefix("codes.")]
        yield codes.of, next(float(key) for key, code in codes.values.items() if bytes.fromhex(code) == value)
    elif name.endswith("_settings"):
        range_name = "acc_range_g" if name == "acc_settings" else "gyr_range_dps"
        for key, number in _sent_settings(value):
            if key in (0, 2):
                yield ("rate_hz" if key == 0 else range_name), number
    elif name == "period_ms":
        yield "rate_hz", 1000.0 / struct.unpack(NUMBER_FORMATS[token["kind"] or "u8"], value)[0]
    else:
        yield name, struct.unpack(NUMBER_FORMATS[token["kind"] or "u8"], value)[0]


def _sent_settings(value: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(value):
        key, count = value[at], value[at + 1]
        assert count == 1, "a start command carries one value for each setting"
        size = TLV_BYTES[key]
        yield key, int.from_bytes(value[at + 2 : at + 2 + size], "little")
        at += 2 + size


def settled(profile: FirmwareProfile, settings: Mapping[str, float], gyroscope: bool) -> Chosen:
    """What the sensor does after these settings were written, its defaults for the rest."""
    nearest = dict(settings)
    if "rate_hz" in nearest:  # a period in whole ms is not exactly a rate
        nearest["rate_hz"] = min(profile.settings.rates_hz, key=lambda rate: abs(rate - settings["rate_hz"]))
    known = {name: value for name, value in nearest.items() if name in SETTINGS}
    return choose(profile, gyroscope=gyroscope and profile.has_gyroscope, **known)
