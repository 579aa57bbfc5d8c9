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


@dataclass(slots=True)
class Note:
    """One thing to post: a line, an embed, or both.

    Args:
        content: the line; "" for none.
        embed: in Discord's own form.
        sameness: notes of the same are posted as one with their number; None for one that is like no other.
        count: how many it stands for.
    """

    content: str
    embed: dict[str, JsonValue] | None = None
    sameness: object = None
    count: int = 1

    @property
    def text(self) -> str:
        """The line with the number of times it was said, shortened to what one message takes."""
        times = f" \u00d7{self.count}" if self.count > 1 else ""
        return cut(self.content, MAX_CONTENT_LENGTH - len(times)) + times


def take_message(waiting: deque[Note]) -> tuple[list[Note], dict[str, JsonValue]]:
    """Take as many notes from the left as fit into one message; those notes, and the message's body."""
    taken: list[Note] = []
    lines: list[str] = []
    embeds: list[JsonValue] = []
    content_length = embed_length = 0
    while waiting:
        note = waiting[0]
        line = note.text
        content_length += len(line) + 1 if line else 0
        embed_length += counted_length(note.embed)
        full = len(embeds) == MAX_EMBEDS and note.embed is not None
        if taken and (full or content_length - 1 > MAX_CONTENT_LENGTH or embed_length > MAX_EMBED_LENGTH):
            break
        taken.append(waiting.popleft())
        lines += [line] if line else []
        embeds += [note.embed] if note.embed is not None else []
    return taken, {"content": "\n".join(lines), "embeds": embeds, "allowed_mentions": {"parse": []}}


def cut(text: str, most_chars: int) -> str:
    """``text``, shortened to so many characters."""
    return text if len(text) <= most_chars else text[: most_chars - 1] + "…"


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
