"""The tables of the framework: settings, switches and data of guilds, and what happened in them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Dialect, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python on every database, and refused if naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring the instant to UTC, which is how it rests."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: use datetime.now(UTC)")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what SQLite forgets: that the instant is in UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What the tables of the framework share."""

    metadata = MetaData(naming_convention=NAMING)


class Timestamps:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class GuildConfig(Timestamps, Base):
    """The settings of one guild; ``custom`` is the text of a JSON object."""

    __tablename__ = "guild_configs"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    welcome_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    custom: Mapped[str] = mapped_column(Text, default="{}")


class ModuleState(Timestamps, Base):
    """Whether a module is on in one guild; no row means the module's default."""

    __tablename__ = "module_states"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    module_name: Mapped[str] = mapped_column(String(100), primary_key=True)
    enabled: Mapped[bool]


class GuildVersion(Timestamps, Base):
    """How often the switches and rules of one guild were changed: who read them earlier reads them again."""

    __tablename__ = "guild_versions"
    __table_args__ = (Index(None, "updated_at"),)

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger, default=1)


class GuildDeparture(Timestamps, Base):
    """A guild that removed the bot, and since when; its data is purged after the grace time."""

    __tablename__ = "guild_departures"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommandList(Timestamps, Base):
    """What was last sent as one command list, so that an unchanged one is not even asked for.

    ``guild_id`` is 0 for the global list. ``creates`` counts the commands that were new at Discord on
    ``creates_day`` (a date in UTC, as ``2030-01-31``).
    """

    __tablename__ = "command_lists"

    application_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(64))
    creates: Mapped[int] = mapped_column(default=0)
    creates_day: Mapped[str] = mapped_column(String(10), default="")


class PolicyRule(Timestamps, Base):
    """Whether members, roles, channels or the whole guild may use a command or module.

    ``target`` is a command's full name, ``module:`` and a module's name, or ``*``. ``subject_id`` is the
    guild's own id where ``subject`` is ``guild``.
    """

    __tablename__ = "policy_rules"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    target: Mapped[str] = mapped_column(String(110), primary_key=True)
    subject: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    allowed: Mapped[bool]


class DecisionRecord(Base):
    """What became of one invocation; ``trace`` is JSON: each gate and part with its verdict and time."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "guild_id", "at"), Index(None, "name", "at"), Index(None, "at"))

    reference: Mapped[str] = mapped_column(String(100), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(110))
    module: Mapped[str | None] = mapped_column(String(100))
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(20))
    gate: Mapped[str | None] = mapped_column(String(50))
    detail: Mapped[str | None] = mapped_column(Text)
    trace: Mapped[str] = mapped_column(Text)


class GuildData(Timestamps, Base):
    """One value of one module in one guild; ``value`` is JSON, ``module_name`` "" for no module."""

    __tablename__ = "guild_data"
    __table_args__ = (Index(None, "expires_at"),)

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Never NULL: two NULLs differ, and the key would not keep one row for one address.
    module_name: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRecord(Timestamps, Base):
    """One job and how it stands, as `wisp_framework.services.job_store.Job` tells it."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "wake_at"), Index(None, "guild_id"), Index(None, "holder"))

    name: Mapped[str] = mapped_column(String(150), primary_key=True)
    handler: Mapped[str] = mapped_column(String(100))
    schedule: Mapped[str] = mapped_column(String(250))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wake_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[str] = mapped_column(Text)
    declared: Mapped[bool]
    holder: Mapped[str | None] = mapped_column(String(150))
    epoch: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)


class AuditRecord(Base):
    """One audited event, as it was told; ``before``, ``after`` and ``details`` are JSON."""

    __tablename__ = "audit_records"
    __table_args__ = (Index(None, "guild_id", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(100))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    target: Mapped[str | None] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(String(100))
    details: Mapped[str | None] = mapped_column(Text)
