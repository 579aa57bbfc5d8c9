"""Who may use the page: whoever holds the address that ``wisp dev`` printed, from this machine alone."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

COOKIE = "wisp_playground"
_KEY_FILE = "playground.key"
_LOCAL = ("127.0.0.1", "localhost")
# Everything comes from the page's own origin; only pictures and files lie at the offline Discord.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob: {files}; media-src 'self' blob: {files}; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets in whoever came with the token of the address once, and knows them by a cookie from then on.

    Foreign hosts and origins are refused: a page elsewhere cannot reach this one through a visitor's browser.

    Args:
        folder: where the key of the cookies rests, so that open tabs find back after a restart.
    """

    def __init__(self, folder: Path) -> None:
        self.token = secrets.token_urlsafe(24)
        self._key = _read_key(folder / _KEY_FILE)
        self._unused = True

    def enter(self, given: str) -> str | None:
        """The cookie for whoever shows the token; None if it is wrong or was used."""
        if not self._unused or not hmac.compare_digest(given.encode(), self.token.encode()):
            return None
        self._unused = False
        return self._key

    def renew(self) -> str:
        """Another token, for another address."""
        self.token, self._unused = secrets.token_urlsafe(24), True
        return self.token

    def knows(self, request: web.Request) -> bool:
        """Whether this is somebody who was let in."""
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._key.encode())

    def middleware(self, files: str) -> Middleware:
        """Refuses strangers, and says what the page may load.

        Args:
            files: the origin of pictures and files.
        """
        policy = _POLICY.format(files=files)

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not _is_local(request):
                raise web.HTTPForbidden(text="This page answers at its own address alone.")
            if request.path != "/" and not self.knows(request):
                raise web.HTTPUnauthorized(text="Open the address that wisp dev printed.")
            response = await handler(request)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = policy
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return guarded


def _is_local(request: web.Request) -> bool:
    """The page's own address, and nobody else's page behind the request."""
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    if host not in _LOCAL:
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def _read_key(file: Path) -> str:
    """The key that rests in the file; a new one if there is none."""
    try:
        kept = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        kept = ""
    if len(kept) >= 32:
        return kept
    made = secrets.token_urlsafe(32)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(made, "ascii")
    return made


def refused(status: HTTPStatus, sentence: str) -> web.Response:
    """A refusal as the page reads it."""
    return web.json_response({"error": sentence}, status=status)
