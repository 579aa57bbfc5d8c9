"""The rules of the guilds in the database."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from wisp_framework.db.guild_versions import raise_version
from wisp_framework.db.models import PolicyRule
from wisp_framework.db.upsert import upsert
from wisp_framework.services.database import DatabaseService
from wisp_framework.services.guild_changes import GuildChange

StoredRule = tuple[str, str, int, bool]

_COLUMNS = (PolicyRule.target, PolicyRule.subject, PolicyRule.subject_id, PolicyRule.allowed)


class SqlPolicyStore:
    """A `wisp_framework.policy.PolicyStore` whose writes are on disk when they return."""

    def __init__(self, db: DatabaseService) -> None:
        self._db = db

    async def load(self) -> Sequence[tuple[int, StoredRule]]:
        """Every rule, with its guild.

        Raises:
            DatabaseError: the database cannot be read.
        """
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(select(PolicyRule.guild_id, *_COLUMNS))
            return [
                (guild_id, (target, subject, about, allowed))
                for guild_id, target, subject, about, allowed in rows
            ]

    async def load_guild(self, guild_id: int) -> Sequence[StoredRule]:
        """The rules of one guild.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(*_COLUMNS).where(PolicyRule.guild_id == guild_id)
        async with self._db.session(read_only=True) as session:
            rows = await session.execute(query)
            return [(target, subject, about, allowed) for target, subject, about, allowed in rows]

    async def save(self, guild_id: int, rule: StoredRule) -> GuildChange:
        """Store a rule in place of the one about the same target and subject.

        Raises:
            DatabaseError: it was not stored.
        """
        target, subject, subject_id, allowed = rule
        address = {"guild_id": guild_id, "target": target, "subject": subject, "subject_id": subject_id}
        async with self._db.session() as session:
            await session.execute(upsert(session, PolicyRule, address, {"allowed": allowed}))
            return await raise_version(session, guild_id)

    async def remove(self, guild_id: int, target: str, subject: str, subject_id: int) -> GuildChange:
        """Remove a rule; that there is none is no error.

        Raises:
            DatabaseError: it was not removed.
        """
        query = delete(PolicyRule).where(
            PolicyRule.guild_id == guild_id,
            PolicyRule.target == target,
            PolicyRule.subject == subject,
            PolicyRule.subject_id == subject_id,
        )
        async with self._db.session() as session:
            await session.execute(query)
            return await raise_version(session, guild_id)
