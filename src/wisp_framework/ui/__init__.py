"""What people see of the bot besides plain text: embeds that carry its name, decisions in words."""

from wisp_framework.ui.decision import ending, headline, story
from wisp_framework.ui.embeds import EmbedKind, branded_embed

__all__ = ["EmbedKind", "branded_embed", "ending", "headline", "story"]
