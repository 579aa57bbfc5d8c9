"""Members who come, go and change."""

from wisp_sim.model.guild import Guild, Member, Role
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.state.account_views import user_view
from wisp_sim.state.bus import Event, only
from wisp_sim.state.guild_views import guild_create_view, member_view, role_view
from wisp_sim.state.store import Store, members_of


def join(store: Store, guild: Guild, user_id: int) -> Member:
    """Let this user be a member; a bot gets a role of its own. Who is one already stays as is."""
    if user_id in guild.members:
        return guild.members[user_id]
    member = Member(user_id, guild.id, store.clock.now())
    application = store.applications.get(user_id)
    if application is not None:
        role = Role(
            store.ids.make(),
            application.name,
            Permission(application.invite_permissions),
            position=max(role.position for role in guild.roles.values()) + 1,
            bot_id=user_id,
        )
        guild.roles[role.id] = role
        member.role_ids.append(role.id)
        data: Payload = {"guild_id": str(guild.id), "role": role_view(role)}
        store.bus.publish(Event("GUILD_ROLE_CREATE", data, members_of(guild), guild.id, Intent.GUILDS))
    guild.members[user_id] = member
    data = guild_create_view(store, guild, user_id, complete=application is None)
    store.bus.publish(Event("GUILD_CREATE", data, only(user_id), guild.id, Intent.GUILDS))
    data = {**member_view(store, member), "guild_id": str(guild.id)}
    others = frozenset(guild.members) - {user_id}
    store.bus.publish(Event("GUILD_MEMBER_ADD", data, only(*others), guild.id, Intent.GUILD_MEMBERS))
    return member


def leave(store: Store, guild: Guild, user_id: int) -> None:
    """Let this user be no member any more; harmless for who is none."""
    member = guild.members.pop(user_id, None)
    if member is None:
        return
    for role_id in member.role_ids:
        if guild.roles[role_id].bot_id == user_id:
            del guild.roles[role_id]
            data: Payload = {"guild_id": str(guild.id), "role_id": str(role_id)}
            store.bus.publish(Event("GUILD_ROLE_DELETE", data, members_of(guild), guild.id, Intent.GUILDS))
    data = {"guild_id": str(guild.id), "user": user_view(store.users[user_id])}
    store.bus.publish(Event("GUILD_MEMBER_REMOVE", data, members_of(guild), guild.id, Intent.GUILD_MEMBERS))
    data = {"id": str(guild.id)}
    store.bus.publish(Event("GUILD_DELETE", data, only(user_id), guild.id, Intent.GUILDS))


def member_changed(store: Store, member: Member) -> None:
    """Tell who sees it that a member is not as before; a bot hears of itself without any intent."""
    guild = store.guilds[member.guild_id]
    data = {**member_view(store, member), "guild_id": str(guild.id)}
    others = frozenset(guild.members) - {member.user_id}
    store.bus.publish(Event("GUILD_MEMBER_UPDATE", data, only(*others), guild.id, Intent.GUILD_MEMBERS))
    store.bus.publish(Event("GUILD_MEMBER_UPDATE", data, only(member.user_id), guild.id))
