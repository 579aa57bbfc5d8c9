"""The tables of a module: brought up to date before the module is set up."""

import inspect
import re
from pathlib import Path
from typing import Protocol

from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import ModuleError, UnknownServiceError, WispError
from wisp_framework.module import Module
from wisp_framework.services.container import ServiceContainer

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = "core"


class ModuleTables(Protocol):
    """Makes the tables of modules and keeps them up to date."""

    async def bring_up(self, module: str, folder: Path) -> None:
        """Apply the migrations in ``folder`` that are missing.

        Raises:
            DatabaseError: the database cannot be reached, or belongs to a newer version of the module.
        """


def migrations_folder(module: Module) -> Path | None:
    """Where the migrations of a module are, or will be; None for a module without tables.

    Raises:
        ModuleError: its name cannot be that of a table.
    """
    if not module.migrations:
        return None
    if _NAME.fullmatch(module.name) is None or module.name == _TAKEN:
        raise ModuleError(
            module.name,
            "has migrations, so its name is part of a table's: at most 40 of a-z, 0-9 and _, beginning "
            f"with a letter, and not {_TAKEN!r}.",
        )
    return Path(inspect.getfile(type(module))).parent / module.migrations


def existing_folder(module: Module) -> Path | None:
    """The same, where a missing folder is refused.

    Raises:
        ModuleError: its name cannot be that of a table, or there is no such folder.
    """
    folder = migrations_folder(module)
    if folder is not None and not folder.is_dir():
        raise ModuleError(
            module.name,
            f"migrations: there is no folder {folder}. Make its first file: wisp migrate new {module.name}",
        )
    return folder


async def bring_up_tables(services: ServiceContainer, module: str, folder: Path | None) -> None:
    """Have the tables of a module made, if it has any.

    Raises:
        ModuleError: there is no database, or it cannot be brought up to date.
    """
    if folder is None:
        return
    try:
        tables: ModuleTables = services.get(ModuleTables)
    except UnknownServiceError as error:
        raise ModuleError(
            module, "keeps tables of its own, and this bot has no database: set DATABASE_URL."
        ) from error
    try:
        await tables.bring_up(module, folder)
    except WispError as error:
        raise ModuleError(module, f"its tables cannot be brought up to date: {error}") from error
    except Exception as error:
        raise ModuleError(module, f"a migration raised {words_of(error)}") from error
