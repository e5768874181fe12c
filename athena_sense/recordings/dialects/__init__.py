"""One file for each app whose exports are read. The folder is the list: a new file is found by itself.

A dialect has a `NAME`, `recognise(source)`, which looks at content and not at the file's extension, and
`read(source)`. Every export is recognised by one dialect alone; the plain table comes last, when none has.
"""

import importlib
import pkgutil
from typing import Protocol, cast

from athena_sense.recordings.imported import ImportedStream
from athena_sense.recordings.source import Source

LAST = "plain"


class Dialect(Protocol):
    """What a file of this folder offers."""

    NAME: str

    def recognise(self, source: Source) -> bool:
        """Whether this is an export of the app."""

    def read(self, source: Source) -> ImportedStream:
        """Its samples in SI units. RecordingError says what is wrong and where."""


def dialects() -> list[Dialect]:
    """Every dialect, in the order in which they are asked."""
    names = sorted((m.name for m in pkgutil.iter_modules(__path__)), key=lambda name: (name == LAST, name))
    return [cast(Dialect, importlib.import_module(f"{__name__}.{name}")) for name in names]
