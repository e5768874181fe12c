"""The words of a command that somebody is told to type."""

import os
import re
import shlex

PLAIN = re.compile(r"[\w@%+=:,./\\-]+" if os.name == "nt" else r"[\w@%+=:,./-]+", re.ASCII)
"""Words that every shell of the system takes as they are."""


def typed(word: str) -> str:
    """The word as it is to be typed: in double quotes, which every shell knows, where it needs quotes."""
    if PLAIN.fullmatch(word):
        return word
    return f'"{word}"' if os.name == "nt" or set(word).isdisjoint('"$`\\!') else shlex.quote(word)
