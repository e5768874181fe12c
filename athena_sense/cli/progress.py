"""Progress through many files: on stderr, on a terminal only, and only when it takes a while."""

import sys
import time
from types import TracebackType

PATIENCE_S = 1.0
"""Shorter waits need no progress (Nielsen 1993: beyond 1 s a user's flow of thought is interrupted)."""


class Progress:
    """Counts files that are done; shows a bar once it has lasted longer than `PATIENCE_S`."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._total = total
        self._done = 0
        self._wanted = total > 1 and not quiet and sys.stderr.isatty()
        self._began_s = time.monotonic()
        self._shown = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def advance(self) -> None:
        """One more file is done."""
        self._done += 1
        if self._wanted and time.monotonic() - self._began_s > PATIENCE_S:
            filled = 24 * self._done // self._total
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (24 - filled)}] {self._done} of {self._total} files")
            sys.stderr.flush()
            self._shown = True

    def pause(self) -> None:
        """Clear the line, for something else to be written."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
