"""What other processes do to an audit spool in tests."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from contracts.audit_sink import event
from support.database import file_config
from wisp_framework.exceptions import SpoolError
from wisp_framework.services.audit_event import AuditEvent
from wisp_framework.services.audit_spool import AuditSpool

GO = "go"
BATCH = 20
_BYTES = 200_000


def append(parent: Connection, place: str) -> None:
    """Put batches aside until killed; tell the ids of each once it is there."""
    parent.recv()

    async def run() -> None:
        spool = AuditSpool(file_config(Path(place)))
        while True:
            batch = [event(action=f"act {number}") for number in range(BATCH)]
            await spool.append(batch)
            parent.send([one.id for one in batch])

    asyncio.run(run())


def fill_limited(parent: Connection, place: str) -> None:
    """Put events aside while no file may grow beyond 200 kB; tell what was taken, then the refusal."""
    import resource  # only where a limit can be set, which the test has asked

    parent.recv()
    resource.setrlimit(resource.RLIMIT_FSIZE, (_BYTES, _BYTES))

    async def run() -> None:
        spool = AuditSpool(file_config(Path(place)))
        taken: list[AuditEvent] = []
        try:
            while True:
                batch = [event(action="x" * 100) for _ in range(BATCH)]
                await spool.append(batch)
                taken += batch
        except SpoolError as error:
            parent.send((str(error), [one.id for one in taken]))
        await spool.close()

    asyncio.run(run())
