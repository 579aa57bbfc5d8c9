"""What modules are handed, and what is known of the invocation that runs now."""

import random
from typing import TypeVar, overload

from wisp_framework.config import AppConfig
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.services.base import BaseService
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.decisions import Invocation as Invocation
from wisp_framework.services.decisions import InvocationKind as InvocationKind
from wisp_framework.services.decisions import current_decision as current_decision
from wisp_framework.services.decisions import current_invocation as current_invocation
from wisp_framework.services.decisions import enter_decision as enter_decision
from wisp_framework.services.scheduler import ActiveGuilds
from wisp_framework.utils.ownership import current_owner

ServiceT = TypeVar("ServiceT")


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters that look like another or like a figure. Source: https://www.crockford.com/base32.html"""
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_reference() -> str:
    """Eight characters, of 10^12 possible ones, to find one invocation by, in the log and over the phone."""
    some, more = random.getrandbits(20), random.getrandbits(20)  # small numbers are the quicker ones
    return f"{_PAIRS[some >> 10]}{_PAIRS[some & 1023]}{_PAIRS[more >> 10]}{_PAIRS[more & 1023]}"


class BotContext:
    """The parts of a running bot, as a module sees them. Open to subclassing."""

    def __init__(self, config: AppConfig, services: ServiceContainer, guild_data: GuildDataService) -> None:
        self.config = config
        self.services = services
        self.guild_data = guild_data

    @overload
    def service(self, key: type[ServiceT]) -> ServiceT: ...

    @overload
    def service(self, key: str) -> BaseService: ...

    def service(self, key: type[ServiceT] | str) -> ServiceT | BaseService:
        """The service of that type or name.

        Raises:
            UnknownServiceError: nobody registered it.
        """
        return self.services.get(key)

    def guilds(self) -> list[int]:
        """Ids of the guilds in which the running module is on; outside a module, none."""
        owner = current_owner()
        return list(self.services.get(ActiveGuilds).guilds(owner.name)) if owner is not None else []

    @property
    def invocation(self) -> Invocation | None:
        """The command, component or form that is being answered; None elsewhere."""
        return current_invocation()
