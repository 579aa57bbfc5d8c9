"""What the embeds of a message may look like.

Source: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

from datetime import datetime
from urllib.parse import urlsplit

from wisp_sim.model.payload import Payload
from wisp_sim.rules.form import Form

_MAX_EMBEDS = 10
_MAX_FIELDS = 25
_MAX_TOTAL_CHARS = 6000
_MAX_COLOR = 0xFFFFFF
_MAX_URL_CHARS = 2048
_WEB = ("http", "https")
# What shows in an embed; one without any of it needs a description.
_SHOWN = ("title", "description", "footer", "author", "image", "thumbnail", "fields")


def read_embeds(form: Form) -> list[Payload]:
    """The embeds of a message, as Discord writes them back."""
    embeds = [_read_embed(entry) for entry in form.forms("embeds", most=_MAX_EMBEDS)]
    if sum(map(_count_chars, embeds)) > _MAX_TOTAL_CHARS:
        message = f"Embed size exceeds maximum size of {_MAX_TOTAL_CHARS}"
        form.fail("embeds", "MAX_EMBED_SIZE_EXCEEDED", message)
    return embeds


def _read_embed(form: Form) -> Payload:
    embed: Payload = {
        "type": "rich",
        "title": form.text("title", max_chars=256, trim=True),
        "description": form.text("description", max_chars=4096, trim=True),
        "url": _read_url(form, "url"),
        "color": form.integer("color", least=0, most=_MAX_COLOR),
        "timestamp": _read_moment(form),
        "footer": _read_texts(form, "footer", "text", 2048),
        "author": _read_texts(form, "author", "name", 256),
        "image": _read_media(form, "image"),
        "thumbnail": _read_media(form, "thumbnail"),
        "fields": _read_fields(form) or None,
    }
    if not form.errors.found and not any(embed[key] for key in _SHOWN):
        form.fail("description", "BASE_TYPE_REQUIRED", "This field is required")
    return {key: value for key, value in embed.items() if value is not None}


def _read_fields(form: Form) -> list[Payload]:
    return [
        {
            "name": entry.text("name", min_chars=1, max_chars=256, required=True, trim=True) or "",
            "value": entry.text("value", min_chars=1, max_chars=1024, required=True, trim=True) or "",
            "inline": bool(entry.truth("inline")),
        }
        for entry in form.forms("fields", most=_MAX_FIELDS)
    ]


def _read_texts(form: Form, key: str, text_key: str, max_chars: int) -> Payload | None:
    part = form.form(key)
    if part is None:
        return None
    read: Payload = {text_key: part.text(text_key, max_chars=max_chars, required=True, trim=True)}
    for url_key in ("url", "icon_url"):
        url = _read_url(part, url_key)
        if url is not None:
            read[url_key] = url
    return read


def _read_media(form: Form, key: str) -> Payload | None:
    part = form.form(key)
    if part is None:
        return None
    url = _read_url(part, "url", required=True)
    return {"url": url, "proxy_url": url, "width": 0, "height": 0, "flags": 0}


def _read_url(form: Form, key: str, *, required: bool = False) -> str | None:
    url = form.text(key, max_chars=_MAX_URL_CHARS, required=required)
    if not url:
        return None
    scheme, _, rest = url.partition(":")
    if not rest or (scheme in _WEB and not _has_host(url)):
        form.fail(key, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif scheme not in (*_WEB, "attachment"):
        message = f"Scheme \"{scheme:.30}\" is not supported. Scheme must be one of ('http', 'https')."
        form.fail(key, "URL_TYPE_INVALID_SCHEME", message)
    return url


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _read_moment(form: Form) -> str | None:
    text = form.text("timestamp")
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        message = f"Could not parse {text:.40}. Should be ISO8601."
        form.fail("timestamp", "DATE_TIME_TYPE_PARSE", message)
        return None


def _count_chars(embed: Payload) -> int:
    parts: list[object] = [embed.get("title"), embed.get("description")]
    for key, text_key in (("footer", "text"), ("author", "name")):
        part = embed.get(key)
        parts.append(part.get(text_key) if isinstance(part, dict) else None)
    fields = embed.get("fields")
    for entry in fields if isinstance(fields, list) else []:
        parts += [entry["name"], entry["value"]]
    return sum(len(part) for part in parts if isinstance(part, str))
