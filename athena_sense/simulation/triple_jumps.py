"""Three long jumps in a row, then a walk back: each landing is the next jump's push-off."""

from dataclasses import dataclass, replace

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.errors import SourceError
from athena_sense.simulation.body import BodyMotion, Score
from athena_sense.simulation.choices import check_choice
from athena_sense.simulation.jumps import (
    SITES,
    Flight,
    body_of,
    fly,
    fly_trunk,
    kick,
    land,
    landing_truths,
    leg_pushes,
)
from athena_sense.simulation.landing import absorb, jolt, ramp
from athena_sense.simulation.profiles import bump, integral, rounded
from athena_sense.simulation.push_off import countermovement
from athena_sense.simulation.truth import SeriesTruth, Truth
from athena_sense.simulation.walking import Gait, walk
from athena_sense.units import RAD_PER_DEG
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

PLACEMENTS = ("waist", "shank", "foot")


@dataclass(frozen=True, slots=True)
class TripleJumpOptions:
    """What can be chosen about sets of linked jumps; None is drawn from the seed."""

    jumps: int | None = 3
    """How many in a row; None draws two to four, three most often."""
    loudness: str | None = None
    """"quiet", "loud" or, None, either from landing to landing."""
    contact_s: float | None = None
    """Time on the ground between two jumps; None draws 0.2 to 0.6 s."""
    flight_s: float | None = None
    """Time in the air; None draws 0.3 to 0.55 s."""

    def __post_init__(self) -> None:
        check_choice("loudness", self.loudness, ("quiet", "loud"))
        for name, value, least, most in (
            ("jumps", self.jumps, 1, 20),
            ("contact_s", self.contact_s, 0.12, 1.5),
            ("flight_s", self.flight_s, 0.15, 0.8),
        ):
            if value is not None and not least <= value <= most:
                raise SourceError(f"simulation: {name} is {value!r}, it must be from {least:g} to {most:g}")


@dataclass(frozen=True, slots=True)
class _Jump:
    """One jump as it was decided, before anything is felt."""

    flight_s: float
    forward_m_s: float
    crouch_m: float
    """How much lower the pelvis is at contact than at take-off: hips and knees reach ahead."""
    loud: bool
    contact_s: float
    """Time on the ground after it, where another follows."""

    def flight(self, rate_hz: float, takeoff_s: float, extension_m: float) -> Flight:
        """The flight that begins at `takeoff_s`, on the grid."""
        seconds = round(self.flight_s * rate_hz) / rate_hz
        up_m_s = G * seconds / 2.0 - self.crouch_m / seconds
        rise_m = self.crouch_m - extension_m
        return Flight(takeoff_s, takeoff_s + seconds, up_m_s, up_m_s - G * seconds, self.forward_m_s, rise_m)


def triple_jumps(
    score: Score, placement: str, reps: int, options: TripleJumpOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """Sets of linked jumps, each from stillness, with the walk back between. Timing is the same at every site."""
    timing, feeling = rng.spawn(2)
    gait = replace(Gait.drawn(timing), hardness=0.5)
    score.unsteady_from(0.0, 0.5)
    flights: list[Flight] = []
    series = []
    for number in range(1, reps + 1):
        score.span("still", timing.uniform(1.5, 4.0))
        count = int(timing.choice([2, 3, 3, 3, 4])) if options.jumps is None else options.jumps
        jumps = [_decided(options, timing) for _ in range(count)]
        linked = _leap(score, placement, jumps, timing, feeling)
        flights += linked
        left_s, landed_s = linked[0].takeoff_s, linked[-1].contact_s
        series.append(SeriesTruth(number, (), takeoff_s=left_s, contact_s=landed_s, jump_count=count))
        score.now_s = linked[-1].contact_s + score.count(timing.uniform(1.7, 3.0)) / score.rate_hz
        if number < reps:
            walk(score, placement, timing.uniform(2.5, 6.0), gait, feeling)
    score.span("still", timing.uniform(1.0, 3.0))
    motion = body_of(score, placement, feeling)
    return motion, Truth(tuple(series), landing_truths(flights, 0.0, motion), tuple(score.spans))


def _decided(options: TripleJumpOptions, timing: np.random.Generator) -> _Jump:
    loud = timing.random() < 0.5
    flight_s, contact_s = timing.uniform(0.3, 0.55), timing.uniform(0.2, 0.6)
    flight_s = options.flight_s or flight_s
    return _Jump(
        flight_s,
        timing.uniform(1.5, 3.0),
        timing.uniform(0.0, 0.15),
        loud if options.loudness is None else options.loudness == "loud",
        options.contact_s or contact_s,
    )


def _leap(
    score: Score, placement: str, jumps: list[_Jump], timing: np.random.Generator, rng: np.random.Generator
) -> list[Flight]:
    """The jumps in a row, from a stand to the last landing."""
    extension_m = timing.uniform(0.07, 0.12)
    began_s = score.now_s
    first = jumps[0].flight(score.rate_hz, 0.0, extension_m)
    push = countermovement(score.rate_hz, first.up_m_s, extension_m, timing)
    takeoff_s = began_s + (len(push) - 1) / score.rate_hz
    if placement == "waist":
        u = np.linspace(0.0, 1.0, len(push))
        score.add("az", np.append(push, -G), began_s)
        score.add("pitch", rng.uniform(15.0, 40.0) * RAD_PER_DEG * bump(u), began_s)
        _speed_up(score, takeoff_s, rng.uniform(0.25, 0.35), first.forward_m_s)
    else:
        leg_pushes(score, placement, np.linspace(0.0, 1.0, len(push)), began_s, rng)
    flights: list[Flight] = []
    for number, jump in enumerate(jumps):
        flight = jump.flight(score.rate_hz, takeoff_s, extension_m)
        score.now_s = flight.contact_s
        flights.append(flight)
        if placement == "waist":
            fly_trunk(score, flight, rng)
        else:
            score.add("az", np.array([-G]), flight.takeoff_s)
            fly(score, placement, flight, jump.loud, rng)
        if number + 1 == len(jumps):
            land(score, placement, flight, jump.loud, rng)
            break
        takeoff_s = flight.contact_s + score.count(jump.contact_s) / score.rate_hz
        after = jumps[number + 1].flight(score.rate_hz, takeoff_s, extension_m)
        if placement == "waist":
            _trunk_bounces(score, jump, flight, after, rng)
        else:
            _leg_bounces(score, placement, jump, flight, after, rng)
    return flights


def _trunk_bounces(score: Score, jump: _Jump, before: Flight, after: Flight, rng: np.random.Generator) -> None:
    """A pelvis that is caught and pushed off again: a shock, then braking and pushing that run into each other."""
    seconds = after.takeoff_s - before.contact_s
    u = score.unit_time(seconds)
    score.add("az", _rebound(score.rate_hz, u * seconds, jump, before, after, rng) + G, before.contact_s)
    score.add("pitch", rng.uniform(5.0, 20.0) * RAD_PER_DEG * bump(u), before.contact_s)
    lost_m_s = rng.uniform(0.2, 0.6) * before.forward_m_s
    score.add("ax", kick(score, rng.uniform(0.35, 0.5) * seconds, -lost_m_s), before.contact_s)
    gained_m_s = after.forward_m_s - before.forward_m_s + lost_m_s
    _speed_up(score, after.takeoff_s, rng.uniform(0.5, 0.65) * seconds, gained_m_s)


def _speed_up(score: Score, takeoff_s: float, seconds: float, gained_m_s: float) -> None:
    """Forward push that ends with the take-off."""
    pushed = kick(score, seconds, gained_m_s)
    score.add("ax", pushed, takeoff_s - (len(pushed) - 1) / score.rate_hz)


def _rebound(
    rate_hz: float, t_s: FloatArray, jump: _Jump, before: Flight, after: Flight, rng: np.random.Generator
) -> FloatArray:
    """(n,) m/s² vertical acceleration of a pelvis from one flight to the next, which it leaves as high as it should.

    Braking and pushing are drawn anew where the ground would have to pull, or the legs would give way before the end.
    """
    site = SITES["waist"]
    seconds = float(t_s[-1])
    left_s, u = seconds - t_s, t_s / seconds
    # What must stay on the ground, and who still pushes is not already let go.
    least_g = np.where(u < 0.5, 0.3, 1.1)[(t_s > 0.05) & (left_s > 0.06)]
    found: tuple[float, FloatArray] | None = None
    for _ in range(200):
        raised_m = jump.crouch_m + rng.uniform(-0.06, 0.06)
        wanted = np.array([after.up_m_s - before.down_m_s, raised_m - before.down_m_s * seconds])
        edges = -G * (2.0 - ramp(t_s / site.support_s) - ramp(left_s / rng.uniform(0.02, 0.045)))
        peak_g = rng.uniform(*(site.loud_g if jump.loud else site.quiet_g))
        shock = 0.6 * (peak_g - 1.0) * G * jolt(t_s, rng.uniform(*site.width_s), rng)
        shock = shock * ramp(left_s / (0.4 * seconds))
        yielding = bump(np.clip(u / rng.uniform(0.5, 0.9), 0.0, 1.0))
        starts = rng.uniform(0.1, 0.5)
        falls = min(0.4, rng.uniform(0.04, 0.1) / (seconds * (1.0 - starts)))
        pushing = rounded(np.clip((u - starts) / (1.0 - starts), 0.0, 1.0), rng.uniform(0.4, 0.6), falls)
        given = edges + shock
        parts = (given, yielding, pushing)
        gains = np.array([[integral(part, rate_hz), integral(part * left_s, rate_hz)] for part in parts])
        sizes = np.linalg.solve(gains[1:].T, wanted - gains[0])
        track = given + sizes[0] * yielding + sizes[1] * pushing
        force_g = track[(t_s > 0.05) & (left_s > 0.06)] / G + 1.0
        pulled = float(np.max(least_g - force_g, initial=0.0))
        if found is None or pulled < found[0]:
            found = (pulled, np.asarray(track, dtype=np.float64))
        if pulled == 0.0:
            break
    assert found is not None
    return found[1]


def _leg_bounces(
    score: Score, placement: str, jump: _Jump, before: Flight, after: Flight, rng: np.random.Generator
) -> None:
    """A foot that lands, stands, and is lifted heel first for the next jump; the shank over it goes along."""
    seconds = after.takeoff_s - before.contact_s
    site = SITES[placement]
    t_s = score.unit_time(0.45) * 0.45
    peak_g = rng.uniform(*(site.loud_g if jump.loud else site.quiet_g))
    braking = absorb(t_s, site, peak_g, before.down_m_s * rng.uniform(0.6, 1.0), None, rng)
    score.add("az", braking + G, before.contact_s)
    stopped_m_s = -rng.uniform(0.1, 0.4) * before.forward_m_s
    score.add("ax", kick(score, rng.uniform(0.04, 0.10), stopped_m_s), before.contact_s)
    leg_pushes(score, placement, score.unit_time(seconds), before.contact_s, rng, 0.6 * seconds)
