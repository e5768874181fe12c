"""The fixture of every test over the air, and what of them a real BlueZ cannot play."""

import pytest
from room import REAL_BLUEZ, Play


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    return Play(monkeypatch)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items if REAL_BLUEZ else ():
        marker = item.get_closest_marker("virtual_radio_only")
        if marker is not None:
            item.add_marker(pytest.mark.skip(reason=marker.args[0]))
