"""What a program asks of the set under way, as far as it is shown and sounded while it goes on."""

from dataclasses import dataclass

from athena_sense.targets import Prescription


@dataclass(frozen=True, slots=True)
class Aims:
    """Good reps (least, most), the lowering to count to (s), the hardest landing (g), which flags spoil a rep, and how
    long to hold (s)."""

    reps: tuple[int, int] | None
    lowering_s: float | None
    loudest_g: float | None
    spoiling: frozenset[str]
    hold_s: float | None = None


def aims_of(asked: Prescription, placement: str) -> Aims:
    """The aims of a prescription for a sensor at this site; None where the program has none."""
    limits = [t.range_at(placement)[1] for t in asked.targets if t.metric == "peak_impact_g"]
    return Aims(
        reps=asked.reps,
        lowering_s=asked.tempo.eccentric_s or asked.least("eccentric_duration_s", placement),
        loudest_g=min((limit for limit in limits if limit is not None), default=None),
        spoiling=frozenset(target.flag for target in asked.targets if target.severity == "form"),
        hold_s=asked.least("hold_duration_s", placement),
    )
