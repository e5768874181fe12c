"""What is to be told of the landings of a set as a whole."""

from collections.abc import Sequence

from athena_sense.datatypes import Landing, StreamInfo
from athena_sense.landings.impact import jump_height_m

SURE_RATE_HZ = 100.0
"""Below this many samples a second one of them is as long as what tells one jump from another."""


def landing_notes(landings: Sequence[Landing], info: StreamInfo, box_height_m: float | None) -> tuple[str, ...]:
    """How well flights and heights are known at this rate, and what heights are measured from."""
    if not landings:
        return ()
    notes = []
    flights = [landing.measurements.get("flight_time_s") for landing in landings]
    known_s = [flight.value for flight in flights if flight is not None and flight.value is not None]
    if known_s and info.sample_rate_hz < SURE_RATE_HZ:
        longest_s, period_s = max(known_s), 1.0 / info.sample_rate_hz
        rise_m = box_height_m or 0.0
        off_m = abs(jump_height_m(longest_s + period_s, rise_m) - jump_height_m(longest_s, rise_m))
        notes.append(
            f"at {info.sample_rate_hz:.3g} Hz a flight is known to ±{1000.0 * period_s:.0f} ms, "
            f"a jump's height to ±{100.0 * off_m:.0f} cm"
        )
    if box_height_m is not None:
        where = "level with" if box_height_m == 0 else f"{abs(box_height_m):.2f} m "
        where += "" if box_height_m == 0 else "above" if box_height_m > 0 else "below"
        notes.append(f"jump heights are for landings {where} the take-off")
    return tuple(notes)
