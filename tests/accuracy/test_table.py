"""The accuracy table itself; the figures in it take a minute: `python -m tests.accuracy`."""

import importlib
import inspect

import pytest

from tests.accuracy.__main__ import PAGE, Section, page, section_names
from tests.accuracy.table import Row, absent

ROWS = (Row("reps | miscounted", "≤ 1 %", "0", True), Row("bias", "0", "9 s", False), absent("flight", "0", "jumps"))


@pytest.mark.parametrize("name", section_names())
def test_each_section_has_a_title_and_rows(name: str) -> None:
    module = importlib.import_module(f"tests.accuracy.{name}")
    assert (module.__doc__ or "").splitlines()[0]
    assert inspect.isfunction(module.rows)


def test_the_page_says_what_was_met_missed_and_skipped() -> None:
    told = page([Section("calf", "Eccentric calf.", ROWS, 1.0)])
    assert "## Eccentric calf\n" in told
    assert "| reps \\| miscounted | ≤ 1 % | 0 | met |" in told
    assert "| bias | 0 | 9 s | MISSED |" in told
    assert "| flight | 0 | needs jumps (see ATHENA_SENSE_REAL_DATA) | skipped |" in told


def test_the_published_page_has_every_section() -> None:
    published = PAGE.read_text(encoding="utf-8")
    for name in section_names():
        title = (importlib.import_module(f"tests.accuracy.{name}").__doc__ or "").splitlines()[0]
        assert f"## {title.rstrip('.')}\n" in published
