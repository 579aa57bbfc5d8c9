"""The shared Redis: what stops a start and with which words, and how it is told from a stranger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from support.clock import FakeClock
from support.fault_proxy import fault_proxy
from support.redis import Process, port_of, process, raw, redis_config
from support.servers import ValkeyServer, make_valkey
from wisp_framework import create_app
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import MissingExtraError, RedisError
from wisp_framework.services import HealthState
from wisp_framework.services.redis import LIMIT_S, RETRY_S, RedisService
from wisp_framework.services.redis_client import namespace_of

NOBODY = "redis://:hunter2hunter2@127.0.0.1:1/0"


async def why_not(url: str) -> str:
    """With which words a Redis is refused at start."""
    service = RedisService(redis_config(url))
    with pytest.raises(RedisError) as refused:
        await service.start()
    await service.stop()
    assert "REDIS_URL" in str(refused.value)
    assert f"127.0.0.1:{port_of(url)}" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def own(server_folder: Path, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server that only this test speaks to."""
    server = make_valkey(tmp_path)
    server.start()
    yield server
    server.stop()


async def test_an_unreachable_one_stops_the_start() -> None:
    """The error names the place and the way out, and never the password."""
    said = await why_not(NOBODY)

    assert "cannot be used" in said
    assert "REDIS_REQUIRED=false" in said


async def test_one_that_is_not_required_may_come_later(redis_url: str, clock: FakeClock) -> None:
    """With REDIS_REQUIRED=false the start goes on, health says what is missing, and it heals by itself."""
    async with fault_proxy(port_of(redis_url)) as wire:
        await wire.cut()
        config = redis_config(f"redis://127.0.0.1:{wire.port}/0", redis_required=False)
        async with process(config, clock) as here:
            health = await here.redis.check_health()
            assert health.state is HealthState.DEGRADED
            assert "cannot be used" in health.detail
            with pytest.raises(RedisError):
                await here.redis.run(lambda redis: redis.ping())

            await wire.mend()
            await rejoined(here, clock)
            assert (await here.redis.check_health()).state is HealthState.OK


async def rejoined(here: Process, clock: FakeClock) -> None:
    """Return once Redis is heard again."""
    joining = asyncio.create_task(here.joined.wait())
    while not joining.done():
        await clock.advance(RETRY_S)
        await asyncio.wait({joining}, timeout=0.05)


@asynccontextmanager
async def stranger(says: bytes) -> AsyncIterator[str]:
    """A server of another kind, which answers everything in the same way."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(says)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2p1\r\n", b""])
async def test_another_kind_of_server_is_refused(says: bytes) -> None:
    """A web server, an SSH server, or one that hangs up is told from a Redis."""
    async with stranger(says) as url:
        assert "no Redis or Valkey server" in await why_not(url)


async def test_a_database_server_is_refused(postgres_url: str) -> None:
    """The database's port is no Redis' port."""
    assert "no Redis or Valkey server" in await why_not(f"redis://127.0.0.1:{port_of(postgres_url)}/0")


async def test_a_missing_or_wrong_password_is_told(own: ValkeyServer) -> None:
    """A server that wants a password says so, whether none or another was given."""
    async with raw(own.url) as client:
        await client.config_set("requirepass", "correct horse battery")

    for url in (own.url, own.url.replace("127", ":hunter2@127", 1)):
        assert "it wants a password or knows another one" in await why_not(url)


async def test_a_read_only_replica_is_refused(own: ValkeyServer, redis_url: str) -> None:
    """A replica takes no writes, and is refused with the name of what is needed."""
    async with raw(own.url) as client:
        await client.replicaof("127.0.0.1", str(port_of(redis_url)))
        said = await why_not(own.url)

    assert "it is a read-only replica; name the primary" in said


async def test_a_full_one_is_refused(own: ValkeyServer) -> None:
    """A server that has no memory left says what to set."""
    async with raw(own.url) as client:
        await client.config_set("maxmemory", "1")

        assert "maxmemory" in await why_not(own.url)


async def test_a_sentinel_is_refused(server_folder: Path, tmp_path: Path) -> None:
    """Who watches over servers is none."""
    (tmp_path / "sentinel.conf").write_text("")
    server = make_valkey(tmp_path)
    server._command[1:1] = [str(tmp_path / "sentinel.conf"), "--sentinel"]
    server.start()
    try:
        assert "it runs as sentinel" in await why_not(server.url)
    finally:
        server.stop()


async def test_a_primary_that_becomes_a_replica_degrades(own: ValkeyServer, clock: FakeClock) -> None:
    """A server that stops taking writes counts as away, though it answers, until it takes them again."""
    async with process(redis_config(own.url), clock) as here, raw(own.url) as client:
        await here.cache.set("key", 1)
        await client.replicaof("127.0.0.1", "1")

        await here.cache.set("key", 2)
        assert await here.cache.get("key") == 2
        health = await here.redis.check_health()
        assert health.state is HealthState.DEGRADED
        assert "read-only" in health.detail

        await client.replicaof("NO", "ONE")
        here.joined.clear()
        assert (await here.redis.check_health()).state is not HealthState.DOWN
        await rejoined(here, clock)
        assert (await here.redis.check_health()).state is HealthState.OK


async def test_a_slow_question_ends_in_time(redis_url: str, clock: FakeClock) -> None:
    """Who gives less time than the limit gets an error then, and the server does not count as away."""
    async with fault_proxy(port_of(redis_url)) as wire:
        config = redis_config(f"redis://127.0.0.1:{wire.port}/0")
        async with process(config, clock) as here:
            wire.silent = True
            asked = asyncio.create_task(here.redis.run(lambda redis: redis.ping(), limit_s=0.1))
            await clock.advance(0.1)
            with pytest.raises(RedisError, match=r"no answer within 0\.1 s"):
                await asked
            assert not here.redis.away

            asked = asyncio.create_task(here.redis.run(lambda redis: redis.ping()))
            await clock.advance(LIMIT_S)
            with pytest.raises(RedisError):
                await asked
            assert here.redis.away


def test_each_bot_has_names_of_its_own() -> None:
    """Keys begin with what the settings say, with the application's id, or with the id in the token."""
    token = "ODEzODQ3ODg3NjU3MTIzODQ.GnobodY." + "n" * 38

    def of(token: str = token, **settings: Any) -> str:
        return namespace_of(AppConfig(discord_token=token, redis_url=NOBODY, **settings))

    assert of(redis_namespace="mybot") == "mybot"
    assert of(discord_application_id=53908232506183680) == "wisp:53908232506183680"
    assert of() == "wisp:81384788765712384"
    assert of("made.up.token") == of("made.up.token") != of("other.up.token")
    assert "made" not in of("made.up.token")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the app says in one line how to install it."""
    monkeypatch.setattr("wisp_framework.app.stores.find_spec", lambda _: None)
    config = AppConfig(discord_token="made.up.token", database_url="memory://", redis_url=NOBODY)

    with pytest.raises(MissingExtraError) as missing:
        _ = create_app(config).services
    assert str(missing.value) == "REDIS_URL needs the [redis] extra: pip install 'wisp-framework[redis]'"
