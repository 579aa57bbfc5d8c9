"""A world as it is described: who exists, which guilds there are, and who is in them."""

from dataclasses import dataclass

from wisp_sim.model.kinds import ChannelType
from wisp_sim.model.locale import DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class WorldUser:
    """A person. Without an id or a token the server makes one.

    ``locale`` is the language of their client; ``installs`` names the bots that they have everywhere.
    """

    name: str
    id: int | None = None
    token: str | None = None
    locale: str = DEFAULT_LOCALE
    installs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldBot:
    """An application with its bot user.

    ``privileged_intents`` are the ones approved in the portal; ``permissions`` are those of the role that
    each guild makes for the bot when it is invited, a usual set unless given. ``max_concurrency`` is how
    many of its shards may identify within 5 s, not limited unless given; ``session_starts`` how many sessions
    it may start within a day.
    """

    name: str
    id: int | None = None
    token: str | None = None
    privileged_intents: tuple[str, ...] = ("members", "message_content", "presences")
    permissions: tuple[str, ...] | None = None
    max_concurrency: int | None = None
    session_starts: int = 1000


@dataclass(frozen=True, slots=True)
class WorldRole:
    """A role; the name ``@everyone`` sets what every member may do. Later roles stand higher.

    ``permissions`` of None are none, and for ``@everyone`` those of a new guild.
    """

    name: str
    id: int | None = None
    permissions: tuple[str, ...] | None = None
    members: tuple[str, ...] = ()
    color: int = 0
    hoist: bool = False
    mentionable: bool = False


@dataclass(frozen=True, slots=True)
class WorldOverwrite:
    """What a role or a member may do differently in one channel; exactly one of the two is named."""

    role: str | None = None
    member: str | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldChannel:
    """A channel of a guild; ``category`` names one that stands before it in the list."""

    name: str
    id: int | None = None
    type: ChannelType = ChannelType.TEXT
    topic: str | None = None
    nsfw: bool = False
    category: str | None = None
    overwrites: tuple[WorldOverwrite, ...] = ()
    slowmode_s: int = 0


@dataclass(frozen=True, slots=True)
class WorldGuild:
    """A guild; its owner is always a member."""

    name: str
    owner: str
    id: int | None = None
    members: tuple[str, ...] = ()
    roles: tuple[WorldRole, ...] = ()
    channels: tuple[WorldChannel, ...] = (WorldChannel("general"),)
