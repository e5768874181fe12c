"""Every accuracy figure against its bar, in one table: `python -m tests.accuracy [NAME ...]`.

Each module of this folder that defines `rows()` adds a section. Without names all of them run, and
docs/accuracy.md is written anew. Exits with 1 when a bar is missed.
"""

import argparse
import importlib
import os
import pkgutil
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from athena_sense import __version__
from tests.accuracy.table import Row

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "accuracy.md"
STYLES = {"met": "green", "MISSED": "bold red", "skipped": "yellow"}


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one module, under the first line of its docstring."""

    name: str
    title: str
    rows: tuple[Row, ...]
    took_s: float


def section_names() -> tuple[str, ...]:
    """The modules of this folder that define `rows()`."""
    names = (module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return tuple(name for name in names if "\ndef rows(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8"))


def measure(name: str) -> Section:
    """Run one module."""
    module = importlib.import_module(f"tests.accuracy.{name}")
    began_s = time.perf_counter()
    rows = tuple(module.rows())
    return Section(name, (module.__doc__ or name).splitlines()[0], rows, time.perf_counter() - began_s)


def measure_all(names: Sequence[str]) -> list[Section]:
    """Run modules side by side, one process a core; the order of `names` is kept."""
    done: dict[str, Section] = {}
    with ProcessPoolExecutor(max_workers=min(len(names), os.cpu_count() or 1)) as pool:
        for future in as_completed([pool.submit(measure, name) for name in names]):
            section = future.result()
            done[section.name] = section
            print(f"{section.name}: {len(section.rows)} figures in {section.took_s:.0f} s", file=sys.stderr)
    return [done[name] for name in names]


def show(sections: Sequence[Section], console: Console) -> None:
    """One table for a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("what", "bar", "figure", ""):
        table.add_column(column, no_wrap=not column)
    for section in sections:
        table.add_row(f"[bold]{section.title}[/bold]")
        for row in section.rows:
            table.add_row(row.what, row.bar, row.figure, f"[{STYLES[row.word]}]{row.word}[/]")
        table.add_section()
    console.print(table)


def page(sections: Sequence[Section]) -> str:
    """The same as a Markdown page."""
    lines = [
        "# Accuracy",
        "",
        f"Measured with athena-sense {__version__} by `python -m tests.accuracy`, which writes this page.",
        "Simulated sets have an exact truth. Real recordings are not part of the project: `ATHENA_SENSE_REAL_DATA`",
        "says where they are, and *skipped* that they were not there.",
    ]
    for section in sections:
        lines += ["", f"## {section.title.rstrip('.')}", "", "| what | bar | figure | |", "|---|---|---|---|"]
        lines += [_line(row) for row in section.rows]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    cells = (text.replace("|", "\\|") for text in (row.what, row.bar, row.figure, row.word))
    return f"| {' | '.join(cells)} |"


def counts(sections: Sequence[Section]) -> Mapping[str, int]:
    """How many rows were met, missed and skipped."""
    words = [row.word for section in sections for row in section.rows]
    return {word: words.count(word) for word in STYLES}


def main() -> int:
    """Parse, measure, show."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"sections to run: {', '.join(section_names())}")
    names: list[str] = parser.parse_args().names
    if unknown := [name for name in names if name not in section_names()]:
        parser.error(f"no section is called {unknown[0]!r}; there are: {', '.join(section_names())}")
    sections = measure_all(names or section_names())
    show(sections, Console(highlight=False))
    told = counts(sections)
    print(", ".join(f"{count} {word}" for word, count in told.items()))
    if not names:
        PAGE.write_text(page(sections), encoding="utf-8")
        print(f"wrote {PAGE.name}", file=sys.stderr)
    return 1 if told["MISSED"] else 0


if __name__ == "__main__":
    sys.exit(main())
