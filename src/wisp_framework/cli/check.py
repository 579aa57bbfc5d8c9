"""``wisp check``: what would fail at start, or should, without starting."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from wisp_framework.cli.findings import Finding, Level
from wisp_framework.cli.quiet import quiet
from wisp_framework.exceptions import WispError

if TYPE_CHECKING:  # the app brings discord.py, which only the command itself should load
    from wisp_framework.app import WispApp

WOULD_FAIL = 1


def check(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[PKG.MOD:APP]", help="A WispApp, or what makes one; app if not named."),
    ] = None,
    guilds: Annotated[
        bool,
        typer.Option("--guilds", help="Ask Discord, too: intents of the portal, permissions in guilds."),
    ] = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help="Start it on an offline Discord instead: what setup() and commands do."
        ),
    ] = False,
) -> None:
    """Say what would fail at start, or should: settings, services, modules, database, Redis, passwords.

    Also which intents are off that modules need, what is lost without them, and which permissions they need.
    Nothing is started, and neither Discord nor the database is changed. The exit status is 1 if something
    would fail.

    With --offline the bot is started, with every module on, without a token and away from its database: whose
    setup() raises, which commands clash, and which ones Discord would refuse.
    """
    findings = _offline(target) if offline else asyncio.run(_all(target, guilds=guilds))
    for finding in findings:
        typer.echo(f"{finding.level:<8} {finding.subject}: {finding.text}")
    if any(finding.level is Level.ERROR for finding in findings):
        raise typer.Exit(WOULD_FAIL)


def _offline(target: str | None) -> list[Finding]:
    from wisp_framework.cli.check_offline import offline_findings

    with quiet(), TemporaryDirectory(prefix="wisp-check-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(offline_findings(target, Path(folder)))


async def _all(target: str | None, *, guilds: bool) -> list[Finding]:
    from wisp_framework.app.target import load_app

    try:
        app = load_app(target)
    except WispError as error:
        return [Finding(Level.ERROR, "app", str(error))]
    return [finding async for finding in _of(app, guilds=guilds)]


async def _of(app: "WispApp", *, guilds: bool) -> AsyncIterator[Finding]:
    from wisp_framework.cli.needs import discord_findings, intent_findings, permission_findings
    from wisp_framework.config.advice import advice

    yield Finding(Level.OK, "configuration", f"read; Discord is at {app.config.discord_api_url}")
    for sentence in advice(app.config):
        yield Finding(Level.WARNING, "configuration", sentence)
    try:
        names = ", ".join(app.services.list_services())
    except WispError as error:
        yield Finding(Level.ERROR, "services", str(error))
        return
    yield Finding(Level.OK, "services", names)
    for finding in (*_modules(app), *intent_findings(app), *permission_findings(app)):
        yield finding
    yield await _database(app)
    if app.config.redis_url is not None:
        yield await _redis(app)
    if guilds:
        async for finding in discord_findings(app):
            yield finding


def _modules(app: "WispApp") -> list[Finding]:
    try:
        app.register_modules()
    except WispError as error:
        return [Finding(Level.ERROR, "modules", str(error))]
    order = app.modules.check()
    good = Finding(Level.OK, "modules", ", ".join(order))
    bad = [
        Finding(Level.ERROR, f"module {name}", error.reason) for name, error in app.modules.failures.items()
    ]
    return [good, *bad]


async def _database(app: "WispApp") -> Finding:
    from wisp_framework.app import has_database

    if not has_database(app.config):
        return Finding(Level.WARNING, "database", "none: what guilds set is lost when the bot stops")
    from wisp_framework.db.migrator import SqlMigrator
    from wisp_framework.services.engine import open_engine

    level = Level.ERROR if app.config.database_required else Level.WARNING
    try:
        engine, place = open_engine(app.config)
    except WispError as error:
        return Finding(level, "database", str(error))
    try:
        if place.file is not None and not place.file.exists():
            return Finding(Level.OK, "database", f"{place.name} will be made at the first start")
        with place.reaching():
            pending = await SqlMigrator().pending(engine)
    except WispError as error:
        return Finding(level, "database", str(error))
    finally:
        await engine.dispose()
    if pending:
        return Finding(Level.OK, "database", f"{place.name}; at start it is migrated: {', '.join(pending)}")
    return Finding(Level.OK, "database", f"{place.name}, up to date")


async def _redis(app: "WispApp") -> Finding:
    from wisp_framework.services.redis import RedisService

    redis = RedisService(app.config.model_copy(update={"redis_required": True}))
    try:
        await redis.start()
        return Finding(Level.OK, "redis", (await redis.check_health()).detail)
    except WispError as error:
        return Finding(Level.ERROR if app.config.redis_required else Level.WARNING, "redis", str(error))
    finally:
        await redis.stop()
