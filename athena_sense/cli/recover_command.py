"""`athena-sense recover`: recordings that a crash left behind."""

from pathlib import Path

import click

from athena_sense.cli.errors import tell_error
from athena_sense.cli.parameters import FILE


@click.command("recover")
@click.argument("files", nargs=-1, required=True, type=FILE)
def command(files: tuple[Path, ...]) -> None:
    """Finish recordings that a crash left behind.

    Everything that reached the disk is kept; a batch that was torn in the middle is cut off. A recording that is
    whole is left as it is. Not for one that is still being written.

    \b
    Examples:
      athena-sense recover eccentric-calf-2026-03-14-183000.arrows
      athena-sense recover sets/*.arrows
    """
    from athena_sense.errors import AthenaError
    from athena_sense.recordings import recover

    failed = False
    for file in files:
        try:
            done = recover(file)
        except AthenaError as error:
            tell_error(error)
            failed = True
            continue
        kept = f"{done.batches} batch{'' if done.batches == 1 else 'es'}"
        if done.was_truncated:
            cut = f", {done.dropped_bytes} bytes of a torn one cut off" if done.dropped_bytes else ""
            click.echo(f"{file}: finished; {kept} kept{cut}; what came after is not in it")
        else:
            click.echo(f"{file}: was whole; {kept}")
    if failed:
        raise SystemExit(1)
