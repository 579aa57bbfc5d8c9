"""Who can log in: people and bots."""

from dataclasses import dataclass

from wisp_sim.model.kinds import ALL_INTENTS, Intent
from wisp_sim.model.locale import DEFAULT_LOCALE


@dataclass(slots=True)
class User:
    """A person or a bot's user."""

    id: int
    name: str
    token: str
    bot: bool = False
    locale: str = DEFAULT_LOCALE

    @property
    def display_name(self) -> str:
        """How this user is shown: the name as the world spells it."""
        return self.name

    @property
    def username(self) -> str:
        """The name in the form that Discord allows for people: lower case, no spaces; bots keep theirs."""
        return self.name if self.bot else "".join(self.name.lower().split())


@dataclass(slots=True)
class Application:
    """A bot's application; it shares its id with its user.

    ``approved_intents`` are those that the bot may identify with. ``max_concurrency`` is how many shards may
    identify within 5 s, None for as many as like; ``session_starts`` how many may within a day.
    """

    id: int
    name: str
    owner_id: int
    approved_intents: Intent = ALL_INTENTS
    invite_permissions: int = 0
    commands_version: int = 0
    max_concurrency: int | None = None
    session_starts: int = 1000
    starts_spent: int = 0
    starts_reset_at_s: float = 0.0
