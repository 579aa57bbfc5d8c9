"""An audit event in words: for the command line and for Discord alike."""

import msgspec

from wisp_framework.logs.lines import one_line
from wisp_framework.services.audit_event import AuditEvent
from wisp_framework.utils.json_value import JsonValue

MOST_VALUE_CHARS = 200
"""How much of one value is shown; ``wisp audit --json`` tells all of it."""


def audit_line(event: AuditEvent, *, with_guild: bool = False) -> str:
    """One line: when, what, by whom, to what, the change, the reason and the reference."""
    words = [f"{event.at:%Y-%m-%d %H:%M:%S}  {event.action}"]
    words.append(f"by {event.actor_id}" if event.actor_id is not None else "by the bot")
    if with_guild:
        words.append(f"guild {event.guild_id}" if event.guild_id is not None else "no guild")
    if event.target is not None:
        words.append(event.target)
    if event.before is not None or event.after is not None:
        words.append(f"{_shown(event.before)} -> {_shown(event.after)}")
    if event.metadata is not None:
        words.append(_shown(event.metadata))
    if event.reason is not None:
        words.append(f"because: {event.reason}")
    if event.reference is not None:
        words.append(f"ref {event.reference}")
    # What others typed must not pretend to be a line of its own.
    return one_line("  ".join(words))


def _shown(value: JsonValue) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= MOST_VALUE_CHARS else f"{text[:MOST_VALUE_CHARS]}…"
