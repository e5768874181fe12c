"""Conversions at the edges. Inside, everything is SI; impacts are spoken of in g and angles in degrees."""

import math

STANDARD_GRAVITY_M_S2 = 9.80665
"""Standard gravity (CGPM 1901): what "1 g" means in every unit conversion."""

RAD_PER_DEG = math.pi / 180.0
DEG_PER_RAD = 180.0 / math.pi
