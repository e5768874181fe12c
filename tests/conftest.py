"""Settings shared by every test: hypothesis is deterministic and has no deadline, for machines of any speed."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
signal.signal(signal.SIGINT, signal.default_int_handler)
"""As at a terminal: a shell that starts the tests in the background has them, and what they start, ignore Ctrl-C."""


@pytest.fixture(autouse=True, scope="session")
def no_store_of_whoever_runs_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["ATHENA_SENSE_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store of this test's own."""
    monkeypatch.setenv("ATHENA_SENSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
