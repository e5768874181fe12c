"""The rows of the accuracy table: what every module of this folder yields."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure against its bar.

    `passed` is None where it could not be computed here, and `figure` then says why.
    """

    what: str
    bar: str
    figure: str
    passed: bool | None

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return {True: "met", False: "MISSED", None: "skipped"}[self.passed]


def absent(what: str, bar: str, folder: str) -> Row:
    """The row of a figure whose recordings are not on this machine."""
    return Row(what, bar, f"needs {folder} (see ATHENA_SENSE_REAL_DATA)", None)
