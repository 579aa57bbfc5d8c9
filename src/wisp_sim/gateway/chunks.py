"""Members on request (op 8).

Source: https://docs.discord.com/developers/events/gateway-events#request-guild-members
"""

from wisp_sim.gateway.session import Session
from wisp_sim.model.guild import Guild, Member
from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.guild_views import member_view
from wisp_sim.state.store import Store

CHUNK_MEMBERS = 1000
_MAX_FOUND = 100


def member_chunks(store: Store, session: Session, data: object) -> list[Payload]:
    """The GUILD_MEMBERS_CHUNK events that answer a request; none for what cannot be read."""
    form = Form(data, Errors())
    chunks: list[Payload] = []
    for guild_id in form.snowflakes("guild_id"):
        guild = store.guilds.get(guild_id)
        if guild is not None and session.account.id in guild.members:
            chunks += _chunks(store, guild, form)
    return chunks


def _chunks(store: Store, guild: Guild, form: Form) -> list[Payload]:
    user_ids = form.snowflakes("user_ids")
    found = _by_ids(guild, user_ids) if user_ids else _by_name(store, guild, form)
    pieces = [found[start : start + CHUNK_MEMBERS] for start in range(0, len(found), CHUNK_MEMBERS)] or [[]]
    chunks: list[Payload] = []
    for index, piece in enumerate(pieces):
        chunk: Payload = {
            "guild_id": str(guild.id),
            "members": [member_view(store, member) for member in piece],
            "chunk_index": index,
            "chunk_count": len(pieces),
            "not_found": [str(user_id) for user_id in user_ids if user_id not in guild.members],
        }
        if form.truth("presences"):
            chunk["presences"] = []
        nonce = form.text("nonce", max_chars=32)
        if nonce is not None:
            chunk["nonce"] = nonce
        chunks.append(chunk)
    return chunks


def _by_ids(guild: Guild, user_ids: list[int]) -> list[Member]:
    return [guild.members[user_id] for user_id in user_ids if user_id in guild.members][:_MAX_FOUND]


def _by_name(store: Store, guild: Guild, form: Form) -> list[Member]:
    query = (form.text("query") or "").lower()
    limit = form.integer("limit", least=0) or 0
    if not query and not limit:
        return list(guild.members.values())
    found = [
        member
        for member in guild.members.values()
        if store.users[member.user_id].username.lower().startswith(query)
        or (member.nick or "").lower().startswith(query)
    ]
    return found[: min(limit or _MAX_FOUND, _MAX_FOUND)]
