"""Where services are registered, joined by type, started in order, and stopped in reverse."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import TypeVar, cast, overload

from wisp_framework.config import AppConfig
from wisp_framework.config.redaction import words_of
from wisp_framework.exceptions import ServiceError, ServiceStartError, UnknownServiceError
from wisp_framework.services.base import BaseService
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.services.graph import Part, ServiceGraph
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import owned_by

T = TypeVar("T")

_log = logging.getLogger(__name__)


class ServiceContainer:
    """Builds services from their constructors' type hints, and runs their lives.

    What a constructor asks for is found in this order: what `provide` put behind that
    type, a service of that type, the configuration, this container, the clock, and
    last the only part that is derived from that type. A parameter with a default keeps
    it where nothing fits; ``X | None`` becomes None.

    Args:
        config: handed to every service that asks for it.
        clock: keeps the time limits, and is handed to every service that asks for a ``Clock``.
    """

    def __init__(self, config: AppConfig, *, clock: Clock | None = None) -> None:
        self.config = config
        self._clock: Clock = clock or SystemClock()
        given = [(AppConfig, config), (ServiceContainer, self), (Clock, self._clock)]
        self._graph = ServiceGraph(given)
        self._order: tuple[Part, ...] | None = None
        self._running: list[Part] = []
        self._failed: dict[str, str] = {}

    def register(self, name: str, service: type[BaseService] | BaseService, *, replace: bool = False) -> None:
        """Add a service, to be found by its name and by its type.

        Args:
            name: for people: the command line, health, logs.
            service: the class, which `build` constructs, or an instance.
            replace: take the place of the one with the same name or type.

        Raises:
            DuplicateServiceError: the name or the type is taken.
            ServiceError: it is no service, or everything is built already.
        """
        self._refuse_when_built(f"register({name!r})")
        kind = service if isinstance(service, type) else type(service)
        if not issubclass(kind, BaseService):
            raise ServiceError(
                f"{kind.__qualname__} is no service; derive it from BaseService or provide() it"
            )
        self._graph.add(name, service, replace=replace)

    def provide(
        self, port: Callable[..., T], implementation: Callable[..., T] | T, *, replace: bool = False
    ) -> None:
        """Put an implementation behind a port: a protocol, a base class or the class itself.

        It has no start and no stop; a class that is also registered as a service stays
        that one object.

        Args:
            port: the type that constructors ask for.
            implementation: a class, which `build` constructs, or an instance.
            replace: take the place of what is behind the port.

        Raises:
            DuplicateServiceError: something is behind the port already.
            ServiceError: it does not fit the port, or everything is built already.
        """
        if not isinstance(port, type):
            raise ServiceError(f"provide() was given {port!r} as a port; give a class or a protocol")
        self._refuse_when_built(f"provide({port.__qualname__})")
        self._graph.bind(port, implementation, replace=replace)

    def build(self) -> None:
        """Construct everything, each after what it needs; a second call does nothing.

        Raises:
            ServiceGraphError: something is missing, ambiguous or in a circle; nothing was constructed.
            ServiceStartError: a constructor raised.
        """
        if self._order is None:
            self._order = self._graph.build()
            self._clock = self.get(Clock)

    @overload
    def get(self, key: str) -> BaseService: ...

    @overload
    def get(self, key: Callable[..., T]) -> T: ...

    def get(self, key: str | Callable[..., T]) -> BaseService | T:
        """The service of that name, or the object of that type.

        A type also finds what is behind the port of that type, and the only object
        that is derived from it.

        Raises:
            UnknownServiceError: there is none.
            ServiceGraphError: several are derived from that type.
            ServiceError: it is not built yet.
        """
        if isinstance(key, str):
            part, label = self._graph.named(key), repr(key)
        elif isinstance(key, type):
            part, label = self._graph.find(key, [key.__qualname__]), key.__qualname__
        else:
            raise UnknownServiceError(f"get() was given {key!r}; give a name or a type")
        if part is None:
            known = ", ".join(self._graph.names) or "none"
            raise UnknownServiceError(f"There is no service {label}; register it (there are: {known})")
        if part.instance is None:
            raise ServiceError(f"{label} is not built yet; call build() first")
        return cast("T", part.instance)

    def list_services(self) -> tuple[str, ...]:
        """The names in the order of their start; before `build`, in the order of registration."""
        if self._order is None:
            return self._graph.names
        return tuple(part.name for part in self._order if part.name is not None)

    @property
    def failed(self) -> Mapping[str, str]:
        """Services that may be missing and did not start, with what happened."""
        return MappingProxyType(self._failed)

    async def startup_all(self) -> None:
        """Start every service after those it needs, independent ones together.

        A service that may be missing and does not start is noted in `failed`; those
        that need it start all the same.

        Raises:
            ServiceGraphError: the services cannot be joined.
            ServiceStartError: a required service did not start; what had started was stopped again.
        """
        self.build()
        try:
            await self._start_in_order()
        except BaseException:
            await self.shutdown_all()
            raise

    async def shutdown_all(self, *, keep: Collection[str] = ()) -> None:
        """Stop what runs, in reverse order of its start; one that fails is logged and stops no other.

        Args:
            keep: names of services that go on, to be stopped later.
        """
        for part in [part for part in reversed(self._running) if part.name not in keep]:
            await self._stop(part)

    async def shutdown(self, name: str) -> None:
        """Stop one service alone; nothing happens if it does not run.

        Raises:
            UnknownServiceError: there is none of that name.
        """
        self.get(name)
        for part in [part for part in self._running if part.name == name]:
            await self._stop(part)

    def _refuse_when_built(self, what: str) -> None:
        if self._order is not None:
            raise ServiceError(f"{what} came after the services were built; do it before startup")

    async def _start_in_order(self) -> None:
        sorter = TopologicalSorter({part: part.needs for part in self._order or ()})
        sorter.prepare()
        starting: dict[asyncio.Task[None], Part] = {}
        try:
            while sorter.is_active():
                for part in sorter.get_ready():
                    with owned_by(None):
                        starting[asyncio.create_task(self._start(part))] = part
                done, _ = await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                    sorter.done(starting.pop(task))
        finally:
            await _call_off(starting)

    async def _start(self, part: Part) -> None:
        service = part.instance
        if part.name is None or not isinstance(service, BaseService) or service.initialized:
            return
        try:
            await within(self._clock, service.startup_timeout_s, service.start())
        except BaseException as error:
            await self._end(part.name, service)
            if not isinstance(error, Exception):
                raise
            self._note_failure(part.name, service, error)
        else:
            self._failed.pop(part.name, None)
            self._running.append(part)

    def _note_failure(self, name: str, service: BaseService, error: Exception) -> None:
        if isinstance(error, DeadlineExceededError):
            reason = f"it took longer than its limit of {error.limit_s:g} s"
        else:
            reason = words_of(error)
        if service.required:
            raise ServiceStartError(name, reason) from error
        self._failed[name] = reason
        _log.warning("Service %r did not start, the bot runs without it: %s", name, reason)

    async def _stop(self, part: Part) -> None:
        if part in self._running and isinstance(part.instance, BaseService):
            self._running.remove(part)
            await self._end(str(part.name), part.instance)

    async def _end(self, name: str, service: BaseService) -> None:
        """Stop a service within its limit; whatever it raises is logged and ends here."""
        try:
            with owned_by(None):
                await within(self._clock, service.shutdown_timeout_s, service.stop())
        except Exception:  # noqa: BLE001 - foreign code; the others must still be stopped
            _log.exception("Service %r did not stop cleanly", name)


async def _call_off(starting: Mapping[asyncio.Task[None], Part]) -> None:
    """Cancel starts that are under way; only one failure can be raised, so log the others."""
    for task in starting:
        task.cancel()
    outcomes = await asyncio.gather(*starting, return_exceptions=True)
    errors = [one for one in outcomes if isinstance(one, ServiceStartError)]
    for error in errors[1:]:
        _log.error("%s", error)
