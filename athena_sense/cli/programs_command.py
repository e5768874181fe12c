"""`athena-sense programs`: the strength programs that ship, and a coach's own."""

import sys
from pathlib import Path

import click

from athena_sense.cli.errors import tell_error
from athena_sense.cli.parameters import FILE, ProgramName


@click.group("programs", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, show and check strength programs.

    A program is one TOML file; its path is accepted wherever a program's name is.

    \b
    Examples:
      athena-sense programs
      athena-sense programs show athena-sprint
      athena-sense programs show athena-distance --toml > mine.toml
      athena-sense programs check mine.toml
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@command.command("list")
def list_command() -> None:
    """List the programs that ship.

    \b
    Example:
      athena-sense programs list
    """
    from rich.console import Console

    from athena_sense.targets import DEFAULT_PROGRAM, get_program, program_names
    from athena_sense.views.catalogue import list_programs

    programs = [get_program(name) for name in program_names()]
    list_programs(programs, DEFAULT_PROGRAM, Console(highlight=False))


@command.command("show")
@click.argument("program", type=ProgramName())
@click.option("--toml", "as_toml", is_flag=True, help="Print the file itself, to start one's own from.")
def show_command(program: str, as_toml: bool) -> None:
    """Show what a program asks of each exercise.

    \b
    Examples:
      athena-sense programs show athena-sprint
      athena-sense programs show athena-distance --toml > mine.toml
    """
    from rich.console import Console

    from athena_sense.targets import get_program, program_path
    from athena_sense.views.catalogue import show_program

    checked = get_program(program)
    if as_toml:
        sys.stdout.buffer.write(program_path(program).read_bytes())
    else:
        show_program(checked, Console(highlight=False))


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE)
def check_command(files: tuple[Path, ...]) -> None:
    """Say what is wrong with a program file, and where.

    \b
    Example:
      athena-sense programs check mine.toml
    """
    from athena_sense.targets import check_program

    bad = False
    for file in files:
        problems = check_program(file)
        for problem in problems:
            tell_error(problem)
        if not problems:
            click.echo(f"{file}: good")
        bad |= bool(problems)
    if bad:
        raise SystemExit(1)
