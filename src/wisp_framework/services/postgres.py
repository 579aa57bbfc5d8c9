"""How connections to a PostgreSQL server are given up, so that nobody waits for one that is gone."""

import asyncio

import asyncpg
from typing_extensions import override

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
