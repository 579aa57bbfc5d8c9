"""How news leave the state: each event with those whom it concerns."""

from collections.abc import Callable
from dataclasses import dataclass

from wisp_sim.model.kinds import NO_INTENT, Intent
from wisp_sim.model.payload import Payload

Audience = Callable[[int], bool]
"""Whether the account with this id hears of something."""


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch of the gateway.

    Args:
        name: Discord's name for it.
        data: its ``d``.
        audience: which accounts hear of it.
        guild_id: decides the shard; None goes to shard 0.
        intent: what a bot's session must have asked for; none means that every session hears it.
        redacted: what a bot sees that neither has the message content intent nor is in ``trusted``.
        trusted: accounts that always see everything.
    """

    name: str
    data: Payload
    audience: Audience
    guild_id: int | None = None
    intent: Intent = NO_INTENT
    redacted: Payload | None = None
    trusted: frozenset[int] = frozenset()


class Bus:
    """Hands each event to all who listen, at once and in order."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with each event from now on."""
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        """Tell everyone."""
        for listener in self._listeners:
            listener(event)


def only(*account_ids: int) -> Audience:
    """These accounts, nobody else."""
    chosen = frozenset(account_ids)
    return lambda account_id: account_id in chosen
