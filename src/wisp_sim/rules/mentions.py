"""Who is mentioned by a text, and who of them is told.

Source: https://docs.discord.com/developers/resources/message#allowed-mentions-object
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from wisp_sim.rules.form import Form

_USER = re.compile(r"<@!?(\d{1,19})>")
_ROLE = re.compile(r"<@&(\d{1,19})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class AllowedMentions:
    """Which mentions count: all of a kind, or only those listed (None: no list)."""

    everyone: bool = True
    all_users: bool = True
    all_roles: bool = True
    user_ids: frozenset[int] = frozenset()
    role_ids: frozenset[int] = frozenset()
    replied_user: bool = True


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a message tells."""

    user_ids: tuple[int, ...] = ()
    role_ids: tuple[int, ...] = ()
    everyone: bool = False


# When nothing is said: https://docs.discord.com/developers/resources/message#allowed-mentions-object
ALL_ALLOWED = AllowedMentions()
USERS_ALLOWED = AllowedMentions(everyone=False, all_roles=False)


def read_allowed_mentions(form: Form) -> AllowedMentions | None:
    """What a request says about mentions; None if it says nothing."""
    allowed = form.form("allowed_mentions")
    if allowed is None:
        return None
    kinds = allowed.entries("parse", most=3)
    for index, kind in enumerate(kinds):
        if kind not in ("users", "roles", "everyone"):
            path = (*allowed.path, "parse", str(index))
            message = "Value must be one of ('roles', 'users', 'everyone')."
            allowed.errors.add(path, "BASE_TYPE_CHOICES", message)
    for key in ("users", "roles"):
        if key in kinds and allowed.data.get(key):
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            allowed.errors.add(allowed.path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    return AllowedMentions(
        everyone="everyone" in kinds,
        all_users="users" in kinds,
        all_roles="roles" in kinds,
        user_ids=frozenset(allowed.snowflakes("users", most=_MAX_LISTED)),
        role_ids=frozenset(allowed.snowflakes("roles", most=_MAX_LISTED)),
        replied_user=bool(allowed.truth("replied_user")),
    )


def find_mentions(
    content: str,
    allowed: AllowedMentions,
    *,
    users: Container[int],
    roles: Container[int],
    may_everyone: bool,
    replied_user_id: int | None = None,
) -> Mentions:
    """Whom a text tells.

    Args:
        content: the text.
        allowed: what its author allowed.
        users: those who exist.
        roles: those that exist where the text is sent.
        may_everyone: the author may mention everyone.
        replied_user_id: whose message is answered, if one is.
    """
    found_users = dict.fromkeys(
        user_id
        for user_id in map(int, _USER.findall(content))
        if user_id in users and (allowed.all_users or user_id in allowed.user_ids)
    )
    if replied_user_id is not None and allowed.replied_user:
        found_users.setdefault(replied_user_id)
    found_roles = dict.fromkeys(
        role_id
        for role_id in map(int, _ROLE.findall(content))
        if role_id in roles and (allowed.all_roles or role_id in allowed.role_ids)
    )
    everyone = allowed.everyone and may_everyone and bool(_EVERYONE.search(content))
    return Mentions(tuple(found_users), tuple(found_roles), everyone)
