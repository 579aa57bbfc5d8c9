"""How a PostgreSQL server is spoken to: asked in one turn if it lives, and given up soon if it does not."""

import asyncio
from typing import cast

import asyncpg
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection, PGDialect_asyncpg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.util import await_only
from typing_extensions import override

DRIVER = "postgresql+wisp"
"""The driver's name in a URL of SQLAlchemy's."""

_CLOSE_S = 0.2
"""How long a server is given to say goodbye; the driver alone would wait for one that is silent."""


class PostgresConnection(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection that is closed politely if that is quick, and dropped if it is not."""

    @override
    async def close(self, *, timeout: float | None = None) -> None:
        """Close it.

        Raises:
            TimeoutError: the server was silent; the connection is dropped.
        """
        async with asyncio.timeout(_CLOSE_S):
            await super().close(timeout=timeout)


# What is overridden here is private to SQLAlchemy; a test holds how many turns a session takes.
class PostgresDialect(PGDialect_asyncpg):
    """asyncpg, without the transaction around the question whether a connection still lives."""

    supports_statement_cache = True

    @override
    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        """Ask the server something, by the simple protocol, which needs no transaction behind a pooler."""
        connection = cast("AsyncAdapt_asyncpg_connection", dbapi_connection)
        try:
            await_only(connection.driver_connection.execute("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - it is SQLAlchemy that tells them apart
            connection._handle_exception(error)  # noqa: SLF001
        return True


registry.register("postgresql.wisp", __name__, PostgresDialect.__name__)
