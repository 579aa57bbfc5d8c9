"""A module's own tables: made before it is set up, or it stays out."""

from pathlib import Path

import pytest
from discord.ext import commands
from sqlalchemy import text
from typing_extensions import override

from support.offline import offline
from wisp_framework import BotContext, Module
from wisp_framework.db.migrator import MigrationTree, write_migration
from wisp_framework.exceptions import ModuleError
from wisp_framework.registry.tables import existing_folder, migrations_folder
from wisp_framework.services.database import DatabaseService


class Shop(Module):
    """Keeps wares in a table."""

    name = "shop"
    visibility = "global"

    def __init__(self, folder: Path) -> None:
        self.migrations = str(folder)

    @override
    async def setup(self, bot: commands.AutoShardedBot, ctx: BotContext) -> None:
        async with ctx.service(DatabaseService).session() as session:
            await session.execute(text("INSERT INTO wares VALUES (1)"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A module whose one migration makes a table."""
    file = write_migration(MigrationTree("shop", tmp_path / "shop"), "Wares")
    file.write_text(file.read_text().replace("CHANGE_ME", "wares"))
    return Shop(file.parent)


async def test_tables_are_there_when_the_module_is_set_up(shop: Shop, tmp_path: Path) -> None:
    """What its migrations make, its setup can use."""
    async with offline(shop, database_url=None, data_dir=tmp_path) as running:
        assert running.app.modules.failures == {}
        assert running.app.modules.is_loaded("shop")


async def test_without_a_database_the_module_stays_out(shop: Shop) -> None:
    """A bot that keeps nothing names the module and the remedy, and runs on."""
    async with offline(shop) as running:
        assert "set DATABASE_URL" in running.app.modules.failures["shop"].reason
        ada = await running.person("Ada")
        assert "Pong" in (await ada.slash("ping")).text


async def test_a_migration_that_raises_keeps_the_module_out(shop: Shop, tmp_path: Path) -> None:
    """Foreign code that breaks is named, and its guild's other modules run."""
    file = tmp_path / "shop" / "shop_001.py"
    file.write_text(file.read_text().replace("op.create_table(", "1 / 0\n    op.create_table("))
    async with offline(shop, database_url=None, data_dir=tmp_path / "data") as running:
        assert "a migration raised ZeroDivisionError" in running.app.modules.failures["shop"].reason


def test_the_folder_is_beside_the_class(tmp_path: Path) -> None:
    """A relative folder is meant from the file of the module's class; one that is missing is refused."""
    module = Shop(Path("nowhere"))
    assert migrations_folder(module) == Path(__file__).parent / "nowhere"
    with pytest.raises(ModuleError, match=r"there is no folder .*nowhere.*wisp migrate new shop"):
        existing_folder(module)
    module.name = "Shop!"
    with pytest.raises(ModuleError, match="part of a table's"):
        migrations_folder(module)
    module.name = "core"
    with pytest.raises(ModuleError, match="not 'core'"):
        migrations_folder(module)
