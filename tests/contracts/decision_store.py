"""What a store of decisions promises."""

from datetime import timedelta

from support.clock import START
from wisp_framework.services.decisions import (
    Decision,
    DecisionQuery,
    DecisionStore,
    Invocation,
    InvocationKind,
    Outcome,
)


def decision(
    reference: str,
    minutes: float = 0,
    name: str = "ban",
    guild_id: int | None = 1,
    module: str | None = "mod",
) -> Decision:
    """A decision about a command that has ended well after 30 ms."""
    invocation = Invocation(InvocationKind.COMMAND, name, module, guild_id, 2, 3, reference)
    made = Decision(invocation, START + timedelta(minutes=minutes), began_s=100.0)
    made.admit(100.01)
    made.close(100.03)
    return made


class DecisionStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_gives_back_what_was_stored(self, store: DecisionStore) -> None:
        """All that is known of a decision comes back, whatever its outcome."""
        refused = decision("B", guild_id=None, module=None)
        refused.refuse("policy", "rule: deny ban for user 3")
        late = decision("C")
        late.defer(100.02)
        late.outcome = Outcome.DEFERRED
        for made in (decision("A"), refused, late):
            await store.store([made])
            back = await store.find(made.reference)
            assert back is not None
            assert (back.invocation, back.at, back.outcome) == (made.invocation, made.at, made.outcome)
            assert (back.gate, back.detail) == (made.gate, made.detail)
            told, first = back.steps(), made.steps()
            assert [(step.name, step.verdict) for step in told] == [
                (step.name, step.verdict) for step in first
            ]
            assert all(abs(one.at_ms - other.at_ms) < 0.001 for one, other in zip(told, first, strict=True))
        assert await store.find("D") is None

    async def test_storing_twice_keeps_one(self, store: DecisionStore) -> None:
        """A batch that is tried again adds what is new and keeps what was stored first."""
        await store.store([decision("A", name="first")])
        await store.store([decision("A", name="second"), decision("B")])

        found = await store.recent(DecisionQuery())
        assert sorted((made.reference, made.invocation.name) for made in found) == [
            ("A", "first"),
            ("B", "ban"),
        ]

    async def test_lists_what_is_asked_for(self, store: DecisionStore) -> None:
        """The newest first, by guild, by command with those below it, by outcome, no more than wanted."""
        failed = decision("F", 5, name="mod kick")
        failed.fail("ValueError: x")
        await store.store(
            [
                decision("A", 1, name="mod ban"),
                decision("B", 2, name="mod_other"),
                decision("C", 3, name="mod", guild_id=9),
                decision("E", 4, name="mod%"),
                failed,
            ]
        )

        async def references(query: DecisionQuery) -> list[str]:
            found = await store.recent(query)
            assert all(query.fits(made) for made in found)
            return [made.reference for made in found]

        assert await references(DecisionQuery()) == ["F", "E", "C", "B", "A"]
        assert await references(DecisionQuery(guild_id=9)) == ["C"]
        assert await references(DecisionQuery(name="mod")) == ["F", "C", "A"]
        assert await references(DecisionQuery(name="mod%")) == ["E"]
        assert await references(DecisionQuery(name="mod", outcome=Outcome.FAILED)) == ["F"]
        assert await references(DecisionQuery(limit=2)) == ["F", "E"]

    async def test_removes_what_is_old(self, store: DecisionStore) -> None:
        """What is older than asked for goes, and is counted."""
        await store.store([decision("A", 0), decision("B", 10)])

        assert await store.prune(START + timedelta(minutes=10)) == 1
        assert [made.reference for made in await store.recent(DecisionQuery())] == ["B"]

    async def test_takes_what_people_make_up(self, store: DecisionStore) -> None:
        """A forged id of a button, endless or with a zero in it, blocks nothing that waits behind it."""
        forged = decision("A", name="\x00" * 5 + "x" * 500)
        forged.fail("\x00" + "y" * 100_000)
        await store.store([forged, decision("B")])

        assert await store.find("B") is not None
