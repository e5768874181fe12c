"""Bytes as a profile writes them: patterns that a packet must fit, and templates that a command is made of.

Both are read left to right, white space does not count:

- `0a ff`          two bytes in hexadecimal
- `..`             (patterns) any one byte
- `{name}`         (patterns) the byte is given that name; `{name:u16}` two bytes, little-endian; `{name:rest}` all
                   that follows. (Templates) the bytes of that value; `{rate_hz:u16}` says how a number is packed
- `"/Meas/Acc/{rate_hz}"`   (templates) text in UTF-8, in which known names are replaced by their decimal value
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER_FORMATS = {"u8": "<B", "i8": "<b", "u16": "<H", "i16": "<h", "u32": "<I", "i32": "<i", "f32": "<f"}

_TOKEN = re.compile(
    r'\s*(?:(?P<hex>[0-9a-fA-F]{2})|(?P<any>\.\.)|\{(?P<name>[a-z][a-z0-9_.]*)(?::(?P<kind>\w+))?\}|"(?P<text>[^"]*)")'
)
_IN_TEXT = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _tokens(source: str) -> list[re.Match[str]]:
    """The parts of a pattern or template. ValueError: something else stands in it."""
    found, at = [], 0
    while source[at:].strip():
        token = _TOKEN.match(source, at)
        if token is None:
            raise ValueError(f"{source[at:].strip()[:20]!r} is neither a hex byte, '..', {{name}} nor \"text\"")
        found.append(token)
        at = token.end()
    return found


@dataclass(frozen=True, slots=True)
class Captured:
    """A named piece of a pattern: `size` bytes at `start`, None for all that follows."""

    name: str
    start: int
    size: int | None
    code: str | None

    def of(self, payload: bytes) -> bytes | int | float:
        """Its value in a payload that fits the pattern."""
        if self.size is None or self.code is None:
            return payload[self.start :]
        value: int | float = struct.unpack_from(self.code, payload, self.start)[0]
        return value


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a payload must begin with: `mask` is 0 where any byte will do."""

    value: bytes
    mask: bytes
    captures: tuple[Captured, ...] = ()

    def __len__(self) -> int:
        return len(self.value)

    def fits(self, payload: bytes) -> bool:
        """Whether a payload is long enough and has the fixed bytes in their places."""
        if len(payload) < len(self.value):
            return False
        return all((byte & m) == v for byte, v, m in zip(payload, self.value, self.mask, strict=False))

    def read(self, payload: bytes) -> Mapping[str, bytes | int | float] | None:
        """The named values of a payload, None where it does not fit."""
        if not self.fits(payload):
            return None
        return {captured.name: captured.of(payload) for captured in self.captures}


def parse_pattern(source: str) -> Pattern:
    """The pattern in a profile's words. ValueError: it cannot be read."""
    value, mask = bytearray(), bytearray()
    captures: list[Captured] = []
    for token in _tokens(source):
        if captures and captures[-1].size is None:
            raise ValueError(f"nothing can follow {{{captures[-1].name}:rest}}")
        if token["hex"]:
            value += bytes.fromhex(token["hex"])
            mask += b"\xff"
        elif token["any"]:
            value += b"\0"
            mask += b"\0"
        elif token["name"]:
            captures.append(_captured(token["name"], token["kind"], len(value)))
            size = captures[-1].size or 0
            value += bytes(size)
            mask += bytes(size)
        else:
            raise ValueError("a pattern is written in hex, without quoted text")
    return Pattern(bytes(value), bytes(mask), tuple(captures))


def _captured(name: str, kind: str | None, start: int) -> Captured:
    if kind == "rest":
        return Captured(name, start, None, None)
    if kind is not None and kind not in NUMBER_FORMATS:
        raise ValueError(f"{{{name}:{kind}}}: expected one of {', '.join(NUMBER_FORMATS)}, rest")
    code = NUMBER_FORMATS[kind or "u8"]
    return Captured(name, start, struct.calcsize(code), code)


def template_names(source: str) -> set[str]:
    """The names outside quotes that a template needs values for. ValueError: it cannot be read."""
    names = set()
    for token in _tokens(source):
        if token["any"]:
            raise ValueError("'..' has no place in bytes that are written")
        if token["name"]:
            if token["kind"] is not None and token["kind"] not in NUMBER_FORMATS:
                raise ValueError(f"{{{token['name']}:{token['kind']}}}: expected one of {', '.join(NUMBER_FORMATS)}")
            names.add(token["name"])
    return names


def fill_template(source: str, values: Mapping[str, float | bytes]) -> bytes:
    """The bytes of a template. ValueError: a value is missing, or does not fit its format."""
    out = bytearray()
    for token in _tokens(source):
        if token["hex"]:
            out += bytes.fromhex(token["hex"])
        elif token["text"] is not None:
            out += _IN_TEXT.sub(lambda part: _spoken(part, values), token["text"]).encode()
        elif token["name"]:
            if token["name"] not in values:
                raise ValueError(f"no value for {{{token['name']}}}")
            out += _packed(token["name"], token["kind"], values[token["name"]])
    return bytes(out)


def _spoken(part: re.Match[str], values: Mapping[str, float | bytes]) -> str:
    value = values.get(part[1])
    return part[0] if value is None or isinstance(value, bytes) else f"{value:g}"


def _packed(name: str, kind: str | None, value: float | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    code = NUMBER_FORMATS[kind or "u8"]
    try:
        return struct.pack(code, value if code == "<f" else round(value))
    except struct.error as error:
        raise ValueError(f"{{{name}}}: {value:g} does not fit {kind or 'u8'}") from error
