"""What stands behind the ports: SQL where there is a database, memory where there is none."""

import logging
from importlib.util import find_spec

from wisp_framework.config import AppConfig
from wisp_framework.db.guild_data import GuildDataService, GuildStore
from wisp_framework.db.memory_guild_store import MemoryGuildStore
from wisp_framework.exceptions import MissingExtraError
from wisp_framework.feature_flags import FlagStore, MemoryFlagStore
from wisp_framework.lifecycle.departures import DepartureStore
from wisp_framework.policy import MemoryPolicyStore, MemoryRateStore, PolicyStore, RateStore
from wisp_framework.registry.tables import ModuleTables
from wisp_framework.services import ServiceContainer
from wisp_framework.services.audit import AuditSink, AuditSpool
from wisp_framework.services.cache import CacheService
from wisp_framework.services.decisions import DecisionStore
from wisp_framework.services.guild_changes import ChangeBus, VersionStore
from wisp_framework.services.job_store import JobStore
from wisp_framework.services.list_memory import ListStore, MemoryListStore

MEMORY_URL = "memory://"

_log = logging.getLogger(__name__)


def has_database(config: AppConfig) -> bool:
    """Whether this bot has a database: not with ``memory://``, nor without a URL and without the extra.

    Raises:
        MissingExtraError: ``DATABASE_URL`` names a database and the ``[db]`` extra is not installed.
    """
    url = config.database_url.get_secret_value() if config.database_url is not None else None
    if url == MEMORY_URL:
        return False
    installed = find_spec("sqlalchemy") is not None
    if not installed and url is not None:
        raise MissingExtraError("DATABASE_URL", "db")
    return installed


def has_postgres(config: AppConfig) -> bool:
    """Whether the database is a server, which can tell one process what another does."""
    url = config.database_url
    return url is not None and url.get_secret_value().startswith("postgresql")


def has_redis(config: AppConfig) -> bool:
    """Whether this bot has a Redis.

    Raises:
        MissingExtraError: ``REDIS_URL`` names one and the ``[redis]`` extra is not installed.
    """
    if config.redis_url is None:
        return False
    if find_spec("redis") is None:
        raise MissingExtraError("REDIS_URL", "redis")
    return True


def provide_shared(container: ServiceContainer, config: AppConfig) -> None:
    """Register what processes of a bot share: in Redis; without one they tell each other through PostgreSQL.

    Raises:
        MissingExtraError: ``REDIS_URL`` names a Redis and the ``[redis]`` extra is not installed.
    """
    if not has_redis(config):
        container.register("cache", CacheService)
        container.provide(RateStore, MemoryRateStore)
        if has_database(config) and has_postgres(config):
            from wisp_framework.db.change_bus import PostgresChangeBus

            container.register("change_bus", PostgresChangeBus)
            container.provide(ChangeBus, PostgresChangeBus)
        return
    # The extra may be missing, and then the line above has raised.
    from wisp_framework.policy.redis_limits import RedisRateStore
    from wisp_framework.services.redis import RedisService
    from wisp_framework.services.redis_cache import RedisCacheService
    from wisp_framework.services.redis_changes import RedisChangeBus

    container.register("redis", RedisService)
    container.register("cooldowns", RedisRateStore)
    container.provide(RateStore, RedisRateStore)
    container.provide(ChangeBus, RedisChangeBus)
    container.register("cache", RedisCacheService)


def provide_stores(container: ServiceContainer, config: AppConfig) -> None:
    """Put behind each port what rests in the database, or in memory where there is none.

    Raises:
        MissingExtraError: ``DATABASE_URL`` names a database and the ``[db]`` extra is not installed.
    """
    container.provide(GuildDataService, GuildDataService)
    if not has_database(config):
        _log.warning("No database: switches and guild data are kept in memory and lost when the bot stops.")
        container.provide(GuildStore, MemoryGuildStore)
        container.provide(FlagStore, MemoryFlagStore)
        container.provide(PolicyStore, MemoryPolicyStore)
        container.provide(ListStore, MemoryListStore)
        return
    # The extra may be missing, and then the lines above have returned.
    from wisp_framework.db.audit_sink import SqlAuditSink
    from wisp_framework.db.command_lists import SqlListStore
    from wisp_framework.db.decision_store import SqlDecisionStore
    from wisp_framework.db.departures import SqlDepartureStore
    from wisp_framework.db.flag_store import SqlFlagStore
    from wisp_framework.db.guild_store import SqlGuildStore
    from wisp_framework.db.guild_versions import SqlVersionStore
    from wisp_framework.db.job_store import SqlJobStore
    from wisp_framework.db.migrator import SqlMigrator
    from wisp_framework.db.module_tables import SqlModuleTables
    from wisp_framework.db.policy_store import SqlPolicyStore
    from wisp_framework.services.database import DatabaseService, Migrator

    container.register("db", DatabaseService)
    container.provide(Migrator, SqlMigrator)
    container.provide(GuildStore, SqlGuildStore)
    container.provide(FlagStore, SqlFlagStore)
    container.provide(PolicyStore, SqlPolicyStore)
    container.provide(ListStore, SqlListStore)
    container.provide(DecisionStore, SqlDecisionStore)
    container.provide(VersionStore, SqlVersionStore)
    container.provide(DepartureStore, SqlDepartureStore)
    container.provide(ModuleTables, SqlModuleTables)
    container.provide(AuditSink, SqlAuditSink)
    container.provide(AuditSpool, AuditSpool)
    container.provide(JobStore, SqlJobStore)
