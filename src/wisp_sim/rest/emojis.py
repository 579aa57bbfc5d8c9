"""Routes about emojis of guilds and applications, and a guild's stickers, of which there are none."""

import base64
import binascii
import re
from dataclasses import replace

from wisp_sim.model.guild import CustomEmoji, Guild
from wisp_sim.model.payload import Payload
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import NO_CONTENT, Access, Call, Reply, Route
from wisp_sim.rest.ranks import acting, guild_in_path
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.account_views import user_view
from wisp_sim.state.emojis import (
    add_to_application,
    add_to_guild,
    change_in_guild,
    need_emoji,
    remove_from_guild,
)
from wisp_sim.state.guild_views import emoji_view

_MAX_BYTES = 256 * 1024
_MAX_ROLES = 250
_NAME = re.compile(r"\w+", re.ASCII)
_IMAGE = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,", re.ASCII)
_STARTS = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/gif": b"GIF8", "image/webp": b"RIFF"}


def _view(call: Call, emoji: CustomEmoji) -> Payload:
    return {**emoji_view(emoji), "user": user_view(call.store.users[emoji.creator_id])}


def _read_name(form: Form, before: str | None) -> str:
    name = form.text("name", min_chars=2, max_chars=32, required=before is None)
    if name is not None and not _NAME.fullmatch(name):
        form.fail("name", "STRING_TYPE_REGEX", "String value did not match validation regex.")
    return name or before or ""


def _read_image(form: Form) -> tuple[str, bytes]:
    text = form.text("image", required=True) or ""
    start = _IMAGE.match(text)
    try:
        data = base64.b64decode(text[start.end() :], validate=True) if start else b""
    except (binascii.Error, ValueError):
        data = b""
    kind = start[1] if start else ""
    if text and (not start or not data.startswith(_STARTS[kind])):
        form.fail("image", "IMAGE_INVALID", "Invalid image data")
    elif len(data) > _MAX_BYTES:
        form.fail("image", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 256.0 kb.")
    return kind, data


def _read_roles(form: Form, guild: Guild, before: list[int]) -> list[int]:
    if not form.has("roles"):
        return before
    chosen = dict.fromkeys(form.snowflakes("roles", most=_MAX_ROLES))
    return [role_id for role_id in chosen if role_id in guild.roles]


def _read_new(call: Call, form: Form) -> CustomEmoji:
    name = _read_name(form, None)
    kind, data = _read_image(form)
    form.errors.check()
    return CustomEmoji(call.store.ids.make(), name, call.user.id, kind, data, kind == "image/gif")


def list_emojis(call: Call) -> Reply:
    """GET /guilds/{guild_id}/emojis."""
    return Reply([_view(call, emoji) for emoji in guild_in_path(call).emojis.values()])


def get_emoji(call: Call) -> Reply:
    """GET /guilds/{guild_id}/emojis/{emoji_id}."""
    return Reply(_view(call, need_emoji(guild_in_path(call).emojis, call.id("emoji_id"))))


def post_emoji(call: Call) -> Reply:
    """POST /guilds/{guild_id}/emojis."""
    guild, _ = acting(call, Permission.CREATE_GUILD_EXPRESSIONS)
    form = Form(call.body, Errors())
    roles = _read_roles(form, guild, [])
    emoji = replace(_read_new(call, form), role_ids=roles)
    add_to_guild(call.store, guild, emoji, call.reason)
    return Reply(_view(call, emoji), 201)


def patch_emoji(call: Call) -> Reply:
    """PATCH /guilds/{guild_id}/emojis/{emoji_id}."""
    guild, emoji = _managed(call)
    form = Form(call.body, Errors())
    name, roles = _read_name(form, emoji.name), _read_roles(form, guild, emoji.role_ids)
    form.errors.check()
    wanted = replace(emoji, name=name, role_ids=roles)
    change_in_guild(call.store, guild, wanted, call.user.id, call.reason)
    return Reply(_view(call, wanted))


def delete_emoji(call: Call) -> Reply:
    """DELETE /guilds/{guild_id}/emojis/{emoji_id}."""
    guild, emoji = _managed(call)
    remove_from_guild(call.store, guild, emoji, call.user.id, call.reason)
    return NO_CONTENT


def _managed(call: Call) -> tuple[Guild, CustomEmoji]:
    """The emoji in the path; who made it needs no more than the right to make some."""
    guild, _ = acting(call)
    emoji = guild.emojis.get(call.id("emoji_id"))
    own = emoji is not None and emoji.creator_id == call.user.id
    needed = Permission.CREATE_GUILD_EXPRESSIONS if own else Permission.MANAGE_GUILD_EXPRESSIONS
    call.store.need_permissions(guild, call.user.id, needed)
    return guild, need_emoji(guild.emojis, call.id("emoji_id"))


def _of_application(call: Call) -> dict[int, CustomEmoji]:
    return call.store.application_emojis.setdefault(call.application.id, {})


def list_own(call: Call) -> Reply:
    """GET /applications/{application_id}/emojis."""
    return Reply({"items": [_view(call, emoji) for emoji in _of_application(call).values()]})


def get_own(call: Call) -> Reply:
    """GET /applications/{application_id}/emojis/{emoji_id}."""
    return Reply(_view(call, need_emoji(_of_application(call), call.id("emoji_id"))))


def post_own(call: Call) -> Reply:
    """POST /applications/{application_id}/emojis."""
    kept = _of_application(call)
    emoji = _read_new(call, Form(call.body, Errors()))
    if any(other.name == emoji.name for other in kept.values()):
        errors = Errors()
        errors.add(("name",), "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", "The name is already taken")
        errors.check()
    add_to_application(kept, emoji)
    return Reply(_view(call, emoji), 201)


def patch_own(call: Call) -> Reply:
    """PATCH /applications/{application_id}/emojis/{emoji_id}."""
    kept = _of_application(call)
    emoji = need_emoji(kept, call.id("emoji_id"))
    form = Form(call.body, Errors())
    name = _read_name(form, emoji.name)
    form.errors.check()
    kept[emoji.id] = replace(emoji, name=name)
    return Reply(_view(call, kept[emoji.id]))


def delete_own(call: Call) -> Reply:
    """DELETE /applications/{application_id}/emojis/{emoji_id}."""
    kept = _of_application(call)
    del kept[need_emoji(kept, call.id("emoji_id")).id]
    return NO_CONTENT


def list_stickers(call: Call) -> Reply:
    """GET /guilds/{guild_id}/stickers: there are none."""
    guild_in_path(call)
    return Reply([])


_EMOJIS = "/guilds/{guild_id}/emojis"
_OWN = "/applications/{application_id}/emojis"

ROUTES = (
    Route("GET", _EMOJIS, list_emojis),
    Route("POST", _EMOJIS, post_emoji),
    Route("GET", f"{_EMOJIS}/{{emoji_id}}", get_emoji),
    Route("PATCH", f"{_EMOJIS}/{{emoji_id}}", patch_emoji),
    Route("DELETE", f"{_EMOJIS}/{{emoji_id}}", delete_emoji),
    Route("GET", _OWN, list_own, Access.BOT),
    Route("POST", _OWN, post_own, Access.BOT),
    Route("GET", f"{_OWN}/{{emoji_id}}", get_own, Access.BOT),
    Route("PATCH", f"{_OWN}/{{emoji_id}}", patch_own, Access.BOT),
    Route("DELETE", f"{_OWN}/{{emoji_id}}", delete_own, Access.BOT),
    Route("GET", "/guilds/{guild_id}/stickers", list_stickers),
)
