"""Which events a module's code listens to, and which intents Discord sends them for."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Final

from discord.ext import commands

from wisp_framework.module import Module
from wisp_framework.registry.extension import ExtensionModule

INTENT_OF: Final[Mapping[str, str]] = {
    "on_member_join": "members",
    "on_member_remove": "members",
    "on_raw_member_remove": "members",
    "on_member_update": "members",
    "on_user_update": "members",
    "on_presence_update": "presences",
    "on_raw_presence_update": "presences",
    "on_voice_state_update": "voice_states",
    "on_reaction_add": "reactions",
    "on_reaction_remove": "reactions",
    "on_reaction_clear": "reactions",
    "on_raw_reaction_add": "reactions",
    "on_raw_reaction_remove": "reactions",
    "on_raw_reaction_clear": "reactions",
    "on_message": "messages",
}
"""The events that come with an intent which a setting switches.

Source: https://discordpy.readthedocs.io/en/v2.7.1/api.html#event-reference
"""


def intents_heard(module: Module) -> dict[str, str]:
    """The intents that a module's listeners need though it may not declare them, with what is lost.

    Seen are listeners that are methods of the module, of the Cog class or of the Cog classes in the file of
    an `ExtensionModule`, which is imported for it; not what a ``setup`` registers.
    """
    heard: dict[str, str] = {}
    for cog in (type(module), *_cogs_of(module)):
        for event, _ in cog.__cog_listeners__:
            if event in INTENT_OF:
                heard.setdefault(INTENT_OF[event], f"{event} is never called")
    return heard


def _cogs_of(module: Module) -> Iterator[type[commands.Cog]]:
    if not isinstance(module, ExtensionModule):
        return
    if not isinstance(module.source, str):
        yield module.source
        return
    try:
        source = importlib.import_module(module.source)
    except Exception:  # noqa: BLE001 - foreign code; what is wrong with it is said where it is loaded
        return
    for found in vars(source).values():
        if (
            isinstance(found, type)
            and issubclass(found, commands.Cog)
            and found.__module__ == source.__name__
        ):
            yield found
