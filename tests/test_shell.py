"""What is told to be typed comes as it was meant, through a real shell."""

import subprocess
import sys

import pytest

from athena_sense.shell import typed


@pytest.mark.parametrize(
    "word", ["six.csv", "left foot", "MetaWear C0:FF:EE:00:00:01", "a;b&c|d", "$HOME", "it's", "(é)"]
)
def test_a_word_comes_through_a_shell_as_it_was(word: str) -> None:
    program = "import sys; sys.stdout.buffer.write(sys.argv[1].encode())"
    command = f'"{sys.executable}" -c "{program}" {typed(word)}'
    assert subprocess.run(command, shell=True, capture_output=True, check=True).stdout.decode() == word


def test_a_plain_word_is_not_quoted_and_others_are_as_every_shell_knows() -> None:
    assert typed("sets/six-sides.csv") == "sets/six-sides.csv"
    assert typed("left foot") == '"left foot"'
