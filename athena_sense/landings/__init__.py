"""Landings: where a body flew, when it left and met the ground, and how hard."""

from athena_sense.landings.detector import LandingDetector
from athena_sense.landings.impact import jump_height_m

__all__ = ["LandingDetector", "jump_height_m"]
