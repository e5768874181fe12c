"""Triple jumps: three long jumps in a row, then a walk back to the start."""

from athena_sense.exercises.box_jump import METRICS as LANDING_METRICS
from athena_sense.exercises.box_jump import MIN_RATE_HZ
from athena_sense.exercises.contract import Detector, Exercise, Setup, Site
from athena_sense.landings import JumpSeriesDetector

METRICS = {
    **LANDING_METRICS,
    "jump_height_m": "height over the take-off from the flight time, for a landing on the flat",
    "contact_time_s": "time on the ground from a landing until the next take-off",
    "jump_count": "number of jumps in a row, each taking off from the landing before",
    "loudest_impact_g": "the largest peak impact of the row's landings",
    "longest_contact_s": "the longest time on the ground between two jumps of the row",
}


def _make_detector(setup: Setup) -> Detector:
    return JumpSeriesDetector(setup.info, setup.placement)


EXERCISE = Exercise(
    name="triple-jump",
    title="Triple jump",
    summary="Three long jumps in a row, springy and quiet, then walk back",
    sites=tuple(
        Site(placement, sees, MIN_RATE_HZ, tuple(METRICS), motion_rate_hz=None)
        for placement, sees in (
            ("waist", "flights, contacts and impacts of the whole body, of jumps of 0.2 s and more"),
            ("shank", "the same at one leg, of jumps of 0.33 s and more; the true peak needs 200 Hz"),
            ("foot", "the same at one foot, of jumps of 0.33 s and more; the true peak needs 500 Hz"),
        )
    ),
    metrics=METRICS,
    measured_of=dict.fromkeys(LANDING_METRICS, "landing"),
    flags={
        "not_three_jumps": "It was not three jumps in a row: make each landing the next jump's push-off, three times",
        "loud_landing": "The landing was louder than your limit: bend hips and knees, feet flat",
        "long_contact": "You stayed on the ground between jumps: spring off again at once",
    },
    flag_of={
        "min jump_count": "not_three_jumps",
        "max jump_count": "not_three_jumps",
        "max peak_impact_g": "loud_landing",
        "max loudest_impact_g": "loud_landing",
        "max contact_time_s": "long_contact",
        "max longest_contact_s": "long_contact",
    },
    sources=(
        "Contact times: a spring-like leg's force is half a sine, Patoz et al. 2021, doi 10.3389/fbioe.2021.687951",
        "The trunk beside a force plate in running: Alcantara et al. 2022, PeerJ 12752",
        "Contacts of 0.325 ± 0.114 s in drop jumps of 63 collegiate athletes: Sanchez et al. 2024, NSCA conference",
        "Long jumps take longer contacts than jumps upward: Montoro-Bombú et al. 2024, PeerJ 17026",
        "Quiet landings bend ankle and knee more: Wernli et al. 2016, JOSPT 46:194",
        "Flights at pelvis, shank and foot: Phan et al. 2024, doi 10.1109/JBHI.2024.3368042",
    ),
    recordings=("triple-jumps",),
    make_detector=_make_detector,
    trace="impact",
)
