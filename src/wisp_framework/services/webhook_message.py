"""What a message to a webhook may hold, and how several are put into one."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from wisp_framework.utils.json_value import JsonValue

MAX_CONTENT_LENGTH = 2000
MAX_EMBEDS = 10
MAX_EMBED_LENGTH = 6000
"""Discord's limits of one message: https://docs.discord.com/developers/resources/webhook#execute-webhook"""

_COUNTED = ("title", "description", "fields", "footer", "author", "name", "value", "text")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to post: a line, an embed, or both."""

    content: str
    embed: dict[str, JsonValue] | None = None


def take_message(waiting: deque[Note]) -> tuple[int, dict[str, JsonValue]]:
    """Take as many notes from the left as fit into one message; how many, and the message's body."""
    lines: list[str] = []
    embeds: list[JsonValue] = []
    count = content_length = embed_length = 0
    while waiting:
        note = waiting[0]
        content_length += len(note.content) + 1 if note.content else 0
        embed_length += counted_length(note.embed)
        full = len(embeds) == MAX_EMBEDS and note.embed is not None
        if count and (full or content_length - 1 > MAX_CONTENT_LENGTH or embed_length > MAX_EMBED_LENGTH):
            break
        waiting.popleft()
        count += 1
        lines += [note.content] if note.content else []
        embeds += [note.embed] if note.embed is not None else []
    return count, {"content": "\n".join(lines), "embeds": embeds, "allowed_mentions": {"parse": []}}


def cut(text: str) -> str:
    """``text``, shortened to what one message takes."""
    return text if len(text) <= MAX_CONTENT_LENGTH else text[: MAX_CONTENT_LENGTH - 1] + "…"


def each_text(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """``value`` with ``change`` applied to every text in it; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    return value


def counted_length(value: JsonValue) -> int:
    """How many characters of an embed count against the limit of all embeds of a message."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(counted_length(item) for item in value)
    if isinstance(value, dict):
        return sum(counted_length(value[key]) for key in _COUNTED if key in value)
    return 0
