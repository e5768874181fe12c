"""The command line: one file per command, imported only when it is called."""

import importlib
from typing import Any

import click

from athena_sense import __version__
from athena_sense.cli.errors import tell_error
from athena_sense.cli.output import lasting_output
from athena_sense.errors import AthenaError

COMMANDS = {
    "live": "Connect, record, show and sound a set as it happens.",
    "workout": "Go through a program: what to put where, each set, the rests, and one page at the end.",
    "scan": "The sensors in reach.",
    "record": "Record what sensors send, without an exercise.",
    "recover": "Finish recordings that a crash left behind.",
    "replay": "Reps, landings and the program's verdict from recordings.",
    "baseline": "Keep an athlete's own usual, for targets relative to it; or list what is kept.",
    "calibrate": "Mend a sensor's scale and bias by gravity; or list what is kept.",
    "exercises": "What can be measured, where to wear the sensor, and each flag's meaning.",
    "programs": "List, show and check strength programs.",
    "profiles": "List, show and check the firmware profiles of sensors.",
    "import": "Turn other apps' files into recordings.",
    "export": "Write recordings as CSV or Parquet.",
}
"""Each command and its summary, so that `--help` need not import them."""

GO_ON = ("live", "workout", "record", "baseline", "calibrate")
"""Those in which somebody moves meanwhile: output that cannot be written must not end them."""


class Commands(click.Group):
    """Finds a command's file by its name, and turns errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AthenaError as error:
            tell_error(error)
            ctx.exit(1)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="athena-sense")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Counts reps, times slow lowerings and measures landings from body-worn sensors, and compares them with a
    strength program.

    \b
    Examples:
      athena-sense live --exercise eccentric-calf
      athena-sense replay calf.csv --exercise eccentric-calf --placement foot
      athena-sense replay monday/*.arrows --json > monday.json
      athena-sense exercises eccentric-calf
      athena-sense programs show athena-distance

    Tab completion: put the line that fits your shell into its start-up file.

    \b
      bash:  eval "$(_ATHENA_SENSE_COMPLETE=bash_source athena-sense)"
      zsh:   eval "$(_ATHENA_SENSE_COMPLETE=zsh_source athena-sense)"
      fish:  _ATHENA_SENSE_COMPLETE=fish_source athena-sense | source

    Exit codes: 0 it ran, 1 an error you can mend, 2 wrong usage, 3 a target was missed (with --fail-on-flag).
    """
    if ctx.invoked_subcommand in GO_ON:
        ctx.with_resource(lasting_output())
