"""Rows of one guild: a repository that hands out nothing before it was told of which guild."""

from collections.abc import Collection, Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import BigInteger, ColumnElement, CursorResult, Table, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from wisp_framework.db.guild_values import check_guild
from wisp_framework.exceptions import GuildDataError
from wisp_framework.services.database import DatabaseService


class GuildScoped:
    """What the model of a table needs whose rows belong to guilds each: mix it in before the base class.

    The rows of a guild that removed the bot are purged with its other data.
    """

    guild_id: Mapped[int] = mapped_column(BigInteger, index=True)


def guild_tables() -> Collection[Table]:
    """The tables of all models that this process knows to be `GuildScoped`, each once."""
    models, found = [GuildScoped], dict[str, Table]()
    for model in models:
        models += model.__subclasses__()
        table = vars(model).get("__table__")
        if isinstance(table, Table):
            found[table.name] = table
    return found.values()


ModelT = TypeVar("ModelT", bound=GuildScoped)


class GuildRepository(Generic[ModelT]):
    """The rows of one table, guild by guild; only `of` leads to them.

    Args:
        db: where they rest.
        model: a class of SQLAlchemy's, with `GuildScoped` among its bases.
    """

    def __init__(self, db: DatabaseService, model: type[ModelT]) -> None:
        self._db = db
        self._model = model

    def of(self, guild_id: int) -> "GuildRows[ModelT]":
        """The rows of that guild.

        Raises:
            GuildDataError: it cannot be the id of one.
        """
        check_guild(guild_id)
        return GuildRows(self._db, self._model, guild_id)


class GuildRows(Generic[ModelT]):
    """The rows of one table that belong to one guild; no other's are seen, changed or counted.

    Each call is a transaction of its own, and raises ``DatabaseError`` where the database cannot do it.
    """

    def __init__(self, db: DatabaseService, model: type[ModelT], guild_id: int) -> None:
        self._db = db
        self._model = model
        self._guild_id = guild_id
        self._own = model.guild_id == guild_id

    async def add(self, *rows: ModelT) -> None:
        """Store new rows, all or none, in this guild's name.

        Raises:
            GuildDataError: a row says that it is another guild's.
        """
        for row in rows:
            given = cast("int | None", row.guild_id)
            if given not in (None, self._guild_id):
                raise GuildDataError(self._guild_id, type(row).__name__, f"the row is of guild {given}")
            row.guild_id = self._guild_id
        async with self._db.session() as session:
            session.add_all(rows)

    async def find(self, *where: ColumnElement[bool], limit: int | None = None) -> Sequence[ModelT]:
        """The rows for which all of ``where`` holds; without one, all of the guild's."""
        query = select(self._model).where(self._own, *where).limit(limit)
        async with self._db.session(read_only=True) as session:
            return (await session.scalars(query)).all()

    async def first(self, *where: ColumnElement[bool]) -> ModelT | None:
        """One of the rows for which all of ``where`` holds; None if there is none."""
        found = await self.find(*where, limit=1)
        return found[0] if found else None

    async def count(self, *where: ColumnElement[bool]) -> int:
        """How many rows there are for which all of ``where`` holds."""
        query = select(func.count()).select_from(self._model).where(self._own, *where)
        async with self._db.session(read_only=True) as session:
            return await session.scalar(query) or 0

    async def save(self, row: ModelT) -> None:
        """Store a row that was read from here and changed since.

        Raises:
            GuildDataError: it is another guild's.
        """
        if row.guild_id != self._guild_id:
            raise GuildDataError(self._guild_id, type(row).__name__, f"the row is of guild {row.guild_id}")
        async with self._db.session() as session:
            await session.merge(row)

    async def remove(self, *where: ColumnElement[bool]) -> int:
        """Delete the rows for which all of ``where`` holds, and return how many; without one, all."""
        async with self._db.session() as session:
            gone = await session.execute(delete(self._model).where(self._own, *where))
            return cast("CursorResult[Any]", gone).rowcount
