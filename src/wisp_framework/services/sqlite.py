"""How a SQLite file is spoken to: each call is a turn to the thread of its connection, so none is in vain."""

import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncIODBAPIConnection, AsyncIODBAPICursor
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from typing_extensions import override

DRIVER = "sqlite+wisp"
"""The driver's name in a URL of SQLAlchemy's."""

_Parameters = Sequence[Any] | Mapping[str, Any]
_Run = tuple[sqlite3.Cursor, Sequence[Any]]
_UNUSED = object()
"""The cursor of a statement that has not run."""


# What is overridden here is private to SQLAlchemy and aiosqlite; a test holds how many calls a read takes.
class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Runs a statement and fetches its rows in one call; then there is nothing left to close."""

    __slots__ = ()

    @override
    def _make_new_cursor(self, connection: AsyncIODBAPIConnection) -> AsyncIODBAPICursor:
        return cast("AsyncIODBAPICursor", _UNUSED)

    @override
    def _aenter_cursor(self, cursor: AsyncIODBAPICursor) -> AsyncIODBAPICursor:
        return cursor

    @override
    async def _execute_async(self, operation: str, parameters: _Parameters | None) -> None:
        await self._run(lambda connection: _fetched(connection.execute(operation, parameters or ())))

    @override
    async def _executemany_async(self, operation: str, seq_of_parameters: Sequence[_Parameters]) -> None:
        await self._run(lambda connection: _fetched(connection.executemany(operation, seq_of_parameters)))

    async def _run(self, work: Callable[[sqlite3.Connection], _Run]) -> None:
        driver = cast("aiosqlite.Connection", self._connection)
        async with self._adapt_connection._execute_mutex:  # noqa: SLF001
            ran: _Run = await driver._execute(  # type: ignore[no-untyped-call]  # noqa: SLF001
                lambda: work(driver._conn)  # noqa: SLF001
            )
        # Of a cursor that has run only attributes are asked, which the driver's own hands on just so.
        self._cursor, rows = cast("AsyncIODBAPICursor", ran[0]), ran[1]
        self._rows = deque(rows)

    @override
    async def _async_soft_close(self) -> None:
        pass

    @override
    def close(self) -> None:
        self._rows.clear()


def _fetched(cursor: sqlite3.Cursor) -> _Run:
    return cursor, cursor.fetchall() if cursor.description else ()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor

    @override
    async def _terminate_graceful_close(self) -> None:
        # The driver's own close asks its thread twice, and waits for ever for the second answer where the
        # thread was told to end in between, which whoever is cancelled while it closes does.
        stopped = cast("aiosqlite.Connection", self._connection).stop()
        if stopped is not None:
            await stopped


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    @override
    def connect(self, *arg: Any, **kw: Any) -> _Connection:
        return _Connection(self, super().connect(*arg, **kw).driver_connection)


class SqliteDialect(SQLiteDialect_aiosqlite):
    """aiosqlite, without the commits and rollbacks of a connection that is in no transaction."""

    supports_statement_cache = True

    @override
    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        """The driver, with cursors of our own."""
        return _Driver(aiosqlite, sqlite3)

    @override
    def do_commit(self, dbapi_connection: DBAPIConnection) -> None:
        """Commit, where there is something to commit."""
        if self._is_in_transaction(dbapi_connection):
            dbapi_connection.commit()

    @override
    def do_rollback(self, dbapi_connection: DBAPIConnection) -> None:
        """Roll back, where there is something to roll back."""
        if self._is_in_transaction(dbapi_connection):
            dbapi_connection.rollback()

    def _is_in_transaction(self, connection: DBAPIConnection) -> bool:
        # A statement that is still under way in the thread may begin one a moment later; but whoever stops
        # waiting for a statement has its connection closed, which is never used again.
        try:
            in_transaction: bool = self.get_driver_connection(connection).in_transaction
        except ValueError:
            return False  # it is closed
        return in_transaction


registry.register("sqlite.wisp", __name__, SqliteDialect.__name__)
