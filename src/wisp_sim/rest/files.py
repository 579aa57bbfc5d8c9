"""Serves the files of messages and the pictures of emojis, as Discord's content network does."""

from aiohttp import web

from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.state.store import Store


def serve_file(store: Store, request: web.Request) -> web.Response:
    """GET /attachments/{channel_id}/{file_id}/{filename}."""
    file = store.files.get(parse_snowflake(request.match_info["file_id"]) or 0)
    if file is None or file.filename != request.match_info["filename"]:
        return web.Response(status=404, text="This content is no longer available.")
    return web.Response(body=file.data, content_type=file.media_type)


def serve_emoji(store: Store, request: web.Request) -> web.Response:
    """GET /emojis/{filename}: the id and an ending; whatever the ending, the picture as it came."""
    emoji_id = parse_snowflake(request.match_info["filename"].partition(".")[0]) or 0
    kept = [guild.emojis for guild in store.guilds.values()] + list(store.application_emojis.values())
    for emojis in kept:
        if emoji_id in emojis:
            emoji = emojis[emoji_id]
            return web.Response(body=emoji.data, content_type=emoji.media_type)
    return web.Response(status=404, text="This content is no longer available.")
