"""The graph: what a constructor is handed, what is missing, and what is refused."""

from collections.abc import Callable

import pytest

from support.clock import FakeClock
from support.services import (
    Broken,
    BrokenButOptional,
    Diary,
    Egg,
    Gated,
    Hen,
    Index,
    IronSink,
    NeedsSink,
    Noted,
    Picky,
    Search,
    Sink,
    Store,
    StoredSink,
    with_services,
)
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import (
    DuplicateServiceError,
    ServiceError,
    ServiceGraphError,
    ServiceStartError,
    UnknownServiceError,
)
from wisp_framework.services import BaseService, ServiceContainer
from wisp_framework.utils.clock import Clock


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
