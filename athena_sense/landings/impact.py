"""What a landing was like: peak, slope, height, and the time until stillness."""

from typing import Literal

from athena_sense.datatypes import FloatArray, Measurement, StreamInfo, not_measured
from athena_sense.dsp.clipping import clipped_rows
from athena_sense.landings.flight import IMPACT_S, Flight
from athena_sense.landings.resultant import norm_g, rise_s, row_at
from athena_sense.units import STANDARD_GRAVITY_M_S2

PEAK_RATE_HZ = {"waist": 100.0, "chest": 100.0, "thigh": 200.0, "shank": 200.0, "foot": 500.0}
"""Slowest rate that shows the true peak: 200 Hz at the leg, 500 Hz at the heel (Mitschke et al. 2017); a trunk's pulse
is slower (40 ms loses 3 % at 100 Hz)."""
RATE_TOLERANCE = 0.98
"""A sensor set to 100 Hz may run 2 % slow."""


FLIGHT_ERROR_S = 0.03
"""How far off a flight's time may be at a leg at 100 Hz: that much shorter than possible is still possible."""


def jump_height(flight_time_s: float, rise_m: float) -> Measurement:
    """`jump_height_m`, not measured for a flight too short to come down on something `rise_m` higher (sqrt(2H/g))."""
    shortest_s = (2.0 * max(rise_m, 0.0) / STANDARD_GRAVITY_M_S2) ** 0.5
    if flight_time_s < shortest_s - FLIGHT_ERROR_S:
        return not_measured("box_height")
    return Measurement(jump_height_m(flight_time_s, rise_m))


def jump_height_m(flight_time_s: float, rise_m: float) -> float:
    """Height over the take-off from the flight time, for a landing `rise_m` higher (negative: lower) than it.

    Free fall from the take-off speed v = g·t/2 + H/t: h = v² / (2g).
    """
    speed_m_s = STANDARD_GRAVITY_M_S2 * flight_time_s / 2.0 + rise_m / flight_time_s
    return speed_m_s**2 / (2.0 * STANDARD_GRAVITY_M_S2)


def impact(
    t_s: FloatArray, acc_m_s2: FloatArray, flight: Flight, bound: Literal["exact", "at_least"], info: StreamInfo
) -> dict[str, Measurement]:
    """Peak (g) and slope (g/s) of the unsmoothed resultant within `IMPACT_S` of contact.

    `bound` is what the sample rate allows to claim; clipping makes it "at least" as well.
    """
    size_g = norm_g(acc_m_s2)
    first, end = row_at(t_s, flight.contact_s), row_at(t_s, flight.contact_s + IMPACT_S)
    if end <= first:
        return dict.fromkeys(("peak_impact_g", "impact_slope_g_per_s"), not_measured("gap"))
    peak_g = float(size_g[first:end].max())
    # The sensor's range ends where it ended before anything was mended.
    sent = acc_m_s2[first:end] if info.calibration is None else info.calibration.undone(acc_m_s2[first:end])
    if clipped_rows(sent, info.acc_range_m_s2).any():
        bound = "at_least"
    low_s, high_s = rise_s(t_s, size_g, first, 0.2 * peak_g, 0.8 * peak_g)
    lasts_s = high_s - max(low_s, flight.contact_s)
    slope = Measurement(0.6 * peak_g / lasts_s, bound=bound) if lasts_s > 0.0 else not_measured("sample_rate")
    return {"peak_impact_g": Measurement(peak_g, bound=bound), "impact_slope_g_per_s": slope}
