"""What the control API needs of an offline Discord."""

from collections.abc import Mapping
from typing import Protocol

from wisp_sim.faults import Faults


class Named(Protocol):
    """A bot or a guild."""

    @property
    def id(self) -> int:
        """Its id."""


class Controlled(Protocol):
    """An offline Discord; `Sim` is one, and tells what each of these does."""

    @property
    def faults(self) -> Faults:
        """What goes wrong."""

    @property
    def clock_moves(self) -> bool:
        """The clock is one that tests move."""

    def bot(self, name: str) -> Named:
        """The bot with this name."""

    def reconnect(self, bot: str) -> None:
        """Op 7."""

    def invalidate(self, bot: str, *, resumable: bool = False) -> None:
        """Op 9."""

    def disconnect(self, bot: str, close_code: int | None = None) -> None:
        """End the connection."""

    def outage(self, guild: str) -> None:
        """Let a guild be away."""

    def restore(self, guild: str) -> None:
        """Let it be back."""

    def describe(self) -> dict[str, object]:
        """Who and what there is."""

    def add(self, data: Mapping[str, object]) -> None:
        """Let more exist."""

    async def advance(self, *, seconds: float = 0) -> None:
        """Move the time."""
