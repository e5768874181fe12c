"""What is exported comes back the same."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from athena_sense.datatypes import SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings import RecordingHeader, open_recording, read_parquet, write_csv, write_parquet

values = hnp.arrays(np.float64, (20, 3), elements=st.floats(-20, 20))


def batch(acc: np.ndarray, gyr: np.ndarray | None) -> SampleBatch:
    t = np.arange(20) / 52.0
    return SampleBatch(t, 0.01 * acc + [0.0, 0.0, 9.81], gyr)


@given(values, st.none() | values)
def test_csv_round_trip_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, acc: np.ndarray, gyr: np.ndarray | None
) -> None:
    samples = batch(acc, gyr)
    path = tmp_path_factory.getbasetemp() / "export.csv"
    write_csv(path, samples)
    opened = open_recording(path)
    assert opened.dialect == "plain CSV"
    assert_same(opened.samples, samples)
    stream = io.BytesIO()
    write_csv(stream, samples)
    assert stream.getvalue() == path.read_bytes()


@given(values, st.none() | values)
def test_parquet_round_trip_with_its_header(
    tmp_path_factory: pytest.TempPathFactory, acc: np.ndarray, gyr: np.ndarray | None
) -> None:
    samples = batch(acc, gyr)
    path = tmp_path_factory.getbasetemp() / "export.parquet"
    header = RecordingHeader(
        sample_rate_hz=52.0,
        has_gyroscope=gyr is not None,
        exercise="box-jump",
        labels={"reps": 3},
        labelled_by="video",
    )
    write_parquet(path, samples, header)
    opened = open_recording(path)
    assert (opened.header, opened.dialect) == (header, "parquet")
    assert_same(opened.samples, samples)
    assert read_parquet(path)[0] == header


def assert_same(got: SampleBatch | None, samples: SampleBatch) -> None:
    assert got is not None
    np.testing.assert_array_equal(got.t_s, samples.t_s)
    np.testing.assert_array_equal(got.acc_m_s2, samples.acc_m_s2)
    if samples.gyr_rad_s is None:
        assert got.gyr_rad_s is None
    else:
        np.testing.assert_array_equal(got.gyr_rad_s, samples.gyr_rad_s)


def test_foreign_and_damaged_parquet_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"t": [1.0]}), path)
    with pytest.raises(RecordingError, match="another program"):
        open_recording(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RecordingError, match="damaged Parquet"):
        open_recording(path)
    with pytest.raises(RecordingError, match="cannot be written"):
        write_csv(tmp_path / "none" / "a.csv", batch(np.zeros((20, 3)), None))
