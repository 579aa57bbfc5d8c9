"""The file in which audit events wait while the database is away."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec

from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import SpoolError
from wisp_framework.services.audit_event import AuditEvent

SPOOL_FILE = "audit-spool.db"

MAX_SPOOL_BYTES = 256 * 1024 * 1024
"""How large the file may become; what no longer fits is refused."""

_PAGE_BYTES = 4096
_BUSY_LIMIT_S = 5.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRAGMAS = (
    f"PRAGMA page_size={_PAGE_BYTES}",
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
)
# Keys sort by time, so that new events go to the end of the file and old ones leave from its beginning.
_TABLE = "CREATE TABLE IF NOT EXISTS events (id BLOB PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID"

_log = logging.getLogger(__name__)

T = TypeVar("T")


class AuditSpool:
    """Keeps audit events in a file of ``DATA_DIR``: what it took is on the disk, whatever is killed next.

    It is made by the first event that has to wait. Several processes may share the folder. Calls run one
    after the other in a thread of their own; each raises `SpoolError` where the file cannot be used.

    Args:
        config: names the folder.
        max_bytes: how large the file may become.
    """

    def __init__(self, config: AppConfig, max_bytes: int = MAX_SPOOL_BYTES) -> None:
        self.file = config.data_dir / SPOOL_FILE
        self._max_pages = max(1, max_bytes // _PAGE_BYTES)
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """Keep all of them, or none and raise; returns once they are on the disk."""
        rows = [(event.id.bytes, msgspec.json.encode(event)) for event in events]

        def write() -> None:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR IGNORE INTO events VALUES (?, ?)", rows)
            connection.execute("COMMIT")

        await self._call(write)

    async def oldest(self, limit: int) -> list[AuditEvent]:
        """The first ``limit`` of those that wait, also what other processes left."""

        def read() -> list[bytes]:
            if not self._exists():
                return []
            asked = self._open().execute("SELECT event FROM events ORDER BY id LIMIT ?", (limit,))
            return [event for (event,) in asked]

        return [_event(text) for text in await self._call(read)]

    async def remove(self, events: Sequence[AuditEvent]) -> None:
        """Forget those that are in the database now."""
        keys = [(event.id.bytes,) for event in events]

        def delete() -> None:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("DELETE FROM events WHERE id = ?", keys)
            connection.execute("COMMIT")
            # Gives the pages that have become free back to the disk; the cursor does it row by row.
            connection.execute("PRAGMA incremental_vacuum").fetchall()

        await self._call(delete)

    async def count(self) -> int:
        """How many events wait."""

        def read() -> int:
            if not self._exists():
                return 0
            (count,) = self._open().execute("SELECT count(*) FROM events").fetchone()
            return int(count)

        return await self._call(read)

    async def close(self) -> None:
        """Close the file; the next call opens it again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit-spool")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._tried, work)

    def _tried(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            self._close()
            if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGED:
                self._set_aside(error)
            raise SpoolError(str(self.file), words_of(error)) from error

    def _exists(self) -> bool:
        return self._connection is not None or self.file.exists()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.file, timeout=_BUSY_LIMIT_S, isolation_level=None, check_same_thread=False
            )
            self._connection = connection  # whatever fails below closes it
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            connection.execute(f"PRAGMA max_page_count={self._max_pages}")
            connection.execute(_TABLE)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Keep a damaged file under another name, for its owner; the next call begins a new one."""
        aside = _free_name(self.file)
        for ending in ("", "-wal", "-shm"):
            part = Path(f"{self.file}{ending}")
            if part.exists():
                part.rename(f"{aside}{ending}")
        _log.error("The audit spool was damaged (%s) and is kept as %s; a new one is begun", error, aside)


def _code(error: sqlite3.Error) -> int:
    """The kind of the error: the low byte, the rest tells which step met it; 0 where SQLite gave none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _free_name(file: Path) -> Path:
    number = 1
    while (aside := file.with_name(f"{file.stem}.damaged-{number}.db")).exists():
        number += 1
    return aside


def _event(text: bytes) -> AuditEvent:
    # A newer version may have left fields that this one does not know.
    told = msgspec.json.decode(text)
    fields = {name: told.get(name) for name in AuditEvent.__struct_fields__}
    return AuditEvent(**fields | {"id": UUID(told["id"]), "at": datetime.fromisoformat(told["at"])})
