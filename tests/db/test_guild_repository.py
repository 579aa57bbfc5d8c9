"""Rows of guilds: two guilds in one table, and neither sees the other's."""

import pytest
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from wisp_framework.db.guild_repository import GuildRepository, GuildScoped
from wisp_framework.exceptions import GuildDataError
from wisp_framework.services.database import DatabaseService

LAB, TOWER = 81384788765712384, 81384788765712385


class Tables(DeclarativeBase):
    """A module's own."""


class Ware(GuildScoped, Tables):
    """Something that a guild sells."""

    __tablename__ = "wares"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    price: Mapped[int]


@pytest.fixture
async def wares(any_db: DatabaseService) -> GuildRepository[Ware]:
    """Two guilds that both sell tea."""
    async with any_db.engine.begin() as connection:
        await connection.run_sync(Tables.metadata.create_all)
    wares = GuildRepository(any_db, Ware)
    await wares.of(LAB).add(Ware(name="tea", price=2), Ware(name="milk", price=1))
    await wares.of(TOWER).add(Ware(name="tea", price=9))
    return wares


async def test_a_guild_sees_only_its_own(wares: GuildRepository[Ware]) -> None:
    """Whatever is asked for, rows of another guild are not found, counted or removed."""
    lab, tower = wares.of(LAB), wares.of(TOWER)
    assert sorted(ware.name for ware in await lab.find()) == ["milk", "tea"]
    assert [ware.price for ware in await tower.find(Ware.name == "tea")] == [9]
    assert await tower.first(Ware.name == "milk") is None
    assert (await lab.count(), await tower.count(Ware.price > 100)) == (2, 0)

    assert await tower.find(Ware.guild_id == LAB) == []
    assert await tower.remove(Ware.name == "milk") == 0
    assert await tower.remove() == 1
    assert await lab.count() == 2


async def test_a_row_is_changed_in_its_guild(wares: GuildRepository[Ware]) -> None:
    """A row that was read, changed and saved is the same row; another guild cannot save it."""
    tea = await wares.of(LAB).first(Ware.name == "tea")
    assert tea is not None
    tea.price = 3
    with pytest.raises(GuildDataError, match=f"the row is of guild {LAB}"):
        await wares.of(TOWER).save(tea)
    await wares.of(LAB).save(tea)
    assert [ware.price for ware in await wares.of(LAB).find(Ware.name == "tea")] == [3]
    assert [ware.price for ware in await wares.of(TOWER).find()] == [9]


async def test_a_row_of_another_guild_is_not_taken(wares: GuildRepository[Ware]) -> None:
    """A row that names another guild is refused, and so is what is no guild at all."""
    with pytest.raises(GuildDataError, match=f"the row is of guild {LAB}"):
        await wares.of(TOWER).add(Ware(guild_id=LAB, name="salt", price=1))
    with pytest.raises(GuildDataError, match="must be a positive 64-bit integer"):
        wares.of(0)
    assert await wares.of(LAB).count() == 2
