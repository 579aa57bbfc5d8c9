"""Which commands are there for a user, where, and through which installation of their application.

Source: https://docs.discord.com/developers/interactions/application-commands#contexts
"""

from wisp_sim.model.command import Command
from wisp_sim.model.guild import Channel
from wisp_sim.model.kinds import Installation, InteractionContext
from wisp_sim.model.permission import Permission
from wisp_sim.state.command_permissions import allows
from wisp_sim.state.store import Store

# Source: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
_PRIVATE = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
_LENT = _PRIVATE | Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.USE_EXTERNAL_EMOJIS


def context_of(application_id: int, channel: Channel) -> InteractionContext:
    """What kind of place this channel is for an application."""
    if channel.guild_id is not None:
        return InteractionContext.GUILD
    return (
        InteractionContext.BOT_DM
        if application_id in channel.recipients
        else InteractionContext.PRIVATE_CHANNEL
    )


def installations(store: Store, application_id: int, channel: Channel, user_id: int) -> set[Installation]:
    """How this application is there for this user in this channel."""
    found: set[Installation] = set()
    context = context_of(application_id, channel)
    if context is InteractionContext.BOT_DM or (
        channel.guild_id is not None and application_id in store.guilds[channel.guild_id].members
    ):
        found.add(Installation.GUILD)
    if application_id in store.user_installs.get(user_id, ()):
        found.add(Installation.USER)
    return found


def ways_to_use(store: Store, command: Command, channel: Channel, user_id: int) -> set[Installation]:
    """Through which installations this user may use this command here; none if not at all."""
    context = context_of(command.application_id, channel)
    if command.contexts is not None and context not in command.contexts:
        return set()
    if channel.guild_id is not None:
        if not store.permissions_in(channel, user_id) & Permission.USE_APPLICATION_COMMANDS:
            return set()
        if command.definition.get("nsfw") and not _for_adults(store, channel):
            return set()
    ways = installations(store, command.application_id, channel, user_id).intersection(command.installations)
    if Installation.GUILD in ways and not _guild_allows(store, command, channel, user_id):
        return set()
    return ways


def _guild_allows(store: Store, command: Command, channel: Channel, user_id: int) -> bool:
    if channel.guild_id is None:
        return True
    held = store.permissions_in(channel, user_id)
    if held & Permission.ADMINISTRATOR:
        return True
    guild = store.guilds[channel.guild_id]
    return allows(store, guild, command, channel, guild.members[user_id])


def _for_adults(store: Store, channel: Channel) -> bool:
    """An age-restricted channel, or a thread of one."""
    parent = store.channels.get(channel.parent_id or 0) if channel.thread is not None else None
    return (parent or channel).nsfw


def owners_of(ways: set[Installation], channel: Channel, user_id: int) -> dict[int, int]:
    """Who authorized an application, by kind of installation.

    Source: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object
    """
    everyone = {Installation.GUILD: channel.guild_id or 0, Installation.USER: user_id}
    return {int(way): owner for way, owner in everyone.items() if way in ways}


def is_guest(owners: dict[int, int], channel: Channel) -> bool:
    """Whether an application acts in a guild that did not add it, for a user who did."""
    return channel.guild_id is not None and Installation.GUILD not in owners


def app_permissions(
    store: Store, application_id: int, owners: dict[int, int], channel: Channel, user_id: int
) -> Permission:
    """What an application may do where a user acts on it; a guest may not do more than its user."""
    if is_guest(owners, channel):
        return store.permissions_in(channel, user_id) & _LENT
    if context_of(application_id, channel) is InteractionContext.PRIVATE_CHANNEL:
        return _PRIVATE
    return store.permissions_in(channel, application_id)


def must_whisper(store: Store, owners: dict[int, int], channel: Channel, user_id: int) -> bool:
    """Whether an application can only answer so that nobody but the user sees it.

    Source: https://docs.discord.com/developers/topics/permissions, of USE_EXTERNAL_APPS
    """
    needed = Permission.USE_EXTERNAL_APPS | Permission.SEND_MESSAGES
    return is_guest(owners, channel) and bool(needed & ~store.permissions_in(channel, user_id))
