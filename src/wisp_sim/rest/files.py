"""Serves the files of messages and pictures of emojis, as Discord's content network does; takes uploads."""

from urllib.parse import quote

from aiohttp import web

from wisp_sim.model.snowflake import parse_snowflake
from wisp_sim.rules.drafts import MAX_FILE_BYTES
from wisp_sim.state.store import Store

# What a browser may show by itself; a drawing (SVG) is a document that can hold a script.
_SHOWN = ("image/", "audio/", "video/")
_DOCUMENT = "image/svg+xml"
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def file_routes(store: Store) -> list[web.RouteDef]:
    """What is served beside the REST interface.

    Args:
        store: everything that exists.
    """

    async def file(request: web.Request) -> web.Response:
        return _serve_file(store, request)

    async def emoji(request: web.Request) -> web.Response:
        return _serve_emoji(store, request)

    async def upload(request: web.Request) -> web.Response:
        return await _take_upload(store, request)

    return [
        web.get("/attachments/{channel_id}/{file_id}/{filename}", file),
        web.get("/emojis/{filename}", emoji),
        web.put("/uploads/{key}/{filename}", upload),
    ]


def _serve_file(store: Store, request: web.Request) -> web.Response:
    """GET /attachments/{channel_id}/{file_id}/{filename}."""
    file = store.files.get(parse_snowflake(request.match_info["file_id"]) or 0)
    if file is None or file.filename != request.match_info["filename"]:
        return web.Response(status=404, text="This content is no longer available.")
    return _served(file.data, file.media_type, file.filename)


def _serve_emoji(store: Store, request: web.Request) -> web.Response:
    """GET /emojis/{filename}: the id and an ending; whatever the ending, the picture as it came."""
    emoji_id = parse_snowflake(request.match_info["filename"].partition(".")[0]) or 0
    kept = [guild.emojis for guild in store.guilds.values()] + list(store.application_emojis.values())
    for emojis in kept:
        if emoji_id in emojis:
            emoji = emojis[emoji_id]
            return _served(emoji.data, emoji.media_type, request.match_info["filename"])
    return web.Response(status=404, text="This content is no longer available.")


def _served(data: bytes, media_type: str, filename: str) -> web.Response:
    """What somebody sent: nothing of it is run, and what is no plain picture or sound is downloaded."""
    kind = media_type.lower()
    headers = dict(_HARMLESS)
    if not kind.startswith(_SHOWN) or kind == _DOCUMENT:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    return web.Response(body=data, content_type=media_type, headers=headers)


async def _take_upload(store: Store, request: web.Request) -> web.Response:
    """PUT /uploads/{key}/{filename}: the bytes of a file that was announced; no token is needed."""
    file = store.uploaded.get(f"{request.match_info['key']}/{request.match_info['filename']}")
    if file is None:
        return web.Response(status=404, text="There is no such upload.")
    data = await request.read()
    if len(data) > MAX_FILE_BYTES:
        return web.Response(status=413, text="The file is too big.")
    file.data, file.content_type = data, request.headers.get("Content-Type")
    return web.Response()
