"""The whole of a described world, and where descriptions come from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from wisp_sim.model.errors import WorldError
from wisp_sim.world.node import Node
from wisp_sim.world.parse import Reader
from wisp_sim.world.shapes import WorldBot, WorldGuild, WorldUser

_YAML_SUFFIXES = (".yaml", ".yml")

DEMO: Mapping[str, object] = {
    "bots": [{"name": "Wisp"}],
    "users": [{"name": "Ada"}, {"name": "Grace"}, {"name": "Mallory"}],
    "guilds": [
        {
            "name": "Lovelace's Lab",
            "owner": "Ada",
            "roles": [
                {
                    "name": "Moderators",
                    "permissions": ["kick_members", "moderate_members", "manage_messages", "view_audit_log"],
                    "members": ["Grace"],
                }
            ],
            "channels": [
                {"name": "general"},
                {"name": "lobby"},
                {"name": "bots"},
                {"name": "Parlour", "type": "voice"},
            ],
        },
        {
            "name": "Hopper's Harbour",
            "owner": "Grace",
            "members": ["Wisp", "Ada"],
            "channels": [{"name": "general"}, {"name": "lobby"}],
        },
    ],
}


@dataclass(frozen=True, slots=True)
class World:
    """The guilds, bots and users that the offline Discord starts with."""

    guilds: tuple[WorldGuild, ...] = ()
    bots: tuple[WorldBot, ...] = ()
    users: tuple[WorldUser, ...] = ()

    @classmethod
    def from_mapping(
        cls, data: Mapping[str, object], *, bots: Sequence[str] = (), users: Sequence[str] = ()
    ) -> Self:
        """Read a description: ``bots``, ``users`` and ``guilds``, each a list of objects.

        Args:
            data: the description.
            bots: names of bots that exist already: guilds may name them, nobody else may have them.
            users: likewise of people.

        What ``wisp sim`` prints is a description too: ``api``, ``gateway`` and ``control`` are passed over,
        a guild without ``owner`` belongs to the first user, one without ``members`` has everybody in it, and
        one without ``channels`` has a text channel ``general``.

        Raises:
            WorldError: something is wrong; the message names the path, the value and the remedy.
        """
        fields = Node(data if isinstance(data, dict) else dict(data), "").fields(
            ("bots", "users", "guilds", "api", "gateway", "control")
        )
        reader, names, guild_names = Reader(), {*bots, *users}, set[str]()
        new_bots = tuple(reader.bot(node, names) for node in _items(fields, "bots"))
        all_bots = [*bots, *(bot.name for bot in new_bots)]
        new_users = tuple(reader.user(node, names, all_bots) for node in _items(fields, "users"))
        people = [*users, *(user.name for user in new_users)]
        everybody = [*all_bots, *people]
        guilds = tuple(
            reader.guild(node, guild_names, people, everybody) for node in _items(fields, "guilds")
        )
        return cls(guilds, new_bots, new_users)

    @classmethod
    def from_file(cls, path: Path | str) -> Self:
        """Read a JSON file, or a YAML one (``.yaml``, ``.yml``) when PyYAML is installed.

        Raises:
            WorldError: the file cannot be read or is not well described.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError(
                "", f"{str(file)!r} cannot be read ({error}); name a JSON or YAML file"
            ) from error
        data = _load_yaml(text, file) if file.suffix.lower() in _YAML_SUFFIXES else _load_json(text, file)
        if not isinstance(data, dict):
            raise WorldError("", f"{str(file)!r} holds no object; write one with bots, users and guilds")
        return cls.from_mapping(data)

    @classmethod
    def demo(cls) -> Self:
        """A small world to play in: the bot Wisp, three people and two guilds."""
        return cls.from_mapping(DEMO)


def _items(fields: dict[str, Node], key: str) -> list[Node]:
    return fields[key].items() if key in fields else []


def _load_json(text: str, file: Path) -> object:
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WorldError("", f"{str(file)!r} is not JSON: {error}") from error
    return data


def _load_yaml(text: str, file: Path) -> object:
    try:
        import yaml
    except ImportError as error:
        raise WorldError(
            "", f"{str(file)!r} is YAML, which needs PyYAML: pip install 'wisp-framework[sim]', or write JSON"
        ) from error
    try:
        data: object = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WorldError("", f"{str(file)!r} is not YAML: {error}") from error
    return data
