"""``/policy explain`` and the gates are one: whatever a guild has set, both say the same."""

import os
import random
from collections.abc import Callable, Coroutine, Mapping
from itertools import product
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from support.clock import FakeClock
from support.offline import Offline, offline
from wisp_framework import BotContext, Module, require_guild, require_owner, require_permissions
from wisp_framework.policy import Rule, Subject, concurrency, cooldown, require_bot_permissions
from wisp_framework.services.decisions import DecisionQuery, DecisionService, Outcome
from wisp_sim import ManualClock
from wisp_sim.people import Person

CASES = 10_000 if os.environ.get("WISP_SOAK") else 1_000
SEED = 4_711
MOST_RULES = 6
LONG_ENOUGH_S = 10
"""By Discord's clock, between interactions: no rate limit holds, and none is old where the machine stalls."""

Guarded = Callable[[Any], Any]

WORLD: Mapping[str, Any] = {
    "bots": [{"name": "Wisp"}],
    "users": [{"name": "Ada"}, {"name": "Grace"}, {"name": "Mallory"}],
    "guilds": [
        {
            "name": "Lab",
            "owner": "Ada",
            "members": ["Wisp", "Ada", "Grace", "Mallory"],
            "roles": [
                {"name": "Crew", "members": ["Mallory", "Grace"]},
                {"name": "Staff", "members": ["Grace"], "permissions": ["manage_messages"]},
            ],
            "channels": [
                {"name": "general"},
                {
                    "name": "lobby",
                    "overwrites": [
                        {"role": "Crew", "allow": ["manage_messages"]},
                        {"role": "@everyone", "deny": ["attach_files"]},
                    ],
                },
            ],
        }
    ],
}

DEMANDS: dict[str, tuple[Guarded, ...]] = {
    "free": (),
    "served": (require_guild(),),
    "mine": (require_owner(),),
    "guarded": (require_permissions(manage_messages=True),),
    "files": (require_bot_permissions(attach_files=True),),
    "seldom": (cooldown(2, per_s=30),),
    "together": (cooldown(4, per_s=50, by="channel"), require_permissions(manage_messages=True)),
    "alone": (concurrency(by="guild"),),
}


class ManyModule(Module):
    """Commands that demand all sorts of things."""

    name = "many"
    visibility = "global"

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        group = app_commands.Group(name="many", description="Many")
        for name, guards in DEMANDS.items():
            callback = made(name)
            for guard in guards:
                callback = guard(callback)
            group.command(name=name, description=name)(callback)
        bot.tree.add_command(group)


def made(name: str) -> Callable[[discord.Interaction], Coroutine[Any, Any, None]]:
    async def callback(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("let through")

    callback.__name__ = callback.__qualname__ = name
    return callback


class Guild:
    """Changes what the guild has set, at random, and always the same for one seed."""

    def __init__(self, here: Offline, clock: FakeClock, chance: random.Random) -> None:
        self._here = here
        self._clock = clock
        self._chance = chance
        guild = here.app.bot.get_guild(here.guild_id())
        assert guild is not None
        self._guild = guild
        self._owner = self._here.sim.user("Ada").id
        self._addresses = list(product(self._targets(), self._subjects()))

    def _targets(self) -> list[str]:
        return ["*", "module:many", "many", "ping", *(f"many {name}" for name in DEMANDS)]

    def _subjects(self) -> list[tuple[Subject, int]]:
        return [
            *((Subject.USER, self._here.sim.user(name).id) for name in ("Ada", "Grace", "Mallory")),
            *((Subject.ROLE, role.id) for role in self._guild.roles if role.name in ("Crew", "Staff")),
            *((Subject.CHANNEL, channel.id) for channel in self._guild.text_channels),
            (Subject.GUILD, self._guild.id),
        ]

    async def change(self) -> None:
        """Another rule more or less, the switch now and then, or some time that passes."""
        (target, (subject, subject_id)), rules = self._chance.choice(self._addresses), self._here.app.rules
        if self._chance.random() < 0.5:
            rule = Rule(target, subject, subject_id, allowed=self._chance.random() < 0.6)
            await rules.set(self._guild.id, rule, actor_id=self._owner)
        for old in self._chance.sample(
            rules.list(self._guild.id), k=max(0, len(rules.list(self._guild.id)) - 6)
        ):
            await rules.remove(self._guild.id, old, actor_id=self._owner)
        if self._chance.random() < 0.05:
            await self._here.app.flags.set_enabled(self._guild.id, {"many": self._chance.random() < 0.7})
        self._clock.now_s += self._chance.choice([0.0, 1.0, 20.0])


async def gate_that_explain_names(ada: Person, name: str, command: str, channel: str) -> str | None:
    seen = await ada.slash("policy explain", member=name, command=command, channel=channel)
    if "is let through" in seen.text:
        return None
    return seen.text.split("is refused by **")[1].split("**")[0]


async def gate_that_refuses(here: Offline, person: Person, command: str) -> str | None:
    await person.slash(command)
    [decision] = await here.app.services.get(DecisionService).recent(DecisionQuery(name=command, limit=1))
    assert decision.outcome in (Outcome.RAN, Outcome.REFUSED), decision
    return decision.gate


@pytest.mark.timeout(1_800)
async def test_explain_and_the_gates_agree() -> None:
    """In each of 1,000 generated cases explain names the very gate that then refuses, or none."""
    chance, clock, discords_clock = random.Random(SEED), FakeClock(), ManualClock()
    met: set[str | None] = set()
    async with offline(ManyModule(), world=WORLD, clock=clock, discords_clock=discords_clock) as here:
        here.app.bot.owner_ids = {here.sim.user("Grace").id}
        guild = Guild(here, clock, chance)
        for case in range(CASES):
            await guild.change()
            name, channel = chance.choice(["Ada", "Grace", "Mallory"]), chance.choice(["general", "lobby"])
            command = f"many {chance.choice(list(DEMANDS))}"
            discords_clock.advance(LONG_ENOUGH_S)
            told = await gate_that_explain_names(await here.person("Ada"), name, command, channel)
            person = await here.person(name, channel=channel)
            discords_clock.advance(LONG_ENOUGH_S)
            assert await gate_that_refuses(here, person, command) == told, (case, name, command, channel)
            met.add(told)

    assert met >= {None, "module", "owner", "permissions", "bot_permissions", "policy", "cooldown"}
