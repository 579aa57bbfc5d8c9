"""Keep the command lists at Discord in step with what each guild has switched on."""

import asyncio
import heapq
import logging
from enum import IntEnum
from itertools import count

from wisp_framework.exceptions import CommandsRefusedError, CreatesSpentError, SyncRefusedError, list_name
from wisp_framework.registry.limits import sentences
from wisp_framework.registry.lists import CommandLists, ListKeeper, Standing, WantedList
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.deadline import within
from wisp_framework.services.list_memory import ListStore
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

RETRY_S = (5.0, 30.0, 120.0, 600.0)
CREATES_RETRY_S = 3600.0
"""A day has passed when Discord says so; an attempt that is known to be too early costs no request."""

LONGEST_REQUEST_S = 30.0
"""Discord may have a client wait for hours, which discord.py then does; other guilds' lists go on."""

MOST_TOLD = 5


class Need(IntEnum):
    """How much a list is needed now; the least number goes first."""

    SWITCHED = 0
    """Somebody has just switched something there, and looks."""

    CHANGED = 1
    """Commands of a module that is on there came or went."""

    STARTED = 2
    """The bot has started; other commands or switches may have come with it."""

    OLD = 3
    """All is well as far as is known; Discord is asked because it was last asked long ago."""


class CommandSync:
    """Sends a list when, and only when, it differs from what Discord has; one at a time, by need.

    Args:
        lists: what should be, and Discord.
        store: what is remembered from run to run, so that an unchanged bot asks nothing.
        clock: for the age of what is remembered, and for retries.
    """

    def __init__(self, lists: CommandLists, store: ListStore, clock: Clock) -> None:
        self._lists = lists
        self._keeper = ListKeeper(lists, store, clock)
        self._clock = clock
        self._due: dict[int | None, tuple[Need, int]] = {}
        self._queue: list[tuple[Need, int, int | None]] = []
        self._order = count()
        self._failures: dict[int | None, int] = {}
        self._problems: dict[int | None, str] = {}
        self._left_out: dict[int | None, tuple[str, ...]] = {}
        self._said: set[str] = set()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._retries: dict[int | None, asyncio.Task[None]] = {}
        self._forgetting: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work off what was and will be requested; the application's id must be known."""
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="wisp-command-sync")

    async def stop(self) -> None:
        """Stop working; what is due is compared anew at the next start."""
        tasks = (*self._retries.values(), *self._forgetting)
        running = {*tasks, *([self._task] if self._task is not None else [])}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        self._task = None
        self._retries.clear()
        self._idle.set()

    def request(self, guild_id: int | None, need: Need = Need.SWITCHED) -> None:
        """Have one list compared and, if it differs, sent. Asking twice costs nothing."""
        if need is not Need.OLD:  # that is asked for in the middle of the work, and nothing has changed
            self._lists.refresh()
        due = self._due.get(guild_id)
        if due is None or need < due[0]:
            entry = self._due[guild_id] = (need, next(self._order))
            heapq.heappush(self._queue, (*entry, guild_id))
        self._idle.clear()
        self._wake.set()

    def forget(self, guild_id: int) -> None:
        """Know nothing of a guild that the bot has left or come into: its list is read anew."""
        self._due.pop(guild_id, None)
        self._problems.pop(guild_id, None)
        self._left_out.pop(guild_id, None)
        waiting = self._retries.pop(guild_id, None)
        if waiting is not None:
            waiting.cancel()
        self._keeper.unlearn(guild_id)
        if self._task is not None:
            task = asyncio.create_task(self._keeper.forget(guild_id))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def idle(self) -> None:
        """Return once nothing is due, or what is due waits for a retry."""
        await self._idle.wait()

    async def check_health(self) -> Health:
        """Degraded while a command is listed nowhere that should be, or a list is not as it should be."""
        found = dict.fromkeys(text for texts in self._left_out.values() for text in texts)
        told = [*found, *self._problems.values()]
        if not told:
            return Health(HealthState.OK)
        more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
        return Health(HealthState.DEGRADED, "; ".join([*told[:MOST_TOLD], *more]))

    async def _work(self) -> None:
        await self._keeper.recall()
        while True:
            while self._queue:
                need, order, guild_id = heapq.heappop(self._queue)
                if self._due.get(guild_id) != (need, order):
                    continue  # forgotten, or asked for with more need since
                del self._due[guild_id]
                await self._sync_or_retry(guild_id, need)
                await asyncio.sleep(0)  # a list that is known to be right is compared without any waiting
            self._lists.refresh()  # and so holds no command of a module that is gone
            self._wake.clear()
            self._idle.set()
            await self._wake.wait()

    async def _sync_or_retry(self, guild_id: int | None, need: Need) -> None:
        try:
            await self._sync(guild_id, need)
        except CreatesSpentError as error:
            self._tell(guild_id, str(error), logging.WARNING)
            self._retry(guild_id, CREATES_RETRY_S)
        except CommandsRefusedError:
            self.request(guild_id, min(need, Need.CHANGED))  # without them
        except SyncRefusedError as error:
            await self._keeper.distrust(guild_id)
            self._tell(guild_id, f"{list_name(guild_id)} was refused: {error}", logging.ERROR)
        except Exception as error:  # noqa: BLE001 - the list stays due, and the lists of other guilds must go on
            await self._keeper.distrust(guild_id)
            failures = self._failures[guild_id] = self._failures.get(guild_id, 0) + 1
            delay_s = RETRY_S[min(failures, len(RETRY_S)) - 1]
            _log.exception("%s could not be sent, next try in %.0f s", list_name(guild_id), delay_s)
            self._problems[guild_id] = f"{list_name(guild_id)} could not be sent: {error}"
            self._retry(guild_id, delay_s)
        else:
            self._failures.pop(guild_id, None)
            self._problems.pop(guild_id, None)

    async def _sync(self, guild_id: int | None, need: Need) -> None:
        wanted = await self._lists.wanted(guild_id)
        self._note(guild_id, wanted)
        standing = self._keeper.standing(guild_id, wanted)
        if standing is Standing.OLD and need < Need.OLD:
            self.request(guild_id, Need.OLD)
        elif standing is not Standing.IN_STEP:
            await within(self._clock, LONGEST_REQUEST_S, self._keeper.bring_in_step(guild_id))

    def _note(self, guild_id: int | None, wanted: WantedList) -> None:
        left_out = tuple(sentences(wanted.refusals))
        if not left_out:
            self._left_out.pop(guild_id, None)
            return
        self._left_out[guild_id] = left_out
        for sentence in left_out:
            if sentence not in self._said:
                self._said.add(sentence)
                _log.error("%s", sentence)

    def _tell(self, guild_id: int | None, problem: str, level: int) -> None:
        if self._problems.get(guild_id) != problem:
            _log.log(level, "%s", problem)
        self._problems[guild_id] = problem

    def _retry(self, guild_id: int | None, delay_s: float) -> None:
        async def again() -> None:
            await self._clock.sleep(delay_s)
            del self._retries[guild_id]
            self.request(guild_id, Need.CHANGED)

        waiting = self._retries.pop(guild_id, None)
        if waiting is not None:
            waiting.cancel()
        self._retries[guild_id] = asyncio.create_task(again())
