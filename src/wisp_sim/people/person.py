"""People: members of the offline Discord who act, and tell what they then see."""

import contextlib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

from wisp_sim.clock import Clock, SimClock
from wisp_sim.model.kinds import CommandType, InteractionType, OptionType
from wisp_sim.people.commands import find_command, list_commands
from wisp_sim.people.controls import BUTTONS, MENUS, fill_form, find_control, select_values
from wisp_sim.people.errors import NotThereError, RefusedByServerError, UnusableError
from wisp_sim.people.memory import Note
from wisp_sim.people.options import HasId, Value, descend, entity_id, fill, nest
from wisp_sim.people.payload import Payload, as_payload, number, part, payloads, text
from wisp_sim.people.reading import read_form
from wisp_sim.people.seen import Command, Form, Message, Seen
from wisp_sim.people.session import PassUntil, Session, Settle, Tell

PATIENCE_S = 10.0
HISTORY_LIMIT = 50


class Person:
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

    # --- acting ----------------------------------------------------------------------------------------

    async def slash(self, command: str, /, **options: Value) -> Seen:
        """Run a slash command, for example ``slash("modules enable", module="ping")``.

        Raises:
            NotThereError: no such command, subcommand, option, choice, member, role or channel here.
            UnusableError: a required option is missing, or a value does not fit its declared type.
        """
        await self._session.begin(said(f"/{command.removeprefix('/')}", options))
        return await self._command(command, dict(options), InteractionType.COMMAND, None)

    async def autocomplete(self, command: str, option: str, typed: str, /, **others: Value) -> Seen:
        """Type into an option and see the suggestions; nothing is run.

        Raises:
            NotThereError: no such command, subcommand or option here.
            UnusableError: another option's value does not fit its declared type.
        """
        await self._session.begin(said(f"types {typed!r} into {option} of /{command}", others))
        given: dict[str, Value] = {**others, option: typed}
        return await self._command(command, given, InteractionType.AUTOCOMPLETE, option)

    async def context_menu(self, name: str, target: Message | HasId | str | None = None) -> Seen:
        """Use a command from the menu of a message or a member.

        Args:
            name: the command's name.
            target: a message, anything with an id, or a member's name; the newest message here if left out.

        Raises:
            NotThereError: no such command or member here.
        """
        await self._session.begin(f"uses {name!r} of a menu")
        kinds = (CommandType.USER, CommandType.MESSAGE)
        command = find_command(await self._index(), name, kinds, where=self._place.described())
        if number(command, "type") == CommandType.USER:
            found = entity_id(OptionType.USER, target, self._place.guild) if target is not None else None
            if found is None:
                view = self._place.guild
                raise NotThereError("member", str(target or ""), view.members.names() if view else [])
            target_id = found
        else:
            target_id = text((await self._target(target)).raw, "id")
        return await self._invoke(command, InteractionType.COMMAND, {"target_id": target_id, "options": []})

    async def click(self, label: str, *, message: Message | HasId | None = None) -> Seen:
        """Press the newest button here with that label, emoji or custom id; ``message`` narrows it to one.

        Raises:
            NotThereError: there is no such button here.
            UnusableError: it is disabled, or only a link.
        """
        await self._session.begin(f"clicks [{label}]")
        note, item = find_control(await self._look_in(message), label, BUTTONS, "button")
        return await self._use(note, item, {})

    async def select(self, menu: str, *values: Value, message: Message | HasId | None = None) -> Seen:
        """Choose in the newest select menu here with that placeholder or custom id.

        Args:
            menu: its placeholder or custom id.
            values: labels or values of its options, or names of members, roles or channels.
            message: look only in this message.

        Raises:
            NotThereError: there is no such menu or choice here.
            UnusableError: the menu is disabled.
        """
        await self._session.begin(f"chooses {', '.join(map(str, values))} in [{menu}]")
        note, item = find_control(await self._look_in(message), menu, MENUS, "select menu")
        return await self._use(note, item, {"values": select_values(item, values, self._place.guild)})

    async def submit(self, **fields: Value) -> Seen:
        """Fill in the open modal, by label or custom id, and send it; what is not named keeps its value.

        Raises:
            NotThereError: the modal has no such field or choice.
            UnusableError: no modal is open.
        """
        await self._session.begin(said("submits", fields))
        form = self._memory.form
        if form is None:
            raise UnusableError("No form is open; first do what opens one.")
        data = {
            "id": form.get("id"),
            "custom_id": form.get("custom_id"),
            "components": fill_form(form, fields, self._place.guild),
        }
        application_id = text(form, "application_id") or text(part(form, "application"), "id")
        seen = await self._session.interact(
            InteractionType.MODAL_SUBMIT, application_id, data, self._standing()
        )
        if self._memory.form is form and seen.answered:
            self._memory.form = None
        return seen

    async def say(self, content: str, *, reply_to: Message | HasId | None = None) -> Seen:
        """Write a message here; answered if a bot wrote or changed a message, or reacted."""
        await self._session.begin(f"says {content!r}")
        body: dict[str, object] = {
            "content": content,
            "nonce": self._session.nonce(),
            "tts": False,
            "flags": 0,
        }
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id), "channel_id": self._place.here()}
        return await self._session.plainly("POST", f"/channels/{self._place.here()}/messages", body)

    async def react(self, message: Message | HasId | None, emoji: str) -> Seen:
        """Put a reaction under a message, the newest here for None."""
        await self._session.begin(f"reacts {emoji}")
        raw = (await self._target(message)).raw
        where = f"/channels/{text(raw, 'channel_id')}/messages/{text(raw, 'id')}/reactions"
        return await self._session.plainly("PUT", f"{where}/{quote(emoji, safe=':')}/@me", None)

    async def commands(self) -> tuple[Command, ...]:
        """The commands that this person's client lists here now."""
        await self._session.begin("lists commands")
        return list_commands(await self._index())

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

    # --- how an action runs ----------------------------------------------------------------------------

    async def _command(
        self, line: str, given: dict[str, Value], kind: InteractionType, focused: str | None
    ) -> Seen:
        name, *words = line.removeprefix("/").split()
        command = find_command(
            await self._index(), name, (CommandType.CHAT_INPUT,), where=self._place.described()
        )
        leaf, path = descend(command, words)
        filled = fill(leaf, path, given, self._place.guild, focused=focused)
        return await self._invoke(command, kind, {"options": nest(command, words, filled)})

    async def _invoke(self, command: Payload, kind: InteractionType, more: Payload) -> Seen:
        keys = ("id", "name", "type", "version", "guild_id")
        data = {key: command[key] for key in keys if command.get(key) is not None}
        data = {
            "type": int(CommandType.CHAT_INPUT),
            **data,
            "attachments": [],
            "application_command": command,
            **more,
        }
        return await self._session.interact(kind, text(command, "application_id"), data, self._standing())

    def _standing(self) -> dict[str, object]:
        guild = {"guild_id": self._place.guild_id} if self._place.guild_id else {}
        return {**guild, "channel_id": self._place.here()}

    async def _use(self, note: Note, item: Payload, more: Payload) -> Seen:
        raw = note.raw
        application_id = text(raw, "application_id") or text(part(raw, "author"), "id")
        data = {"component_type": number(item, "type"), "custom_id": text(item, "custom_id"), **more}
        place = {
            **self._standing(),
            "channel_id": text(raw, "channel_id"),
            "message_id": text(raw, "id"),
            "message_flags": number(raw, "flags"),
        }
        return await self._session.interact(InteractionType.COMPONENT, application_id, data, place)

    # --- looking around --------------------------------------------------------------------------------

    async def _index(self) -> Payload:
        guild_id = self._place.guild_id
        place = f"/guilds/{guild_id}" if guild_id else f"/channels/{self._place.here()}"
        return as_payload(await self._session.wire.request("GET", f"{place}/application-command-index"))

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


def said(doing: str, options: Mapping[str, Value]) -> str:
    """An action in the words of a transcript."""
    return " ".join([doing, *(f"{name}:{value}" for name, value in options.items())])
