"""What an audit event may hold, and the sink of a bot without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.audit_sink import AuditSinkContract, event
from support.clock import START
from wisp_framework.exceptions import AuditError
from wisp_framework.services.audit_event import (
    MAX_EVENT_BYTES,
    REMEMBERED,
    AuditEvent,
    AuditQuery,
    AuditSink,
    MemoryAuditSink,
    new_event,
)
from wisp_framework.utils.json_value import JsonInput


class TestMemoryAuditSink(AuditSinkContract):
    """In memory."""

    @pytest.fixture
    def sink(self) -> AuditSink:
        """An empty one."""
        return MemoryAuditSink()


def made(
    action: str = "ban",
    *,
    actor_id: int | None = None,
    target: str | None = None,
    before: JsonInput = None,
    reference: str | None = None,
) -> AuditEvent:
    """An event of the start."""
    return new_event(
        START,
        action,
        actor_id=actor_id,
        guild_id=None,
        target=target,
        before=before,
        after=None,
        reason=None,
        reference=reference,
        metadata=None,
    )


async def test_memory_keeps_the_newest() -> None:
    """What is kept in memory has a limit; the oldest go first."""
    sink = MemoryAuditSink()
    events = [event(minutes) for minutes in range(REMEMBERED + 5)]
    await sink.store(events)

    assert list(await sink.query(AuditQuery(limit=REMEMBERED * 2))) == events[:4:-1]


def test_refuses_what_cannot_be_kept() -> None:
    """A value that is no JSON, a name that is none, an id that is none and a size are refused, and named."""
    with pytest.raises(AuditError, match=r"'ban': before: \$.roles \(set\) is not"):
        made(before={"roles": {1}})  # type: ignore[dict-item]
    with pytest.raises(AuditError, match=f"the limit is {MAX_EVENT_BYTES}"):
        made(before="x" * MAX_EVENT_BYTES)
    with pytest.raises(AuditError, match="1 to 100 characters"):
        made("x" * 101)
    with pytest.raises(AuditError, match="1 to 100 characters"):
        made("")
    for actor_id in (-1, 2**63):
        with pytest.raises(AuditError, match=f"actor {actor_id} and guild None"):
            made(actor_id=actor_id)


@given(st.text(max_size=50, alphabet=st.characters(codec=None)))
def test_any_text_becomes_one_that_a_database_keeps(text: str) -> None:
    """Without half a surrogate pair and without NUL, whatever a member typed; the rest stays."""
    told = made(target=text, reference=text).target

    assert told is not None
    assert told.encode().decode() == told
    assert "\0" not in told
    assert len(told) == len(text)


def test_ids_sort_by_time() -> None:
    """Later events have later ids, and no two are the same."""
    events = [event(minutes) for minutes in range(100)]

    assert [one.id for one in sorted(events, key=lambda one: one.id)] == [one.id for one in events]
    assert len({made().id for _ in range(1000)}) == 1000
    assert (made().id.version, made().id.variant) == (7, "specified in RFC 4122")
