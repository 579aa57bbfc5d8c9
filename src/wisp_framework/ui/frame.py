"""Lines of text as one message: what operators read in Discord."""

from collections.abc import Sequence

MOST_CHARS = 1900
"""A message takes 2,000; the rest is for the frame around it.

Source: https://docs.discord.com/developers/resources/message#create-message
"""


def framed(lines: Sequence[str]) -> str:
    """The lines as a block of code that fits into one message."""
    text = "\n".join(lines).replace("```", "'''")
    return f"```\n{text[:MOST_CHARS]}\n```"
