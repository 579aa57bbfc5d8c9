"""Versions of guilds, guilds that left, command lists, policy rules, decisions."""

import sqlalchemy as sa
from alembic import op

revision = "core_002"
down_revision = "core_001"
branch_labels = None
depends_on = None


def _timestamps() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "guild_versions",
        _id("guild_id"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guild_versions"),
    )
    op.create_index("ix_guild_versions_updated_at", "guild_versions", ["updated_at"])
    op.create_table(
        "guild_departures",
        _id("guild_id"),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guild_departures"),
    )
    op.create_table(
        "command_lists",
        _id("application_id"),
        _id("guild_id"),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("creates", sa.Integer(), nullable=False),
        sa.Column("creates_day", sa.String(10), nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("application_id", "guild_id", name="pk_command_lists"),
    )
    op.create_table(
        "policy_rules",
        _id("guild_id"),
        sa.Column("target", sa.String(110), nullable=False),
        sa.Column("subject", sa.String(10), nullable=False),
        _id("subject_id"),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        *_timestamps(),
        sa.PrimaryKeyConstraint("guild_id", "target", "subject", "subject_id", name="pk_policy_rules"),
    )
    _create_decisions()


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(110), nullable=False),
        sa.Column("module", sa.String(100), nullable=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("gate", sa.String(50), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_decisions"),
    )
    op.create_index("ix_decisions_guild_id_at", "decisions", ["guild_id", "at"])
    op.create_index("ix_decisions_name_at", "decisions", ["name", "at"])
    op.create_index("ix_decisions_at", "decisions", ["at"])


def downgrade() -> None:
    for table in ("decisions", "policy_rules", "command_lists", "guild_departures", "guild_versions"):
        op.drop_table(table)
