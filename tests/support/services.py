"""Small services that tests put together: they need each other, tell a diary, wait or break."""

import asyncio
from typing import Protocol

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.services import BaseService, ServiceContainer


class Diary(BaseService):
    """Writes down, for all services of a test, what happens to them."""

    lines: list[str]

    def __init__(self, config: AppConfig) -> None:
        super().__init__(config)
        self.lines = []


class Noted(BaseService):
    """A service that tells the diary of its start and stop."""

    def __init__(self, config: AppConfig, diary: Diary) -> None:
        super().__init__(config)
        self.diary = diary

    @override
    async def startup(self) -> None:
        self.diary.lines.append(f"{type(self).__name__} starts")

    @override
    async def shutdown(self) -> None:
        self.diary.lines.append(f"{type(self).__name__} stops")


class Store(Noted):
    """Needs only the diary."""


class Index(Noted):
    """Needs the store."""

    def __init__(self, config: AppConfig, diary: Diary, store: Store) -> None:
        super().__init__(config, diary)
        self.store = store


class Search(Noted):
    """Needs the index."""

    def __init__(self, config: AppConfig, diary: Diary, index: Index) -> None:
        super().__init__(config, diary)
        self.index = index


class Sink(Protocol):
    """A port."""

    def drain(self) -> str:
        """Say who it is."""
        ...


class IronSink:
    """Stands behind the port."""

    def drain(self) -> str:
        return "iron"


class StoredSink:
    """Stands behind the port and needs a service."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def drain(self) -> str:
        return "stored"


class NeedsSink(BaseService):
    """Needs what stands behind the port."""

    def __init__(self, config: AppConfig, sink: Sink) -> None:
        super().__init__(config)
        self.sink = sink


class Picky(BaseService):
    """Asks for things that it can do without."""

    def __init__(
        self, config: AppConfig, sink: Sink | None, store: Store | None = None, size: int = 3, *rest: object
    ) -> None:
        super().__init__(config)
        self.sink = sink
        self.store = store
        self.size = size
        self.rest = rest


class Hen(BaseService):
    """Half of a circle."""

    def __init__(self, config: AppConfig, egg: "Egg") -> None:
        super().__init__(config)
        self.egg = egg


class Egg(BaseService):
    """The other half."""

    def __init__(self, config: AppConfig, hen: Hen) -> None:
        super().__init__(config)
        self.hen = hen


class Gated(Noted):
    """Takes its time to start until a test opens the gate."""

    def __init__(self, config: AppConfig, diary: Diary) -> None:
        super().__init__(config, diary)
        self.gate = asyncio.Event()

    @override
    async def startup(self) -> None:
        await super().startup()
        await self.gate.wait()


class SecondGated(Gated):
    """Another one, independent of the first."""


class Broken(Noted):
    """Does not start."""

    @override
    async def startup(self) -> None:
        await super().startup()
        raise ConnectionRefusedError("nobody listens")


class BrokenButOptional(Broken):
    """Does not start, which is no reason to stop."""

    required = False


class NeedsBroken(Noted):
    """Needs the one that does not start."""

    def __init__(self, config: AppConfig, diary: Diary, broken: Broken) -> None:
        super().__init__(config, diary)
        self.broken = broken


def with_services(container: ServiceContainer, *services: type[BaseService]) -> Diary:
    """Register and build services under the names of their classes; hands back their diary."""
    container.register("Diary", Diary)
    for service in services:
        container.register(service.__name__, service)
    container.build()
    return container.get(Diary)
