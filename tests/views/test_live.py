"""The live screen: one number, one word in one colour, one bar, on any terminal."""

from dataclasses import replace
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from athena_sense.datatypes import Event, Hold, Landing, Measurement, Progress, Rep, Update
from athena_sense.living import Aims, Moment, SensorHealth, aims_of
from athena_sense.targets import get_program
from athena_sense.views.block_letters import block_lines, blocks_wide
from athena_sense.views.live import LiveScreen, health_line, tell_moment

PROGRAM = get_program("athena-distance")
HEALTH = SensorHealth("Polar H10 A1B2C3D4", 201.2, 0.012, 3, 87, "connected")
SIZES = [(40, 24), (60, 20), (100, 30), (200, 60), (30, 8)]
READY = Moment(0.5, Update(), None, (HEALTH,))


def calf() -> LiveScreen:
    return LiveScreen("eccentric-calf", aims_of(PROGRAM.prescription("eccentric-calf"), "foot"))


def jumps() -> LiveScreen:
    return LiveScreen("box-jump", aims_of(PROGRAM.prescription("box-jump"), "waist"))


def rep(number: int, lowering_s: float, valid: bool | None = True, flags: tuple[str, ...] = ()) -> Moment:
    measured = {"eccentric_duration_s": Measurement(lowering_s)}
    return replace(READY, update=Update(reps=(Rep(number, 0, 20, (), measured, False, valid, flags),)))


def lowering(now_s: float, travelled: float, alarm: bool = False) -> Moment:
    events = (Event("too_fast", now_s),) if alarm else ()
    return Moment(now_s, Update(events=events), Progress("eccentric", 20.0, travelled), (HEALTH,))


def drawn(screen: LiveScreen, width: int = 100, height: int = 30, encoding: str = "utf-8") -> list[str]:
    file = TextIOWrapper(BytesIO(), encoding=encoding, newline="\n")
    console = Console(file=file, width=width, height=height, color_system=None, legacy_windows=False)
    console.print(screen)
    file.seek(0)
    return file.read().splitlines()


def styles(screen: LiveScreen) -> str:
    file = StringIO()
    Console(file=file, width=100, height=30, force_terminal=True, color_system="truecolor").print(screen)
    return file.getvalue()


def shows_number(lines: list[str], number: int) -> bool:
    """Whether the number stands there in blocks of some size."""
    text = "\n".join(lines)
    rows = (["".join(line) for line in block_lines(str(number), 2 * size, size)] for size in range(1, 9))
    return any(all(row.strip() in text for row in drawn) for drawn in rows) or any(
        line.strip() == str(number) for line in lines
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_fits_every_terminal(width: int, height: int, encoding: str) -> None:
    for screen in (calf(), jumps()):
        for moment in (READY, rep(12, 9.1), lowering(25.0, 0.9, alarm=True), replace(READY, messages=("lost " * 60,))):
            screen.show(moment)
            lines = drawn(screen, width, height, encoding)
            assert len(lines) <= height
            assert max(map(len, lines)) <= width
            "\n".join(lines).encode(encoding)


@pytest.mark.parametrize(("width", "height"), SIZES[:4])
def test_the_number_is_huge(width: int, height: int) -> None:
    screen = calf()
    screen.show(rep(12, 9.1))
    lines = drawn(screen, width, height)
    assert shows_number(lines, 12)
    blocks = [line for line in lines if "██" in line]
    assert len(blocks) >= 5 + 5


@pytest.mark.parametrize(
    ("moment", "word", "tone"),
    [
        (READY, "READY", "go"),
        (rep(3, 9.1), "GOOD", "good"),
        (rep(3, 4.0, False, ("eccentric_too_fast",)), "SLOWER", "bad"),
        (rep(3, 9.0, False, ("slow_raise", "early_drop")), "EVENLY", "bad"),
        (rep(3, 9.0, False, ("short_range",)), "LOWER", "bad"),
        (rep(3, 9.0, None), "REP 3", "go"),
        (lowering(22.0, 0.1), "LOWER", "go"),
        (lowering(22.0, 0.6, alarm=True), "SLOWER", "bad"),
        (replace(READY, ready=False), "STAND STILL", "warn"),
        (replace(READY, health=(replace(HEALTH, link="awaited"),)), "WAIT", "warn"),
        (replace(READY, health=(replace(HEALTH, link="lost"),)), "NO LINK", "warn"),
        (replace(READY, health=(replace(HEALTH, link="silent"),)), "SILENT", "warn"),
    ],
)
def test_the_word_says_what_the_colour_says(moment: Moment, word: str, tone: str) -> None:
    screen = calf()
    screen.show(moment)
    assert (screen.word, screen.tone) == (word, tone)
    lines = drawn(screen)
    assert all(row.strip() in "\n".join(lines) for row in block_lines(word, 2, 1))


def test_the_alarm_stays_to_the_end_of_its_lowering_and_no_longer() -> None:
    screen = calf()
    screen.show(lowering(22.0, 0.6, alarm=True))
    screen.show(lowering(23.0, 0.8))
    assert screen.word == "SLOWER"
    later = Progress("eccentric", 40.0, 0.1)
    screen.show(Moment(41.0, Update(), later, (HEALTH,)))
    assert screen.word == "LOWER"


def test_the_bar_fills_while_the_heel_goes_down_and_marks_the_heel() -> None:
    filled = []
    for seconds in (1.0, 4.0, 9.0):
        screen = calf()
        screen.show(lowering(20.0 + seconds, 0.5))
        bar = next(line for line in drawn(screen) if "░" in line)
        filled.append(bar.count("█"))
        assert 44 <= bar.index("▼") <= 56
        assert any(f"lowering {seconds:.0f} of 10 s" in line for line in drawn(screen))
    assert filled == sorted(filled)
    assert filled[0] < 15
    assert filled[-1] > 80


def test_the_last_lowering_stays_until_the_next() -> None:
    screen = calf()
    screen.show(rep(1, 8.24))
    assert any("last lowering 8.2 s of 10 s" in line for line in drawn(screen))
    assert "1 good of 12–15" in drawn(screen)[0]


def test_a_landing_is_shown_against_its_limit_at_contact() -> None:
    screen = jumps()
    screen.show(replace(READY, impacts_g=(5.3,)))
    assert (screen.word, screen.tone) == ("LOUD", "bad")
    assert any("last landing 5.3 g, limit 4 g" in line for line in drawn(screen))
    screen.show(replace(READY, impacts_g=(3.1,)))
    assert (screen.word, screen.tone) == ("QUIET", "good")


def test_landings_are_counted_where_there_are_no_reps() -> None:
    screen = jumps()
    for number, valid in ((1, True), (2, False)):
        flags = () if valid else ("loud_landing",)
        landing = Landing(number, 5.0, {"peak_impact_g": Measurement(5.0)}, valid, flags)
        screen.show(replace(READY, update=Update(landings=(landing,))))
    assert (screen.number, screen.good, screen.word) == (2, 1, "LOUD")


def test_colours_are_there_and_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = calf()
    screen.show(lowering(22.0, 0.6, alarm=True))
    assert "\x1b[1;37;41m" in styles(screen)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "41m" not in styles(screen)


def test_messages_and_health_are_told_small() -> None:
    screen = calf()
    screen.tell("looking for the sensor")
    assert "looking for the sensor" in drawn(screen)[-1]
    screen.show(replace(READY, messages=("the link is lost",)))
    assert any("the link is lost" in line for line in drawn(screen))
    assert drawn(screen)[-1].startswith("201.2 Hz · 1.2 % lost · battery 87 % · 3 bad packets · Polar H10")
    assert health_line(SensorHealth("x", 52.0, link="lost")) == "52.0 Hz · 0.0 % lost · lost · x"


def test_a_set_that_is_over_says_so() -> None:
    screen = calf()
    screen.show(rep(12, 9.1))
    screen.over()
    assert screen.word == "DONE"


def test_where_there_is_no_screen_each_thing_is_a_line() -> None:
    shown, told = StringIO(), StringIO()
    moment = replace(lowering(22.0, 0.6, alarm=True), messages=("the link is lost",))
    tell_moment(moment, Console(file=shown, width=80), Console(file=told, width=80))
    tell_moment(rep(3, 4.0, False, ("eccentric_too_fast",)), Console(file=shown, width=80), Console(file=told))
    assert "slower!" in shown.getvalue()
    assert "rep 3" in shown.getvalue()
    assert told.getvalue() == "the link is lost\n"


def test_block_letters() -> None:
    assert block_lines("1I", 1, 1, "#") == [".#. #".replace(".", " "), "##  #", " #  #", " #  #", "### #"]
    assert len(block_lines("8", 4, 3)) == 15
    assert blocks_wide("SLOWER") == 25
    assert block_lines("~", 1, 1) == [""] * 5


def test_the_seconds_of_a_hold_grow_large_and_stay_with_the_last_one():
    aims = Aims(reps=None, lowering_s=None, loudest_g=None, spoiling=frozenset({"short_hold"}), hold_s=30.0)
    screen = LiveScreen("single-leg-balance", aims)
    screen.show(Moment(21.0, Update(), Progress("hold", 20.0, 0.0), (HEALTH,)))
    assert screen.word == "READY"
    screen.show(Moment(37.4, Update(), Progress("hold", 20.0, 0.0), (HEALTH,)))
    assert (screen.number, screen.word) == (17, "HOLD")
    screen.show(Moment(51.0, Update(), Progress("hold", 20.0, 0.0), (HEALTH,)))
    assert (screen.number, screen.word, screen.tone) == (31, "HELD", "good")
    short = Hold(1, 20.0, 32.6, {"hold_duration_s": Measurement(12.6)}, ("short_hold",))
    screen.show(Moment(33.0, Update(holds=(short,)), None, (HEALTH,)))
    assert (screen.number, screen.word, screen.tone) == (12, "LONGER", "bad")


def test_a_lowering_without_a_tempo_is_asked_for_as_the_least_that_it_is() -> None:
    """1.2 s are no aim, and neither is anything that no coach asks for."""
    aims = [aims_of(PROGRAM.prescription(name), "thigh") for name in ("full-wall-squat", "eccentric-calf")]
    squat, calf_raise = ("\n".join(drawn(LiveScreen("set", one))) for one in aims)
    assert "lower for 1.2 s or more" in squat
    assert "lower for 10 s" in calf_raise
    assert "or more" not in calf_raise
