"""Landings: where a body flew, when it left and met the ground, and how hard; and jumps in a row."""

from athena_sense.landings.detector import LandingDetector
from athena_sense.landings.impact import jump_height_m
from athena_sense.landings.series import JumpSeriesDetector

__all__ = ["JumpSeriesDetector", "LandingDetector", "jump_height_m"]
