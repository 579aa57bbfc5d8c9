"""The audit through an outage of a real database, while members keep using the bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from support.fault_proxy import FaultProxy, fault_proxy
from support.offline import Offline, offline
from support.servers import PostgresServer
from wisp_framework.services import AuditQuery, AuditService, HealthService, HealthState
from wisp_framework.services.audit import AuditSpool

PATIENCE_S = 60


@asynccontextmanager
async def bot(url: str, folder: Path) -> AsyncIterator[Offline]:
    """A bot with that database, and its spool in that folder."""
    async with offline(database_url=url, data_dir=folder, db_pool_timeout=1) as here:
        await here.app.idle()  # the lists wait for a database that the offline Discord does not see
        await here.settle()
        yield here


def accepted(caplog: pytest.LogCaptureFixture) -> list[UUID]:
    """Ids of all events that were noted or recorded: each has its line."""
    lines = [vars(record) for record in caplog.records if record.name == "audit"]
    return [UUID(str(line["id"])) for line in lines]


async def use(here: Offline) -> None:
    """A member uses a command, the owner tries a switch, and the bot records something that must be seen."""
    mallory, ada = await here.person("Mallory"), await here.person("Ada")
    assert "Pong" in (await mallory.slash("ping")).text
    assert (await ada.slash("modules disable", module="welcome")).answered
    assert (await ada.slash("modules enable", module="welcome")).answered
    audit = here.app.services.get(AuditService)
    await audit.record("member.banned", actor_id=1, guild_id=here.guild_id())


async def stored(here: Offline) -> list[UUID]:
    """Ids of all events in the database, once nothing waits for it any more."""
    audit, spool = here.app.services.get(AuditService), here.app.services.get(AuditSpool)
    async with asyncio.timeout(PATIENCE_S):
        while await spool.count():  # noqa: ASYNC110 - the real clock of a real server
            await asyncio.sleep(0.05)
    return [event.id for event in await audit.query(AuditQuery(limit=10_000))]


async def audit_health(here: Offline) -> HealthState:
    """How the audit says it is."""
    return (await here.app.services.get(HealthService).check_service("audit")).state


@pytest.fixture
async def wire(postgres_server: PostgresServer) -> AsyncIterator[FaultProxy]:
    """The wire to the database."""
    async with fault_proxy(postgres_server.port) as proxy:
        yield proxy


@pytest.fixture
def address(postgres_server: PostgresServer, postgres_url: str, wire: FaultProxy) -> str:
    """The database behind the wire."""
    return postgres_url.replace(str(postgres_server.port), str(wire.port))


async def test_every_accepted_event_is_stored_once(
    wire: FaultProxy, address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Cut, silent, cut in the midst of work, and healed: what was accepted is in the table, each once."""
    async with bot(address, tmp_path) as here:
        await use(here)
        await wire.cut()
        await use(here)
        await use(here)
        assert await audit_health(here) is HealthState.DEGRADED
        await wire.mend()
        wire.silent = True
        await use(here)
        await wire.mend()
        working = asyncio.create_task(use(here))
        await wire.drop()
        await working
        await use(here)

        found = await stored(here)
        assert sorted(found) == sorted(set(accepted(caplog)))
        assert len(found) >= 6 * 2
        assert await audit_health(here) is HealthState.OK


async def test_a_bot_that_stops_in_an_outage_stores_at_its_next_start(
    wire: FaultProxy, address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was accepted while the database was away outlives the process."""
    async with bot(address, tmp_path) as here:
        await wire.cut()
        await use(here)
    await wire.mend()
    async with bot(address, tmp_path) as here:
        assert sorted(await stored(here)) == sorted(set(accepted(caplog)))
