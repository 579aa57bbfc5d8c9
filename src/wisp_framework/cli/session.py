"""``wisp dev`` at work: serves the bot, reads what you type and prints what you see, also unasked."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from wisp_framework.cli.dialogue import Dialogue
from wisp_framework.cli.keyboard import Keyboard, terminal_restored
from wisp_framework.cli.line import GRAMMAR, read_line
from wisp_framework.cli.offline import Offline, offline_bot
from wisp_framework.cli.output import Printer
from wisp_framework.cli.play import read_world
from wisp_framework.exceptions import LineError
from wisp_framework.lifecycle import stop_signals
from wisp_sim.people import Person

PATIENCE_S = 10.0
GRACE_S = 30.0

HELP = f"""\
{GRAMMAR}
help                        this, and the commands that there are
quit                        stop the bot and leave"""


async def serve(target: str | None, port: int, world: Path | None, data_dir: Path) -> None:
    """Serve until told to stop: by a signal, by ``quit``, or by the end of a terminal's input.

    Raises:
        WispError: the bot or the offline Discord does not start, or the bot's connection ended for good.
    """
    stopped = asyncio.Event()
    starting: list[Offline] = []

    def hurry() -> None:
        for offline in starting:
            offline.app.lifecycle.hurry()

    with terminal_restored(), stop_signals(stopped.set, hurry, GRACE_S):
        async with AsyncExitStack() as stack:
            bot = offline_bot(target, read_world(world), data_dir=data_dir, port=port, patience_s=PATIENCE_S)
            start = asyncio.create_task(stack.enter_async_context(bot))
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not start.done():
                start.cancel()
                await asyncio.wait({start})
                return
            starting.append(start.result())
            await _until_over(start.result(), stop)


async def _until_over(offline: Offline, stop: asyncio.Task[bool]) -> None:
    session = Session(offline)
    talk = asyncio.create_task(session.run())
    ended = asyncio.create_task(offline.app.wait_closed())
    tasks: set[asyncio.Task[bool] | asyncio.Task[None]] = {talk, ended, stop}
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in (talk, stop):
        task.cancel()
    await asyncio.wait({talk, stop})
    if talk.cancelled():
        session.leave()
    for task in done:
        if not task.cancelled():
            task.result()
    ended.cancel()


class Session:
    """Somebody at the keyboard."""

    def __init__(self, offline: Offline) -> None:
        self._offline = offline
        self._dialogue = Dialogue(offline)
        self._printer = Printer()
        self._keyboard = Keyboard()

    async def run(self) -> None:
        """Act out what is typed; returns when the person leaves. The end of a pipe is no leaving."""
        person = await self._dialogue.present()
        self._welcome(person)
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

    def _welcome(self, person: Person) -> None:
        guilds = " and ".join(guild.name for guild in self._offline.world.guilds)
        self._printer.note(f"Wisp is ready, in {guilds}.")
        self._printer.note(f"The offline Discord is at {self._offline.sim.api_url}.")
        self._printer.note(f"You are {person.name}. Try /ping, or help.")

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
