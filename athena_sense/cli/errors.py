"""An error that the user can act on, as it is told."""

import click


def tell_error(error: Exception | str) -> None:
    """One line on stderr, whatever the message holds."""
    click.echo(f"error: {' '.join(str(error).split())}", err=True)
