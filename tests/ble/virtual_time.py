"""An event loop whose clock jumps to the next thing to do: nobody waits, and a busy machine changes nothing."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any


class _Impatient(selectors.DefaultSelector):
    """Never waits for time to pass: passes it, unless a thread still works, such as one that writes to a slow disk."""

    passed_s, working = 0.0, 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or (timeout > 0 and self.working):
            return super().select(None)  # whatever ends the thread's work wakes the loop
        ready = super().select(0)
        if not ready and timeout > 0:
            self.passed_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time stands still while something runs, and jumps while nothing does."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.passed_s

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        self._impatient.working += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._worked)
        return done

    def _worked(self, _: object) -> None:
        self._impatient.working -= 1


def perf_counter_ns() -> int:
    """The running loop's clock, to be put where `time.perf_counter_ns` is used."""
    return round(asyncio.get_running_loop().time() * 1e9)
