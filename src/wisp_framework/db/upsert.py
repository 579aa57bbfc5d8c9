"""Insert a row or bring the one that is there up to date, in one statement."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from wisp_framework.db.models import Base, utc_now


def upsert(
    session: AsyncSession,
    model: type[Base],
    address: Mapping[str, object],
    values: Mapping[str, object],
    *,
    at: datetime | None = None,
) -> Executable:
    """The statement that leaves exactly one row at ``address``, with ``values``.

    Columns that are not named keep what they hold; ``created_at`` is never changed.

    Args:
        session: where it will run, which decides the dialect.
        model: the table.
        address: every column of its primary key.
        values: the other columns to set.
        at: when that is true, if not at the present.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = at or utc_now()
    row = insert(model).values(**address, **values, created_at=now, updated_at=now)
    return row.on_conflict_do_update(index_elements=list(address), set_={**values, "updated_at": now})
