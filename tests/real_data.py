"""Where real recordings are looked for. They are not part of the project: tests without them skip and say so."""

import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("ATHENA_SENSE_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


def real_data(*parts: str) -> Path:
    """Path of a real recording; skips the calling test where it is absent."""
    path = REAL_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real recordings are not here ({path.name}); set ATHENA_SENSE_REAL_DATA to their folder")
    return path
