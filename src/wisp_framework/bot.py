"""WispBot: hands Discord's events on to their owners, decides nothing."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.context import BotContext, Invocation, InvocationKind, new_reference
from wisp_framework.dispatch.answers import BotT, ContextResponder, reply
from wisp_framework.dispatch.journey import traced_listener
from wisp_framework.dispatch.prefix import may_run
from wisp_framework.dispatch.road import Road
from wisp_framework.dispatch.running import Run
from wisp_framework.exceptions import RefusedError
from wisp_framework.policy import ContextCaller, refuse_requirements_on_group
from wisp_framework.registry import ModuleRegistry
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.scheduler import SchedulerService
from wisp_framework.transport import (
    Answering,
    AnyCommand,
    Quarantine,
    Replaced,
    RestGate,
    Unknown,
    WispHTTP,
    WispShard,
    WispState,
    WispTree,
    WispViewStore,
    WispWebSocket,
    guild_of,
    intents_of,
    is_new_attribute,
    queue_of,
    refuse_clash,
    rest_observers,
    shards_of,
    take_back_cog,
)
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, enter_owner, owned_by

_log = logging.getLogger(__name__)

Listener: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
AnyAppCommand: TypeAlias = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu
ContextT = TypeVar("ContextT", bound=commands.Context[Any])
Check: TypeAlias = Callable[[ContextT], Coroutine[Any, Any, bool] | bool]

REMEMBERED = 4096
REPLACEABLE = {name: f"_{name.lstrip('_')}" for name in ("help_command", "_before_invoke", "_after_invoke")}
"""What a module may put another thing in place of, and where the bot keeps it."""
RETRY_CONNECT_S = 5.0
NOBODY: tuple[None, int] = (None, 0)
OF_NO_GUILD = frozenset({"on_user_update"})
"""Told once, through whichever of the user's guilds came first: that guild says nothing about it."""


class WispBot(commands.AutoShardedBot):
    """discord.py's sharded bot with owners, a gate and a road in front of every handler. Open to subclassing.

    Args:
        config: settings; tells the API's address, the intents and the prefix.
        services: what modules ask for.
        modules: which modules there are and where they are on.
        ctx: what each module's ``setup`` is handed.
        road: the way of every invocation.
    """

    def __init__(
        self,
        config: AppConfig,
        services: ServiceContainer,
        modules: ModuleRegistry,
        ctx: BotContext,
        road: Road,
    ) -> None:
        self.config = config
        self.services = services
        self.modules = modules
        self.ctx = ctx
        self.road = road
        self.quarantine = Quarantine()
        self.answering = Answering(services.get(Clock), config.discord_api_url)
        self._listeners_of: dict[tuple[str, Listener], tuple[Owner, int]] = {}
        self._command_owners: WeakKeyDictionary[AnyCommand, Owner] = WeakKeyDictionary()
        self._gone_commands: OrderedDict[str, str] = OrderedDict()
        self._gated_checks: dict[tuple[object, bool], Callable[..., Coroutine[Any, Any, bool]]] = {}
        self._replaced = Replaced()
        self._metrics = services.get(MetricsService)
        intents = intents_of(config)
        prefix = commands.when_mentioned_or(config.command_prefix)
        super().__init__(
            command_prefix=prefix if intents.message_content else commands.when_mentioned,
            tree_cls=cast("type[WispTree]", partial(WispTree, road=road, answering=self.answering)),
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            owner_ids=set(config.owner_ids),
            chunk_guilds_at_startup=False,
        )
        if config.discord_application_id is not None:
            self._connection.application_id = config.discord_application_id

    # --- discord.py's parts, replaced by ours before anyone holds them ---

    @override
    def _get_state(self, **options: Any) -> WispState:
        gate = self.services.get(RestGate)  # both keep the time of the wire, not that of a test
        self.http = self.rest = WispHTTP(
            self.http, self.config.discord_api_url, SystemClock(), gate, lambda: self.application_id
        )
        self.rest.observers += rest_observers(self._metrics, self.road.tracing)
        self._wire = WispState(
            views=lambda state: WispViewStore(state, self.road, self.answering, self._hears_interactions),
            quarantine=self.quarantine,
            tracing=self.road.tracing,
            dispatch=self.dispatch,
            handlers=self._handlers,
            hooks=self._hooks,
            http=self.http,
            **options,
        )
        return self._wire

    @property
    def state(self) -> WispState:
        """The connection state, with the type that it has here."""
        return self._wire

    @property
    def command_tree(self) -> WispTree:
        """The command tree, with the type that it has here."""
        return cast("WispTree", self.tree)

    @property
    def view_store(self) -> WispViewStore:
        """Where buttons, menus and forms wait for use."""
        return cast("WispViewStore", self._connection._view_store)  # noqa: SLF001

    @override
    async def launch_shards(self) -> None:
        shards, url, _ = await self.http.get_bot_gateway()
        gateway = yarl.URL(url)
        if self.rest.is_rebased:
            self.rest.gateway_url = gateway
        self.shard_count = self.shard_count or shards
        self._connection.shard_count = self.shard_count
        shard_ids = self.shard_ids or list(range(self.shard_count))
        self._connection.shard_ids = shard_ids
        for shard_id in shard_ids:
            await self.launch_shard(gateway, shard_id, initial=shard_id == shard_ids[0])

    @override
    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        clock = self.services.get(Clock)
        while not self.is_closed():
            try:
                ws = await asyncio.wait_for(
                    WispWebSocket.from_client(self, initial=initial, gateway=gateway, shard_id=shard_id),
                    timeout=self.shard_connect_timeout,
                )
            except Exception:  # noqa: BLE001 - whatever it was, the next try comes; a fatal close is seen by the shard
                _log.exception("shard %d did not connect, next try in %.0f s", shard_id, RETRY_CONNECT_S)
                await clock.sleep(RETRY_CONNECT_S)
                continue
            shard = WispShard(ws, self, queue_of(self).put_nowait, clock)
            shards_of(self)[shard_id] = shard
            shard.launch()
            return

    # --- registrations, each with its owner ---

    @override
    async def add_cog(self, cog: commands.Cog, /, **options: Any) -> None:
        await super().add_cog(cog, **options)
        owner = current_owner()
        if owner is not None:
            owner.record(partial(take_back_cog, self, cog))
        self.services.get(SchedulerService).add_all(cog)

    @override
    async def remove_cog(self, name: str, /, **options: Any) -> commands.Cog | None:
        cog = await super().remove_cog(name, **options)
        self.services.get(SchedulerService).remove_all(cog)
        return cog

    @override
    def add_listener(self, func: Listener, /, name: str = discord.utils.MISSING) -> None:
        event = name if name is not discord.utils.MISSING else func.__name__
        owner = current_owner()
        if owner is not None:  # first: an owner that is gone refuses
            key = owner.record(lambda: self.remove_listener(func, event))
            self._listeners_of[event, func] = (owner, key)
        super().add_listener(func, name)

    @override
    def remove_listener(self, func: Listener, /, name: str = discord.utils.MISSING) -> None:
        super().remove_listener(func, name)
        event = name if name is not discord.utils.MISSING else func.__name__
        owner, key = self._listeners_of.pop((event, func), (None, 0))
        if owner is not None:
            owner.forget(key)

    @override
    async def load_extension(self, name: str, *, package: str | None = None) -> None:
        await super().load_extension(name, package=package)
        owner = current_owner()
        if owner is not None:
            key = self._resolve_name(name, package)

            async def undo() -> None:
                if key in self.extensions:
                    await self.unload_extension(key)

            owner.record(undo)

    @override
    def add_command(self, command: AnyCommand, /) -> None:
        refuse_requirements_on_group(command)
        owner = current_owner()
        if owner is not None:
            refuse_clash(command, owner, self.all_commands, self._command_owners)
            owner.record(lambda: self._drop_command(command))
        super().add_command(command)
        if owner is not None:
            self._command_owners[command] = owner
            for name in (command.name, *command.aliases):
                self._gone_commands.pop(name, None)

    def _drop_command(self, command: AnyCommand) -> None:
        owner = self._command_owners.pop(command, None)
        for name in (command.name, *command.aliases):
            if self.all_commands.get(name) is command:
                self.remove_command(name)
            if owner is not None:
                self._gone_commands[name] = owner.name
        while len(self._gone_commands) > REMEMBERED:
            self._gone_commands.popitem(last=False)

    @override
    def add_check(self, func: Check[ContextT], /, *, call_once: bool = False) -> None:
        owner = current_owner()
        if owner is not None:
            owner.record(lambda: self.remove_check(func, call_once=call_once))
            self._gated_checks[func, call_once] = gated = self._gated_check(owner, func)
            super().add_check(gated, call_once=call_once)
            return
        super().add_check(func, call_once=call_once)

    def _gated_check(self, owner: Owner, func: Check[ContextT]) -> Callable[..., Coroutine[Any, Any, bool]]:
        """The check of a module, which has no say where the module is off."""

        async def check(ctx: commands.Context[commands.AutoShardedBot]) -> bool:
            if not self.road.gate.allows(owner.name, guild_of((ctx,))):
                return True
            return bool(await discord.utils.maybe_coroutine(func, cast("Any", ctx)))

        return check

    @override
    def remove_check(self, func: Check[ContextT], /, *, call_once: bool = False) -> None:
        gated = self._gated_checks.pop((func, call_once), None)
        super().remove_check(gated if gated is not None else func, call_once=call_once)

    @override
    def __setattr__(self, name: str, value: object) -> None:
        """Also `@bot.event`, ``bot.on_x = f``, hooks and the help have an owner, and the former come back.

        So has what extensions keep at the bot for each other, such as ``bot.pool = pool``; it goes with them.
        """
        owner = current_owner()
        if owner is not None and name.startswith("on_"):
            handler = cast("Listener", value)
            key = owner.record(partial(self._take_back_event, name, handler))
            self._listeners_of[name, handler] = (owner, key)
            self._replaced.add(name, handler, vars(self).get(name))
        elif owner is not None and name in REPLACEABLE:
            owner.record(partial(self._take_out, name, value))
            self._replaced.add(name, value, vars(self)[REPLACEABLE[name]])
        elif owner is not None and is_new_attribute(self, name):
            owner.record(partial(vars(self).pop, name, None))
        super().__setattr__(name, value)

    def _take_out(self, name: str, value: object) -> None:
        stood, former = self._replaced.take_out(name, value, vars(self)[REPLACEABLE[name]])
        if stood:
            setattr(self, name, former)

    def _take_back_event(self, name: str, handler: Listener) -> None:
        self._listeners_of.pop((name, handler), None)
        stood, former = self._replaced.take_out(name, handler, vars(self).get(name))
        if stood and former is None:
            super().__delattr__(name)
        elif stood:
            super().__setattr__(name, former)

    if not TYPE_CHECKING:  # for type checkers discord.py's overloads, one for each event, stay in force

        def wait_for(
            self,
            event: str,
            /,
            *,
            check: Callable[..., bool] | None = None,
            timeout: float | None = None,
        ) -> Coroutine[object, None, object]:
            """As discord.py's; a module hears what it waits for only where it is on, and until it goes."""
            owner = current_owner()
            if owner is None:
                return super().wait_for(event, check=check, timeout=timeout)

            def gated(*args: object) -> bool:
                if not self.road.gate.allows(owner.name, self._guild_of(f"on_{event}", args)):
                    return False
                return check is None or check(*args)

            return self._waited_for(owner, super().wait_for(event, check=gated, timeout=timeout))

    async def _waited_for(self, owner: Owner, waiting: Coroutine[object, None, object]) -> object:
        task = asyncio.ensure_future(waiting)
        key = owner.record(task.cancel)
        try:
            return await task
        finally:
            task.cancel()
            owner.forget(key)

    @override
    async def can_run(self, ctx: commands.Context[BotT], /, *, call_once: bool = False) -> bool:
        """As discord.py's, behind the gates; what they refuse is left out of the help.

        Raises:
            RefusedError: a gate refuses the command that is about to run.
        """
        command = ctx.command
        is_asked = command is not None and ctx.interaction is None and not call_once
        if is_asked and not await may_run(self.road, ctx, self.module_of(command), guild_of((ctx,))):
            return False
        return await super().can_run(ctx, call_once=call_once)

    def module_of(self, command: AnyCommand | None) -> str | None:
        """The module that registered a prefix command; None for the bot's own."""
        owner = self._command_owners.get(command.root_parent or command) if command is not None else None
        return owner.name if owner is not None else None

    # --- events ---

    @override
    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """As discord.py's, at the price of what hears the event: most events nobody hears."""
        if event_name in self._listeners:  # somebody waits for it with `wait_for`
            super().dispatch(event_name, *args, **kwargs)
            return
        method = f"on_{event_name}"
        # A handler may also be an attribute, of the class or set by `@bot.event`.
        handler = getattr(self, method, None)
        if handler is not None:
            self._schedule_event(handler, method, *args, **kwargs)
        for listener in self.extra_events.get(method, ()):
            self._schedule_event(listener, method, *args, **kwargs)

    @override
    def _schedule_event(  # type: ignore[override]  # discord.py never uses the task, and a gated event has none
        self, coro: Listener, event_name: str, *args: Any, **kwargs: Any
    ) -> asyncio.Task[None] | None:
        owner, _ = self._listeners_of.get((event_name, coro), NOBODY)
        module = owner.name if owner is not None else None
        if module is not None and not self.road.gate.allows(module, self._guild_of(event_name, args)):
            if not self._replaced.holds(event_name, coro):
                return None
            # Where the module is off, the handler that it put itself in place of still stands.
            former = cast("Listener | None", self._replaced.former(event_name, coro))
            former = former or self._of_the_class(event_name)
            return self._schedule_event(former, event_name, *args, **kwargs) if former is not None else None
        run = Run(module)
        return self.road.running.start(run, self._hear(run, owner, coro, event_name, args, kwargs))

    async def _hear(
        self,
        run: Run,
        owner: Owner | None,
        coro: Listener,
        event_name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """As discord.py's ``_run_event``, in the name of the listener's owner."""
        enter_owner(owner)
        try:
            await traced_listener(self.road.tracing.tracer, event_name, owner, coro(*args, **kwargs))
        except asyncio.CancelledError:
            pass
        except Exception:  # noqa: BLE001 - a listener is foreign code
            await self.on_error(event_name, *args, **kwargs)
        finally:
            self.road.running.ended(run)

    def _of_the_class(self, event_name: str) -> Listener | None:
        handler = getattr(type(self), event_name, None)
        return partial(handler, self) if handler is not None else None

    def _guild_of(self, event_name: str, args: tuple[object, ...]) -> int | None:
        guild_id = None if event_name in OF_NO_GUILD else self._wire.event_guild_id
        return guild_of(args) if isinstance(guild_id, Unknown) else guild_id

    def _hears_interactions(self) -> bool:
        """Whether other code than views may answer a component."""
        return bool(
            self.extra_events.get("on_interaction")
            or self._listeners.get("interaction")
            or "on_interaction" in vars(self)
            or "on_interaction" in vars(type(self))
        )

    @override
    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        self._metrics.increment("event.failed")
        _log.exception("listener %s failed (reference %s)", event_method, new_reference())

    async def on_app_command_completion(
        self, interaction: discord.Interaction, command: AnyAppCommand
    ) -> None:
        """Told of each application command that ran to its end; the road has audited it. To be overridden."""

    # --- prefix commands ---

    @override
    async def invoke(self, ctx: commands.Context[BotT], /) -> None:
        command = ctx.command
        owner = self._command_owners.get(command.root_parent or command) if command is not None else None
        gone = self._gone_commands.get(ctx.invoked_with or "") if command is None else None
        if command is None and gone is None:
            await super().invoke(ctx)  # tells on_command_error, as discord.py does
            return
        invocation = Invocation(
            kind=InvocationKind.PREFIX,
            name=command.qualified_name if command is not None else str(ctx.invoked_with),
            module=owner.name if owner is not None else gone,
            guild_id=guild_of((ctx,)),
            channel_id=ctx.channel.id,
            user_id=ctx.author.id,
            reference=new_reference(),
        )
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self.road.running.track(Run(invocation.module, invocation, ContextResponder(ctx)), task)
        decision = self.road.open(invocation)
        with owned_by(owner):
            try:
                self.road.enter(invocation, owner, ContextCaller(ctx))
                await super().invoke(ctx)
            except RefusedError as refusal:
                await reply(ctx, self.road.answers.refusal(invocation, refusal))
            except Exception as error:  # noqa: BLE001 - a check or hook is foreign code, and its member waits
                await reply(ctx, self.road.answers.failure(error))
            finally:
                self.road.close(decision)

    @override
    async def on_command_error(
        self, context: commands.Context[BotT], exception: commands.CommandError, /
    ) -> None:
        command = context.command
        if command is None:
            return  # the prefix of some other bot, as like as not
        handled = command.has_error_handler() or (context.cog is not None and context.cog.has_error_handler())
        sentence = self.road.answers.failure(exception, handled=handled)
        if not handled:
            await reply(context, sentence)
