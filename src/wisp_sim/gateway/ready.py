"""What a client is told when it has identified."""

from wisp_sim.gateway.session import Session
from wisp_sim.model.kinds import ChannelType, Intent
from wisp_sim.model.payload import Payload
from wisp_sim.state.account_views import application_view, self_view, user_view
from wisp_sim.state.channel_views import channel_view
from wisp_sim.state.guild_views import guild_create_view, member_view
from wisp_sim.state.store import Store

_VERSION = 10


def bot_ready(store: Store, session: Session, resume_url: str) -> Payload:
    """READY of a bot: its guilds are named here and arrive one by one."""
    application = application_view(store, store.applications[session.account.id])
    return {
        "v": _VERSION,
        "user_settings": {},
        "user": self_view(session.account),
        "session_type": "normal",
        "session_id": session.id,
        "resume_gateway_url": resume_url,
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids(store, session)],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "game_relationships": [],
        "auth": {},
        "application": {"id": application["id"], "flags": application["flags"]},
        "shard": list(session.shard),
        "_trace": ["wisp-sim"],
    }


def bot_guild(store: Store, session: Session, guild_id: int) -> Payload:
    """A guild as a bot gets it: all members only for those who hear of presences."""
    complete = bool((session.intents or 0) & Intent.GUILD_PRESENCES)
    return guild_create_view(store, store.guilds[guild_id], session.account.id, complete=complete)


def guild_ids(store: Store, session: Session) -> list[int]:
    """The guilds that this session hears of."""
    return [
        guild.id
        for guild in store.guilds.values()
        if session.account.id in guild.members and session.has_guild(guild.id)
    ]


def user_ready(store: Store, session: Session, resume_url: str) -> Payload:
    """READY of a user: everything at once."""
    user_id = session.account.id
    guilds = [store.guilds[guild_id] for guild_id in guild_ids(store, session)]
    members = [{**member_view(store, guild.members[user_id]), "user_id": str(user_id)} for guild in guilds]
    known = {other: store.users[other] for guild in guilds for other in guild.members}
    return {
        "v": 9,
        "user": self_view(session.account),
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": resume_url,
        "guilds": [guild_create_view(store, guild, user_id, complete=True) for guild in guilds],
        "merged_members": [[member] for member in members],
        "users": [user_view(user) for user in known.values()],
        "private_channels": [
            channel_view(store, channel, user_id)
            for channel in store.channels.values()
            if channel.type is ChannelType.DM and user_id in channel.recipients
        ],
        "relationships": [],
        "read_state": {"version": 0, "partial": False, "entries": []},
        "user_guild_settings": {"version": 0, "partial": False, "entries": []},
        "user_settings_proto": "",
        "sessions": [],
        "connected_accounts": [],
        "consents": {"personalization": {"consented": False}},
        "country_code": "US",
        "experiments": [],
        "guild_experiments": [],
        "geo_ordered_rtc_regions": [],
        "analytics_token": "",
        "auth_session_id_hash": "",
        "friend_suggestion_count": 0,
        "notification_settings": {"flags": 0},
        "tutorial": None,
        "api_code_version": 1,
        "_trace": ["wisp-sim"],
    }


def user_ready_supplemental(store: Store, session: Session) -> Payload:
    """What a user's client waits for after READY."""
    ids = guild_ids(store, session)
    return {
        "guilds": [{"id": str(guild_id), "voice_states": [], "embedded_activities": []} for guild_id in ids],
        "merged_members": [[] for _ in ids],
        "merged_presences": {"guilds": [[] for _ in ids], "friends": []},
        "lazy_private_channels": [],
        "disclose": [],
        "game_invites": [],
    }
