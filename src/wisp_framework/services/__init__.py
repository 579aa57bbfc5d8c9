"""Services: resources with a life, joined by type, started before the modules and stopped after them."""

from wisp_framework.services.audit import AuditAction, AuditEvent, AuditQuery, AuditService, AuditSink
from wisp_framework.services.base import BaseService, Health, HealthState
from wisp_framework.services.cache import Cache, CacheService, CacheSpace
from wisp_framework.services.container import ServiceContainer
from wisp_framework.services.health import HealthService
from wisp_framework.services.job_store import Job, JobQuery, JobState, JobStore, MemoryJobStore
from wisp_framework.services.jobs import GuildJobRun, JobRun, at, cron, every, job
from wisp_framework.services.metrics import MetricsService, MetricsSnapshot, Timing
from wisp_framework.services.scheduler import ActiveGuilds, SchedulerService
from wisp_framework.services.schedules import Cron, Every
from wisp_framework.services.tracing import TracingService
from wisp_framework.services.webhook_logger import WebhookLoggerService

__all__ = [
    "ActiveGuilds",
    "AuditAction",
    "AuditEvent",
    "AuditQuery",
    "AuditService",
    "AuditSink",
    "BaseService",
    "Cache",
    "CacheService",
    "CacheSpace",
    "Cron",
    "Every",
    "GuildJobRun",
    "Health",
    "HealthService",
    "HealthState",
    "Job",
    "JobQuery",
    "JobRun",
    "JobState",
    "JobStore",
    "MemoryJobStore",
    "MetricsService",
    "MetricsSnapshot",
    "SchedulerService",
    "ServiceContainer",
    "Timing",
    "TracingService",
    "WebhookLoggerService",
    "at",
    "cron",
    "every",
    "job",
]
