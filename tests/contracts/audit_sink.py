"""What a sink of audit events promises."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from support.clock import START
from wisp_framework.services.audit_event import AuditEvent, AuditQuery, AuditSink
from wisp_framework.utils.ordered_id import ordered_id

LAB, TOWER = 81384788765712384, 81384788765712385
ADA, GRACE = 53908232506183680, 2**63 - 1

FULL = AuditEvent(
    id=UUID(int=1),
    at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    action="module.switched",
    actor_id=GRACE,
    guild_id=LAB,
    target="module:polls",
    before=True,
    after=False,
    reason="too\nloud ✂",
    reference="3F2A91BC",
    metadata={"channel": "lobby", "tries": [1, 2.0, None], "nul": "\0"},
)
BARE = AuditEvent(id=UUID(int=2), at=datetime(2026, 1, 2, tzinfo=UTC), action="bot.started", actor_id=None)


def event(
    minutes: float = 0,
    action: str = "ping",
    *,
    actor_id: int | None = ADA,
    guild_id: int | None = LAB,
    reference: str | None = None,
) -> AuditEvent:
    """An event of its own, so many minutes after the start."""
    at = START + timedelta(minutes=minutes)
    return AuditEvent(ordered_id(at), at, action, actor_id, guild_id, reference=reference)


class AuditSinkContract:
    """Inherit, and provide a ``sink`` fixture with an empty sink."""

    async def test_gives_back_what_was_stored(self, sink: AuditSink) -> None:
        """Every field comes back as it was, the instant aware and in UTC."""
        await sink.store([FULL, BARE])
        await sink.store([])

        full, bare = await sink.query(AuditQuery())
        assert (full, bare) == (FULL, BARE)
        assert full.at.tzinfo is UTC

    async def test_storing_again_keeps_one(self, sink: AuditSink) -> None:
        """An event that is kept already is left as it was, and the new ones beside it are kept."""
        await sink.store([FULL])
        await sink.store([msgspec.structs.replace(FULL, action="changed"), BARE, BARE])

        assert [event.action for event in await sink.query(AuditQuery())] == [
            "module.switched",
            "bot.started",
        ]

    async def test_storing_at_once_keeps_each_once(self, sink: AuditSink) -> None:
        """Several that replay the same events at the same time keep one of each."""
        events = [event(minutes) for minutes in range(100)]
        await asyncio.gather(*(sink.store(events[first:]) for first in range(0, 80, 20)))

        assert list(await sink.query(AuditQuery(limit=1000))) == events[::-1]

    async def test_the_newest_come_first_and_by_pages(self, sink: AuditSink) -> None:
        """In whatever order they were stored; a page begins where the one before it ended."""
        events = [event(minutes) for minutes in range(7)]
        await sink.store(events[::2])
        await sink.store(events[1::2])

        pages = [await sink.query(AuditQuery(limit=3, skip=skip)) for skip in (0, 3, 6, 9)]
        assert [list(page) for page in pages] == [
            events[6:3:-1],
            events[3:0:-1],
            events[0:1],
            [],
        ]

    async def test_each_condition_narrows(self, sink: AuditSink) -> None:
        """By guild, actor, reference, time, and by action with all below it; all of them together."""
        ban = event(1, "mod.ban", reference="AAAA1111")
        note = event(2, "mod", actor_id=GRACE)
        model = event(3, "model.trained", guild_id=TOWER)
        started = event(4, "bot.started", actor_id=None, guild_id=None)
        odd = event(5, "mod_.%", guild_id=TOWER)
        await sink.store([ban, note, model, started, odd])

        async def found(query: AuditQuery) -> list[AuditEvent]:
            return list(await sink.query(query))

        assert await found(AuditQuery(guild_id=LAB)) == [note, ban]
        assert await found(AuditQuery(actor_id=GRACE)) == [note]
        assert await found(AuditQuery(reference="AAAA1111")) == [ban]
        assert await found(AuditQuery(action="mod")) == [note, ban]
        assert await found(AuditQuery(action="mod.ban")) == [ban]
        assert await found(AuditQuery(action="mod_")) == [odd]
        assert await found(AuditQuery(since=note.at, until=started.at)) == [model, note]
        assert await found(AuditQuery(guild_id=LAB, actor_id=ADA, action="mod")) == [ban]
        assert await found(AuditQuery(guild_id=TOWER, action="mod")) == []

    async def test_the_oldest_are_pruned_a_batch_at_a_time(self, sink: AuditSink) -> None:
        """Only what is older goes, the oldest first, at most so many; and it is told how many."""
        events = [event(minutes) for minutes in range(6)]
        await sink.store(events)

        assert await sink.prune(events[4].at, 3) == 3
        assert list(await sink.query(AuditQuery())) == events[:2:-1]
        assert await sink.prune(events[4].at, 3) == 1
        assert await sink.prune(events[4].at, 3) == 0
        assert list(await sink.query(AuditQuery())) == events[:3:-1]
