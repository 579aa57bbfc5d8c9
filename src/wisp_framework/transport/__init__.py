"""Wisp's seams in discord.py: HTTP client, gateway read path, connection state, tree and view store.

Everything that overrides discord.py's private parts stands here and nowhere else.
"""

from wisp_framework.transport.event_guild import guild_of
from wisp_framework.transport.foreign import AnyCommand, is_new_attribute, refuse_clash, take_back_cog
from wisp_framework.transport.gateway import WispShard, WispWebSocket
from wisp_framework.transport.http import WispHTTP
from wisp_framework.transport.intents import intents_of
from wisp_framework.transport.lists import HttpCommandLists
from wisp_framework.transport.private import queue_of, shards_of
from wisp_framework.transport.quarantine import Quarantine
from wisp_framework.transport.replaced import Replaced
from wisp_framework.transport.response import Answering
from wisp_framework.transport.rest_call import Priority, RestCall, RestMetrics, RestObserver
from wisp_framework.transport.rest_errors import (
    GoneWebhookError,
    Refusal,
    RestRefusedError,
    UnansweredError,
)
from wisp_framework.transport.rest_gate import LocalRestGate, RestGate
from wisp_framework.transport.rest_traces import RestTraces, rest_observers
from wisp_framework.transport.state import Unknown, WispState
from wisp_framework.transport.tree import Root, WispTree, root_key
from wisp_framework.transport.views import WispViewStore

__all__ = [
    "Answering",
    "AnyCommand",
    "GoneWebhookError",
    "HttpCommandLists",
    "LocalRestGate",
    "Priority",
    "Quarantine",
    "Refusal",
    "Replaced",
    "RestCall",
    "RestGate",
    "RestMetrics",
    "RestObserver",
    "RestRefusedError",
    "RestTraces",
    "Root",
    "UnansweredError",
    "Unknown",
    "WispHTTP",
    "WispShard",
    "WispState",
    "WispTree",
    "WispViewStore",
    "WispWebSocket",
    "guild_of",
    "intents_of",
    "is_new_attribute",
    "queue_of",
    "refuse_clash",
    "rest_observers",
    "root_key",
    "shards_of",
    "take_back_cog",
]
