"""What is purged of a guild that left: the tables of modules, too."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from wisp_framework.db.departures import SqlDepartureStore
from wisp_framework.db.guild_repository import GuildRepository, GuildScoped
from wisp_framework.services.database import DatabaseService

LAB, TOWER = 81384788765712384, 81384788765712385
LEFT_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Tables(DeclarativeBase):
    """A module's own."""


class Shelf(GuildScoped, Tables):
    """Refers to nothing."""

    __tablename__ = "departing_shelves"

    id: Mapped[int] = mapped_column(primary_key=True)


class Book(GuildScoped, Tables):
    """Refers to another row of its guild."""

    __tablename__ = "departing_books"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("departing_shelves.id"))


class Page(Tables):
    """Refers to a row of a guild, and does not say of which."""

    __tablename__ = "departing_pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("departing_books.id"))


class Elsewhere(GuildScoped, Tables):
    """Of a module that was never set up: there is no such table."""

    __tablename__ = "departing_elsewhere"

    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
async def store(any_db: DatabaseService) -> SqlDepartureStore:
    """Two guilds with a shelf and a book each, and nothing else."""
    tables = [Tables.metadata.tables[model.__tablename__] for model in (Shelf, Book, Page)]
    async with any_db.engine.begin() as connection:
        await connection.run_sync(Tables.metadata.create_all, tables)
    for number, guild_id in enumerate((LAB, TOWER)):
        await GuildRepository(any_db, Shelf).of(guild_id).add(Shelf(id=number))
        await GuildRepository(any_db, Book).of(guild_id).add(Book(id=number, shelf_id=number))
    return SqlDepartureStore(any_db)


async def counts(db: DatabaseService, guild_id: int) -> tuple[int, int]:
    """How many shelves and books a guild has."""
    shelves, books = GuildRepository(db, Shelf), GuildRepository(db, Book)
    return await shelves.of(guild_id).count(), await books.of(guild_id).count()


async def test_rows_of_modules_go_with_their_guild(any_db: DatabaseService, store: SqlDepartureStore) -> None:
    """A purge takes the guild's rows from every table that tells guilds apart, and leaves the others'."""
    await store.purge(LAB)

    assert await counts(any_db, LAB) == (0, 0)
    assert await counts(any_db, TOWER) == (1, 1)


async def test_a_guild_with_nothing_but_rows_of_modules_is_noticed(store: SqlDepartureStore) -> None:
    """Whoever has rows in a table of a module is among the guilds that may turn out to be gone."""
    assert await store.guilds() == {LAB, TOWER}
    await store.note([LAB], LEFT_AT)
    assert await store.guilds() == {TOWER}


async def test_what_cannot_be_deleted_keeps_all(any_db: DatabaseService, store: SqlDepartureStore) -> None:
    """Where a row is still referred to, nothing of the guild is purged, and its departure stays noted."""
    async with any_db.session() as session:
        session.add(Page(book_id=0))
    await store.note([LAB], LEFT_AT)
    with pytest.raises(IntegrityError):
        await store.purge(LAB)

    assert await counts(any_db, LAB) == (1, 1)
    assert await store.departed() == {LAB}
