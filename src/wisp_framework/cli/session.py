"""Somebody at the keyboard of ``wisp dev``: reads what they type and prints what they see, also unasked."""

import asyncio
from contextlib import suppress

from wisp_framework.cli.dialogue import Dialogue
from wisp_framework.cli.keyboard import Keyboard
from wisp_framework.cli.line import GRAMMAR, read_line
from wisp_framework.cli.offline import Offline
from wisp_framework.cli.output import Printer
from wisp_framework.exceptions import LineError
from wisp_sim.people import Person

HELP = f"""\
{GRAMMAR}
help                        this, and the commands that there are
quit                        stop the bot and leave"""


class Session:
    """Somebody at the keyboard, or at the other end of a pipe."""

    def __init__(self, offline: Offline, keyboard: Keyboard) -> None:
        self._offline = offline
        self._dialogue = Dialogue(offline)
        self._printer = Printer()
        self._keyboard = keyboard

    async def run(self) -> None:
        """Act out what is typed; returns when the person leaves. The end of a pipe is no leaving."""
        person = await self._dialogue.present()
        if self._keyboard.is_terminal:
            self._printer.note(f"You are {person.name}. Try /ping, or help.")
        while (line := await self._typed()) is not None:
            if line.strip() == "quit":
                return
            await self._answer(line.strip())
        if not self._keyboard.is_terminal:
            await asyncio.Event().wait()

    def leave(self) -> None:
        """End the line that somebody may be in the middle of."""
        if self._keyboard.is_terminal:
            self._printer.resume("\n")

    async def _typed(self) -> str | None:
        """The next line; what comes in while nobody typed it is printed at once."""
        person = await self._dialogue.present()
        prompt = f"{person.name} in {person.guild or 'no guild'} #{person.channel}> "
        watching = asyncio.create_task(self._watch(person, prompt))
        try:
            return await self._keyboard.line(prompt)
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self, person: Person, prompt: str) -> None:
        while True:
            with suppress(TimeoutError):
                seen = await person.until(lambda seen: bool(seen.messages or seen.deleted))
                self._printer.interrupt(prompt if self._keyboard.is_terminal else "")
                self._printer.seen(seen, person.channel, person.readable)
                self._printer.resume(prompt if self._keyboard.is_terminal else "")

    async def _answer(self, text: str) -> None:
        if not text:
            return
        if text == "help":
            await self._help()
            return
        try:
            line = read_line(text)
        except LineError as error:
            self._printer.problem(str(error))
            return
        turned = await self._dialogue.act(line)
        self._offline.skip_news()
        if self._keyboard.is_terminal:
            self._printer.came_of(turned)
        else:
            self._printer.turned(line, turned)

    async def _help(self) -> None:
        self._printer.note(HELP)
        person = await self._dialogue.present()
        for command in await person.commands():
            options = "".join(f" {name}:" for name in command.options)
            self._printer.note(f"{command.name}{options}  {command.description}")
