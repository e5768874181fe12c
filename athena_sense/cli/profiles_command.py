"""`athena-sense profiles`: what the firmware of each sensor sends, and one's own profiles."""

import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from athena_sense.cli.errors import tell_error
from athena_sense.cli.parameters import FILE, TextType


class ProfileName(TextType):
    """A shipped profile's name: checked by the command."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from athena_sense.profiles import profile_names

        return [CompletionItem(name) for name in profile_names() if name.startswith(incomplete)]


@click.group("profiles", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, show and check the firmware profiles of sensors.

    A profile is one TOML file: how a sensor is recognised, its commands and its packets, with examples.

    \b
    Examples:
      athena-sense profiles
      athena-sense profiles show polar_h10
      athena-sense profiles show nus_csv --toml > mine.toml
      athena-sense profiles check mine.toml
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@command.command("list")
def list_command() -> None:
    """List the profiles that ship.

    \b
    Example:
      athena-sense profiles list
    """
    from rich.console import Console

    from athena_sense.profiles import get_profile, profile_names
    from athena_sense.views.sensors import list_profiles

    list_profiles([get_profile(name) for name in profile_names()], Console(highlight=False))


@command.command("show")
@click.argument("profile", type=ProfileName())
@click.option("--toml", "as_toml", is_flag=True, help="Print the file itself, to start one's own from.")
def show_command(profile: str, as_toml: bool) -> None:
    """Show what is known of a sensor, and how far it can be trusted.

    \b
    Examples:
      athena-sense profiles show polar_h10
      athena-sense profiles show nus_csv --toml > mine.toml
    """
    from rich.console import Console

    from athena_sense.profiles import get_profile, profiles_folder
    from athena_sense.views.sensors import show_profile

    checked = get_profile(profile)
    if as_toml:
        sys.stdout.buffer.write((profiles_folder() / f"{profile}.toml").read_bytes())
    else:
        show_profile(checked, Console(highlight=False))


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE)
def check_command(files: tuple[Path, ...]) -> None:
    """Say what is wrong with a profile file, and whether its own example packets decode to what it says.

    \b
    Example:
      athena-sense profiles check mine.toml
    """
    from athena_sense.decoding import check_profile
    from athena_sense.profiles import load_profile

    bad = False
    for file in files:
        problems = check_profile(file)
        for problem in problems:
            tell_error(problem)
        bad |= bool(problems)
        if problems:
            continue
        profile = load_profile(file)
        count, unverified = len(profile.examples), profile.evidence.unverified
        click.echo(f"{file}: good; {count} example{'' if count == 1 else 's'} decoded")
        for value in unverified:
            click.echo(f"  unverified: {value}")
    if bad:
        raise SystemExit(1)
