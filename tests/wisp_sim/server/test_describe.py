"""What exists, told as a world; and more worlds added to it while it runs."""

from typing import Any

import pytest

from support.raw_user import raw_user
from wisp_sim import ManualClock, Sim, World, WorldError
from wisp_sim.model.kinds import ALL_INTENTS

RICH: dict[str, Any] = {
    "bots": [{"name": "Robbie", "privileged_intents": ["members"], "permissions": ["send_messages"]}],
    "users": [{"name": "Susan"}, {"name": "Calvin"}],
    "guilds": [
        {
            "name": "Robotics",
            "owner": "Susan",
            "roles": [
                {"name": "@everyone", "permissions": ["view_channel"]},
                {"name": "Staff", "members": ["Calvin"], "color": 0xFF8800, "hoist": True},
            ],
            "channels": [
                {"name": "Work", "type": "category"},
                {
                    "name": "plans",
                    "category": "Work",
                    "topic": "What next?",
                    "slowmode_s": 5,
                    "overwrites": [{"role": "Staff", "allow": ["send_messages"]}, {"member": "Susan"}],
                },
                {"name": "gallery", "type": "forum", "nsfw": True},
            ],
        }
    ],
}


async def test_a_description_makes_the_same_world() -> None:
    """What `describe` tells, given to another offline Discord, makes one that tells the same."""
    async with Sim(World.from_mapping(RICH)) as first:
        told = first.describe()
    async with Sim(World.from_mapping(told)) as second:
        again = second.describe()

    assert {**told, "api": 0, "gateway": 0} == {**again, "api": 0, "gateway": 0}
    guilds: Any = told["guilds"]
    guild = guilds[0]
    assert [role["name"] for role in guild["roles"]] == ["@everyone", "Staff"]
    assert guild["channels"][1]["category"] == "Work"


async def test_what_is_added_is_heard_of(clock: ManualClock) -> None:
    """A guild that is added while a bot is connected comes to it whole, with all who are in it."""
    more = {"users": [{"name": "Lanning"}], "guilds": [{**RICH["guilds"][0], "name": "Annex"}]}
    async with Sim(World.from_mapping(RICH), clock=clock) as sim:
        token = sim.bot("Robbie").token
        intents = int(ALL_INTENTS) & ~(1 << 8) & ~(1 << 15)
        async with raw_user(sim, token, intents=intents) as bot:
            sim.add(more)
            await sim.settle()
            added = bot.told("GUILD_CREATE")[-1]

    assert (added["name"], added["member_count"]) == ("Annex", 4)
    assert [channel["name"] for channel in added["channels"]] == ["Work", "plans", "gallery"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"users": [{"name": "Susan"}]}, "'Susan' exists already"),
        ({"guilds": [{"name": "x", "owner": "Nobody"}]}, "'Nobody' is no user of this world"),
        ({"bots": [{"name": "B", "id": "1100000000000000009"}]}, "1100000000000000009 of 'B' is taken"),
        ({"users": [{"name": "U", "token": "taken"}]}, "the token of 'U' is somebody's already"),
    ],
)
def test_what_clashes_is_refused(more: dict[str, Any], problem: str) -> None:
    """A name, an id or a token that is taken is named, and nothing is added."""
    sim = Sim(
        World.from_mapping({"users": [{"name": "Susan", "id": "1100000000000000009", "token": "taken"}]})
    )
    before = sim.describe()
    with pytest.raises(WorldError, match=problem):
        sim.add(more)

    assert sim.describe() == before
