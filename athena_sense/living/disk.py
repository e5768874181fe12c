"""Everything heard, on disk within a second, without making anybody wait for the disk."""

import asyncio
import threading
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow  # noqa: F401  # now, and not while the first packets wait

from athena_sense.datatypes import Notification, SampleBatch
from athena_sense.errors import RecordingError
from athena_sense.living.sensors import TOGETHER_S
from athena_sense.recordings import RecordingHeader, RecordingWriter
from athena_sense.shell import typed
from athena_sense.sources.live import Item
from athena_sense.sources.unbroken import to_its_end

FLUSH_S = 0.4
"""A crash costs what came since the last flush, and a slow disk's own time: together less than a second."""
SLICE_ITEMS = round(FLUSH_S / TOGETHER_S)
"""What a sensor has at most for one flush. What had to wait for a full disk is written in pieces that are no larger: a
disk that has room for some of it takes that."""


class Disk:
    """A recording being written: `add` returns at once, a thread writes every `FLUSH_S` and waits for the disk.

    What cannot be written (a full disk) stays in memory and is tried again; `problem` says what is wrong, None while
    all is well. Leaving writes the rest and ends the file, but for one that lacks what came last: it stays cut off. One
    in which nothing is, since nothing came or it was ended while it was made, is removed.

    Raises (on entering):
        RecordingError: the file exists already or cannot be made.
    """

    def __init__(self, path: Path, header: RecordingHeader) -> None:
        self.path, self.header = path, header
        self.problem: str | None = None
        self._pending: list[tuple[int, Item]] = []
        self._writing = threading.Lock()
        self._writer: RecordingWriter | None = None
        self._flusher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await to_its_end(self._make())
        except asyncio.CancelledError:
            self._end()
            raise
        self._flusher = asyncio.create_task(self._flush_again())
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._flusher is not None:
            self._flusher.cancel()
        self._end()  # here and now: a second Ctrl-C must not come between

    async def _make(self) -> None:
        self._writer = await asyncio.to_thread(RecordingWriter, self.path, self.header, sync=True)

    @property
    def unwritten(self) -> int:
        """Packets, or batches of samples, that are in memory only."""
        return sum(len(item) if isinstance(item, tuple) else 1 for _, item in self._pending)

    def loss(self) -> str | None:
        """What is wrong with the finished recording, None where everything is in it."""
        if self._writer is not None and self._writer.is_empty:
            return f"{self.problem or self.path}: nothing was recorded, so no file is kept"
        if self.problem is None:
            return None
        lost = f"the last {self.unwritten} packets are lost, and the rest is kept"
        kept = lost if self.unwritten else "everything is in it"
        end = f"athena-sense recover {typed(str(self.path))}"
        return f"{self.problem}: {kept}; once there is room, the file is ended by: {end}"

    def add(self, stream: int, item: Item) -> None:
        """Keep packets or samples of a stream for the next flush."""
        if isinstance(item, tuple | SampleBatch) and len(item):
            self._pending.append((stream, item))

    async def _flush_again(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """Write what is pending, as far as the disk takes it."""
        with self._writing:
            pending = self._pending[:]
            kept = dict(enumerate(pending))
            try:
                self._write_slices(kept)
                self.problem = None
            except (RecordingError, OSError) as error:
                self.problem = str(error)
            self._pending[: len(pending)] = kept.values()

    def _write_slices(self, kept: dict[int, tuple[int, Item]]) -> None:
        """Write these by their places, and remove from them what is written. What does not fit is tried in halves."""
        start, end, size = 0, len(kept), SLICE_ITEMS * len(self.header.sensors)
        while start < end:
            part = [place for place in range(start, min(start + size, end)) if place in kept]
            try:
                for stream in dict.fromkeys(kept[place][0] for place in part):
                    own = [place for place in part if place in kept and kept[place][0] == stream]
                    self._write(stream, [kept[place][1] for place in own])
                    for place in own:
                        del kept[place]
                start += size
            except (RecordingError, OSError):
                if size == 1:
                    raise
                size //= 2

    def _write(self, stream: int, items: list[Item]) -> None:
        if self._writer is None:
            return
        if self.header.kind == "notifications":
            packets: list[Notification] = [packet for item in items if isinstance(item, tuple) for packet in item]
            self._writer.write_notifications(packets, stream)
            return
        self._writer.write_samples(_joined([item for item in items if isinstance(item, SampleBatch)]), stream)

    def _end(self) -> None:
        self.flush()
        if self._writer is not None:
            try:
                if self._writer.is_empty:
                    self._writer.discard()
                self._writer.close(whole=not self._pending)
            except (RecordingError, OSError) as error:
                self.problem = str(error)


def _joined(batches: list[SampleBatch]) -> SampleBatch:
    """One batch, so that it is written whole or not at all."""
    gyr = [batch.gyr_rad_s for batch in batches if batch.gyr_rad_s is not None]
    return SampleBatch(
        np.concatenate([batch.t_s for batch in batches]),
        np.concatenate([batch.acc_m_s2 for batch in batches]),
        np.concatenate(gyr) if gyr else None,
    )
