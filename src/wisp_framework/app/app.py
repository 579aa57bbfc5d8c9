"""create_app: the only place that knows every part and joins them."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from wisp_framework.app.host import BotHost, GuildsInUse, WireRestGate
from wisp_framework.app.stores import provide_shared, provide_stores
from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig, load_config
from wisp_framework.context import BotContext
from wisp_framework.db.guild_data import GuildDataService
from wisp_framework.dispatch.age import AgeGate
from wisp_framework.dispatch.answers import Answers
from wisp_framework.dispatch.gate import Gate
from wisp_framework.dispatch.gates import ConcurrencyGate, inner_gates
from wisp_framework.dispatch.road import Road
from wisp_framework.dispatch.running import Running
from wisp_framework.exceptions import PackageError
from wisp_framework.feature_flags import FeatureFlags, FlagStore
from wisp_framework.lifecycle import LifecycleManager, stop_signals
from wisp_framework.module import Module
from wisp_framework.modules import built_in_modules
from wisp_framework.ops import Operations
from wisp_framework.policy import PolicyStore, RateStore, RuleBook
from wisp_framework.registry import CommandSync, ModuleRegistry
from wisp_framework.registry.discovery import named
from wisp_framework.registry.packages import load_packaged, packaged_modules
from wisp_framework.services import (
    AuditService,
    BaseService,
    HealthService,
    MetricsService,
    SchedulerService,
    ServiceContainer,
    TracingService,
    WebhookLoggerService,
)
from wisp_framework.services.base import Health, HealthState
from wisp_framework.services.decisions import DecisionService
from wisp_framework.services.guild_changes import GuildChangeService
from wisp_framework.services.list_memory import ListStore
from wisp_framework.services.scheduler import ActiveGuilds
from wisp_framework.transport import HttpCommandLists, RestGate
from wisp_framework.utils.clock import Clock, SystemClock

CORE_SERVICES: tuple[tuple[str, type[BaseService]], ...] = (
    ("health", HealthService),
    ("metrics", MetricsService),
    ("tracing", TracingService),
    ("scheduler", SchedulerService),
    ("audit", AuditService),
    ("webhook_logger", WebhookLoggerService),
)

_log = logging.getLogger(__name__)

ServiceSpec: TypeAlias = BaseService | type[BaseService]
ModuleSpec: TypeAlias = Module | type[Module]
Ports: TypeAlias = Mapping[Callable[..., object], object]
"""Implementations, classes or instances, by what they stand behind: a protocol or a class."""


def create_app(
    config: AppConfig | None = None,
    *,
    modules: Sequence[ModuleSpec] = (),
    services: Sequence[ServiceSpec] = (),
    discover: Sequence[str] = (),
    bot: type[WispBot] = WispBot,
    context: type[BotContext] = BotContext,
    clock: Clock | None = None,
    ports: Ports | None = None,
) -> "WispApp":
    """Join the parts of a bot; nothing is started and no network is touched.

    Args:
        config: settings; None reads them from the environment and ``.env`` files.
        modules: classes or instances; one with the name of a built-in module takes its place.
        services: classes or instances; their registered name is that of the class, ``WeatherService``
            becoming ``weather``.
        discover: names of packages whose modules are registered at start.
        bot: the class of the client, a subclass of `WispBot`.
        context: the class of what modules are handed, a subclass of `BotContext`.
        clock: another time than the machine's, for tests.
        ports: what stands behind a port in place of Wisp's own, ``{AuditSink: MySink}``; what has a start and
            a stop is among ``services`` as well.

    Raises:
        ConfigError: settings are missing or malformed; all of them are named.
    """
    plan = _Plan(
        tuple(modules), tuple(services), tuple(discover), bot, context, clock or SystemClock(), ports or {}
    )
    return WispApp(config or load_config(), plan)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What `create_app` was asked for."""

    modules: tuple[ModuleSpec, ...]
    services: tuple[ServiceSpec, ...]
    discover: tuple[str, ...]
    bot: type[WispBot]
    context: type[BotContext]
    clock: Clock
    ports: Ports


class WispApp:
    """One bot with all its parts. Each part is made when it is first asked for, and is the one that runs."""

    def __init__(self, config: AppConfig, plan: _Plan) -> None:
        self.config = config
        self._plan = plan
        self._closing: asyncio.Task[None] | None = None

    # --- the parts ---

    @property
    def clock(self) -> Clock:
        """The time that waits and limits are measured in."""
        return self._plan.clock

    @cached_property
    def services(self) -> ServiceContainer:
        """All services, built and joined, in order of what they need.

        Raises:
            ServiceGraphError: one is missing, or they need each other in a circle.
        """
        container = ServiceContainer(self.config)
        for name, service in CORE_SERVICES:
            container.register(name, service)
        container.provide(Clock, self.clock)
        container.provide(RestGate, WireRestGate)
        container.register("guild_changes", GuildChangeService)
        container.register("decisions", DecisionService)
        container.provide(ActiveGuilds, GuildsInUse(self))
        provide_shared(container, self.config)
        provide_stores(container, self.config)
        for spec in self._plan.services:
            kind = spec if isinstance(spec, type) else type(spec)
            container.register(service_name(kind), spec)
        for port, implementation in self._plan.ports.items():
            container.provide(port, implementation, replace=True)
        container.build()
        return container

    @cached_property
    def flags(self) -> FeatureFlags:
        """Which module is on in which guild."""
        return FeatureFlags(self.services.get(FlagStore), self.services.get(GuildChangeService))

    @cached_property
    def modules(self) -> ModuleRegistry:
        """The modules, registered at start."""
        return ModuleRegistry(self.flags, self.services)

    @cached_property
    def ctx(self) -> BotContext:
        """What modules are handed."""
        return self._plan.context(self.config, self.services, self.services.get(GuildDataService))

    @cached_property
    def road(self) -> Road:
        """The way of every invocation."""
        metrics, decisions = self.services.get(MetricsService), self.services.get(DecisionService)
        tracing, audit = self.services.get(TracingService), self.services.get(AuditService)
        running = ConcurrencyGate()
        inners = inner_gates(self.rules, self.modules.is_fixed, self.services.get(RateStore), running)
        # Not the app's clock: a test that moves the bot's time alone would make everything look late.
        age = AgeGate(SystemClock(), metrics.timer_of("gateway.lag"))
        gate = Gate(self.flags, inners, entries=[age], released=running.release)
        return Road(
            gate, Running(self.clock), Answers(metrics), decisions, audit, metrics, tracing, self.clock
        )

    @cached_property
    def rules(self) -> RuleBook:
        """Who may use what, as the guilds say."""
        audit, changes = self.services.get(AuditService), self.services.get(GuildChangeService)
        return RuleBook(self.services.get(PolicyStore), audit, changes)

    @cached_property
    def bot(self) -> WispBot:
        """The client: a `discord.ext.commands.AutoShardedBot`."""
        bot = self._plan.bot(self.config, self.services, self.modules, self.ctx, self.road)
        bot.command_tree.changed = self.host.lists_changed
        bot.rest.name_of = self.host.name_of
        return bot

    @cached_property
    def sync(self) -> CommandSync:
        """Keeps the command lists at Discord in step with the switches."""
        return CommandSync(self.lists, self.services.get(ListStore), self.clock)

    @cached_property
    def lists(self) -> HttpCommandLists:
        """The command lists at Discord."""
        return HttpCommandLists(
            self.bot, self.bot.command_tree, self.modules, can_vanish=not self.config.is_at_discord
        )

    @cached_property
    def host(self) -> BotHost:
        """The bot as the registry sees it."""
        return BotHost(self)

    @cached_property
    def ops(self) -> Operations:
        """What operators have of this bot."""
        return Operations(self)

    @property
    def made_bot(self) -> WispBot | None:
        """The client, if it was asked for by now."""
        made: WispBot | None = vars(self).get("bot")
        return made

    @property
    def is_serving(self) -> bool:
        """Whether the bot has started and takes commands."""
        return self.lifecycle.is_serving

    @cached_property
    def lifecycle(self) -> LifecycleManager:
        """The start-up list and the shut-down list."""
        return LifecycleManager(self)

    def register_modules(self) -> None:
        """Register the built-in modules, then what was handed in, named by configuration or is discovered."""
        for built_in in built_in_modules(self.modules, self.services, self.rules):
            self.modules.register(built_in)
        names = set(self.modules.list_modules())
        for spec in [*self._plan.modules, *self._configured()]:
            names.discard(self.modules.register(spec, replaceable=names))
        for package in self._plan.discover:
            self.modules.discover(package)
        health = self.services.get(HealthService)
        health.register("modules", self.modules.check_health)
        health.register("switches", self._check_switches)
        self.services.get(GuildChangeService).follow(self.modules.take_over)
        self.services.get(GuildChangeService).follow(self.rules.reload)
        health.register("command lists", self._check_lists)
        health.register("gateway", self._check_gateway, required=True)
        health.register("requests", self.services.get(RestGate).check_health)

    def _configured(self) -> Iterator[ModuleSpec]:
        """What ``WISP_MODULES`` names; what cannot be had, or raises when it is imported, stays out."""
        packaged = packaged_modules() if self.config.modules else {}
        for target in self.config.modules:
            if target not in packaged:
                found = named(target)
                for broken in found.broken:
                    self.modules.keep_out(broken)
                yield from found.modules
                continue
            try:
                yield load_packaged(target)
            except PackageError as error:
                self.modules.keep_out(error)

    async def _check_lists(self) -> Health:
        return await self.sync.check_health()

    async def _check_switches(self) -> Health:
        if self.flags.loaded:
            return Health(HealthState.OK)
        return Health(HealthState.DEGRADED, "not read yet: only what cannot be switched off is on")

    async def _check_gateway(self) -> Health:
        if self.bot.is_closed() or not self.bot.is_ready():
            return Health(HealthState.DOWN, "not connected to Discord")
        return Health(
            HealthState.OK, f"{len(self.bot.guilds)} guilds, {self.bot.quarantine.total} events set aside"
        )

    # --- running it ---

    async def start(self) -> None:
        """Start everything; returns once the bot is ready.

        Raises:
            WispError: something that must not be missing is; what had started is stopped again.
        """
        await self.lifecycle.startup()

    async def close(self) -> None:
        """Stop everything, letting running commands finish; calling it again waits for the same end."""
        if self._closing is None:
            self._closing = asyncio.create_task(self.lifecycle.shutdown(asyncio.current_task()))
        await asyncio.shield(self._closing)

    async def wait_closed(self) -> None:
        """Return when the connection to Discord is over for good.

        Raises:
            ConnectError: Discord ended it, and says why.
        """
        await self.lifecycle.wait_disconnected()

    async def idle(self) -> None:
        """Return once no handler runs, no module is being loaded and no command list is being sent."""
        while len(self.road.running):
            await self.road.running.idle()
        await self.modules.settled()
        await self.sync.idle()

    def run(self) -> None:
        """Start, serve until SIGTERM or SIGINT, stop. Blocks.

        Raises:
            WispError: the bot cannot start, or Discord ended the connection for good.
        """
        with asyncio.Runner(loop_factory=quick_loop()) as runner:
            runner.run(self.serve())

    async def serve(self) -> None:
        """As `run`, inside a loop that runs already."""
        stopped = asyncio.Event()
        with stop_signals(stopped.set, self.lifecycle.hurry, self.config.shutdown_grace_s):
            starting = asyncio.create_task(self.start())
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                await asyncio.wait({starting})
                return
            try:
                await starting
                ended = asyncio.create_task(self.wait_closed())
                await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stop.cancel()
                await self.close()
            await ended


def quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop of the ``speed`` extra; None, for Python's own, where it is not installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def service_name(kind: type[BaseService]) -> str:
    """The name a service is registered by: its class in snake case, without ``Service``."""
    bare = kind.__name__.removesuffix("Service") or kind.__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare).lower()
