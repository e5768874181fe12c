"""`python -m athena_sense.cli`."""

from athena_sense.cli import main

main(prog_name="athena-sense")
