"""What every live source has in common, wherever its samples come from."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from athena_sense.datatypes import Notification, SampleBatch, StreamInfo
from athena_sense.profiles import Chosen, FirmwareProfile

LinkEventKind = Literal[
    "connected",  # samples are on their way
    "warning",  # it works, but something should be known
    "lost",  # the link broke; reconnecting
    "reconnected",  # samples go on, after a gap
    "silent",  # the link is up, but nothing comes
    "gone",  # given up: the stream ends here
]


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """What happened to the link at `arrival_ns` (host's monotonic clock); `message` is for the user."""

    kind: LinkEventKind
    arrival_ns: int
    message: str


Item = tuple[Notification, ...] | SampleBatch | LinkEvent
"""What a live source yields, in order of time: packets of its profile, or samples where it has none, and events."""


class LiveSource(Protocol):
    """A stream of items between `async with` and its end. Leaving it stops the sensor, whatever went wrong.

    Its attributes are known once it was entered. `profile` and `chosen` say how to decode its notifications; they
    are None where it yields samples. `profile_toml` is the profile's text where it
    came with what is played. `simulated`: nobody did what it yields.
    """

    @property
    def name(self) -> str: ...

    @property
    def info(self) -> StreamInfo: ...

    @property
    def profile(self) -> FirmwareProfile | None: ...

    @property
    def chosen(self) -> Chosen | None: ...

    @property
    def profile_toml(self) -> str | None: ...

    @property
    def battery_percent(self) -> int | None: ...

    @property
    def simulated(self) -> bool: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    def __aiter__(self) -> AsyncIterator[Item]: ...
