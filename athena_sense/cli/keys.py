"""Single keys of a terminal, without Enter."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

if sys.platform == "win32":
    import msvcrt

    POLL_S = 0.05

    @contextmanager
    def keys(pressed: Callable[[str], None]) -> Iterator[None]:
        """Call `pressed` in the event loop with each key that is; with none where nobody can press any."""
        if not sys.stdin.isatty():
            yield
            return

        async def poll() -> None:
            while True:
                while msvcrt.kbhit():
                    pressed(msvcrt.getwch())
                await asyncio.sleep(POLL_S)

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
    def keys(pressed: Callable[[str], None]) -> Iterator[None]:
        """Call `pressed` in the event loop with each key that is; with none where nobody can press any."""
        if not sys.stdin.isatty():
            yield
            return
        keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()

        def look() -> None:
            typed = os.read(keyboard, 64).decode(errors="replace")
            if not typed:  # hung up: nothing will be pressed any more
                loop.remove_reader(keyboard)
            for key in typed:
                pressed(key)

        before = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard, termios.TCSANOW)  # what was typed while the program started counts
        loop.add_reader(keyboard, look)
        try:
            yield
        finally:
            loop.remove_reader(keyboard)
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
