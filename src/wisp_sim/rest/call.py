"""A request as a route sees it, and what a route answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from wisp_sim.model.account import Application, User
from wisp_sim.model.errors import ApiError
from wisp_sim.model.locale import DEFAULT_LOCALE
from wisp_sim.model.message import Emoji
from wisp_sim.model.payload import Payload
from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.rules.drafts import Upload
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.store import Store


class Access(Enum):
    """Whom a route serves."""

    ANYONE = "without a token"
    ACCOUNT = "bots and users"
    BOT = "bots"
    USER = "users"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers; without a body it is 204."""

    body: Payload | list[Payload] | None = None
    status: int = 200


NO_CONTENT = Reply(status=204)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Args:
        store: everything that exists.
        account: who calls; None on routes that need no token.
        params: the variable parts of the path, percent-decoded.
        query: the part of the address after the question mark.
        body: the JSON that came; an empty object if none did.
        uploads: the files that came with it.
        gateway_url: where the gateway is.
        reason: why, for the audit log: the header ``X-Audit-Log-Reason``, percent-decoded.
        locale: the language that the caller wants, one of Discord's.
    """

    store: Store
    account: User | None
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: object
    uploads: tuple[Upload, ...]
    gateway_url: str
    reason: str | None = None
    locale: str = DEFAULT_LOCALE

    @property
    def user(self) -> User:
        """Who calls.

        Raises:
            ApiError: nobody that Discord knows.
        """
        if self.account is None:
            raise ApiError(401, 0, "401: Unauthorized")
        return self.account

    @property
    def application(self) -> Application:
        """The application in the path, which must be the caller's own."""
        application_id = self.id("application_id")
        application = self.store.applications.get(application_id)
        if application is None:
            raise ApiError(404, 10002, "Unknown Application")
        if application.id != self.user.id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
        return application

    def id(self, name: str) -> int:
        """An id in the path; ``@me`` is the caller's.

        Raises:
            ApiError: 50035, it is none.
        """
        text = self.params[name]
        if text == "@me":
            return self.user.id
        snowflake = parse_snowflake(text)
        if snowflake is None:
            errors = Errors()
            errors.add((name,), "NUMBER_TYPE_COERCE", f'Value "{text:.80}" is not snowflake.')
            errors.check()
        return snowflake or 0

    def emoji(self) -> Emoji:
        """The emoji in the path: a unicode one, or ``name:id``.

        Raises:
            ApiError: 10014.
        """
        text = self.params["emoji"]
        name, colon, ending = text.rpartition(":")
        if not colon:
            if not text or text.isascii():
                raise ApiError(400, 10014, "Unknown Emoji")
            return Emoji(text)
        emoji_id = parse_snowflake(ending)
        if emoji_id is None or not name:
            raise ApiError(400, 10014, "Unknown Emoji")
        return Emoji(name, emoji_id)

    def page(self) -> Form:
        """The query, to be read as a form."""
        return Form(dict(self.query), Errors())


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A path that is served; parts in braces are variable."""

    method: str
    path: str
    handler: Handler
    access: Access = Access.ACCOUNT
