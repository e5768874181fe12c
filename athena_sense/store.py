"""What is kept between sets, in the user's data folder: small JSON documents, checked as they are read.

`ATHENA_SENSE_HOME` names another folder.
"""

import os
import tempfile
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from athena_sense.errors import StoreError

Document = TypeVar("Document", bound=BaseModel)
HOME = "ATHENA_SENSE_HOME"


def folder() -> Path:
    """Where documents are kept; it need not exist yet."""
    if home := os.environ.get(HOME):
        return Path(home)
    from platformdirs import user_data_path

    return user_data_path("athena-sense", appauthor=False)


def read(name: str, kind: type[Document]) -> Document:
    """The document of this name, an empty one where none was written.

    Raises:
        StoreError: it cannot be read, or is not what was written.
    """
    path = folder() / f"{name}.json"
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return kind()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(f"{path}: is damaged at {where!r} ({first['msg']}); mend it, or remove it") from error


def write(name: str, document: BaseModel) -> Path:
    """Write the document of this name whole, or not at all; returns where.

    Raises:
        StoreError: it cannot be written.
    """
    path = folder() / f"{name}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(document.model_dump_json(indent=2))
        Path(file.name).replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return path
