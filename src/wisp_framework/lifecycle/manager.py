"""LifecycleManager: the two lists that say what happens when, readable as lists."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from wisp_framework.bot import WispBot
from wisp_framework.config import AppConfig
from wisp_framework.config.advice import advice
from wisp_framework.context import BotContext
from wisp_framework.dispatch.road import Road
from wisp_framework.exceptions import DatabaseError, UnknownServiceError, WispError
from wisp_framework.feature_flags import FeatureFlags
from wisp_framework.lifecycle.connection import Connection
from wisp_framework.lifecycle.watchdog import LoopWatchdog
from wisp_framework.logs import LoggingHandle, setup_logging
from wisp_framework.policy import RuleBook
from wisp_framework.registry import CommandSync, ModuleHost, ModuleRegistry
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.metrics import MetricsService
from wisp_framework.services.scheduler import SchedulerService
from wisp_framework.utils.clock import Clock

_log = logging.getLogger(__name__)

DATABASE = "db"
FLAGS_RETRY_S = 5.0
DRAIN_SHARE = 0.7
"""Of the grace time; the rest is for teardown, disconnecting and the services."""


class OperatorDoor(Protocol):
    """Answers operators from before the first service starts until after the last has stopped."""

    async def start(self) -> None:
        """Begin to answer; raises a `WispError` where that cannot be."""

    async def stop(self) -> None:
        """Stop answering; harmless when it never began."""


class Parts(Protocol):
    """The parts of one app, each made when it is first asked for."""

    @property
    def config(self) -> AppConfig:
        """The settings."""

    @property
    def services(self) -> ServiceContainer:
        """The services, built and not started."""

    @property
    def flags(self) -> FeatureFlags:
        """Which module is on where."""

    @property
    def rules(self) -> RuleBook:
        """Who may use what, as the guilds say."""

    @property
    def modules(self) -> ModuleRegistry:
        """The modules."""

    @property
    def ctx(self) -> BotContext:
        """What modules are handed."""

    @property
    def bot(self) -> WispBot:
        """The client."""

    @property
    def road(self) -> Road:
        """The way of every invocation."""

    @property
    def sync(self) -> CommandSync:
        """Keeps the visible lists."""

    @property
    def host(self) -> ModuleHost:
        """The bot as the registry sees it."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def ops(self) -> OperatorDoor:
        """Where operators ask."""

    def register_modules(self) -> None:
        """Register the modules that were handed in, named by configuration, or are to be discovered."""


class Step(NamedTuple):
    """One line of a list."""

    name: str
    act: Callable[[], Awaitable[None]]


class LifecycleManager:
    """Starts and stops one app, in an order that never changes.

    Args:
        parts: what is started and stopped.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._logging: LoggingHandle | None = None
        self._connection = Connection(parts)
        self._hurried = asyncio.Event()
        self._stopped = False
        self._serving = False
        self._healing: asyncio.Task[None] | None = None
        self._watchdog: LoopWatchdog | None = None
        self.history: list[str] = []
        """Names of the steps that were done, in order."""

        self.startup_steps: tuple[Step, ...] = (
            Step("load configuration", self._load_configuration),
            Step("set up logging", self._set_up_logging),
            Step("create service container", self._create_services),
            Step("answer operators", self._answer_operators),
            Step("start services", self._start_services),
            Step("create feature flags", self._create_flags),
            Step("create module registry", self._create_registry),
            Step("register and discover modules", self._register_modules),
            Step("create bot context", self._create_context),
            Step("initialize bot", self._connection.log_in),
            Step("load modules", self._load_modules),
            Step("start bot", self._connection.open),
        )
        self.shutdown_steps: tuple[Step, ...] = (
            Step("stop accepting new commands", self._stop_accepting),
            Step("let running commands finish", self._drain),
            Step("unload modules", self._unload_modules),
            Step("disconnect from Discord", self._connection.close),
            Step("stop services", self._stop_services),
            Step("close database connections", self._close_database),
            Step("stop answering operators", self._stop_answering),
            Step("clean up", self._clean_up),
        )

    @property
    def is_serving(self) -> bool:
        """Whether the bot has started and takes commands."""
        return self._serving and not self._stopped

    # --- the two lists, run ---

    async def startup(self, *, connect: bool = True) -> None:
        """Run the start-up list; returns once the bot is ready.

        Args:
            connect: whether to join the gateway; without, the bot is logged in and its modules are set up.

        Raises:
            WispError: a step failed. What had started is stopped again, in order.
        """
        if self.history:
            raise WispError("This app was started already. Make another one with create_app().")
        try:
            for step in self.startup_steps if connect else self.startup_steps[:-1]:
                _log.debug("start-up: %s", step.name)
                await step.act()
                self.history.append(step.name)
            self._serving = connect
            _log.info("Wisp is ready" if connect else "Wisp is set up")
        except WispError as error:
            if self._logging is not None and self._parts.config.log_file is not None:
                # Whoever started the bot reads the error itself; the file is read later, by others.
                _log.error("the bot did not start: %s", error)
            await self.shutdown()
            raise
        except BaseException:
            await self.shutdown()
            raise

    async def shutdown(self, asker: asyncio.Task[object] | None = None) -> None:
        """Run the shut-down list, once and whole: a step that fails is logged and the next one runs.

        Args:
            asker: the task that asked for it, if it is a handler: it is not waited for, nor cancelled.
        """
        if self._stopped:
            return
        self._stopped = True
        _log.info("Wisp is stopping")
        built = "create service container" in self.history
        if built:
            self._parts.road.running.leave_alone(asker)
        for step in self.shutdown_steps if built else self.shutdown_steps[-1:]:
            _log.debug("shut-down: %s", step.name)
            try:
                await step.act()
            except Exception:  # noqa: BLE001 - the steps after it must still run
                _log.exception("shut-down: %s failed", step.name)
            self.history.append(step.name)

    def hurry(self) -> None:
        """Wait for nothing any more: what still runs is given up at once."""
        self._hurried.set()

    async def healed(self) -> None:
        """Return once nothing that was away at the start is waited for any more."""
        if self._healing is not None:
            await asyncio.wait({self._healing})

    async def wait_disconnected(self) -> None:
        """Return when the connection to Discord is over for good.

        Raises:
            ConnectError: Discord ended it, and says why.
        """
        await self._connection.wait_closed()

    # --- start-up ---

    async def _load_configuration(self) -> None:
        _log.debug("configuration for %s", self._parts.config.discord_api_url)

    async def _set_up_logging(self) -> None:
        self._logging = setup_logging(self._parts.config)
        for sentence in advice(self._parts.config):
            _log.warning("%s", sentence)

    async def _create_services(self) -> None:
        _log.debug("services: %s", ", ".join(self._parts.services.list_services()))

    async def _answer_operators(self) -> None:
        await self._parts.ops.start()

    async def _start_services(self) -> None:
        await self._parts.services.startup_all()

    async def _create_flags(self) -> None:
        try:
            await self._load_guild_settings()
        except DatabaseError as error:
            if self._parts.config.database_required:
                raise
            _log.warning("nothing but the switch itself is on until the switches can be read: %s", error)
            self._healing = asyncio.create_task(self._load_flags_later(), name="wisp-flags")

    async def _load_guild_settings(self) -> None:
        # The rules first: once the switches are known, modules run.
        await self._parts.rules.load()
        await self._parts.flags.load()

    async def _load_flags_later(self) -> None:
        """Try again until the switches are known, then load what they say."""
        while not self._parts.flags.loaded:
            await self._parts.clock.sleep(FLAGS_RETRY_S)
            try:
                await self._load_guild_settings()
            except DatabaseError as error:
                _log.warning("the switches still cannot be read: %s", error)
        await self._parts.modules.reconcile()
        self._connection.sync_all()

    async def _create_registry(self) -> None:
        _log.debug("module registry: %s", type(self._parts.modules).__name__)

    async def _register_modules(self) -> None:
        self._parts.register_modules()

    async def _create_context(self) -> None:
        _log.debug("context: %s", type(self._parts.ctx).__name__)

    async def _load_modules(self) -> None:
        self._watchdog = LoopWatchdog(
            self._parts.road.running,
            self._parts.services.get(MetricsService),
            self._parts.bot.answering.deadlines.rescue,
        )
        self._watchdog.start()
        await self._parts.modules.load_enabled_modules(self._parts.bot, self._parts.ctx, self._parts.host)

    # --- shut-down ---

    async def _stop_accepting(self) -> None:
        self._parts.road.gate.close()
        await self._parts.sync.stop()
        if self._healing is not None:
            self._healing.cancel()

    async def _drain(self) -> None:
        grace_s = self._parts.config.shutdown_grace_s * DRAIN_SHARE
        jobs = asyncio.ensure_future(self._parts.services.get(SchedulerService).drain(grace_s))
        draining = asyncio.ensure_future(self._parts.road.running.drain(grace_s))
        hurried = asyncio.ensure_future(self._hurried.wait())
        done = asyncio.ensure_future(asyncio.wait({draining, jobs}))
        await asyncio.wait({done, hurried}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (hurried, jobs, done):
            waiting.cancel()
        if not draining.done():
            draining.cancel()
            draining = asyncio.ensure_future(self._parts.road.running.drain(0.0))
        for run in await draining:
            _log.warning(
                "given up at shutdown: %s",
                run.invocation.name if run.invocation else run.module or "an event",
            )

    async def _unload_modules(self) -> None:
        await self._parts.modules.unload_all()

    async def _stop_services(self) -> None:
        await self._parts.services.shutdown_all(keep=(DATABASE,))

    async def _close_database(self) -> None:
        try:
            await self._parts.services.shutdown(DATABASE)
        except UnknownServiceError:
            _log.debug("no database is configured")

    async def _stop_answering(self) -> None:
        await self._parts.ops.stop()

    async def _clean_up(self) -> None:
        if self._watchdog is not None:
            self._watchdog.stop()
            self._parts.bot.answering.deadlines.stop()
        if self._logging is not None:
            self._logging.close()
            self._logging = None
