"""Sets as they happen: worn sensors heard, everything on disk within a second, one Session fed, moments told."""

from athena_sense.living.aims import Aims, aims_of
from athena_sense.living.disk import Disk
from athena_sense.living.keeper import Keeper
from athena_sense.living.live_set import LiveSet, Moment, check_plan
from athena_sense.living.sensors import SensorHealth, Sensors, WornSensor

__all__ = [
    "Aims",
    "Disk",
    "Keeper",
    "LiveSet",
    "Moment",
    "SensorHealth",
    "Sensors",
    "WornSensor",
    "aims_of",
    "check_plan",
]
