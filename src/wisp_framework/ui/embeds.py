"""Embeds in the bot's own dress: its name, its icon, the line under its messages."""

from enum import Enum

import discord

from wisp_framework.config import AppConfig

MAX_TITLE_CHARS = 256
"""Source for this and the next: https://docs.discord.com/developers/resources/message#embed-object-embed-limits"""
MAX_DESCRIPTION_CHARS = 4096
MAX_AUTHOR_CHARS = 256
MAX_FOOTER_CHARS = 2048
MAX_TOTAL_CHARS = 6000
"""Titles, descriptions, authors, footers and fields of all embeds of one message together."""

_ELLIPSIS = "…"


class EmbedKind(Enum):
    """What an embed is about; the value is the colour of its edge, as 0xRRGGBB."""

    SUCCESS = 0x57F287
    INFO = 0x5865F2
    WARNING = 0xFEE75C
    ERROR = 0xED4245


def branded_embed(
    config: AppConfig, title: str | None = None, description: str = "", kind: EmbedKind = EmbedKind.INFO
) -> discord.Embed:
    """An embed with ``APP_NAME`` and ``APP_ICON_URL`` at its head and ``APP_FOOTER_TEXT`` at its foot.

    Discord takes it as it is: what is longer than Discord allows is cut and ends in an ellipsis,
    the footer first where only the sum is too long.

    Args:
        config: whose name, icon and footer it carries.
        title: its headline; 256 characters are shown.
        description: its text, in Discord's Markdown; 4096 characters are shown.
        kind: what it is about, which gives it its colour.
    """
    embed = discord.Embed(
        title=_cut(title, MAX_TITLE_CHARS) if title is not None else None,
        description=_cut(description, MAX_DESCRIPTION_CHARS),
        colour=kind.value,
    )
    embed.set_author(name=_cut(config.app_name, MAX_AUTHOR_CHARS), icon_url=config.app_icon_url)
    if config.app_footer_text:
        room = min(MAX_FOOTER_CHARS, MAX_TOTAL_CHARS - len(embed))
        embed.set_footer(text=_cut(config.app_footer_text, room))
    return embed


def _cut(text: str, most_chars: int) -> str:
    if len(text) <= most_chars:
        return text
    return text[: most_chars - len(_ELLIPSIS)].rstrip() + _ELLIPSIS
