"""Keep the command lists at Discord in step with what each guild has switched on."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from typing import Protocol, TypeAlias

import msgspec

from wisp_framework.utils.clock import Clock
from wisp_framework.utils.json_value import JsonValue

_log = logging.getLogger(__name__)

Payload: TypeAlias = dict[str, JsonValue]

ENTRY_POINT = 4
"""The type of the command that opens an Activity; Discord makes it, and a list without it would delete it."""

GIVEN_BY_DISCORD = frozenset(
    {"id", "application_id", "guild_id", "version", "name_localized", "description_localized"}
)
DEFAULTS: dict[str, JsonValue] = {"type": 1, "dm_permission": True, "integration_types": [0]}
RETRY_S = (5.0, 30.0, 120.0, 600.0)


class SyncRefusedError(Exception):
    """Discord does not take this list, and would not take it again."""


class CommandLists(Protocol):
    """The lists at Discord: None is the global one, a guild's id that guild's."""

    def wanted(self, guild_id: int | None) -> list[Payload]:
        """What the list should hold now."""

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        """What it holds."""

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        """Replace it.

        Raises:
            SyncRefusedError: trying again would not help.
        """


class CommandSync:
    """Sends a list when, and only when, it differs from what Discord has; one at a time."""

    def __init__(self, lists: CommandLists, clock: Clock) -> None:
        self._lists = lists
        self._clock = clock
        self._known: dict[int | None, bytes] = {}
        self._due: dict[int | None, int] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._retries: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work off what was and will be requested."""
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="wisp-command-sync")

    async def stop(self) -> None:
        """Stop working; what is due is compared anew at the next start."""
        running = {*self._retries, *([self._task] if self._task is not None else [])}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        self._task = None
        self._idle.set()

    def request(self, guild_id: int | None) -> None:
        """Have one list compared and, if it differs, sent. Asking twice costs nothing."""
        self._due.setdefault(guild_id, 0)
        self._idle.clear()
        self._wake.set()

    def forget(self, guild_id: int) -> None:
        """Know nothing of a guild that the bot has left: should it come back, its list is read anew."""
        self._known.pop(guild_id, None)
        self._due.pop(guild_id, None)

    async def idle(self) -> None:
        """Return once nothing is due, or what is due waits for a retry."""
        await self._idle.wait()

    async def _work(self) -> None:
        while True:
            while self._due:
                scope = next(iter(self._due))
                await self._sync_or_retry(scope, self._due.pop(scope))
                await asyncio.sleep(0)  # a list that is known to be right is compared without any waiting
            self._wake.clear()
            self._idle.set()
            await self._wake.wait()

    async def _sync_or_retry(self, guild_id: int | None, failures: int) -> None:
        where = "the global list" if guild_id is None else f"guild {guild_id}"
        try:
            await self._sync(guild_id)
        except SyncRefusedError as error:
            _log.error("commands of %s were refused: %s", where, error)
        except Exception:  # noqa: BLE001 - the list stays due, and the lists of other guilds must go on
            delay_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
            _log.exception("commands of %s could not be sent, next try in %.0f s", where, delay_s)
            retry = asyncio.create_task(self._retry(guild_id, failures + 1, delay_s))
            self._retries.add(retry)
            retry.add_done_callback(self._retries.discard)

    async def _retry(self, guild_id: int | None, failures: int, delay_s: float) -> None:
        await self._clock.sleep(delay_s)
        self.request(guild_id)
        self._due[guild_id] = failures

    async def _sync(self, guild_id: int | None) -> None:
        wanted = self._lists.wanted(guild_id)
        fingerprint = _fingerprint(wanted, guild_id)
        if self._known.get(guild_id) == fingerprint:
            return
        if guild_id not in self._known:
            present = await self._lists.fetch(guild_id)
            kept = [command for command in present if command.get("type") == ENTRY_POINT]
            if _fingerprint([command for command in present if command not in kept], guild_id) == fingerprint:
                self._known[guild_id] = fingerprint
                return
            wanted = [*wanted, *kept]
        elif guild_id is None:
            wanted = [*wanted, *(c for c in await self._lists.fetch(None) if c.get("type") == ENTRY_POINT)]
        await self._lists.put(guild_id, wanted)
        self._known[guild_id] = fingerprint


def _fingerprint(commands: Sequence[Payload], guild_id: int | None) -> bytes:
    """Equal for lists that Discord would show alike, whoever wrote them down."""
    bare = [_shown(command, guild_id) for command in commands]
    bare.sort(key=lambda command: msgspec.json.encode(command, order="sorted"))
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).digest()


def _shown(command: Payload, guild_id: int | None) -> JsonValue:
    """What Discord shows of one command in this list."""
    shown = dict(command)
    if guild_id is not None:
        # A guild's own command is for that guild anyway, and Discord keeps none of this for it.
        for key in ("contexts", "integration_types", "dm_permission"):
            shown.pop(key, None)
    permissions = shown.get("default_member_permissions")
    if permissions is not None:
        shown["default_member_permissions"] = str(permissions)  # discord.py writes a number, Discord text
    return _bare(shown)


def _bare(value: JsonValue) -> JsonValue:
    """Without what Discord adds and without what it leaves out because it says nothing."""
    if isinstance(value, dict):
        kept = {key: _bare(inner) for key, inner in value.items() if key not in GIVEN_BY_DISCORD}
        return {k: v for k, v in kept.items() if v not in (None, False, [], {}, "") and DEFAULTS.get(k) != v}
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    return value
