"""Jumps onto a box, down from one, or on the flat: stillness, push-off, flight, landing, and the way back."""

from dataclasses import dataclass, replace

import numpy as np

from athena_sense.datatypes import FloatArray
from athena_sense.simulation.body import BodyMotion, Score, ankle, band_noise, lever_of
from athena_sense.simulation.choices import check_choice
from athena_sense.simulation.landing import Site, absorb, jolt, ramp
from athena_sense.simulation.profiles import bump, minimum_jerk, rounded, travelled
from athena_sense.simulation.push_off import countermovement
from athena_sense.simulation.truth import LandingTruth, Truth
from athena_sense.simulation.walking import Gait, step_up, walk
from athena_sense.units import RAD_PER_DEG
from athena_sense.units import STANDARD_GRAVITY_M_S2 as G

PLACEMENTS = ("waist", "shank", "foot", "chest", "thigh")
RIDING = ("waist", "chest", "thigh")
"""What goes up and down with the pelvis; the rest stands on the ground until the toes leave it."""

# Peak resultant (g) when quiet and when loud, half period of the main pulse (s). A laboratory drop landing reads
# 18 g at the foot, 13 g at the shank, 4 g at the pelvis (Phan et al. 2024, doi 10.1109/JBHI.2024.3368042). The drop
# landings of another one (Carnegie Mellon University, motion capture) read 4 g at the pelvis, 5 at the chest, 8 at the
# thigh.
_TRUNK = Site((1.8, 3.4), (4.6, 7.5), (0.030, 0.060), 0.025, (0.15, 0.40), 0.40)
SITES = {
    "waist": _TRUNK,
    "chest": _TRUNK,
    "thigh": Site((2.4, 4.5), (5.6, 9.0), (0.020, 0.045), 0.018, (0.12, 0.30), 0.35),
    "shank": Site((3.2, 6.0), (9.0, 13.0), (0.015, 0.030), 0.012, (0.06, 0.15), 0.12),
    "foot": Site((4.5, 8.0), (11.5, 15.5), (0.010, 0.020), 0.008, (0.04, 0.10), 0.08),
}
IN_FLIGHT_DEG = {"waist": (-8.0, 20.0), "chest": (-5.0, 13.0), "thigh": (-8.0, 8.0)}
"""How far a segment nods in the air. In real jumps and drop landings (as above) the median resultant of a flight is
0.25–0.46 g at the chest and 0.38–0.51 g at the thigh; this gives 0.1–0.5 g at both."""
KNEES_UP_DEG = 15.0, 45.0
"""Bent hips to land with: the thigh gets there in the air."""
# From the hips to the breastbone, and down the front of the thigh to above the knee.
LEVERS_M = {
    "chest": ((0.05, -0.06, 0.25), (0.15, 0.06, 0.42)),
    "thigh": ((0.03, -0.08, -0.32), (0.09, 0.08, -0.08)),
}


@dataclass(frozen=True, slots=True)
class JumpOptions:
    """What can be chosen about a set of jumps; None is drawn from the seed."""

    box_height_m: float = 0.3048
    """Landing over take-off: positive up onto a box (12 inches), negative down from one, 0 on the flat."""
    loudness: str | None = None
    """"quiet", "loud" or, None, either from jump to jump."""
    rise_m: float | None = None
    """How far the pelvis rises above its height at take-off; at least enough for the box."""

    def __post_init__(self) -> None:
        check_choice("loudness", self.loudness, ("quiet", "loud"))


@dataclass(frozen=True, slots=True)
class Flight:
    """One ballistic flight of the pelvis: instants (s), vertical and forward speeds (m/s)."""

    takeoff_s: float
    contact_s: float
    up_m_s: float
    down_m_s: float
    forward_m_s: float
    rise_m: float
    """From the pelvis's height at contact to standing."""


def jumps(
    score: Score, placement: str, reps: int, options: JumpOptions, rng: np.random.Generator
) -> tuple[BodyMotion, Truth]:
    """A set of jumps, each from stillness, with the way back to the start between."""
    gait = replace(Gait.drawn(rng), stride_m=rng.uniform(0.4, 0.7), stride_s=rng.uniform(1.1, 1.5), hardness=0.5)
    height_m = options.box_height_m
    score.unsteady_from(0.0, 0.5)
    flights = []
    for number in range(reps):
        if height_m < 0:
            stand(score, rng, 0.3, 1.0)
            step_up(score, placement, -height_m, rng)
        stand(score, rng, 1.5, 4.0)
        if rng.random() < 0.3:
            _dip(score, placement, rng)
        flight = _push_off(score, placement, options, rng)
        loud = options.loudness == "loud" or (options.loudness is None and rng.random() < 0.5)
        fly(score, placement, flight, loud, rng)
        land(score, placement, flight, loud, rng)
        flights.append(flight)
        stand(score, rng, 0.6, 2.0)
        if height_m > 0:
            step_up(score, placement, -height_m, rng)
        if number < reps - 1 and (height_m != 0 or rng.random() < 0.3):
            walk(score, placement, rng.uniform(0.8, 3.0), gait, rng)
    stand(score, rng, 1.0, 3.0)
    motion = body_of(score, placement, rng)
    return motion, Truth((), landing_truths(flights, height_m, motion), tuple(score.spans))


def stand(score: Score, rng: np.random.Generator, least_s: float, most_s: float) -> None:
    """Stands still for a while."""
    score.span("still", rng.uniform(least_s, most_s))


def _dip(score: Score, placement: str, rng: np.random.Generator) -> None:
    """A loosening bend of the knees that leads to no jump."""
    began_s = score.now_s
    u = score.unit_time(rng.uniform(0.7, 1.3))
    if placement in RIDING:
        score.add("z", -rng.uniform(0.02, 0.06) * bump(u), began_s)
    if placement == "shank":
        score.add("pitch", rng.uniform(4.0, 10.0) * RAD_PER_DEG * bump(u), began_s)
    elif placement == "thigh":
        score.add("pitch", -rng.uniform(8.0, 20.0) * RAD_PER_DEG * bump(u), began_s)
    score.now_s += len(u) / score.rate_hz
    score.mark("fidget", began_s)
    stand(score, rng, 1.0, 2.0)


def _push_off(score: Score, placement: str, options: JumpOptions, rng: np.random.Generator) -> Flight:
    """Countermovement and push, up to the instant the toes leave the ground."""
    height_m = options.box_height_m
    least_m = height_m + 0.05 if height_m > 0 else 0.18 if height_m == 0 else 0.04
    rise_m = rng.uniform(least_m, least_m + 0.15) if options.rise_m is None else options.rise_m
    crouch_m, extension_m = rng.uniform(0.0, 0.06), rng.uniform(0.07, 0.12)
    climb_m = height_m - crouch_m
    speed = np.sqrt(2.0 * G * max(rise_m, climb_m + 0.02))
    flight_s = score.count((speed + np.sqrt(speed**2 - 2.0 * G * climb_m)) / G) / score.rate_hz
    up_m_s = G * flight_s / 2.0 + climb_m / flight_s
    push = countermovement(score.rate_hz, up_m_s, extension_m, rng)
    began_s, u = score.now_s, np.linspace(0.0, 1.0, len(push))
    if placement in RIDING:
        score.add("az", np.append(push, -G), began_s)
        # Trunk forward, knees forward: nose down, and nose up.
        bent = -rng.uniform(35.0, 75.0) if placement == "thigh" else rng.uniform(15.0, 40.0)
        score.add("pitch", bent * RAD_PER_DEG * bump(u), began_s)
    takeoff_s = began_s + (len(u) - 1) / score.rate_hz
    contact_s = takeoff_s + round(flight_s * score.rate_hz) / score.rate_hz
    if placement not in RIDING:
        leg_pushes(score, placement, u, began_s, rng)
        score.add("az", np.array([-G]), takeoff_s)
    score.now_s = contact_s
    forward_m_s = (rng.uniform(0.3, 0.7) if height_m else rng.uniform(-0.1, 0.1)) / flight_s
    return Flight(takeoff_s, contact_s, up_m_s, up_m_s - G * flight_s, forward_m_s, crouch_m - extension_m)


def leg_pushes(
    score: Score,
    placement: str,
    u: FloatArray,
    began_s: float,
    rng: np.random.Generator,
    longest_s: float = float("inf"),
) -> None:
    """Knees forward in the crouch, then the heel leaves the ground at most `longest_s` before the toes do."""
    if placement == "shank":
        score.add("pitch", rng.uniform(15.0, 30.0) * RAD_PER_DEG * bump(u), began_s)
    takeoff_s, after_s = began_s + (len(u) - 1) / score.rate_hz, rng.uniform(0.03, 0.06)
    lifting = score.unit_time(min(rng.uniform(0.18, 0.28), longest_s) + after_s)
    heel = rng.uniform(45.0, 65.0) * RAD_PER_DEG * travelled(rounded(lifting, 0.7, 0.25))
    score.add("heel", heel, takeoff_s + after_s - (len(lifting) - 1) / score.rate_hz)


def fly(score: Score, placement: str, flight: Flight, loud: bool, rng: np.random.Generator) -> None:
    """In the air only the whole body falls freely; its parts still move against each other.

    Sizes give the median resultants of countermovement jumps in Phan et al. 2024: pelvis 0.2–0.3 g, shank
    0.5–0.7 g, foot 0.8–0.9 g.
    """
    seconds = flight.contact_s - flight.takeoff_s
    u = score.unit_time(seconds)
    if placement in RIDING:
        fly_trunk(score, flight, rng, placement)
        if placement == "thigh":
            score.add("pitch", -rng.uniform(*KNEES_UP_DEG) * RAD_PER_DEG * minimum_jerk(u), flight.takeoff_s)
        started_s = rng.uniform(0.25, 0.35)
        score.add("ax", kick(score, started_s, flight.forward_m_s), flight.takeoff_s - started_s)
        return
    # The toes stand still until they leave the ground, and must catch up with the body that pulls them.
    caught_s = rng.uniform(0.07, 0.14)
    score.add("az", kick(score, caught_s, rng.uniform(0.6, 1.0) * flight.up_m_s), flight.takeoff_s)
    score.add("ax", kick(score, caught_s, flight.forward_m_s), flight.takeoff_s)
    lively = rng.uniform(0.5, 2.0) if placement == "shank" else rng.uniform(3.0, 9.0)
    swinging = bump(u) * lively * band_noise(rng, len(u), score.rate_hz, 2.0, 6.0)
    score.add("az", swinging, flight.takeoff_s)
    score.add("pitch", rng.uniform(5.0, 25.0) * RAD_PER_DEG * bump(u), flight.takeoff_s)
    # The foot comes back from pointing down: toes first when quiet, flat when loud.
    lands_at = (rng.uniform(0.0, 8.0) if loud else rng.uniform(12.0, 25.0)) * RAD_PER_DEG
    turning = minimum_jerk(score.unit_time(seconds - 0.07))
    score.add("heel", (lands_at - score.channel("heel")[-1]) * turning, flight.takeoff_s + 0.07)
    flat = score.unit_time(rng.uniform(0.04, 0.07) if loud else rng.uniform(0.09, 0.15))
    score.add("heel", -lands_at * travelled(rounded(flat, 0.3, 0.4)), flight.contact_s)


def fly_trunk(score: Score, flight: Flight, rng: np.random.Generator, placement: str = "waist") -> None:
    """What the rest of the body does in flight to a pelvis and to what hangs on it."""
    seconds = flight.contact_s - flight.takeoff_s
    u = score.unit_time(seconds)
    score.add("pitch", rng.uniform(*IN_FLIGHT_DEG[placement]) * RAD_PER_DEG * bump(u), flight.takeoff_s)
    score.add("z", rng.uniform(-0.02, 0.03) * bump(u), flight.takeoff_s)
    arms = bump(u) * rng.uniform(0.3, 1.2) * band_noise(rng, len(u), score.rate_hz, 2.0, 6.0)
    score.add("ax", arms, flight.takeoff_s)
    ringing = rng.uniform(0.0, 0.4) * G * jolt(u * seconds, rng.uniform(0.02, 0.035), rng)
    slow = bump(u)
    score.add("az", ringing - slow * (np.sum(ringing) / np.sum(slow)), flight.takeoff_s)


def land(score: Score, placement: str, flight: Flight, loud: bool, rng: np.random.Generator) -> None:
    """Contact, braking, standing up, and a sway that dies away."""
    site = SITES[placement]
    peak_g = rng.uniform(*(site.loud_g if loud else site.quiet_g))
    seconds = rng.uniform(0.9, 1.6)
    t = score.unit_time(seconds) * seconds
    rides = placement in RIDING
    speed = flight.down_m_s * (1.0 if rides else rng.uniform(0.6, 1.0))
    braking = absorb(t, site, peak_g, speed, flight.rise_m if rides else None, rng)
    score.add("az", braking + G, flight.contact_s)
    # A leg reaches ahead before it lands: at contact its foot has little of the pelvis's speed left.
    brake_s, share = (rng.uniform(0.12, 0.25), 1.0) if rides else (rng.uniform(0.04, 0.10), rng.uniform(0.1, 0.4))
    score.add("ax", kick(score, brake_s, -share * flight.forward_m_s), flight.contact_s)
    if placement == "thigh":
        score.add("pitch", -score.channel("pitch")[-1] * minimum_jerk(t / seconds), flight.contact_s)
    lean = rng.uniform(8.0, 30.0) * RAD_PER_DEG * bump((t / seconds) ** 0.75)
    if placement != "foot":
        score.add("pitch", -lean if placement == "thigh" else lean, flight.contact_s)
    for channel in ("ax", "ay"):
        size = rng.uniform(0.1, 1.0) * (1.0 if rides else 0.3)
        wave = np.sin(2.0 * np.pi * rng.uniform(1.5, 3.0) * t) * np.exp(-t / rng.uniform(0.15, 0.4))
        score.add(channel, _faded(size * wave * ramp(t / 0.1)), flight.contact_s)
    if placement == "foot":
        seconds = 0.3
    score.now_s = flight.contact_s + score.count(seconds) / score.rate_hz


def kick(score: Score, seconds: float, change_m_s: float) -> FloatArray:
    """(n,) m/s² that changes a speed by this much, rising faster than it falls."""
    shape = bump(score.unit_time(seconds) ** 0.7)
    return np.asarray(shape * change_m_s * score.rate_hz / np.sum(shape), dtype=np.float64)


def _faded(track: FloatArray) -> FloatArray:
    """(n,) brought to zero over its last fifth, so that nothing of it stays."""
    return track * ramp(np.linspace(5.0, 0.0, len(track)))


def body_of(score: Score, placement: str, rng: np.random.Generator) -> BodyMotion:
    """The segment under the sensor; a leg turns about the toes while they are on the ground."""
    level = score.sway_level()
    sizes = {"x": 0.004, "y": 0.003, "pitch": 0.005, "roll": 0.004, "yaw": 0.006}
    noise = {name: band_noise(rng, len(level), score.rate_hz, 0.1, 1.0) for name in sizes}
    more = {name: size * level * noise[name] for name, size in sizes.items()}
    if placement in RIDING:
        lever_m = rng.uniform(*LEVERS_M[placement]) if placement in LEVERS_M else lever_of(placement, rng)
        return score.perform(lever_m, more)
    heel = score.channel("heel")
    if placement == "foot":
        more = {"pitch": heel + 0.2 * more["pitch"], "roll": 0.2 * more["roll"]}
        return score.perform(lever_of(placement, rng), more)
    forward, upward = ankle(heel, rng)
    more |= {"x": forward + 0.3 * more["x"], "z": upward}
    return score.perform(lever_of(placement, rng), more)


def landing_truths(flights: list[Flight], height_m: float, motion: BodyMotion) -> tuple[LandingTruth, ...]:
    """What a faultless sensor would have measured of each flight and landing."""
    force_g = np.linalg.norm(motion.specific_force(), axis=1) / G
    ends_s = [*(flight.takeoff_s for flight in flights[1:]), float(motion.t_s[-1])]
    landings = []
    for number, (flight, end_s) in enumerate(zip(flights, ends_s, strict=True), start=1):
        seconds = flight.contact_s - flight.takeoff_s
        soon = (motion.t_s >= flight.contact_s) & (motion.t_s <= flight.contact_s + 0.15)
        landings.append(
            LandingTruth(
                number=number,
                takeoff_s=flight.takeoff_s,
                contact_s=flight.contact_s,
                box_height_m=height_m,
                jump_height_m=(G * seconds / 2.0 + height_m / seconds) ** 2 / (2.0 * G),
                rise_m=flight.up_m_s**2 / (2.0 * G),
                peak_impact_g=float(force_g[soon].max()),
                sampled_peak_impact_g=float("nan"),
                settled_s=_settled(motion.t_s, force_g, flight.contact_s, end_s),
            )
        )
    return tuple(landings)


def _settled(t_s: FloatArray, force_g: FloatArray, contact_s: float, end_s: float) -> float:
    """When the resultant begins to stay within 5 % of 1 g for half a second."""
    inside = (t_s >= contact_s) & (t_s < end_s)
    moving_s = np.append(t_s[inside & (np.abs(force_g - 1.0) > 0.05)], end_s)
    quiet = np.flatnonzero(np.diff(moving_s) >= 0.5)
    return float(moving_s[quiet[0]] if len(quiet) else end_s)
