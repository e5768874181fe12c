"""What no single table of a profile can know: names that point from one table to another."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from athena_sense.profiles.patterns import template_names

if TYPE_CHECKING:
    from athena_sense.profiles.model import Command, FirmwareProfile
    from athena_sense.profiles.packets import Packet

SETTING_NAMES = frozenset({"rate_hz", "period_ms", "acc_range_g", "gyr_range_dps"})
"""Values that any template may use; `period_ms` is 1000 / rate_hz."""
NEGOTIATED_NAMES = frozenset({"acc_settings", "gyr_settings"})
"""Values that templates get from the sensor's own answers."""


def problems(profile: "FirmwareProfile") -> Iterator[str]:
    """Everything that does not fit together, in words."""
    yield from _channels(profile)
    yield from _codes(profile)
    for command in profile.commands.all():
        yield from _command(profile, command)
    for packet in profile.packets:
        yield from _ranges(profile, packet)
    yield from _streams(profile)
    yield from _examples(profile)


def _channels(profile: "FirmwareProfile") -> Iterator[str]:
    named = {packet.channel: f"packet {packet.name!r}" for packet in profile.packets}
    for command in profile.commands.all():
        named.setdefault(command.channel, f"command {command.why!r}")
        if command.reply is not None:
            named.setdefault(command.reply.channel, f"the reply to {command.why!r}")
    if profile.battery is not None:
        named.setdefault(profile.battery.channel, "[battery]")
    for example in profile.examples:
        named.update({packet.channel: f"example {example.name!r}" for packet in example.packets})
    for channel, by in named.items():
        if channel not in profile.channels:
            yield f"{by} names the channel {channel!r}; expected one of {', '.join(profile.channels)}"
    for packet in profile.packets:
        if packet.channel in profile.channels and profile.channels[packet.channel].carries != "data":
            yield f"packet {packet.name!r}: its channel {packet.channel!r} must carry data"


def _codes(profile: "FirmwareProfile") -> Iterator[str]:
    choices = {
        "rate_hz": profile.settings.rates_hz,
        "acc_range_g": profile.settings.acc_ranges_g,
        "gyr_range_dps": profile.settings.gyr_ranges_dps,
    }
    for name, codes in profile.codes.items():
        for choice in choices[codes.of]:
            if f"{choice:g}" not in codes.values:
                yield f"[codes.{name}] has no bytes for {codes.of} {choice:g}"


def _command(profile: "FirmwareProfile", command: "Command") -> Iterator[str]:
    if command.write is not None:
        known = SETTING_NAMES | NEGOTIATED_NAMES | {f"codes.{name}" for name in profile.codes}
        for name in sorted(template_names(command.write) - known):
            yield f"command {command.why!r} uses {{{name}}}; expected one of {', '.join(sorted(known))}"
    for rate in command.only_rates_hz:
        if rate not in profile.settings.rates_hz:
            yield f"command {command.why!r} is for {rate:g} Hz, which `settings.rates_hz` does not have"
    variants = {v for probe in profile.commands.probe if probe.reply for v in probe.reply.variants.values()}
    if command.variant is not None and command.variant not in variants:
        yield f"command {command.why!r} is for the variant {command.variant!r}, which no probe can find"


def _ranges(profile: "FirmwareProfile", packet: "Packet") -> Iterator[str]:
    settings = profile.settings
    for name, ranges in (("acc", settings.acc_ranges_g), ("gyr", settings.gyr_ranges_dps)):
        vector = getattr(packet, name)
        if vector is not None and isinstance(vector.per_unit, Mapping):
            for missing in [f"{value:g}" for value in ranges if f"{value:g}" not in vector.per_unit]:
                yield f"packet {packet.name!r}: `{name}.per_unit` has nothing for the range {missing}"
            if not ranges:
                yield f"packet {packet.name!r}: `{name}.per_unit` is a table, but [settings] has no ranges for it"


def _streams(profile: "FirmwareProfile") -> Iterator[str]:
    if not any("acc" in packet.carried for packet in profile.packets):
        yield "no packet carries acc"
    times = {None if p.time is None else (p.time.unit, p.time.modulus, p.time.tick_ns) for p in profile.packets}
    if len(times) > 1:
        yield "all packets must have the same kind of time stamp, or none"
    for channel in profile.channels:
        framings = {p.text.framing if p.text else None for p in profile.packets if p.channel == channel}
        if len(framings) > 1:
            yield f"the packets of channel {channel!r} must all be text of one framing, or none"
    carried = {packet.carried for packet in profile.packets}
    if frozenset({"acc", "gyr"}) in carried and frozenset({"gyr"}) in carried:
        yield "gyr comes either beside acc in one packet or in packets of its own, not both"


def _examples(profile: "FirmwareProfile") -> Iterator[str]:
    for example in profile.examples:
        if not example.acc and not example.gyr:
            yield f"example {example.name!r} expects nothing: give `acc` or `gyr`"
        if example.acc_range_g is not None and example.acc_range_g not in profile.settings.acc_ranges_g:
            yield f"example {example.name!r}: `acc_range_g` is none of settings.acc_ranges_g"
        if example.gyr_range_dps is not None and example.gyr_range_dps not in profile.settings.gyr_ranges_dps:
            yield f"example {example.name!r}: `gyr_range_dps` is none of settings.gyr_ranges_dps"
