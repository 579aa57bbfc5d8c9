"""The container: who starts after whom, what a failure undoes, and who is stopped when."""

import asyncio

import pytest
from typing_extensions import override

from support.clock import FakeClock, settle
from support.services import (
    Broken,
    BrokenButOptional,
    Gated,
    Index,
    NeedsBroken,
    NeedsSink,
    Noted,
    Search,
    SecondGated,
    Sink,
    Store,
    StoredSink,
    with_services,
)
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import (
    ServiceStartError,
    UnknownServiceError,
)
from wisp_framework.services import BaseService, HealthState, ServiceContainer
from wisp_framework.utils.clock import Clock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by


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


async def test_the_provided_clock_keeps_the_limits(config: AppConfig, clock: FakeClock) -> None:
    """A clock that is provided, rather than given, counts for the time limits too."""
    container = ServiceContainer(config)
    container.provide(Clock, clock)
    with_services(container, Gated)
    starting = asyncio.create_task(container.startup_all())
    await clock.advance(20)

    with pytest.raises(ServiceStartError, match="its limit of 20 s"):
        await starting


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
