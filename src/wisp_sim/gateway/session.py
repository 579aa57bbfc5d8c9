"""A session: what one client is told, in order, across its connections."""

from collections import deque
from typing import Protocol

from wisp_sim.clock import Timer
from wisp_sim.model.account import User
from wisp_sim.model.kinds import Intent
from wisp_sim.model.presence import ONLINE
from wisp_sim.model.snowflake import shard_of
from wisp_sim.model.token import make_secret
from wisp_sim.state.bus import Event

# How many dispatches a session remembers for a resume. Discord does not say how many it does; this is above
# the 5,000 that a bot should be tried with.
BUFFER_EVENTS = 8192
RESUMABLE_S = 300.0


class Outlet(Protocol):
    """Where a session's frames go while its client is connected."""

    def send(self, text: str) -> None:
        """Send a frame after those before it."""


class Session:
    """One identified client.

    Args:
        account: who identified.
        intents: what a bot asked for; None for a user, who hears everything.
        shard: which part of the guilds, out of how many.
    """

    def __init__(self, account: User, intents: Intent | None, shard: tuple[int, int] = (0, 1)) -> None:
        self.id = make_secret()[:32]
        self.account = account
        self.intents = intents
        self.shard = shard
        self.seq = 0
        self.outlet: Outlet | None = None
        self.presence = ONLINE
        self.expiry: Timer | None = None
        self._buffer: deque[tuple[int, str]] = deque(maxlen=BUFFER_EVENTS)

    def has_guild(self, guild_id: int) -> bool:
        """This session's shard hears of that guild."""
        shard_id, shard_count = self.shard
        return shard_of(guild_id, shard_count) == shard_id

    def wants(self, event: Event) -> bool:
        """This session hears of the event."""
        if self.intents is not None:
            if event.intent and not event.intent & self.intents:
                return False
            if event.guild_id is None:
                if self.shard[0] != 0:
                    return False
            elif not self.has_guild(event.guild_id):
                return False
        return event.audience(self.account.id)

    def sees_all_of(self, event: Event) -> bool:
        """This session gets the event with its message content."""
        return (
            self.intents is None
            or bool(self.intents & Intent.MESSAGE_CONTENT)
            or self.account.id in event.trusted
        )

    def dispatch(self, name: str, data_json: str) -> None:
        """Tell the client, now or when it resumes."""
        self.seq += 1
        text = f'{{"t":"{name}","s":{self.seq},"op":0,"d":{data_json}}}'
        self._buffer.append((self.seq, text))
        if self.outlet is not None:
            self.outlet.send(text)

    def missed_since(self, seq: int) -> list[str] | None:
        """The frames after that sequence number; None if they are not all remembered."""
        if seq > self.seq:
            return None
        missed = [(number, text) for number, text in self._buffer if number > seq]
        return [text for _, text in missed] if len(missed) == self.seq - seq else None
