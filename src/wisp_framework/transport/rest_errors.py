"""What a request to Discord fails with where Wisp says so. They are discord.py's errors as well."""

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import aiohttp
import discord

from wisp_framework.exceptions import WispError

AGAIN = 10054
"""The number of a reset connection on Windows: at it, discord.py sends a request again."""


class Refusal(StrEnum):
    """Why a request was not sent."""

    REFUSED_TOKEN = "refused token"  # noqa: S105 - a reason
    INVALID_REQUESTS = "invalid requests"
    BANNED_ADDRESS = "banned address"
    GONE_WEBHOOK = "gone webhook"


@dataclass(frozen=True, slots=True)
class _Unsent:
    status: int
    reason: str = "not sent"


class RestRefusedError(WispError, discord.HTTPException):
    """A request was not sent, since Discord would refuse it and count it against the bot.

    Args:
        refusal: why.
        text: the same for the operator, with the remedy.
        status: what Discord would have answered.
        retry_after_s: after how many seconds it may be sent again; 0 where nobody knows.
    """

    user_message = "Discord does not take this from the bot at the moment. Try again later."

    def __init__(self, refusal: Refusal, text: str, status: int, retry_after_s: float = 0.0) -> None:
        self.refusal = refusal
        self.retry_after_s = retry_after_s
        discord.HTTPException.__init__(self, cast("aiohttp.ClientResponse", _Unsent(status)), text)


class GoneWebhookError(RestRefusedError, discord.NotFound):
    """A webhook that Discord does not know any more was not asked again.

    Args:
        webhook_id: its id.
        status: what Discord answered when it was asked last.
    """

    def __init__(self, webhook_id: int, status: int) -> None:
        self.webhook_id = webhook_id
        text = f"webhook {webhook_id} is gone: Discord said {status} the last time. Make a new one."
        super().__init__(Refusal.GONE_WEBHOOK, text, status)


class UnansweredError(WispError, OSError):
    """Discord did not answer a request to its end.

    Args:
        method: as in ``POST``.
        route: the path, with names for ids and tokens.
        cause: what happened.
        sent: whether Discord may have carried it out.
        again: whether discord.py is to send it again.
    """

    user_message = "Discord did not answer. Try again in a moment."

    def __init__(self, method: str, route: str, cause: BaseException, *, sent: bool, again: bool) -> None:
        self.method = method
        self.route = route
        self.sent = sent
        happened = "whether it was carried out is not known" if sent else "it was not carried out"
        super().__init__(f"Discord did not answer {method} {route} ({type(cause).__name__}): {happened}")
        self.errno = AGAIN if again else None


class SendAgain(OSError):  # noqa: N818 - no failure yet: discord.py's loop is asked for another turn
    """Discord answered that it cannot at the moment."""

    def __init__(self) -> None:
        super().__init__(AGAIN, "send it again")
