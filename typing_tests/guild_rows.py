"""A repository that was not told of which guild hands out nothing: the type checkers say so."""

from collections.abc import Sequence
from typing import assert_type

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from wisp_framework.db.guild_repository import GuildRepository, GuildScoped
from wisp_framework.services.database import DatabaseService


class Tables(DeclarativeBase):
    """A module's own."""


class Ware(GuildScoped, Tables):
    """Something that a guild sells."""

    __tablename__ = "wares"

    name: Mapped[str] = mapped_column(primary_key=True)


class Coin(Tables):
    """Belongs to nobody."""

    __tablename__ = "coins"

    name: Mapped[str] = mapped_column(primary_key=True)


async def sell(db: DatabaseService, guild_id: int) -> None:
    wares = GuildRepository(db, Ware)
    assert_type(await wares.of(guild_id).find(Ware.name == "tea"), Sequence[Ware])
    assert_type(await wares.of(guild_id).first(), Ware | None)
    await wares.find(Ware.name == "tea")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    await wares.add(Ware(name="tea"))  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    wares.of()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    wares.of("81384788765712384")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    GuildRepository(db, Coin)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
