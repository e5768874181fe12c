"""Why a text that looks like a table of movement cannot be read as one."""

import re
from collections.abc import Sequence

from athena_sense.recordings.columns import DELIMITERS, fields
from athena_sense.recordings.names import Quantity, understand
from athena_sense.recordings.source import Source

_NUMBER = re.compile(r"[-+]?\d*[.,]?\d+([eE][-+]?\d+)?")
_ACCELERATIONS: tuple[Quantity, ...] = ("acc", "linear_acc")


def why_unreadable(source: Source) -> str | None:
    """What is wrong with a file that no dialect recognises; None where it does not look like movement at all."""
    for part in _parts(source):
        last = part.data.rstrip().count(b"\n")
        head = part.head()
        for number, line in enumerate(head):
            names = _names(line)
            if names and number == last:
                return f"{part.name}: holds a header and no samples"
            if names and any(_has_numbers(row) for row in head[number + 1 :]):
                return f"{part.name}: {missing_acceleration(names)}"
    return None


def missing_acceleration(names: Sequence[str]) -> str:
    """Of the names of a table without three axes of acceleration: which column is missing."""
    listed = f"its columns are {', '.join(names)}"
    columns = [column for column in understand(names) if column.quantity in _ACCELERATIONS]
    if not columns:
        return f"has no acceleration; {listed}"
    first = columns[0]
    axes = {column.axis for column in columns if column.quantity == first.quantity}
    missing = [_named_alike(first.text, letter) for axis, letter in enumerate("xyz") if axis not in axes]
    if not missing:
        return f"its rows do not have the columns of its header: {', '.join(names)}"
    twice = [name for name in dict.fromkeys(column.text for column in columns) if names.count(name) > 1]
    also = f" ({twice[0]!r} stands there twice)" if twice else ""
    return f"has no column {' and no column '.join(map(repr, missing))}{also}; {listed}"


def _named_alike(name: str, letter: str) -> str:
    """`ax`, "z" → `az`; the axis stands at an edge of a word: `Acc_X (g)`, `x-axis`, `gFx`."""
    found = re.search(r"(?<![a-z])[xyz]|[xyz](?![a-z])", name, re.IGNORECASE)
    if found is None:
        return f"{name} ({letter})"
    alike = letter.upper() if found[0].isupper() else letter
    return name[: found.start()] + alike + name[found.end() :]


def _parts(source: Source) -> list[Source]:
    if not source.is_zip:
        return [source]
    return [
        source.open(name) for base, name in sorted(source.others().items()) if base.endswith((".csv", ".txt", ".tsv"))
    ]


def _names(line: str) -> list[str]:
    """The column names in a line that is a header of movement; empty for any other."""
    for delimiter in DELIMITERS:
        names = fields(line, delimiter)
        columns = understand(names)
        kinds = {column.quantity for column in columns}
        is_movement = len(columns) > 2 or (len(columns) == 2 and "time" in kinds and len(kinds) == 2)
        if is_movement and not any(map(_NUMBER.fullmatch, names)):
            return names
    return []


def _has_numbers(line: str) -> bool:
    return any(sum(map(bool, map(_NUMBER.fullmatch, fields(line, delimiter)))) > 1 for delimiter in DELIMITERS)
