"""News of changes from process to process through PostgreSQL, where there is no Redis."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Protocol, cast

import asyncpg
from sqlalchemy.exc import DBAPIError
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.utils.clock import Clock, SystemClock

CHANNEL = "wisp_changes"
"""A bot has its database for itself, so the channel needs no name of the bot's."""

LIMIT_S = 5.0
"""How long the database may take to answer on the line."""

RETRY_S = 1.0
"""How long to wait before a line that broke is made anew."""

QUIET_S = 5.0
"""After this long the database is asked whether the line still stands."""

_FAILURES = (
    DatabaseError,
    DBAPIError,
    DeadlineExceededError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)

_log = logging.getLogger(__name__)


class _Line(Protocol):
    """The driver's own connection, as far as it is used here: asyncpg's."""

    async def execute(self, query: str, *args: str, timeout: float) -> str: ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...

    def add_termination_listener(self, callback: Callable[..., None]) -> None: ...

    def terminate(self) -> None: ...


class PostgresChangeBus(BaseService):
    """A `wisp_framework.services.guild_changes.ChangeBus` over LISTEN and NOTIFY.

    It holds one connection beside the pool. Behind a proxy that shares connections between clients
    nothing is heard; changes are then found by their versions.
    """

    required = False

    def __init__(self, config: AppConfig, db: DatabaseService, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._db = db
        self._clock = clock or SystemClock()
        self._heard: Callable[[bytes], None] | None = None
        self._joined: Callable[[], None] | None = None
        self._line: _Line | None = None
        self._listening: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()
        self._first_try_done = asyncio.Event()

    def listen(self, heard: Callable[[bytes], None], joined: Callable[[], None]) -> None:
        """Call ``heard`` with every message, and ``joined`` when hearing begins anew."""
        self._heard, self._joined = heard, joined

    async def tell(self, message: bytes) -> None:
        """Tell all processes.

        Raises:
            DatabaseError: the line is broken.
        """
        line = self._line
        if line is None:
            raise DatabaseError("the line on which processes tell each other of changes is broken")
        try:
            await self._ask(line, "SELECT pg_notify($1, $2)", CHANNEL, message.decode())
        except _FAILURES as error:
            raise DatabaseError(f"the other processes cannot be told: {error}") from error

    @override
    async def startup(self) -> None:
        """Begin to listen; a database that is away is tried again until it is there."""
        self._first_try_done.clear()
        self._listening = asyncio.create_task(self._listen(), name="change bus", context=Context())
        with suppress(DeadlineExceededError):
            await within(self._clock, LIMIT_S, _set(self._first_try_done))
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Hang up."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait({listening})

    @override
    async def check_health(self) -> Health:
        """Degraded while nothing is heard: then changes are found later, by their versions."""
        if self.initialized and self._line is None:
            return Health(HealthState.DEGRADED, "changes made by other processes are noticed late")
        return await super().check_health()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except _FAILURES as error:
                _log.debug("the line for news of changes broke: %s", error)
            self._first_try_done.set()
            await self._clock.sleep(RETRY_S)

    async def _hear(self) -> None:
        pooled = await self._db.engine.raw_connection()
        line = cast("_Line", pooled.driver_connection)
        pooled.detach()
        broken = asyncio.Event()
        try:
            line.add_termination_listener(lambda _: broken.set())
            await line.add_listener(CHANNEL, self._hand_on)
            self._line = line
            self._first_try_done.set()
            if self._joined is not None:
                self._joined()
            while not broken.is_set():
                with suppress(DeadlineExceededError):
                    await within(self._clock, QUIET_S, _set(broken))
                    return
                await self._ask(line, "SELECT 1")
        finally:
            self._line = None
            line.terminate()

    async def _ask(self, line: _Line, query: str, *args: str) -> None:
        async with self._asking:
            await within(self._clock, LIMIT_S, line.execute(query, *args, timeout=LIMIT_S))

    def _hand_on(self, _line: object, _pid: int, _channel: str, message: str) -> None:
        if self._heard is not None:
            self._heard(message.encode())


async def _set(event: asyncio.Event) -> None:
    await event.wait()
