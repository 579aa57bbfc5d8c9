"""Every private name of discord.py that Wisp leans on: a new release fails here first."""

import inspect

import aiohttp
import pytest
from discord import app_commands
from discord.client import Client
from discord.ext.commands.bot import BotBase
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from discord.member import Member
from discord.shard import AutoShardedClient, EventType, Shard
from discord.state import AutoShardedConnectionState, ConnectionState
from discord.ui.view import BaseView, ViewStore
from discord.webhook.async_ import AsyncWebhookAdapter, Webhook

METHODS = [
    (Client, "_get_state"),
    (Client, "_schedule_event"),
    (AutoShardedClient, "launch_shard"),
    (AutoShardedClient, "launch_shards"),
    (BotBase, "dispatch"),
    (ConnectionState, "clear"),
    (ConnectionState, "parse_ready"),
    (ConnectionState, "chunk_guild"),
    (ConnectionState, "_guild_needs_chunking"),
    (ConnectionState, "_chunk_timeout"),
    (AutoShardedConnectionState, "_delay_shard_ready"),
    (DiscordWebSocket, "from_client"),
    (DiscordWebSocket, "received_message"),
    (HTTPClient, "static_login"),
    (HTTPClient, "ws_connect"),
    (HTTPClient, "get_bot_gateway"),
    (Shard, "_handle_disconnect"),
    (Shard, "_cancel_task"),
    (Shard, "reidentify"),
    (Shard, "reconnect"),
    (ViewStore, "add_view"),
    (ViewStore, "remove_view"),
    (ViewStore, "add_task"),
    (ViewStore, "dispatch_view"),
    (ViewStore, "dispatch_modal"),
    (ViewStore, "add_dynamic_items"),
    (ViewStore, "remove_dynamic_items"),
    (BaseView, "_dispatch_item"),
    (app_commands.CommandTree, "_from_interaction"),
    (app_commands.CommandTree, "_call"),
    (app_commands.CommandTree, "_dispatch_error"),
    (app_commands.Command, "_has_any_error_handlers"),
]

MENTIONS = [
    (AutoShardedClient.__init__, "__shards"),
    (AutoShardedClient._async_setup_hook, "__queue"),
    (HTTPClient.__init__, "__session"),
    (HTTPClient.request, "self.__session.request(method, url, **kwargs)"),
    (HTTPClient.request, "e.errno in (54, 10054)"),
    (AsyncWebhookAdapter.request, "e.errno in (54, 10054)"),
    (aiohttp.ClientSession._request, "self._retry_connection and method in IDEMPOTENT_METHODS"),
    (Webhook.from_state, "http._HTTPClient__session"),
    (ConnectionState.__init__, "self.parsers"),
    (ConnectionState.clear, "self._view_store"),
    (AutoShardedConnectionState.__init__, "self._ready_states"),
    (Member.__init__, "self._roles"),
    (ViewStore.__init__, "self._views"),
    (ViewStore.__init__, "self._modals"),
    (ViewStore.__init__, "self._dynamic_items"),
    (ViewStore.__init__, "self._synced_message_views"),
    (ViewStore.add_view, "view._cache_key"),
    (app_commands.CommandTree.__init__, "self._global_commands"),
    (app_commands.CommandTree.__init__, "self._guild_commands"),
    (app_commands.CommandTree.__init__, "self._context_menus"),
    (Shard.__init__, "self._handled_exceptions"),
    (Shard.__init__, "self._queue_put"),
    (Client.__init__, "self._connection"),
    (Client.__init__, "self._listeners"),
    (DiscordWebSocket.__init__, "self._decompressor"),
]


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=lambda value: getattr(value, "__name__", value))
def test_the_methods_that_wisp_overrides_or_calls_are_there(owner: type, name: str) -> None:
    """Each seam is a callable of the class where Wisp expects it."""
    assert callable(getattr(owner, name))


@pytest.mark.parametrize(
    ("function", "name"), MENTIONS, ids=lambda value: getattr(value, "__qualname__", value)
)
def test_the_attributes_that_wisp_reads_are_set_where_it_expects_them(function: object, name: str) -> None:
    """Each private attribute is still set by the function that set it."""
    assert name in inspect.getsource(function)  # type: ignore[arg-type]


def test_addresses_are_built_from_the_constants_that_wisp_rewrites() -> None:
    """A route's address starts with the class's base, and the gateway has a default."""
    assert Route("GET", "/users/@me").url == f"{Route.BASE}/users/@me"
    assert DiscordWebSocket.DEFAULT_GATEWAY.host == "gateway.discord.gg"
    assert {EventType.resume, EventType.identify, EventType.terminate} == {2, 3, 4}
