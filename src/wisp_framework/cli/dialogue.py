"""Acts out the lines of a dialogue, one after the other, and remembers who is speaking."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from wisp_framework.cli.line import (
    Click,
    Deed,
    Go,
    Join,
    Line,
    Menu,
    React,
    Say,
    Select,
    Slash,
    Submit,
)
from wisp_framework.cli.offline import Offline
from wisp_sim import SimError
from wisp_sim.people import Person, Seen, UnusableError


@dataclass(frozen=True, slots=True)
class Turned:
    """What came of one line.

    Attributes:
        who: the name of the person who did it.
        guild: where they are now.
        channel: where they are now.
        seen: what they see; None when nothing could be done.
        problem: why nothing could be done, or why what was done does not count as answered.
        readable: puts names in place of mentions, as this person's client does.
    """

    who: str
    guild: str
    channel: str
    seen: Seen | None
    problem: str = ""
    readable: Callable[[str], str] = str

    @property
    def went_well(self) -> bool:
        """Whether the line did what it should, and was answered if it needs an answer."""
        return not self.problem and (self.seen is None or not self.seen.failure)


class Dialogue:
    """The conversation of some people with a bot."""

    def __init__(self, offline: Offline) -> None:
        self._offline = offline
        self.speaker = offline.host

    async def act(self, line: Line) -> Turned:
        """Do what a line says; what cannot be done is told, not raised."""
        if line.speaker and not line.text:
            return await self._change_speaker(line.speaker)
        person: Person | None = None
        try:
            person = await self._doer(line)
            seen = await self._do(person, line.deed)
        except SimError as error:
            name = person.name if person else line.speaker or self.speaker
            return self._turned(name, person, None, str(error))
        return self._turned(person.name, person, seen, self._unanswered(line.deed, seen))

    async def present(self) -> Person:
        """The person whose turn it is.

        Raises:
            SimError: they cannot log in.
        """
        return await self._offline.person(self.speaker)

    async def _change_speaker(self, name: str) -> Turned:
        try:
            person = await self._offline.person(name)
        except SimError as error:
            return self._turned(name, None, None, str(error))
        self.speaker = person.name
        return self._turned(person.name, person, None, "")

    def _turned(self, name: str, person: Person | None, seen: Seen | None, problem: str) -> Turned:
        if person is None:
            return Turned(name, "", "", seen, problem)
        return Turned(name, person.guild, person.channel, seen, problem, person.readable)

    async def _doer(self, line: Line) -> Person:
        """Whoever the line names, else the speaker; but who is in already cannot join, so a newcomer does."""
        person = await self._offline.person(line.speaker or self.speaker)
        if line.speaker is None and isinstance(line.deed, Join) and person.guild:
            return await self._offline.newcomer(person.guild)
        return person

    async def _do(self, person: Person, deed: Deed) -> Seen | None:
        if isinstance(deed, Join):
            return await self._join(person)
        if isinstance(deed, Go):
            place = deed.place
            person.go(channel=place) if place.startswith("#") else person.go(guild=place)
            return None
        return await _act(person, deed)

    async def _join(self, person: Person) -> Seen:
        speaker = await self.present()
        guild = speaker.guild or self._offline.world.guilds[0].name
        if guild in person.guilds:
            raise UnusableError(f"{person.name} is in {guild} already.")
        await self._offline.sim.join(person.name, guild)
        seen = await person.news()
        person.go(guild=guild)
        return seen

    def _unanswered(self, deed: Deed, seen: Seen | None) -> str:
        """Why a line that needs an answer has none; empty if all is well."""
        if seen is None or seen.answered or seen.failure or isinstance(deed, Join | React):
            return ""
        if isinstance(deed, Say) and not self._addresses_bot(deed.text):
            return ""
        return "Nobody answered."

    def _addresses_bot(self, text: str) -> bool:
        """Whether a plain message is a prefix command; other talk needs no answer."""
        prefix = re.escape(self._offline.app.config.command_prefix)
        return re.match(rf"{prefix}\w", text) is not None


async def _act(person: Person, deed: Deed) -> Seen:
    match deed:
        case Slash(command, options, None):
            return await person.slash(command, **options)
        case Slash(command, options, str() as focused):
            others = {name: value for name, value in options.items() if name != focused}
            return await person.autocomplete(command, focused, options[focused], **others)
        case Menu(name, member):
            return await person.context_menu(name, member)
        case Click(label):
            return await person.click(label)
        case Select(menu, values):
            return await person.select(menu, *values)
        case Submit(fields):
            return await person.submit(**fields)
        case Say(text):
            return await person.say(text)
        case React(emoji):
            return await person.react(None, emoji)
        case _:
            return await person.news()
