"""`athena-sense recover`."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from click.testing import Result as Run

from athena_sense.cli import main
from athena_sense.datatypes import SampleBatch
from athena_sense.recordings import RecordingHeader, RecordingWriter, read_recording


def run(*arguments: str | Path) -> Run:
    return CliRunner().invoke(main, ["recover", *map(str, arguments)])


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "set.arrows"
    with RecordingWriter(path, RecordingHeader(sample_rate_hz=100)) as writer:
        for start in (0, 10):
            writer.write_samples(SampleBatch(np.arange(start, start + 10) / 100, np.ones((10, 3))))
    return path


def test_a_whole_recording_is_left_as_it_is(whole: Path) -> None:
    before = whole.read_bytes()
    done = run(whole)
    assert done.output == f"{whole}: was whole; 2 batches\n"
    assert whole.read_bytes() == before


def test_a_torn_recording_is_finished(whole: Path) -> None:
    whole.write_bytes(whole.read_bytes()[:-50])
    done = run(whole)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{whole}: finished; 1 batch kept, ")
    assert done.stdout.endswith("bytes of a torn one cut off; what came after is not in it\n")
    assert len(read_recording(whole).samples or ()) == 10
    assert run(whole).stdout == f"{whole}: was whole; 1 batch\n"


def test_one_bad_file_stops_no_other(whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a recording")
    done = run(other, tmp_path / "nowhere.arrows", whole)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 2
    assert all(line.startswith("error: ") for line in done.stderr.splitlines())
    assert "was whole" in done.stdout
    assert other.read_text() == "not a recording"
