"""Health: who is asked, for how long, and what counts as how bad."""

import asyncio

import pytest
from typing_extensions import override

from support.clock import FakeClock
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DuplicateServiceError, ServiceError, UnknownServiceError
from wisp_framework.registry.loader import release
from wisp_framework.services import BaseService, Health, HealthService, HealthState, ServiceContainer
from wisp_framework.utils.clock import SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by

WELL = Health(HealthState.OK)
SLOW = Health(HealthState.DEGRADED, "slow today")
DEAD = Health(HealthState.DOWN, "gone")


class Engine(BaseService):
    """Says what the test tells it to say."""

    def __init__(self, config: AppConfig) -> None:
        super().__init__(config)
        self.answer = WELL

    @override
    async def check_health(self) -> Health:
        return self.answer


class Radio(Engine):
    """One that may be missing."""

    required = False


@pytest.fixture
async def container(config: AppConfig, clock: FakeClock) -> ServiceContainer:
    """Health, a required service and one that may be missing, all started."""
    container = ServiceContainer(config, clock=clock)
    container.register("health", HealthService)
    container.register("engine", Engine)
    container.register("radio", Radio)
    await container.startup_all()
    return container


@pytest.fixture
def health(container: ServiceContainer) -> HealthService:
    """The service under test."""
    return container.get(HealthService)


async def say(answer: Health) -> Health:
    """A probe, once its answer is bound."""
    return answer


async def test_asks_each_time(container: ServiceContainer, health: HealthService) -> None:
    """An answer is never kept: what changes shows in the next one."""
    assert await health.check_service("engine") == WELL

    container.get(Engine).answer = SLOW

    assert await health.check_service("engine") == SLOW


async def test_asks_services_and_probes(health: HealthService) -> None:
    """Every service and every probe is asked."""
    health.register("disk", lambda: say(SLOW))

    assert await health.get_all() == {"health": WELL, "engine": WELL, "radio": WELL, "disk": SLOW}


@pytest.mark.parametrize(
    ("engine", "radio", "disk", "state", "detail"),
    [
        (WELL, WELL, WELL, HealthState.OK, ""),
        (SLOW, WELL, WELL, HealthState.DEGRADED, "engine is degraded"),
        (WELL, DEAD, WELL, HealthState.DEGRADED, "radio is down"),
        (WELL, WELL, DEAD, HealthState.DEGRADED, "disk is down"),
        (DEAD, SLOW, WELL, HealthState.DOWN, "engine is down; radio is degraded"),
    ],
)
async def test_sums_up(
    container: ServiceContainer,
    health: HealthService,
    engine: Health,
    radio: Health,
    disk: Health,
    state: HealthState,
    detail: str,
) -> None:
    """The bot is down only with something required; whatever else is not well makes it degraded."""
    container.get(Engine).answer = engine
    container.get(Radio).answer = radio
    health.register("disk", lambda: say(disk))

    assert await health.overall() == Health(state, detail)


async def test_a_probe_may_be_required(health: HealthService) -> None:
    """A probe that is registered as required takes the whole bot down."""
    health.register("gateway", lambda: say(DEAD), required=True)

    assert (await health.overall()).state is HealthState.DOWN


async def test_a_probe_that_raises_is_down(health: HealthService, caplog: pytest.LogCaptureFixture) -> None:
    """The answer tells the error's type but not its text, which may hold anything; the log has it all."""

    async def explode() -> Health:
        raise ConnectionError("postgres://user:secret@host")

    health.register("bomb", explode)

    answer = await health.check_service("bomb")

    assert answer == Health(HealthState.DOWN, "the check raised ConnectionError")
    assert "Health probe 'bomb' raised" in caplog.text


async def test_a_slow_probe_is_down(health: HealthService, clock: FakeClock) -> None:
    """Nobody is waited for longer than two seconds, and the others answer all the same."""

    async def hang() -> Health:
        await asyncio.Event().wait()
        return WELL

    health.register("molasses", hang)
    asking = asyncio.create_task(health.get_all())
    await clock.advance(1.9)
    assert not asking.done()
    await clock.advance(0.1)

    answers = await asking
    assert answers["molasses"] == Health(HealthState.DOWN, "no answer within 2 s")
    assert answers["engine"] == WELL


async def test_a_module_takes_its_probe_along(health: HealthService) -> None:
    """A probe asks in its module's name and is gone once the module is unloaded, or by hand before."""
    owners: list[Owner | None] = []

    async def look() -> Health:
        owners.append(current_owner())
        return WELL

    module = Owner("weather")
    with owned_by(module):
        health.register("forecast", look)
        health.register("archive", look)
    await health.check_service("forecast")
    health.unregister("archive")
    assert owners == [module]
    assert module.holdings == 1

    await release(module, SystemClock())

    assert "forecast" not in await health.get_all()


async def test_a_released_module_cannot_take_a_newer_probe_along(health: HealthService) -> None:
    """A name that was freed and taken by another is not freed again."""
    module = Owner("weather")
    with owned_by(module):
        health.register("forecast", lambda: say(SLOW))
    health.unregister("forecast")
    health.register("forecast", lambda: say(WELL))

    await release(module, SystemClock())

    assert await health.check_service("forecast") == WELL


async def test_refuses_an_unloaded_module(health: HealthService) -> None:
    """A module that is gone cannot leave a probe behind."""
    module = Owner("weather")
    await release(module, SystemClock())

    with owned_by(module), pytest.raises(ServiceError, match="module 'weather', which is unloaded"):
        health.register("forecast", lambda: say(WELL))


async def test_names_are_unique(health: HealthService) -> None:
    """A probe cannot take the name of a service or of another probe; unknown names are refused."""
    health.register("disk", lambda: say(WELL))

    for name in ("disk", "engine"):
        with pytest.raises(DuplicateServiceError, match=f"already asks '{name}'"):
            health.register(name, lambda: say(WELL))
    with pytest.raises(UnknownServiceError, match=r"'disc' \(there are: .*engine.*disk\)"):
        await health.check_service("disc")
    with pytest.raises(UnknownServiceError):
        health.unregister("engine")
