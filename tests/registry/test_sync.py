"""Command lists: sent when they differ, and only then; whoever needs them first goes first."""

from collections.abc import Collection, Sequence
from datetime import datetime

import pytest
from typing_extensions import override

from support.clock import FakeClock, settle
from wisp_framework.exceptions import CreatesSpentError, DatabaseError, SyncRefusedError
from wisp_framework.registry import CommandSync, Need, Payload
from wisp_framework.registry.lists import WantedList
from wisp_framework.registry.payloads import CommandKey, key_of
from wisp_framework.services.list_memory import ListMemory, ListStore, MemoryListStore

PING: Payload = {"name": "ping", "type": 1, "description": "Pong", "options": []}
ENTRY: Payload = {"id": "9", "name": "launch", "type": 4, "description": ""}
DAY_S = 86_400


def command(name: str, description: str = "Fine") -> Payload:
    return {"name": name, "type": 1, "description": description}


class Lists:
    """Discord's side, and what is wanted, as plain lists."""

    application_id = 1
    can_vanish = False

    def __init__(self) -> None:
        self.here: dict[int | None, list[Payload]] = {}
        self.want: dict[int | None, list[Payload]] = {}
        self.puts: list[int | None] = []
        self.fetches: list[int | None] = []
        self.failures: list[Exception] = []

    def refresh(self) -> None:
        """Nothing is kept here."""

    def offered(self) -> Collection[CommandKey]:
        return [key_of(command) for commands in self.want.values() for command in commands]

    async def wanted(self, guild_id: int | None) -> WantedList:
        return WantedList.of([("m", command) for command in self.want.get(guild_id, [])], guild_id)

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        self.fetches.append(guild_id)
        return self.here.get(guild_id, [])

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        self.puts.append(guild_id)
        if self.failures:
            raise self.failures.pop(0)
        self.here[guild_id] = list(commands)


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def synced(
    lists: Lists,
    sync: CommandSync,
    *scopes: int | None,
    need: Need = Need.STARTED,
) -> None:
    sync.start()
    for scope in scopes:
        sync.request(scope, need)
    await sync.idle()


async def one_run(lists: Lists, store: ListStore, clock: FakeClock, *scopes: int | None) -> None:
    """A process that starts, does what is due, and ends."""
    lists.puts.clear()
    lists.fetches.clear()
    sync = CommandSync(lists, store, clock)
    await synced(lists, sync, *scopes)
    await sync.stop()


async def test_a_list_that_discord_has_already_is_not_sent(lists: Lists, clock: FakeClock) -> None:
    """What Discord adds or leaves out is no difference."""
    lists.want[7] = [PING | {"dm_permission": True, "nsfw": False, "default_member_permissions": None}]
    lists.here[7] = [
        PING | {"id": "1", "application_id": "2", "version": "3", "guild_id": "7", "nsfw": False}
    ]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7)

    assert lists.puts == []
    await sync.stop()


async def test_a_changed_description_is_sent_once(lists: Lists, clock: FakeClock) -> None:
    """One difference costs one request, and asking again costs none."""
    lists.want[7] = [PING | {"description": "Pong!"}]
    lists.here[7] = [PING | {"id": "1"}]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7)
    await synced(lists, sync, 7, 7)

    assert lists.puts == [7]
    assert lists.fetches == [7]
    await sync.stop()


async def test_the_command_of_an_activity_is_kept(lists: Lists, clock: FakeClock) -> None:
    """The entry point that Discord made stays in the global list each time that it is replaced."""
    lists.here[None] = [ENTRY]
    sync = CommandSync(lists, MemoryListStore(), clock)

    for description in ("Pong", "Pong!"):
        lists.want[None] = [PING | {"description": description}]
        await synced(lists, sync, None)
        assert ENTRY in lists.here[None]

    assert lists.puts == [None, None]
    await sync.stop()


async def test_a_failure_is_tried_again_later_and_holds_nobody_up(lists: Lists, clock: FakeClock) -> None:
    """A list that could not be sent is due again after 5 s; other guilds do not wait for it."""
    lists.want = {7: [PING], 8: [PING]}
    lists.failures = [OSError("reset")]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7, 8)
    assert lists.puts == [7, 8]
    assert "guild 7 could not be sent: reset" in (await sync.check_health()).detail
    await clock.advance(4.9)
    assert lists.puts == [7, 8]
    await clock.advance(0.2)
    await settle()

    assert lists.puts == [7, 8, 7]
    assert lists.here[7] == [PING]
    assert not (await sync.check_health()).detail
    await sync.stop()


async def test_what_may_have_arrived_is_read_before_it_is_sent_again(lists: Lists, clock: FakeClock) -> None:
    """An answer that was lost on its way is no reason to send the list twice."""
    lists.want[7] = [PING]
    lists.failures = [OSError("reset after Discord had taken it")]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7)
    lists.here[7] = [PING]
    await clock.advance(6)

    assert lists.puts == [7]
    assert lists.fetches == [7, 7]
    await sync.stop()


async def test_after_a_lost_answer_and_a_crash_nothing_is_taken_for_granted(clock: FakeClock) -> None:
    """A list that Discord may have taken is read in the next run, also when the old one is wanted again."""

    class Lossy(Lists):
        """Discord takes the second list, and its answer is lost."""

        @override
        async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
            await super().put(guild_id, commands)
            if len(self.puts) == 2:
                raise OSError("reset after Discord had taken it")

    lossy, store = Lossy(), MemoryListStore()
    sync = CommandSync(lossy, store, clock)
    for name in ("a", "b"):
        lossy.want[7] = [command(name)]
        await synced(lossy, sync, 7)
    await sync.stop()
    assert lossy.here[7] == [command("b")]
    lossy.want[7] = [command("a")]

    await one_run(lossy, store, clock, 7)

    assert lossy.here[7] == [command("a")]


async def test_a_guild_that_is_left_is_not_tried_again(lists: Lists, clock: FakeClock) -> None:
    """A retry that waits ends with the bot's leaving."""
    lists.want[7] = [PING]
    lists.failures = [OSError("reset")]
    sync = CommandSync(lists, MemoryListStore(), clock)
    await synced(lists, sync, 7)

    sync.forget(7)
    await clock.advance(10_000)

    assert lists.puts == [7]
    await sync.stop()


async def test_what_discord_refuses_is_not_tried_again(lists: Lists, clock: FakeClock) -> None:
    """A refused list waits for the next change, and health says why."""
    lists.want[7] = [PING]
    lists.failures = [SyncRefusedError("missing access")]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7)
    await clock.advance(10_000)

    assert lists.puts == [7]
    assert "guild 7 was refused: missing access" in (await sync.check_health()).detail
    await sync.stop()


async def test_a_request_that_hangs_holds_nobody_up(lists: Lists, clock: FakeClock) -> None:
    """Where Discord has a client wait for hours, the lists of the other guilds go on after 30 s."""

    class Hanging(Lists):
        """Waits for the clock as discord.py does after a 429."""

        @override
        async def fetch(self, guild_id: int | None) -> list[Payload]:
            if guild_id == 7:
                await clock.sleep(40_000)
            return await super().fetch(guild_id)

    hanging = Hanging()
    hanging.want = {7: [PING], 8: [PING]}
    sync = CommandSync(hanging, MemoryListStore(), clock)
    sync.start()
    sync.request(7)
    sync.request(8)
    await clock.advance(29)
    assert hanging.puts == []
    await clock.advance(2)

    assert hanging.puts == [8]
    await sync.stop()


async def test_an_unchanged_bot_sends_and_reads_nothing_after_a_restart(
    lists: Lists, clock: FakeClock
) -> None:
    """What Discord has is remembered; after a change only the list that differs is looked at."""
    store = MemoryListStore()
    lists.want = {None: [PING], 7: [command("a")], 8: [command("b")]}
    await one_run(lists, store, clock, None, 7, 8)
    assert (lists.fetches, lists.puts) == ([None, 7, 8], [None, 7, 8])

    await one_run(lists, store, clock, None, 7, 8)
    assert (lists.fetches, lists.puts) == ([], [])

    lists.want[8] = [command("b", "Better")]
    await one_run(lists, store, clock, None, 7, 8)
    assert (lists.fetches, lists.puts) == ([8], [8])


async def test_an_offline_discord_that_began_anew_gets_all_lists_again(
    lists: Lists, clock: FakeClock
) -> None:
    """Where the global list is gone, so are those of the guilds, and the count of new commands."""
    store = MemoryListStore()
    lists.can_vanish = True
    lists.want = {None: [PING], 7: [command(f"c{number}") for number in range(90)]}

    for _ in range(3):
        lists.here.clear()
        await one_run(lists, store, clock, None, 7)

        assert lists.puts == [None, 7]
        assert len(lists.here[7]) == 90


async def test_an_offline_discord_that_went_on_is_asked_for_one_list(lists: Lists, clock: FakeClock) -> None:
    """That the global list still stands is enough to believe what is remembered of the others."""
    store = MemoryListStore()
    lists.can_vanish = True
    lists.want = {None: [PING], 7: [PING]}
    await one_run(lists, store, clock, None, 7)

    await one_run(lists, store, clock, None, 7)

    assert (lists.fetches, lists.puts) == ([None], [])


async def test_what_was_seen_long_ago_is_read_again_last(lists: Lists, clock: FakeClock) -> None:
    """At a start after more than a day every list is read once, behind those that differ for sure."""
    store = MemoryListStore()
    lists.want = {7: [command("a")], 8: [command("b")]}
    await one_run(lists, store, clock, 7, 8)
    await clock.advance(DAY_S + 1)
    lists.here[7] = []  # another program did that
    lists.want[8] = [command("b", "Better")]

    await one_run(lists, store, clock, 7, 8)
    assert (lists.fetches, lists.puts) == ([8, 7], [8, 7])

    await one_run(lists, store, clock, 7, 8)
    assert lists.fetches == []


async def test_after_a_crash_between_two_guilds_the_rest_is_done(lists: Lists, clock: FakeClock) -> None:
    """What Discord has taken is not sent again, also where the crash came before it was written down."""

    class Forgetful(MemoryListStore):
        """Loses one list, as a crash right after the request does."""

        @override
        async def save(self, application_id: int, guild_id: int | None, memory: ListMemory) -> None:
            if guild_id != 8:
                await super().save(application_id, guild_id, memory)

    store = Forgetful()
    lists.want = {guild_id: [command("a")] for guild_id in (7, 8, 9)}
    await one_run(lists, store, clock, 7, 8)

    await one_run(lists, store, clock, 7, 8, 9)

    assert lists.fetches == [8, 9]
    assert lists.puts == [9]


async def test_a_guild_where_somebody_switched_goes_first(lists: Lists, clock: FakeClock) -> None:
    """However many lists are due after a start, the one that somebody looks at is next."""
    lists.want = {guild_id: [PING] for guild_id in range(1, 6)}
    sync = CommandSync(lists, MemoryListStore(), clock)
    for guild_id in lists.want:
        sync.request(guild_id, Need.STARTED)
    sync.request(4, Need.CHANGED)
    sync.request(5)

    await synced(lists, sync)

    assert lists.puts == [5, 4, 1, 2, 3]
    await sync.stop()


async def test_a_guild_that_is_left_and_joined_again_is_read_anew(lists: Lists, clock: FakeClock) -> None:
    """Discord may have dropped its list; what was remembered of it holds no more, in this run and later."""
    store = MemoryListStore()
    lists.want[7] = [PING]
    sync = CommandSync(lists, store, clock)
    await synced(lists, sync, 7)
    sync.forget(7)
    lists.here[7] = []
    await settle()
    assert await store.load(1) == {}

    await synced(lists, sync, 7)

    assert lists.fetches == [7, 7]
    assert lists.here[7] == [PING]
    await sync.stop()


async def test_creates_are_counted_over_restarts(lists: Lists, clock: FakeClock) -> None:
    """The 201st new command of a day waits with those that came with it; what else changed is listed."""
    store = MemoryListStore()
    for start in (0, 90):
        lists.want[7] = [command(f"c{number}") for number in range(start, start + 90)]
        await one_run(lists, store, clock, 7)
    old = lists.want[7][-79:]
    lists.want[7] = [*old, *(command(f"new{number}") for number in range(21))]
    sync = CommandSync(lists, store, clock)

    await synced(lists, sync, 7)

    assert {str(c["name"]) for c in lists.here[7]} == {str(c["name"]) for c in old}
    assert "21 new commands wait" in (await sync.check_health()).detail
    sends = len(lists.puts)
    await clock.advance(5 * 3600)
    assert len(lists.puts) == sends
    await clock.advance(8 * 3600)
    assert len(lists.here[7]) == 100
    assert not (await sync.check_health()).detail
    await sync.stop()


async def test_discords_own_count_of_creates_is_believed(lists: Lists, clock: FakeClock) -> None:
    """When Discord says that the day's creates are spent, they are, until the day is over."""
    lists.want[7] = [PING]
    lists.failures = [CreatesSpentError(7, 0)]
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7)
    assert "1 new commands wait" in (await sync.check_health()).detail
    sends = len(lists.puts)
    await clock.advance(3 * 3600)
    assert len(lists.puts) == sends
    await clock.advance(10 * 3600)

    assert lists.here[7] == [PING]
    await sync.stop()


async def test_a_store_that_fails_costs_requests_and_no_commands(lists: Lists, clock: FakeClock) -> None:
    """Without its memory the bot compares every list with Discord's, and lists what it should."""

    class Broken:
        """A database that is away."""

        async def load(self, application_id: int) -> dict[int | None, ListMemory]:
            raise DatabaseError("away")

        async def save(self, application_id: int, guild_id: int | None, memory: ListMemory) -> None:
            raise DatabaseError("away")

        async def forget(self, application_id: int, guild_id: int) -> None:
            raise DatabaseError("away")

        async def clear(self, application_id: int) -> None:
            raise DatabaseError("away")

    lists.want[7] = [PING]
    await one_run(lists, Broken(), clock, 7)
    assert lists.here[7] == [PING]

    await one_run(lists, Broken(), clock, 7)
    assert (lists.fetches, lists.puts) == ([7], [])


async def test_a_command_that_discord_would_refuse_costs_only_itself(
    lists: Lists, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are listed; log and health name it, the log once."""
    lists.want = {guild_id: [PING, command("bad", "x" * 101)] for guild_id in (7, 8)}
    sync = CommandSync(lists, MemoryListStore(), clock)

    await synced(lists, sync, 7, 8)

    assert lists.here == {7: [PING], 8: [PING]}
    assert (await sync.check_health()).detail == (
        "command 'bad' of module 'm' is left out: its description has 101 characters, Discord takes 100"
    )
    assert caplog.text.count("'bad'") == 1
    await sync.stop()


def test_what_is_remembered_is_dated() -> None:
    """A memory tells when it was true; without creates none are counted."""
    memory = ListMemory("f", datetime.fromisoformat("2030-01-31T00:00:00+00:00"))

    assert (memory.creates, memory.creates_day) == (0, "")
