"""What can be broken by a button: the gateway, Discord's answers, the database."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wisp_framework.exceptions import MissingExtraError, UnknownServiceError
from wisp_framework.services.container import ServiceContainer
from wisp_sim import Sim
from wisp_sim.faults import LateAnswer, RateLimit, RestFault, ServerError

SLOW_S = 2.5
LIMIT_S = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault as the page offers it; ``rest`` is what lasts, None where it is something else."""

    label: str
    explanation: str
    rest: RestFault | None = None


KINDS: Mapping[str, Kind] = {
    "cut": Kind("Drop the gateway", "The bot's connection breaks once; it resumes by itself."),
    "slow": Kind("Slow Discord", f"Each answer comes {SLOW_S:g} s late.", LateAnswer(SLOW_S)),
    "limit": Kind("Rate limit", "Each request is answered with 429.", RateLimit(retry_after_s=LIMIT_S)),
    "errors": Kind("Discord fails", "Each request is answered with 503.", ServerError(503)),
    "database": Kind("Database away", "Nothing can be read or stored until it is back."),
}


class Breakage:
    """What is broken at present.

    Args:
        sim: the offline Discord.
        bot: the name of the bot that suffers.
        services: where its database is found.
    """

    def __init__(self, sim: Sim, bot: str, services: ServiceContainer) -> None:
        self._sim = sim
        self._bot = bot
        self._services = services
        self._mended: dict[str, Callable[[], None]] = {}

    @property
    def active(self) -> list[str]:
        """Names of what is broken."""
        return list(self._mended)

    def break_(self, name: str) -> None:
        """Let something go wrong, until it is mended; what is broken already stays so.

        Raises:
            KeyError: there is no such kind.
            SimError: the bot is not connected.
            UnknownServiceError: the bot has no database.
        """
        kind = KINDS[name]
        if name == "cut":
            self._sim.disconnect(self._bot)
        elif name not in self._mended:
            self._mended[name] = self._hold_database() if kind.rest is None else self._spoil(kind.rest)

    def mend(self, name: str) -> None:
        """Let it work again; harmless when it does."""
        mended = self._mended.pop(name, None)
        if mended is not None:
            mended()

    def mend_all(self) -> None:
        """Let everything work again."""
        for name in self.active:
            self.mend(name)

    def _spoil(self, fault: RestFault) -> Callable[[], None]:
        active = self._sim.faults.add(fault, bot_id=self._sim.bot(self._bot).id, times=None)
        return lambda: self._sim.faults.remove(active.id)

    def _hold_database(self) -> Callable[[], None]:
        """Refuse each transaction of the bot at its beginning, as a server that is away would."""
        try:
            from sqlalchemy import event

            from wisp_framework.services.database import DatabaseService
        except (ImportError, MissingExtraError) as error:
            raise UnknownServiceError("This bot has no database to take away") from error
        engine = self._services.get(DatabaseService).engine.sync_engine

        def refuse(_connection: object) -> None:
            raise OSError("the playground holds it back")

        event.listen(engine, "begin", refuse, insert=True)
        return lambda: event.remove(engine, "begin", refuse)
