"""The database of a bot: a SQLite file unless a PostgreSQL URL is given."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from pathlib import Path
from typing import ClassVar, Protocol

from typing_extensions import TypeVarTuple, override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError, MissingExtraError, SchemaError, WriteUncertainError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.engine import (
    EACH_ALONE,
    READ_ONLY,
    Place,
    is_busy,
    is_timeout,
    is_uncertain,
    open_engine,
    time_statements,
)
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.slow_breaker import SlowBreaker
from wisp_framework.services.sql_watch import SqlWatch
from wisp_framework.services.tracing import TracingService
from wisp_framework.utils.clock import Clock, SystemClock

try:
    from sqlalchemy import Row, Select, text
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
    from sqlalchemy.util import greenlet_spawn
except ImportError as error:
    raise MissingExtraError("A database", "db") from error

logger = logging.getLogger(__name__)

_BUSY_LIMIT_S = 20.0
_BUSY_PAUSE_S = 0.05
_RETRY_AFTER_S = 1.0
_HEALTH_TIMEOUT_S = 5.0

Columns = TypeVarTuple("Columns")
"""The types of a query's columns."""


class Migrator(Protocol):
    """Brings the tables of a database to what the code works with."""

    async def pending(self, engine: AsyncEngine) -> Sequence[str]:
        """What `migrate` would apply, in words, oldest first.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """

    async def migrate(self, engine: AsyncEngine) -> None:
        """Apply what is missing, and nothing twice, also when many processes call this at once.

        Raises:
            SchemaError: the database belongs to a newer version, or to something else.
            DatabaseError: it cannot be reached.
        """


class DatabaseService(BaseService):
    """Hands out sessions on the bot's database.

    A database that cannot be reached stops the start, unless ``config.database_required`` is
    False: then everything that asks for a session fails with `DatabaseError` until the
    database is back, and from then on works, without a restart. While a server does not answer,
    or too slowly, a session is refused after ``config.db_pool_timeout`` or
    ``config.db_statement_timeout`` seconds, and soon at once.

    Args:
        config: where the database is and how many connections may be open.
        migrator: run once before the first session; None leaves the tables alone.
        clock: paces the attempts to reach a database that is away.
        metrics: measures statements and connections.
        tracing: says whether statements are traced.
    """

    startup_timeout_s: ClassVar[float] = 60.0

    def __init__(
        self,
        config: AppConfig,
        migrator: Migrator | None = None,
        clock: Clock | None = None,
        metrics: MetricsService | None = None,
        tracing: TracingService | None = None,
    ) -> None:
        super().__init__(config)
        self.required = config.database_required
        self._migrator = migrator
        self._clock = clock or SystemClock()
        self._metrics = metrics or MetricsService(config, self._clock)
        self._tracing = tracing or TracingService(config)
        self._engine: AsyncEngine | None = None
        self._place: Place | None = None
        self._reading: AsyncEngine | None = None
        self._breaker: SlowBreaker | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._prepared = False
        self._failure: DatabaseError | None = None
        self._next_attempt_s = 0.0

    @property
    def engine(self) -> AsyncEngine:
        """SQLAlchemy's engine.

        Raises:
            DatabaseError: the service is not started.
        """
        if self._engine is None:
            raise DatabaseError("the database service is not started")
        return self._engine

    @property
    def session_factory(self) -> async_sessionmaker[AsyncSession]:
        """Makes bare sessions: they commit nothing by themselves, and do not wait for the migrations.

        Raises:
            DatabaseError: the service is not started.
        """
        return async_sessionmaker(self.engine, expire_on_commit=False)

    @property
    def file(self) -> Path | None:
        """The file of an embedded database; None for a server, or while the service is not started."""
        return self._place.file if self._place else None

    @override
    async def startup(self) -> None:
        """Reach the database and bring its tables up to date.

        Raises:
            DatabaseError: it cannot be reached, and the configuration says that it must.
            SchemaError: its tables belong to a newer version, or to something else.
        """
        self._engine, self._place = open_engine(self.config)
        reading = {READ_ONLY: True, EACH_ALONE: True, "postgresql_readonly": True}
        self._reading = self._engine.execution_options(**reading)
        self._failure = None
        SqlWatch(self._engine, self._metrics, self._tracing, self._clock).begin()
        if self._place.file is None:
            self._breaker = SlowBreaker(self._clock, self.config.db_statement_timeout)
            time_statements(self._engine, self._clock, self._breaker)
        try:
            await self._prepared_by_one()
        except SchemaError:
            self.required = True  # whoever could do without a database may still not misread this one
            raise
        except DatabaseError as error:
            if self.required:
                raise
            logger.warning("started without the database, which is tried again at every use: %s", error)
        self._mark_initialized()

    @override
    async def shutdown(self) -> None:
        """Close every connection."""
        preparing, self._preparing = self._preparing, None
        if preparing is not None:
            preparing.cancel()
            await asyncio.wait({preparing})
        engine, self._engine, self._reading, self._breaker = self._engine, None, None, None
        self._initialized = self._prepared = False
        if engine is not None:
            await engine.dispose()

    @override
    async def check_health(self) -> Health:
        """Ask the database something, now."""
        try:
            async with asyncio.timeout(_HEALTH_TIMEOUT_S), self.session(read_only=True) as session:
                # SQLite answers a bare SELECT 1 without looking at its file.
                table = " FROM sqlite_master LIMIT 1" if self.file else ""
                await session.execute(text(f"SELECT 1{table}"))
        except TimeoutError:
            return Health(HealthState.DOWN, f"no answer within {_HEALTH_TIMEOUT_S:g} s")
        except DatabaseError as error:
            return self._removed() or Health(HealthState.DOWN, str(error))
        return self._removed() or Health(HealthState.OK, self._where.name)

    def _removed(self) -> Health | None:
        if not self._prepared or self.file is None or self.file.exists():
            return None
        return Health(HealthState.DOWN, f"the file {self.file} was removed while in use; restart the bot")

    @asynccontextmanager
    async def session(self, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        On SQLite one writer works at a time, so keep the block short and await nothing but the
        database in it. A session inside a session of the same task waits for itself.

        Args:
            read_only: True promises not to write; such a session never waits for a writer, and each of its
                statements sees what is committed when it runs.

        Raises:
            DatabaseError: the database cannot be reached, is full, or cannot be written; nothing
                of the block was stored.
            WriteUncertainError: the server was lost while it stored the block, and may have done so.
        """
        engine = self._reading if read_only else self._engine
        if engine is None:
            raise DatabaseError("the database service is not started")
        if not self._prepared:
            await self._wait_prepared()
        async with AsyncSession(engine, expire_on_commit=False) as session:
            await self._connect(session)
            yield session
            await self._commit(session, read_only=read_only)

    async def read(
        self, query: Select[*Columns], parameters: Mapping[str, object]
    ) -> Sequence[Row[*Columns]]:
        """The rows of one query over tables; on SQLite at a fraction of what a session costs.

        Args:
            query: is quickest if it is made once and holds a ``bindparam`` for whatever changes.
            parameters: what those stand for.

        Raises:
            DatabaseError: the database cannot be reached or read.
        """
        if self.file is None or self._reading is None or not self._prepared:
            async with self.session(read_only=True) as session:
                connection = await session.connection()
                return (await connection.execute(query, parameters)).all()
        engine = self._reading.sync_engine

        def in_one_go() -> Sequence[Row[*Columns]]:
            with engine.connect() as connection:
                return connection.execute(query, parameters).all()

        with self._where.reaching():
            return await greenlet_spawn(in_one_go)

    async def apply(self, migrator: Migrator) -> None:
        """Apply further migrations, beside those that the service was made with.

        Raises:
            SchemaError: the tables belong to a newer version.
            DatabaseError: the database cannot be reached; nothing was changed.
        """
        await self._wait_prepared()

        async def step() -> None:
            if await migrator.pending(self.engine):
                await self._migrate(migrator)

        await self._patiently(step)

    async def _connect(self, session: AsyncSession) -> None:
        """Get a connection and begin; of a server, within the time that a pool may take."""
        breaker = self._breaker
        if breaker is None:
            with self._where.reaching():
                await session.connection()
            return
        if not breaker.admit():
            raise self._where.refusal("it answers too slowly, and is left alone for some seconds")
        try:
            with self._where.reaching():
                async with asyncio.timeout(self.config.db_pool_timeout):
                    await session.connection()
        except DatabaseError as error:
            if is_timeout(error):
                breaker.note_slow()
            raise

    async def _commit(self, session: AsyncSession, *, read_only: bool) -> None:
        with self._where.reaching():
            if session.new or session.dirty or session.deleted:
                await session.flush()
        begun_s = self._clock.monotonic()
        try:
            with self._where.reaching():
                await session.commit()
        except DatabaseError as error:
            if read_only or not is_uncertain(error):
                raise
            raise WriteUncertainError(str(error)) from error
        if self._breaker is not None:
            self._breaker.note(self._clock.monotonic() - begun_s)

    @property
    def _where(self) -> Place:
        if self._place is None:
            raise DatabaseError("the database service is not started")
        return self._place

    async def _wait_prepared(self) -> None:
        """Wait until the database is reached and migrated, but no longer than for a connection."""
        try:
            async with asyncio.timeout(self.config.db_pool_timeout):
                await self._prepared_by_one()
        except TimeoutError:
            raise self._where.refusal("it was not reached in time, which is tried on") from None

    async def _prepared_by_one(self) -> None:
        """Reach the database and migrate it, unless that is done; one task does, all others wait for it."""
        if self._preparing is None or self._preparing.done():
            # In a context of its own: it works for everybody, not for whoever came first.
            self._preparing = asyncio.create_task(self._prepare(), name="wisp-database", context=Context())
            self._preparing.add_done_callback(_read_outcome)
        await asyncio.shield(self._preparing)

    async def _prepare(self) -> None:
        if self._prepared:
            return
        if self._failure is not None and self._clock.monotonic() < self._next_attempt_s:
            raise type(self._failure)(str(self._failure)) from self._failure
        try:
            await self._patiently(self._reach)
        except DatabaseError as error:
            self._failure = error
            self._next_attempt_s = self._clock.monotonic() + _RETRY_AFTER_S
            raise
        if self._failure is not None:
            logger.info("the database (%s) is back", self._where.name)
        self._failure = None
        self._prepared = True

    async def _reach(self) -> None:
        self._where.make_room()
        async with self.engine.connect():
            pass
        if self._migrator is not None and await self._migrator.pending(self.engine):
            await self._migrate(self._migrator)

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step; a SQLite file that other processes are just opening or migrating is waited for."""
        deadline_s = self._clock.monotonic() + _BUSY_LIMIT_S
        while True:
            try:
                with self._where.reaching():
                    await step()
                return  # noqa: TRY300 - an else after the except below would hide where the loop ends
            except DatabaseError as error:
                if not is_busy(error) or self._clock.monotonic() >= deadline_s:
                    raise
            await self._clock.sleep(_BUSY_PAUSE_S)

    async def _migrate(self, migrator: Migrator) -> None:
        if self.file is not None:
            await migrator.migrate(self.engine)
            return
        engine, _ = open_engine(self.config, patient=True)
        try:
            await migrator.migrate(engine)
        finally:
            await engine.dispose()


def _read_outcome(preparing: asyncio.Task[None]) -> None:
    # Where all who waited have given up, nobody reads it, and the loop would complain.
    if not preparing.cancelled():
        preparing.exception()
