"""Worlds are read strictly, and every mistake is named with its place and its remedy."""

import builtins
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from wisp_sim import Sim, World, WorldError
from wisp_sim.model.permission import Permission, permissions_of

PEOPLE = {"bots": [{"name": "Wisp"}], "users": [{"name": "Ada"}, {"name": "Grace"}]}


def _world(**guild: object) -> dict[str, object]:
    return {**PEOPLE, "guilds": [{"name": "Lab", **guild}]}


def test_fills_in_what_is_left_out() -> None:
    """Without owner, members and channels a guild is the first user's, has everybody, and one channel."""
    (guild,) = World.from_mapping(_world()).guilds

    assert guild.owner == "Ada"
    assert set(guild.members) == {"Ada", "Grace", "Wisp"}
    assert [channel.name for channel in guild.channels] == ["general"]


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        ({"bot": []}, "", "did you mean 'bots'"),
        ({"users": 3}, "users", "write a list"),
        ({"users": [{"id": "81384788765712384"}]}, "users[0]", "has no name"),
        ({"users": [{"name": "Ada"}, {"name": "Ada"}]}, "users[1].name", "exists already"),
        ({"users": [{"name": "Ada"}], "bots": [{"name": "Ada"}]}, "users[0].name", "exists already"),
        ({"users": [{"name": "Ada", "id": "12"}]}, "users[0].id", "17 to 19 digits"),
        ({"users": [{"name": "Ada", "id": True}]}, "users[0].id", "not a Discord id"),
        ({"users": [{"name": "Ada", "token": "Bot x"}]}, "users[0].token", "leave out any 'Bot '"),
        ({"users": [{"name": ""}]}, "users[0].name", "is empty"),
        (
            {"bots": [{"name": "W", "privileged_intents": ["member"]}]},
            "bots[0].privileged_intents[0]",
            "'members'",
        ),
        (_world(member=[]), "guilds[0]", "did you mean 'members'"),
        (_world(owner="Wisp"), "guilds[0].owner", "'Wisp' is no user"),
        (_world(members=["Wisp", "Gracie"]), "guilds[0].members[1]", "did you mean 'Grace'"),
        (_world(members=["Wisp", "Wisp"]), "guilds[0].members[1]", "named twice"),
        (
            _world(members=["Wisp"], roles=[{"name": "R", "members": ["Grace"]}]),
            "guilds[0].roles[0].members[0]",
            "no member",
        ),
        (
            _world(roles=[{"name": "R", "permissions": ["manage_guilds"]}]),
            "guilds[0].roles[0].permissions[0]",
            "'manage_guild'",
        ),
        (
            _world(roles=[{"name": "@everyone", "members": []}]),
            "guilds[0].roles[0].members",
            "leave the members out",
        ),
        (
            _world(channels=[{"name": "a", "type": "txt"}]),
            "guilds[0].channels[0].type",
            "did you mean 'text'",
        ),
        (
            _world(channels=[{"name": "a", "category": "b"}]),
            "guilds[0].channels[0].category",
            "there are none",
        ),
        (
            _world(channels=[{"name": "a", "overwrites": [{"allow": []}]}]),
            "guilds[0].channels[0].overwrites[0]",
            "exactly one",
        ),
        ({"guilds": [{"name": "Lab"}]}, "guilds[0]", "add a user"),
    ],
)
def test_names_place_and_remedy(data: Mapping[str, object], path: str, said: str) -> None:
    """A mistake is refused with the path to it and what to do."""
    with pytest.raises(WorldError) as refused:
        World.from_mapping(data)

    assert refused.value.path == path
    assert said in str(refused.value)


def test_ids_and_tokens_may_occur_only_once() -> None:
    """Two things with one id, or two accounts with one token, are refused."""
    twice = "81384788765712384"
    with pytest.raises(WorldError, match=r"is the id of users\[0\].id already"):
        World.from_mapping({"users": [{"name": "A", "id": twice}, {"name": "B", "id": twice}]})
    with pytest.raises(WorldError, match=r"is the token of users\[0\].token already"):
        World.from_mapping({"users": [{"name": "A", "token": "x"}, {"name": "B", "token": "x"}]})


def test_reads_json_and_yaml(tmp_path: Path) -> None:
    """The same description in both forms is the same world."""
    as_json, as_yaml = tmp_path / "world.json", tmp_path / "world.yaml"
    as_json.write_text(json.dumps(PEOPLE), encoding="utf-8")
    as_yaml.write_text("bots: [{name: Wisp}]\nusers:\n  - name: Ada\n  - name: Grace\n", encoding="utf-8")

    assert World.from_file(as_json) == World.from_file(as_yaml) == World.from_mapping(PEOPLE)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "is not JSON"),
        ("a.json", "[]", "holds no object"),
        ("a.yaml", "a: [", "is not YAML"),
        ("a.yaml", "!!python/object/apply:os.getcwd []", "is not YAML"),
        ("missing.json", None, "cannot be read"),
    ],
)
def test_refuses_a_broken_file(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    """A file that is no description is refused by its name."""
    file = tmp_path / name
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(WorldError, match=said) as refused:
        World.from_file(file)

    assert name in str(refused.value)


def test_names_the_extra_that_brings_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML a YAML file is refused with the command that installs it."""
    real = builtins.__import__

    def without_yaml(name: str, *args: object) -> ModuleType:
        if name == "yaml":
            raise ImportError(name)
        module: ModuleType = real(name, *args)  # type: ignore[arg-type]
        return module

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    file = tmp_path / "world.yml"
    file.write_text("users: []", encoding="utf-8")

    with pytest.raises(WorldError, match=r"pip install 'wisp-framework\[sim\]'"):
        World.from_file(file)


async def test_what_a_sim_describes_is_a_world() -> None:
    """The description of a running one can be read again, and keeps ids and tokens."""
    async with Sim() as sim:
        described = sim.describe()
    again = Sim(World.from_mapping(described)).describe()

    for key in ("bots", "users", "guilds"):
        assert again[key] == described[key]


def test_given_ids_tokens_and_permissions_are_kept() -> None:
    """What the description states is what the world has."""
    data = {
        "users": [{"name": "Ada", "id": 81384788765712384, "token": "secret"}],
        "guilds": [
            {"name": "Lab", "roles": [{"name": "Staff", "permissions": ["manage_guild", "ban_members"]}]}
        ],
    }
    world = World.from_mapping(data)

    ada = Sim(world).user("Ada")
    assert (ada.id, ada.token) == (81384788765712384, "secret")
    names = world.guilds[0].roles[0].permissions
    assert permissions_of(names or ()) == Permission.MANAGE_GUILD | Permission.BAN_MEMBERS
