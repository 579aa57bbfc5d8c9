"""Ways into a guild: made, used, gone."""

import base64
import hashlib
from datetime import timedelta

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import Channel, Guild, Invite
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.state.account_views import stamp, user_view
from wisp_sim.state.audit_log import changed, note
from wisp_sim.state.bus import Event
from wisp_sim.state.members import join
from wisp_sim.state.store import Store

_CODE_CHARS = 8


def make_code(store: Store) -> str:
    """A code that no other invite has."""
    digest = hashlib.sha256(str(store.ids.make()).encode()).digest()
    return base64.b32encode(digest).decode()[:_CODE_CHARS].lower()


def living_invites(store: Store, guild: Guild) -> list[Invite]:
    """The guild's invites that still lead into it; others are forgotten."""
    for invite in list(guild.invites.values()):
        if _over(store, invite) or invite.channel_id not in store.channels:
            del guild.invites[invite.code]
    return list(guild.invites.values())


def need_invite(store: Store, code: str) -> Invite:
    """The living invite with this code.

    Raises:
        ApiError: 10006.
    """
    for guild in store.guilds.values():
        if code in guild.invites:
            for invite in living_invites(store, guild):
                if invite.code == code:
                    return invite
    raise ApiError(404, 10006, "Unknown Invite")


def create_invite(store: Store, guild: Guild, invite: Invite, reason: str | None) -> None:
    """Let this invite exist, and note and tell it."""
    guild.invites[invite.code] = invite
    changes = changed({}, _noted(invite))
    note(store, guild, invite.inviter_id, AuditAction.INVITE_CREATE, reason=reason, changes=changes)
    data: Payload = {
        **invite_counts(invite),
        "code": invite.code,
        "channel_id": str(invite.channel_id),
        "guild_id": str(guild.id),
        "inviter": user_view(store.users[invite.inviter_id]),
        "expires_at": expiry(invite),
        "type": 0,
    }
    _tell(store, "INVITE_CREATE", store.channels[invite.channel_id], data)


def delete_invite(store: Store, guild: Guild, invite: Invite, actor_id: int, reason: str | None) -> None:
    """Let this invite lead nowhere, and note and tell it."""
    changes = changed(_noted(invite), {})
    note(store, guild, actor_id, AuditAction.INVITE_DELETE, reason=reason, changes=changes)
    _remove(store, guild, invite)


def use_invite(store: Store, guild: Guild, invite: Invite, user_id: int) -> None:
    """Let this user join by an invite, which is gone after its last use.

    Raises:
        ApiError: 40007, the user is banned.
    """
    if user_id in guild.members:
        return
    join(store, guild, user_id)
    invite.uses += 1
    if invite.max_uses and invite.uses >= invite.max_uses:
        _remove(store, guild, invite)


def expiry(invite: Invite) -> str | None:
    """When the invite ends, as Discord writes it."""
    if not invite.max_age_s:
        return None
    return stamp(invite.created_at + timedelta(seconds=invite.max_age_s))


def invite_counts(invite: Invite) -> Payload:
    """What only those who manage an invite see of it."""
    return {
        "uses": invite.uses,
        "max_uses": invite.max_uses,
        "max_age": invite.max_age_s,
        "temporary": invite.temporary,
        "created_at": stamp(invite.created_at),
    }


def _remove(store: Store, guild: Guild, invite: Invite) -> None:
    del guild.invites[invite.code]
    data: Payload = {
        "channel_id": str(invite.channel_id),
        "guild_id": str(guild.id),
        "code": invite.code,
    }
    _tell(store, "INVITE_DELETE", store.channels[invite.channel_id], data)


def _over(store: Store, invite: Invite) -> bool:
    age = store.clock.now() - invite.created_at
    return bool(invite.max_age_s) and age >= timedelta(seconds=invite.max_age_s)


def _noted(invite: Invite) -> Payload:
    return {
        "code": invite.code,
        "channel_id": str(invite.channel_id),
        "inviter_id": str(invite.inviter_id),
        "max_age": invite.max_age_s,
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "temporary": invite.temporary,
    }


def _tell(store: Store, name: str, channel: Channel, data: Payload) -> None:
    """Only those hear of invites who may manage the channel."""

    def hears(user_id: int) -> bool:
        return bool(store.permissions_in(channel, user_id) & Permission.MANAGE_CHANNELS)

    store.bus.publish(Event(name, data, hears, channel.guild_id, Intent.GUILD_INVITES))
