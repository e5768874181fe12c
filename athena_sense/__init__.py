"""athena-sense: reps, slow lowerings and landings from body-worn sensors, judged against a strength program."""

__version__ = "0.1.0"
