"""Which faults are switched on, for whom, and how often they struck."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count

from wisp_sim.faults.answers import Answer, RateLimit, RestFault
from wisp_sim.faults.frames import GatewayFault, NoResume

# Source: https://docs.discord.com/developers/interactions/receiving-and-responding
_NOT_LIMITED = ("/interactions/*", "/webhooks/*")


class FaultError(ValueError):
    """A fault cannot be switched on as it was asked for; the message says why and what to do."""


@dataclass(slots=True)
class ActiveFault:
    """A fault that is switched on.

    Attributes:
        id: its number.
        fault: what goes wrong.
        bot_id: for whom; None is any bot.
        route: with which requests.
        event: with which frames.
        left: how often it will still strike; None is without end.
        probability: how likely it strikes where it could.
        seed: what the dice begin with.
        hits: how often it struck.
    """

    id: int
    fault: RestFault | GatewayFault
    bot_id: int | None
    route: str
    event: str
    left: int | None
    probability: float
    seed: int
    hits: int = 0
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def meant_for(self, bot_id: int | None) -> bool:
        """It may strike this bot."""
        return self.left != 0 and self.bot_id in {None, bot_id}

    def strikes(self) -> bool:
        """Throw the dice, and count."""
        if self._dice.random() >= self.probability:
            return False
        self.hits += 1
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class _Limit:
    """A rate limit that lasts."""

    fault: RateLimit
    bot_id: int | None
    place: str
    until_s: float

    def covers(self, bot_id: int | None, route: str, path: str) -> bool:
        if self.fault.scope == "global":
            exempt = any(fnmatchcase(route.split(" ", 1)[-1], glob) for glob in _NOT_LIMITED)
            return bot_id == self.bot_id and not exempt
        return self.place == path and (self.fault.scope == "shared" or bot_id == self.bot_id)


class Faults:
    """The faults that are switched on.

    Args:
        monotonic: seconds of Discord's clock.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ids = count(1)
        self._active: dict[int, ActiveFault] = {}
        self._limits: list[_Limit] = []
        self.rest_is_sound = True
        self.gateway_is_sound = True

    def add(
        self,
        fault: RestFault | GatewayFault,
        *,
        bot_id: int | None = None,
        route: str = "*",
        event: str = "*",
        times: int | None = 1,
        probability: float = 1.0,
        seed: int = 0,
    ) -> ActiveFault:
        """Switch a fault on.

        Args:
            fault: what goes wrong.
            bot_id: which bot it strikes; any unless given. People are never struck.
            route: which requests: a path as ``wisp sim --routes`` writes it or a glob, with or without the
                method before it, as in ``POST /channels/*/messages``.
            event: which frames: the name of an event, or of an opcode such as ``HELLO``; or a glob.
            times: how often; None is until it is removed.
            probability: how likely it strikes where it could.
            seed: the same seed strikes the same ones of the same requests again.

        Raises:
            FaultError: a value makes no sense.
        """
        if times is not None and times < 1:
            raise FaultError(f"times {times} is not above 0; give a count, or None for no end")
        if not 0 < probability <= 1:
            raise FaultError(f"probability {probability} is not above 0 and at most 1")
        if isinstance(fault, RestFault) and event != "*":
            raise FaultError(f"event {event!r} goes with frames; name a route for {type(fault).__name__}")
        if isinstance(fault, GatewayFault) and route != "*":
            raise FaultError(f"route {route!r} goes with requests; name an event for {type(fault).__name__}")
        glob = route if " " in route or route == "*" else f"* {route}"
        added = ActiveFault(next(self._ids), fault, bot_id, glob, event, times, probability, seed)
        self._active[added.id] = added
        self._look()
        return added

    def remove(self, fault_id: int) -> None:
        """Switch one off; a rate limit that it began ends, too.

        Raises:
            FaultError: there is no such fault.
        """
        removed = self._active.pop(fault_id, None)
        if removed is None:
            known = ", ".join(map(str, self._active)) or "none"
            raise FaultError(f"id {fault_id} is no fault; there are: {known}")
        self._limits = [limit for limit in self._limits if limit.fault is not removed.fault]
        self._look()

    def clear(self) -> None:
        """Switch all off, and end their rate limits."""
        self._active.clear()
        self._limits.clear()
        self._look()

    @property
    def active(self) -> Sequence[ActiveFault]:
        """All that were added and not removed, also those that will not strike any more."""
        return tuple(self._active.values())

    def take_request(self, bot_id: int | None, route: str, path: str) -> RestFault | Answer | None:
        """What goes wrong with this request: a fault, or the answer of a rate limit that lasts.

        Args:
            bot_id: who asks, if that is known.
            route: method and path with its variable parts in braces.
            path: method and path as asked for.
        """
        now_s = self._monotonic()
        self._limits = [limit for limit in self._limits if limit.until_s > now_s]
        for limit in self._limits:
            if limit.covers(bot_id, route, path):
                return limit.fault.limited(limit.until_s - now_s)
        for active in self._active.values():
            fault = active.fault
            if not isinstance(fault, RestFault) or not active.meant_for(bot_id):
                continue
            if _matches(active.route, route, path) and active.strikes():
                if isinstance(fault, RateLimit):
                    self._limits.append(_Limit(fault, bot_id, path, now_s + fault.retry_after_s))
                self._look()
                return fault
        self._look()
        return None

    def take_frame(self, bot_id: int | None, name: str) -> GatewayFault | None:
        """What goes wrong with this frame on its way to that bot."""
        for active in self._active.values():
            fault = active.fault
            if not isinstance(fault, GatewayFault) or isinstance(fault, NoResume):
                continue
            if active.meant_for(bot_id) and fnmatchcase(name, active.event) and active.strikes():
                self._look()
                return fault
        return None

    def loses_resume(self, bot_id: int) -> bool:
        """Whether this bot is cut off instead of being let resume."""
        for active in self._active.values():
            if isinstance(active.fault, NoResume) and active.meant_for(bot_id) and active.strikes():
                self._look()
                return True
        return False

    def _look(self) -> None:
        able = [active.fault for active in self._active.values() if active.left != 0]
        self.rest_is_sound = not self._limits and not any(isinstance(fault, RestFault) for fault in able)
        self.gateway_is_sound = not any(isinstance(fault, GatewayFault) for fault in able)


def _matches(glob: str, route: str, path: str) -> bool:
    # An emoji in a path may look like a glob itself.
    return glob in {route, path} or fnmatchcase(route, glob) or fnmatchcase(path, glob)
