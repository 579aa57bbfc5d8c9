"""What a guild decides about the commands of an application: who may use them, and where.

Source: https://docs.discord.com/developers/interactions/application-commands#permissions
"""

from wisp_sim.model.account import Application
from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.command import Command, CommandPermission, CommandTarget
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, Guild, Member
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rules.command_permissions import all_channels, channel_verdict, member_verdict
from wisp_sim.rules.permissions import commands_role, guild_permissions, outranks
from wisp_sim.state.audit_log import changed, note
from wisp_sim.state.bus import Event
from wisp_sim.state.store import Store


def need_scope(store: Store, guild: Guild, application: Application, target_id: int) -> Command | None:
    """The command with this id in this guild; None stands for all commands of the application.

    Raises:
        ApiError: 10063.
    """
    if target_id == application.id:
        return None
    command = store.commands.get(target_id)
    if (
        command is None
        or command.application_id != application.id
        or command.guild_id not in (None, guild.id)
    ):
        raise ApiError(404, 10063, "Unknown application command")
    return command


def permissions_view(store: Store, guild: Guild, application: Application, target_id: int) -> Payload:
    """What the guild decided about one command, or about all."""
    return {
        "id": str(target_id),
        "application_id": str(application.id),
        "guild_id": str(guild.id),
        "permissions": [_view(one) for one in store.command_permissions.get((guild.id, target_id), ())],
    }


def list_permissions(store: Store, guild: Guild, application: Application) -> list[Payload]:
    """All that the guild decided about this application."""
    targets = [
        target_id
        for guild_id, target_id in store.command_permissions
        if guild_id == guild.id
        and (target_id == application.id or store.commands[target_id].application_id == application.id)
    ]
    return [permissions_view(store, guild, application, target_id) for target_id in targets]


def decide(
    store: Store,
    guild: Guild,
    application: Application,
    target_id: int,
    wanted: list[CommandPermission],
    actor_id: int,
    reason: str | None,
) -> None:
    """Let the guild's decisions about one command, or about all, be these, and note and tell it."""
    key = (guild.id, target_id)
    before = store.command_permissions.get(key, [])
    if before == wanted:
        return
    if wanted:
        store.command_permissions[key] = wanted
    else:
        del store.command_permissions[key]
    note(
        store,
        guild,
        actor_id,
        AuditAction.APPLICATION_COMMAND_PERMISSION_UPDATE,
        target_id,
        reason=reason,
        changes=changed(_by_target(before), _by_target(wanted)),
        options={"application_id": str(application.id)},
    )
    data = permissions_view(store, guild, application, target_id)

    def concerns(account_id: int) -> bool:
        other_bot = account_id in store.applications and account_id != application.id
        return account_id in guild.members and not other_bot

    store.bus.publish(Event("APPLICATION_COMMAND_PERMISSIONS_UPDATE", data, concerns, guild.id))


def forget(store: Store, command: Command) -> None:
    """Let no guild have decided anything about this command: it is gone, or has another name."""
    for key in [key for key in store.command_permissions if key[1] == command.id]:
        del store.command_permissions[key]


def allows(store: Store, guild: Guild, command: Command, channel: Channel | None, member: Member) -> bool:
    """Whether the guild lets this member, who is no administrator, use the command there.

    Args:
        store: where.
        guild: whose decisions.
        command: what is to be used.
        channel: where; None asks about the member alone.
        member: who wants to.
    """
    own = store.command_permissions.get((guild.id, command.id), [])
    general = store.command_permissions.get((guild.id, command.application_id), [])
    if channel is not None:
        # A thread is as its channel is.
        place_id = channel.id if channel.thread is None else channel.parent_id or 0
        if not channel_verdict((own, general), guild.id, place_id):
            return False
    decided = member_verdict(own, guild.id, member.user_id, member.role_ids)
    if decided is not None:
        return decided
    return member_verdict(general, guild.id, member.user_id, member.role_ids) is not False and _has_default(
        store, guild, command, channel, member
    )


def _has_default(
    store: Store, guild: Guild, command: Command, channel: Channel | None, member: Member
) -> bool:
    needed = command.default_member_permissions
    if needed is None:
        return True
    if channel is None:
        held = guild_permissions(guild, member, store.clock.now())
    else:
        held = store.permissions_in(channel, member.user_id)
    return needed != 0 and not needed & ~int(held)


def refuse_foreign(store: Store, guild: Guild, actor: Member, wanted: list[CommandPermission]) -> None:
    """Refuse decisions about what is not in the guild, or is not the actor's to manage.

    Raises:
        ApiError: 10003, 10007 or 10011 for what is not there, 50013 for what stands above the actor.
    """
    for one in wanted:
        if one.kind is CommandTarget.ROLE:
            role = store.need_role(guild, one.target_id)
            managed = role.id == guild.id or commands_role(guild, actor, role)
        elif one.kind is CommandTarget.USER:
            member = store.need_member(guild, one.target_id)
            managed = member is actor or outranks(guild, actor, member)
        else:
            managed = one.target_id == all_channels(guild.id) or _manages(store, guild, actor, one.target_id)
        if not managed:
            raise ApiError(403, 50013, "Missing Permissions")


def _manages(store: Store, guild: Guild, actor: Member, channel_id: int) -> bool:
    channel = guild.channels.get(channel_id)
    if channel is None:
        raise ApiError(404, 10003, "Unknown Channel")
    return bool(store.permissions_in(channel, actor.user_id) & Permission.MANAGE_CHANNELS)


def _view(one: CommandPermission) -> Payload:
    return {"id": str(one.target_id), "type": int(one.kind), "permission": one.allowed}


def _by_target(decided: list[CommandPermission]) -> Payload:
    return {str(one.target_id): _view(one) for one in decided}
