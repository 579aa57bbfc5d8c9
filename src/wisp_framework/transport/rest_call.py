"""One call of Discord's REST API, as those see it who count it, trace it or hold it back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from discord.http import Route

from wisp_framework.services.metrics import MetricsService

_WITH_TOKEN = re.compile(r"/(webhooks|interactions)/(\d+)/([^/?]+)(/.*)?")
_WEBHOOK = re.compile(r"/webhooks/(\d+)")
_ID = re.compile(r"/\d+")

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"

_ESSENTIAL = frozenset(
    {
        "GET /gateway/bot",
        "GET /users/@me",
        "GET /oauth2/applications/@me",
        "PATCH /guilds/{guild_id}/members/{user_id}",
        "DELETE /guilds/{guild_id}/members/{user_id}",
        "PUT /guilds/{guild_id}/bans/{user_id}",
        "DELETE /guilds/{guild_id}/bans/{user_id}",
        "POST /guilds/{guild_id}/bulk-ban",
        "DELETE /channels/{channel_id}/messages/{message_id}",
        "POST /channels/{channel_id}/messages/bulk-delete",
    }
)
_BULK = re.compile(
    r"(GET|PUT) /applications/\{application_id\}(/guilds/\{guild_id\})?/commands"
    r"|GET /guilds/\{guild_id\}/(audit-logs|members|bans)"
    r"|GET /channels/\{channel_id\}/messages"
)


class Priority(IntEnum):
    """Who goes first where something has to wait, and who is held back last."""

    INTERACTION = 0
    """Answers to interactions and their follow-ups: a member waits, and the token runs out."""
    ESSENTIAL = 1
    """Moderation, and what the bot needs to be connected."""
    NORMAL = 2
    """Everything else."""
    BULK = 3
    """Logs by webhook, command lists, long reads."""


@dataclass(slots=True)
class RestCall:
    """One request on its way to Discord; one that is sent again is a call each time.

    Attributes:
        method: as in ``POST``.
        route: the path, with names in braces where ids and tokens stand: fit for labels and spans.
        priority: who goes first.
        attempt: 1 for the first.
        bot: a mark of the bot's token, which nobody can turn back; None where it is not sent along.
        webhook: the id and a mark of the token in the path of a webhook or an interaction.
        waited_s: how long it was held back before it was sent, by Discord's limits or by ours.
        took_s: from there until its answer was read, or until it failed.
        status: of its answer; None where none came.
        code: Discord's own number for what is wrong; 0 where it gave none.
        error: the type of what it failed with, where no answer came.
        limit: of a 429, what was hit: ``user``, ``global`` or ``shared``; ``address`` is a ban by Cloudflare.
        retry_after_s: of a 429, for how long.
    """

    method: str
    route: str
    priority: Priority
    attempt: int = 1
    bot: str | None = None
    webhook: tuple[int, str] | None = None
    waited_s: float = 0.0
    took_s: float = 0.0
    status: int | None = None
    code: int = 0
    error: str | None = None
    limit: str | None = None
    retry_after_s: float = 0.0


RestObserver: TypeAlias = Callable[[RestCall], Callable[[], None] | None]
"""Called when a call is sent; what it returns is called at the end, when the call says how it went.

Both run in the task that asked, and must not raise or wait.
"""


def route_of(path: str) -> str:
    """The path of a request, without its query, with a name in braces for each id and token."""
    found = _WITH_TOKEN.fullmatch(path)
    if found is not None:
        kind, rest = found[1].removesuffix("s"), _ID.sub("/{message_id}", found[4] or "")
        return f"/{found[1]}/{{{kind}_id}}/{{{kind}_token}}{rest}"
    return "/webhooks/{webhook_id}" if _WEBHOOK.fullmatch(path) else _ID.sub("/{id}", path)


def webhook_of(path: str) -> tuple[int, str] | None:
    """The id and the token of the webhook or interaction that a path belongs to."""
    found = _WITH_TOKEN.fullmatch(path)
    if found is not None:
        return int(found[2]), found[3]
    bare = _WEBHOOK.fullmatch(path)
    return (int(bare[1]), "") if bare is not None else None


def priority_of(method: str, route: str, *, is_follow_up: bool) -> Priority:
    """Who goes first; ``is_follow_up`` says that the webhook is that of an interaction."""
    if is_follow_up or route == CALLBACK:
        return Priority.INTERACTION
    name = f"{method} {route}"
    if name in _ESSENTIAL:
        return Priority.ESSENTIAL
    if route.startswith("/webhooks/{webhook_id}/{webhook_token}") or _BULK.fullmatch(name):
        return Priority.BULK
    return Priority.NORMAL


def path_of(url: str) -> str | None:
    """The path below the API's address, as discord.py builds it; None for another address."""
    return url.removeprefix(Route.BASE).partition("?")[0] if url.startswith(Route.BASE) else None


class RestMetrics:
    """A `RestObserver` that counts calls by route and status, and times them.

    Args:
        metrics: where to; under ``rest.calls``, ``rest.duration`` and ``rest.wait``.
    """

    def __init__(self, metrics: MetricsService) -> None:
        self._metrics = metrics

    def __call__(self, call: RestCall) -> Callable[[], None]:
        """Take note of the wait now, and of the rest at the end."""
        self._metrics.timing("rest.wait", call.waited_s, priority=call.priority.name.lower())

        def ended() -> None:
            status = str(call.status) if call.status is not None else call.error or "cancelled"
            self._metrics.increment("rest.calls", method=call.method, route=call.route, status=status)
            self._metrics.timing("rest.duration", call.took_s, method=call.method, route=call.route)

        return ended
