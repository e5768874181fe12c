"""How somebody ends what goes on: Ctrl-C, a closed terminal, q or Enter. The sensor is stopped whichever it is."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from athena_sense.cli.keys import keys

T = TypeVar("T")
END_KEYS = "qQ\r\n"
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ending:
    """Ends gently where `gently` was set (the set is over, and told), else by cancelling (still connecting).

    `on_key` takes every key while it is set; where it is not, q and Enter end.
    """

    def __init__(self) -> None:
        self.gently: Callable[[], object] | None = None
        self.on_key: Callable[[str], None] | None = None
        self.interrupted = False
        """Whether a signal ended it, and no key: somebody broke it off."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()

    def now(self) -> None:
        """End it. From the event loop's thread."""
        if self.gently is not None:
            self.gently()
        elif self._task is not None:
            self._task.cancel()

    def pressed(self, key: str) -> None:
        """A key was. From the event loop's thread."""
        if self.on_key is not None:
            self.on_key(key)
        elif key in END_KEYS:
            self.now()

    def on_signal(self, *_: Any) -> None:
        """As a signal's handler."""
        self.interrupted = True
        self._loop.call_soon_threadsafe(self.now)


def run_until_ended(work: Callable[[Ending], Awaitable[T]]) -> T:
    """Run `work` in an event loop. KeyboardInterrupt: it was ended before it could end gently."""

    async def endable() -> T:
        ending = Ending()
        own = threading.current_thread() is threading.main_thread()
        # what is ignored stays so: `nohup` means a closed terminal, a shell's `&` Ctrl-C
        heeded = [number for number in SIGNALS if own and signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, ending.on_signal) for number in heeded}
        try:
            with keys(ending.pressed):
                return await work(ending)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    try:
        return asyncio.run(endable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
