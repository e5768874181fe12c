"""A workout between its sets, for someone three metres away, and the page at its end."""

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from athena_sense.datatypes import Item, Verdict
from athena_sense.result import Result
from athena_sense.targets.wording import counted
from athena_sense.views.block_letters import ROWS, block_lines, blocks_wide
from athena_sense.views.glyphs import Glyphs, glyphs_for
from athena_sense.workout import SetRecord, Step, Workout

LARGEST = 6
"""Largest size of a block: what is below it must have room."""
AIRY = 6
"""From so many lines on, beside the keys and the first, there are blank ones between."""
_ASKED = ("valid_rep_count", "hold_duration_s")
"""What a set is asked for; its other targets say how."""
_STATUS = {"done": "done", "skipped": "skipped", "failed": "not done", "broken_off": "broken off"}


class NextScreen:
    """What comes next: a huge countdown while there is a rest, what to put where, how much, and the coach's cue.

    The verdict of the `last` set, or what a try at this one failed for, stays above it. `seconds` is the rest that is
    left, None for none; `question` stands in place of the keys, of which Enter means to `begin`.
    """

    def __init__(
        self,
        step: Step,
        planned: int,
        where: str,
        dose: str,
        last: SetRecord | None = None,
        begin: str = "begin",
    ) -> None:
        self._last, self._begin = last, begin
        self.seconds: float | None = None
        self.question = ""
        self._instead = step.asked.substitute
        self._head = f"set {step.number} of {planned}"
        self._name = step.exercise.replace("-", " ").upper()
        self._facts = [
            " · ".join(
                part
                for part in (
                    f"{step.side} side" if step.side else "",
                    f"set {step.set_number} of {step.sets}" if step.sets > 1 else "",
                    dose,
                )
                if part
            ),
            where,
        ]
        self._cue = step.asked.cue.strip().replace("\n", " ")

    def words(self) -> str:
        """The same as a few lines, where there is no screen to draw on."""
        return "\n".join(
            ["", f"{self._head}: {self._name}", *(fact for fact in self._facts if fact), self.question]
        ).rstrip()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or options.size.height
        glyphs = glyphs_for(options.encoding)
        keys = Text(glyphs.say(self.question or self._keys()), "bold bright_yellow")
        foot = keys.wrap(console, max(width - 2, 1))[:height]  # whatever else has no room: a key is not pressed blindly
        room = height - len(foot) - 1
        gap = [Text("")] if room >= AIRY else []
        told = self._told(console, width, room - 2 * len(gap), glyphs)
        big = self._big(width, room - 2 * len(gap) - len(told), glyphs)
        resting = f" · {self._rest()} s of rest" if self.seconds is not None and not big else ""
        lines = [Text(glyphs.say(f"{self._head}{resting}"), "dim"), *big, *gap, *told, *gap]
        for line in (*lines[: height - len(foot)], *foot):
            line.truncate(width)
            yield line

    def _keys(self) -> str:
        instead = f" · o: {self._instead} instead" if self._instead else ""
        return f"Enter: {self._begin} · s: skip{instead} · q: end the workout"

    def _told(self, console: Console, width: int, room: int, glyphs: Glyphs) -> list[Text]:
        """What to do, and as far as there is room, what came of the last set and the cue; some is left for the rest."""

        def lines(*texts: Text) -> list[Text]:
            return [line for text in texts for line in text.wrap(console, max(width - 2, 1))]

        facts = [Text(glyphs.say(fact), "bold") for fact in self._facts if fact]
        what = lines(Text(glyphs.say(self._name), "bold bright_cyan"), *facts)[: max(room, 0)]
        last: list[Text] = []
        if self._last is not None:
            mark, name, words = _row(self._last, glyphs)
            last = [*lines(mark.append(" ").append_text(name).append("  ").append_text(words)), Text("")]
        last = last if len(last) + len(what) <= room else []
        left = room - len(last) - len(what)
        cue = lines(Text(glyphs.say(f"“{self._cue}”"), "dim")) if self._cue else []
        return [*last, *what, *_cut(cue, left - ROWS if left > ROWS + 1 else left, width - 2, glyphs)]

    def _rest(self) -> str:
        return str(max(0, round(self.seconds or 0.0)))

    def _big(self, width: int, room: int, glyphs: Glyphs) -> list[Text]:
        word = "NEXT" if self.seconds is None else self._rest()
        size = min(LARGEST, room // ROWS, width // (2 * blocks_wide(word)))
        sign = "#" if glyphs.ascii_only else "█"
        lines = block_lines(word, 2 * size, size, sign) if size > 0 else []
        return [Text(line.center(width).rstrip(), "bold bright_cyan") for line in lines]


def _cut(lines: list[Text], room: int, width: int, glyphs: Glyphs) -> list[Text]:
    """As much of a quotation as there is room for, with a sign that it goes on."""
    if len(lines) <= room or room < 1:
        return lines if len(lines) <= room else []
    end = glyphs.say("…”")
    last = lines[room - 1].copy()
    last.rstrip()
    last.truncate(max(width - len(end), 0))
    return [*lines[: room - 1], last.append(end)]


def show_workout(workout: Workout, console: Console) -> None:
    """One page: a line a set with its verdict, what was missed in the coach's words, and what was left out."""
    glyphs = glyphs_for(console.encoding)
    console.print(Text(glyphs.say(f"Workout · {workout.program} · {workout.started[:16].replace('T', ' ')}"), "bold"))
    rows = [_row(one, glyphs) for one in workout.sets]
    wide = max((row[1].cell_len for row in rows), default=0)
    for mark, name, words in rows:
        line = mark.append(" ").append_text(name).append(" " * (wide - name.cell_len + 2))
        indent = line.cell_len
        wrapped = words.wrap(console, max(console.width - indent, 20))
        for number, part in enumerate(wrapped or [Text("")]):
            shown = line if number == 0 else Text(" " * indent)
            shown.append_text(part).rstrip()
            console.print(shown, soft_wrap=True)
    for advice in _advice(workout):
        console.print(Text(glyphs.say(advice)))
    left = workout.planned - workout.come_to
    if left > 0:
        console.print(Text(f"{left} of {workout.planned} sets were not come to"), style="yellow")


def _row(one: SetRecord, glyphs: Glyphs) -> tuple[Text, Text, Text]:
    name = one.exercise + (f" {one.side}" if one.side else "") + (f" {one.set_number}" if one.set_number > 1 else "")
    if one.result is None:
        words = "its recording is lost" if one.kept is not None else _STATUS[one.status]
        words += f": {one.why}" if one.why else ""
        return Text(glyphs.unknown, "dim"), Text(glyphs.say(name)), Text(glyphs.say(words), "dim")
    words = _count_words(one.result) if one.status == "done" else f"broken off after {_seen(one.result)}"
    missed = [v.target for v in one.verdicts if v.status == "missed" and v.metric != "valid_rep_count"]
    words += f"; missed: {', '.join(missed)}" if missed else ""
    words += f" (instead of {one.substitute_for})" if one.substitute_for else ""
    words += f" ({one.why})" if one.why else ""
    return _mark(one.verdicts, glyphs), Text(glyphs.say(name)), Text(glyphs.say(words))


def _mark(verdicts: Sequence[Verdict], glyphs: Glyphs) -> Text:
    """Whether a set met what was asked: how many good reps, or how long. What was not measured never passes."""
    if any(verdict.status == "missed" for verdict in verdicts):
        return Text(glyphs.missed, "bold red")
    asked = [verdict for verdict in verdicts if verdict.metric in _ASKED] or verdicts
    is_met = bool(asked) and all(verdict.status == "met" for verdict in asked)
    return Text(glyphs.met, "green") if is_met else Text(glyphs.unknown, "dim")


def _count_words(result: Result) -> str:
    """The first verdict without its advice: how many, or how long, of how much."""
    first: Verdict | None = result.verdicts[0] if result.verdicts else None
    return "" if first is None else first.message.split(". ")[0].split(": ")[0]


def _seen(result: Result) -> str:
    """How many reps, landings or holds there were."""
    items: Sequence[Item] = result.reps or result.landings or result.holds
    return counted(len(items), type(items[0]).__name__.lower() if items else "rep")


def _advice(workout: Workout) -> list[str]:
    """What the coach says of everything that was missed, once each."""
    told: dict[str, None] = {}
    for one in workout.sets:
        for verdict in one.verdicts:
            _, dot, advice = verdict.message.partition(". ")
            if verdict.status == "missed" and dot:
                told[f"{one.exercise}: {advice}"] = None
    return ["", *told] if told else []
