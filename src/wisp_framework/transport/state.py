"""The connection state of one client: guarded parsers, the guild of each event, our view store."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

import discord
from discord.state import AutoShardedConnectionState
from typing_extensions import override

from wisp_framework.dispatch.journey import gateway_span
from wisp_framework.services.tracing import TracingService
from wisp_framework.transport.quarantine import Quarantine
from wisp_framework.transport.views import WispViewStore

if TYPE_CHECKING:  # these modules of discord.py import each other in a circle and hold nothing at run time
    from discord.types import gateway as gw

Payload = dict[str, object]

OF_COMMANDS: Final = (2, 4)
COMMAND_TYPES: Final = (1, 2, 3)
OF_THE_GUILD_ITSELF: Final = frozenset({"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"})


class Unknown:
    """The type of `UNKNOWN`."""


UNKNOWN: Final = Unknown()
"""No parser is running, so the wire does not say which guild an event belongs to."""


class WispState(
    AutoShardedConnectionState[Any]
):  # the base is generic over the client, which is built from it
    """discord.py's state with the seams that Wisp needs."""

    def __init__(
        self,
        *,
        views: Callable[["WispState"], WispViewStore],
        quarantine: Quarantine,
        tracing: TracingService,
        **options: object,
    ) -> None:
        self._make_views = views
        self.quarantine = quarantine
        self._tracing = tracing
        self.event_guild_id: int | Unknown | None = UNKNOWN
        self.events: dict[str, int] = {}
        """How many events of each name have come."""
        self._awaited: dict[int, set[int]] = {}
        super().__init__(**options)
        self.parsers = {name: self._guarded(name, parser) for name, parser in self.parsers.items()}

    @override
    def clear(self, *, views: bool = True) -> None:
        super().clear(views=views)
        if views:
            self._view_store = self._make_views(self)

    def _guarded(self, name: str, parser: Callable[[Any], None]) -> Callable[[Any], None]:
        key = "id" if name in OF_THE_GUILD_ITSELF else "guild_id"
        events = self.events
        events[name] = 0

        def parse(data: Payload) -> None:
            try:
                events[name] += 1
                guild_id = data.get(key)
                self.event_guild_id = int(cast("str", guild_id)) if guild_id else None
                parser(data)
            except Exception as error:
                if name == "READY":
                    raise  # the connection starts over: without READY nothing would ever work
                self.quarantine.add(name, error)
            finally:
                self.event_guild_id = UNKNOWN

        return parse

    @override
    def parse_ready(self, data: "gw.ReadyEvent") -> None:
        shard_id = data["shard"][0]
        if shard_id not in self.shard_ids:
            raise ValueError("READY of a shard that this client does not run")
        if self.user is not None and self.user.id != int(data["user"]["id"]):
            raise ValueError("READY of another bot than the one that logged in")
        self._awaited[shard_id] = {int(guild["id"]) for guild in data["guilds"]}
        super().parse_ready(data)

    @override
    def parse_interaction_create(self, data: "gw.InteractionCreateEvent") -> None:
        token: object = data["token"]
        if not isinstance(token, str) or not token:
            raise ValueError("an interaction without a token cannot be answered")
        if data["type"] in OF_COMMANDS and data["data"].get("type", 1) not in COMMAND_TYPES:
            raise ValueError("there is no such type of command")
        if (tracer := self._tracing.tracer) is None:
            super().parse_interaction_create(data)
            return
        with gateway_span(tracer, "INTERACTION_CREATE"):
            super().parse_interaction_create(data)

    @override
    async def _delay_shard_ready(self, shard_id: int) -> None:
        """As the stock one, but over as soon as every guild that READY named has come.

        The stock one waits for two seconds of silence at each start.
        """
        awaited = self._awaited.get(shard_id, set())
        arrived: list[tuple[discord.Guild, asyncio.Future[list[discord.Member]] | None]] = []
        while awaited:
            try:
                guild = await asyncio.wait_for(self._ready_states[shard_id].get(), self.guild_ready_timeout)
            except TimeoutError:
                break  # the others are unavailable and send nothing
            awaited.discard(guild.id)
            arrived.append((guild, await self._request_chunks(guild)))
        for guild, chunked in arrived:
            await self._complete(guild, chunked)
            self.dispatch("guild_available" if guild.unavailable is False else "guild_join", guild)
        self._ready_states.pop(shard_id, None)
        self.dispatch("shard_ready", shard_id)

    async def _request_chunks(self, guild: discord.Guild) -> asyncio.Future[list[discord.Member]] | None:
        if not self._guild_needs_chunking(guild):
            return None
        try:
            return await self.chunk_guild(guild, wait=False)
        except Exception as error:  # noqa: BLE001 - one guild without its members must not keep the bot from READY
            self.quarantine.add("member chunks", error)
            return None

    async def _complete(
        self, guild: discord.Guild, chunked: asyncio.Future[list[discord.Member]] | None
    ) -> None:
        if chunked is None:
            return
        try:
            await asyncio.wait_for(chunked, timeout=self._chunk_timeout(guild))
        except TimeoutError as error:
            self.quarantine.add("member chunks", error)

    @override
    async def _chunk_and_dispatch(self, guild: discord.Guild, unavailable: bool | None) -> None:
        """As the stock one, for a guild that comes later; it is announced also without its members."""
        await self._complete(guild, await self._request_chunks(guild))
        self.dispatch("guild_available" if unavailable is False else "guild_join", guild)
