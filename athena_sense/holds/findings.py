"""What is found of stances: one that has ended, one that has lasted for a while, and that nobody stands any more."""

from dataclasses import dataclass, replace
from typing import Literal

from athena_sense.datatypes import FloatArray
from athena_sense.holds.sway import Mark, Sway, mean_between, sway_between

Begin = Literal["recording", "step", "walk", "gap"]
Ending = Literal["touch", "moved", "changed", "recording", "gap"]


@dataclass(frozen=True, slots=True)
class Feet:
    """Standing on both feet: since when, and with how much sway."""

    since_s: float
    rms_m_s2: float


@dataclass(frozen=True, slots=True)
class Stance:
    """A body in balance. `lost_s`: when it left its place, where it did so before a foot came down."""

    start_s: float
    end_s: float
    begin: Begin
    ending: Ending
    lost_s: float | None
    interrupted: bool
    first: Mark
    last: Mark
    """Between these its sway is measured."""
    sway: Sway | None
    """None where it is too short to have one."""
    steady_m_s2: float | None
    """Of its sway, the RMS before anything moved it, for comparisons; None: too short, or a sensor that is stuck."""
    spread_m_s2: float
    """How much it moved from its beginning to its end."""
    feet: Feet | None = None
    """The stance on two feet before it, where the sway of both tells that one was lifted in between."""

    @property
    def place_m_s2(self) -> FloatArray:
        """(3,) mean acceleration where its sway is measured: which way the trunk leans."""
        return mean_between(self.first, self.last)

    def joined(self, before: "Stance", rate_hz: float) -> "Stance":
        """This stance and the one before it as one."""
        sway = sway_of(before.first, self.last, rate_hz)
        return replace(
            self,
            start_s=before.start_s,
            begin=before.begin,
            interrupted=before.interrupted or self.interrupted,
            first=before.first,
            sway=sway,
            steady_m_s2=rms_of(sway),
        )


@dataclass(frozen=True, slots=True)
class Established:
    """The stance under way has lasted for some seconds, with this sway, and began like this."""

    begin: Begin
    rms_m_s2: float
    is_sure: bool
    """Whether it has lasted for ten."""
    feet: Feet | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Whoever stood is walking about, or away from balance for longer than any change of stance takes."""


Finding = Stance | Established | Gone


def sway_of(first: Mark, last: Mark, rate_hz: float) -> Sway | None:
    """The sway between two rows that are more than a second apart."""
    return sway_between(first, last, rate_hz) if last.row - first.row > rate_hz else None


def rms_of(sway: Sway | None) -> float | None:
    """RMS (m/s²) of a sway; None where it is not known, or nothing at all, as of a stuck sensor."""
    return None if sway is None else sway.rms_m_s2 or None
