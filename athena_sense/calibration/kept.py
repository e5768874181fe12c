"""The calibrations that are kept on this computer, by the name of the sensor, and those in files of their own."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from athena_sense import store
from athena_sense.datatypes import Calibration, StreamInfo
from athena_sense.errors import CalibrationError
from athena_sense.shell import typed

DOCUMENT = "calibrations"


class Calibrations(BaseModel):
    """Sensor's name → its calibration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calibrations: dict[str, Calibration] = {}


def known() -> dict[str, Calibration]:
    """Every calibration that is kept, by the sensor's name. Raises StoreError."""
    return store.read(DOCUMENT, Calibrations).calibrations


def find(sensor: str | None) -> Calibration | None:
    """The calibration that is kept of a sensor, None where there is none. Raises StoreError."""
    return None if sensor is None else known().get(sensor)


def of_stream(info: StreamInfo) -> Calibration | None:
    """What a stream's samples are mended by: what it was recorded with, else what is kept of its sensor now.

    Raises:
        StoreError: what is kept cannot be read.
    """
    return info.calibration or find(info.own_name)


def not_used(info: StreamInfo) -> str | None:
    """What to tell where a calibration is kept under a name that others of the sensor's kind have as well: which of
    them it is of is not known, so it mends none of them by itself.

    Raises:
        StoreError: what is kept cannot be read.
    """
    if info.sensor is None or of_stream(info) is not None:
        return None
    if info.sensor_is_device:
        names = [name for name in known() if info.sensor.startswith(f"{name} ")]
        mend = f"calibrate this one: athena-sense calibrate --device {typed(info.sensor)}"
    else:
        names = [name for name in known() if info.sensor_is_kind and name == info.sensor]
        mend = f"if this is it, replay the recording with --calibration {typed(info.sensor)}"
    if not names:
        return None
    return f"the calibration that is kept as {names[0]} is not used: it may be of another sensor of that name; {mend}"


def keep(sensor: str, calibration: Calibration) -> None:
    """Keep a sensor's calibration in place of the one before. Raises StoreError."""
    store.write(DOCUMENT, Calibrations(calibrations=known() | {sensor: calibration}))


def forget(sensor: str) -> bool:
    """Remove a sensor's calibration; whether there was one. Raises StoreError."""
    kept = known()
    found = kept.pop(sensor, None) is not None
    if found:
        store.write(DOCUMENT, Calibrations(calibrations=kept))
    return found


def write_file(path: Path, sensor: str, calibration: Calibration) -> None:
    """Write one sensor's calibration into a file. Raises CalibrationError where that fails."""
    try:
        path.write_text(Calibrations(calibrations={sensor: calibration}).model_dump_json(indent=2), encoding="utf-8")
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be written: {error.strerror}") from error


def read_file(path: Path) -> tuple[str, Calibration]:
    """The calibration in a file, and the name of its sensor. Raises CalibrationError where there is not exactly one."""
    try:
        found = list(Calibrations.model_validate_json(path.read_bytes()).calibrations.items())
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise CalibrationError(f"{path}: is no calibration; make one with: athena-sense calibrate") from error
    if len(found) != 1:
        raise CalibrationError(f"{path}: holds {len(found)} calibrations; one is needed")
    return found[0]
