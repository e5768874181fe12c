"""Box jumps: up onto, or down from, a 12-inch box."""

from athena_sense.exercises.contract import Detector, Exercise, Setup, Site
from athena_sense.landings import LandingDetector

BOX_HEIGHT_M = 0.3048
"""12 inches, jumped up. The sign is the athlete's to give: one sensor cannot tell a jump up from a jump down, for which
the take-off and landing speeds would have to be known to 0.3 m/s."""
MIN_RATE_HZ = 40.0
"""Below this a trunk's landing (40 ms) loses more than a third of its peak, and one sample is 3 cm of jump height."""

METRICS = {
    "flight_time_s": "time from the toes' last contact to the first contact of the landing",
    "jump_height_m": "height over the take-off from the flight time, corrected for the box",
    "peak_impact_g": "largest resultant acceleration within 150 ms of contact, unsmoothed",
    "impact_slope_g_per_s": "rise of the resultant from 20 % to 80 % of the peak",
    "settle_time_s": "time from contact until the body stands still for half a second",
    "contact_time_s": "time on the ground until the next take-off, where one follows without a stand",
}


def _make_detector(setup: Setup) -> Detector:
    rise_m = BOX_HEIGHT_M if setup.box_height_m is None else setup.box_height_m
    return LandingDetector(setup.info, setup.placement, rise_m)


EXERCISE = Exercise(
    name="box-jump",
    title="Box jump",
    summary="Jump onto a box, or down from it, and land quietly",
    sites=tuple(
        Site(placement, sees, MIN_RATE_HZ, tuple(METRICS), motion_rate_hz=None)
        for placement, sees in (
            ("waist", "flight, height and impact of the whole body"),
            ("shank", "flight and impact; the true peak needs 200 Hz"),
            ("foot", "flight and impact; the true peak needs 500 Hz"),
            ("chest", "flight, height and a softened impact"),
            ("thigh", "flight, height and impact; a phone in a pocket swings"),
        )
    ),
    metrics=METRICS,
    measured_of=dict.fromkeys(METRICS, "landing"),
    flags={"loud_landing": "The landing was louder than your limit: bend hips and knees, feet flat"},
    flag_of={"max peak_impact_g": "loud_landing"},
    sources=(
        "Quiet landings bend ankle and knee more: Wernli et al. 2016, JOSPT 46:194",
        "Sample rates for peaks: Mitschke et al. 2017; Campbell et al. 2020, J Sports Sci (gymnastics landings)",
        "Flights at pelvis, shank and foot: Phan et al. 2024, doi 10.1109/JBHI.2024.3368042",
        "Flight time beside a force plate: Mascia et al. 2021 (phone at the sternum)",
    ),
    recordings=("jumps-quiet", "jumps-loud"),
    make_detector=_make_detector,
    trace="impact",
)
