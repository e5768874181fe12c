"""The room fixture, and no test that waits as long as a person would."""

import pytest
from room import Play


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)
