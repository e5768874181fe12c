"""Work that must not be cut off: a sensor that is not told to stop streams until its battery is empty."""

import asyncio
from collections.abc import Coroutine


async def to_its_end(work: Coroutine[object, object, None]) -> None:
    """Run to the end, and be cancelled only then."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
