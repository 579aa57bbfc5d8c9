"""The rules of all guilds: recorded first, then stored, then in force."""

import asyncio
from collections.abc import Sequence

import pytest
from typing_extensions import override

from contracts.policy_store import PolicyStoreContract
from support.database import TOKEN
from wisp_framework.config import AppConfig
from wisp_framework.exceptions import AuditError, DatabaseError, PolicyError
from wisp_framework.policy import MemoryPolicyStore, PolicyStore, Rule, RuleBook, Subject
from wisp_framework.policy.rulebook import MAX_RULES, StoredRule
from wisp_framework.services.audit import AuditEvent, AuditService, MemoryAuditSink
from wisp_framework.services.guild_changes import GuildChange

RULE = Rule("ban", Subject.ROLE, 7, allowed=False)


class TestMemoryPolicyStore(PolicyStoreContract):
    @pytest.fixture
    def store(self) -> PolicyStore:
        return MemoryPolicyStore()


class Sink(MemoryAuditSink):
    """Keeps audit events, or refuses to."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[AuditEvent] = []
        self.away = False

    @override
    async def store(self, events: Sequence[AuditEvent]) -> None:
        if self.away:
            raise OSError("disk full")
        self.events += events


class AwayStore(MemoryPolicyStore):
    """A store that loses its connection when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.slow: asyncio.Event | None = None

    @override
    async def save(self, guild_id: int, rule: StoredRule) -> GuildChange:
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise DatabaseError("away")
        return await super().save(guild_id, rule)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def store() -> AwayStore:
    return AwayStore()


@pytest.fixture
async def rules(store: AwayStore, sink: Sink) -> RuleBook:
    book = RuleBook(store, AuditService(AppConfig(discord_token=TOKEN), sink))
    await book.load()
    return book


async def test_a_change_is_in_force_at_once_and_says_what_was(rules: RuleBook, sink: Sink) -> None:
    """Each change tells what held before, and is in the audit with before and after."""
    assert await rules.set(1, RULE, actor_id=5) is None
    assert await rules.set(1, Rule("ban", Subject.ROLE, 7, allowed=True), actor_id=5) is False
    assert rules.list(1) == [Rule("ban", Subject.ROLE, 7, allowed=True)]
    assert await rules.remove(1, RULE, actor_id=5) is True
    assert await rules.remove(1, RULE, actor_id=5) is None
    assert rules.of(1) is None

    told = [(event.action, event.before, event.after) for event in sink.events]
    assert told == [("policy.set", None, False), ("policy.set", False, True), ("policy.removed", True, None)]


async def test_what_cannot_be_recorded_is_not_done(rules: RuleBook, sink: Sink, store: AwayStore) -> None:
    """Without the audit no rule changes, neither here nor in the store."""
    sink.away = True
    with pytest.raises(AuditError):
        await rules.set(1, RULE, actor_id=5)

    assert rules.of(1) is None
    assert list(await store.load()) == []


async def test_what_was_not_stored_is_not_in_force(rules: RuleBook, store: AwayStore) -> None:
    """During an outage a change fails aloud and nothing has changed."""
    store.away = True
    with pytest.raises(DatabaseError):
        await rules.set(1, RULE, actor_id=5)
    assert rules.of(1) is None


async def test_a_change_is_carried_through_when_its_caller_goes(rules: RuleBook, store: AwayStore) -> None:
    """Store and memory agree also after a caller was cancelled in the midst."""
    store.slow = asyncio.Event()
    change = asyncio.create_task(rules.set(1, RULE, actor_id=5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    change.cancel()
    store.slow.set()
    with pytest.raises(asyncio.CancelledError):
        await change
    await rules.set(2, RULE, actor_id=5)  # behind it

    assert rules.list(1) == [RULE]
    assert len(await store.load_guild(1)) == 1


async def test_before_they_are_read_rules_cannot_be_changed(store: AwayStore, sink: Sink) -> None:
    """Who knows nothing must not answer that nothing was there."""
    book = RuleBook(store, AuditService(AppConfig(discord_token=TOKEN), sink))
    with pytest.raises(DatabaseError):
        await book.set(1, RULE, actor_id=5)


async def test_a_guild_cannot_have_endless_rules(rules: RuleBook) -> None:
    """One rule too many is refused with a sentence; changing one that is there still works."""
    for number in range(MAX_RULES):
        await rules.set(1, Rule("ban", Subject.USER, number, allowed=False), actor_id=5)
    with pytest.raises(PolicyError, match="the limit"):
        await rules.set(1, RULE, actor_id=5)
    await rules.set(1, Rule("ban", Subject.USER, 0, allowed=True), actor_id=5)


async def test_another_process_is_followed(rules: RuleBook, store: AwayStore) -> None:
    """What somebody else has stored for a guild is in force after that guild is read again."""
    await rules.set(2, RULE, actor_id=5)
    await store.save(1, ("ban", "user", 3, False))
    await rules.reload(1)
    assert rules.list(1) == [Rule("ban", Subject.USER, 3, allowed=False)]
    await store.remove(1, "ban", "user", 3)
    await rules.reload(1)
    assert rules.of(1) is None
    assert rules.list(2) == [RULE]
