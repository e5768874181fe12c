"""Results to look at, without any data behind them."""

import numpy as np

from athena_sense.datatypes import Gap, Landing, Measurement, Phase, Quality, Rep, not_measured
from athena_sense.result import Result, SourceInfo, Trace
from athena_sense.targets import judge_landing, judge_rep, judge_set
from athena_sense.targets.program import Prescription, Program

CALF = Prescription.model_validate(
    {
        "exercise": "eccentric-calf",
        "targets": [
            {
                "name": "slow lowering",
                "metric": "eccentric_duration_s",
                "min": 8,
                "flag": "eccentric_too_fast",
                "message": "Count to 10 as you lower your heel",
            },
            {
                "name": "full range",
                "metric": "range_deg",
                "min": 15,
                "flag": "short_range",
                "message": "Lower your heel as far as you can without pain",
            },
        ],
    }
)
JUMP = Prescription.model_validate(
    {
        "exercise": "box-jump",
        "targets": [
            {
                "name": "quiet feet",
                "metric": "peak_impact_g",
                "of": "landing",
                "max": {"waist": 4, "shank": 8},
                "flag": "loud_landing",
                "message": "Springy legs and quiet feet: land softly and let your butt drop low",
            }
        ],
    }
)
PROGRAM = Program(
    name="athena-distance",
    title="For distance runners",
    reps=(12, 15),
    above="Use more weight",
    below="Use less weight until 12 are good",
    exercises=(CALF, JUMP),
)
LOWERINGS_S = (9.6, 10.1, 9.8, 9.2, 10.4, 9.9, 4.1, 9.4, 9.7, 6.3, 10.0, 9.1, 8.7, 8.9)
IMPACTS_G = (2.9, 3.1, 3.3, 2.8, 5.2, 3.0, 3.4, 2.7, 3.2, 3.1, 4.6, 3.0)


def calf_rep(number: int, start_s: float, lowering_s: float, range_deg: float = 38.0) -> Rep:
    """Quick raise, short hold, lowering, rest."""
    ends = start_s + np.cumsum([0.0, 0.8, 0.5, lowering_s, 0.7])
    names = ("concentric", "top_hold", "eccentric", "bottom_hold")
    return Rep(
        number,
        ends[0],
        ends[3],
        tuple(Phase(name, a, b) for name, a, b in zip(names, ends, ends[1:], strict=False)),  # type: ignore[arg-type]
        {
            "concentric_duration_s": Measurement(0.8),
            "top_hold_s": Measurement(0.5),
            "eccentric_duration_s": Measurement(lowering_s),
            "bottom_hold_s": Measurement(0.7),
            "range_deg": Measurement(range_deg),
            "eccentric_evenness": Measurement(0.12),
        },
    )


def calf_set(lowerings_s: tuple[float, ...] = LOWERINGS_S, quality: Quality | None = None) -> Result:
    """A set on the foot with its heel angle."""
    reps, start_s = [], 3.2
    for number, lowering_s in enumerate(lowerings_s, 1):
        reps.append(judge_rep(calf_rep(number, start_s, lowering_s, 38.0 + number % 3), CALF, "foot"))
        start_s = reps[-1].phases[-1].end_s
    t_s = np.arange(0.0, start_s + 2.0, 0.02)
    value = np.zeros_like(t_s)
    for rep in reps:
        (up, _top, down, _), range_deg = rep.phases, rep.measurements["range_deg"].value or 0.0
        value += range_deg * (
            _smooth((t_s - up.start_s) / (up.end_s - up.start_s))
            - _smooth((t_s - down.start_s) / (down.end_s - down.start_s))
        )
    return Result(
        "recordings/calf.arrows",
        "eccentric-calf",
        "foot",
        "athena-distance",
        SourceInfo("Polar Verity Sense", 52.0, float(t_s[-1])),
        reps=tuple(reps),
        verdicts=judge_set(PROGRAM.prescription("eccentric-calf"), "foot", reps),
        quality=quality or Quality(),
        trace=Trace(t_s, value - 8.0, "heel angle", "deg"),
    )


def waist_set() -> Result:
    """The same on the waist: only that a lowering was too fast can be proved."""
    reps = tuple(
        judge_rep(
            Rep(
                number,
                number * 11.0,
                number * 11.0 + 9.0,
                measurements={
                    "concentric_duration_s": Measurement(0.8),
                    "eccentric_duration_s": not_measured("placement"),
                    "eccentric_duration_upper_bound_s": Measurement(lowering_s + 0.7, bound="at_most"),
                    "range_deg": not_measured("placement"),
                },
            ),
            CALF,
            "waist",
        )
        for number, lowering_s in enumerate(LOWERINGS_S, 1)
    )
    return Result(
        "waist.csv",
        "eccentric-calf",
        "waist",
        "athena-distance",
        SourceInfo(None, 100.0, 170.0, (Gap(50.0, 50.4),)),
        reps=reps,
        verdicts=judge_set(PROGRAM.prescription("eccentric-calf"), "waist", reps),
        quality=Quality("limited", ("0.4 s of samples are missing at 0:50",)),
    )


def jump_set(bound: str = "exact") -> Result:
    """Jumps with the waist's acceleration."""
    rng = np.random.default_rng(7)
    landings = tuple(
        judge_landing(
            Landing(
                number,
                4.0 + number * 5.0,
                {
                    "peak_impact_g": Measurement(peak_g, bound=bound),  # type: ignore[arg-type]
                    "impact_slope_g_per_s": Measurement(peak_g * 31.0),
                    "flight_time_s": Measurement(0.46),
                    "jump_height_m": Measurement(0.41),
                    "contact_time_s": Measurement(0.31) if number < 12 else not_measured("no_next_jump"),
                    "landing_angle_deg": not_measured("no_gyroscope"),
                    "settle_time_s": Measurement(0.7),
                },
            ),
            JUMP,
            "waist",
        )
        for number, peak_g in enumerate(IMPACTS_G, 1)
    )
    t_s = np.arange(0.0, 70.0, 0.01)
    value = 1.0 + 0.03 * rng.standard_normal(t_s.size)
    for landing in landings:
        since_s = t_s - landing.time_s
        value[(since_s > -0.46) & (since_s < 0)] = 0.05
        value += (
            (since_s > 0) * (landing.measurements["peak_impact_g"].value or 0) * np.exp(-np.maximum(since_s, 0) / 0.06)
        )
    return Result(
        "jumps.csv",
        "box-jump",
        "waist",
        "athena-distance",
        SourceInfo(None, 200.0, 70.0),
        landings=landings,
        verdicts=judge_set(PROGRAM.prescription("box-jump"), "waist", (), landings),
        trace=Trace(t_s, value, "acceleration", "g"),
    )


def _smooth(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0.0, 1.0)
    return (1 - np.cos(np.pi * share)) / 2
