"""Who asks, and what, as far as a request itself tells it."""

from collections.abc import Iterable
from urllib.parse import unquote

from aiohttp import web

from wisp_sim.model.account import User
from wisp_sim.model.sighting import Exchange
from wisp_sim.rest.router import Router
from wisp_sim.state.store import Store

VERSIONS = ("v9", "v10")
_SECRETS = ("token", "webhook_token")


def parts_of(request: web.Request) -> list[str]:
    """The parts of the path after ``/api``, percent-decoded."""
    return [unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")][1:]


def asked_for(request: web.Request) -> list[str]:
    """The parts of the path below the version, percent-decoded."""
    parts = parts_of(request)
    return parts[1:] if parts and parts[0] in VERSIONS else parts


def asker(store: Store, request: web.Request, params: Iterable[str]) -> User | None:
    """Whose request this is; those about interactions and webhooks need no token but that in the path."""
    account = store.tokens.get(request.headers.get("Authorization", "").removeprefix("Bot "))
    if account is not None:
        return account
    for part in params:
        interaction = store.interaction_tokens.get(part)
        if interaction is not None:
            return store.users.get(interaction.application_id)
        if part.isdecimal() and int(part) in store.applications:
            return store.users.get(int(part))
    return None


def sighting(
    store: Store, router: Router, request: web.Request, response: web.Response, took_s: float
) -> Exchange:
    """What an onlooker is told of a request and its answer."""
    parts = asked_for(request)
    found = router.find(request.method, parts)
    params = found[1] if found is not None else {}
    account = asker(store, request, params.values())
    hidden = {params[name] for name in _SECRETS if name in params}
    retry_after = response.headers.get("X-RateLimit-Reset-After") or response.headers.get("Retry-After")
    return Exchange(
        at=store.clock.now(),
        account_id=account.id if account is not None else None,
        bot=account is not None and account.bot,
        method=request.method,
        path="/" + "/".join("{token}" if part in hidden else part for part in parts),
        status=response.status,
        took_ms=took_s * 1000,
        limit_scope=response.headers.get("X-RateLimit-Scope", ""),
        retry_after_s=float(retry_after) if retry_after else None,
    )
