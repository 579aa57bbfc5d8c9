"""Routes about reactions."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.message import Emoji, Message, Reaction
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rest.call import NO_CONTENT, Call, Reply, Route
from wisp_sim.rest.places import message_in_path, text_channel
from wisp_sim.state.account_views import user_view
from wisp_sim.state.reactions import clear_reactions, react, unreact

# Different ones on one message: https://docs.discord.com/developers/topics/opcodes-and-status-codes
_MAX_EMOJIS = 20


def add_reaction(call: Call) -> Reply:
    """PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me."""
    message, emoji = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.emoji()
    if emoji.key not in message.reactions:
        text_channel(call, Permission.ADD_REACTIONS)
        emoji = _known(call, message, emoji)
        if len(message.reactions) >= _MAX_EMOJIS:
            raise ApiError(400, 30010, f"Maximum number of reactions reached ({_MAX_EMOJIS})")
    react(call.store, message, call.user.id, message.reactions.get(emoji.key, Reaction(emoji)).emoji)
    return NO_CONTENT


def _known(call: Call, message: Message, emoji: Emoji) -> Emoji:
    """The emoji by its present name; one of another guild needs a permission, and that one shares it."""
    if emoji.id is None:
        return emoji
    for guild in call.store.guilds.values():
        found = guild.emojis.get(emoji.id)
        if found is None or call.user.id not in guild.members:
            continue
        if guild.id != message.guild_id:
            text_channel(call, Permission.USE_EXTERNAL_EMOJIS)
        return Emoji(found.name, found.id)
    raise ApiError(400, 10014, "Unknown Emoji")


def remove_reaction(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}."""
    user_id = call.id("user_id")
    needed = NO_PERMISSIONS if user_id == call.user.id else Permission.MANAGE_MESSAGES
    message = message_in_path(call, needed)
    unreact(call.store, message, call.store.need_user(user_id).id, call.emoji())
    return NO_CONTENT


def list_reactions(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji}."""
    message, page = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.page()
    limit = page.integer("limit", least=1, most=100) or 25
    after = page.snowflake("after") or 0
    page.errors.check()
    reaction = message.reactions.get(call.emoji().key)
    who = sorted(user_id for user_id in (reaction.user_ids if reaction else ()) if user_id > after)
    return Reply([user_view(call.store.users[user_id]) for user_id in who[:limit]])


def remove_reactions(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions."""
    clear_reactions(call.store, message_in_path(call, Permission.MANAGE_MESSAGES))
    return NO_CONTENT


def remove_emoji(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}."""
    clear_reactions(call.store, message_in_path(call, Permission.MANAGE_MESSAGES), call.emoji())
    return NO_CONTENT


_REACTIONS = "/channels/{channel_id}/messages/{message_id}/reactions"

ROUTES = (
    Route("PUT", f"{_REACTIONS}/{{emoji}}/@me", add_reaction),
    Route("DELETE", f"{_REACTIONS}/{{emoji}}/{{user_id}}", remove_reaction),
    Route("GET", f"{_REACTIONS}/{{emoji}}", list_reactions),
    Route("DELETE", f"{_REACTIONS}/{{emoji}}", remove_emoji),
    Route("DELETE", _REACTIONS, remove_reactions),
)
