"""Which events a bot asks Discord for."""

import discord

from wisp_framework.config import AppConfig


def intents_of(config: AppConfig) -> discord.Intents:
    """discord.py's default intents, with what the settings say of theirs."""
    settings: dict[str, bool] = config.intents.model_dump(exclude={"messages"})
    return discord.Intents(**(dict(discord.Intents.default()) | settings))
