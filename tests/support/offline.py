"""A Wisp app on an offline Discord, and the people who use it: the ground of the tests over the wire."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from support.clock import FakeClock
from wisp_framework import AppConfig, WispApp, WispBot, create_app
from wisp_framework.app import ModuleSpec, ServiceSpec
from wisp_framework.config import OFFLINE_REQUESTS_PER_S, IntentSettings
from wisp_sim import ManualClock, Sim, World
from wisp_sim.people import Person

WORLD: Mapping[str, Any] = {
    "bots": [{"name": "Wisp"}],
    "users": [{"name": "Ada"}, {"name": "Grace"}, {"name": "Mallory"}],
    "guilds": [
        {
            "name": "Lab",
            "owner": "Ada",
            "members": ["Wisp", "Ada", "Mallory"],
            "channels": [{"name": "general"}, {"name": "lobby"}],
        },
        {
            "name": "Tower",
            "owner": "Grace",
            "members": ["Wisp", "Ada", "Grace"],
            "channels": [{"name": "general"}],
        },
    ],
}
"""Two guilds of one bot: what is switched in the one must not be seen in the other."""


class Offline:
    """One app, its offline Discord, and whoever is asked for."""

    def __init__(self, sim: Sim, app: WispApp, stack: AsyncExitStack) -> None:
        self.sim = sim
        self.app = app
        self._stack = stack

    def guild_id(self, name: str = "Lab") -> int:
        return self.sim.guild(name).id

    async def settle(self) -> None:
        """Return once nothing is on its way and no handler runs."""
        await self.sim.settle()

    async def person(self, name: str, guild: str = "Lab", channel: str = "general") -> Person:
        """Somebody who turns to that guild and channel; the same object each time."""
        return self.sim.person(name, guild=guild, channel=channel)

    async def onlooker(self, name: str, guild: str = "Lab") -> Person:
        """Somebody whose actions end when Discord says so, while handlers may still run."""
        person = await Person.connect(api_url=self.sim.api_url, token=self.sim.user(name).token)
        self._stack.push_async_callback(person.close)
        person.go(guild=guild, channel="general")
        return person

    async def switch(self, module: str, *, enabled: bool, guild: str = "Lab") -> None:
        """Switch a module as its guild's owner would, by the command."""
        owner = await self.person("Ada" if guild == "Lab" else "Grace", guild)
        seen = await owner.slash(f"modules {'enable' if enabled else 'disable'}", module=module)
        assert seen.answered, seen
        assert "is now" in seen.text, seen.text


def offline_config(sim: Sim, **settings: Any) -> AppConfig:
    """Settings that reach ``sim``, keep nothing, and allow every intent."""
    values: dict[str, Any] = {
        "discord_token": sim.bot("Wisp").token,
        "discord_api_url": sim.api_url,
        "discord_requests_per_s": OFFLINE_REQUESTS_PER_S,
        "database_url": "memory://",
        "log_level": "WARNING",
        "intents": IntentSettings(members=True, message_content=True, presences=True),
    }
    return AppConfig(**(values | settings))


@asynccontextmanager
async def offline(
    *modules: ModuleSpec,
    world: Mapping[str, Any] | None = None,
    services: Sequence[ServiceSpec] = (),
    bot: type[WispBot] = WispBot,
    clock: FakeClock | None = None,
    discords_clock: ManualClock | None = None,
    **settings: Any,
) -> AsyncIterator[Offline]:
    """Start a Wisp app with these modules on an offline Discord of its own, and stop both at the end.

    With ``discords_clock`` an answer is too late for Discord only when the test says so.
    """
    async with AsyncExitStack() as stack:
        sim = await stack.enter_async_context(Sim(World.from_mapping(world or WORLD), clock=discords_clock))
        app = create_app(
            offline_config(sim, **settings), modules=modules, services=services, bot=bot, clock=clock
        )
        await app.start()
        stack.push_async_callback(app.close)
        running = Offline(sim, app, stack)
        await running.settle()
        yield running
