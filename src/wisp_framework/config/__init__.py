"""The settings of a bot: `AppConfig`, read with `load_config`, told about by `describe_settings`."""

from wisp_framework.config.credentials import weak_password
from wisp_framework.config.described import Setting
from wisp_framework.config.loading import describe_settings, load_config
from wisp_framework.config.settings import OFFLINE_REQUESTS_PER_S, AppConfig, IntentSettings

__all__ = [
    "OFFLINE_REQUESTS_PER_S",
    "AppConfig",
    "IntentSettings",
    "Setting",
    "describe_settings",
    "load_config",
    "weak_password",
]
