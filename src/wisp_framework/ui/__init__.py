"""What people see of the bot besides plain text: embeds that carry its name, decisions and audit in words."""

from wisp_framework.ui.audit import audit_line
from wisp_framework.ui.decision import ending, headline, story
from wisp_framework.ui.embeds import EmbedKind, branded_embed
from wisp_framework.ui.frame import framed

__all__ = ["EmbedKind", "audit_line", "branded_embed", "ending", "framed", "headline", "story"]
