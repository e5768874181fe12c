"""What a program asks of the set under way, as far as it is shown and sounded while it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass

from athena_sense.targets import NO_BASELINE, Prescription


@dataclass(frozen=True, slots=True)
class Aims:
    """Good reps (least, most), the lowering to count to (s), the hardest landing (g), which flags spoil a rep, and how
    long to hold (s).

    `no_tempo`: the lowering is the least that the program allows, since it asks for no tempo.
    `in_rows`: landings are asked for in rows, each of which is a rep, and are not counted themselves.
    """

    reps: tuple[int, int] | None
    lowering_s: float | None
    loudest_g: float | None
    spoiling: frozenset[str]
    in_rows: bool = False
    hold_s: float | None = None
    no_tempo: bool = False

    @property
    def lowering_words(self) -> str:
        """How long to lower: "10 s", "1.2 s or more"."""
        return "" if self.lowering_s is None else f"{self.lowering_s:g} s{' or more' if self.no_tempo else ''}"


def aims_of(asked: Prescription, placement: str, own: Mapping[str, float] = NO_BASELINE) -> Aims:
    """The aims of a prescription for a sensor at this site, and an athlete's own usual; None where there are none."""
    return Aims(
        reps=asked.reps,
        lowering_s=asked.tempo.eccentric_s or asked.least("eccentric_duration_s", placement, own),
        loudest_g=asked.most("peak_impact_g", placement, own),
        spoiling=frozenset(target.flag for target in asked.targets if target.severity == "form"),
        in_rows={"rep", "landing"} <= {target.of for target in asked.targets},
        hold_s=asked.least("hold_duration_s", placement, own) if asked.hold_s is None else asked.hold_s[0],
        no_tempo=not asked.tempo.eccentric_s,
    )
