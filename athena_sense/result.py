"""What came of one recording: the typed result, its JSON document and its table."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from athena_sense.datatypes import Event, FloatArray, Gap, Hold, Landing, Measurement, Posture, Quality, Rep, Verdict
from athena_sense.errors import AthenaError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_ID = "athena-sense/result/1"
_FIRST_COLUMNS = {
    "file": object,
    "exercise": object,
    "kind": object,
    "number": int,
    "start_s": float,
    "end_s": float,
    "valid": object,
}
_LAST_COLUMNS = dict.fromkeys(("flags", "not_measured", "bounds"), object)
"""Columns before and after those of the metrics, and what they hold."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of the data that a result was made from."""

    sensor: str | None
    sample_rate_hz: float
    duration_s: float
    gaps: tuple[Gap, ...] = ()
    clipped_samples: int = 0


@dataclass(frozen=True, slots=True)
class SensorInfo:
    """One of several sensors of a set: where it sat, which metrics it measured, and what is known of its data."""

    placement: str
    metrics: tuple[str, ...]
    source: SourceInfo


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The signal that the exercise was seen in, for pictures: `t_s` (n,) s, `value` (n,) in `unit`.

    NaN in `value` breaks the line where samples are missing.
    """

    t_s: FloatArray
    value: FloatArray
    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was counted, measured and judged in one recording. Times are seconds since its first sample.

    `to_json()` is the document that `athena-sense replay --json` prints; `trace` and `postures` are not part of it.
    """

    file: str
    exercise: str
    placement: str
    program: str
    source: SourceInfo
    reps: tuple[Rep, ...] = ()
    landings: tuple[Landing, ...] = ()
    holds: tuple[Hold, ...] = ()
    events: tuple[Event, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    quality: Quality = field(default_factory=Quality)
    sensors: tuple[SensorInfo, ...] = ()
    """Every sensor, the first one too, where there are several."""
    postures: Mapping[str, Posture] = field(default_factory=dict)
    """How each sensor was worn, by placement, where the athlete stood before the set."""
    trace: Trace | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain dicts, lists, strings and numbers, as `result_schema()` describes it."""
        document = {
            "schema": SCHEMA_ID,
            "file": self.file,
            "exercise": self.exercise,
            "placement": self.placement,
            "program": self.program,
            "source": _source(self.source),
            "reps": [_rep(rep) for rep in self.reps],
            "landings": [_landing(landing) for landing in self.landings],
            "holds": [_hold(hold) for hold in self.holds],
            "events": [{"kind": event.kind, "time_s": _time(event.time_s)} for event in self.events],
            "verdicts": [_verdict(verdict) for verdict in self.verdicts],
            "quality": {"status": self.quality.status, "notes": list(self.quality.notes)},
        }
        return document | ({"sensors": [_sensor(sensor) for sensor in self.sensors]} if self.sensors else {})

    def to_json(self, *, indent: int | None = None) -> str:
        """The result as one JSON document."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def rows(self) -> list[dict[str, Any]]:
        """One dict per rep, landing and hold, in time order, all with the same keys; None where not measured.

        `kind` is "rep", "landing" or "hold"; `flags` and `not_measured` are texts, items separated by spaces.
        """
        rows = sorted(self._rows(), key=lambda row: (row["start_s"], row["kind"]))
        keys = dict.fromkeys(key for row in rows for key in row)
        order = [key for key in keys if key not in _LAST_COLUMNS] + [key for key in _LAST_COLUMNS if key in keys]
        return [{key: row.get(key) for key in order} for row in rows]

    def to_pandas(self) -> "pd.DataFrame":
        """`rows()` as a table with a column for every metric of the exercise, seen or not: NaN where not measured.

        A set without reps gives the same columns and no rows.

        Raises:
            AthenaError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise AthenaError("to_pandas() needs pandas: pip install 'athena-sense[pandas]'") from None
        rows = self.rows()
        seen = (key for row in rows for key in row if key not in _FIRST_COLUMNS | _LAST_COLUMNS)
        metrics = dict.fromkeys([*self._known_metrics(), *seen], float)
        kinds = {**_FIRST_COLUMNS, **metrics, **_LAST_COLUMNS}
        return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)

    def _known_metrics(self) -> tuple[str, ...]:
        from athena_sense.exercises import exercise_names, get_exercise

        return tuple(get_exercise(self.exercise).metrics) if self.exercise in exercise_names() else ()

    def _rows(self) -> Iterator[dict[str, Any]]:
        for rep in self.reps:
            yield self._row("rep", rep, rep.start_s, rep.end_s, rep.valid)
        for landing in self.landings:
            yield self._row("landing", landing, landing.time_s, landing.time_s, landing.valid)
        for hold in self.holds:
            yield self._row("hold", hold, hold.start_s, hold.end_s, None)

    def _row(
        self, kind: str, item: Rep | Landing | Hold, start_s: float, end_s: float, valid: bool | None
    ) -> dict[str, Any]:
        told = _measurements(item.measurements)
        return {
            "file": self.file,
            "exercise": self.exercise,
            "kind": kind,
            "number": item.number,
            "start_s": _time(start_s),
            "end_s": _time(end_s),
            "valid": valid,
            **told["metrics"],
            "flags": " ".join(item.flags),
            "not_measured": " ".join(f"{metric}:{reason}" for metric, reason in told["not_measured"].items()),
            "bounds": " ".join(f"{metric}:{bound}" for metric, bound in told.get("bounds", {}).items()),
        }


def result_schema() -> dict[str, Any]:
    """The JSON Schema of `Result.to_dict()`."""
    text = files("athena_sense").joinpath("result.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _time(time_s: float) -> float:
    """To 0.1 ms: finer than any sensor's sample, and the same however long the recording is."""
    return round(float(time_s), 4)


def _value(value: float) -> float:
    """To six significant digits: beyond what any of these sensors resolves."""
    return float(f"{value:.6g}")


def _source(source: SourceInfo) -> dict[str, Any]:
    return {
        "sensor": source.sensor,
        "sample_rate_hz": _value(source.sample_rate_hz),
        "duration_s": _time(source.duration_s),
        "gaps": [{"start_s": _time(gap.start_s), "end_s": _time(gap.end_s)} for gap in source.gaps],
        "clipped_samples": int(source.clipped_samples),
    }


def _sensor(sensor: SensorInfo) -> dict[str, Any]:
    return {"placement": sensor.placement, "metrics": list(sensor.metrics), "source": _source(sensor.source)}


def _measurements(measurements: Mapping[str, Measurement]) -> dict[str, dict[str, Any]]:
    """`metrics`, `not_measured`, and `bounds` where a value is only a bound."""
    told: dict[str, dict[str, Any]] = {
        "metrics": {name: None if m.value is None else _value(m.value) for name, m in measurements.items()},
        "not_measured": {name: m.reason for name, m in measurements.items() if m.reason is not None},
    }
    bounds = {name: m.bound for name, m in measurements.items() if m.value is not None and m.bound != "exact"}
    return told | ({"bounds": bounds} if bounds else {})


def _rep(rep: Rep) -> dict[str, Any]:
    head = {"number": rep.number, "start_s": _time(rep.start_s), "end_s": _time(rep.end_s), "valid": rep.valid}
    return head | _measurements(rep.measurements) | {"flags": list(rep.flags)}


def _landing(landing: Landing) -> dict[str, Any]:
    head = {"number": landing.number, "time_s": _time(landing.time_s)}
    return head | _measurements(landing.measurements) | {"flags": list(landing.flags)}


def _hold(hold: Hold) -> dict[str, Any]:
    head = {"number": hold.number, "start_s": _time(hold.start_s), "end_s": _time(hold.end_s)}
    return head | _measurements(hold.measurements) | {"flags": list(hold.flags)}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "target": verdict.target,
        "metric": verdict.metric,
        "value": None if verdict.value is None else _number(verdict.value),
        "range": [None if limit is None else _number(limit) for limit in verdict.range],
        "status": verdict.status,
        "message": verdict.message,
    }


def _number(value: float) -> float:
    """Counts stay whole numbers."""
    return value if isinstance(value, int) else _value(value)
