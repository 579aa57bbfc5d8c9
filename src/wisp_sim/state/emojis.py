"""Emojis with pictures: of guilds and of applications."""

from wisp_sim.model.audit_log import AuditAction
from wisp_sim.model.errors import ApiError
from wisp_sim.model.guild import CustomEmoji, Guild
from wisp_sim.model.kinds import Intent
from wisp_sim.model.payload import Payload
from wisp_sim.state.audit_log import changed, note
from wisp_sim.state.bus import Event
from wisp_sim.state.guild_views import emoji_view
from wisp_sim.state.store import Store, members_of

# What a guild without boosts has room for, of each kind.
_MAX_EACH = 50
_MAX_OF_APPLICATION = 2000


def need_emoji(kept: dict[int, CustomEmoji], emoji_id: int) -> CustomEmoji:
    """The emoji with this id.

    Raises:
        ApiError: 10014.
    """
    found = kept.get(emoji_id)
    if found is None:
        raise ApiError(404, 10014, "Unknown Emoji")
    return found


def add_to_guild(store: Store, guild: Guild, emoji: CustomEmoji, reason: str | None) -> None:
    """Let a guild have this emoji.

    Raises:
        ApiError: 30008 or 30018, there is no room.
    """
    if sum(other.animated == emoji.animated for other in guild.emojis.values()) >= _MAX_EACH:
        what, code = ("animated emojis", 30018) if emoji.animated else ("emojis", 30008)
        raise ApiError(400, code, f"Maximum number of {what} reached ({_MAX_EACH})")
    guild.emojis[emoji.id] = emoji
    _note(store, guild, AuditAction.EMOJI_CREATE, emoji, emoji.creator_id, reason, {}, _noted(emoji))


def change_in_guild(
    store: Store, guild: Guild, wanted: CustomEmoji, actor_id: int, reason: str | None
) -> None:
    """Let an emoji become as ``wanted``."""
    before = guild.emojis[wanted.id]
    guild.emojis[wanted.id] = wanted
    if before != wanted:
        action = AuditAction.EMOJI_UPDATE
        _note(store, guild, action, wanted, actor_id, reason, _noted(before), _noted(wanted))


def remove_from_guild(
    store: Store, guild: Guild, emoji: CustomEmoji, actor_id: int, reason: str | None
) -> None:
    """Let a guild have this emoji no more."""
    del guild.emojis[emoji.id]
    _note(store, guild, AuditAction.EMOJI_DELETE, emoji, actor_id, reason, _noted(emoji), {})


def add_to_application(kept: dict[int, CustomEmoji], emoji: CustomEmoji) -> None:
    """Let an application have this emoji.

    Raises:
        ApiError: 30008, there is no room.
    """
    if len(kept) >= _MAX_OF_APPLICATION:
        raise ApiError(400, 30008, f"Maximum number of emojis reached ({_MAX_OF_APPLICATION})")
    kept[emoji.id] = emoji


def _noted(emoji: CustomEmoji) -> Payload:
    return {"name": emoji.name}


def _note(
    store: Store,
    guild: Guild,
    action: AuditAction,
    emoji: CustomEmoji,
    actor_id: int,
    reason: str | None,
    before: Payload,
    after: Payload,
) -> None:
    note(store, guild, actor_id, action, emoji.id, reason=reason, changes=changed(before, after))
    emojis = [emoji_view(other) for other in guild.emojis.values()]
    data: Payload = {"guild_id": str(guild.id), "emojis": emojis}
    event = Event("GUILD_EMOJIS_UPDATE", data, members_of(guild), guild.id, Intent.GUILD_EXPRESSIONS)
    store.bus.publish(event)
