"""Guild data that is gone by itself."""

import sqlalchemy as sa
from alembic import op

revision = "core_003"
down_revision = "core_002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("guild_data", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_guild_data_expires_at", "guild_data", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_guild_data_expires_at", "guild_data")
    with op.batch_alter_table("guild_data") as table:
        table.drop_column("expires_at")
