"""Standing on one leg: up to the place, onto one leg, in balance until the free foot comes down, and away again."""

from dataclasses import dataclass, field, replace

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.body import BodyMotion, Score, band_noise, lever_of, tremor
from athena_sense.simulation.choices import check_choice
from athena_sense.simulation.profiles import bump, minimum_jerk
from athena_sense.simulation.truth import HoldTruth, Truth
from athena_sense.simulation.walking import Gait, shock, walk
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2

PLACEMENTS = ("waist", "chest")
MOST_HOLDS = 4
ENDS = ("touch", "lost", "cut")
STANDING_RMS_M_S2 = (0.03, 0.07)
"""Sway of the trunk on two legs (postural_sway recordings: 0.04–0.10 m/s²)."""
ONE_LEG = (2.0, 4.0)
"""How many times as large it is on one leg: double to fourfold, by age and practice."""
CHEST = 1.3
"""The upper trunk sways more than the pelvis, which lies nearer to the ankle that it turns about."""


@dataclass(frozen=True, slots=True)
class BalanceOptions:
    """What can be chosen about a set on one leg; None is drawn from the seed."""

    hold_s: float | tuple[float, ...] | None = None
    """Time in balance; several are used in turn. None: 3 to 45 s, each anew."""
    end: str | None = None
    """How a hold ends: "touch" of the free foot, balance "lost", or the recording "cut" inside the last one."""
    walk: bool | None = None
    """Walk up before, and off after; None draws both apart."""
    trimmed: bool = False
    """The recording starts inside the first hold."""

    def __post_init__(self) -> None:
        check_choice("end", self.end, ENDS)


@dataclass(slots=True)
class _Plan:
    """What happens and when: the same at every placement."""

    levels: list[tuple[float, float]] = field(default_factory=list)
    """Times and the RMS (m/s²) that the sway has then; between them it grows or fades evenly."""
    holds: list["_Held"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Held:
    """One time in balance, when the weight was on one leg before it, and how long its end was a fall."""

    on_one_leg_s: float
    start_s: float
    end_s: float
    end: str
    fall_s: float = 0.0


def balance(
    score: Score, placement: str, reps: int, options: BalanceOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """A set of `reps` times in balance, at most `MOST_HOLDS`."""
    timing, body = rng.spawn(2)
    plan, gait = _Plan(), Gait.drawn(timing)
    standing = timing.uniform(*STANDING_RMS_M_S2)
    walk_in, walk_off = (bool(timing.random() < 0.5) if options.walk is None else options.walk for _ in range(2))
    side, count = timing.choice([-1.0, 1.0]), min(reps, MOST_HOLDS)
    plan.levels.append((0.0, standing))
    if walk_in and not options.trimmed:
        score.span("still", timing.uniform(0.5, 2.0))
        _walk(score, placement, timing, gait, body)
    on_one_leg_s = 0.0
    for number in range(count):
        if number or not options.trimmed:
            score.span("still", timing.uniform(2.0, 7.0))
            on_one_leg_s = _onto_one_leg(score, placement, side, timing, body)
        last = number == count - 1
        end = options.end or ("lost" if timing.random() < 0.3 else "touch")
        rms_m_s2 = standing * timing.uniform(*ONE_LEG)
        _hold(score, plan, on_one_leg_s, rms_m_s2, _seconds(options, number, timing), timing)
        if end == "cut" and last:
            plan.holds[-1] = replace(plan.holds[-1], end="cut")
            return _body(score, placement, plan, body)
        _foot_down(score, placement, plan, end == "lost", standing, side, timing, body)
    score.span("still", timing.uniform(1.5, 5.0))
    if walk_off:
        _walk(score, placement, timing, gait, body)
    score.span("still", timing.uniform(0.5, 2.0))
    return _body(score, placement, plan, body)


def _seconds(options: BalanceOptions, number: int, timing: np.random.Generator) -> float:
    drawn = float(np.exp(timing.uniform(np.log(3.0), np.log(45.0))))
    if options.hold_s is None:
        return drawn
    given = options.hold_s if isinstance(options.hold_s, tuple) else (options.hold_s,)
    return given[number % len(given)]


def _walk(score: Score, placement: str, timing: np.random.Generator, gait: Gait, body: np.random.Generator) -> None:
    """Walks; whatever the placement draws, the time it takes is drawn from the timing alone."""
    walk(score, placement, timing.uniform(3.0, 8.0), gait, body)


def _onto_one_leg(
    score: Score, placement: str, side: float, timing: np.random.Generator, body: np.random.Generator
) -> float:
    """The weight goes over one foot, the pelvis tilts, and the other foot leaves the floor with a small jolt.

    Returns when the weight is there (s).
    """
    began_s, seconds = score.now_s, timing.uniform(0.6, 1.6)
    u = score.unit_time(seconds)
    # Half the width of a stance is 0.08–0.12 m; the pelvis stops a little short of standing over the foot.
    score.add("y", side * body.uniform(0.05, 0.10) * minimum_jerk(u), began_s)
    score.add("roll", side * body.uniform(-3.0, 3.0) * RAD_PER_DEG * minimum_jerk(u), began_s)
    score.add("pitch", body.uniform(-1.5, 1.5) * RAD_PER_DEG * minimum_jerk(u), began_s)
    lift_s = began_s + timing.uniform(0.6, 1.0) * seconds
    shock(score, lift_s, body.uniform(0.01, 0.05), body.uniform(0.03, 0.06), body)
    score.now_s += score.count(seconds) / score.rate_hz
    on_one_leg_s = score.now_s
    # Wobbling until balance is found.
    wobble_s = timing.uniform(0.3, 1.2)
    size = body.uniform(0.5, 2.0) * RAD_PER_DEG
    score.add("roll", size * bump(score.unit_time(wobble_s)), score.now_s)
    score.now_s += score.count(wobble_s) / score.rate_hz
    score.mark("get_ready", began_s)
    return on_one_leg_s


def _hold(
    score: Score, plan: _Plan, on_one_leg_s: float, rms_m_s2: float, seconds: float, timing: np.random.Generator
) -> None:
    began_s, _ = score.pass_time(seconds)
    plan.levels += [(began_s - 0.4, plan.levels[-1][1]), (began_s + 0.4, rms_m_s2)]
    # Who tires sways more in the end, who finds balance less.
    plan.levels.append((score.now_s, rms_m_s2 * timing.uniform(0.8, 1.7)))
    plan.holds.append(_Held(on_one_leg_s, began_s, score.now_s, "touch"))


def _foot_down(
    score: Score,
    placement: str,
    plan: _Plan,
    lost: bool,
    standing: float,
    side: float,
    timing: np.random.Generator,
    body: np.random.Generator,
) -> None:
    """The free foot touches the floor: set down, or thrown down by a body that is already falling."""
    fall_s = timing.uniform(0.4, 0.7)
    if lost:
        channel = ("roll", "pitch")[timing.integers(2)]
        u = score.unit_time(fall_s)
        lean = timing.choice([-1.0, 1.0]) * body.uniform(4.0, 10.0) * RAD_PER_DEG
        score.add(channel, lean * minimum_jerk(u), score.now_s)
        score.add("y" if channel == "roll" else "x", body.uniform(0.03, 0.10) * minimum_jerk(u), score.now_s)
        score.now_s += score.count(fall_s) / score.rate_hz
        score.add(channel, -lean * minimum_jerk(score.unit_time(timing.uniform(0.5, 1.0))), score.now_s)
        held = plan.holds[-1]
        plan.holds[-1] = _Held(held.on_one_leg_s, held.start_s, score.now_s, "lost", fall_s)
    began_s = score.now_s
    width_s = body.uniform(0.025, 0.05)
    shock(score, began_s, body.uniform(0.3, 1.0) if lost else body.uniform(0.05, 0.4), width_s, body)
    seconds = timing.uniform(0.5, 1.5)
    u = score.unit_time(seconds)
    score.add("y", -side * body.uniform(0.05, 0.10) * minimum_jerk(u), began_s)
    score.add("roll", body.uniform(-2.0, 2.0) * RAD_PER_DEG * minimum_jerk(u), began_s)
    plan.levels += [(began_s, plan.levels[-1][1]), (began_s + 1.0, standing)]
    score.now_s += score.count(seconds) / score.rate_hz
    score.mark("step_off", began_s)


def _levels(plan: _Plan, t_s: FloatArray) -> FloatArray:
    """(n,) m/s² RMS that the sway has at every instant, its corners rounded over half a second."""
    from scipy.ndimage import gaussian_filter1d

    times_s, levels = zip(*plan.levels, strict=True)
    even = np.interp(t_s, times_s, levels)
    return np.asarray(gaussian_filter1d(even, 0.25 / (t_s[1] - t_s[0]), mode="nearest"), dtype=np.float64)


def _body(score: Score, placement: str, plan: _Plan, rng: np.random.Generator) -> tuple[BodyMotion, Truth]:
    """The trunk leans about the ankle, and bends at the hip quicker and less (Creath et al. 2005)."""
    n, rate_hz = round(score.now_s * score.rate_hz) + 1, score.rate_hz
    level = (CHEST if placement == "chest" else 1.0) * _levels(plan, np.arange(n) / rate_hz)
    height_m = 1.25 if placement == "chest" else 0.95
    more: dict[str, FloatArray] = {}
    narrow = rng.uniform(0.8, 1.2)
    # Jolts of 0.01–0.05 m/s² RMS at the sensor: 0.01 in the postural_sway recordings, on two legs.
    shaking = rng.uniform(0.0002, 0.0008)
    for angle, way, sign, share in (("pitch", "x", 1.0, 1.0), ("roll", "y", -1.0, narrow)):
        lean = band_noise(rng, n, rate_hz, 0.1, 0.6)
        bend = rng.uniform(0.3, 0.6) * band_noise(rng, n, rate_hz, 0.6, 2.5)
        track = share * level * (lean + bend) / (np.sqrt(2.0) * STANDARD_GRAVITY_M_S2)
        more[angle] = track + shaking * level * tremor(rng, n, rate_hz)
        # Leaning about the ankle moves the sensor; a bend at the hip moves it half as far.
        more[way] = sign * height_m * share * level * (lean + 0.1 * bend) / (np.sqrt(2.0) * STANDARD_GRAVITY_M_S2)
    more["yaw"] = 0.01 * band_noise(rng, n, rate_hz, 0.1, 1.0)
    motion = score.perform(lever_of(placement, rng), more)
    holds = tuple(
        HoldTruth(number, held.on_one_leg_s, held.start_s, held.end_s, held.end, _sway_rms_m_s2(motion, held))
        for number, held in enumerate(plan.holds, 1)
    )
    return motion, Truth(spans=tuple(score.spans), holds=holds)


def _sway_rms_m_s2(motion: BodyMotion, held: _Held) -> float:
    """Sway of the faultless sensor before any fall: both horizontal axes, below 3.5 Hz, after Mancini et al. 2012."""
    from scipy.signal import butter, sosfiltfilt

    first, end = (round(at_s * motion.rate_hz) for at_s in (held.start_s, held.end_s - held.fall_s))
    force = motion.specific_force()[first:end]
    mean = force.mean(axis=0)
    slow = sosfiltfilt(butter(4, 3.5, fs=motion.rate_hz, output="sos"), force - mean, axis=0)
    across = slow - np.outer(slow @ mean, mean) / (mean @ mean)
    across -= across.mean(axis=0)
    return float(np.sqrt((across**2).sum(axis=1).mean()))
