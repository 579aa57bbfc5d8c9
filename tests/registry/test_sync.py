"""Command lists: sent when they differ, and only then."""

from collections.abc import Sequence

from support.clock import FakeClock, settle
from wisp_framework.registry.sync import CommandSync, Payload, SyncRefusedError

PING: Payload = {"name": "ping", "type": 1, "description": "Pong", "options": []}
ENTRY: Payload = {"id": "9", "name": "launch", "type": 4, "description": ""}


class Lists:
    """Discord's side, and what is wanted, as plain lists."""

    def __init__(self) -> None:
        self.here: dict[int | None, list[Payload]] = {}
        self.want: dict[int | None, list[Payload]] = {}
        self.puts: list[int | None] = []
        self.fetches: list[int | None] = []
        self.failures: list[Exception] = []

    def wanted(self, guild_id: int | None) -> list[Payload]:
        return self.want.get(guild_id, [])

    async def fetch(self, guild_id: int | None) -> list[Payload]:
        self.fetches.append(guild_id)
        return self.here.get(guild_id, [])

    async def put(self, guild_id: int | None, commands: Sequence[Payload]) -> None:
        self.puts.append(guild_id)
        if self.failures:
            raise self.failures.pop(0)
        self.here[guild_id] = list(commands)


async def synced(lists: Lists, sync: CommandSync, *scopes: int | None) -> None:
    sync.start()
    for scope in scopes:
        sync.request(scope)
    await sync.idle()


async def test_a_list_that_discord_has_already_is_not_sent() -> None:
    """What Discord adds or leaves out is no difference."""
    lists = Lists()
    lists.want[7] = [PING | {"dm_permission": True, "nsfw": False, "default_member_permissions": None}]
    lists.here[7] = [
        PING | {"id": "1", "application_id": "2", "version": "3", "guild_id": "7", "nsfw": False}
    ]
    sync = CommandSync(lists, FakeClock())

    await synced(lists, sync, 7)

    assert lists.puts == []
    await sync.stop()


async def test_a_changed_description_is_sent_once() -> None:
    """One difference costs one request, and asking again costs none."""
    lists = Lists()
    lists.want[7] = [PING | {"description": "Pong!"}]
    lists.here[7] = [PING | {"id": "1"}]
    sync = CommandSync(lists, FakeClock())

    await synced(lists, sync, 7)
    await synced(lists, sync, 7, 7)

    assert lists.puts == [7]
    assert lists.fetches == [7]
    await sync.stop()


async def test_the_command_of_an_activity_is_kept() -> None:
    """The entry point that Discord made stays in the global list that replaces the old one."""
    lists = Lists()
    lists.want[None] = [PING]
    lists.here[None] = [ENTRY]
    sync = CommandSync(lists, FakeClock())

    await synced(lists, sync, None)

    assert ENTRY in lists.here[None]
    await sync.stop()


async def test_a_failure_is_tried_again_later_and_holds_nobody_up() -> None:
    """A list that could not be sent is due again after 5 s; other guilds do not wait for it."""
    lists, clock = Lists(), FakeClock()
    lists.want = {7: [PING], 8: [PING]}
    lists.failures = [OSError("reset")]
    sync = CommandSync(lists, clock)

    await synced(lists, sync, 7, 8)
    assert lists.puts == [7, 8]
    await clock.advance(4.9)
    assert lists.puts == [7, 8]
    await clock.advance(0.2)
    await settle()

    assert lists.puts == [7, 8, 7]
    assert lists.here[7] == [PING]
    await sync.stop()


async def test_what_discord_refuses_is_not_tried_again() -> None:
    """A refused list waits for the next change."""
    lists, clock = Lists(), FakeClock()
    lists.want[7] = [PING]
    lists.failures = [SyncRefusedError("too many")]
    sync = CommandSync(lists, clock)

    await synced(lists, sync, 7)
    await clock.advance(10_000)

    assert lists.puts == [7]
    await sync.stop()
