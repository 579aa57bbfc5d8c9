"""The servers and the bad wire that tests stand on do what tests rely on."""

import signal

import asyncpg
import pytest
import redis.asyncio as redis

from support.fault_proxy import fault_proxy
from support.servers import PostgresServer, ValkeyServer


def bare(url: str) -> str:
    """An address as the driver itself takes it."""
    return url.replace("+asyncpg", "")


async def test_postgres_comes_back_with_what_it_held(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    """A database is empty at first, and a server that was killed has kept what was committed."""
    connection = await asyncpg.connect(bare(postgres_url))
    await connection.execute("CREATE TABLE things (id int)")
    await connection.execute("INSERT INTO things VALUES (1)")
    postgres_server.stop(signal.SIGQUIT)
    connection.terminate()
    postgres_server.start()

    again = await asyncpg.connect(bare(postgres_url))
    assert await again.fetchval("SELECT count(*) FROM things") == 1
    await again.close()


async def test_the_wire_goes_silent_is_cut_and_mended(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    """A silent wire answers nothing, a cut one refuses, and a mended one is on the port that it was on."""
    async with fault_proxy(postgres_server.port) as wire:
        address = bare(postgres_url).replace(str(postgres_server.port), str(wire.port))
        connection = await asyncpg.connect(address)
        assert await connection.fetchval("SELECT 1") == 1
        wire.silent = True
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1", timeout=0.1)
        await wire.cut()
        connection.terminate()
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(address)
        await wire.mend()
        again = await asyncpg.connect(address)
        assert await again.fetchval("SELECT 1") == 1
        await again.close()


async def test_valkey_forgets_when_it_is_stopped(valkey_server: ValkeyServer, redis_url: str) -> None:
    """A server that was stopped is back at once, on the same address, and empty."""
    async with redis.from_url(redis_url) as client:
        await client.set("wisp:test", 1)
    valkey_server.stop()
    valkey_server.start()
    async with redis.from_url(redis_url) as client:
        assert await client.get("wisp:test") is None
