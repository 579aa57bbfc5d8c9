"""The SQLAlchemy engine behind the database service: how it is opened, and how its errors read."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DatabaseError, MissingExtraError
from wisp_framework.services.slow_breaker import SlowBreaker
from wisp_framework.utils.clock import Clock

try:
    from sqlalchemy import Connection, event
    from sqlalchemy.engine import URL, ExceptionContext, make_url
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.exc import (
        DataError,
        DBAPIError,
        IntegrityError,
        NotSupportedError,
        PendingRollbackError,
        ProgrammingError,
    )
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError
    from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
    from sqlalchemy.pool import ConnectionPoolEntry, NullPool
except ImportError as error:
    raise MissingExtraError("A database", "db") from error

READ_ONLY = "wisp_read_only"
"""Execution option: the transaction will not write, so it need not wait for one that does."""

EACH_ALONE = "wisp_each_alone"
"""Execution option: on SQLite no transaction is begun; each statement sees what is committed when it runs.

So it does on PostgreSQL, in a transaction too, at its default level.
"""

_SQLITE_FILE = "wisp.db"
_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=2000",  # first: the next ones may have to wait for another process
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
# Each SQLite connection is a thread, and writers take turns anyway: more of them only wait for each other.
_SQLITE_POOL_SIZE = 5
_WORDS: Mapping[type[BaseException], str] = {TimeoutError: "no answer in time"}
"""For errors that say nothing themselves."""
_BEGUN = "wisp_begun_s"
_PATIENCE_S = 600.0
"""The longest statement of a migration or a copy."""
# The caller's mistakes, not the database's: they keep their own type, and no remedy of ours would fit.
_MISTAKES = (IntegrityError, DataError, ProgrammingError, NotSupportedError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is, in words that hold no secret.

    Args:
        name: for people, for example ``SQLite file /srv/bot/data/wisp.db``.
        remedy: what to do when it cannot be reached.
        file: the file of an embedded database.
        secret: what must never be printed; "" if there is none.
    """

    name: str
    remedy: str
    file: Path | None = None
    secret: str = ""

    def failure(self, error: BaseException) -> DatabaseError:
        """Word what went wrong: the place, the reason, the remedy, never the password."""
        reason = _innermost(error)
        text = str(reason) or _WORDS.get(type(reason), type(reason).__name__)
        if self.secret:
            text = text.replace(self.secret, "***")
        return self.refusal(text)

    def refusal(self, reason: str) -> DatabaseError:
        """Word why it is not even tried: the place, the reason, the remedy."""
        return DatabaseError(f"the database ({self.name}) cannot be used: {reason}. {self.remedy}")

    def make_room(self) -> None:
        """Make the folder of an embedded database, if need be."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn whatever fails inside, while the database is being reached, into `DatabaseError`."""
        try:
            yield
        except _MISTAKES:
            raise
        except (DBAPIError, PendingRollbackError, PoolTimeoutError, OSError) as error:
            raise self.failure(error) from error


def open_engine(config: AppConfig, *, patient: bool = False) -> tuple[AsyncEngine, Place]:
    """Make the engine that the configuration asks for; nothing is connected yet.

    Args:
        config: where the database is and how long it is waited for.
        patient: for migrations and copies, whose statements may take long: no statement is given up early,
            and no connection is kept.

    Raises:
        DatabaseError: the URL names no database that can be used.
    """
    url = _url(config)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(config, url)
    if url.get_backend_name() == "postgresql":
        return _open_postgresql(config, url, patient=patient)
    raise DatabaseError(
        f"DATABASE_URL begins with {url.drivername!r}: write sqlite+aiosqlite:// or postgresql+asyncpg://"
    )


def is_timeout(error: BaseException) -> bool:
    """Whether an answer, or a connection to ask over, did not come in time."""
    return isinstance(_innermost(error), TimeoutError | PoolTimeoutError)


def is_uncertain(error: BaseException) -> bool:
    """Whether a commit that failed so may have been done: it was sent, and the answer is missing."""
    reason = _innermost(error)
    if isinstance(reason, sqlite3.Error):
        return False
    state = getattr(reason, "sqlstate", None)
    # Any other state is the server's own word that the transaction was undone.
    # Source: https://www.postgresql.org/docs/current/errcodes-appendix.html (classes 08 and 57)
    return not isinstance(state, str) or state.startswith(("08", "57"))


def time_statements(engine: AsyncEngine, clock: Clock, breaker: SlowBreaker) -> None:
    """Tell the breaker how long each statement took."""

    def begin(connection: Connection, *_statement: object) -> None:
        connection.info[_BEGUN] = clock.monotonic()

    def end(connection: Connection, *_statement: object) -> None:
        breaker.note(clock.monotonic() - connection.info[_BEGUN])

    def fail(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError):
            breaker.note_slow()

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)


def is_busy(error: BaseException) -> bool:
    """Whether a SQLite file was only held by another process at that moment."""
    reason = _innermost(error)
    if not isinstance(reason, sqlite3.OperationalError):
        return False
    # The low byte is the kind; the rest says which step of it was refused.
    return reason.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _url(config: AppConfig) -> URL:
    if config.database_url is None:
        return URL.create("sqlite+aiosqlite", database=str(config.data_dir / _SQLITE_FILE))
    return make_url(config.database_url.get_secret_value())


def _open_sqlite(config: AppConfig, url: URL) -> tuple[AsyncEngine, Place]:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseError(
            "DATABASE_URL names no SQLite file: write sqlite+aiosqlite:///path/to/wisp.db, "
            "or memory:// to keep nothing"
        )
    file = Path(url.database)
    setting = "DATA_DIR" if config.database_url is None else "DATABASE_URL"
    place = Place(
        f"SQLite file {file}",
        f"Check the file, its folder and the space on its disk, or set {setting}.",
        file,
    )
    try:
        from wisp_framework.services.sqlite import DRIVER

        engine = create_async_engine(
            url.set(drivername=DRIVER),
            echo=config.db_echo_sql,
            hide_parameters=True,
            pool_size=min(config.db_pool_size, _SQLITE_POOL_SIZE),
            max_overflow=min(config.db_max_overflow, _SQLITE_POOL_SIZE),
            pool_timeout=config.db_pool_timeout,
        )
    except ImportError as error:
        raise MissingExtraError("SQLite", "db") from error
    event.listen(engine.sync_engine, "connect", _prepare_sqlite_connection)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    _translate_errors(engine, place)
    return engine, place


def _open_postgresql(config: AppConfig, url: URL, *, patient: bool) -> tuple[AsyncEngine, Place]:
    place = Place(
        f"PostgreSQL {url.database!r} at {url.host or 'localhost'}:{url.port or 5432}",
        "Check that it runs and that DATABASE_URL is right; DATABASE_REQUIRED=false starts without it.",
        secret=str(url.password or ""),
    )
    try:
        from wisp_framework.services.postgres import DRIVER, PostgresConnection
    except ImportError as error:
        raise MissingExtraError("PostgreSQL", "db") from error
    engine = create_async_engine(
        url.set(drivername=DRIVER),
        echo=config.db_echo_sql,
        hide_parameters=True,
        **_pooling(config, patient=patient),
        connect_args={
            "timeout": config.db_pool_timeout,
            "command_timeout": _PATIENCE_S if patient else config.db_statement_timeout,
            "connection_class": PostgresConnection,
        },
    )
    _translate_errors(engine, place)
    return engine, place


def _pooling(config: AppConfig, *, patient: bool) -> dict[str, Any]:
    if patient:
        return {"poolclass": NullPool}
    return {
        "pool_size": config.db_pool_size,
        "max_overflow": config.db_max_overflow,
        "pool_timeout": config.db_pool_timeout,
        "pool_recycle": config.db_pool_recycle,
        "pool_pre_ping": True,
    }


def _prepare_sqlite_connection(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver would begin a transaction on its own, only at the first write, and none for reads or tables.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes is refused at once when another one wrote in between;
    # whoever may write takes the place in the queue before reading.
    options = connection.get_execution_options()
    if not options.get(EACH_ALONE, False):
        connection.exec_driver_sql("BEGIN" if options.get(READ_ONLY, False) else "BEGIN IMMEDIATE")


def _translate_errors(engine: AsyncEngine, place: Place) -> None:
    def translate(context: ExceptionContext) -> DatabaseError | None:
        error = context.sqlalchemy_exception or context.original_exception
        if isinstance(error, _MISTAKES) or not isinstance(error, DBAPIError | OSError):
            return None
        if context.is_pre_ping:
            return None  # the pool itself replaces a connection that has died
        if isinstance(error, TimeoutError):
            # The answer may still come, and must not be taken for that to the next question.
            context.is_disconnect = True
        return place.failure(error)

    event.listen(engine.sync_engine, "handle_error", translate, retval=True)


def _innermost(error: BaseException) -> BaseException:
    """The driver's own error, which says it best."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _innermost(error.orig)
    if isinstance(error, DatabaseError) and error.__cause__ is not None:
        return _innermost(error.__cause__)
    return error
