"""A set as it happens, for someone three metres away with busy hands.

One huge number, one word in one colour, one bar; whatever the colour says, the word says too.
"""

import math
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from athena_sense.datatypes import Hold, Landing, Progress, Rep
from athena_sense.living import Aims, Moment, SensorHealth
from athena_sense.targets import quantity
from athena_sense.targets.judging import measured
from athena_sense.views.block_letters import ROWS, block_lines, blocks_wide
from athena_sense.views.glyphs import Glyphs, glyphs_for
from athena_sense.views.terminal import show_update

FLAG_WORDS = {
    "eccentric_too_fast": "SLOWER",
    "early_drop": "EVENLY",
    "short_range": "LOWER",
    "loud_landing": "LOUD",
    "long_contact": "SPRING",
    "not_three_jumps": "3 JUMPS",
    "short_hold": "LONGER",
    "unsteady": "STEADY",
    "foot_down": "FOOT UP",
    "trunk_lean": "UPRIGHT",
    "short_lift": "HIGHER",
    "short_lean": "FURTHER",
    "bent_at_hips": "STRAIGHT",
    "shallow": "DEEPER",
    "trunk_collapse": "CHEST UP",
}
"""What to do, or what it was, in one word that is read at a glance; other flags are shown as they are."""
LINK_WORDS = {"awaited": "WAIT", "lost": "NO LINK", "silent": "SILENT", "gone": "NO LINK"}
STYLES = {"good": "bright_green", "bad": "red", "go": "bright_cyan", "warn": "bright_yellow"}
LOUD_BAR = 1.5
"""A landing's bar ends at this many times its limit."""
_BLOCK, _EMPTY, _MARK = ("█", "#"), ("░", "."), ("▼", "v")
LEAST_SHOWN_S = 2.0
"""A shorter stop is not shown as a hold: the last one stays readable."""
LARGEST = 8
"""Largest size of a block: bigger than a hand on any screen."""


class LiveScreen:
    """What is shown of a set. `show` takes each moment; printing it draws what was last shown, as large as fits."""

    def __init__(self, title: str, aims: Aims) -> None:
        self.number, self.good = 0, 0
        self.word, self.tone = "WAIT", "warn"
        self._title, self._aims = title, aims
        self._verdict = ("READY", "go")
        self._bar: tuple[float, float | None] = (0.0, None)
        self._bar_label = "" if aims.lowering_s is None else f"lower for {aims.lowering_words}"
        if aims.hold_s is not None:
            self._bar_label = f"hold for {aims.hold_s:g} s"
        self._bar_tone = "go"
        self._landing = ""
        self._alarm_s = -math.inf
        self._message = ""
        self._health: tuple[SensorHealth, ...] = ()

    def show(self, moment: Moment) -> None:
        """Take what is known now."""
        self._health = moment.health
        if moment.messages:
            self.tell(moment.messages[-1])
        elif self.word == "WAIT" and moment.health[0].link == "connected":
            self.tell("")
        for event in moment.update.events:
            if event.kind == "too_fast":
                self._alarm_s = event.time_s
        for rep in moment.update.reps:
            self._judged(rep)
            self._lowered(rep)
        for peak_g in moment.impacts_g:
            self._landed(peak_g)
        for landing in moment.update.landings:
            self._judged(landing)
        for hold in moment.update.holds:
            self._held(hold)
        self._follow(moment.progress, moment.now_s)
        self._follow_hold(moment.progress, moment.now_s)
        link = LINK_WORDS.get(moment.health[0].link, None if moment.ready else "STAND STILL")
        self.word, self.tone = self._verdict if link is None else (link, "warn")

    def tell(self, message: str) -> None:
        """A message, shown until the next."""
        self._message = message

    def over(self) -> None:
        """The set is over."""
        self.word, self.tone, self._message = "DONE", "go", ""

    def _judged(self, item: Rep | Landing) -> None:
        if isinstance(item, Rep) or not self._aims.in_rows:
            self.number = item.number
            self.good += item.valid is True
        if item.valid is False:
            flag = next((flag for flag in item.flags if flag in self._aims.spoiling), "poor")
            self._verdict = (FLAG_WORDS.get(flag, flag.replace("_", " ").upper()), "bad")
        else:
            good = "QUIET" if isinstance(item, Landing) else "GOOD"
            self._verdict = (good, "good") if item.valid else (f"{type(item).__name__.upper()} {item.number}", "go")

    def _lowered(self, rep: Rep) -> None:
        """The bar keeps the last lowering until the next one begins."""
        aim, lowering = self._aims.lowering_s, measured(rep.measurements, "eccentric_duration_s")
        if aim is None or lowering.value is None:
            return
        self._bar = (lowering.value / aim, None)
        self._bar_tone = "bad" if "eccentric_too_fast" in rep.flags else "good" if rep.valid else "go"
        told = quantity("eccentric_duration_s", round(lowering.value, 1), lowering.bound)
        self._bar_label = f"last lowering {told} of {self._aims.lowering_words}"

    def _landed(self, peak_g: float) -> None:
        limit = self._aims.loudest_g
        self._landing = f"last landing {peak_g:.1f} g" + (
            "" if limit is None else f", limit {quantity('peak_impact_g', limit)}"
        )
        if limit is None:
            return
        tone = "bad" if peak_g > limit else "good"
        self._verdict = ("LOUD", "bad") if tone == "bad" else ("QUIET", "good")
        if self._aims.lowering_s is None:
            self._bar, self._bar_tone = (peak_g / limit / LOUD_BAR, 1.0 / LOUD_BAR), tone
            self._bar_label, self._landing = self._landing, ""

    def _held(self, hold: Hold) -> None:
        """The number and the bar keep the last hold until the next one begins."""
        held = measured(hold.measurements, "hold_duration_s")
        flag = next((flag for flag in hold.flags if flag == "short_hold" or flag in self._aims.spoiling), None)
        self.good += flag is None
        self._verdict = ("HELD", "good") if flag is None else (FLAG_WORDS.get(flag, flag.upper()), "bad")
        if held.value is not None:
            self._show_seconds(held.value, self._verdict[1])
            self._bar_label = f"last hold {quantity('hold_duration_s', round(held.value, 1), held.bound)}"

    def _follow_hold(self, progress: Progress | None, now_s: float) -> None:
        """The seconds held so far, large."""
        if progress is None or progress.phase != "hold":
            return
        held_s, aim = max(0.0, now_s - progress.since_s), self._aims.hold_s
        if held_s < LEAST_SHOWN_S:
            return
        self._verdict = ("HOLD", "go") if aim is None or held_s < aim else ("HELD", "good")
        self._show_seconds(held_s, self._verdict[1])
        self._bar_label = f"holding {held_s:.0f} s" + ("" if aim is None else f" of {aim:g} s")

    def _show_seconds(self, held_s: float, tone: str) -> None:
        self.number = int(held_s)
        if self._aims.hold_s is not None:
            self._bar, self._bar_tone = (held_s / self._aims.hold_s, None), tone

    def _follow(self, progress: Progress | None, now_s: float) -> None:
        """The bar fills with time, and its mark is the heel: ahead of the bar is too fast."""
        aim = self._aims.lowering_s
        if aim is None or progress is None or progress.phase != "eccentric":
            return
        elapsed_s = max(0.0, now_s - progress.since_s)
        self._verdict = ("SLOWER", "bad") if self._alarm_s >= progress.since_s else ("LOWER", "go")
        self._bar = (elapsed_s / aim, progress.travelled)
        self._bar_tone = self._verdict[1]
        self._bar_label = f"lowering {elapsed_s:.0f} of {self._aims.lowering_words}"

    # ---- drawing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or options.size.height
        glyphs = glyphs_for(options.encoding)
        foot = self._foot(console, width, height, glyphs)
        left = height - len(foot) - 1
        word = _word(self.word, width, left - ROWS, glyphs)
        size = min(LARGEST, (left - len(word)) // ROWS, width // (2 * blocks_wide(f"{self.number:02}")))
        number = _centred(self._number(size, glyphs), width, f"bold {STYLES[self.tone]}")
        band = _centred(word, width, f"bold {'white' if self.tone == 'bad' else 'black'} on {STYLES[self.tone]}")
        free = max(0, left - len(number) - len(band))
        lines = [
            self._head(width, glyphs),
            *_blank((free + 2) // 3),
            *number,
            *_blank((free + 1) // 3),
            *band,
            *_blank(free // 3),
            *foot,
        ]
        for line in lines[-height:]:
            line.truncate(width)
            yield line

    def _head(self, width: int, glyphs: Glyphs) -> Text:
        aim = self._aim()
        head = Text(glyphs.say(self._title), "dim")
        head.truncate(max(0, width - len(aim) - 2), overflow="crop", pad=True)
        return head.append(f"  {glyphs.say(aim)}", "bold not dim")

    def _number(self, size: int, glyphs: Glyphs) -> Sequence[str]:
        return block_lines(str(self.number), 2 * size, size, _sign(_BLOCK, glyphs)) if size > 0 else [str(self.number)]

    def _foot(self, console: Console, width: int, height: int, glyphs: Glyphs) -> list[Text]:
        lines = []
        if self._bar_label:
            lines += _bar(*self._bar, width, 2 if height >= 20 else 1, STYLES[self._bar_tone], glyphs)
        told = [text for text in (self._bar_label, self._landing) if text]
        lines.append(Text(glyphs.say(" · ".join(told)), "bold", justify="center", no_wrap=True))
        if self._message:
            words = Text(glyphs.say(self._message), STYLES["warn"])
            lines += words.wrap(console, width)[: 1 + height // 20]
        return lines + [Text(glyphs.say(health_line(one)), "dim", no_wrap=True) for one in self._health[: height // 8]]

    def _aim(self) -> str:
        if self._aims.reps is None:
            return ""
        least, most = self._aims.reps
        return f"{self.good} good of {least}" + ("" if least == most else f"–{most}")


def health_line(health: SensorHealth) -> str:
    """Real rate, loss, battery; the name last, where a narrow screen cuts it."""
    parts = [f"{health.rate_hz:.1f} Hz", f"{100 * health.loss:.1f} % lost"]
    parts += [f"battery {health.battery_percent} %"] if health.battery_percent is not None else []
    parts += [f"{health.bad_packets} bad packets"] if health.bad_packets else []
    parts += [health.link] if health.link != "connected" else []
    return " · ".join([*parts, health.name])


def tell_moment(moment: Moment, console: Console, messages: Console) -> None:
    """What has just happened, a line each, where there is no screen to draw on."""
    for message in moment.messages:
        messages.print(Text(glyphs_for(messages.encoding).say(message)), soft_wrap=True)
    for event in moment.update.events:
        if event.kind == "too_fast":
            console.print(Text(f"{'':>7}  slower!", "red"))
    show_update(moment.update, console)


def _word(word: str, width: int, room: int, glyphs: Glyphs) -> Sequence[str]:
    """The word as large as it fits; in one line where it does not."""
    for high, wide in ((2, 4), (1, 2), (1, 1)):
        if ROWS * high + 2 <= room // high and blocks_wide(word) * wide + 2 <= width:
            return ["", *block_lines(word, wide, high, _sign(_BLOCK, glyphs)), ""]
    return [word]


def _bar(share: float, mark: float | None, width: int, rows: int, style: str, glyphs: Glyphs) -> list[Text]:
    room = max(width - 4, 1)
    filled = round(min(max(share, 0.0), 1.0) * room)
    at = None if mark is None else min(round(min(max(mark, 0.0), 1.0) * room), room - 1)
    lines = []
    for _ in range(rows):
        line = (
            Text("  ")
            .append(_sign(_BLOCK, glyphs) * filled, style)
            .append(_sign(_EMPTY, glyphs) * (room - filled), "dim")
        )
        if at is not None:
            line = line[: at + 2].append(_sign(_MARK, glyphs), "bold reverse").append_text(line[at + 3 :])
        lines.append(line)
    return lines


def _centred(lines: Iterable[str], width: int, style: str) -> list[Text]:
    return [Text(line.center(width), style, no_wrap=True) for line in lines]


def _blank(count: int) -> list[Text]:
    return [Text("") for _ in range(count)]


def _sign(signs: tuple[str, str], glyphs: Glyphs) -> str:
    return signs[glyphs.ascii_only]
