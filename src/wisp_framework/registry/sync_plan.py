"""A plan of what it takes to bring command lists in step, made before anything is sent."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from wisp_framework.exceptions import PlanRefusedError, list_name
from wisp_framework.registry.difference import ListDifference
from wisp_framework.registry.limits import MOST_CREATES_A_DAY, sentences
from wisp_framework.registry.lists import CommandLists, ListKeeper
from wisp_framework.services.list_memory import ListStore
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What is to be sent.

    Attributes:
        lists: each list that could be read, the global one first.
        problems: why the plan is refused, a sentence each; empty where it is not.
        unread: the lists that Discord did not show, and why; they stay as they are.
        request_s: how long Discord took to answer a request while the plan was made.
    """

    lists: tuple[ListDifference, ...]
    problems: tuple[str, ...]
    unread: tuple[str, ...]
    request_s: float

    @property
    def requests(self) -> int:
        """How many requests it takes to apply: one for each list that differs."""
        return sum(found.requests for found in self.lists)

    @property
    def seconds(self) -> float:
        """How long that takes, one after the other, as fast as Discord answered the last ones."""
        return self.requests * self.request_s

    @property
    def cleaning(self) -> tuple[ListDifference, ...]:
        """The lists that hold what should not be there."""
        return tuple(found for found in self.lists if found.removals)


class SyncPlanner:
    """Plans, applies and cleans the lists of one application while its bot need not run.

    Args:
        lists: what should be, and Discord.
        store: what is remembered; a bot that starts later sends nothing again.
        clock: measures how fast Discord answers.
    """

    def __init__(self, lists: CommandLists, store: ListStore, clock: Clock) -> None:
        self._lists = lists
        self._keeper = ListKeeper(lists, store, clock)
        self._clock = clock

    async def plan(self, scopes: Sequence[int | None], problems: Sequence[str] = ()) -> SyncPlan:
        """Read these lists and compare them field by field; nothing is changed.

        Args:
            scopes: None for the global list, else guilds.
            problems: what else is to be mended before anything is sent.
        """
        await self._keeper.recall()
        lists: list[ListDifference] = []
        found: dict[str, None] = dict.fromkeys(problems)
        unread: list[str] = []
        begun_s = self._clock.monotonic()
        for guild_id in scopes:
            found.update(dict.fromkeys(sentences((await self._lists.wanted(guild_id)).refusals)))
            try:
                difference = await self._keeper.compare(guild_id)
            except Exception as error:  # noqa: BLE001 - whatever it was, the other lists can be planned
                unread.append(f"{list_name(guild_id)}: {error}")
                continue
            lists.append(difference)
            found.update(dict.fromkeys(self._over_budget(difference)))
        request_s = (self._clock.monotonic() - begun_s) / max(1, len(scopes))
        return SyncPlan(tuple(lists), tuple(found), tuple(unread), request_s)

    async def apply(self, plan: SyncPlan) -> list[str]:
        """Send every list that differs; returns what went wrong, a sentence each.

        Raises:
            PlanRefusedError: Discord would refuse part of it, so nothing was sent.
        """
        if plan.problems:
            raise PlanRefusedError(plan.problems)
        return await self._each(plan.lists, self._keeper.send)

    async def clean(self, plan: SyncPlan) -> list[str]:
        """Delete what should not be listed and change nothing else; returns what went wrong."""
        return await self._each(plan.cleaning, self._keeper.send_removals)

    def _over_budget(self, found: ListDifference) -> list[str]:
        left = self._keeper.creates_left(found.guild_id)
        if len(found.creates) <= left:
            return []
        return [
            f"{list_name(found.guild_id)} gets {len(found.creates)} new commands, and of the "
            f"{MOST_CREATES_A_DAY} that Discord takes a day {left} are left; go on tomorrow"
        ]

    async def _each(
        self, lists: Sequence[ListDifference], send: Callable[[ListDifference], Awaitable[None]]
    ) -> list[str]:
        failures: list[str] = []
        for found in lists:
            try:
                await send(found)
            except Exception as error:  # noqa: BLE001 - whatever it was, the other lists go on
                _log.debug("%s failed", list_name(found.guild_id), exc_info=True)
                failures.append(f"{list_name(found.guild_id)}: {error}")
        return failures
