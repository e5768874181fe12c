"""A simulated athlete: seeded movements of rigid bodies, felt by a faulty sensor, and their exact truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from athena_sense.datatypes import PLACEMENTS, SampleBatch, StreamInfo
from athena_sense.errors import SourceError
from athena_sense.simulation.balance import PLACEMENTS as BALANCE_PLACEMENTS
from athena_sense.simulation.balance import BalanceOptions, balance
from athena_sense.simulation.body import BodyMotion, Score
from athena_sense.simulation.calf import PLACEMENTS as CALF_PLACEMENTS
from athena_sense.simulation.calf import CalfOptions, calf
from athena_sense.simulation.choices import check_above
from athena_sense.simulation.hurdle_leg import PLACEMENTS as HURDLE_PLACEMENTS
from athena_sense.simulation.hurdle_leg import HurdleLegOptions, hurdle_leg
from athena_sense.simulation.jumps import PLACEMENTS as JUMP_PLACEMENTS
from athena_sense.simulation.jumps import JumpOptions, jumps
from athena_sense.simulation.periodic import PeriodicOptions, periodic
from athena_sense.simulation.sensor import SensorOptions, sense
from athena_sense.simulation.sides import PLACEMENTS as SIDES_PLACEMENTS
from athena_sense.simulation.sides import SidesOptions, six_sides
from athena_sense.simulation.ski_jumper import PLACEMENTS as SKI_PLACEMENTS
from athena_sense.simulation.ski_jumper import SkiJumperOptions, ski_jumper
from athena_sense.simulation.squat import PLACEMENTS as SQUAT_PLACEMENTS
from athena_sense.simulation.squat import SquatOptions, squats
from athena_sense.simulation.triple_jumps import PLACEMENTS as TRIPLE_PLACEMENTS
from athena_sense.simulation.triple_jumps import TripleJumpOptions, triple_jumps
from athena_sense.simulation.truth import HoldTruth, LandingTruth, RepTruth, Span, Truth
from athena_sense.simulation.walking import WalkingOptions, walking
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

__all__ = [
    "MOVEMENTS",
    "HoldTruth",
    "LandingTruth",
    "Movement",
    "RepTruth",
    "Simulated",
    "Span",
    "Truth",
    "movement_named",
    "simulate",
]

FINE_RATE_HZ = 1000.0
HIGHEST_RATE_HZ = 10_000.0
"""No sensor that a body wears is quicker, and a set of so many samples still fits into memory."""
"""The body moves on a grid at least this fine, and five times as fine as the sensor."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What can be simulated: the function that plays it, its options, where its sensor may sit, and options of the
    sensor that are otherwise than usual.
    """

    play: Callable[..., tuple[BodyMotion, Truth]]
    options: type
    placements: tuple[str, ...]
    senses: Mapping[str, Any] = field(default_factory=dict)


MOVEMENTS: Mapping[str, Movement] = {
    "full-wall-squat": Movement(squats, SquatOptions, SQUAT_PLACEMENTS),
    "eccentric-calf": Movement(calf, CalfOptions, CALF_PLACEMENTS),
    "box-jump": Movement(jumps, JumpOptions, JUMP_PLACEMENTS),
    "triple-jump": Movement(triple_jumps, TripleJumpOptions, TRIPLE_PLACEMENTS),
    "single-leg-balance": Movement(balance, BalanceOptions, BALANCE_PLACEMENTS),
    "hurdle-leg": Movement(hurdle_leg, HurdleLegOptions, HURDLE_PLACEMENTS),
    "ski-jumper": Movement(ski_jumper, SkiJumperOptions, SKI_PLACEMENTS),
    "periodic": Movement(periodic, PeriodicOptions, PLACEMENTS),
    "walking": Movement(walking, WalkingOptions, PLACEMENTS),
    "six-sides": Movement(six_sides, SidesOptions, SIDES_PLACEMENTS, {"mounted": "aligned"}),
}
SHORT_NAMES: Mapping[str, str] = {
    "squat": "full-wall-squat",
    "calf": "eccentric-calf",
    "jump": "box-jump",
    "jumps": "box-jump",
    "balance": "single-leg-balance",
    "generic": "periodic",
}


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A simulated recording: what was sensed, what is known of the stream, what really happened."""

    exercise: str
    placement: str
    seed: int
    samples: SampleBatch
    info: StreamInfo
    truth: Truth
    motion: BodyMotion
    """The body under the sensor, finely sampled and faultless."""


def movement_named(exercise: str) -> Movement:
    """The movement of this name or short name. Raises SourceError where there is none."""
    movement = MOVEMENTS.get(SHORT_NAMES.get(exercise, exercise))
    if movement is None:
        raise SourceError(f"no simulated movement {exercise!r}; there are: {', '.join(MOVEMENTS)}")
    return movement


def simulate(
    exercise: str,
    placement: str,
    *,
    seed: int,
    rate_hz: float = 100.0,
    gyroscope: bool = True,
    reps: int = 12,
    **options: Any,
) -> Simulated:
    """One simulated set. `options` are fields of the movement's options and of `SensorOptions`.

    The body depends on the seed and the movement's options alone, the sensor on the seed and its own.
    Raises SourceError for an unknown movement, placement or option.
    """
    movement, name = movement_named(exercise), SHORT_NAMES.get(exercise, exercise)
    check_above("rate_hz", rate_hz, 0.0)
    check_above("reps", reps, 0.0)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise SourceError(f"simulation: seed is {seed!r}, it must be a whole number from 0 on")
    if rate_hz > HIGHEST_RATE_HZ:
        raise SourceError(f"simulation: rate_hz is {rate_hz:g}, it must be {HIGHEST_RATE_HZ:g} at most")
    if placement not in movement.placements:
        raise SourceError(f"{name} is not simulated at {placement!r}; only at: {', '.join(movement.placements)}")
    moves, senses = _split(name, movement.options, options)
    body_rng, sensor_rng = np.random.default_rng(seed).spawn(2)
    score = Score(max(FINE_RATE_HZ, 5.0 * rate_hz))
    motion, truth = movement.play(score, placement, reps, movement.options(**moves), body_rng)
    sensor = SensorOptions(**{**movement.senses, **senses})
    samples = sense(motion, rate_hz, gyroscope, sensor, sensor_rng)
    info = StreamInfo(
        sample_rate_hz=float(rate_hz),
        has_gyroscope=gyroscope,
        acc_range_m_s2=None if sensor.ideal else sensor.acc_range_g * STANDARD_GRAVITY_M_S2,
        sensor=f"simulated {placement} sensor",
        gyr_range_rad_s=None if sensor.ideal or not gyroscope else sensor.gyr_range_dps * RAD_PER_DEG,
    )
    return Simulated(name, placement, seed, samples, info, _as_sampled(truth, samples, sensor), motion)


def _as_sampled(truth: Truth, samples: SampleBatch, sensor: SensorOptions) -> Truth:
    """The truth on the samples' clock, with the peaks that the samples show."""
    resultant_g = np.linalg.norm(samples.acc_m_s2, axis=1) / STANDARD_GRAVITY_M_S2
    landings = []
    for landing in truth.landings:
        first, last = np.searchsorted(samples.t_s, [landing.contact_s, landing.contact_s + 0.15])
        peak_g = float(resultant_g[first:last].max()) if last > first else float("nan")
        landings.append(replace(landing, sampled_peak_impact_g=peak_g))
    return replace(truth, landings=tuple(landings))


def _split(name: str, kind: type, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the movement, and options of the sensor."""
    moves, senses = ({field.name for field in fields(options_type)} for options_type in (kind, SensorOptions))
    if unknown := sorted(set(options) - moves - senses):
        raise SourceError(f"{name} has no option {unknown[0]!r}; there are: {', '.join(sorted(moves | senses))}")
    return {k: v for k, v in options.items() if k in moves}, {k: v for k, v in options.items() if k in senses}
