"""The container: what fits where, what is missing, who starts after whom, and who is stopped when."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import pytest
from typing_extensions import override

from support.clock import FakeClock, settle
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import (
    DuplicateServiceError,
    ServiceError,
    ServiceGraphError,
    ServiceStartError,
    UnknownServiceError,
)
from wisp_framework.services import BaseService, HealthState, ServiceContainer
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by


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


@pytest.fixture
def container(config: AppConfig, clock: FakeClock) -> ServiceContainer:
    """An empty container on a clock that stands still."""
    return ServiceContainer(config, clock=clock)


def with_services(container: ServiceContainer, *services: type[BaseService]) -> Diary:
    """Register and build services under the names of their classes; hands back their diary."""
    container.register("Diary", Diary)
    for service in services:
        container.register(service.__name__, service)
    container.build()
    return container.get(Diary)


def test_hands_a_constructor_what_its_hints_ask_for(container: ServiceContainer) -> None:
    """A service gets the configuration and the very services that are registered, in any order."""
    with_services(container, Search, Index, Store)

    search = container.get(Search)

    assert search.config is container.config
    assert search.index is container.get("Index")
    assert search.index.store is container.get(Store)


def test_takes_an_instance_as_it_is(container: ServiceContainer, config: AppConfig) -> None:
    """An instance is not built again, and is handed to those that ask for its type."""
    store = Store(config, Diary(config))
    container.register("store", store)
    container.register("index", Index)
    container.register("diary", Diary)
    container.build()

    assert container.get(Index).store is store


def test_finds_by_base_class(container: ServiceContainer) -> None:
    """A type also finds the only service that is derived from it, and the same type comes first."""
    with_services(container, BrokenButOptional)

    assert container.get(Broken) is container.get("BrokenButOptional")
    assert container.get(Diary) is container.get("Diary")


def test_refuses_an_ambiguous_type(container: ServiceContainer) -> None:
    """A type that several are derived from finds none of them; the error names them."""
    with_services(container, Store, Gated)

    with pytest.raises(ServiceGraphError, match=r"Noted: several fit \(Store, Gated\)"):
        container.get(Noted)


@pytest.mark.parametrize("implementation", [IronSink, IronSink()])
def test_binds_a_port(container: ServiceContainer, implementation: type[IronSink] | IronSink) -> None:
    """Who asks for a port gets what was provided, class or instance, and so does `get`."""
    container.provide(Sink, implementation)
    container.register("needs", NeedsSink)
    container.build()

    assert container.get(NeedsSink).sink.drain() == "iron"
    assert container.get(Sink) is container.get(NeedsSink).sink


def test_builds_what_stands_behind_a_port(container: ServiceContainer) -> None:
    """An implementation is handed what its own hints ask for, and two ports share one object of a class."""
    container.provide(Sink, StoredSink)
    container.provide(StoredSink, StoredSink)
    with_services(container, NeedsSink, Store)

    sink = container.get(StoredSink)

    assert sink.store is container.get(Store)
    assert container.get(NeedsSink).sink is sink


def test_a_service_behind_a_port_stays_one_object(container: ServiceContainer) -> None:
    """A port with a registered service's class behind it finds that service."""
    container.provide(BaseService, Store)
    with_services(container, Store)

    assert container.get(BaseService) is container.get("Store")


def test_leaves_out_what_nobody_provides(container: ServiceContainer) -> None:
    """A parameter that may be None is None, one with a default keeps it, where nothing fits."""
    with_services(container, Picky)

    picky = container.get(Picky)

    assert (picky.sink, picky.store, picky.size, picky.rest) == (None, None, 3, ())


def test_fills_in_what_may_be_left_out(container: ServiceContainer) -> None:
    """A parameter that could be left out is handed what fits."""
    container.provide(Sink, IronSink)
    with_services(container, Picky, Store)

    assert container.get(Picky).sink is container.get(Sink)
    assert container.get(Picky).store is container.get(Store)


def test_hands_out_itself_and_the_clock(container: ServiceContainer, clock: FakeClock) -> None:
    """The container and its clock are found like services; another clock may be put in its place."""
    assert container.get(ServiceContainer) is container
    assert container.get(Clock) is clock

    other = FakeClock()
    container.provide(Clock, other)
    container.build()

    assert container.get(Clock) is other


def test_draws_the_path_to_a_gap(container: ServiceContainer) -> None:
    """A missing port is named at the end of the path that leads to it, with the remedy."""
    container.register("needs", NeedsSink)

    with pytest.raises(ServiceGraphError) as gap:
        container.build()

    assert gap.value.path == ("NeedsSink", "Sink")
    assert str(gap.value) == (
        "NeedsSink -> Sink: nobody provides it; provide(Sink, implementation), "
        "or give the parameter 'sink' a default"
    )


def test_draws_the_path_to_a_missing_service(container: ServiceContainer) -> None:
    """A missing service is named with everything between it and the one that was registered."""
    container.register("diary", Diary)
    container.register("search", Search)
    container.register("index", Index)

    with pytest.raises(
        ServiceGraphError, match=r"^Search -> Index -> Store: nobody registered it; register\("
    ):
        container.build()


def test_draws_a_circle(container: ServiceContainer) -> None:
    """Two services that need each other are named in a circle, and neither is built."""
    container.register("hen", Hen)
    container.register("egg", Egg)

    with pytest.raises(ServiceGraphError, match=r"^Hen -> Egg -> Hen: they need each other in a circle"):
        container.build()


def test_refuses_a_hint_that_is_gone_at_run_time(container: ServiceContainer) -> None:
    """A hint that only the type checker knows is named, with the place to import it."""

    class Late(BaseService):
        def __init__(self, config: AppConfig, sink: "Nowhere") -> None:  # type: ignore[name-defined]  # noqa: F821
            super().__init__(config)

    container.register("late", Late)

    with pytest.raises(ServiceGraphError, match="'Nowhere' does not exist at run time"):
        container.build()


def test_refuses_a_parameter_without_a_hint(container: ServiceContainer) -> None:
    """A parameter with neither hint nor default is named."""

    class Bare(BaseService):
        def __init__(self, config: AppConfig, thing) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            super().__init__(config)

    container.register("bare", Bare)

    with pytest.raises(ServiceGraphError, match="Bare -> thing: has neither a type hint nor a default"):
        container.build()


def test_refuses_a_hint_that_is_no_class(container: ServiceContainer) -> None:
    """What is no class cannot be handed in, and the message says so."""

    class Called(BaseService):
        def __init__(self, config: AppConfig, call: Callable[[], int]) -> None:
            super().__init__(config)

    container.register("called", Called)

    with pytest.raises(ServiceGraphError, match="the hint of 'call' is no class"):
        container.build()


def test_names_the_service_whose_constructor_raises(container: ServiceContainer) -> None:
    """A constructor that raises stops the build with the service's name and the cause."""

    class Angry(BaseService):
        def __init__(self, config: AppConfig) -> None:
            raise ValueError("no mood")

    container.register("angry", Angry)

    with pytest.raises(
        ServiceStartError, match="'angry' did not start: its constructor raised ValueError: no mood"
    ):
        container.build()


@pytest.mark.parametrize(
    ("name", "service", "message"),
    [
        ("diary", Store, "The name 'diary' is registered twice, for Diary and for Store; leave one out"),
        ("other", Diary, "Diary is registered twice, as 'diary' and as 'other'; leave one out"),
    ],
)
def test_refuses_duplicates(
    container: ServiceContainer, name: str, service: type[BaseService], message: str
) -> None:
    """A name or a type that is taken is refused, naming both and the remedy."""
    container.register("diary", Diary)

    with pytest.raises(DuplicateServiceError, match=f"^{message} or pass replace=True$"):
        container.register(name, service)


def test_replaces_on_demand(container: ServiceContainer) -> None:
    """With ``replace=True`` the newcomer has the name, and what stands behind a port can be replaced too."""
    container.register("diary", Diary)
    container.register("diary", Gated, replace=True)
    container.register("diary", Diary, replace=True)
    container.provide(Sink, StoredSink)
    container.provide(Sink, IronSink, replace=True)
    container.build()

    assert container.list_services() == ("diary",)
    assert isinstance(container.get("diary"), Diary)
    assert container.get(Sink).drain() == "iron"


def test_refuses_a_port_that_is_provided_twice(container: ServiceContainer) -> None:
    """A second implementation of a port is refused, naming both and the remedy."""
    container.provide(Sink, IronSink)

    with pytest.raises(
        DuplicateServiceError, match=r"Sink is provided twice, by IronSink and by StoredSink; .* replace=True"
    ):
        container.provide(Sink, StoredSink)


def test_refuses_what_does_not_fit(container: ServiceContainer) -> None:
    """What is no service, no subclass of its port, or a function, is refused at once."""
    with pytest.raises(ServiceError, match="IronSink is no service"):
        container.register("sink", IronSink)  # type: ignore[arg-type]
    with pytest.raises(ServiceError, match="IronSink is no Diary"):
        container.provide(Diary, IronSink)  # type: ignore[arg-type]
    with pytest.raises(ServiceError, match="Sink was given a function"):
        container.provide(Sink, lambda: IronSink())
    with pytest.raises(ServiceError, match="as a port; give a class"):
        container.provide("sink", IronSink)  # type: ignore[arg-type]


def test_refuses_latecomers(container: ServiceContainer) -> None:
    """Once everything is built, nothing can be added."""
    container.build()

    with pytest.raises(ServiceError, match=r"register\('diary'\) came after the services were built"):
        container.register("diary", Diary)
    with pytest.raises(ServiceError, match=r"provide\(Sink\) came after"):
        container.provide(Sink, IronSink)


def test_names_what_is_there_when_asked_for_what_is_not(container: ServiceContainer) -> None:
    """An unknown name or type is refused with the list of the known ones."""
    with_services(container, Store)

    with pytest.raises(
        UnknownServiceError, match=r"There is no service 'shop'; .*\(there are: Diary, Store\)"
    ):
        container.get("shop")
    with pytest.raises(UnknownServiceError, match="There is no service Index"):
        container.get(Index)
    with pytest.raises(UnknownServiceError, match="give a name or a type"):
        container.get(3)  # type: ignore[call-overload]


def test_says_when_it_is_not_built(container: ServiceContainer) -> None:
    """A class that was registered cannot be had before it is built."""
    container.register("diary", Diary)

    with pytest.raises(ServiceError, match=r"not built yet; call build\(\) first"):
        container.get(Diary)


async def test_starts_in_order_of_need_and_stops_in_reverse(container: ServiceContainer) -> None:
    """Each service starts after those it needs, whatever the order of registration, and stops before them."""
    diary = with_services(container, Search, Index, Store)

    await container.startup_all()
    await container.shutdown_all()
    await container.shutdown_all()

    assert container.list_services() == ("Diary", "Store", "Index", "Search")
    names = ["Store", "Index", "Search"]
    assert diary.lines == [f"{name} starts" for name in names] + [f"{name} stops" for name in names[::-1]]


async def test_a_need_behind_a_port_orders_too(container: ServiceContainer) -> None:
    """A service starts after the services that its port's implementation needs."""
    container.provide(Sink, StoredSink)
    with_services(container, NeedsSink, Store)

    assert container.list_services().index("Store") < container.list_services().index("NeedsSink")


async def test_independent_services_start_together(container: ServiceContainer) -> None:
    """A slow start holds up only those that need it."""
    diary = with_services(container, Gated, SecondGated)
    starting = asyncio.create_task(container.startup_all())
    await settle()

    assert diary.lines == ["Gated starts", "SecondGated starts"]

    container.get(Gated).gate.set()
    container.get(SecondGated).gate.set()
    await starting
    assert container.get(Gated).initialized


async def test_a_failed_start_rolls_back(container: ServiceContainer) -> None:
    """When a required service does not start, it and what had started are stopped, newest first."""
    diary = with_services(container, Store, Broken)

    with pytest.raises(ServiceStartError) as failure:
        await container.startup_all()

    assert failure.value.service == "Broken"
    assert "ConnectionRefusedError: nobody listens" in str(failure.value)
    assert isinstance(failure.value.__cause__, ConnectionRefusedError)
    assert diary.lines == ["Store starts", "Broken starts", "Broken stops", "Store stops"]
    assert not container.get(Store).initialized


async def test_a_failed_start_calls_off_those_under_way(container: ServiceContainer) -> None:
    """Services that are still starting when a required one fails are cancelled and stopped."""
    diary = with_services(container, Gated, Broken)

    with pytest.raises(ServiceStartError):
        await container.startup_all()

    assert diary.lines == ["Gated starts", "Broken starts", "Broken stops", "Gated stops"]


async def test_a_start_has_a_time_limit(container: ServiceContainer, clock: FakeClock) -> None:
    """A start that takes too long fails, naming the service and the limit."""
    diary = with_services(container, Gated)
    starting = asyncio.create_task(container.startup_all())
    await clock.advance(19.9)
    assert not starting.done()

    await clock.advance(0.1)

    with pytest.raises(
        ServiceStartError, match="'Gated' did not start: it took longer than its limit of 20 s"
    ):
        await starting
    assert diary.lines == ["Gated starts", "Gated stops"]


async def test_a_service_that_may_be_missing_stops_nobody(
    container: ServiceContainer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is noted with its reason and warned of once; who needs it starts, and it says that it is down."""
    diary = with_services(container, BrokenButOptional, NeedsBroken)

    await container.startup_all()

    assert container.failed == {"BrokenButOptional": "ConnectionRefusedError: nobody listens"}
    assert diary.lines == ["BrokenButOptional starts", "BrokenButOptional stops", "NeedsBroken starts"]
    assert (await container.get(NeedsBroken).broken.check_health()).state is HealthState.DOWN
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_one_failing_stop_spares_the_others(
    container: ServiceContainer, caplog: pytest.LogCaptureFixture
) -> None:
    """What a stop raises is logged with the service's name, and the next one is stopped all the same."""

    class Clingy(Noted):
        @override
        async def shutdown(self) -> None:
            raise OSError("will not let go")

    diary = with_services(container, Store, Clingy)
    await container.startup_all()

    await container.shutdown_all()

    assert diary.lines[-1] == "Store stops"
    assert "Service 'Clingy' did not stop cleanly" in caplog.text


async def test_a_stop_has_a_time_limit(
    container: ServiceContainer, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop that takes too long is left behind, and the others are stopped."""

    class Endless(Noted):
        @override
        async def shutdown(self) -> None:
            await asyncio.Event().wait()

    diary = with_services(container, Store, Endless)
    await container.startup_all()
    stopping = asyncio.create_task(container.shutdown_all())
    await clock.advance(10)
    await stopping

    assert diary.lines[-1] == "Store stops"
    assert "Service 'Endless' did not stop cleanly" in caplog.text


async def test_stops_one_service_alone(container: ServiceContainer) -> None:
    """One service can be stopped, or kept, by name; it is not stopped twice."""
    diary = with_services(container, Store, Index)
    await container.startup_all()

    await container.shutdown_all(keep=["Diary", "Store"])
    assert diary.lines[-1] == "Index stops"
    assert container.get(Store).initialized

    await container.shutdown("Store")
    await container.shutdown("Store")
    await container.shutdown_all()
    assert diary.lines.count("Store stops") == 1
    with pytest.raises(UnknownServiceError):
        await container.shutdown("Shop")


async def test_can_be_started_again(container: ServiceContainer) -> None:
    """What was stopped can be started again; what runs is left alone."""
    diary = with_services(container, Store)
    await container.startup_all()
    await container.startup_all()
    await container.shutdown_all()
    await container.startup_all()

    assert diary.lines == ["Store starts", "Store stops", "Store starts"]


async def test_services_belong_to_nobody(container: ServiceContainer) -> None:
    """What a service registers at its start belongs to no module, whoever started it."""
    owners: list[Owner | None] = []

    class Curious(BaseService):
        @override
        async def startup(self) -> None:
            owners.append(current_owner())

        @override
        async def shutdown(self) -> None:
            owners.append(current_owner())

    container.register("curious", Curious)
    with owned_by(Owner("intruder")):
        await container.startup_all()
        await container.shutdown_all()

    assert owners == [None, None]


async def test_a_cancelled_start_leaves_nothing_running(container: ServiceContainer) -> None:
    """Cancelling the start stops what had started."""
    diary = with_services(container, Store, Gated)
    starting = asyncio.create_task(container.startup_all())
    await settle()

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert sorted(diary.lines[2:]) == ["Gated stops", "Store stops"]
