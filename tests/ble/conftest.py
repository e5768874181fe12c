"""The fixture of every test over the air."""

import pytest
from room import Play


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)
