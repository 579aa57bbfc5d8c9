"""Doors through which others write into a channel."""

from dataclasses import dataclass


@dataclass(slots=True)
class Webhook:
    """A door into one channel; ``application_id`` is the bot that made it, if one did."""

    id: int
    guild_id: int
    channel_id: int
    name: str
    token: str
    user_id: int
    application_id: int | None = None
    avatar: str | None = None
