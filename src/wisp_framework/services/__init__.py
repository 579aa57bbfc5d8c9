"""Services: resources with a life, joined by type, started before the modules and stopped after them."""

from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.health import HealthService
from wisp_framework.services.metrics import MetricsService

__all__ = ["BaseService", "Health", "HealthService", "HealthState", "MetricsService", "ServiceContainer"]
