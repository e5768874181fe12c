"""`file:PATH`: a recording, or another app's file, as a source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from athena_sense.datatypes import Notification
from athena_sense.decoding import NotificationStream
from athena_sense.errors import ProfileError, RecordingError
from athena_sense.profiles import Chosen, FirmwareProfile, choose, get_profile, parse_profile
from athena_sense.recordings import RecordingHeader, open_recording
from athena_sense.sources.playback import Playback, Timed, in_cuts
from athena_sense.units import RAD_PER_DEG, STANDARD_GRAVITY_M_S2


def open_recorded(name: str, speed: float = 1.0) -> Playback:
    """The source behind a `file:` name. RecordingError: the file cannot be read."""
    path = Path(name.partition(":")[2])
    opened = open_recording(path)
    header, samples, notifications = opened.header, opened.samples, opened.notifications
    known: dict[str, Any] = {"speed": speed, "simulated": header.simulated, "profile_toml": header.profile_toml}
    if samples is not None:
        return Playback(path.name, header.info, lambda _: in_cuts(samples, header.sample_rate_hz), **known)
    if not notifications:
        raise RecordingError(f"{path}: holds no packets")
    profile = _profile(header, path)
    chosen = _chosen(header, profile)
    return Playback(path.name, header.info, lambda _: _timed(notifications), profile, chosen, **known)


def stream_of(
    header: RecordingHeader, path: Path, start_ns: int | None = None, by: FirmwareProfile | None = None
) -> NotificationStream:
    """What turns a recording's raw packets into samples: its own copy of the profile, with the settings it ran with.

    `start_ns` is where the clock of all its sensors begins. `by`, one that was mended since, goes before its copy.
    """
    profile = _profile(header, path) if by is None else by
    return NotificationStream(profile, _chosen(header, profile), start_ns)


def _timed(notifications: Sequence[Notification]) -> Timed:
    """The packets at the times of their arrival, which stay as they were recorded."""
    for notification in notifications:
        yield (notification.arrival_ns - notifications[0].arrival_ns) * 1e-9, (notification,)


def _profile(header: RecordingHeader, path: Path) -> FirmwareProfile:
    if header.profile_toml is not None:
        try:
            return parse_profile(header.profile_toml, f"{path} (its profile)")
        except ProfileError as error:
            raise RecordingError(f"{error}; read it by another with: athena-sense replay --profile") from error
    if header.profile is not None:
        return get_profile(header.profile)
    raise RecordingError(f"{path}: does not say by which profile its packets are to be read")


def _chosen(header: RecordingHeader, profile: FirmwareProfile) -> Chosen:
    has = profile.settings
    return choose(
        profile,
        header.sample_rate_hz,
        _nearest(has.acc_ranges_g, header.acc_range_m_s2, STANDARD_GRAVITY_M_S2),
        _nearest(has.gyr_ranges_dps, header.gyr_range_rad_s, RAD_PER_DEG),
        gyroscope=header.has_gyroscope,
    )


def _nearest(choices: Sequence[float], value: float | None, unit: float) -> float | None:
    """The choice, in units of `unit`, that the value came from; None where there is none, or it is not known."""
    if value is None or not choices:
        return None
    return min(choices, key=lambda choice: abs(choice * unit - value))
