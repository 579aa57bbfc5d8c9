"""From a mapping to a `World`; whatever is wrong is named with its path and its remedy."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from wisp_sim.model.kinds import PRIVILEGED_INTENTS, ChannelType
from wisp_sim.model.locale import DEFAULT_LOCALE, LOCALES
from wisp_sim.model.permission import PERMISSION_NAMES
from wisp_sim.world.node import Node
from wisp_sim.world.shapes import (
    WorldBot,
    WorldChannel,
    WorldGuild,
    WorldOverwrite,
    WorldRole,
    WorldUser,
)

EVERYONE = "@everyone"
CHANNEL_TYPES = {
    kind.name.lower(): kind
    for kind in ChannelType
    if kind not in (ChannelType.DM, ChannelType.GROUP_DM) and not kind.name.endswith("THREAD")
}
_MOST_CONCURRENT = 256
_MOST_STARTS = 1_000_000
_MAX_TOPIC_CHARS = 1024
_HIGHEST_COLOR = 0xFFFFFF
_LONGEST_SLOWMODE_S = 21_600

_Entry = TypeVar("_Entry")


class Reader:
    """Reads one description; remembers names, ids and tokens, which may occur only once."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}
        self._tokens: dict[str, str] = {}

    def account(
        self, node: Node, fields: dict[str, Node], taken: set[str]
    ) -> tuple[str, int | None, str | None]:
        """The name, the id and the token of a bot or a user."""
        name = self._name(node, fields, taken, max_chars=32)
        return name, self._id(fields), self._token(fields)

    def bot(self, node: Node, taken: set[str]) -> WorldBot:
        """A bot."""
        fields = node.fields(
            ("name", "id", "token", "privileged_intents", "permissions", "max_concurrency", "session_starts")
        )
        name, bot_id, token = self.account(node, fields, taken)
        approved = tuple(sorted(PRIVILEGED_INTENTS))
        if "privileged_intents" in fields:
            approved = fields["privileged_intents"].names(PRIVILEGED_INTENTS, "privileged intent")
        return WorldBot(
            name,
            bot_id,
            token,
            approved,
            _permissions(fields, "permissions"),
            fields["max_concurrency"].whole(1, _MOST_CONCURRENT) if "max_concurrency" in fields else None,
            fields["session_starts"].whole(0, _MOST_STARTS) if "session_starts" in fields else 1000,
        )

    def user(self, node: Node, taken: set[str], bots: Sequence[str]) -> WorldUser:
        """A person, who may have installed some of the bots."""
        fields = node.fields(("name", "id", "token", "locale", "installs"))
        return WorldUser(
            *self.account(node, fields, taken),
            fields["locale"].one_of(LOCALES, "locale of Discord's") if "locale" in fields else DEFAULT_LOCALE,
            fields["installs"].names(bots, "bot of this world") if "installs" in fields else (),
        )

    def guild(
        self, node: Node, taken: set[str], people: Sequence[str], everybody: Sequence[str]
    ) -> WorldGuild:
        """A guild; without members it is everybody's, without an owner the first user's."""
        fields = node.fields(("name", "id", "owner", "members", "roles", "channels"))
        name = self._name(node, fields, taken)
        owner = self._owner(node, fields, people)
        members = tuple(everybody)
        if "members" in fields:
            members = fields["members"].names(everybody, "bot or user of this world")
        present = (owner, *(member for member in members if member != owner))
        roles = self._named(fields, "roles", lambda entry, names: self._role(entry, names, present))
        overwritable = (EVERYONE, *(role.name for role in roles if role.name != EVERYONE))
        guild_id = self._id(fields)
        if "channels" not in fields:
            return WorldGuild(name, owner, guild_id, present, roles)
        categories: list[str] = []
        channels = self._named(
            fields,
            "channels",
            lambda entry, names: self._channel(entry, names, categories, overwritable, present),
        )
        return WorldGuild(name, owner, guild_id, present, roles, channels)

    def _owner(self, node: Node, fields: dict[str, Node], people: Sequence[str]) -> str:
        if "owner" in fields:
            return fields["owner"].one_of(people, "user of this world")
        if not people:
            node.fail("has no owner; add a user to the world")
        return people[0]

    def _role(self, node: Node, taken: set[str], members: Sequence[str]) -> WorldRole:
        fields = node.fields(("name", "id", "permissions", "members", "color", "hoist", "mentionable"))
        name = self._name(node, fields, taken)
        holders = fields["members"].names(members, "member of this guild") if "members" in fields else ()
        if name == EVERYONE and "members" in fields:
            fields["members"].fail("every member has @everyone; leave the members out")
        if name == EVERYONE and "id" in fields:
            fields["id"].fail("@everyone has the id of its guild; leave the id out")
        return WorldRole(
            name,
            self._id(fields),
            _permissions(fields, "permissions"),
            holders,
            fields["color"].whole(0, _HIGHEST_COLOR) if "color" in fields else 0,
            fields["hoist"].truth() if "hoist" in fields else False,
            fields["mentionable"].truth() if "mentionable" in fields else False,
        )

    def _channel(
        self, node: Node, taken: set[str], categories: list[str], roles: Sequence[str], members: Sequence[str]
    ) -> WorldChannel:
        fields = node.fields(("name", "id", "type", "topic", "nsfw", "category", "overwrites", "slowmode_s"))
        name = self._name(node, fields, taken)
        kind = ChannelType.TEXT
        if "type" in fields:
            kind = CHANNEL_TYPES[fields["type"].one_of(CHANNEL_TYPES, "channel type")]
        category = (
            fields["category"].one_of(categories, "category above it") if "category" in fields else None
        )
        if kind is ChannelType.CATEGORY:
            categories.append(name)
        overwrites = fields["overwrites"].items() if "overwrites" in fields else []
        return WorldChannel(
            name,
            self._id(fields),
            kind,
            fields["topic"].text(max_chars=_MAX_TOPIC_CHARS) if "topic" in fields else None,
            fields["nsfw"].truth() if "nsfw" in fields else False,
            category,
            tuple(_overwrite(entry, roles, members) for entry in overwrites),
            fields["slowmode_s"].whole(0, _LONGEST_SLOWMODE_S) if "slowmode_s" in fields else 0,
        )

    def _named(
        self, fields: dict[str, Node], key: str, read: Callable[[Node, set[str]], _Entry]
    ) -> tuple[_Entry, ...]:
        """A list of things whose names may occur only once in it."""
        taken: set[str] = set()
        return tuple(read(entry, taken) for entry in fields[key].items()) if key in fields else ()

    def _name(self, node: Node, fields: dict[str, Node], taken: set[str], max_chars: int = 100) -> str:
        if "name" not in fields:
            node.fail("has no name; add one")
        name = fields["name"].text(max_chars=max_chars)
        if name in taken:
            fields["name"].fail(
                f"{name!r} exists already; names are how a world refers to things: choose another"
            )
        taken.add(name)
        return name

    def _id(self, fields: dict[str, Node]) -> int | None:
        if "id" not in fields:
            return None
        snowflake = fields["id"].snowflake()
        if snowflake in self._ids:
            fields["id"].fail(f"{snowflake} is the id of {self._ids[snowflake]} already; choose another")
        self._ids[snowflake] = fields["id"].path
        return snowflake

    def _token(self, fields: dict[str, Node]) -> str | None:
        if "token" not in fields:
            return None
        token = fields["token"].text(max_chars=200)
        if not (token.isascii() and token.isprintable()) or " " in token:
            fields["token"].fail("a token is one word of plain characters; leave out any 'Bot ' in front")
        if token in self._tokens:
            fields["token"].fail(f"is the token of {self._tokens[token]} already; choose another")
        self._tokens[token] = fields["token"].path
        return token


def _permissions(fields: dict[str, Node], key: str) -> tuple[str, ...] | None:
    return fields[key].names(PERMISSION_NAMES, "permission") if key in fields else None


def _overwrite(node: Node, roles: Sequence[str], members: Sequence[str]) -> WorldOverwrite:
    fields = node.fields(("role", "member", "allow", "deny"))
    if ("role" in fields) == ("member" in fields):
        node.fail("names a role or a member, exactly one of the two")
    return WorldOverwrite(
        fields["role"].one_of(roles, "role of this guild") if "role" in fields else None,
        fields["member"].one_of(members, "member of this guild") if "member" in fields else None,
        _permissions(fields, "allow") or (),
        _permissions(fields, "deny") or (),
    )
