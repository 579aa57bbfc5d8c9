"""A person's login: who they are, where they stand, and what they see."""

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wisp_sim.clock import Clock, SimClock
from wisp_sim.people.errors import NotThereError, RefusedByServerError
from wisp_sim.people.memory import Note
from wisp_sim.people.options import HasId
from wisp_sim.people.payload import payloads, text
from wisp_sim.people.reading import read_form
from wisp_sim.people.seen import Form, Message, Seen
from wisp_sim.people.session import PassUntil, Session, Settle, Tell

PATIENCE_S = 10.0
HISTORY_LIMIT = 50


class Login:
    """One user of the offline Discord, logged in over the wire like any client.

    Every action returns once it is complete: Discord said how the interaction ended, an answer that was
    deferred is filled, ``settle`` found everything at rest, and all events sent until then were handled.

    Args:
        api_url: base of the REST routes; the gateway's address follows from it.
        token: the user's token.
        settle: returns when the bot has handled everything and all sessions heard of it; without it an
            action is complete as soon as the server says so, and what a bot does later is left to `until`.
        patience_s: the longest real time that one action waits for an answer.
        clock: the server's time.
        pass_until: moves the time until something is so, at most so many seconds; with it an action waits
            by the clock, without it in real time.
        tell: hears of each action and what came of it.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token: str,
        settle: Settle | None = None,
        patience_s: float = PATIENCE_S,
        clock: Clock | None = None,
        pass_until: PassUntil | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._session = Session(
            api_url, token, settle, patience_s, clock or SimClock(), pass_until=pass_until, tell=tell
        )
        self._memory = self._session.memory
        self._place = self._session.place
        self._read_channels: set[str] = set()

    @classmethod
    async def connect(
        cls,
        *,
        api_url: str,
        token: str,
        settle: Settle | None = None,
        patience_s: float = PATIENCE_S,
        clock: Clock | None = None,
    ) -> Self:
        """Log in and return when this person sees their guilds; `close` logs out.

        Raises:
            WireError: nobody listens there, or the token is not let in.
        """
        person = cls(api_url=api_url, token=token, settle=settle, patience_s=patience_s, clock=clock)
        await person.open()
        return person

    async def open(self) -> None:
        """Log in.

        Raises:
            WireError: nobody listens there, or the token is not let in.
        """
        await self._session.begin("logs in")

    async def close(self) -> None:
        """Log out; safe to call twice."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- who and where ---------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        """The user's id."""
        return int(self._memory.user_id or 0)

    @property
    def name(self) -> str:
        """The user's name."""
        return self._memory.user_name

    @property
    def guild(self) -> str:
        """The name of the guild in which this person is; empty when they are in none."""
        return self._place.guild.name if self._place.guild else ""

    @property
    def guilds(self) -> tuple[str, ...]:
        """The names of the guilds that this person is a member of."""
        return tuple(view.name for view in self._memory.guilds.values())

    @property
    def channel(self) -> str:
        """The name of the channel in which this person is; empty when they are in none."""
        return self._memory.channel_name(self._place.channel_id)

    @property
    def form(self) -> Form | None:
        """The modal that stands open and waits to be submitted."""
        return read_form(self._memory.form) if self._memory.form else None

    def go(self, *, guild: str | None = None, channel: str | None = None) -> None:
        """Turn to another guild or channel, named by name or id; nothing is sent.

        Raises:
            NotThereError: this person sees no such guild or channel.
        """
        self._place.turn(guild, channel)

    def mention(self, name: str) -> str:
        """How a message names a member of the guild so that they are told.

        Raises:
            NotThereError: no such member.
        """
        view = self._place.guild
        found = view.members.find(name) if view else None
        if found is None:
            raise NotThereError("member", name, view.members.names() if view else [])
        return f"<@{found}>"

    def readable(self, text: str) -> str:
        """The text as a client shows it: mentions of members, channels and roles by their names."""
        return self._memory.readable(text)

    # --- looking around --------------------------------------------------------------------------------

    async def history(self) -> tuple[Message, ...]:
        """The last messages of this channel that this person can see, oldest first."""
        await self._session.begin("reads")
        await self._session.wire.catch_up()
        notes = await self._notes(self._place.here())
        return tuple(self._memory.message(note) for note in reversed(notes))

    async def news(self) -> Seen:
        """What came since the last `Seen` of this person without any doing of theirs."""
        await self._session.begin("looks for news")
        return await self._session.news()

    def skip_news(self) -> None:
        """Count all that came so far as seen: it is no news any more, and `until` does not find it."""
        self._session.skip_news()

    async def until(self, look: Callable[[Seen], bool]) -> Seen:
        """Wait until what came since the last `Seen` satisfies ``look``, and return it.

        Raises:
            TimeoutError: it did not within ``patience_s``.
            WireError: the connection ended.
        """
        await self._session.begin("waits")
        return await self._session.until(look)

    async def _notes(self, channel_id: str) -> list[Note]:
        if channel_id not in self._read_channels:
            self._read_channels.add(channel_id)
            route = f"/channels/{channel_id}/messages?limit={HISTORY_LIMIT}"
            # Who may not read the history still sees what came while they were there.
            with contextlib.suppress(RefusedByServerError):
                self._memory.learn_history(payloads(await self._session.wire.request("GET", route)))
        return self._memory.notes_in(channel_id)

    async def _look_in(self, message: Message | HasId | None) -> list[Note]:
        return await self._notes(self._place.here()) if message is None else [await self._target(message)]

    async def _target(self, target: Message | HasId | str | None) -> Note:
        notes = await self._notes(self._place.here())
        if target is None:
            if not notes:
                raise NotThereError("message", "the newest", [], where=f"in #{self.channel}")
            return notes[0]
        wanted = target if isinstance(target, str) else str(target.id)
        note = self._memory.notes.get(wanted)
        if note is None or note.deleted is not None:
            raise NotThereError("message", wanted, [text(note.raw, "id") for note in notes[:5]])
        return note
