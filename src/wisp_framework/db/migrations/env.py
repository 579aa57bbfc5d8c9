"""What Alembic runs: the migrations, on the connection and in the transaction that it is given."""
# ruff: noqa: INP001 - Alembic loads this file by its path; it is no module to import

from alembic import context
from sqlalchemy import Connection

from wisp_framework.db.models import Base


def _run(connection: Connection, version_table: str) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=version_table,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"], context.config.attributes["version_table"])
