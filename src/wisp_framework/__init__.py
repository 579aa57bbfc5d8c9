"""Wisp: Discord bots in modules that each guild switches live."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wisp_framework.app import WispApp, create_app
    from wisp_framework.bot import WispBot
    from wisp_framework.config import AppConfig, load_config
    from wisp_framework.context import BotContext
    from wisp_framework.db.guild_data import GuildDataService
    from wisp_framework.dispatch.deferral import auto_defer
    from wisp_framework.exceptions import WispError
    from wisp_framework.lifecycle import LifecycleManager
    from wisp_framework.module import Module
    from wisp_framework.policy import (
        concurrency,
        cooldown,
        require_bot_permissions,
        require_guild,
        require_owner,
        require_permissions,
    )
    from wisp_framework.registry import ExtensionModule, ModuleRegistry
    from wisp_framework.services import BaseService, ServiceContainer
    from wisp_framework.services.jobs import GuildJobRun, JobRun, at, cron, every, job
    from wisp_framework.version import __version__

__all__ = [
    "AppConfig",
    "BaseService",
    "BotContext",
    "ExtensionModule",
    "GuildDataService",
    "GuildJobRun",
    "JobRun",
    "LifecycleManager",
    "Module",
    "ModuleRegistry",
    "ServiceContainer",
    "WispApp",
    "WispBot",
    "WispError",
    "__version__",
    "at",
    "auto_defer",
    "concurrency",
    "cooldown",
    "create_app",
    "cron",
    "every",
    "job",
    "load_config",
    "require_bot_permissions",
    "require_guild",
    "require_owner",
    "require_permissions",
]

if not TYPE_CHECKING:
    # Importing any room runs this file first: what loads discord.py waits until it is asked for, so that
    # `wisp --help` answers at once.
    _HOMES = {
        "AppConfig": "config",
        "BaseService": "services",
        "BotContext": "context",
        "ExtensionModule": "registry",
        "GuildDataService": "db.guild_data",
        "GuildJobRun": "services.jobs",
        "JobRun": "services.jobs",
        "LifecycleManager": "lifecycle",
        "Module": "module",
        "ModuleRegistry": "registry",
        "ServiceContainer": "services",
        "WispApp": "app",
        "WispBot": "bot",
        "WispError": "exceptions",
        "__version__": "version",
        "at": "services.jobs",
        "auto_defer": "dispatch.deferral",
        "concurrency": "policy",
        "cooldown": "policy",
        "create_app": "app",
        "cron": "services.jobs",
        "every": "services.jobs",
        "job": "services.jobs",
        "load_config": "config",
        "require_bot_permissions": "policy",
        "require_guild": "policy",
        "require_owner": "policy",
        "require_permissions": "policy",
    }

    def __getattr__(name: str) -> object:
        try:
            home = _HOMES[name]
        except KeyError:
            raise AttributeError(f"module 'wisp_framework' has no attribute {name!r}") from None
        return vars(importlib.import_module(f"wisp_framework.{home}"))[name]
