"""Where samples come from: a source is opened by a name such as `sim:calf?seed=3`."""

from collections.abc import Iterator
from typing import Protocol

from athena_sense.datatypes import SampleBatch, StreamInfo
from athena_sense.errors import SourceError


class SampleSource(Protocol):
    """A stream of sample packets in time order."""

    @property
    def info(self) -> StreamInfo: ...

    def __iter__(self) -> Iterator[SampleBatch]: ...


def open_source(name: str) -> SampleSource:
    """The source with this name. Raises SourceError where there is none."""
    scheme = name.partition(":")[0]
    if scheme == "sim":
        from athena_sense.sources.sim import open_simulated

        return open_simulated(name)
    raise SourceError(f"no source is called {name!r}; one is sim:calf?seed=3&placement=foot")
