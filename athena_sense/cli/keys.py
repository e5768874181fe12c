"""Single keys of a terminal, without Enter."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END_KEYS = "qQ\r\n"

if sys.platform == "win32":
    import msvcrt

    POLL_S = 0.05

    @contextmanager
    def end_key(pressed: Callable[[], None]) -> Iterator[None]:
        """Call `pressed` in the event loop when q or Enter is."""
        if not sys.stdin.isatty():
            yield
            return

        async def poll() -> None:
            while not (msvcrt.kbhit() and msvcrt.getwch() in END_KEYS):
                await asyncio.sleep(POLL_S)
            pressed()

        polling = asyncio.ensure_future(poll())
        try:
            yield
        finally:
            polling.cancel()

else:
    import os
    import termios
    import tty

    @contextmanager
    def end_key(pressed: Callable[[], None]) -> Iterator[None]:
        """Call `pressed` in the event loop when q or Enter is."""
        if not sys.stdin.isatty():
            yield
            return
        keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()

        def look() -> None:
            keys = os.read(keyboard, 64).decode(errors="replace")
            if not keys:  # hung up: nothing will be pressed any more
                loop.remove_reader(keyboard)
            elif any(key in END_KEYS for key in keys):
                pressed()

        before = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard)
        loop.add_reader(keyboard, look)
        try:
            yield
        finally:
            loop.remove_reader(keyboard)
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
