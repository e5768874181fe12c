"""A foreign file as its bytes, with the files that lie beside it or, of a zip, inside it."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from athena_sense.errors import RecordingError
from athena_sense.recordings.file import read_bytes

HEAD_BYTES = 16_384
HEAD_LINES = 64
BINARY_CHECK_BYTES = 256
"""Zero bytes here are no text; further on they are what a power cut leaves at the end of one."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: `data` are its bytes in UTF-8 without byte order mark; `member` is its name inside a zip."""

    path: Path
    data: bytes
    member: str | None = None

    @property
    def name(self) -> str:
        """As messages speak of it."""
        return str(self.path) if self.member is None else f"{self.path} ({self.member})"

    @property
    def file_name(self) -> str:
        return self.path.name if self.member is None else PurePosixPath(self.member).name

    @property
    def is_zip(self) -> bool:
        return self.data.startswith(b"PK\x03\x04")

    @property
    def is_text(self) -> bool:
        return b"\0" not in self.data[:BINARY_CHECK_BYTES]

    def head(self) -> list[str]:
        """The first lines (at most 64), as text, without line ends. Line n of the file is entry n - 1."""
        if not self.is_text:
            return []
        text = self.data[:HEAD_BYTES].decode(errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:HEAD_LINES]

    def others(self) -> dict[str, str]:
        """Files in the zip, or else beside this file: base name in lower case → name for `open`."""
        if not self.is_zip:
            return {entry.name.lower(): entry.name for entry in _files_in(self.path.parent)}
        names = [name for name in self._zip().namelist() if not name.endswith("/")]
        visible = [name for name in names if not name.startswith("__MACOSX/")]
        return {PurePosixPath(name).name.lower(): name for name in visible}

    def open(self, name: str) -> "Source":
        """The other file of that name, as `others` gives it."""
        if not self.is_zip:
            return load(self.path.parent / name)
        try:
            data = self._zip().read(name)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            raise RecordingError(f"{self.path}: {name} in this zip cannot be read: {error}") from error
        return Source(self.path, _utf8(data), name)

    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(BytesIO(self.data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise RecordingError(f"{self.path}: is a damaged zip file; export it again") from error


def load(path: str | Path) -> Source:
    """The file at a path. RecordingError: missing, a folder, not readable, empty."""
    return Source(Path(path), _utf8(read_bytes(path)))


def _files_in(folder: Path) -> Iterable[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return []


def _utf8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", errors="replace").encode()
    if b"\0" in data[:BINARY_CHECK_BYTES]:
        return data
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data if b"\n" in data else data.replace(b"\r", b"\n")
