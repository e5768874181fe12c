"""Laws of the recording file: what goes in comes out bit for bit; a cut costs no whole batch."""

import contextlib
import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.recordings import (
    RecordingHeader,
    RecordingWriter,
    SensorHeader,
    iter_notifications,
    iter_samples,
    open_recording,
    read_recording,
    recover,
    samples_of,
)
from athena_sense.recordings.file import parse_recording

HEADER = RecordingHeader(
    sensor="IMU",
    sample_rate_hz=104.0,
    has_gyroscope=True,
    placement="foot",
    side="left",
    exercise="eccentric-calf",
)
PACKETS = RecordingHeader(kind="notifications", sample_rate_hz=52.0, profile="polar-h10", profile_toml="[match]\n")

floats = st.floats(width=64, allow_nan=True)
notifications = st.builds(
    Notification, st.integers(0, 2**63 - 1), st.sampled_from(["acc", "gyr", "µ"]), st.binary(max_size=40)
)


@st.composite
def sample_batches(draw: st.DrawFn) -> SampleBatch:
    n = draw(st.integers(0, 12))
    return SampleBatch(
        draw(hnp.arrays(np.float64, n, elements=floats)),
        draw(hnp.arrays(np.float64, (n, 3), elements=floats)),
        draw(hnp.arrays(np.float64, (n, 3), elements=floats)),
    )


def write(path: Path, header: RecordingHeader, batches: list) -> bytes:
    with RecordingWriter(path, header, overwrite=True) as writer:
        for batch in batches:
            (writer.write_samples if header.kind == "samples" else writer.write_notifications)(batch)
    return path.read_bytes()


def batches_of_samples(count: int = 3, n: int = 5) -> list[SampleBatch]:
    rng = np.random.default_rng(0)
    t = np.arange(count * n) / 100.0
    whole = SampleBatch(t, rng.normal(size=(len(t), 3)), rng.normal(size=(len(t), 3)))
    return [whole[i * n : (i + 1) * n] for i in range(count)]


def joined(batches: list[SampleBatch]) -> bytes:
    return (
        b"".join(
            np.concatenate([getattr(batch, name) for batch in batches]).tobytes()
            for name in ("t_s", "acc_m_s2", "gyr_rad_s")
        )
        if batches
        else b""
    )


@given(st.lists(sample_batches(), max_size=5))
def test_samples_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, batches: list[SampleBatch]) -> None:
    path = tmp_path_factory.getbasetemp() / "samples.arrows"
    write(path, HEADER, batches)
    recording = read_recording(path)
    assert recording.header == HEADER
    assert not recording.truncated
    assert joined([recording.samples]) == joined(batches)
    assert joined(list(iter_samples(path))) == joined([batch for batch in batches if len(batch)])


@given(st.lists(st.lists(notifications, max_size=6), max_size=5))
def test_packets_come_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Notification]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "packets.arrows"
    write(path, PACKETS, batches)
    recording = read_recording(path)
    assert recording.header == PACKETS
    assert recording.notifications == tuple(packet for batch in batches for packet in batch)
    assert list(iter_notifications(path)) == [tuple(batch) for batch in batches if batch]


@pytest.mark.parametrize("kind", ["samples", "notifications"])
def test_a_file_cut_at_any_byte_keeps_every_whole_batch(kind: str, tmp_path: Path) -> None:
    if kind == "samples":
        header, batches = HEADER, batches_of_samples()
    else:
        header = PACKETS
        batches = [[Notification(10 * i + k, "acc", bytes([i, k])) for k in range(4)] for i in range(3)]
    path = tmp_path / "cut.arrows"
    ends = [len(write(path, header, batches[:k])) - 8 for k in range(len(batches) + 1)]
    data = write(path, header, batches)
    for cut in range(len(data) + 1):
        if cut < ends[0]:
            with pytest.raises(RecordingError, match="cut off inside its header"):
                parse_recording(data[:cut], "cut.arrows")
            continue
        recording = parse_recording(data[:cut], "cut.arrows")
        whole = batches[: sum(cut >= end for end in ends[1:])]
        assert recording.truncated == (cut < len(data))
        if recording.samples is not None:
            assert joined([recording.samples]) == joined(whole)
        else:
            assert recording.notifications == tuple(packet for batch in whole for packet in batch)


def test_recover_finishes_a_file_cut_at_any_byte(tmp_path: Path) -> None:
    path, batches = tmp_path / "cut.arrows", batches_of_samples()
    ends = [len(write(path, HEADER, batches[:k])) - 8 for k in range(4)]
    data = write(path, HEADER, batches)
    for cut in range(ends[0], len(data) + 1, 7):
        path.write_bytes(data[:cut])
        kept = sum(cut >= end for end in ends[1:])
        recovery = recover(path)
        assert (recovery.batches, recovery.was_truncated) == (kept, cut < len(data))
        assert path.read_bytes() == data[: ends[kept]] + data[-8:]
        again = recover(path)
        assert (again.batches, again.dropped_bytes, again.was_truncated) == (kept, 0, False)


@pytest.mark.parametrize("tail", [b"\0" * 64, b"\xff" * 64, b"garbage, not Arrow"], ids=["zeros", "ones", "garbage"])
def test_what_a_power_cut_leaves_behind_the_last_batch_is_cut_off(tail: bytes, tmp_path: Path) -> None:
    path, batches = tmp_path / "a.arrows", batches_of_samples()
    data = write(path, HEADER, batches)
    path.write_bytes(data[:-8] + tail)
    assert read_recording(path).truncated
    assert joined([read_recording(path).samples]) == joined(batches)
    assert recover(path).dropped_bytes == len(tail)
    assert path.read_bytes() == data


@given(st.data())
def test_changed_bytes_give_samples_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "flipped.arrows"
    original = bytearray(write(path, HEADER, batches_of_samples()))
    for _ in range(data.draw(st.integers(1, 4))):
        original[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(original)
    with contextlib.suppress(RecordingError):
        assert open_recording(path).samples is not None


def test_each_batch_is_readable_before_the_file_is_closed(tmp_path: Path) -> None:
    path, batches = tmp_path / "live.arrows", batches_of_samples()
    with RecordingWriter(path, HEADER, sync=True) as writer:
        for k, batch in enumerate(batches, 1):
            writer.write_samples(batch)
            recording = read_recording(path)
            assert recording.truncated
            assert joined([recording.samples]) == joined(batches[:k])
    assert not read_recording(path).truncated


def test_the_file_is_ended_properly_when_the_program_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.arrows"
    with contextlib.suppress(ZeroDivisionError), RecordingWriter(path, HEADER) as writer:
        writer.write_samples(batches_of_samples()[0])
        raise ZeroDivisionError
    assert not read_recording(path).truncated


def test_a_full_disk_is_told_and_the_file_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, batches = tmp_path / "a.arrows", batches_of_samples()
    with RecordingWriter(path, HEADER, sync=True) as writer:
        writer.write_samples(batches[0])
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _no_space)
            with pytest.raises(RecordingError, match=r"a\.arrows: cannot be written: No space left"):
                writer.write_samples(batches[1])
        assert joined([read_recording(path).samples]) == joined(batches[:1])
        writer.write_samples(batches[2])
    assert joined([read_recording(path).samples]) == joined([batches[0], batches[2]])


def _no_space(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_several_sensors_share_a_file(tmp_path: Path) -> None:
    header = HEADER.with_changes(
        more_sensors=[SensorHeader(sample_rate_hz=52.0, placement="chest", sensor="strap").model_dump()]
    )
    first, second, third = batches_of_samples()
    chest = SampleBatch(second.t_s, second.acc_m_s2)
    with RecordingWriter(tmp_path / "two.arrows", header) as writer:
        writer.write_samples(first)
        writer.write_samples(chest, stream=1)
        writer.write_samples(third)
    foot, other = (open_recording(tmp_path / "two.arrows", stream) for stream in (0, 1))
    assert joined([read_recording(tmp_path / "two.arrows").samples]) == joined([first, third])
    assert (foot.header.placement, foot.header.has_gyroscope) == ("foot", True)
    assert (other.header.placement, other.header.has_gyroscope, other.header.exercise) == (
        "chest",
        False,
        "eccentric-calf",
    )
    np.testing.assert_array_equal(other.samples.acc_m_s2, chest.acc_m_s2)
    assert other.samples.gyr_rad_s is None
    assert [len(batch) for batch in iter_samples(tmp_path / "two.arrows", 1)] == [5]
    with pytest.raises(RecordingError, match="no stream 2"):
        open_recording(tmp_path / "two.arrows", 2)


def test_an_existing_file_is_never_written_over_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.arrows"
    path.write_text("precious")
    with pytest.raises(RecordingError, match="exists already"):
        RecordingWriter(path, HEADER)
    assert path.read_text() == "precious"
    with pytest.raises(RecordingError, match="cannot be written"):
        RecordingWriter(tmp_path / "no such folder" / "a.arrows", HEADER)


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    import pyarrow as pa

    def refusal(path: Path) -> str:
        with pytest.raises(RecordingError) as caught:
            open_recording(path)
        return str(caught.value)

    path = tmp_path / "a.arrows"
    assert "no such file" in refusal(path)
    assert "is a folder" in refusal(tmp_path)
    path.write_bytes(b"")
    assert "is empty" in refusal(path)
    table = pa.table({"a": [1]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as other:
        other.write_table(table)
    assert "of another program" in refusal(path)
    newer = write(path, HEADER, []).replace(b'"format_version":1', b'"format_version":2')
    path.write_bytes(newer)
    assert "newer athena-sense (format 2" in refusal(path)
    assert "pip install -U athena-sense" in refusal(path)
    path.write_bytes(write(path, HEADER, []).replace(b'"placement":"foot"', b'"placement":"toes"'))
    assert "damaged at 'placement'" in refusal(path)
    write(path, HEADER, [])
    assert "holds no samples" in refusal(path)


def test_raw_packets_open_undecoded(tmp_path: Path) -> None:
    packet = Notification(7, "acc", b"\x01\x02")
    write(tmp_path / "raw.arrows", PACKETS, [[packet]])
    opened = open_recording(tmp_path / "raw.arrows")
    assert opened.samples is None
    assert opened.notifications == (packet,)
    assert opened.header.profile_toml == "[match]\n"
    with pytest.raises(RecordingError, match="polar-h10"):
        samples_of(opened)
    with pytest.raises(RecordingError, match="holds notifications"):
        next(iter_samples(tmp_path / "raw.arrows"))


def test_an_opened_recording_starts_at_zero_and_tells_of_a_cut(tmp_path: Path) -> None:
    path, batches = tmp_path / "a.arrows", batches_of_samples()
    data = write(path, HEADER, batches[1:])
    path.write_bytes(data[:-1])
    opened = open_recording(path)
    assert samples_of(opened).t_s[0] == 0.0
    assert opened.dialect == "athena-sense"
    assert any("athena-sense recover" in note for note in opened.notes)


def test_the_header_keeps_labels_and_refuses_unknown_words() -> None:
    header = HEADER.with_changes(labels={"reps": [{"start_s": 1.5, "n": 2}]}, labelled_by="video", simulated=True)
    assert RecordingHeader.model_validate_json(header.model_dump_json()) == header
    assert header.info.sample_rate_hz == 104.0
    for wrong in ({"placement": "toe"}, {"sample_rate_hz": 0}, {"weight": 3}, {"side": "both"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            HEADER.with_changes(**wrong)


def test_a_batch_that_contradicts_the_header_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    batch = batches_of_samples()[0]
    packet = Notification(1, "acc", b"")
    with RecordingWriter(tmp_path / "a.arrows", HEADER) as writer:
        with pytest.raises(ValueError, match="gyroscope"):
            writer.write_samples(SampleBatch(batch.t_s, batch.acc_m_s2))
        with pytest.raises(ValueError, match="holds samples"):
            writer.write_notifications([packet])
    with RecordingWriter(tmp_path / "b.arrows", PACKETS) as writer:
        with pytest.raises(ValueError, match="holds notifications"):
            writer.write_samples(batch)
        with pytest.raises(ValueError, match="no stream 1"):
            writer.write_notifications([packet], stream=1)
