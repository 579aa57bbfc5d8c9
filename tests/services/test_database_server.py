"""The database service on a real PostgreSQL, over a wire that fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from support.clock import FakeClock
from support.database import migrated_at, started, url_config
from support.fault_proxy import FaultProxy, fault_proxy
from wisp_framework.config import AppConfig
from wisp_framework.db.migrator import SqlMigrator
from wisp_framework.exceptions import DatabaseError, WriteUncertainError
from wisp_framework.services.base import HealthState
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.slow_breaker import LIMIT, PAUSE_S

LIMIT_S = 2.5
"""A member's write is refused within this time; Discord itself waits for 3 s."""
HASTE = {"db_pool_timeout": 1.0, "db_statement_timeout": 0.8}


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(urlsplit(postgres_url).port or 5432) as proxy:
        yield proxy


@pytest.fixture
def wired_url(postgres_url: str, wire: FaultProxy) -> str:
    """The address of the database at the other end of the wire."""
    address = urlsplit(postgres_url)
    return address._replace(netloc=f"wisp@127.0.0.1:{wire.port}").geturl()


async def ask(db: DatabaseService) -> int:
    """Read something."""
    async with db.session(read_only=True) as session:
        return await session.scalar(text("SELECT 1")) or 0


async def write(db: DatabaseService, guild_id: int) -> None:
    """Store a row."""
    statement = text("INSERT INTO guild_departures VALUES (:id, now(), now(), now())")
    async with db.session() as session:
        await session.execute(statement, {"id": guild_id})


async def stored(db: DatabaseService) -> list[int]:
    """The rows that are stored."""
    async with db.session(read_only=True) as session:
        rows = await session.execute(text("SELECT guild_id FROM guild_departures ORDER BY guild_id"))
        return [row.guild_id for row in rows]


@asynccontextmanager
async def used(url: str, clock: FakeClock | None = None) -> AsyncIterator[DatabaseService]:
    """A database with all tables, whose pool holds a connection, and which is not waited for long."""
    async with migrated_at(url):
        pass
    async with started(DatabaseService(url_config(url, **HASTE), SqlMigrator(), clock)) as db:
        await ask(db)
        yield db


def test_a_refusal_comes_in_time() -> None:
    """By default neither the wait for a connection nor that for a statement outlasts a member's patience."""
    config = AppConfig(discord_token="made.up.token")
    assert config.db_pool_timeout < LIMIT_S
    assert config.db_statement_timeout < LIMIT_S


async def test_a_session_takes_three_turns_beside_its_statement(postgres_url: str) -> None:
    """The server is asked whether the connection lives, to BEGIN and to COMMIT; nothing else."""
    sent: list[str] = []
    async with used(postgres_url) as db:
        async with db.session() as session:
            raw = await (await session.connection()).get_raw_connection()
            assert raw.driver_connection is not None
            raw.driver_connection.add_query_logger(lambda record: sent.append(record.query))
        assert await ask(db) == 1
        sent.clear()
        await write(db, 1)

    assert [query.split()[0].rstrip(";") for query in sent] == ["SELECT", "BEGIN", "COMMIT"]


async def test_a_cut_wire_heals(wired_url: str, wire: FaultProxy) -> None:
    """While the server is out of reach all is refused by name; once it is back all works again."""
    async with used(wired_url) as db:
        await wire.cut()
        with pytest.raises(DatabaseError, match=r"PostgreSQL .* cannot be used"):
            await write(db, 1)
        health = await db.check_health()
        assert health.state is HealthState.DOWN

        await wire.mend()
        await write(db, 2)
        assert (await db.check_health()).state is HealthState.OK
        assert await stored(db) == [2]


async def test_connections_that_died_in_the_pool_are_replaced(wired_url: str, wire: FaultProxy) -> None:
    """After a restart of the server nobody notices that the connections of before are gone."""
    async with used(wired_url) as db:
        await asyncio.gather(*(ask(db) for _ in range(5)))
        await wire.drop()
        for guild_id in range(1, 4):
            await write(db, guild_id)
        assert await stored(db) == [1, 2, 3]


async def test_a_silent_wire_is_not_waited_for(wired_url: str, wire: FaultProxy) -> None:
    """A server that hangs is given up after the configured time, and used again when it answers."""
    async with used(wired_url, FakeClock()) as db:
        wire.silent = True
        with pytest.raises(DatabaseError, match="no answer in time"):
            await write(db, 1)
        assert (await db.check_health()).state is HealthState.DOWN
        await wire.drop()
        await wire.mend()
        await write(db, 2)
        assert await stored(db) == [2]


async def test_a_statement_that_hangs_is_given_up(wired_url: str, wire: FaultProxy) -> None:
    """A wire that falls silent in the midst of a session ends it, and nothing of it is stored."""
    async with used(wired_url, FakeClock()) as db:

        async def two_writes() -> None:
            async with db.session() as session:
                await session.execute(text("INSERT INTO guild_departures VALUES (1, now(), now(), now())"))
                wire.silent = True
                await session.execute(text("INSERT INTO guild_departures VALUES (2, now(), now(), now())"))

        with pytest.raises(DatabaseError, match="no answer in time"):
            await two_writes()
        await wire.drop()
        await wire.mend()
        assert await stored(db) == []


async def test_an_answer_lost_at_the_commit_is_told_as_such(wired_url: str, wire: FaultProxy) -> None:
    """Whoever commits as the wire falls silent is told that nobody knows, not that nothing changed."""
    async with used(wired_url, FakeClock()) as db:

        async def one_write() -> None:
            async with db.session() as session:
                await session.execute(text("INSERT INTO guild_departures VALUES (1, now(), now(), now())"))
                wire.silent = True

        with pytest.raises(WriteUncertainError) as lost:
            await one_write()
        assert "not known whether this was saved" in lost.value.user_message


async def test_a_slow_server_is_left_alone(wired_url: str, wire: FaultProxy) -> None:
    """After five slow answers callers are refused at once, until one of them finds it quick again."""
    clock = FakeClock()
    async with used(wired_url, clock) as db:
        wire.delay_s = 0.5  # each way: more than a statement may take
        for _ in range(LIMIT):
            with pytest.raises(DatabaseError, match="no answer in time"):
                await ask(db)
        with pytest.raises(DatabaseError, match="answers too slowly"):
            await ask(db)
        assert (await db.check_health()).state is HealthState.DOWN

        wire.delay_s = 0.0
        with pytest.raises(DatabaseError, match="answers too slowly"):
            await ask(db)
        await clock.advance(PAUSE_S)
        assert await ask(db) == 1
        assert (await db.check_health()).state is HealthState.OK


async def test_a_pool_that_is_used_up_is_not_waited_for(postgres_url: str) -> None:
    """Who finds all connections taken is refused in time, and served once one is given back."""
    settings = {**HASTE, "db_pool_size": 1, "db_max_overflow": 1}
    async with started(DatabaseService(url_config(postgres_url, **settings), clock=FakeClock())) as db:
        async with db.session(), db.session():
            with pytest.raises(DatabaseError, match=r"no answer in time|QueuePool limit"):
                await ask(db)
        assert await ask(db) == 1


async def test_a_server_that_is_away_at_the_start(wired_url: str, wire: FaultProxy) -> None:
    """Where the database is optional the service starts without it, and migrates once it is there."""
    await wire.cut()
    clock = FakeClock()
    config = url_config(wired_url, database_required=False)
    async with started(DatabaseService(config, SqlMigrator(), clock)) as db:
        with pytest.raises(DatabaseError):
            await ask(db)
        assert (await db.check_health()).state is HealthState.DOWN

        await wire.mend()
        await clock.advance(1)
        async with db.session(read_only=True):
            pass
        await write(db, 1)
        assert await stored(db) == [1]


async def test_a_database_that_is_not_there_is_named(postgres_url: str) -> None:
    """A wrong name in the URL stops the start with the server's own words."""
    url = urlsplit(postgres_url)._replace(path="/nowhere").geturl()
    with pytest.raises(DatabaseError, match='database "nowhere" does not exist'):
        async with started(DatabaseService(url_config(url))):
            pass
