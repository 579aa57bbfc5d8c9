"""Routes about reactions."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.message import Emoji, Message, Reaction
from wisp_sim.model.permission import NO_PERMISSIONS, Permission
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.places import message_in_path, text_channel
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.account_views import user_view
from wisp_sim.state.emoji_use import usable_emoji
from wisp_sim.state.reactions import clear_reactions, react, unreact

# Different ones on one message: https://docs.discord.com/developers/topics/opcodes-and-status-codes
_MAX_EMOJIS = 20
# https://docs.discord.com/developers/resources/message#get-reactions-reaction-types
_NORMAL, _BURST = 0, 1
_KINDS = (_NORMAL, _BURST)


def add_reaction(call: Call) -> Reply:
    """PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me."""
    message, emoji = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.emoji()
    page = call.page()
    burst = page.choice("type", _KINDS) == _BURST
    page.errors.check()
    if burst and call.user.bot:
        raise ApiError(403, 90002, "User cannot use burst reactions")
    if emoji.key not in message.reactions:
        text_channel(call, Permission.ADD_REACTIONS)
        emoji = _known(call, message, emoji)
        if len(message.reactions) >= _MAX_EMOJIS:
            raise ApiError(400, 30010, f"Maximum number of reactions reached ({_MAX_EMOJIS})")
    present = message.reactions.get(emoji.key, Reaction(emoji)).emoji
    react(call.store, message, call.user.id, present, burst=burst)
    return NO_CONTENT


def _known(call: Call, message: Message, emoji: Emoji) -> Emoji:
    """The emoji by its present name, if the caller may use it here."""
    if emoji.id is None:
        return emoji
    found, home_id = usable_emoji(call.store, call.user.id, emoji.id)
    if found is None:
        raise ApiError(400, 10014, "Unknown Emoji")
    if home_id not in (None, message.guild_id):
        text_channel(call, Permission.USE_EXTERNAL_EMOJIS)
    return Emoji(found.name, found.id, found.animated)


def remove_reaction(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}: of both kinds."""
    return _remove(call, _KINDS)


def remove_reaction_of_kind(call: Call) -> Reply:
    """DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{reaction_type}/{user_id}."""
    path = Form(dict(call.params), Errors())
    kind = path.choice("reaction_type", _KINDS)
    path.errors.check()
    return _remove(call, (kind or 0,))


def _remove(call: Call, kinds: tuple[int, ...]) -> Reply:
    user_id = call.id("user_id")
    needed = NO_PERMISSIONS if user_id == call.user.id else Permission.MANAGE_MESSAGES
    message, emoji = message_in_path(call, needed), call.emoji()
    call.store.need_user(user_id)
    for kind in kinds:
        unreact(call.store, message, user_id, emoji, burst=kind == _BURST)
    return NO_CONTENT


def list_reactions(call: Call) -> Reply:
    """GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji}."""
    message, page = message_in_path(call, Permission.READ_MESSAGE_HISTORY), call.page()
    limit = page.integer("limit", least=1, most=100) or 25
    after = page.snowflake("after") or 0
    burst = page.choice("type", _KINDS) == _BURST
    page.errors.check()
    reaction = message.reactions.get(call.emoji().key)
    everyone = reaction.who(burst=burst) if reaction else ()
    who = sorted(user_id for user_id in everyone if user_id > after)
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
    Route(
        "DELETE",
        f"{_REACTIONS}/{{emoji}}/{{reaction_type}}/{{user_id}}",
        remove_reaction_of_kind,
        Access.USER,
    ),
    Route("GET", f"{_REACTIONS}/{{emoji}}", list_reactions),
    Route("DELETE", f"{_REACTIONS}/{{emoji}}", remove_emoji),
    Route("DELETE", _REACTIONS, remove_reactions),
)
