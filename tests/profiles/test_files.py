"""Profile files: found, read, and what is wrong with one, in words."""

from pathlib import Path

import pytest

from athena_sense.decoding import check_profile
from athena_sense.errors import ProfileError
from athena_sense.profiles import get_profile, load_profile, parse_profile, profile_names, profiles_folder, read_text

TEMPLATE = profiles_folder() / "_template.toml"


def test_the_template_is_a_good_profile_and_is_not_listed() -> None:
    assert check_profile(TEMPLATE) == ()
    assert "_template" not in profile_names()


def test_the_sensors_that_ship() -> None:
    assert {
        "adafruit_clue",
        "arduino_nano33",
        "bangle_js",
        "droidpad",
        "metamotion",
        "microbit",
        "movella_dot",
        "movesense",
        "nus_csv",
        "polar_h10",
        "polar_oh1",
        "polar_verity_sense",
        "puck_js",
        "sensortag",
        "thingy52",
        "witmotion",
    } <= set(profile_names())


@pytest.mark.parametrize("name", profile_names())
def test_what_was_made_by_hand_is_not_called_captured(name: str) -> None:
    profile = get_profile(name)
    kinds = {example.kind for example in profile.examples}
    if kinds == {"synthetic"}:
        assert profile.evidence.kind == "document"
    if profile.evidence.kind == "real hardware":
        assert "real capture" in kinds


@pytest.mark.parametrize("name", profile_names())
def test_every_start_can_be_stopped(name: str) -> None:
    commands = get_profile(name).commands
    assert not commands.start or commands.stop


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(ProfileError, match=r"no profile is called 'polar_h100'.*did you mean 'polar_h10'"):
        get_profile("polar_h100")


def test_names_tell_apart_only_where_their_form_is_known() -> None:
    text = read_text(TEMPLATE).replace('told_apart_by = "address"', 'told_apart_by = "name"')
    match = parse_profile(text).match
    assert match.tells_apart("My sensor 0001") == "name"
    assert match.tells_apart("another") == "address"
    with pytest.raises(ProfileError, match="there is no `name`: say which form it has"):
        parse_profile(text.replace("name = '^My sensor'", "# "))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('maker = "Me"', "", "`maker` is missing"),
        ('maker = "Me"', 'maker = "Me"\ncolour = "red"', "unknown key `colour`"),
        ("name = '^My sensor'", "name = '['", r"`match.name`: is no regular expression"),
        (
            'told_apart_by = "address"',
            'told_apart_by = "colour"',
            "`match.told_apart_by`: expected 'name', ",
        ),
        ("12345678-0001-4000", "1234-0001-4000", r"`channels.data.characteristic`: .* is no UUID"),
        ('ignore = ["fe"]', 'ignore = ["f"]', r"`channels.data.ignore 1`: 'f' is neither a hex byte"),
        ("default_rate_hz = 100", "default_rate_hz = 60", r"`settings`: the default 60 is none of rates_hz"),
        ('50 = "08", ', "", r"\[codes.rate\] has no bytes for rate_hz 50"),
        ("{codes.rate} {acc", "{codes.rat} {acc", r"uses \{codes.rat\}; expected one of"),
        ('channel = "data"\ncodec', 'channel = "date"\ncodec', "names the channel 'date'"),
        ('codec = "table"', 'codec = "tabel"', r"`packets 1.codec`: expected 'table', 'polar_delta' or 'text'"),
        ('values = ["acc", "gyr", "skip 2"]', 'values = ["acc", "gry"]', "`values` has 'gry'"),
        ('values = ["acc", "gyr", "skip 2"]', 'values = ["acc"]', "`values` must name each"),
        ("header_bytes = 5", "header_bytes = 4", "`header_bytes` is shorter than `match`"),
        ("offset = 1", "offset = 2", "does not lie within `header_bytes`"),
        ("{ 4 = 8192, 16 = 2048 }", "{ 4 = 8192 }", r"`acc.per_unit` has nothing for the range 16"),
        ("{ 4 = 8192, 16 = 2048 }", "0", "`per_unit` must be a number above 0"),
        ('axes = ["x", "y", "z"]', 'axes = ["x", "y", "y"]', "`axes` needs x, y and z, each once"),
        ('unit = "g", axes', 'unit = "deg/s", axes', r"`acc.unit` is 'deg/s'"),
        ('hex = "a5', 'hex = "zz', "`hex` is not hexadecimal"),
        ("acc = [[1, 0, -1]]", "acc = []\n", ""),
        ("[settings] ", "[settings", "is not TOML"),
    ],
)
def test_a_slip_is_told_with_its_place(old: str, new: str, told: str) -> None:
    text = read_text(TEMPLATE)
    assert old in text
    if not told:
        parse_profile(text.replace(old, new))
        return
    with pytest.raises(ProfileError, match=rf"^mine.toml: .*{told}") as error:
        parse_profile(text.replace(old, new), "mine.toml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["_template", "polar_verity_sense", "droidpad", "metamotion"])
def test_a_file_with_any_line_missing_or_cut_off_is_read_or_told(name: str) -> None:
    lines = read_text(profiles_folder() / f"{name}.toml").splitlines()
    told = 0
    for number in range(len(lines)):
        for kept in (lines[:number] + lines[number + 1 :], lines[:number]):
            try:
                parse_profile("\n".join(kept), "mine.toml")
            except ProfileError:
                told += 1
    assert told > len(lines)


def test_check_tells_every_slip_and_every_wrong_value(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(read_text(TEMPLATE).replace("acc = [[1, 0, -1]]", "acc = [[1, 0.5, -1]]"))
    found = check_profile(path)
    assert len(found) == 2
    assert "`name` is 'my_sensor': expected the file's own name, 'mine'" in found[0]
    assert "sample 1 is (1, 0, -1), expected (1, 0.5, -1)" in found[1]
    assert all(line.startswith(f"{path}: ") for line in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('axes = ["x", "y", "z"]', 'axes = ["x", "y", "y"]'),
        ("{ 4 = 8192, 16 = 2048 }", "0"),
        ("header_bytes = 5", "header_bytes = 4"),
        ('hex = "a5', 'hex = "zz'),
        ("stamp = 1000", "stamp = 999"),
        ('samples = "to_end"', "samples = 0"),
        ('samples = "to_end"', 'samples = "all"'),
    ],
)
def test_one_slip_is_told_once(old: str, new: str, tmp_path: Path) -> None:
    text = read_text(TEMPLATE).replace('"my_sensor"', '"mine"')
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1))
    assert len(check_profile(tmp_path / "mine.toml")) == 1


def test_an_empty_list_is_told(tmp_path: Path) -> None:
    text = read_text(TEMPLATE)
    (tmp_path / "mine.toml").write_text(text[: text.index("[[examples]]")] + "\nexamples = []\n")
    assert any("`examples`" in told for told in check_profile(tmp_path / "mine.toml"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / "missing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not a text file"):
        load_profile(tmp_path / "bytes.toml")
    assert len(check_profile(tmp_path / "missing.toml")) == 1


def test_a_profile_is_not_to_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        get_profile("microbit").title = "mine"
