"""What an athlete sees and hears of a live set: a screen or lines, tones or bells."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self

from rich.console import Console

from athena_sense.cli.listening import tell
from athena_sense.living import Aims, Moment
from athena_sense.views.live import LiveScreen, tell_moment
from athena_sense.views.painter import Painter
from athena_sense.views.sound import Cues, Speaker, open_speaker


class Stage:
    """Shows moments on the whole screen of a terminal, line by line elsewhere, and sounds them unless `quiet`."""

    def __init__(self, title: str, aims: Aims, console: Console, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._screen, self._cues = LiveScreen(title, aims), Cues(aims)
        self._messages = Console(stderr=True, highlight=False)
        self._painter: Painter | None = None
        self._speaker: Speaker | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._painter = await self._stack.enter_async_context(Painter(self._screen, self._console))
        if not self._quiet:
            # Opening an audio device takes its time: the set must not wait for it, but it may come a little later.
            self._speaker = await asyncio.to_thread(open_speaker, self._ring)
            self._stack.callback(self._speaker.close)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.__aexit__(*error)

    def tell(self, message: str) -> None:
        """A message before the set begins."""
        if self._painter is None:
            tell(message)
        else:
            self._screen.tell(message)
            self._painter.changed()

    def show(self, moment: Moment) -> None:
        """Show what is known now, and sound it."""
        cue = self._cues.heard(moment)
        if cue is not None and self._speaker is not None:
            self._speaker.play(cue)
        if self._painter is None:
            tell_moment(moment, self._console, self._messages)
        else:
            self._screen.show(moment)
            self._painter.changed()

    def over(self) -> None:
        """The set is over; the sensor is being stopped."""
        self._screen.over()
        if self._painter is not None:
            self._painter.changed()

    def _ring(self) -> None:
        if self._console.is_terminal:
            self._console.bell()
