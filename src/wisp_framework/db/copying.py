"""Moves all that a bot keeps from one database to another, of whichever kind."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Connection, MetaData, RowMapping, Table, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from wisp_framework.db.migrator import VERSION_PREFIX, MigrationTree, SqlMigrator, upgrade
from wisp_framework.db.models import Base
from wisp_framework.exceptions import CopyRefusedError
from wisp_framework.services.engine import READ_ONLY

ROWS_AT_ONCE: Final = 500
_SUMS: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """One table that was copied; ``checksum`` is of all its rows, in whatever order they are."""

    name: str
    rows: int
    checksum: str


async def copy_database(
    source: AsyncEngine, target: AsyncEngine, trees: Sequence[MigrationTree]
) -> list[CopiedTable]:
    """Make the tables in ``target`` and copy every row, in one transaction: all of it, or nothing.

    Afterwards each table of the target is read again, and counted and summed against the source.

    Args:
        source: is only read; nobody should write to it meanwhile.
        target: holds no rows.
        trees: the migrations of the framework and of every module that keeps tables.

    Raises:
        CopyRefusedError: the target holds rows, the source is not up to date or has tables of a module
            that is not among ``trees``, or what arrived is not what was sent.
        DatabaseError: one of them cannot be reached, read or written.
    """
    async with source.execution_options(**{READ_ONLY: True}).connect() as reading:
        await _check_source(reading, source, trees)
        async with target.begin() as writing:
            await writing.run_sync(_refuse_rows)
            for tree in trees:
                await writing.run_sync(upgrade, tree)
            is_server = target.dialect.name == "postgresql"
            tables = await (writing if is_server else reading).run_sync(_tables)
            return [await _copy(reading, writing, table) for table in tables]


async def _check_source(
    reading: AsyncConnection, source: AsyncEngine, trees: Sequence[MigrationTree]
) -> None:
    names = await reading.run_sync(lambda sync: inspect(sync).get_table_names())
    known = {tree.version_table for tree in trees}
    gone = sorted(name for name in names if name.startswith(VERSION_PREFIX) and name not in known)
    if gone:
        modules = ", ".join(name.removeprefix(VERSION_PREFIX) for name in gone)
        raise CopyRefusedError(
            f"the source has tables of modules that this bot has not: {modules}. Name the bot that has them."
        )
    for tree in trees:
        if await SqlMigrator(tree).pending(source):
            raise CopyRefusedError(
                f"the tables of {tree.name!r} in the source are not up to date: run wisp migrate up on it."
            )


def _refuse_rows(connection: Connection) -> None:
    for name in inspect(connection).get_table_names():
        table = Table(name, MetaData(), autoload_with=connection)
        if not name.startswith(VERSION_PREFIX) and connection.scalar(select(func.count()).select_from(table)):
            raise CopyRefusedError(
                f"the target is not empty: its table {name!r} holds rows. Name an empty database."
            )


def _tables(connection: Connection) -> list[Table]:
    """All tables, those that others refer to first, with types that both sides understand."""
    found = MetaData()
    ours = Base.metadata.tables
    for name in inspect(connection).get_table_names():
        if name.startswith(VERSION_PREFIX):
            continue
        if name in ours:
            ours[name].to_metadata(found)
        else:
            Table(name, found, autoload_with=connection)
    return found.sorted_tables


async def _copy(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> CopiedTable:
    rows, checksum = 0, 0
    async with reading.stream(select(table)) as found:
        async for some in found.mappings().partitions(ROWS_AT_ONCE):
            sent = [_aware(table, row) for row in some]
            await writing.execute(table.insert(), sent)
            rows += len(sent)
            checksum = (checksum + sum(map(_hash, sent))) % _SUMS
    arrived = await _summed(writing, table)
    if arrived != (rows, checksum):
        raise CopyRefusedError(f"table {table.name!r}: what arrived is not what was sent; nothing was kept.")
    if writing.dialect.name == "postgresql":
        for column in table.primary_key:
            await _move_on(writing, table, column)
    return CopiedTable(table.name, rows, f"{checksum:032x}")


async def _summed(connection: AsyncConnection, table: Table) -> tuple[int, int]:
    rows, checksum = 0, 0
    async with connection.stream(select(table)) as found:
        async for some in found.mappings().partitions(ROWS_AT_ONCE):
            rows += len(some)
            checksum = (checksum + sum(map(_hash, (_aware(table, row) for row in some)))) % _SUMS
    return rows, checksum


async def _move_on(connection: AsyncConnection, table: Table, column: Column[object]) -> None:
    """Have a counter of the server go on behind the numbers that came from elsewhere."""
    names = {"table": f'"{table.name}"', "column": column.name}
    counter = await connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
    highest = await connection.scalar(select(func.max(column))) if counter is not None else None
    if highest is not None:
        await connection.execute(text("SELECT setval(:counter, :at)"), {"counter": counter, "at": highest})


def _aware(table: Table, row: RowMapping) -> dict[str, object]:
    """A row whose instants are in UTC: SQLite forgets that they are."""
    return {column.name: _instant(row[column.name]) for column in table.columns}


def _instant(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _hash(row: Mapping[str, object]) -> int:
    said = repr(sorted(row.items())).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())
