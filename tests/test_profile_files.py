"""What every sensor owes: a firmware profile without mistakes, whose example packets decode to the values it states.

A new file in `firmware_profiles/` is found by itself; `pytest tests/test_profile_files.py -k NAME` is its proof.
"""

import pytest

from athena_sense.decoding import check_profile
from athena_sense.profiles import get_profile, profile_names, profiles_folder


@pytest.mark.parametrize("name", profile_names())
def test_its_examples_decode_to_what_it_states(name: str) -> None:
    assert check_profile(profiles_folder() / f"{name}.toml") == ()


@pytest.mark.parametrize("name", profile_names())
def test_it_says_what_stands_behind_it(name: str) -> None:
    profile = get_profile(name)
    assert profile.name == name
    assert profile.examples
    assert profile.evidence.sources
