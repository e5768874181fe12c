"""What a recording says of itself: the JSON document at its head."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError, field_validator

from athena_sense.datatypes import PLACEMENTS, Calibration, Posture, StreamInfo
from athena_sense.errors import RecordingError

FORMAT_VERSION: Literal[1] = 1
RECORDING_SUFFIX = ".arrows"
"""The usual ending of an Arrow IPC stream, which a recording is."""

Kind = Literal["samples", "notifications"]

OWN_IS_OF = {"athlete", "exercise", "placement", "side"}
"""What a recording's `own` is of."""
_UNKNOWN = {"own": None, "own_postures": None}


class SensorHeader(BaseModel):
    """One sensor of a recording, where it sat, and the firmware profile that reads its packets.

    `profile_toml` is a verbatim copy, so that the bytes can still be read when the shipped profile has changed.
    `calibration` is what the samples were mended by when they were judged: they are recorded as the sensor sent them.
    `sensor_is_kind`: it is not known which one of its kind `sensor` is; `sensor_is_device`: it is what finds this one
    sensor on the air, and no other.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sensor: str | None = None
    sensor_is_kind: bool = False
    sensor_is_device: bool = False
    sample_rate_hz: float = Field(gt=0, allow_inf_nan=False)
    has_gyroscope: bool = False
    has_gravity: bool = True
    acc_range_m_s2: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    gyr_range_rad_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    placement: str | None = None
    side: Literal["left", "right"] | None = None
    profile: str | None = None
    profile_toml: str | None = None
    calibration: Calibration | None = None

    @field_validator("placement")
    @classmethod
    def _known_placement(cls, value: str | None) -> str | None:
        if value is not None and value not in PLACEMENTS:
            raise ValueError(f"{value!r} is no placement; use one of {', '.join(PLACEMENTS)}")
        return value

    @property
    def info(self) -> StreamInfo:
        """What the pipe needs to know of this sensor's samples."""
        return StreamInfo(
            sample_rate_hz=self.sample_rate_hz,
            has_gyroscope=self.has_gyroscope,
            has_gravity=self.has_gravity,
            acc_range_m_s2=self.acc_range_m_s2,
            sensor=self.sensor,
            gyr_range_rad_s=self.gyr_range_rad_s,
            calibration=self.calibration,
            sensor_is_kind=self.sensor_is_kind,
            sensor_is_device=self.sensor_is_device,
        )


class RecordingHeader(SensorHeader):
    """The header of a recording. Its own sensor is stream 0; `more_sensors` are streams 1, 2, …

    `athlete` is an alias, never a name. `own` is what was known of the athlete's usual (metric → value) when it was
    recorded: targets relative to it are judged by this; `own_postures` is how each sensor was worn for it, by
    placement. `labels` is the truth, where it is known, and `labelled_by` how. `created` is an ISO 8601 time.
    """

    format_version: Literal[1] = FORMAT_VERSION
    created: str | None = None
    kind: Kind = "samples"
    exercise: str | None = None
    athlete: str | None = None
    program: str | None = None
    box_height_m: float | None = Field(default=None, allow_inf_nan=False)
    own: dict[str, FiniteFloat] | None = None
    own_postures: dict[str, Posture] | None = None
    labels: dict[str, JsonValue] | None = None
    labelled_by: str | None = None
    simulated: bool = False
    more_sensors: tuple[SensorHeader, ...] = ()

    @property
    def sensors(self) -> tuple[SensorHeader, ...]:
        """Every sensor, in stream order."""
        return (self, *self.more_sensors)

    @property
    def notes(self) -> tuple[str, ...]:
        """What everybody who reads a result of it must know."""
        return ("simulated: no person did this",) if self.simulated else ()

    def of_stream(self, stream: int) -> "RecordingHeader":
        """This header with the sensor of one stream as its own, and no others."""
        if not 0 <= stream < len(self.sensors):
            raise RecordingError(f"there is no stream {stream}: the recording has {len(self.sensors)}")
        sensor = self.sensors[stream]
        changes = {name: getattr(sensor, name) for name in SensorHeader.model_fields} | {"more_sensors": ()}
        return self.model_copy(update=changes if stream == 0 else changes | _UNKNOWN)

    def with_changes(self, **changes: Any) -> "RecordingHeader":
        """A copy with other values, checked like any header. What was known of the athlete's usual is left behind where
        that is of somebody, or something, else."""
        if any(changes[key] != getattr(self, key) for key in OWN_IS_OF & changes.keys()):
            changes = _UNKNOWN | changes
        return RecordingHeader.model_validate({**self.model_dump(), **changes})


def parse_header(text: str, name: str) -> RecordingHeader:
    """The header in a JSON text; `name` is the file's, for the error. RecordingError: newer, or malformed."""
    import json

    try:
        raw = json.loads(text)
        version = raw["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{name}: its header is damaged; restore the file from a copy") from error
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise RecordingError(
            f"{name}: written by a newer athena-sense (format {version}, this one reads up to "
            f"{FORMAT_VERSION}); upgrade with: pip install -U athena-sense"
        )
    try:
        header = RecordingHeader.model_validate_json(text)
        return header if "sensor_is_device" in raw or header.simulated else _of_earlier(header)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise RecordingError(f"{name}: its header is damaged at {key!r}: {first['msg']}") from error


def _of_earlier(header: RecordingHeader) -> RecordingHeader:
    """What a header says that was written when a sensor's name alone was kept, also where all of its kind have it."""
    more = tuple(one.model_copy(update=_told(one, header.kind)) for one in header.more_sensors)
    return header.model_copy(update=_told(header, header.kind) | {"more_sensors": more})


def _told(sensor: SensorHeader, kind: Kind) -> dict[str, bool]:
    from athena_sense.profiles import get_profile, profile_names

    if sensor.profile is None or sensor.sensor is None or sensor.sensor_is_kind:
        return {}
    match = get_profile(sensor.profile).match if sensor.profile in profile_names() else None
    if match is not None and match.tells_apart(sensor.sensor) == "name":
        return {"sensor_is_device": True}
    of_all = match is not None and match.name is not None and re.search(match.name, sensor.sensor) is not None
    return {"sensor_is_kind": of_all or kind == "notifications"}  # samples may have been given a name on import
