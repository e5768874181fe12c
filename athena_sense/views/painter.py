"""Drawing that keeps nobody waiting: a terminal that hangs must not stop a recording."""

import asyncio
from contextlib import suppress
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.live import Live

LONGEST_WAIT_S = 0.04
"""25 pictures a second: what happens is seen within this and the time of one drawing."""


class Painter:
    """Shows something that changes, on the whole screen, drawn in a thread of its own after each `changed()`."""

    def __init__(self, picture: RenderableType, console: Console) -> None:
        self._live = Live(picture, console=console, screen=True, auto_refresh=False)
        self._change = asyncio.Event()
        self._painting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._live.start()
        self._painting = asyncio.create_task(self._paint())
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._painting is not None:
            self._painting.cancel()
            with suppress(asyncio.CancelledError):
                await self._painting
        self._live.stop()

    def changed(self) -> None:
        """Draw it anew soon."""
        self._change.set()

    async def _paint(self) -> None:
        while True:
            await self._change.wait()
            self._change.clear()
            await asyncio.to_thread(self._live.refresh)
            await asyncio.sleep(LONGEST_WAIT_S)
