"""Wisp: Discord bots in modules that each guild switches live."""

from wisp_framework.app import WispApp, create_app
from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig, load_config
from wisp_framework.context import BotContext
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.exceptions import WispError
from wisp_framework.lifecycle import LifecycleManager
from wisp_framework.module import Module
from wisp_framework.policy import require_guild, require_owner, require_permissions
from wisp_framework.registry import ModuleRegistry
from wisp_framework.services import BaseService, ServiceContainer
from wisp_framework.version import __version__

__all__ = [
    "AppConfig",
    "BaseService",
    "BotContext",
    "GuildDataService",
    "LifecycleManager",
    "Module",
    "ModuleRegistry",
    "ServiceContainer",
    "WispApp",
    "WispBot",
    "WispError",
    "__version__",
    "create_app",
    "load_config",
    "require_guild",
    "require_owner",
    "require_permissions",
]
