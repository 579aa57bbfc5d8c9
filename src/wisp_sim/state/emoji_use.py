"""Which custom emojis somebody may use.

Source: https://docs.discord.com/developers/resources/emoji
"""

from wisp_sim.model.guild import CustomEmoji
from wisp_sim.state.store import Store


def usable_emoji(store: Store, user_id: int, emoji_id: int) -> tuple[CustomEmoji | None, int | None]:
    """The emoji with this id, if this user may use it, and its guild; None for an application's own."""
    own = store.application_emojis.get(user_id, {}).get(emoji_id)
    if own is not None:
        return own, None
    for guild in store.guilds.values():
        found, member = guild.emojis.get(emoji_id), guild.members.get(user_id)
        if found is None or member is None:
            continue
        if not found.role_ids or set(found.role_ids) & set(member.role_ids):
            return found, guild.id
    return None, None
