"""The modules that every bot has unless it brings its own of the same name."""

from wisp_framework.module import Module
from wisp_framework.modules.admin import AdminModule
from wisp_framework.modules.audit import AuditModule
from wisp_framework.modules.health import HealthModule
from wisp_framework.modules.ping import PingModule
from wisp_framework.modules.policy import PolicyModule
from wisp_framework.modules.welcome import WelcomeModule
from wisp_framework.modules.why import WhyModule
from wisp_framework.policy import RuleBook
from wisp_framework.registry import ModuleRegistry
from wisp_framework.services import AuditService, HealthService, ServiceContainer
from wisp_framework.services.decisions import DecisionService

__all__ = [
    "AdminModule",
    "AuditModule",
    "HealthModule",
    "PingModule",
    "PolicyModule",
    "WelcomeModule",
    "WhyModule",
    "built_in_modules",
]


def built_in_modules(modules: ModuleRegistry, services: ServiceContainer, rules: RuleBook) -> list[Module]:
    """One of each, joined to the registry, the services and the rules of one bot."""
    return [
        AdminModule(modules),
        PolicyModule(modules, rules),
        AuditModule(services.get(AuditService)),
        WhyModule(services.get(DecisionService)),
        PingModule(),
        HealthModule(services.get(HealthService)),
        WelcomeModule(),
    ]
