"""Why, for Discord's own audit log: the sentence that stands beside what the bot did."""

from collections.abc import Callable

from wisp_framework.services.decisions import current_invocation
from wisp_framework.utils.ownership import current_owner

MAX_REASON_CHARS = 512
"""Source: https://docs.discord.com/developers/resources/audit-log (X-Audit-Log-Reason)."""

NameOf = Callable[[int], str | None]
"""Says what a user is called, as far as that is known."""


def nobody_known(_user_id: int) -> str | None:
    """Knows no names."""
    return None


def audit_reason(text: str = "", name_of: NameOf = nobody_known) -> str | None:
    """``text`` with who asked for it and the reference of the command that runs; None where nothing is known.

    What is too long for Discord is cut off the text; who and the reference stay.

    Args:
        text: a reason in words.
        name_of: says what the user is called; without, the id has to do.
    """
    told = _origin(name_of)
    text = " ".join(text.split())
    if told is None:
        return _cut(text, MAX_REASON_CHARS) or None
    if not text:
        return _cut(told, MAX_REASON_CHARS)
    told = f" ({told})"
    return _cut(text, MAX_REASON_CHARS - len(told)) + told


def default_reason(given: str | None, name_of: NameOf) -> str | None:
    """What goes to Discord: the author's own reason as it stands, cut to what fits, else who asked for it."""
    return _cut(given, MAX_REASON_CHARS) if given else audit_reason("", name_of)


def _origin(name_of: NameOf) -> str | None:
    """Who is behind what runs now: a member and an invocation, or a module by itself."""
    invocation, owner = current_invocation(), current_owner()
    if invocation is not None:
        user_id = invocation.user_id
        name = name_of(user_id)
        who = f"{name[:100]} ({user_id})" if name else str(user_id)
        return f"by {who}, ref {invocation.reference}"
    return f"by the module {owner.name[:100]}" if owner is not None else None


def _cut(text: str, most_chars: int) -> str:
    return text if len(text) <= most_chars else f"{text[: most_chars - 1]}…"
