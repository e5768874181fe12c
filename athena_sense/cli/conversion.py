"""Many files in, as many out: each is told, and one bad one stops no other."""

from collections.abc import Callable
from pathlib import Path

import click

from athena_sense.cli.errors import tell_error
from athena_sense.errors import AthenaError, RecordingError


def convert_each(
    files: tuple[Path, ...],
    output: Path | None,
    suffix: str,
    force: bool,
    convert: Callable[[Path, Path], tuple[str, ...]],
) -> None:
    """Call `convert(source, target)` for each file and print what it tells; exit 1 when one failed.

    `output` is a file for one source and a folder for several; None: beside each source.
    """
    into_folder = output is not None and (len(files) > 1 or output.is_dir())
    if output is not None and into_folder:
        _make_folder(output)
    failed = False
    written: set[Path] = set()
    for source in files:
        target = source.with_suffix(suffix) if output is None else output
        if output is not None and into_folder:
            target = output / source.with_suffix(suffix).name
        try:
            _check_free(source, target, force, written)
            notes = convert(source, target)
        except AthenaError as error:
            tell_error(error)
            failed = True
            continue
        written.add(target)
        click.echo(f"{target}: {'; '.join(notes)}")
    if failed:
        raise SystemExit(1)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise RecordingError(f"{folder}: is a file; several files need a folder to be written to") from None
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be made: {error.strerror}") from None


def _check_free(source: Path, target: Path, force: bool, written: set[Path]) -> None:
    if target in written:
        raise RecordingError(f"{source}: another file was just written to {target}; convert it on its own, with -o")
    if target.exists() and source.exists() and target.samefile(source):
        raise RecordingError(f"{source}: would be written over itself; give another name with -o")
    if target.exists() and not force:
        raise RecordingError(f"{target}: exists already; give another name with -o, or --force")
