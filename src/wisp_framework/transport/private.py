"""The private names of discord.py that Wisp leans on, each behind a typed door.

A test checks that they exist, so that a new discord.py fails there first.
"""

import asyncio
from typing import cast

import aiohttp
from discord.http import HTTPClient
from discord.shard import AutoShardedClient, EventItem, Shard

SHARDS = "_AutoShardedClient__shards"
QUEUE = "_AutoShardedClient__queue"
SESSION = "_HTTPClient__session"


def shards_of(client: AutoShardedClient) -> dict[int, Shard]:
    """The shards that run, by id; the client's own dictionary."""
    return cast("dict[int, Shard]", vars(client)[SHARDS])


def queue_of(client: AutoShardedClient) -> asyncio.PriorityQueue[EventItem]:
    """The queue through which shards ask for a reconnect or report the end; there after login."""
    return cast("asyncio.PriorityQueue[EventItem]", vars(client)[QUEUE])


def session_of(http: HTTPClient) -> aiohttp.ClientSession:
    """The session that requests, callbacks and follow-ups use; there after login."""
    return cast("aiohttp.ClientSession", vars(http)[SESSION])


def send_once(session: aiohttp.ClientSession) -> None:
    """Let a session send each request once: on a reset it would send some again without a word."""
    session._retry_connection = False  # noqa: SLF001


def replace_session(http: HTTPClient, session: object) -> None:
    """Put another session in its place; it needs what `aiohttp.ClientSession` offers."""
    vars(http)[SESSION] = session
