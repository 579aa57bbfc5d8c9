"""What whoever looks on sees of the traffic between clients and the offline Discord."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; tokens in its path are left out.

    Attributes:
        at: when it was answered, on Discord's clock.
        account_id: who asked; None where that is not known.
        bot: whether a bot asked, with its own token or with that of an interaction or webhook.
        method: for example ``POST``.
        path: below the version, for example ``/channels/81384788765712384/messages``.
        status: of the answer.
        took_ms: how long the answer took, in milliseconds of the machine's time.
        limit_scope: ``user``, ``global`` or ``shared`` where the answer is that of a rate limit.
        retry_after_s: how long it then asks to wait.
    """

    at: datetime
    account_id: int | None
    bot: bool
    method: str
    path: str
    status: int
    took_ms: float
    limit_scope: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the gateway, from or to a client that has a session.

    Attributes:
        at: when, on Discord's clock.
        account_id: whose session.
        bot: whether it is a bot's.
        sent: by the offline Discord; False for what came from the client.
        op: Discord's opcode.
        event: the name of a dispatch; empty for other opcodes.
        seq: the number of a dispatch.
        size_bytes: as JSON, before compression.
    """

    at: datetime
    account_id: int
    bot: bool
    sent: bool
    op: int
    event: str
    seq: int | None
    size_bytes: int


class Onlooker(Protocol):
    """Hears of traffic as it passes; must neither raise nor wait."""

    def exchange(self, exchange: Exchange) -> None:
        """A request was answered."""

    def frame(self, frame: Frame) -> None:
        """A frame is on its way, or came in."""


class Onlookers:
    """Everybody who looks on."""

    def __init__(self) -> None:
        self._all: list[Onlooker] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, onlooker: Onlooker) -> Callable[[], None]:
        """Let somebody look on; returns what ends it."""
        self._all.append(onlooker)
        return lambda: self._all.remove(onlooker)

    def exchange(self, exchange: Exchange) -> None:
        """Tell all."""
        for onlooker in self._all:
            onlooker.exchange(exchange)

    def frame(self, frame: Frame) -> None:
        """Tell all."""
        for onlooker in self._all:
            onlooker.frame(frame)
