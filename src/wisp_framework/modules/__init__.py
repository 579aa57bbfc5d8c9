"""The modules that every bot has unless it brings its own of the same name."""

from wisp_framework.module import Module
from wisp_framework.modules.admin import AdminModule
from wisp_framework.modules.health import HealthModule
from wisp_framework.modules.ping import PingModule
from wisp_framework.modules.welcome import WelcomeModule
from wisp_framework.registry import ModuleRegistry
from wisp_framework.services import HealthService, ServiceContainer

__all__ = ["AdminModule", "HealthModule", "PingModule", "WelcomeModule", "built_in_modules"]


def built_in_modules(modules: ModuleRegistry, services: ServiceContainer) -> list[Module]:
    """One of each, joined to the registry and the services of one bot."""
    return [AdminModule(modules), PingModule(), HealthModule(services.get(HealthService)), WelcomeModule()]
