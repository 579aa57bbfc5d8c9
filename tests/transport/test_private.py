"""Every private name of discord.py that Wisp leans on: a new release fails here first."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from discord import app_commands
from discord.client import Client
from discord.ext.commands.bot import BotBase
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from discord.interactions import Interaction, InteractionResponse
from discord.member import Member
from discord.shard import AutoShardedClient, EventType, Shard
from discord.state import AutoShardedConnectionState, ConnectionState
from discord.ui.view import BaseView, ViewStore
from discord.webhook.async_ import AsyncWebhookAdapter, Webhook

SOURCE = Path(__file__).resolve().parents[2] / "src/wisp_framework"
ROOMS = ("bot.py", "dispatch", "policy", "registry", "transport")
"""Where discord.py's objects are handled."""

METHODS = [
    (Client, "_get_state"),
    (Client, "_schedule_event"),
    (AutoShardedClient, "launch_shard"),
    (AutoShardedClient, "launch_shards"),
    (BotBase, "dispatch"),
    (BotBase, "_resolve_name"),
    (ConnectionState, "clear"),
    (ConnectionState, "parse_ready"),
    (ConnectionState, "chunk_guild"),
    (ConnectionState, "_guild_needs_chunking"),
    (ConnectionState, "_chunk_timeout"),
    (ConnectionState, "_chunk_and_dispatch"),
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
    (app_commands.CommandTree, "_get_app_command_options"),
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
    (Client.__init__, "self._handlers"),
    (Client.__init__, "self._hooks"),
    (BotBase.__init__, "self._help_command"),
    (BotBase.__init__, "self._before_invoke"),
    (BotBase.__init__, "self._after_invoke"),
    (app_commands.Command.__init__, "self._guild_ids"),
    (InteractionResponse.__init__, "self._parent"),
    (InteractionResponse.__init__, "self._response_type"),
    (Interaction, "_cs_response"),
    (Interaction.__init__, "self._state"),
    (Shard.__init__, "self._client"),
    (Shard.__init__, "self._dispatch"),
    (Shard.__init__, "self._task"),
    (DiscordWebSocket.__init__, "self._keep_alive"),
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


def is_self(node: ast.expr) -> bool:
    """Whether an expression is the object of its method."""
    return isinstance(node, ast.Name) and node.id == "self"


def own_names(tree: ast.Module) -> Iterator[str]:
    """The private names that a file makes itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not any(isinstance(mark, ast.Name) and mark.id == "override" for mark in node.decorator_list):
                yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            yield node.attr


def used_names(tree: ast.Module) -> Iterator[str]:
    """The private names that a file overrides, reads or writes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Attribute):
            name = node.attr if isinstance(node, ast.Attribute) else node.name
            if name.startswith("_") and not name.startswith("__"):
                yield name


def test_no_private_name_is_left_out() -> None:
    """Whatever private name a room uses and does not make itself is among those above."""
    listed = {name for _, name in METHODS}
    listed |= {word for _, text in MENTIONS for word in re.findall(r"\w+", text)}
    for file in (path for room in ROOMS for path in (SOURCE / room, *(SOURCE / room).rglob("*.py"))):
        if file.suffix == ".py":
            tree = ast.parse(file.read_text("utf-8"))
            assert set(used_names(tree)) - set(own_names(tree)) <= listed, file
