"""The rules of all guilds: a snapshot in memory over a durable store."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Protocol

from wisp_framework.exceptions import DatabaseError, PolicyError
from wisp_framework.policy.rules import Address, Rule, Rules, Subject
from wisp_framework.services.audit import AuditAction, AuditService
from wisp_framework.services.guild_changes import GuildChange, GuildChangeService

MAX_RULES = 200
"""How many rules one guild may have: they are kept in memory, and people have to understand them."""

MAX_TARGET_CHARS = 110

StoredRule = tuple[str, str, int, bool]
"""Target, subject, the subject's id, allowed."""


class PolicyStore(Protocol):
    """Where the rules of the guilds rest."""

    async def load(self) -> Sequence[tuple[int, StoredRule]]:
        """Every rule, with its guild.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def load_guild(self, guild_id: int) -> Sequence[StoredRule]:
        """The rules of one guild.

        Raises:
            DatabaseError: the store cannot be read.
        """

    async def save(self, guild_id: int, rule: StoredRule) -> GuildChange:
        """Store a rule in place of the one about the same target and subject; durable when this returns.

        Raises:
            DatabaseError: it was not stored.
        """

    async def remove(self, guild_id: int, target: str, subject: str, subject_id: int) -> GuildChange:
        """Remove a rule; that there is none is no error.

        Raises:
            DatabaseError: it was not removed.
        """


class MemoryPolicyStore:
    """Rules for a bot that was told to keep nothing; they are gone with the process."""

    def __init__(self) -> None:
        self._guilds: dict[int, dict[tuple[str, str, int], bool]] = {}
        self._changes = 0

    async def load(self) -> Sequence[tuple[int, StoredRule]]:
        """Every rule, with its guild."""
        return [(guild_id, rule) for guild_id in self._guilds for rule in await self.load_guild(guild_id)]

    async def load_guild(self, guild_id: int) -> Sequence[StoredRule]:
        """The rules of one guild."""
        return [(*address, allowed) for address, allowed in self._guilds.get(guild_id, {}).items()]

    async def save(self, guild_id: int, rule: StoredRule) -> GuildChange:
        """Keep a rule for the life of this object."""
        self._guilds.setdefault(guild_id, {})[rule[:3]] = rule[3]
        return self._change(guild_id)

    async def remove(self, guild_id: int, target: str, subject: str, subject_id: int) -> GuildChange:
        """Remove a rule; that there is none is no error."""
        self._guilds.get(guild_id, {}).pop((target, subject, subject_id), None)
        return self._change(guild_id)

    def _change(self, guild_id: int) -> GuildChange:
        self._changes += 1
        return GuildChange(guild_id, self._changes)


class RuleBook:
    """The rules of every guild.

    Answers come from memory alone. Until `load` has worked once nobody knows the rules.

    Args:
        store: where rules rest; it is never asked by `of`.
        audit: where each change is recorded first; what cannot be recorded is not done.
        changes: tells the other processes what was changed here.
    """

    def __init__(
        self, store: PolicyStore, audit: AuditService, changes: GuildChangeService | None = None
    ) -> None:
        self._store = store
        self._audit = audit
        self._changes = changes
        self._guilds: dict[int, dict[Address, bool]] = {}
        self._loaded = False
        self._writing = asyncio.Lock()
        self._writes: set[asyncio.Task[bool | None]] = set()

    @property
    def loaded(self) -> bool:
        """Whether the stored rules have been read since the start."""
        return self._loaded

    async def load(self) -> None:
        """Replace the snapshot by what is stored.

        Raises:
            DatabaseError: the store cannot be read; the snapshot stays as it was.
        """
        async with self._writing:
            guilds: dict[int, dict[Address, bool]] = {}
            for guild_id, (target, subject, subject_id, allowed) in await self._store.load():
                guilds.setdefault(guild_id, {})[target, Subject(subject), subject_id] = allowed
            self._guilds = guilds
            self._loaded = True

    async def reload(self, guild_id: int) -> None:
        """Read the rules of one guild, because another process changed them.

        Raises:
            DatabaseError: they cannot be read; the snapshot stays as it was.
        """
        async with self._writing:
            if not self._loaded:
                return
            stored = await self._store.load_guild(guild_id)
            rules = {(target, Subject(subject), about): allowed for target, subject, about, allowed in stored}
            self._guilds.pop(guild_id, None)
            if rules:
                self._guilds[guild_id] = rules

    def of(self, guild_id: int) -> Rules | None:
        """The rules of a guild by what they are about; None where there are none."""
        return self._guilds.get(guild_id)

    def list(self, guild_id: int) -> list[Rule]:
        """The rules of a guild, by target, then from the narrowest subject to the broadest."""
        order = list(Subject)
        rules = [Rule(*address, allowed) for address, allowed in self._guilds.get(guild_id, {}).items()]
        return sorted(rules, key=lambda rule: (rule.target, order.index(rule.subject), rule.subject_id))

    def forget_guild(self, guild_id: int) -> None:
        """Drop the rules of a guild, after its data was purged."""
        self._guilds.pop(guild_id, None)

    async def set(self, guild_id: int, rule: Rule, *, actor_id: int) -> bool | None:
        """Put a rule in force: recorded first, then stored, then in force here.

        Returns:
            What was said before about the same target and subject; None where nothing was.

        Raises:
            PolicyError: the guild has too many rules, or the target is no name.
            AuditError: it could not be recorded, so nothing was changed.
            DatabaseError: it was not stored; nothing was changed.
        """
        if not 0 < len(rule.target) <= MAX_TARGET_CHARS:
            raise PolicyError(f"A target takes 1 to {MAX_TARGET_CHARS} characters.")
        return await self._carry_through(self._change(guild_id, rule, actor_id, removed=False))

    async def remove(self, guild_id: int, rule: Rule, *, actor_id: int) -> bool | None:
        """Take the rule about the same target and subject out of force.

        Returns:
            What it said; None where there was none, and then nothing was done.

        Raises:
            AuditError: it could not be recorded, so nothing was changed.
            DatabaseError: it was not stored; nothing was changed.
        """
        return await self._carry_through(self._change(guild_id, rule, actor_id, removed=True))

    async def _carry_through(self, change: Coroutine[object, object, bool | None]) -> bool | None:
        """To the end, even when the caller is cancelled: store and snapshot must not part."""
        write = asyncio.create_task(change)
        self._writes.add(write)
        write.add_done_callback(self._written)
        return await asyncio.shield(write)

    def _written(self, write: asyncio.Task[bool | None]) -> None:
        self._writes.discard(write)
        if not write.cancelled():
            # A caller that was cancelled never asks; reading it here keeps the loop from complaining.
            write.exception()

    async def _change(self, guild_id: int, rule: Rule, actor_id: int, *, removed: bool) -> bool | None:
        address = (rule.target, rule.subject, rule.subject_id)
        async with self._writing:
            if not self._loaded:
                raise DatabaseError("the rules could not be read yet, so none is changed")
            rules = self._guilds.get(guild_id, {})
            before = rules.get(address)
            after = None if removed else rule.allowed
            if before == after:
                return before
            if before is None and len(rules) >= MAX_RULES:
                raise PolicyError(f"This server has {MAX_RULES} rules; that is the limit. Remove one first.")
            about = f"{rule.target} for {rule.subject} {rule.subject_id}"
            await self._audit.record(
                AuditAction.POLICY_REMOVED if removed else AuditAction.POLICY_SET,
                actor_id=actor_id,
                guild_id=guild_id,
                target=about,
                before=before,
                after=after,
            )
            try:
                change = await self._store_change(guild_id, rule, removed=removed)
            except DatabaseError:
                self._audit.log_action(
                    AuditAction.POLICY_NOT_CHANGED, actor_id=actor_id, guild_id=guild_id, target=about
                )
                raise
            self._apply(guild_id, address, after)
        if self._changes is not None:
            await self._changes.announce(change)
        return before

    async def _store_change(self, guild_id: int, rule: Rule, *, removed: bool) -> GuildChange:
        if removed:
            return await self._store.remove(guild_id, rule.target, rule.subject.value, rule.subject_id)
        stored = (rule.target, rule.subject.value, rule.subject_id, rule.allowed)
        return await self._store.save(guild_id, stored)

    def _apply(self, guild_id: int, address: Address, allowed: bool | None) -> None:
        rules = self._guilds.setdefault(guild_id, {})
        if allowed is None:
            rules.pop(address, None)
        else:
            rules[address] = allowed
        if not rules:
            del self._guilds[guild_id]
