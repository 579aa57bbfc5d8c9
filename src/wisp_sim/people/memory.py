"""What a person's client knows: guilds, channels, members, messages, and how interactions went."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from wisp_sim.people.payload import Payload, as_payload, number, part, parts, payloads, text
from wisp_sim.people.reading import read_choices, read_message
from wisp_sim.people.seen import Choice, Message
from wisp_sim.people.tallies import clear_reactions, count_reaction, count_vote

MENTION = re.compile(r"<(?P<kind>@!|@&|@|#)(?P<id>\d+)>")
"""Source: https://docs.discord.com/developers/reference#message-formatting."""


@dataclass(slots=True)
class Names:
    """Ids by name of one kind of thing; looked up without regard to case."""

    by_id: dict[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        """All the names."""
        return list(self.by_id.values())

    def find(self, name: str) -> str | None:
        """The id of what is called ``name``, or has it as its id."""
        if name in self.by_id:
            return name
        exact = [key for key, known in self.by_id.items() if known == name]
        folded = [key for key, known in self.by_id.items() if known.casefold() == name.casefold()]
        return next(iter(exact + folded), None)


@dataclass(slots=True)
class GuildView:
    """A guild as one of its members sees it."""

    id: str
    name: str
    owner_id: str
    channels: Names = field(default_factory=Names)
    roles: Names = field(default_factory=Names)
    members: Names = field(default_factory=Names)
    text_channels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    """A message in memory, with the moment of its last change."""

    raw: dict[str, object]
    changed: int
    created: int
    deleted: int | None = None

    @property
    def touched(self) -> int:
        """The moment of its last change, or of its end."""
        return max(self.changed, self.deleted or 0)


@dataclass(slots=True)
class Outcome:
    """How one interaction of this person went so far."""

    interaction_id: str = ""
    succeeded: bool = False
    failed: bool = False
    reason: int = 0
    form: Payload | None = None
    choices: tuple[Choice, ...] | None = None


class Memory:
    """All that came over one person's gateway, applied in order.

    Every event counts up ``moment``; what changed after a moment is what the person has seen since.
    """

    def __init__(self) -> None:
        self.moment = 0
        self.ready = False
        self.user_id = self.user_name = ""
        self.session_id = ""
        self.guilds: dict[str, GuildView] = {}
        self.notes: dict[str, Note] = {}
        self._lately: dict[str, Note] = {}  # those of `notes` that this login saw change, the latest last
        self.outcomes: dict[str, Outcome] = {}
        self.form: Payload | None = None
        self._handlers: dict[str, Callable[[Payload], None]] = {
            "READY": self._on_ready,
            "GUILD_CREATE": self._on_guild,
            "GUILD_UPDATE": self._on_guild,
            "GUILD_DELETE": lambda data: self._drop(self.guilds, text(data, "id")),
            "CHANNEL_CREATE": self._on_channel,
            "CHANNEL_UPDATE": self._on_channel,
            "THREAD_CREATE": self._on_channel,
            "CHANNEL_DELETE": self._on_channel_delete,
            "GUILD_ROLE_CREATE": self._on_role,
            "GUILD_ROLE_UPDATE": self._on_role,
            "GUILD_MEMBER_ADD": self._on_member,
            "GUILD_MEMBER_UPDATE": self._on_member,
            "GUILD_MEMBER_REMOVE": self._on_member_remove,
            "MESSAGE_CREATE": self.learn_message,
            "MESSAGE_UPDATE": self.learn_message,
            "MESSAGE_DELETE": self._on_message_delete,
            "MESSAGE_DELETE_BULK": self._on_bulk_delete,
            "MESSAGE_REACTION_ADD": lambda data: self._on_reaction(data, 1),
            "MESSAGE_REACTION_REMOVE": lambda data: self._on_reaction(data, -1),
            "MESSAGE_REACTION_REMOVE_ALL": self._on_reactions_cleared,
            "MESSAGE_REACTION_REMOVE_EMOJI": self._on_reactions_cleared,
            "MESSAGE_POLL_VOTE_ADD": lambda data: self._on_vote(data, 1),
            "MESSAGE_POLL_VOTE_REMOVE": lambda data: self._on_vote(data, -1),
            "INTERACTION_CREATE": self._on_interaction,
            "INTERACTION_SUCCESS": self._on_success,
            "INTERACTION_FAILURE": self._on_failure,
            "INTERACTION_MODAL_CREATE": self._on_form,
            "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": self._on_choices,
        }

    def hear(self, kind: str, data: Payload) -> None:
        """Apply one gateway event; unknown kinds are passed over."""
        self.moment += 1
        if handler := self._handlers.get(kind):
            handler(data)

    def message(self, note: Note) -> Message:
        """What the person reads in a note."""
        channel_id = text(note.raw, "channel_id")
        return read_message(note.raw, channel=self.channel_name(channel_id))

    def channel_name(self, channel_id: str) -> str:
        """The name of a channel of any guild; empty for one without a name, such as a direct message."""
        names = (guild.channels.by_id.get(channel_id) for guild in self.guilds.values())
        return next((name for name in names if name), "")

    def readable(self, content: str) -> str:
        """The text with names in place of mentions; what is not known stays as it is."""
        return MENTION.sub(self._name_of, content)

    def _name_of(self, mention: re.Match[str]) -> str:
        kind, key = mention["kind"], mention["id"]
        for guild in self.guilds.values():
            names = {"#": guild.channels, "@&": guild.roles}.get(kind, guild.members)
            if name := names.by_id.get(key):
                return f"{kind[0]}{name}"
        return mention[0]

    def changed_since(self, moment: int) -> list[Message]:
        """Messages written or changed after ``moment``, oldest first, but not the person's own words."""
        notes = [note for note in self._since(moment) if note.changed > moment and note.deleted is None]
        return [self.message(note) for note in sorted(notes, key=_id) if not self._just_said(note)]

    def deleted_since(self, moment: int) -> list[Message]:
        """Messages that went away after ``moment``, oldest first; the person's own among them."""
        notes = [note for note in self._since(moment) if (note.deleted or 0) > moment]
        return [self.message(note) for note in sorted(notes, key=_id)]

    def _since(self, moment: int) -> Iterator[Note]:
        """Notes that changed or went away after ``moment``, the latest first; the older are not looked at."""
        return takewhile(lambda note: note.touched > moment, reversed(self._lately.values()))

    def _changed(self, note: Note) -> None:
        note.changed = self.moment
        self._touched(note)

    def _touched(self, note: Note) -> None:
        key = text(note.raw, "id")
        self._lately.pop(key, None)
        self._lately[key] = note

    def loading_since(self, moment: int) -> bool:
        """Whether a bot that began to answer after ``moment`` is still thinking."""
        return any(message.loading for message in self.changed_since(moment))

    def notes_in(self, channel_id: str) -> list[Note]:
        """The messages of a channel, newest first."""
        notes = [note for note in self.notes.values() if text(note.raw, "channel_id") == channel_id]
        return sorted((note for note in notes if note.deleted is None), key=_id, reverse=True)

    def outcome(self, nonce: str) -> Outcome:
        """How the interaction with this nonce went so far."""
        return self.outcomes.setdefault(nonce, Outcome())

    def _just_said(self, note: Note) -> bool:
        own = text(part(note.raw, "author"), "id") == self.user_id
        return own and note.changed == note.created

    @staticmethod
    def _drop(things: dict[str, GuildView] | dict[str, str], key: str) -> None:
        things.pop(key, None)

    def _on_ready(self, data: Payload) -> None:
        user = part(data, "user")
        self.user_id = text(user, "id")
        self.user_name = text(user, "global_name") or text(user, "username")
        self.session_id = text(data, "session_id")
        merged = data.get("merged_members")
        members = merged if isinstance(merged, list) else []
        for index, guild in enumerate(parts(data, "guilds")):
            self._on_guild(guild)
            for member in payloads(members[index]) if index < len(members) else []:
                self._on_member(
                    {"guild_id": guild.get("id"), "user": {"id": member.get("user_id")}, **member}
                )
        self.ready = True

    def _on_guild(self, data: Payload) -> None:
        guild_id = text(data, "id")
        if data.get("unavailable") is True or not guild_id:
            return
        # Clients of newer capabilities get a guild's own fields under "properties".
        own = {**part(data, "properties"), **data}
        guild = self.guilds.setdefault(guild_id, GuildView(guild_id, "", ""))
        guild.name = text(own, "name") or guild.name
        guild.owner_id = text(own, "owner_id") or guild.owner_id
        for kind, learn in (
            ("channels", self._on_channel),
            ("roles", self._on_role),
            ("members", self._on_member),
        ):
            for item in parts(data, kind):
                learn({"guild_id": guild_id, **item})

    def _on_channel(self, data: Payload) -> None:
        guild = self.guilds.get(text(data, "guild_id"))
        if guild is None:
            return
        channel_id = text(data, "id")
        guild.channels.by_id[channel_id] = text(data, "name")
        if data.get("type") in _TEXT_TYPES and channel_id not in guild.text_channels:
            guild.text_channels.append(channel_id)

    def _on_channel_delete(self, data: Payload) -> None:
        guild, channel_id = self.guilds.get(text(data, "guild_id")), text(data, "id")
        if guild is not None:
            self._drop(guild.channels.by_id, channel_id)
            guild.text_channels = [known for known in guild.text_channels if known != channel_id]

    def _on_role(self, data: Payload) -> None:
        role = as_payload(data.get("role", data))
        if guild := self.guilds.get(text(data, "guild_id")):
            guild.roles.by_id[text(role, "id")] = text(role, "name")

    def _on_member(self, data: Payload) -> None:
        user = part(data, "user")
        name = text(data, "nick") or text(user, "global_name") or text(user, "username")
        guild = self.guilds.get(text(data, "guild_id"))
        if guild is not None and (name or text(user, "id") not in guild.members.by_id):
            guild.members.by_id[text(user, "id")] = name

    def _on_member_remove(self, data: Payload) -> None:
        if guild := self.guilds.get(text(data, "guild_id")):
            self._drop(guild.members.by_id, text(part(data, "user"), "id"))

    def learn_message(self, data: Payload) -> None:
        """Remember a message, or apply an edit: an update may carry only what changed."""
        note = self.notes.setdefault(text(data, "id"), Note({}, self.moment, self.moment))
        note.raw.update(data)
        self._changed(note)

    def learn_history(self, messages: Iterable[Payload]) -> None:
        """Remember messages that were there before: they count as seen long ago."""
        for data in messages:
            if (key := text(data, "id")) not in self.notes:
                self.notes[key] = Note(dict(data), changed=0, created=0)

    def _on_message_delete(self, data: Payload) -> None:
        if note := self.notes.get(text(data, "id")):
            note.deleted = self.moment
            self._touched(note)

    def _on_bulk_delete(self, data: Payload) -> None:
        ids = data.get("ids")
        for message_id in ids if isinstance(ids, list) else []:
            self._on_message_delete({"id": message_id})

    def _on_reaction(self, data: Payload, step: int) -> None:
        if note := self.notes.get(text(data, "message_id")):
            count_reaction(note.raw, part(data, "emoji"), step)
            self._changed_by(note, data)

    def _on_reactions_cleared(self, data: Payload) -> None:
        if note := self.notes.get(text(data, "message_id")):
            clear_reactions(note.raw, part(data, "emoji") or None)
            self._changed(note)

    def _on_vote(self, data: Payload, step: int) -> None:
        if note := self.notes.get(text(data, "message_id")):
            count_vote(note.raw, number(data, "answer_id"), step)
            self._changed_by(note, data)

    def _changed_by(self, note: Note, data: Payload) -> None:
        if text(data, "user_id") != self.user_id:
            self._changed(note)

    def _on_interaction(self, data: Payload) -> None:
        self.outcome(text(data, "nonce")).interaction_id = text(data, "id")

    def _on_success(self, data: Payload) -> None:
        self.outcome(text(data, "nonce")).succeeded = True

    def _on_failure(self, data: Payload) -> None:
        outcome = self.outcome(text(data, "nonce"))
        outcome.failed, outcome.reason = True, int(text(data, "reason_code") or 0)

    def _on_form(self, data: Payload) -> None:
        self.form = data
        self.outcome(text(data, "nonce")).form = data

    def _on_choices(self, data: Payload) -> None:
        self.outcome(text(data, "nonce")).choices = read_choices(data)


_TEXT_TYPES = frozenset({0, 5, 10, 11, 12})


def _id(note: Note) -> int:
    return int(text(note.raw, "id") or 0)
