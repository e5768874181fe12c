"""Signs for terminals that can show them, and plain ones for those that cannot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What stands for what on a screen."""

    met: str
    missed: str
    unknown: str
    phases: dict[str, str]
    bounds: dict[str, str]
    ascii_only: bool

    def say(self, text: str) -> str:
        """The text in characters that this terminal can show."""
        if not self.ascii_only:
            return text
        return text.translate(_IN_ASCII).encode("ascii", "replace").decode("ascii")


UNICODE = Glyphs(
    met="✓",
    missed="✗",
    unknown="–",
    phases={"concentric": "▲", "eccentric": "▼", "first_half": "▶", "second_half": "◀"},
    bounds={"at_least": "≥", "at_most": "≤"},
    ascii_only=False,
)
ASCII = Glyphs(
    met="+",
    missed="x",
    unknown="-",
    phases={"concentric": "^", "eccentric": "v", "first_half": ">", "second_half": "<"},
    bounds={"at_least": ">", "at_most": "<"},
    ascii_only=True,
)
_IN_ASCII = str.maketrans(
    {"→": "->", "“": '"', "”": '"', "…": "...", "°": " deg", "²": "2", "⁴": "4", "⁵": "5", "–": "-", "×": "x", "·": "."}
)


def glyphs_for(encoding: str) -> Glyphs:
    """The signs that a stream of this encoding can carry."""
    try:
        "✓✗–▲▼▶◀≥≤·°²".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
