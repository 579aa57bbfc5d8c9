"""What the modules of a bot need of Discord: intents and permissions, and where they are missing."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord

from wisp_framework.app import WispApp
from wisp_framework.cli.findings import Finding, Level
from wisp_framework.config import IntentSettings
from wisp_framework.registry.heard import intents_heard
from wisp_framework.transport import intents_of

MOST_GUILDS: Final = 20
"""That are named one by one."""

PAGE: Final = 200
"""Guilds in one answer, at most.

Source: https://docs.discord.com/developers/resources/user#get-current-user-guilds
"""

PRIVILEGED: Final[Mapping[str, tuple[str, str]]] = {
    "members": ("gateway_guild_members", "gateway_guild_members_limited"),
    "presences": ("gateway_presence", "gateway_presence_limited"),
    "message_content": ("gateway_message_content", "gateway_message_content_limited"),
}
"""The flags of an application of which one is set where the intent is switched on in the portal.

Source: https://docs.discord.com/developers/resources/application#application-object-application-flags
"""


@dataclass(frozen=True, slots=True)
class _Guild:
    name: str
    permissions: discord.Permissions


def intent_findings(app: WispApp) -> Iterator[Finding]:
    """A warning for each intent that a module declares, or listens to, and the settings leave out."""
    asked = intents_of(app.config).value
    for name in app.modules.list_modules():
        needed = intents_heard(app.modules.get_module(name)) | dict(app.modules.manifests.get(name).intents)
        for intent, lost in needed.items():
            if asked & (bits := discord.Intents.VALID_FLAGS[intent]) == bits:
                continue
            loss = f": {lost}" if lost else ""
            yield Finding(
                Level.WARNING, f"module {name}", f"the intent {intent} is off{loss}. {_remedy(intent)}"
            )


def _remedy(intent: str) -> str:
    if intent not in IntentSettings.model_fields:
        return "It has no setting: ask for it in a WispBot of your own."
    portal = ", and switch it on in the Developer Portal" if intent in PRIVILEGED else ""
    return f"Set DISCORD_INTENTS_{intent.upper()}=true{portal}."


def permissions_needed(app: WispApp) -> dict[str, list[str]]:
    """The permissions that the modules need, each with the names of those modules."""
    needed: defaultdict[str, list[str]] = defaultdict(list)
    for name in app.modules.list_modules():
        for permission in app.modules.manifests.get(name).bot_permissions:
            needed[permission].append(name)
    return dict(sorted(needed.items()))


def permission_findings(app: WispApp) -> Iterator[Finding]:
    """The permissions that the bot has to be invited with."""
    needed = permissions_needed(app)
    if needed:
        value = discord.Permissions(**dict.fromkeys(needed, True)).value
        text = f"needed are {_by_module(needed)}; invite the bot with permissions={value}"
        yield Finding(Level.OK, "permissions", text)


def _by_module(needed: Mapping[str, list[str]]) -> str:
    return ", ".join(f"{permission} ({', '.join(modules)})" for permission, modules in needed.items())


async def discord_findings(app: WispApp) -> AsyncIterator[Finding]:
    """What Discord says: intents that the portal does not allow, and guilds that lack permissions."""
    try:
        await app.bot.login(app.config.discord_token.get_secret_value())
        for finding in _portal_findings(app):
            yield finding
        guilds = [guild async for guild in _guilds(app)]
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        yield Finding(Level.ERROR, "discord", f"could not be asked: {type(error).__name__}: {error}")
        return
    finally:
        await app.bot.close()
    for finding in _guild_findings(guilds, permissions_needed(app)):
        yield finding


def _portal_findings(app: WispApp) -> Iterator[Finding]:
    allowed = dict(app.bot.application_flags)
    for intent, flags in PRIVILEGED.items():
        if dict(app.bot.intents)[intent] and not any(allowed[flag] for flag in flags):
            text = (
                f"the intent {intent} is off in the Developer Portal, so Discord would not let the bot in. "
                f"Switch it on there, or set DISCORD_INTENTS_{intent.upper()}=false."
            )
            yield Finding(Level.ERROR, "discord", text)


async def _guilds(app: WispApp) -> AsyncIterator[_Guild]:
    after: int | None = None
    while True:
        page = await app.bot.http.get_guilds(PAGE, after=after, with_counts=False)
        for found in page:
            permissions = discord.Permissions(int(found.get("permissions") or 0))
            yield _Guild(f"{found['name']} ({found['id']})", permissions)
        if len(page) < PAGE:
            return
        after = int(page[-1]["id"])


def _guild_findings(guilds: list[_Guild], needed: Mapping[str, list[str]]) -> Iterator[Finding]:
    lacking = 0
    for guild in guilds:
        if guild.permissions.administrator:
            continue
        missing = {
            permission: modules
            for permission, modules in needed.items()
            if not guild.permissions.is_superset(discord.Permissions(**{permission: True}))
        }
        if not missing:
            continue
        lacking += 1
        if lacking <= MOST_GUILDS:
            yield Finding(Level.WARNING, f"guild {guild.name}", f"the bot lacks {_by_module(missing)}")
    if lacking > MOST_GUILDS:
        yield Finding(Level.WARNING, "guilds", f"{lacking - MOST_GUILDS} more lack permissions")
    yield Finding(Level.OK, "guilds", f"{len(guilds)} asked for, {len(guilds) - lacking} give what is needed")
