"""People: members of the offline Discord who act, and tell what they then see."""

from collections.abc import Mapping, Sequence

from wisp_sim.model.kinds import CommandType, InteractionType, OptionType
from wisp_sim.people.commands import find_command, list_commands
from wisp_sim.people.controls import BUTTONS, MENUS, fill_form, find_control, select_values
from wisp_sim.people.errors import NotThereError, UnusableError
from wisp_sim.people.memory import Note
from wisp_sim.people.options import File, HasId, Value, descend, entity_id, fill, nest
from wisp_sim.people.payload import Payload, as_payload, number, part, text
from wisp_sim.people.seen import Command, Message, Seen
from wisp_sim.people.talking import Talker


class Person(Talker):
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

    async def click(self, label: str, *, message: Message | HasId | None = None, nth: int = 1) -> Seen:
        """Press the newest button here with that label, emoji or custom id.

        Args:
            label: what is on it.
            message: look only in this message.
            nth: which of those in the newest message that has it, counted from 1 at the top.

        Raises:
            NotThereError: there is no such button here.
            UnusableError: it is disabled, or only a link, or there are fewer than ``nth``.
        """
        await self._session.begin(f"clicks [{label}]")
        note, item = find_control(await self._look_in(message), label, BUTTONS, "button", nth)
        return await self._use(note, item, {})

    async def select(
        self, menu: str, *values: Value, message: Message | HasId | None = None, nth: int = 1
    ) -> Seen:
        """Choose in the newest select menu here with that placeholder or custom id.

        Args:
            menu: its placeholder or custom id.
            values: labels or values of its options, or names of members, roles or channels.
            message: look only in this message.
            nth: which of those in the newest message that has it, counted from 1 at the top.

        Raises:
            NotThereError: there is no such menu or choice here.
            UnusableError: the menu is disabled, or there are fewer than ``nth``.
        """
        await self._session.begin(f"chooses {', '.join(map(str, values))} in [{menu}]")
        note, item = find_control(await self._look_in(message), menu, MENUS, "select menu", nth)
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

    async def commands(self) -> tuple[Command, ...]:
        """The commands that this person's client lists here now."""
        await self._session.begin("lists commands")
        return list_commands(await self._index())

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
        files = [value for value in given.values() if isinstance(value, File)]
        return await self._invoke(command, kind, {"options": nest(command, words, filled)}, files)

    async def _invoke(
        self, command: Payload, kind: InteractionType, more: Payload, files: Sequence[File] = ()
    ) -> Seen:
        keys = ("id", "name", "type", "version", "guild_id")
        data = {key: command[key] for key in keys if command.get(key) is not None}
        data = {
            "type": int(CommandType.CHAT_INPUT),
            **data,
            "attachments": [{"id": str(number), "filename": file.name} for number, file in enumerate(files)],
            "application_command": command,
            **more,
        }
        application_id = text(command, "application_id")
        return await self._session.interact(kind, application_id, data, self._standing(), files)

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

    async def _index(self) -> Payload:
        guild_id = self._place.guild_id
        place = f"/guilds/{guild_id}" if guild_id else f"/channels/{self._place.here()}"
        return as_payload(await self._session.wire.request("GET", f"{place}/application-command-index"))


def said(doing: str, options: Mapping[str, Value]) -> str:
    """An action in the words of a transcript."""
    return " ".join([doing, *(f"{name}:{value}" for name, value in options.items())])
