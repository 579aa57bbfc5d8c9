"""How everything is, asked at the moment of the question."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from typing_extensions import override

from wisp_framework.config import AppConfig
from wisp_framework.exceptions import DuplicateServiceError, ServiceError, UnknownServiceError
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.deadline import DeadlineExceededError, within
from wisp_framework.utils.clock import Clock, SystemClock
from wisp_framework.utils.ownership import Owner, current_owner, owned_by

PROBE_TIMEOUT_S = 2.0

Probe = Callable[[], Awaitable[Health]]
"""Looks whether something works, and says so."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Probed:
    probe: Probe
    required: bool
    owner: Owner | None
    undo_key: int | None


class HealthService(BaseService):
    """Asks every service and every registered probe how it is; keeps no answer.

    A probe that raises, or takes longer than two seconds, counts as down; its error
    goes to the log, and only the error's type into the answer.
    """

    def __init__(self, config: AppConfig, services: ServiceContainer, clock: Clock | None = None) -> None:
        super().__init__(config)
        self._services = services
        self._clock = clock or SystemClock()
        self._probes: dict[str, _Probed] = {}

    def register(self, name: str, probe: Probe, *, required: bool = False) -> None:
        """Have ``probe`` asked too; a module's probe goes with the module.

        Args:
            name: unique among probes and services.
            probe: asked at each question, never more than two seconds.
            required: whether the bot as a whole is down when this is.

        Raises:
            DuplicateServiceError: a probe or a service has that name.
            ServiceError: the module that registers it is unloaded already.
        """
        if name in self._probes or name in self._services.list_services():
            raise DuplicateServiceError(f"Health already asks {name!r}; choose another name or unregister it")
        owner = current_owner()
        if owner is not None and owner.released:
            raise ServiceError(f"Probe {name!r} came from module {owner.name!r}, which is unloaded")
        key = owner.record(lambda: self._probes.pop(name, None)) if owner is not None else None
        self._probes[name] = _Probed(probe, required, owner, key)

    def unregister(self, name: str) -> None:
        """Ask that probe no longer.

        Raises:
            UnknownServiceError: there is no probe of that name.
        """
        probed = self._probes.pop(name, None)
        if probed is None:
            raise UnknownServiceError(f"There is no health probe {name!r} to unregister")
        if probed.owner is not None and probed.undo_key is not None:
            probed.owner.forget(probed.undo_key)

    async def check_service(self, name: str) -> Health:
        """Ask one service or probe.

        Raises:
            UnknownServiceError: there is neither a service nor a probe of that name.
        """
        if name in self._probes:
            return await self._ask_probe(name)
        if name in self._services.list_services():
            return await self._ask_service(name)
        known = ", ".join([*self._services.list_services(), *self._probes])
        raise UnknownServiceError(f"There is no service or probe {name!r} (there are: {known})")

    async def get_all(self) -> Mapping[str, Health]:
        """Ask everything at once: services in the order of their start, then probes."""
        names = [*self._services.list_services(), *self._probes]
        answers = await asyncio.gather(*(self.check_service(name) for name in names))
        return dict(zip(names, answers, strict=True))

    async def overall(self) -> Health:
        """How the bot is: down if something required is, degraded if anything is not well."""
        answers = await self.get_all()
        unwell = [
            f"{name} is {one.state}" for name, one in answers.items() if one.state is not HealthState.OK
        ]
        return Health(worst_of(answers, self.is_required), "; ".join(unwell))

    def is_required(self, name: str) -> bool:
        """Whether the bot as a whole is down when that service or probe is."""
        probed = self._probes.get(name)
        return probed.required if probed is not None else self._services.get(name).required

    async def _ask_service(self, name: str) -> Health:
        return await self._ask(name, self._services.get(name).check_health)

    async def _ask_probe(self, name: str) -> Health:
        probed = self._probes[name]
        with owned_by(probed.owner):
            return await self._ask(name, probed.probe)

    async def _ask(self, name: str, probe: Probe) -> Health:
        try:
            return await within(self._clock, PROBE_TIMEOUT_S, _asked(probe))
        except DeadlineExceededError as error:
            return Health(HealthState.DOWN, f"no answer within {error.limit_s:g} s")
        except Exception as error:  # noqa: BLE001 - foreign code; a broken probe is an answer too
            _log.warning("Health probe %r raised", name, exc_info=error)
            return Health(HealthState.DOWN, f"the check raised {type(error).__name__}")

    @override
    async def check_health(self) -> Health:
        """Always well: that it answers is the proof."""
        return Health(HealthState.OK)


def worst_of(answers: Mapping[str, Health], is_required: Callable[[str], bool]) -> HealthState:
    """What the answers mean for all: down if something required is, else degraded if anything is unwell."""
    unwell = {name: one.state for name, one in answers.items() if one.state is not HealthState.OK}
    if any(state is HealthState.DOWN and is_required(name) for name, state in unwell.items()):
        return HealthState.DOWN
    return HealthState.DEGRADED if unwell else HealthState.OK


async def _asked(probe: Probe) -> Health:
    return await probe()
