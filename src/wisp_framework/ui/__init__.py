"""What members see of the bot besides plain text: embeds that carry its name."""

from wisp_framework.ui.embeds import EmbedKind, branded_embed

__all__ = ["EmbedKind", "branded_embed"]
