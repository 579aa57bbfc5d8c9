"""What every service is: a thing with a start, a stop and an honest answer about its health."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from wisp_framework.config import AppConfig


class HealthState(StrEnum):
    """How well something works."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """One answer to "how are you?"; ``detail`` never holds a secret."""

    state: HealthState
    detail: str = ""


class BaseService:
    """A resource with a life: started before the modules, stopped after them.

    A subclass names what it needs in its constructor, by type: the configuration,
    other services, and ports. The container hands them in. It overrides `startup`
    and `shutdown`; who runs it calls `start` and `stop`.
    """

    required: bool = True
    """Whether a failed start stops the bot; otherwise the bot runs degraded and says so."""

    startup_timeout_s: ClassVar[float] = 20.0
    shutdown_timeout_s: ClassVar[float] = 10.0

    def __init__(self, config: AppConfig) -> None:
        self.config = config
        self._initialized = False

    @property
    def initialized(self) -> bool:
        """Whether `startup` has done its work and `shutdown` has not begun."""
        return self._initialized

    def _mark_initialized(self) -> None:
        self._initialized = True

    async def startup(self) -> None:
        """Acquire what the service needs; raise if it cannot work."""
        self._mark_initialized()

    async def shutdown(self) -> None:
        """Give back what `startup` acquired; also called after a `startup` that failed half-way."""

    async def start(self) -> None:
        """Run `startup`; once it returned without an error, the service counts as initialized."""
        await self.startup()
        self._initialized = True

    async def stop(self) -> None:
        """Run `shutdown`; from its first moment on the service no longer counts as initialized."""
        self._initialized = False
        await self.shutdown()

    async def check_health(self) -> Health:
        """Look, now, whether the service works; never answers from a stored copy."""
        if self._initialized:
            return Health(HealthState.OK)
        return Health(HealthState.DOWN, "not started")
