"""What a coach asks for, and whether it was met: programs in TOML, and the judging of reps, landings and sets."""

from athena_sense.targets.files import (
    DEFAULT_PROGRAM,
    check_program,
    get_program,
    program_names,
    program_path,
)
from athena_sense.targets.judging import judge_hold, judge_item, judge_landing, judge_rep, judge_set
from athena_sense.targets.program import NO_BASELINE, Prescription, Program, Target, Tempo
from athena_sense.targets.wording import REASONS, metric_words, quantity, unit_of

__all__ = [
    "DEFAULT_PROGRAM",
    "NO_BASELINE",
    "REASONS",
    "Prescription",
    "Program",
    "Target",
    "Tempo",
    "check_program",
    "get_program",
    "judge_hold",
    "judge_item",
    "judge_landing",
    "judge_rep",
    "judge_set",
    "metric_words",
    "program_names",
    "program_path",
    "quantity",
    "unit_of",
]
