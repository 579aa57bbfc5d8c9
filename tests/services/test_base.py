"""What every service has from the start."""

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.services import BaseService, Health, HealthState


class Page(BaseService):
    """The shortest service there is: it marks nothing itself."""

    @override
    async def startup(self) -> None:
        pass

    @override
    async def shutdown(self) -> None:
        pass


async def test_counts_as_initialized_between_start_and_stop(config: AppConfig) -> None:
    """A service is down before its start and after its stop, and well in between."""
    page = Page(config)
    assert await page.check_health() == Health(HealthState.DOWN, "not started")

    await page.start()
    assert page.initialized
    assert await page.check_health() == Health(HealthState.OK)

    await page.stop()
    assert not page.initialized
