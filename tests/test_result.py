"""The result document: its shape, its schema, its table."""

import json
import math
import sys
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import (
    Event,
    Gap,
    Hold,
    Landing,
    Measurement,
    NotMeasuredReason,
    Quality,
    Rep,
    Verdict,
    not_measured,
)
from athena_sense.errors import AthenaError
from athena_sense.exercises import get_exercise
from athena_sense.result import Result, SourceInfo, result_schema
from athena_sense.targets import REASONS

SOURCE = SourceInfo(None, 52.0, 184.2)
REP = Rep(
    1,
    3.21,
    15.9,
    measurements={"concentric_duration_s": Measurement(0.8), "eccentric_duration_s": Measurement(4.1)},
    valid=False,
    flags=("eccentric_too_fast",),
)
LANDING = Landing(
    1,
    8.41,
    {"peak_impact_g": Measurement(3.2, bound="at_least"), "contact_time_s": not_measured("no_next_jump")},
    flags=("loud_landing",),
)
HOLD = Hold(1, 2.0, 31.0, {"hold_duration_s": Measurement(29.0), "lean_deg": not_measured("placement")})


def full_result() -> Result:
    return Result(
        file="calf.csv",
        exercise="eccentric-calf",
        placement="foot",
        program="athena-distance",
        source=SourceInfo("Polar H10", 52.0, 184.2, (Gap(9.0, 9.5),), 3),
        reps=(REP,),
        landings=(LANDING,),
        holds=(HOLD,),
        events=(Event("foot_down", 12.3),),
        verdicts=(Verdict("reps", "valid_rep_count", 12, (12, 15), "met", "12 good reps of 12 to 15"),),
        quality=Quality("limited", ("the peak may be higher",)),
    )


def check(document: object) -> None:
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_document_has_the_shape_that_other_tools_read() -> None:
    document = full_result().to_dict()
    check(document)
    assert document["schema"] == "athena-sense/result/1"
    assert document["source"]["gaps"] == [{"start_s": 9.0, "end_s": 9.5}]
    assert document["reps"] == [
        {
            "number": 1,
            "start_s": 3.21,
            "end_s": 15.9,
            "valid": False,
            "metrics": {"concentric_duration_s": 0.8, "eccentric_duration_s": 4.1},
            "not_measured": {},
            "flags": ["eccentric_too_fast"],
        }
    ]
    assert document["landings"] == [
        {
            "number": 1,
            "time_s": 8.41,
            "metrics": {"peak_impact_g": 3.2, "contact_time_s": None},
            "not_measured": {"contact_time_s": "no_next_jump"},
            "bounds": {"peak_impact_g": "at_least"},
            "flags": ["loud_landing"],
        }
    ]
    assert document["holds"][0]["metrics"] == {"hold_duration_s": 29.0, "lean_deg": None}
    assert document["events"] == [{"kind": "foot_down", "time_s": 12.3}]
    assert document["verdicts"][0]["range"] == [12, 15]
    assert document["quality"] == {"status": "limited", "notes": ["the peak may be higher"]}


def test_an_empty_result_obeys_the_schema() -> None:
    check(Result("empty.csv", "generic", "wrist", "athena-distance", SOURCE).to_dict())


MEASUREMENTS = st.one_of(
    st.sampled_from(tuple(REASONS)).map(not_measured),
    st.builds(
        Measurement,
        st.floats(allow_nan=False, allow_infinity=False),
        bound=st.sampled_from(("exact", "at_least", "at_most")),
    ),
)
TIMES = st.floats(0, 1e6)


@given(st.lists(st.builds(Rep, st.integers(1), TIMES, TIMES, measurements=st.dictionaries(st.text(), MEASUREMENTS))))
def test_any_measurements_obey_the_schema_and_survive_json(reps: list[Rep]) -> None:
    result = Result("x.csv", "generic", "wrist", "athena-distance", SOURCE, reps=tuple(reps))
    document = json.loads(result.to_json())
    check(document)
    assert document == result.to_dict()
    for rep, told in zip(reps, document["reps"], strict=True):
        for name, measurement in rep.measurements.items():
            assert (told["metrics"][name] is None) == (told["not_measured"].get(name) is not None)
            if measurement.value is not None:
                assert math.isclose(told["metrics"][name], measurement.value, rel_tol=1e-5, abs_tol=1e-300)


def test_the_schema_lists_exactly_the_reasons_there_are() -> None:
    listed = result_schema()["$defs"]["not_measured"]["additionalProperties"]["enum"]
    assert set(listed) == set(NotMeasuredReason.__args__)  # type: ignore[attr-defined]


def test_rows_are_in_time_order_with_the_same_keys() -> None:
    rows = full_result().rows()
    assert [row["kind"] for row in rows] == ["hold", "rep", "landing"]
    assert len({tuple(row) for row in rows}) == 1
    landing = rows[2]
    assert (landing["start_s"], landing["end_s"]) == (8.41, 8.41)
    assert landing["contact_time_s"] is None
    assert landing["not_measured"] == "contact_time_s:no_next_jump"
    assert landing["bounds"] == "peak_impact_g:at_least"
    assert landing["flags"] == "loud_landing"


def test_to_pandas_is_one_row_per_rep_landing_and_hold() -> None:
    table = full_result().to_pandas()
    assert list(table["kind"]) == ["hold", "rep", "landing"]
    assert table.loc[1, "eccentric_duration_s"] == 4.1


def test_to_pandas_has_the_same_columns_whatever_happened() -> None:
    nothing = replace(full_result(), reps=(), landings=(), holds=()).to_pandas()
    assert nothing.empty
    first = ["file", "exercise", "kind", "number", "start_s", "end_s", "valid"]
    assert list(nothing.columns) == [
        *first,
        *get_exercise("eccentric-calf").metrics,
        *("flags", "not_measured", "bounds"),
    ]
    some = replace(full_result(), landings=(), holds=()).to_pandas()
    assert list(some.columns) == list(nothing.columns)
    assert list(some.dtypes) == list(nothing.dtypes)
    unknown = Result("x.csv", "hopping", "foot", "p", SOURCE).to_pandas()
    assert list(unknown.columns) == [*first, "flags", "not_measured", "bounds"]


def test_metrics_in_pandas_are_numbers_and_nan_where_not_measured() -> None:
    unseen = replace(REP, number=2, measurements={"range_deg": not_measured("placement")})
    table = replace(full_result(), reps=(REP, unseen)).to_pandas()
    for metric in ("range_deg", "eccentric_duration_s", "contact_time_s", "lean_deg"):
        assert table[metric].dtype == float
    assert table["range_deg"].isna().all()
    assert table["number"].dtype == int
    assert table["eccentric_duration_s"].mean() == 4.1


def test_to_pandas_without_pandas_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(AthenaError, match=r"athena-sense\[pandas\]"):
        full_result().to_pandas()
