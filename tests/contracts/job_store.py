"""What a store of jobs promises."""

import asyncio
from datetime import datetime, timedelta

import msgspec

from support.clock import START
from wisp_framework.services.job_store import (
    ALL_GUILDS,
    NO_GUILDS,
    Job,
    JobQuery,
    JobState,
    JobStore,
    Reach,
    Shards,
)

LEASE_S = 30.0
REACH = Reach(["tick", "remind"])


def at(minutes: float) -> datetime:
    """An instant, counted from the start."""
    return START + timedelta(minutes=minutes)


def job(name: str, minutes: float = 0.0, *, guild_id: int | None = None, **fields: object) -> Job:
    """A job that is due so many minutes after the start."""
    made = Job(name, "tick", "every 60.0 s", due_at=at(minutes), wake_at=at(minutes), guild_id=guild_id)
    return msgspec.structs.replace(made, **fields)


async def claim(
    store: JobStore, minutes: float = 0.0, *, holder: str = "one", limit: int = 10, reach: Reach = REACH
) -> list[Job]:
    """Take up what is due so many minutes after the start, for thirty seconds."""
    now = at(minutes)
    return list(await store.claim(reach, now, now + timedelta(seconds=LEASE_S), holder, limit))


async def names(store: JobStore, query: JobQuery | None = None) -> list[str]:
    return [found.name for found in await store.find(query or JobQuery())]


class JobStoreContract:
    """Inherit, and provide a ``store`` fixture with an empty store."""

    async def test_gives_back_what_was_kept(self, store: JobStore) -> None:
        """Every field of a job comes back as it went in, instants aware and in UTC."""
        kept = job(
            "a", 1.5, guild_id=81384788765712384, payload='{"x":"é\\u0000"}', declared=True, epoch=2**40
        )
        await store.create(kept)
        await store.create(job("b", 2, handler="remind", last_error="Boom", attempt=2))

        assert await store.find(JobQuery()) == [
            kept,
            job("b", 2, handler="remind", last_error="Boom", attempt=2),
        ]

    async def test_a_name_is_taken_once(self, store: JobStore) -> None:
        """A second job of a name is not kept unless it is to replace the first, which nobody holds then."""
        assert await store.create(job("a", payload="1"))
        assert not await store.create(job("a", payload="2"))
        (held,) = await claim(store)
        assert held.payload == "1"

        assert await store.create(job("a", 5, payload="3"), replace=True)
        assert not await store.put_back(held), "whoever held the first one has nothing any more"
        assert [found.payload for found in await claim(store, 5)] == ["3"]

    async def test_declaring_again_changes_nothing_but_a_new_schedule(self, store: JobStore) -> None:
        """A job that is declared at every start keeps its due time, until its code says another schedule."""
        await store.declare([job("a"), job("b", 1)])
        await store.declare([job("a", 7), job("b", 7, schedule="every 5.0 s"), job("c", 3)])
        await store.declare([])

        found = {found.name: (found.due_at, found.schedule) for found in await store.find(JobQuery())}
        assert found == {
            "a": (at(0), "every 60.0 s"),
            "b": (at(7), "every 5.0 s"),
            "c": (at(3), "every 60.0 s"),
        }

    async def test_a_held_job_keeps_its_lease_when_it_is_declared(self, store: JobStore) -> None:
        """A process that starts with another schedule takes nothing from the one that runs the job."""
        await store.declare([job("a")])
        (held,) = await claim(store)
        await store.declare([job("a", 0, schedule="every 5.0 s")])

        assert await claim(store, 0.1, holder="two") == []
        assert await store.finish(held)

    async def test_what_is_due_is_taken_up_once(self, store: JobStore) -> None:
        """Those due longest come first, no more than asked for, each to one holder, marked as its own."""
        for name, minutes in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("later", 9.0)):
            await store.create(job(name, minutes))

        first = await claim(store, 5, limit=2)
        assert [(taken.name, taken.holder, taken.attempt, taken.state) for taken in first] == [
            ("a", "one", 1, JobState.RUNNING),
            ("b", "one", 1, JobState.RUNNING),
        ]
        assert first[0].due_at == at(1)
        assert [taken.name for taken in await claim(store, 5, holder="two")] == ["c"]
        assert await claim(store, 5, holder="three") == []

    async def test_many_at_once_share_the_work(self, store: JobStore) -> None:
        """Eight holders that ask at the same moment get different jobs, and together all of them."""
        await store.declare([job(f"job {number:02}") for number in range(100)])
        taken: list[str] = []

        async def work(holder: str) -> None:
            while found := await claim(store, holder=holder, limit=5):
                taken.extend(one.name for one in found)

        await asyncio.gather(*(work(f"holder {number}") for number in range(8)))
        # Who was asking while others took everything went home; what is left is still there.
        while found := await claim(store, holder="last"):
            taken.extend(one.name for one in found)
        assert sorted(taken) == [f"job {number:02}" for number in range(100)]

    async def test_a_lease_that_is_over_lets_others_in(self, store: JobStore) -> None:
        """Until its lease ends a job is its holder's; then the next one gets it, and the first has none."""
        await store.create(job("a"))
        (first,) = await claim(store)
        assert await claim(store, 0.4, holder="two") == []
        (second,) = await claim(store, 0.5, holder="two")

        assert (second.attempt, second.due_at) == (2, first.due_at)
        assert await store.renew("one", at(9)) == {}
        assert not await store.put_back(first.let_go(wake_at=at(7), attempt=0, error=None))
        assert not await store.finish(first)
        assert await store.finish(second)
        assert await names(store) == []

    async def test_a_lease_can_be_lengthened(self, store: JobStore) -> None:
        """A sign of life keeps all jobs of a holder from the others."""
        for name in ("a", "b"):
            await store.create(job(name))
        held = await claim(store)
        assert await store.renew("one", at(2)) == {taken.name: taken.epoch for taken in held}

        assert await claim(store, 1, holder="two") == []
        assert len(await claim(store, 2, holder="two")) == 2

    async def test_a_job_comes_back_as_it_was_put(self, store: JobStore) -> None:
        """Its next due time, its next attempt or its last error is what everybody sees from then on."""
        await store.create(job("a"))
        (held,) = await claim(store)
        rest = held.let_go(due_at=at(60), wake_at=at(61), attempt=2, error="Boom")
        assert await store.put_back(rest)

        assert await store.find(JobQuery()) == [rest]
        assert rest.state is JobState.RETRYING
        assert await claim(store, 60) == []
        assert [taken.attempt for taken in await claim(store, 61)] == [3]

    async def test_only_what_is_within_reach_is_seen(self, store: JobStore) -> None:
        """A process takes up only what it has a handler for, of the whole bot or of its own guilds."""
        on_shard_one = 5 << 22
        await store.create(job("bot", 1))
        await store.create(job("guild", 0, guild_id=on_shard_one))
        await store.create(job("unknown", 0, handler="elsewhere"))

        for reach, seen in (
            (Reach([], ALL_GUILDS), []),
            (Reach(["tick"], NO_GUILDS), ["bot"]),
            (Reach(["tick"], Shards(4, frozenset({0, 2, 3}))), ["bot"]),
            (Reach(["tick"], Shards(4, frozenset({1}))), ["guild", "bot"]),
            (Reach(["tick", "remind"]), ["guild", "bot"]),
        ):
            wakes = {"bot": at(1), "guild": at(0)}
            assert await store.next_wake(reach) == (wakes[seen[0]] if seen else None)
            taken = await claim(store, 5, reach=reach)
            assert sorted(one.name for one in taken) == sorted(seen)
            for one in taken:
                await store.put_back(one.let_go(wake_at=one.due_at, attempt=0, error=None))

    async def test_lists_what_is_asked_for(self, store: JobStore) -> None:
        """By handler, guild and state; the next first, what never comes again last, no more than wanted."""
        await store.create(job("waiting", 4, guild_id=9))
        await store.create(job("retrying", 3, attempt=1, last_error="Boom"))
        await store.create(job("failed", 1, wake_at=None, last_error="Boom"))
        await store.create(job("done", 2, wake_at=None, handler="remind"))
        await store.create(job("running", 0))
        await claim(store)

        assert await names(store) == ["running", "retrying", "waiting", "failed", "done"]
        assert await names(store, JobQuery(limit=2)) == ["running", "retrying"]
        assert await names(store, JobQuery(guild_id=9)) == ["waiting"]
        assert await names(store, JobQuery(handler="remind")) == ["done"]
        for state in JobState:
            assert await names(store, JobQuery(state=state)) == [state.value]

    async def test_a_job_can_be_hastened(self, store: JobStore) -> None:
        """It comes at once with a due time of its own; what failed comes with the one it had."""
        await store.create(job("waiting", 60))
        await store.create(job("failed", 1, wake_at=None, last_error="Boom"))
        assert await store.hasten("waiting", at(5))
        assert await store.hasten("failed", at(5))
        assert not await store.hasten("nobody", at(5))

        taken = {
            found.name: (found.due_at, found.attempt, found.last_error) for found in await claim(store, 5)
        }
        assert taken == {"waiting": (at(5), 1, None), "failed": (at(1), 1, None)}
        assert not await store.hasten("waiting", at(6)), "somebody runs it"

    async def test_a_cancelled_job_is_gone(self, store: JobStore) -> None:
        """Whoever holds it, it comes no more, and its holder cannot bring it back."""
        await store.create(job("a"))
        (held,) = await claim(store)
        assert await store.cancel("a")
        assert not await store.cancel("a")

        assert await store.renew("one", at(9)) == {}
        assert not await store.put_back(held.let_go(wake_at=at(7), attempt=0, error=None))
        assert await names(store) == []

    async def test_what_failed_long_ago_is_removed(self, store: JobStore) -> None:
        """Nothing else is: what waits, runs, or came once as its code says, stays."""
        await store.create(job("old", 0, wake_at=None, last_error="Boom"))
        await store.create(job("new", 10, wake_at=None, last_error="Boom"))
        await store.create(job("done", 0, wake_at=None))
        await store.create(job("waiting", 0))

        assert await store.prune(at(5)) == 1
        assert sorted(await names(store)) == ["done", "new", "waiting"]
