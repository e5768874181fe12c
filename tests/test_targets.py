"""Programs and judging: every shipped program obeys its contract, and nothing unmeasured passes or fails."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_sense.datatypes import Hold, Landing, Measurement, Quality, Rep, Verdict, not_measured
from athena_sense.errors import ProgramError
from athena_sense.exercises import exercise_names, get_exercise
from athena_sense.targets import (
    DEFAULT_PROGRAM,
    Prescription,
    Program,
    Target,
    Tempo,
    check_program,
    get_program,
    judge_hold,
    judge_landing,
    judge_rep,
    judge_set,
    program_names,
    program_path,
    quantity,
)
from athena_sense.targets.judging import measured, passes

GOOD = """
name = "mine"
title = "My program"
reps = [12, 15]

[[exercises]]
exercise = "eccentric-calf"
sets = 3
sides = ["left", "right"]
rest_s = 60
tempo = { eccentric_s = 10 }

[[exercises.targets]]
name = "slow lowering"
metric = "eccentric_duration_s"
min = 8
flag = "eccentric_too_fast"
message = "Count to 10"

[[exercises]]
exercise = "box-jump"

[[exercises.targets]]
name = "quiet feet"
of = "landing"
metric = "peak_impact_g"
max = { waist = 4, shank = 8.5 }
flag = "loud_landing"
message = "Quiet feet"
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# ---- every program that ships


@pytest.mark.parametrize("name", program_names())
def test_a_shipped_program_obeys_its_contract(name: str) -> None:
    assert check_program(program_path(name)) == ()
    program = get_program(name)
    assert program.name == name
    assert program.description
    assert program.author
    for exercise in exercise_names():
        prescription = program.prescription(exercise)
        assert prescription.reps is None or (prescription.above and prescription.below)
    for prescription in program.exercises:
        assert prescription.cue
        sites = {site.placement for site in get_exercise(prescription.exercise).sites}
        for target in prescription.targets:
            seen = {site for site in sites if target.range_at(site) != (None, None)}
            assert seen, f"{target.name} has no limit at any site of {prescription.exercise}"


def test_the_ranges_and_defaults_are_the_coachs() -> None:
    distance, sprint = get_program("athena-distance"), get_program("athena-sprint")
    assert DEFAULT_PROGRAM == distance.name == get_program().name
    for program, reps in ((distance, (12, 15)), (sprint, (6, 10))):
        for exercise in ("eccentric-calf", "box-jump", "generic"):
            assert program.prescription(exercise).reps == reps
            assert "more weight" in program.prescription(exercise).above
        calf = program.prescription("eccentric-calf")
        assert calf.tempo.eccentric_s == 10
        lowering = next(target for target in calf.targets if target.flag == "eccentric_too_fast")
        assert lowering.range_at("foot") == lowering.range_at("waist") == (8, None)
        quiet = next(t for t in program.prescription("box-jump").targets if t.flag == "loud_landing")
        limits = {site: quiet.range_at(site)[1] for site in ("waist", "chest", "thigh", "shank", "foot", "wrist")}
        assert limits == {"waist": 4, "chest": 4, "thigh": 5, "shank": 8, "foot": 10, "wrist": None}


COACH = {
    "full-wall-squat": (
        "arms overhead if you can",
        "your knees can touch the wall, but so do your toes",
        "push back into the posterior",
        "don't bend in front of your toes",
        "as low as you can without falling backwards",
        "protect your lumbar by bearing down",
        "do not push past pain",
    ),
    "box-jump": ("springy legs and quiet feet", "a 12 inch box or chair", "jump off of it to start", "feet to go flat"),
    "triple-jump": ("three long jumps in a row, then walk back", "no gear needed", "springy legs and quiet feet"),
    "hurdle-leg": (
        "a band around your wrists, pressing hands wide while keeping elbows at your sides",
        "stand on one leg, slightly in front",
        "to the side and over it using hip extension",
        "try to maintain an upright trunk",
        "don't set your hurdle leg down between reps",
    ),
    "ski-jumper": (
        "begin with weights in each hand. go heavy!",
        "20 pounds in each hand for runners that have never done strength training",
        "as far as you can. stay upright. lock in your hips and knees. keep your heels down",
        "or you will just bend at the hips",
    ),
    "eccentric-calf": ("on your toes on a stair or step", "count to 10 as you lower", "pivot slightly"),
    "single-leg-balance": ("barefoot, single leg stance with wide toes",),
}
"""What the coach says of each exercise."""


@pytest.mark.parametrize("name", program_names())
def test_the_cues_are_the_coachs_words(name: str) -> None:
    program = get_program(name)
    assert {one.exercise for one in program.exercises} == set(COACH)
    for one in program.exercises:
        assert [words for words in COACH[one.exercise] if words not in one.cue.lower()] == []
        assert len(one.cue) < 6 * 78, "it is read from a screen of 24 lines, beside everything else"


@pytest.mark.parametrize("name", program_names())
def test_only_the_count_to_ten_is_a_tempo_that_the_coach_asks_for(name: str) -> None:
    tempos = {one.exercise: one.tempo.eccentric_s for one in get_program(name).exercises if one.tempo != Tempo()}
    assert tempos == {"eccentric-calf": 10}


# ---- a coach's own file


def test_a_coachs_own_file_is_accepted_where_a_name_is(write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(GOOD)
    assert get_program(path) == get_program(str(path))
    monkeypatch.chdir(path.parent)
    program = get_program("mine.toml")
    assert program.prescription("eccentric-calf").reps == (12, 15)
    assert program.prescription("box-jump").targets[0].range_at("shank") == (None, 8.5)
    assert check_program(path) == ()


def test_a_program_may_hold_for_any_exercise(write) -> None:
    program = get_program(write('name = "any"\ntitle = "Any"\nreps = [5, 5]\nabove = "Stop"\n'))
    assert program.prescription("generic") == Prescription(exercise="generic", reps=(5, 5), above="Stop")


def test_a_program_that_does_not_know_an_exercise_says_how_to_add_it(write) -> None:
    program = get_program(write(GOOD.replace("reps = [12, 15]", "")))
    assert program.prescription("eccentric-calf").reps is None
    with pytest.raises(ProgramError, match=r"mine says nothing of 'generic'.*\[\[exercises\]\].*reps = \[12, 15\]"):
        program.prescription("generic")


BROKEN = {
    "TOML": (("= [12, 15]", "= [12, 15"), "is not TOML: .*line"),
    "unknown key": (("sets = 3", "sett = 3"), r"exercise 1 \(eccentric-calf\): unknown key `sett` .*'sets'"),
    "unknown key at the top": (
        ('title = "My program"', 'titel = "My"\ntitle = "My"'),
        "unknown key `titel` .*'title'",
    ),
    "missing key": (('flag = "loud_landing"\n', ""), r"target 1 \(quiet feet\): `flag` is missing: the word"),
    "missing name": (('name = "mine"\n', ""), "`name` is missing: a short name"),
    "bad name": (
        ('"mine"', '"My program"'),
        "`name`: expected a short name in lower case, words joined by hyphens, .*got 'My program'",
    ),
    "name without quotes": (('name = "mine"', "name = 5"), "`name`: expected text in quotes.*got 5"),
    "no words": (('"Count to 10"', '""'), "`message`: expected some words, got ''"),
    "a time below zero": (("min = 8", "min = -8"), r"\(slow lowering\): eccentric duration is a time .*got -8"),
    "most time below zero": (("min = 8", "max = { foot = -1 }"), "never below 0, got -1"),
    "text for a number": (("min = 8", 'min = "eight"'), "`min`: expected a number, or a table .*, got 'eight'"),
    "a number that is none": (("min = 8", "min = nan"), "`min`: expected a number, .*, got nan"),
    "yes for a number": (("rest_s = 60", "rest_s = true"), "`rest_s`: expected a number, got True"),
    "half a set": (("sets = 3", "sets = 2.5"), "`sets`: expected a whole number, got 2.5"),
    "no sets": (("sets = 3", "sets = 0"), "`sets`: expected 1 or more, got 0"),
    "reps as one number": (("= [12, 15]", "= 12"), r"`reps`: expected two whole numbers.*\[12, 15\]"),
    "reps the wrong way round": (("[12, 15]", "[15, 12]"), r"`reps`: the first number is the least: \[12, 15\]"),
    "wrong side": (('"left", "right"', '"links"'), "`sides 1`: expected 'left' or 'right', got 'links'"),
    "one side without brackets": (
        ('["left", "right"]', '"left"'),
        r"""`sides`: expected a list, such as \["left", "right"\], got 'left'""",
    ),
    "tempo as coaches write it": (
        ("{ eccentric_s = 10 }", '"10-0-X-0"'),
        r"exercise 1 \(eccentric-calf\): `tempo`: expected a table of seconds, such as .*, got '10-0-X-0'",
    ),
    "single brackets": (
        ('[[exercises.targets]]\nname = "quiet', '[exercises.targets]\nname = "quiet'),
        r"exercise 2 \(box-jump\): `targets`: expected tables under \[\[exercises.targets\]\], in double brackets",
    ),
    "a limit where nothing is seen": (
        ("min = 8", "min = { chest = 8, head = 8 }"),
        r"`min`: has a limit for the chest and the head only, .* cannot be seen; it is seen at: foot, shank, waist",
    ),
    "unknown site": (("waist = 4", "hip = 4"), r"`max.hip`: no sensor site is called 'hip'; expected one of foot"),
    "no limit": (("min = 8\n", ""), r"target 1 \(slow lowering\): needs `min`, `max` or both"),
    "min above max": (("min = 8", "min = 8\nmax = 3"), "`min` 8 is above `max` 3"),
    "wrong severity": (
        ("min = 8", 'min = 8\nseverity = "bad"'),
        "`severity`: expected 'form' or 'info', got 'bad'",
    ),
    "wrong kind": (('of = "landing"', 'of = "jump"'), "`of`: expected 'rep', 'landing' or 'hold', got 'jump'"),
    "another kind": (
        ('of = "landing"', 'of = "rep"'),
        r'target 1 \(quiet feet\): `of`: peak_impact_g is measured of each landing here; write of = "landing"',
    ),
    "unknown tempo": (("eccentric_s = 10", "lower_s = 10"), "tempo: unknown key `lower_s`"),
    "twice": (('exercise = "box-jump"', 'exercise = "eccentric-calf"'), "lists 'eccentric-calf' twice"),
    "unknown exercise": (
        ('"box-jump"', '"box-jumps"'),
        r"no exercise is called 'box-jumps' \(did you mean 'box-jump'",
    ),
    "unknown metric": (('"peak_impact_g"', '"peak_impact"'), r"no metric .*\(did you mean 'peak_impact_g'"),
    "unknown own metric": (
        ('flag = "loud_landing"', 'max_own = 1.2\nown_metric = "peak_impact"\nflag = "loud_landing"'),
        r"`own_metric`: no metric .*\(did you mean 'peak_impact_g'",
    ),
    "another flag": (
        ('"eccentric_too_fast"', '"short_range"'),
        r"`flag`: short_range is 'the heel did not travel far'; here it is eccentric_too_fast",
    ),
    "unknown flag": (('"loud_landing"', '"loud"'), "`flag`: no flag is called 'loud'.*expected one of"),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_mistake_is_told_with_file_place_and_what_was_expected(mistake: str, write) -> None:
    (old, new), message = BROKEN[mistake]
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(ProgramError, match=message) as caught:
        get_program(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert any(str(caught.value).startswith(problem) for problem in check_program(path))


def test_a_box_in_other_units_is_told_beside_other_mistakes(write) -> None:
    path = write(GOOD.replace('exercise = "box-jump"', 'exercise = "box-jump"\nbox_height_m = 12\nsett = 3'))
    told = check_program(path)
    assert len(told) == 2
    assert f"{path}: exercise 2 (box-jump): `box_height_m`: a box 12 m high? It is in metres, such as 0.3048" in told


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("reps = [12, 15]", "`reps`: single-leg-balance is held and has no reps; ask for hold_s = [30, 60]"),
        ("sets = 2", "`hold_s` is missing: single-leg-balance is held and has no reps; ask for hold_s = [30, 60]"),
        ("reps = [1, 1]\nhold_s = [30, 60]", "`reps`: single-leg-balance is held and has no reps"),
        ("hold_s = [30, 60]", ""),
    ],
)
def test_reps_of_what_is_held_are_told(write, asked: str, words: str) -> None:
    told = check_program(write(f'{GOOD}\n[[exercises]]\nexercise = "single-leg-balance"\n{asked}\n'))
    assert words in "".join(told)
    assert len(told) == bool(words)


def test_what_is_held_has_no_reps_that_could_be_missed(write) -> None:
    """A program of any exercise asks for reps also of this one."""
    asked = get_program(write(GOOD)).prescription("single-leg-balance")
    (verdict,) = judge_set(asked, "waist", [], [], [Hold(1, 0.0, 31.0, {"hold_duration_s": Measurement(31.0)})])
    assert (verdict.target, verdict.status) == ("reps", "not_measured")
    assert "single-leg-balance is held and has no reps" in verdict.message


@pytest.mark.parametrize("limit", ["max = 9", "min = 8\nmax = 12"])
def test_where_no_flag_tells_it_a_coach_may_choose(write, limit: str) -> None:
    """Too slow a lowering has no word of its own."""
    assert check_program(write(GOOD.replace("min = 8", limit))) == ()


def test_every_mistake_is_listed_by_check(write) -> None:
    path = write(GOOD.replace("sets = 3", "sett = 3").replace("min = 8", "min = true").replace("[12, 15]", "[1]"))
    assert len(check_program(path)) == 3
    with pytest.raises(ProgramError, match=r"2 more: athena-sense programs check .*mine.toml"):
        get_program(path)


def test_a_byte_order_mark_is_no_mistake(write) -> None:
    assert get_program(write(b"\xef\xbb\xbf" + GOOD.encode())) == get_program(write(GOOD))


def test_what_is_no_time_may_be_below_zero(write) -> None:
    text = GOOD.replace('"eccentric_duration_s"', '"range_deg"').replace("min = 8", "min = -8")
    text = text.replace("eccentric_too_fast", "short_range")
    assert get_program(write(text)).prescription("eccentric-calf").least("range_deg", "foot") == -8


def test_an_empty_program_asks_for_nothing(write) -> None:
    assert "asks for nothing" in check_program(write('name = "e"\ntitle = "E"'))[0]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"PK\x03\x04", b"t,ax,ay,az\n0,0,0,9.8\n", b"\x00"])
def test_a_file_that_is_no_program_is_told(data: bytes, write) -> None:
    with pytest.raises(ProgramError, match=r"mine\.toml: is not "):
        get_program(write(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_program_or_problems(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        path.write_bytes(data)
        assert check_program(path)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"'athena-distence' \(did you mean 'athena-distance'\?\)"):
        get_program("athena-distence")
    with pytest.raises(ProgramError, match=r"no\.toml: cannot be read: no such file"):
        get_program(tmp_path / "no.toml")
    with pytest.raises(ProgramError, match="cannot be read: is a directory"):
        get_program(tmp_path)
    with pytest.raises(ProgramError):
        get_program("mine\0.toml")


# ---- judging one value

VALUES = st.floats(-100, 100)
LIMITS = st.one_of(st.none(), st.floats(-100, 100))


@given(VALUES, VALUES, LIMITS, LIMITS)
def test_a_bound_proves_only_what_holds_for_every_true_value(
    bound: float, beyond: float, least: float | None, most: float | None
) -> None:
    """Whatever the true value on the bound's side is, the judgement of the bound must agree with it."""
    beyond = abs(beyond)
    for kind, truth in (("at_least", bound + beyond), ("at_most", bound - beyond)):
        judged = passes(Measurement(bound, bound=kind), least, most)  # type: ignore[arg-type]
        assert judged is None or judged == passes(Measurement(truth), least, most)


def test_bounds_prove_what_they_can() -> None:
    at_least, at_most = Measurement(9.0, bound="at_least"), Measurement(4.1, bound="at_most")
    assert passes(at_least, None, 8.0) is False
    assert passes(at_least, None, 10.0) is None
    assert passes(at_least, 8.0, None) is True
    assert passes(at_most, 8.0, None) is False
    assert passes(at_most, 3.0, None) is None
    assert passes(at_most, None, 5.0) is True


def test_what_was_not_measured_neither_passes_nor_fails() -> None:
    assert passes(not_measured("gap"), 8.0, None) is None
    assert passes(Measurement(3.0), None, None) is None


def test_an_upper_bound_stands_in_where_the_metric_itself_is_missing() -> None:
    bound = {"eccentric_duration_upper_bound_s": Measurement(5.0)}
    assert measured(bound, "eccentric_duration_s") == Measurement(5.0, bound="at_most")
    both = bound | {"eccentric_duration_s": Measurement(4.0)}
    assert measured(both, "eccentric_duration_s") == Measurement(4.0)
    assert measured({}, "range_deg") == not_measured("placement")


# ---- judging reps, landings and sets

PROGRAM = Program.model_validate(
    {
        "name": "test",
        "title": "Test",
        "reps": [12, 15],
        "above": "Use more weight",
        "below": "Use less weight",
        "exercises": [
            {
                "exercise": "eccentric-calf",
                "targets": [
                    {
                        "name": "slow lowering",
                        "metric": "eccentric_duration_s",
                        "min": 8,
                        "flag": "eccentric_too_fast",
                        "message": "Count to 10",
                    },
                    {
                        "name": "quick raise",
                        "metric": "concentric_duration_s",
                        "max": 2,
                        "flag": "slow_raise",
                        "severity": "info",
                        "message": "Raise quickly",
                    },
                ],
            },
            {
                "exercise": "box-jump",
                "targets": [
                    {
                        "name": "quiet feet",
                        "of": "landing",
                        "metric": "peak_impact_g",
                        "max": {"waist": 4, "shank": 8},
                        "flag": "loud_landing",
                        "message": "Quiet feet",
                    }
                ],
            },
            {
                "exercise": "ski-jumper",
                "reps": [3, 3],
                "targets": [
                    {
                        "name": "hold",
                        "of": "hold",
                        "metric": "hold_duration_s",
                        "min": 5,
                        "flag": "short_hold",
                        "message": "Hold it",
                    }
                ],
            },
        ],
    }
)
CALF, JUMP = PROGRAM.prescription("eccentric-calf"), PROGRAM.prescription("box-jump")


def calf_set(*lowerings: Measurement | float, raise_s: float = 0.8) -> tuple[Rep, ...]:
    return tuple(
        judge_rep(
            Rep(
                number,
                number * 10.0,
                number * 10.0 + 9.0,
                measurements={
                    "concentric_duration_s": Measurement(raise_s),
                    "eccentric_duration_s": m if isinstance(m, Measurement) else Measurement(m),
                },
            ),
            CALF,
            "foot",
        )
        for number, m in enumerate(lowerings, 1)
    )


def jump_set(placement: str, *impacts: Measurement) -> tuple[Landing, ...]:
    return tuple(
        judge_landing(Landing(number, number * 5.0, {"peak_impact_g": m}), JUMP, placement)
        for number, m in enumerate(impacts, 1)
    )


def reps_verdict(reps: Sequence[Rep]) -> Verdict:
    verdict = judge_set(CALF, "foot", reps)[0]
    assert (verdict.target, verdict.metric, verdict.range) == ("reps", "valid_rep_count", (12, 15))
    return verdict


def test_a_rep_is_good_poor_or_unknown() -> None:
    good, poor, unknown = calf_set(9.0, 4.1, not_measured("gap"))
    assert (good.valid, good.flags) == (True, ())
    assert (poor.valid, poor.flags) == (False, ("eccentric_too_fast",))
    assert (unknown.valid, unknown.flags) == (None, ())


def test_what_is_only_told_makes_no_rep_poor() -> None:
    (rep,) = calf_set(9.0, raise_s=3.0)
    assert (rep.valid, rep.flags) == (True, ("slow_raise",))
    assert [verdict.target for verdict in judge_set(CALF, "foot", [rep])] == ["reps", "slow lowering"]


def test_the_range_counts_good_reps_and_both_numbers_are_told() -> None:
    verdict = reps_verdict(calf_set(*[9.0] * 12, 4.0, 4.0))
    assert (verdict.value, verdict.status) == (12, "met")
    assert verdict.message == "12 good reps of 12 to 15 (14 in all)"


def test_above_and_below_the_range_the_coach_advises() -> None:
    above = reps_verdict(calf_set(*[9.0] * 16))
    assert (above.value, above.status, above.message) == (
        16,
        "missed",
        "16 good reps of 12 to 15. Use more weight",
    )
    below = reps_verdict(calf_set(*[9.0] * 8))
    assert (below.value, below.status, below.message) == (8, "missed", "8 good reps of 12 to 15. Use less weight")
    spoiled = reps_verdict(calf_set(*[9.0] * 8, *[3.0] * 6))
    assert (spoiled.value, spoiled.status) == (8, "missed")
    assert "8 good reps of 12 to 15 (14 in all): reps that reinforce a bad pattern do not count" in spoiled.message


@pytest.mark.parametrize(
    ("good", "poor", "unknown", "status", "value"),
    [
        (12, 0, 3, "met", 12),  # 12 to 15 whatever the unknown ones were
        (12, 0, 4, "not_measured", None),  # perhaps 16
        (11, 0, 1, "not_measured", None),  # perhaps 12
        (0, 0, 14, "not_measured", None),
        (0, 2, 9, "missed", 9),  # too few even if all were good
        (16, 0, 5, "missed", 16),  # too many even if none was
        (0, 0, 0, "missed", 0),
    ],
)
def test_a_count_is_judged_only_where_the_unknown_reps_cannot_change_it(
    good: int, poor: int, unknown: int, status: str, value: int | None
) -> None:
    verdict = reps_verdict(calf_set(*[9.0] * good, *[2.0] * poor, *[not_measured("gap")] * unknown))
    assert (verdict.status, verdict.value) == (status, value)


def test_from_the_waist_reps_count_and_only_too_fast_is_proved() -> None:
    bounds = [Measurement(10.3, bound="at_most")] * 11 + [Measurement(6.0, bound="at_most")]
    reps = calf_set(*bounds)
    assert [rep.valid for rep in reps] == [None] * 11 + [False]
    count, lowering = judge_set(CALF, "waist", reps)
    assert (count.status, count.value) == ("missed", 11)
    assert count.message.startswith("12 reps (1 poor, 11 not judged) for 12 to 15 good ones")
    assert (lowering.status, lowering.value) == ("missed", 6.0)
    assert lowering.message == "1 of 12 reps under 8 s, worst at most 6 s; 11 not judged. Count to 10"


def test_a_target_tells_its_worst_value() -> None:
    missed = judge_set(CALF, "foot", calf_set(9.0, 4.1, 6.0))[1]
    assert (missed.value, missed.range, missed.status) == (4.1, (8, None), "missed")
    assert missed.message == "2 of 3 reps under 8 s, worst 4.1 s. Count to 10"
    met = judge_set(CALF, "foot", calf_set(9.0, 8.5))[1]
    assert (met.value, met.status, met.message) == (8.5, "met", "all 2 reps at least 8 s, closest 8.5 s")


def test_landings_count_as_reps_where_there_are_no_reps() -> None:
    landings = jump_set("waist", *[Measurement(3.0)] * 12, Measurement(5.0))
    assert [landing.valid for landing in landings] == [True] * 12 + [False]
    count, quiet = judge_set(JUMP, "waist", (), landings)
    assert (count.value, count.status, count.message) == (12, "met", "12 good landings of 12 to 15 (13 in all)")
    assert (quiet.value, quiet.status) == (5.0, "missed")
    assert "over 4 g at the waist (the program's limit)" in quiet.message


def test_where_the_program_has_no_limit_nothing_is_judged() -> None:
    landings = jump_set("wrist", *[Measurement(30.0)] * 12)
    assert {landing.valid for landing in landings} == {None}
    count, quiet = judge_set(JUMP, "wrist", (), landings)
    assert count.status == quiet.status == "not_measured"
    assert quiet.message == "not judged: the program has no limit for a sensor on the wrist"


def test_a_lower_bound_is_loud_or_unknown_and_never_quiet() -> None:
    loud, unknown = jump_set("shank", Measurement(9.0, bound="at_least"), Measurement(3.0, bound="at_least"))
    assert (loud.flags, loud.valid) == (("loud_landing",), False)
    assert (unknown.flags, unknown.valid) == ((), None)
    quiet = judge_set(JUMP, "shank", (), (unknown,))[1]
    assert quiet.message == "not judged: only at least 3 g is known, which does not prove at most 8 g"


def test_the_reason_is_told_where_a_target_was_not_measured() -> None:
    assert judge_set(CALF, "foot", calf_set(not_measured("gap")))[1].message == "not measured: samples are missing"
    assert judge_set(CALF, "foot", ())[1].message == "not measured: no reps"


def test_unusable_data_judge_nothing() -> None:
    verdicts = judge_set(CALF, "foot", (), quality=Quality("unusable", ("gravity was removed",)))
    assert {verdict.status for verdict in verdicts} == {"not_measured"}
    assert {verdict.message for verdict in verdicts} == {"not measured: gravity was removed"}


def test_an_exercise_without_form_targets_counts_plainly() -> None:
    generic = PROGRAM.prescription("generic")
    reps = [judge_rep(Rep(n, n, n + 1.0), generic, "wrist") for n in range(1, 13)]
    assert judge_set(generic, "wrist", reps) == (
        Verdict("reps", "valid_rep_count", 12, (12, 15), "met", "12 reps of 12 to 15"),
    )


def test_holds_are_judged_too() -> None:
    ski = PROGRAM.prescription("ski-jumper")
    short = judge_hold(Hold(1, 0.0, 4.0, {"hold_duration_s": Measurement(4.0)}), ski, "chest")
    assert short.flags == ("short_hold",)
    verdicts = judge_set(ski, "chest", (), (), (short,))
    assert verdicts[0].message == "no reps seen, of 3"
    assert (verdicts[1].status, verdicts[1].value) == ("missed", 4.0)


@given(st.lists(st.one_of(st.floats(0, 20), st.just(None)), max_size=20))
def test_a_set_is_met_only_with_the_good_reps_it_takes(lowerings: list[float | None]) -> None:
    reps = calf_set(*(not_measured("gap") if s is None else s for s in lowerings))
    good = sum(s is not None and s >= 8 for s in lowerings)
    unknown = lowerings.count(None)
    verdict = reps_verdict(reps)
    if verdict.status == "met":
        assert good >= 12
        assert good + unknown <= 15
    if verdict.status == "missed":
        assert good > 15 or good + unknown < 12


def counting(metric: str, limits: dict[str, float], *counts: float) -> Verdict:
    target = {"name": "count", "metric": metric, "flag": "foot_down", "message": "Don't", **limits}
    asked = Prescription.model_validate({"exercise": "x", "targets": [target]})
    reps = [
        judge_rep(Rep(n, n, n + 1.0, (), {metric: Measurement(k)}), asked, "shank") for n, k in enumerate(counts, 1)
    ]
    return judge_set(asked, "shank", reps)[-1]


def test_counts_are_told_as_people_say_them() -> None:
    missed, met = (counting("foot_down_count", {"max": 0}, *counts) for counts in ((0.0, 2.0), (0.0, 0.0)))
    assert missed.message == "1 of 2 reps with foot down, worst 2 ×. Don't"
    assert met.message == "all 2 reps without foot down"
    missed, met = (counting("jump_count", {"min": 3, "max": 3}, *counts) for counts in ((3.0, 2.0), (3.0, 3.0)))
    assert missed.message == "1 of 2 reps not exactly 3 × jump, worst 2 ×. Don't"
    assert met.message == "all 2 reps exactly 3 × jump"
    assert counting("jump_count", {"max": 3}, 2.0).message == "1 rep at most 3 × jump, closest 2 ×"


def test_values_are_told_with_their_unit() -> None:
    assert quantity("eccentric_duration_s", 4.1) == "4.1 s"
    assert quantity("peak_impact_g", 9.0, "at_least") == "at least 9 g"
    assert quantity("impact_slope_g_per_s", 90.52) == "90.5 g/s"
    assert quantity("range_deg", 47.1) == "47.1°"
    assert quantity("eccentric_evenness", 0.31) == "0.31"


# ---- one's own usual, and holds

OWN = 2.5


def relative(**limits: float) -> Prescription:
    target = {
        "name": "quiet feet",
        "of": "landing",
        "metric": "peak_impact_g",
        "flag": "loud_landing",
        "message": "Quiet",
        **limits,
    }
    return Prescription.model_validate({"exercise": "box-jump", "targets": [target]})


def landings(*peaks_g: float) -> list[Landing]:
    return [Landing(n, float(n), {"peak_impact_g": Measurement(peak)}) for n, peak in enumerate(peaks_g, 1)]


def told(prescription: Prescription, items: Sequence[Landing], own: dict[str, float]) -> Verdict:
    judged = [judge_landing(item, prescription, "waist", own) for item in items]
    return judge_set(prescription, "waist", [], judged, own=own)[-1]


def test_a_target_relative_to_ones_own_usual_goes_before_the_programs_limit() -> None:
    asked = relative(max=4.0, max_own=1.2)
    verdict = told(asked, landings(2.9, 3.1), {"peak_impact_g": OWN})
    assert verdict.status == "missed"
    assert verdict.range == (None, pytest.approx(3.0))
    assert "1 of 2 landings over 3 g (1.2 × your own usual 2.5 g)" in verdict.message


DEEP = {"min": 25.0, "min_own": 0.8}


@pytest.mark.parametrize(
    ("limits", "usual", "asked"),
    [
        (DEEP, 26.3, (25.0, None)),
        (DEEP, 50.0, (40.0, None)),
        ({"min_own": 0.8}, 20.0, (16.0, None)),
        ({"max": 4.0, "max_own": 1.2}, 5.0, (None, 6.0)),
        (DEEP | {"max_own": 1.2}, 50.0, (40.0, 60.0)),
        (DEEP | {"max_own": 1.2}, 20.0, (25.0, None)),
        (DEEP | {"max_own": 1.2}, 22.0, (25.0, pytest.approx(26.4))),
    ],
)
def test_ones_own_usual_asks_for_more_than_the_programs_least_and_never_for_less(
    limits: dict[str, float], usual: float, asked: tuple[float | None, float | None]
) -> None:
    assert relative(**limits).targets[0].range_at("waist", {"peak_impact_g": usual}) == asked


def test_a_verdict_says_which_of_the_two_limits_was_used() -> None:
    asked = relative(**DEEP)
    floor, own = (told(asked, landings(24.0, 30.0), {"peak_impact_g": usual}) for usual in (26.3, 35.0))
    assert floor.status == own.status == "missed"
    assert "under 25 g (the program's limit, which goes before 0.8 × your own usual 26.3 g), worst" in floor.message
    assert "under 28 g (0.8 × your own usual 35 g), worst 24 g" in own.message


@pytest.mark.parametrize("name", program_names())
def test_no_own_usual_lowers_what_the_coach_calls_the_least(name: str) -> None:
    program = get_program(name)
    assert program.prescription("full-wall-squat").least("depth_deg", "thigh", {"depth_deg": 26.3}) == 25
    assert program.prescription("ski-jumper").least("lean_deg", "chest", {"lean_deg": 4.5}) == 4
    assert program.prescription("ski-jumper").least("lean_deg", "chest", {"lean_deg": 8.0}) == 6


def test_ones_own_usual_may_be_of_another_metric() -> None:
    loudest = Target.model_validate(
        {"name": "quiet", "metric": "loudest_impact_g", "max": 4.0, "max_own": 1.2, "own_metric": "peak_impact_g"}
        | {"flag": "loud_landing", "message": "Land softly"}
    )
    assert loudest.range_at("waist", {"peak_impact_g": 2.5, "loudest_impact_g": 9.0}) == (None, pytest.approx(3.0))
    assert loudest.range_at("waist") == (None, 4.0)


def test_without_a_baseline_the_programs_limit_holds_and_the_verdict_says_so() -> None:
    verdict = told(relative(max=4.0, max_own=1.2), landings(2.9, 3.1), {})
    assert (verdict.status, verdict.range) == ("met", (None, 4.0))
    assert "the program's limit: your own usual is not known" in verdict.message


def test_without_a_baseline_a_target_that_is_only_relative_is_not_judged() -> None:
    asked = relative(max_own=1.2)
    verdict = told(asked, landings(2.9), {})
    assert (verdict.status, verdict.value) == ("not_measured", None)
    assert "your own usual is not known" in verdict.message
    assert judge_landing(landings(2.9)[0], asked, "waist").valid is None


@given(st.floats(0.1, 20.0), st.floats(0.1, 20.0), st.floats(0.5, 2.0))
def test_multiples_of_ones_own_are_judged_like_limits(peak_g: float, usual_g: float, factor: float) -> None:
    passed = judge_landing(landings(peak_g)[0], relative(max_own=factor), "waist", {"peak_impact_g": usual_g}).valid
    assert passed is (peak_g <= factor * usual_g)


def held(*seconds: float) -> list[Hold]:
    return [Hold(n, 0.0, s, {"hold_duration_s": Measurement(s)}) for n, s in enumerate(seconds, 1)]


@pytest.mark.parametrize(
    ("seconds", "status", "words"),
    [
        ((12.0, 31.0), "met", "held for 31 s of 30 to 60 s"),
        ((12.0,), "missed", "held for 12 s of 30 to 60 s. Shorter next time"),
        ((75.0,), "met", "held for 75 s of 30 to 60 s. Close your eyes"),
        ((), "missed", "no holds seen, of 30 to 60 s"),
    ],
)
def test_the_longest_hold_is_judged_by_the_time_asked_for(seconds: tuple[float, ...], status: str, words: str) -> None:
    asked = Prescription(exercise="x", hold_s=(30.0, 60.0), above="Close your eyes", below="Shorter next time")
    verdicts = judge_set(asked, "waist", [], [], held(*seconds))
    assert [verdict.target for verdict in verdicts] == ["hold"]
    assert (verdicts[0].status, verdicts[0].message) == (status, words)


def test_holds_without_a_time_are_not_judged() -> None:
    hold = Hold(1, 0.0, 30.0, {"hold_duration_s": not_measured("clipped")})
    (verdict,) = judge_set(Prescription(exercise="x", hold_s=(30.0, 60.0)), "waist", [], [], [hold])
    assert (verdict.status, verdict.message) == ("not_measured", "not measured: the sensor's range was exceeded")


def test_who_is_asked_to_hold_is_not_asked_for_reps() -> None:
    program = Program.model_validate(
        {"name": "mine", "title": "Mine", "reps": [12, 15], "exercises": [{"exercise": "x", "hold_s": [30.0, 60.0]}]}
    )
    assert program.prescription("x").reps is None
    assert program.prescription("y").reps == (12, 15)


def test_exercises_under_single_brackets_are_told(write) -> None:
    (told,) = check_program(write('name = "mine"\ntitle = "Mine"\n[exercises]\nexercise = "generic"\n'))
    assert "`exercises`: expected tables under [[exercises]], in double brackets" in told


def test_a_program_of_substitutes_only_is_none(write) -> None:
    """There would be nothing to go through."""
    alone = GOOD.partition("[[exercises]]")[0] + '[[exercises]]\nexercise = "generic"\n'
    assert check_program(write(alone)) == ()
    (told,) = check_program(write(alone + "only_as_substitute = true\n"))
    assert told.endswith("lists substitutes only: what are they instead of? Leave only_as_substitute out of one")


@pytest.mark.parametrize("limits", ["{ waist = 8 }", "{ chest = 8, foot = 8 }", "8"])
def test_a_limit_that_judges_somewhere_is_good(write, limits: str) -> None:
    """Also where only a bound is seen, as the calf's lowering at the waist."""
    assert check_program(write(GOOD.replace("min = 8", f"min = {limits}"))) == ()


def test_a_substitute_has_to_be_listed(write) -> None:
    text = GOOD.replace('exercise = "box-jump"', 'exercise = "box-jump"\nsubstitute = "generic"')
    assert "which is not listed" in check_program(write(text))[0]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("ask_pain = true", "`ask_pain` needs a `substitute`"),
        ('substitute = "eccentric-calf"', "is the exercise itself"),
        ('sides = ["left", "left"]', "names a side twice"),
        ("hold_s = [0, 0]", "the least is above 0 s"),
        ("hold_s = [30, 60]", "eccentric-calf has no holds"),
        ("box_height_m = 30", "in metres"),
        ("sets = 100000", "expected 50 or less"),
    ],
)
def test_what_would_do_nothing_or_harm_is_told(write, key: str, words: str) -> None:
    for line in ('sides = ["left", "right"]', "sets = 3"):
        if key.split()[0] == line.split()[0]:
            text = GOOD.replace(line, key)
            break
    else:
        text = GOOD.replace("rest_s = 60", f"rest_s = 60\n{key}")
    assert words in " ".join(check_program(write(text)))
