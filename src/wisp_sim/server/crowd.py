"""The people whom the owner of an offline Discord acts through."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from wisp_sim.clock import Clock
from wisp_sim.people import Person, Seen
from wisp_sim.server.handles import AccountHandle
from wisp_sim.server.settling import MovableClock


class Stage(Protocol):
    """The offline Discord as people need it."""

    @property
    def api_url(self) -> str:
        """Where its REST interface is."""

    @property
    def clock(self) -> Clock:
        """What it lives by."""

    async def settle(self) -> None:
        """Return when all is at rest."""

    async def pass_until(self, done: Callable[[], bool], limit_s: float) -> None:
        """Move the time until ``done``."""


class Crowd:
    """People by name; each is one client, whoever asks for them.

    Args:
        stage: where they are.
    """

    def __init__(self, stage: Stage) -> None:
        self.dialogue: list[str] = []
        self._stage = stage
        self._people: dict[int, Person] = {}

    def person(self, account: AccountHandle, guild: str | None, channel: str | None) -> Person:
        """Somebody, who turns to that guild and channel if any is named."""
        person = self._people.get(account.id)
        if person is None:
            person = Person(
                api_url=self._stage.api_url,
                token=account.token,
                settle=self._stage.settle,
                clock=self._stage.clock,
                pass_until=self._pass_until(),
                tell=self._tell,
            )
            self._people[account.id] = person
        if guild is not None or channel is not None:
            person.go(guild=guild, channel=channel)
        return person

    def _pass_until(self) -> Callable[[Callable[[], bool], float], Awaitable[None]] | None:
        return self._stage.pass_until if isinstance(self._stage.clock, MovableClock) else None

    def _tell(self, doing: str, seen: Seen) -> None:
        self.dialogue.append(f"{seen.who}: {doing}")
        self.dialogue += [f"  {line}" for line in seen.lines()]

    async def close(self) -> None:
        """Log all of them out."""
        for person in self._people.values():
            await person.close()
        self._people.clear()
