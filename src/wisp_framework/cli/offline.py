"""A bot on an offline Discord, in this process, and the people who talk to it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from wisp_framework.app import WispApp
from wisp_framework.app.target import load_app
from wisp_framework.config import OFFLINE_REQUESTS_PER_S
from wisp_framework.exceptions import CommandLineError
from wisp_sim import Sim, SimError, World
from wisp_sim.people import NotThereError, Person

NOT_HERE = (
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "DISCORD_APPLICATION_ID",
    "DISCORD_OWNER_IDS",
    "DISCORD_TOKEN_FILE",
    "OPS_PORT",
    "OTEL_ENABLED",
    "OWNER_ID",
    "REDIS_URL",
    "REDIS_URL_FILE",
    "SENTRY_DSN",
    "SENTRY_DSN_FILE",
    "WEBHOOK_LOGGER_URL",
    "WEBHOOK_LOGGER_URL_FILE",
)
"""Settings that speak of the real Discord, real data and whoever watches the real bot.

Empty in the environment they count as not set, and hide what a ``.env`` file says: the database is then a
file in the data folder.
"""


class Offline:
    """An offline Discord, the bot that runs on it, and its people, who log in when they are first needed.

    Args:
        sim: the offline Discord; it must be running.
        app: the bot; it must be ready.
        world: what the offline Discord started with.
        patience_s: how long a person waits for an answer.
    """

    def __init__(self, sim: Sim, app: WispApp, world: World, patience_s: float) -> None:
        self.sim = sim
        self.app = app
        self.world = world
        self._patience_s = patience_s
        self._people: dict[str, Person] = {}

    @property
    def host(self) -> str:
        """Who speaks unless a line says otherwise: the owner of the first guild."""
        return self.world.guilds[0].owner

    async def person(self, name: str) -> Person:
        """The person with that name, logged in and in the first guild that they see.

        Raises:
            NotThereError: the world has nobody of that name.
        """
        names = [user.name for user in self.world.users]
        known = next((known for known in names if known.casefold() == name.casefold()), None)
        if known is None:
            raise NotThereError("person", name, names, where="in this world")
        if known not in self._people:
            self._people[known] = await Person.connect(
                api_url=self.sim.api_url,
                token=self.sim.user(known).token,
                settle=self.settle,
                patience_s=self._patience_s,
            )
        return self._people[known]

    async def newcomer(self, guild: str) -> Person:
        """The first person of the world who is not in that guild.

        Raises:
            NotThereError: everybody is in it.
        """
        for user in self.world.users:
            person = await self.person(user.name)
            if guild not in person.guilds:
                return person
        raise NotThereError("newcomer", "join", [], where=f"for {guild}: everybody of this world is in it")

    async def settle(self) -> None:
        """Return when everybody has heard everything and the bot has nothing left to do."""
        await self.sim.settle()
        await self.app.idle()
        await self.sim.settle()

    def skip_news(self) -> None:
        """Count all that anybody got so far as seen: whoever reads along has seen it on this screen."""
        for person in self._people.values():
            person.skip_news()

    async def close(self) -> None:
        """Log everybody out."""
        await asyncio.gather(*(person.close() for person in self._people.values()))
        self._people.clear()


@asynccontextmanager
async def offline_bot(
    target: str | None, sim: Sim, *, data_dir: Path, patience_s: float
) -> AsyncIterator[Offline]:
    """Start an offline Discord and a bot on it; stop both at the end.

    The bot's settings come from the environment and ``.env`` files, but for the token, Discord's address
    and where data is kept: what it does here never reaches a real Discord or a real database.

    Raises:
        CommandLineError: the port is taken.
        WispError: the bot cannot be loaded or started.
    """
    async with AsyncExitStack() as stack:
        world = World.from_mapping(sim.describe())
        try:
            await stack.enter_async_context(sim)
        except SimError as error:
            raise CommandLineError(str(error)) from error
        point_at(sim, world, data_dir)
        show_everything()
        app = load_app(target)
        stack.push_async_callback(app.close)
        await app.start()
        await app.idle()  # the first command lists are on their way
        offline = Offline(sim, app, world, patience_s)
        stack.push_async_callback(offline.close)
        yield offline


def point_at(sim: Sim, world: World, data_dir: Path) -> None:
    """Set the environment so that a bot which reads it runs on this offline Discord, and only there."""
    data_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(dict.fromkeys(NOT_HERE, ""))
    os.environ["DISCORD_TOKEN"] = sim.bot(world.bots[0].name).token
    os.environ["DISCORD_API_URL"] = sim.api_url
    os.environ["DATA_DIR"] = str(data_dir)
    os.environ.setdefault("DISCORD_REQUESTS_PER_S", str(OFFLINE_REQUESTS_PER_S))


def show_everything() -> None:
    """Let the bot see members and messages unless its settings say no: offline nobody has to approve it."""
    for intent in ("MEMBERS", "MESSAGE_CONTENT"):
        os.environ.setdefault(f"DISCORD_INTENTS_{intent}", "true")
