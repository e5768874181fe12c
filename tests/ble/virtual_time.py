"""An event loop whose clock jumps to the next thing to do: nobody waits, and a busy machine changes nothing."""

import asyncio
import selectors
from typing import Any


class _Impatient(selectors.DefaultSelector):
    """Never waits for time to pass: passes it."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None and timeout > 0:
            self.passed_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time stands still while something runs, and jumps while nothing does."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.passed_s


def monotonic_ns() -> int:
    """The running loop's clock, to be put where `time.monotonic_ns` is used."""
    return round(asyncio.get_running_loop().time() * 1e9)
