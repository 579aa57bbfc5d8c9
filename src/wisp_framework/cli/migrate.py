"""``wisp migrate``: the versions of the tables, the framework's own and those of modules."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from wisp_framework.exceptions import CommandLineError, DatabaseError, ModuleError

if TYPE_CHECKING:  # they bring discord.py and SQLAlchemy, which only the command itself should load
    from wisp_framework.app import WispApp
    from wisp_framework.db.migrator import MigrationTree
    from wisp_framework.services.database import DatabaseService

BEHIND = 1

app = typer.Typer(
    help="Look at, apply, take back and begin migrations of the database.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Target: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
]
Owner: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="core, or the name of a module.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object for each, a line each.")
]


@app.command("status")
def status(target: Target = None, as_json: AsJson = False) -> None:
    """Say at which version the tables are, and what would be applied.

    Nothing is changed, and no token is needed. The exit status is 1 if something would be applied, or
    cannot be.
    """
    states = asyncio.run(_status(target))
    _show(states, as_json=as_json)
    if any(state.pending or state.problem for state in states):
        raise typer.Exit(BEHIND)


@app.command("up")
def up(target: Target = None, as_json: AsJson = False) -> None:
    """Apply what is missing, of the framework first, then of each module.

    A bot does the same at its start; this is for doing it beforehand. No token is needed. The exit status
    is 1 if something cannot be applied.
    """
    states = asyncio.run(_up(target))
    _show(states, as_json=as_json)
    if any(state.problem for state in states):
        raise typer.Exit(BEHIND)


@app.command("down")
def down(
    name: Owner,
    target: Target = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Down to this version; base: to none. Else one step.")
    ] = None,
) -> None:
    """Take migrations back, with the data in the tables that they made.

    Stop the bot before: at its start it applies them again. No token is needed.
    """
    state = asyncio.run(_down(target, name, to))
    _show([state], as_json=False)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a module.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it brings, in a few words.")],
    target: Target = None,
) -> None:
    """Add an empty migration to a module, behind its last one, and print its file.

    Neither a token nor a database is needed.
    """
    from wisp_framework.db.migrator import MigrationTree, write_migration
    from wisp_framework.registry.tables import migrations_folder

    bot = load(target)
    if name not in bot.modules.list_modules():
        known = ", ".join(bot.modules.list_modules())
        raise CommandLineError(f"There is no module {name!r}. There are: {known}.")
    module = bot.modules.get_module(name)
    folder = migrations_folder(module)
    if folder is None:
        raise CommandLineError(
            f"Module {name!r} says of no folder for migrations. Give its class one: "
            'migrations = "migrations".'
        )
    typer.echo(str(write_migration(MigrationTree(name, folder), title)))


# --- doing it ---


@dataclass(frozen=True, slots=True)
class _State:
    """How the tables of one tree are."""

    name: str
    version: str | None
    pending: Sequence[str] = ()
    applied: Sequence[str] = ()
    problem: str = ""


async def _status(target: str | None) -> list[_State]:
    bot = load(target)
    async with _database(bot, must_exist=True) as db:
        return [await _state(db, tree) for tree in trees(bot)] + await _gone(db, bot) + _out(bot)


async def _up(target: str | None) -> list[_State]:
    bot = load(target)
    states = []
    async with _database(bot) as db:
        for tree in trees(bot):
            before = await _state(db, tree)
            states.append(await _applied(db, tree, before))
            if states[-1].problem:
                break  # modules may build on what comes before them
    return states + _out(bot)


async def _down(target: str | None, name: str, to: str | None) -> _State:
    from wisp_framework.db.migrator import SqlMigrator

    bot = load(target)
    known = {tree.name: tree for tree in trees(bot)}
    if name not in known:
        raise CommandLineError(f"Nobody here has migrations as {name!r}. There are: {', '.join(known)}.")
    async with _database(bot, must_exist=True) as db:
        try:
            await SqlMigrator(known[name]).take_back(db.engine, to)
        except DatabaseError as error:
            raise CommandLineError(str(error)) from error
        return await _state(db, known[name])


async def _state(db: "DatabaseService", tree: "MigrationTree") -> _State:
    from wisp_framework.db.migrator import SqlMigrator

    migrator = SqlMigrator(tree)
    version = await migrator.current(db.engine)
    try:
        return _State(tree.name, version, await migrator.pending(db.engine))
    except DatabaseError as error:
        return _State(tree.name, version, problem=str(error))


async def _applied(db: "DatabaseService", tree: "MigrationTree", before: _State) -> _State:
    from wisp_framework.db.migrator import SqlMigrator

    if before.problem:
        return before
    try:
        await db.apply(SqlMigrator(tree))
    except DatabaseError as error:
        return _State(tree.name, before.version, before.pending, problem=str(error))
    except Exception as error:  # noqa: BLE001 - foreign code: the migrations of a module
        return _State(tree.name, before.version, before.pending, problem=f"{type(error).__name__}: {error}")
    return _State(tree.name, (await _state(db, tree)).version, applied=before.pending)


async def _gone(db: "DatabaseService", bot: "WispApp") -> list[_State]:
    """The trees that the database knows and the bot does not: their modules were removed."""
    from wisp_framework.db.migrator import MigrationTree, SqlMigrator, kept_versions

    here = {tree.name for tree in trees(bot)}
    found = []
    for name in await kept_versions(db.engine):
        if name not in here:
            nowhere = MigrationTree(name, bot.config.data_dir)
            found.append(_State(name, await SqlMigrator(nowhere).current(db.engine)))
    return found


def load(target: str | None) -> "WispApp":
    """The app that is meant, with its modules registered and nothing started."""
    from wisp_framework.app.target import load_app, some_token

    with some_token():
        bot = load_app(target)
    bot.register_modules()
    return bot


def trees(bot: "WispApp") -> "Iterator[MigrationTree]":
    """The migrations of the framework, then of each module that has some, in order of dependencies."""
    from wisp_framework.db.migrator import CORE, MigrationTree

    yield CORE
    for name in bot.modules.check():
        folder = bot.modules.manifests.get(name).migrations
        if folder is not None:
            yield MigrationTree(name, folder)


def _out(bot: "WispApp") -> list[_State]:
    return [
        _State(error.module, None, problem=error.reason)
        for error in bot.modules.failures.values()
        if _has_migrations(bot, error)
    ]


def _has_migrations(bot: "WispApp", error: ModuleError) -> bool:
    known = error.module in bot.modules.list_modules()
    return known and bool(bot.modules.get_module(error.module).migrations)


@asynccontextmanager
async def _database(bot: "WispApp", *, must_exist: bool = False) -> "AsyncIterator[DatabaseService]":
    from wisp_framework.app import has_database

    if not has_database(bot.config):
        raise CommandLineError("This bot has no database, so there is nothing to migrate: set DATABASE_URL.")
    from wisp_framework.services.database import DatabaseService
    from wisp_framework.services.engine import open_engine

    engine, place = open_engine(bot.config)
    await engine.dispose()
    if must_exist and place.file is not None and not place.file.exists():
        raise CommandLineError(f"There is no {place.name}: the bot makes it when it starts.")
    db = DatabaseService(bot.config.model_copy(update={"database_required": True}))
    try:
        await db.startup()
        yield db
    finally:
        await db.shutdown()


# --- showing it ---


def _show(states: Sequence[_State], *, as_json: bool) -> None:
    for state in states:
        if as_json:
            typer.echo(json.dumps(asdict(state), ensure_ascii=False))
            continue
        for line in _lines(state):
            typer.echo(line)


def _lines(state: _State) -> Iterator[str]:
    yield f"{state.name}: {state.version or 'no tables yet'}"
    for done in state.applied:
        yield f"    applied {done}"
    for waiting in state.pending:
        yield f"    pending {waiting}"
    if state.problem:
        yield f"    refused {state.problem}"
