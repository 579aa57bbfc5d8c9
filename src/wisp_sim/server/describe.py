"""What exists, as a world description: what `World.from_mapping` reads."""

from collections.abc import Iterator

from wisp_sim.model.account import User
from wisp_sim.model.guild import Channel, Guild, Overwrite, Role
from wisp_sim.model.kinds import PRIVILEGED_INTENTS, ChannelType
from wisp_sim.model.permission import Permission
from wisp_sim.state.store import Store

Description = dict[str, object]


def described_world(store: Store) -> dict[str, object]:
    """All bots, people and guilds."""
    people = [user for user in store.users.values() if not user.bot]
    bots = [store.users[application_id] for application_id in store.applications]
    return {
        "bots": [described_bot(store, bot) for bot in bots],
        "users": [described_person(store, user) for user in people],
        "guilds": [described_guild(store, guild) for guild in store.guilds.values()],
    }


def described_bot(store: Store, user: User) -> Description:
    """A bot, with the intents approved for it and the permissions that it is invited with."""
    application = store.applications[user.id]
    approved = [name for name, intent in PRIVILEGED_INTENTS.items() if intent & application.approved_intents]
    return {
        **described_user(user),
        "privileged_intents": approved,
        "permissions": _names(Permission(application.invite_permissions)),
        "max_concurrency": application.max_concurrency,
        "session_starts": application.session_starts,
    }


def described_person(store: Store, user: User) -> Description:
    """A person, with the language and the bots that they have."""
    installed = [store.users[bot_id].name for bot_id in store.user_installs.get(user.id, ())]
    return {**described_user(user), "locale": user.locale, "installs": installed}


def described_user(user: User) -> Description:
    """An account: name, id and token."""
    return {"name": user.name, "id": str(user.id), "token": user.token}


def described_guild(store: Store, guild: Guild) -> Description:
    """A guild with its members, roles and channels."""
    roles = sorted(guild.roles.values(), key=lambda role: role.position)
    return {
        "name": guild.name,
        "id": str(guild.id),
        "owner": store.users[guild.owner_id].name,
        "members": [store.users[user_id].name for user_id in guild.members],
        "roles": [_role(store, guild, role) for role in roles if role.bot_id is None],
        "channels": [_channel(store, guild, channel) for channel in _in_order(guild)],
    }


def _role(store: Store, guild: Guild, role: Role) -> Description:
    told: Description = {"name": role.name, "permissions": _names(role.permissions)}
    if role.id != guild.id:
        holders = [member.user_id for member in guild.members.values() if role.id in member.role_ids]
        told |= {"id": str(role.id), "members": [store.users[user_id].name for user_id in holders]}
        told |= {"color": role.color, "hoist": role.hoist, "mentionable": role.mentionable}
    return told


def _in_order(guild: Guild) -> Iterator[Channel]:
    """Categories before what is in them."""
    channels = sorted(guild.channels.values(), key=lambda channel: (channel.position, channel.id))
    yield from (channel for channel in channels if channel.type is ChannelType.CATEGORY)
    yield from (channel for channel in channels if channel.type is not ChannelType.CATEGORY)


def _channel(store: Store, guild: Guild, channel: Channel) -> Description:
    told: Description = {
        "name": channel.name,
        "id": str(channel.id),
        "type": channel.type.name.lower(),
        "nsfw": channel.nsfw,
        "slowmode_s": channel.slowmode_s,
        "overwrites": [_overwrite(store, guild, overwrite) for overwrite in channel.overwrites.values()],
    }
    if channel.topic:
        told["topic"] = channel.topic
    if channel.parent_id is not None:
        told["category"] = guild.channels[channel.parent_id].name
    return told


def _overwrite(store: Store, guild: Guild, overwrite: Overwrite) -> Description:
    about = (
        {"member": store.users[overwrite.id].name}
        if overwrite.is_member
        else {"role": guild.roles[overwrite.id].name}
    )
    return {**about, "allow": _names(overwrite.allow), "deny": _names(overwrite.deny)}


def _names(permissions: Permission) -> list[str]:
    return [one.name.lower() for one in Permission if one.name and one & permissions]
