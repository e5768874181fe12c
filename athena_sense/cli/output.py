"""Output that may fail without ending what goes on: a full disk or a closed pipe behind stdout must cost no set."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from athena_sense.cli.errors import tell_error


class _Lasting(io.RawIOBase):
    """Writes to `out` until that fails, and from then on nowhere: `problem` says why."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self.name = getattr(out, "name", "")
        self.problem: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._out.fileno())

    def isatty(self) -> bool:
        return bool(self._out.isatty())

    def write(self, data: Any) -> int | None:
        if self.problem is None:
            try:
                written: int | None = self._out.write(data)
                return written
            except OSError as error:
                self.problem = error
        return len(data)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Output that fails ends nothing. Once all is done it is told, and the exit code is 1, where results were lost.

    Messages on stderr that nobody can read are no result.
    """
    before = sys.stdout, sys.stderr
    (sys.stdout, shown), (sys.stderr, _) = _made_to_last(sys.stdout), _made_to_last(sys.stderr)
    try:
        try:
            yield
        except SystemExit:
            _tell(shown)
            raise
        _tell(shown)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def _tell(shown: _Lasting | None) -> None:
    sys.stdout.flush()
    if shown is not None and shown.problem is not None:
        tell_error(f"the output cannot be written: {shown.problem.strerror}; what was going on was not ended by it")
        raise SystemExit(1)


def _made_to_last(stream: TextIO | None) -> tuple[TextIO, _Lasting | None]:
    """The stream that writes where this one does, and what knows whether it fails. None: it was closed on purpose."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8"), None
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # not of the operating system
        return stream, None
    with suppress(OSError):
        stream.flush()
    raw = _Lasting(getattr(buffer, "raw", buffer))
    lines = getattr(stream, "line_buffering", False)
    text = io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, stream.errors, line_buffering=lines)
    return text, raw
