"""What is stored for a guild that removed the bot, and when it goes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.clock import FakeClock, passing
from support.offline import Offline, offline
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.lifecycle.departures import LOOK_EVERY_S, Departures, DepartureStore
from wisp_framework.services import SchedulerService

DAY_S = 86_400.0


@asynccontextmanager
async def kept(folder: Path, clock: FakeClock, **settings: Any) -> AsyncIterator[Offline]:
    """A bot with a database, whose guild Lab has a note and Tower another."""
    async with offline(clock=clock, database_url=None, data_dir=folder, **settings) as here:
        for guild in ("Lab", "Tower"):
            await here.app.services.get(GuildDataService).set(here.guild_id(guild), "note", guild)
        yield here


async def look(here: Offline) -> None:
    """As the job does, each hour."""
    app = here.app
    await Departures(app.bot, app.services, app.flags, app.rules, app.config.guild_purge_after_days).look()


async def leave(here: Offline) -> None:
    """Remove the bot from Lab, and see that it is noted."""
    await here.sim.leave("Wisp", "Lab")
    while here.guild_id() not in await here.app.services.get(DepartureStore).departed():
        await here.settle()


async def note_of(here: Offline, guild_id: int) -> object:
    return await here.app.services.get(GuildDataService).get(guild_id, "note")


async def test_a_guild_that_left_is_purged_after_the_grace_time(tmp_path: Path) -> None:
    """Its data stays for 30 days, then all of it goes; the other guild keeps its own."""
    clock = FakeClock()
    async with kept(tmp_path, clock) as here:
        lab, tower = here.guild_id(), here.guild_id("Tower")
        await here.switch("ping", enabled=False)
        await leave(here)

        clock.now_s += 29.9 * DAY_S
        await look(here)
        assert await note_of(here, lab) == "Lab"

        clock.now_s += 0.2 * DAY_S
        await look(here)
        assert await note_of(here, lab) is None
        assert here.app.flags.overrides(lab) == {}
        assert await here.app.services.get(DepartureStore).departed() == set()
        assert await note_of(here, tower) == "Tower"


async def test_a_guild_that_comes_back_keeps_all(tmp_path: Path) -> None:
    """Removed and invited again within the grace time is as if nothing had been."""
    clock = FakeClock()
    async with kept(tmp_path, clock) as here:
        await leave(here)
        clock.now_s += 20 * DAY_S
        await here.sim.join("Wisp", "Lab")
        await here.settle()
        clock.now_s += 20 * DAY_S
        await look(here)

        assert await note_of(here, here.guild_id()) == "Lab"


async def test_an_outage_is_no_removal(tmp_path: Path) -> None:
    """A guild that is unavailable for longer than the grace time keeps all."""
    clock = FakeClock()
    async with kept(tmp_path, clock) as here:
        here.sim.outage("Lab")
        await here.settle()
        clock.now_s += 40 * DAY_S
        await look(here)
        clock.now_s += 40 * DAY_S
        await look(here)

        assert await note_of(here, here.guild_id()) == "Lab"


async def test_discord_is_asked_before_anything_is_deleted(tmp_path: Path) -> None:
    """A departure that was noted by mistake, of a guild that the bot is in, deletes nothing."""
    clock = FakeClock()
    async with kept(tmp_path, clock) as here:
        lab = here.guild_id()
        here.app.bot._connection._guilds.pop(lab)  # as if a session had begun without it
        await look(here)
        clock.now_s += 40 * DAY_S
        await look(here)

        assert await note_of(here, lab) == "Lab"
        assert await here.app.services.get(DepartureStore).departed() == set()


async def test_a_removal_while_the_bot_was_down_is_noticed(tmp_path: Path) -> None:
    """A guild that a new session does not name counts as gone from then on."""
    clock = FakeClock()
    async with kept(tmp_path, clock) as here:
        lab = here.guild_id()
        here.app.services.get(DepartureStore)
        await leave(here)
        await here.app.services.get(DepartureStore).forget([lab])  # nobody heard of it
        await look(here)
        assert await here.app.services.get(DepartureStore).departed() == {lab}
        clock.now_s += 31 * DAY_S
        await look(here)

        assert await note_of(here, lab) is None


async def test_never_keeps_everything(tmp_path: Path) -> None:
    """Who sets GUILD_PURGE_AFTER_DAYS to never keeps the data of every guild."""
    clock = FakeClock()
    async with kept(tmp_path, clock, guild_purge_after_days="never") as here:
        await leave(here)
        clock.now_s += 4000 * DAY_S
        await look(here)

        assert await note_of(here, here.guild_id()) == "Lab"


async def test_the_job_looks_by_itself(tmp_path: Path) -> None:
    """Nobody has to ask: within two hours after the grace time it is done."""
    clock = FakeClock()
    async with kept(tmp_path, clock, guild_purge_after_days=0.02) as here:
        lab = here.guild_id()
        await leave(here)
        for _ in range(2):
            clock.now_s += LOOK_EVERY_S  # at once: in between others would look 3,600 times for work
            await clock.advance(1)
            await passing(clock, here.app.services.get(SchedulerService).idle())

        assert await note_of(here, lab) is None
